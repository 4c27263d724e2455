"""A certificate as a dataset of CKAN's API, for its harvesters and clients.

CKAN's own fields come first; what it has none for stands in ``extras``, by the names that ckanext-dcat knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from fairwatt.core.metadata.access import access_right, classify_access, say_access
from fairwatt.core.metadata.addresses import first_issue, form_of, page_of, readings_of
from fairwatt.core.metadata.certificate import Certificate, FileEntry
from fairwatt.core.metadata.distributions import ELSEWHERE, READINGS
from fairwatt.core.metadata.licences import Licensing
from fairwatt.core.metadata.rdf.nodes import find_iri, plain
from fairwatt.core.metadata.saying import describe, keywords_of, publisher_of
from fairwatt.core.metadata.words import iso_instant
from fairwatt.core.periods import format_duration
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords

_LICENCE_IDS = {  # where CKAN calls a licence otherwise than SPDX
    "CC-BY-4.0": "cc-by-4.0",
    "CC-BY-SA-4.0": "cc-by-sa-4.0",
    "CC-BY-NC-4.0": "cc-by-nc-4.0",
    "CC0-1.0": "cc-zero-1.0",
    "OGL-UK-3.0": "uk-ogl-3.0",
    "ODbL-1.0": "odc-odbl-1.0",
    "ODC-By-1.0": "odc-by-1.0",
}
_NOT_A_NAME, _NOT_A_TAG = re.compile(r"[^a-z0-9_-]+"), re.compile(r"[^\w .-]+")
_LEAST, _MOST = 2, 100  # characters of a name or a tag


def name_of(code: str, *, before: str = "") -> str:
    """A name as CKAN wants it: small letters, digits and hyphens.

    >>> name_of("A1.2.1", before="trial-"), name_of("SSEN"), name_of("X")
    ('trial-a1-2-1', 'ssen', 'x-')
    """
    return f"{before}{_NOT_A_NAME.sub('-', code.lower())}"[:_MOST].ljust(_LEAST, "-")


def tag_of(keyword: str) -> str:
    """A keyword as a tag of CKAN's: letters, digits, blanks, hyphens and stops; "" where nothing of it is left."""
    kept = " ".join(_NOT_A_TAG.sub(" ", plain(keyword)).split())[:_MOST]
    return kept if len(kept) >= _LEAST else ""


def licence_id(licensing: Licensing) -> str:
    """What CKAN calls a licence; the project's own code where it has no name for it."""
    return _LICENCE_IDS.get(licensing.code, licensing.code) or "notspecified"


