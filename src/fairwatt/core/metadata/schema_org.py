"""A certificate as schema.org JSON-LD, for search engines, harvesters and FAIR assessors.

The context is written out in the document: one that has to be fetched from another host is lost on a machine
without network, and on every assessor that does not follow it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fairwatt.core.metadata.access import AccessClass, access_right, classify_access, say_access
from fairwatt.core.metadata.addresses import address_of, find_previous, first_issue, page_of, readings_of, urn_of
from fairwatt.core.metadata.blanks import one_or_all, without_blanks
from fairwatt.core.metadata.certificate import Certificate, ChannelEntry, FileEntry, Part, Party, doi_of
from fairwatt.core.metadata.distributions import ELSEWHERE, READINGS, say_readings
from fairwatt.core.metadata.making import Making, Source
from fairwatt.core.metadata.rdf.nodes import find_iri
from fairwatt.core.metadata.saying import (
    LANGUAGE,
    activity_of,
    describe,
    describe_channel,
    keywords_of,
    licence_said,
    publisher_of,
)
from fairwatt.core.metadata.words import iso_instant
from fairwatt.core.periods import format_duration
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords

CONTEXT: dict[str, str] = {"@vocab": "https://schema.org/", "prov": "http://www.w3.org/ns/prov#"}


def to_schema_org(certificate: Certificate, *, at: datetime, words: AudienceWords = PLAIN_WORDS) -> dict[str, Any]:
    """Describe a dataset, or a file as a dataset of one distribution.

    Parameters
    ----------
    certificate
        What is described.
    at
        The instant for which access is described: an embargo lifts itself.
    words
        What the project calls its audiences.
    """
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": certificate.pid_url,
        "@type": ["Dataset", "prov:Entity"],
        "identifier": _identifiers(certificate),
        "name": certificate.title,
        "description": describe(certificate),
        "sameAs": certificate.doi_url,
        "url": page_of(certificate),
        "keywords": list(keywords_of(certificate)),
        "inLanguage": LANGUAGE,
        "version": str(certificate.version.number or 1),
        "isPartOf": _part_of(certificate),
        "includedInDataCatalog": _catalogue(certificate),
        "distribution": _distributions(certificate, at=at),
        "hasPart": [
            *(_part(file, certificate) for file in certificate.files if certificate.kind == "dataset"),
            *_sources(certificate.parts),
        ],
        "variableMeasured": [*map(_variable, certificate.channels), *_attributes(certificate)],
    }
    document |= _agents(certificate) | _dates(certificate) | _coverage(certificate)
    document |= _rights(certificate, at=at, words=words) | _provenance(certificate)
    document |= _status(certificate)
    known: dict[str, Any] = without_blanks(document)
    return known


def _status(certificate: Certificate) -> dict[str, Any]:
    withdrawal = certificate.withdrawal
    triage = certificate.triage
    return {
        "creativeWorkStatus": ("Erased" if withdrawal.is_erased else "Withdrawn") if withdrawal else None,
        "expires": iso_instant(withdrawal.at) if withdrawal else None,
        "prov:invalidatedAtTime": iso_instant(withdrawal.at) if withdrawal else None,
        "disambiguatingDescription": certificate.standing,
        "usageInfo": " ".join(triage.sentences()) if triage else None,
    }


def to_script_json(document: dict[str, Any]) -> str:
    """Write a JSON document so that it can stand inside ``<script>``: no text in it can end the element."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _identifiers(certificate: Certificate) -> list[dict[str, str]]:
    found = [{"@type": "PropertyValue", "propertyID": "ARK", "value": certificate.pid_url, "url": certificate.pid_url}]
    if certificate.version.pid:
        version = address_of(certificate, certificate.version.pid)
        found.append({"@type": "PropertyValue", "propertyID": "ARK", "value": version, "url": version})
    found += [
        {"@type": "PropertyValue", "propertyID": "DOI", "value": doi_of(address), "url": address}
        for address in (certificate.doi_url, certificate.version.doi_url)
        if address
    ]
    if certificate.leo_identifier:
        found.append({"@type": "PropertyValue", "propertyID": "LEO Identifier", "value": certificate.leo_identifier})
    return found


def _part_of(certificate: Certificate) -> dict[str, str] | None:
    parent = certificate.part_of
    if parent is None:
        return None
    said = {"@type": "Dataset", "@id": parent.pid_url, "name": parent.title, "url": parent.url}
    return {**said, "sameAs": parent.doi_url}


def _catalogue(certificate: Certificate) -> dict[str, Any]:
    catalogue = certificate.catalogue
    return {"@type": "DataCatalog", "@id": catalogue.url, "name": catalogue.name, "url": catalogue.url}


def _agents(certificate: Certificate) -> dict[str, Any]:
    catalogue = certificate.catalogue
    providers = [_organization(party) for party in certificate.providers]
    publisher = {"@type": "Organization", "name": publisher_of(certificate), "url": catalogue.url}
    return {
        "creator": one_or_all(providers) or publisher,
        "provider": one_or_all(providers),
        "publisher": publisher,
        "contributor": _organization(certificate.receiver),
    }


def _organization(party: Party | None) -> dict[str, str] | None:
    if party is None:
        return None
    return {"@type": "Organization", "name": party.name, "url": party.homepage, "alternateName": party.code}


def _dates(certificate: Certificate) -> dict[str, Any]:
    issued, logged = certificate.issued_at, certificate.data_provenance.logged_at
    first = first_issue(certificate)
    return {
        "dateCreated": logged and iso_instant(logged),
        "datePublished": first and iso_instant(first),
        "dateModified": issued and iso_instant(issued),
    }


def _coverage(certificate: Certificate) -> dict[str, Any]:
    validity, resolution = certificate.date_of_data_validity, certificate.resolution_s
    period = None
    if validity.start is not None:
        end = iso_instant(validity.end) if validity.end is not None else ".."  # schema.org's word for one that grows
        period = f"{iso_instant(validity.start)}/{end}"
    return {
        "temporalCoverage": period,
        "temporalResolution": format_duration(resolution) if resolution else None,
        "spatialCoverage": _place(certificate),
    }


def _place(certificate: Certificate) -> dict[str, Any] | None:
    if not certificate.place and not certificate.bounds:
        return None
    box = None
    if certificate.bounds:
        west, south, east, north = certificate.bounds
        box = {"@type": "GeoShape", "box": f"{south:.9g} {west:.9g} {north:.9g} {east:.9g}"}
    return {"@type": "Place", "name": certificate.place, "geo": box}


def _rights(certificate: Certificate, *, at: datetime, words: AudienceWords) -> dict[str, Any]:
    terms = certificate.access
    return {
        "license": licence_said(certificate),
        "conditionsOfAccess": [
            access_right(terms, at=at).value,
            say_access(terms, at=at, zone=certificate.time_zone, words=words),
            certificate.publication_restrictions,
        ],
        "isAccessibleForFree": classify_access(terms, at=at) is not AccessClass.CLOSED,
    }


def _provenance(certificate: Certificate) -> dict[str, Any]:
    provenance, level = certificate.data_provenance, certificate.level_of_provenancing
    return {
        "isBasedOn": _sources(certificate.making.made_from if certificate.making else certificate.parts)
        or provenance.source
        or [urn_of(file.sha256) for file in certificate.files if file.sha256],
        "creditText": provenance.statement,
        "prov:wasGeneratedBy": _activity(certificate),
        "prov:wasAttributedTo": one_or_all([_attribution(party) for party in certificate.providers]),
        "prov:wasRevisionOf": _previous(certificate),
        "additionalProperty": [
            _property("Level of Provenancing", level.level, level.label),
            _property("Icebreaker One sensitivity class", certificate.access.sensitivity),
            _property("Import profile (sha256)", certificate.import_profile),
            _property("Origin", certificate.origin),
            *(_property(_detail_name(detail.procedure, detail.label), detail.value) for detail in certificate.details),
        ],
    }


def _sources(made_from: Iterable[Source | Part]) -> list[dict[str, str]]:
    """What the data were made of, each version by its own PID, or the datasets that a package holds."""
    return [{"@type": "Dataset", "@id": source.pid_url or source.pid, "name": source.title} for source in made_from]


def _making(certificate: Certificate, making: Making) -> dict[str, Any]:
    """The making of the data by a recipe."""
    recipe = {
        "@id": urn_of(making.recipe_sha256),
        "@type": ["prov:Entity", "prov:Plan"],
        "name": f"Recipe “{making.recipe_name}”",
        "url": making.recipe_url,
    }
    readings = [{"@id": urn_of(source.readings_sha256), "@type": "prov:Entity"} for source in making.made_from]
    return {
        "@type": "prov:Activity",
        "name": making.sentence,
        "description": certificate.data_provenance.quality,
        "prov:endedAtTime": making.made_at and iso_instant(making.made_at),
        "prov:wasAssociatedWith": [
            _attribution(certificate.provider),
            {"@type": "prov:SoftwareAgent", "name": making.program} if making.program else None,
        ],
        "prov:used": [*readings, recipe],
    }