def stamp(at: datetime | None) -> str | None:
    """An instant as CKAN writes them: UTC, without a zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") if at is not None else None


def to_ckan(
    certificate: Certificate,
    *,
    key: str,
    changed_at: datetime,
    is_private: bool,
    at: datetime,
    words: AudienceWords = PLAIN_WORDS,
) -> dict[str, Any]:
    """Write a dataset.

    Parameters
    ----------
    key
        Its id and name.
    changed_at
        When what is said of it changed last.
    is_private
        Whether its description is kept from the public: what CKAN means by private. Who may have the *data* is said
        in the extras ``access``, ``access_rights`` and ``rights``.
    at
        The instant for which access is described.
    """
    resources = _resources(certificate, key=key, changed_at=changed_at, at=at)
    tags = list(dict.fromkeys(filter(None, map(tag_of, keywords_of(certificate)))))
    return {
        "id": key,
        "name": key,
        "title": certificate.title or certificate.pid,
        "notes": _notes(certificate),
        "url": page_of(certificate),
        "version": str(certificate.version.number or ""),
        "type": "dataset",
        "state": "active",
        "private": is_private,
        "isopen": certificate.licensing.is_open,
        "license_id": licence_id(certificate.licensing),
        "license_title": certificate.licensing.title or "License not specified",
        "license_url": certificate.licensing.address,
        "author": certificate.provider.name if certificate.provider else "",
        "author_email": "",
        "maintainer": publisher_of(certificate),
        "maintainer_email": certificate.access.contact or certificate.catalogue.contact,
        "metadata_created": stamp(first_issue(certificate) or changed_at),
        "metadata_modified": stamp(changed_at),
        "creator_user_id": None,
        "owner_org": name_of(certificate.provider.code) if certificate.provider else None,
        "organization": organization_of(certificate),
        "groups": groups_of(certificate),
        "num_resources": len(resources),
        "resources": resources,
        "num_tags": len(tags),
        "tags": [tag_entry(tag) for tag in tags],
        "extras": _extras(certificate, at=at, words=words),
        "relationships_as_object": [],
        "relationships_as_subject": [],
    }


def _notes(certificate: Certificate) -> str:
    given = plain(certificate.data_description)
    return describe(certificate) if certificate.standing or not given else given


def tag_entry(tag: str) -> dict[str, Any]:
    """A free tag, of no vocabulary."""
    return {"id": tag, "name": tag, "display_name": tag, "state": "active", "vocabulary_id": None}


def organization_of(certificate: Certificate) -> dict[str, Any] | None:
    """The provider, as a dataset names its organisation."""
    provider = certificate.provider
    if provider is None:
        return None
    name = name_of(provider.code)
    shown = {"title": provider.name, "description": "", "image_url": "", "created": None}
    flags = {"type": "organization", "is_organization": True, "approval_status": "approved", "state": "active"}
    return {"id": name, "name": name, **shown, **flags}


def groups_of(certificate: Certificate) -> list[dict[str, Any]]:
    """The catalogue and the trial that a dataset belongs to, as groups."""
    found = [group_entry(certificate.origin, f"{certificate.origin.capitalize()} Catalogue")]
    if certificate.trial is not None:
        found.append(
            group_entry(name_of(certificate.trial.code, before="trial-"), _trial(certificate) or certificate.trial.code)
        )
    return found


def group_entry(name: str, title: str, about: str = "") -> dict[str, Any]:
    """A group, as a dataset names it."""
    return {"id": name, "name": name, "title": title, "display_name": title, "description": about,
            "image_display_url": ""}  # fmt: skip


def _trial(certificate: Certificate) -> str:
    trial = certificate.trial
    return f"{trial.code} {trial.title}".strip() if trial else ""


# --- resources -----------------------------------------------------------------------------------------------


def _resources(certificate: Certificate, *, key: str, changed_at: datetime, at: datetime) -> list[dict[str, Any]]:
    """The files as they were received, and all readings in the forms that are most asked for."""
    shared = {
        "package_id": key,
        "state": "active",
        "last_modified": stamp(changed_at),
        "metadata_modified": stamp(changed_at),
        "license": certificate.licensing.address or certificate.licensing.title,
        "access_rights": access_right(certificate.access, at=at).value,
        "url_type": None,
        "datastore_active": False,
        "cache_url": None,
        "cache_last_updated": None,
        "mimetype_inner": None,
        "resource_type": "file",
    }
    found = [_of_file(file, certificate) for file in certificate.files]
    found += [_of_readings(ending, key, certificate) for ending in READINGS if certificate.offers_readings]
    if not found and find_iri(certificate.data_provenance.source):
        found = [_elsewhere(key, certificate)]
    return [{**said, "position": place, **shared} for place, said in enumerate(found)]


def _elsewhere(key: str, certificate: Certificate) -> dict[str, Any]:
    """Where the data stay, that have no files here."""
    source = certificate.data_provenance.source.strip()
    return {
        "id": f"{key}-elsewhere",
        "name": ELSEWHERE,
        "description": "A page or file on the web that is not kept here.",
        "url": source,
        "access_url": source,
        "download_url": "",
        "format": "HTML",
        "mimetype": None,
        "size": None,
        "hash": "",
        "hash_algorithm": "",
        "created": stamp(certificate.data_provenance.logged_at or certificate.issued_at),
    }


def _of_file(file: FileEntry, certificate: Certificate) -> dict[str, Any]:
    return {
        "id": file.pid.rpartition("/")[2],
        "name": file.name,
        "description": f"As received. LEO identifier: {file.identifier}." if file.identifier else "As received.",
        "url": file.download_url or file.url,
        "access_url": file.url or page_of(certificate),
        "download_url": file.download_url,
        "format": file.format or file.media_type.rpartition("/")[2].upper(),
        "mimetype": file.media_type,
        "size": file.size if file.sha256 else None,
        "hash": file.sha256,
        "hash_algorithm": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256" if file.sha256 else "",
        "created": stamp(certificate.data_provenance.logged_at or certificate.issued_at),
    }


def _of_readings(ending: str, key: str, certificate: Certificate) -> dict[str, Any]:
    name, media_type = READINGS[ending]
    return {
        "id": f"{key}-{ending}",
        "name": f"All readings as {name}",
        "description": "One table of all files, in UTC, a column for each channel.",
        "url": readings_of(certificate, ending),
        "access_url": page_of(certificate),
        "download_url": readings_of(certificate, ending),
        "format": name,
        "mimetype": media_type,
        "size": None,
        "hash": "",
        "hash_algorithm": "",
        "created": stamp(certificate.issued_at),
    }


# --- extras --------------------------------------------------------------------------------------------------


def _extras(certificate: Certificate, *, at: datetime, words: AudienceWords) -> list[dict[str, str]]:
    terms, validity = certificate.access, certificate.date_of_data_validity
    provenance, catalogue = certificate.data_provenance, certificate.catalogue
    sentence = say_access(terms, at=at, zone=certificate.time_zone, words=words)
    said: list[tuple[str, str | None]] = [
        ("guid", certificate.pid_url),
        ("uri", certificate.pid_url),
        ("identifier", certificate.pid_url),
        ("alternate_identifier", _list([certificate.doi_url, certificate.leo_identifier])),
        ("issued", _iso(first_issue(certificate))),
        ("modified", _iso(certificate.issued_at)),
        ("version_notes", certificate.version.note),
        ("publisher_uri", f"{catalogue.url}/about/#publisher"),
        ("publisher_name", publisher_of(certificate)),
        ("publisher_url", catalogue.url),
        ("publisher_email", catalogue.contact),
        ("contact_name", publisher_of(certificate)),
        ("contact_email", terms.contact or catalogue.contact),
        ("access", classify_access(terms, at=at).value),
        ("access_rights", access_right(terms, at=at).value),
        ("rights", " ".join(filter(None, (sentence, certificate.publication_restrictions)))),
        ("sensitivity_class", terms.sensitivity),
        ("language", _list(["http://publications.europa.eu/resource/authority/language/ENG"])),
        ("theme", _list(["http://publications.europa.eu/resource/authority/data-theme/ENER"])),
        ("temporal_start", _iso(validity.start)),
        ("temporal_end", _iso(validity.end)),
        ("temporal_resolution", format_duration(certificate.resolution_s) if certificate.resolution_s else None),
        ("spatial_text", certificate.place),
        ("provenance", provenance.statement),
        ("quality", provenance.quality),
        ("source", provenance.source),
        ("level_of_provenancing", certificate.level_of_provenancing.label),
        ("origin", certificate.origin),
        ("trial", _trial(certificate)),
        ("procedures", ", ".join(procedure.code for procedure in certificate.procedures)),
        ("receiver", certificate.receiver.name if certificate.receiver else ""),
        ("dcat", form_of(certificate, "ttl")),
    ]
    return [{"key": key, "value": plain(value)} for key, value in said if value and value.strip()]


def _iso(at: datetime | None) -> str | None:
    return iso_instant(at) if at is not None else None


def _list(values: Iterable[str]) -> str:
    known = [value for value in values if value]
    return json.dumps(known) if known else ""