def _activity(certificate: Certificate) -> dict[str, Any]:
    """The reading of the raw files with their profile, and the procedures of the trial they came from."""
    if certificate.making is not None:
        return _making(certificate, certificate.making)
    if certificate.kind == "package":
        return _packing(certificate)
    provenance = certificate.data_provenance
    return {
        "@type": "prov:Activity",
        "name": activity_of(certificate),
        "description": provenance.quality,
        "prov:endedAtTime": provenance.logged_at and iso_instant(provenance.logged_at),
        "prov:wasAssociatedWith": _attribution(certificate.provider),
        "prov:used": [
            *({"@id": urn_of(file.sha256), "@type": "prov:Entity"} for file in certificate.files if file.sha256),
            *_import_profiles(certificate),
        ],
    }


def _packing(certificate: Certificate) -> dict[str, Any]:
    """The putting together of a package, of the datasets that it holds."""
    return {
        "@type": "prov:Activity",
        "name": activity_of(certificate),
        "prov:endedAtTime": certificate.issued_at and iso_instant(certificate.issued_at),
        "prov:used": [{"@id": part.pid_url, "@type": "prov:Entity"} for part in certificate.parts],
    }


def _import_profiles(certificate: Certificate) -> list[dict[str, Any]]:
    """The documents by which the files were read, each once: what they are called, where they are, their checksums."""
    found = {file.import_profile: file for file in certificate.files if file.import_profile}
    return [
        {
            "@id": urn_of(digest),
            "@type": ["prov:Entity", "prov:Plan"],
            "name": f"Import profile “{file.import_profile_name}”" if file.import_profile_name else "Import profile",
            "version": str(file.import_profile_version),
            "url": file.import_profile_url,
        }
        for digest, file in found.items()
    ]


def _attribution(party: Party | None) -> dict[str, Any] | None:
    return {"@type": "prov:Agent", "name": party.name, "url": party.homepage} if party else None


def _previous(certificate: Certificate) -> dict[str, str] | None:
    previous = find_previous(certificate)
    return {"@id": address_of(certificate, previous.pid)} if previous else None


def _detail_name(procedure: str, label: str) -> str:
    return f"{procedure}: {label}" if procedure else label


def _property(name: str, value: object, description: str = "") -> dict[str, Any] | None:
    if value in ("", None):
        return None
    return {"@type": "PropertyValue", "name": name, "value": value, "description": description}


def _distributions(certificate: Certificate, *, at: datetime) -> list[dict[str, Any]]:
    """Every way in which the data can be had: the files as received, the readings, or where the data stay."""
    shared = {
        "@type": "DataDownload",
        "license": licence_said(certificate),
        "conditionsOfAccess": access_right(certificate.access, at=at).value,
    }
    found = [_of_file(file) for file in certificate.files]
    found += [_of_readings(ending, certificate) for ending in READINGS if certificate.offers_readings]
    source = find_iri(certificate.data_provenance.source)
    if not found and source:
        found = [{"@id": f"{page_of(certificate)}#elsewhere", "name": ELSEWHERE, "url": source}]
    return [said | shared for said in found]


def _of_file(file: FileEntry) -> dict[str, Any]:
    return {
        "@id": f"{file.url}#distribution" if file.url else None,
        "name": file.name,
        "identifier": file.identifier,
        "contentUrl": file.download_url or None,
        "url": file.url,
        "encodingFormat": file.media_type,
        "contentSize": None if file.known_size is None else f"{file.known_size} B",
        "sha256": file.sha256 or None,
    }


def _of_readings(ending: str, certificate: Certificate) -> dict[str, Any]:
    """All readings as one table: written when it is asked for, so that nobody knows its size beforehand."""
    name, media_type = READINGS[ending]
    return {
        "@id": f"{page_of(certificate)}#readings-{ending}",
        "name": say_readings(name),
        "contentUrl": readings_of(certificate, ending),
        "encodingFormat": media_type,
    }


def _part(file: FileEntry, certificate: Certificate) -> dict[str, str]:
    return {"@type": "Dataset", "@id": address_of(certificate, file.pid), "name": file.name, "url": file.url}


def _attributes(certificate: Certificate) -> list[dict[str, str]]:
    """What the features of maps have, by name, and the columns of tables that hold no readings."""
    said: dict[str, str] = {}
    for file in certificate.files:
        said |= dict.fromkeys(filter(None, file.attributes), "Attribute of the map's features")
        if file.kind == "spatial" and file.known_size is not None:
            said["geometry"] = "Where each feature of the map lies"
        said |= dict.fromkeys(filter(None, file.columns), "Column of a table")
    return [{"@type": "PropertyValue", "name": name, "description": about} for name, about in said.items()]


def _variable(channel: ChannelEntry) -> dict[str, Any]:
    return {
        "@type": "PropertyValue",
        "name": channel.name,
        "alternateName": channel.field if channel.field != channel.name else None,
        "description": describe_channel(channel),
        "propertyID": channel.quantity_uri,
        "unitText": channel.unit_symbol or channel.unit,
        "unitCode": channel.unit_uri,
        "minValue": channel.minimum,
        "maxValue": channel.maximum,
    }
