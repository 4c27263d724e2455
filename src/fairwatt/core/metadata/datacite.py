"""A certificate as DataCite 4.5 metadata, JSON and XML (https://schema.datacite.org/meta/kernel-4.5/).

The ARK stands where DataCite's own records have a DOI, until there is one; LEO's identifier is an alternate one.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from fairwatt.core.metadata.access import access_right, coar_right, opening_date, say_access
from fairwatt.core.metadata.addresses import (
    address_of,
    find_next,
    find_previous,
    first_issue,
    form_of,
    page_of,
    version_page_of,
    versions_by_age,
)
from fairwatt.core.metadata.blanks import without_blanks
from fairwatt.core.metadata.certificate import Certificate, VersionEntry, doi_of
from fairwatt.core.metadata.rdf.nodes import find_iri, plain
from fairwatt.core.metadata.saying import LANGUAGE, creators_of, describe, publisher_of
from fairwatt.core.metadata.words import iso_instant
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords

KERNEL = "http://datacite.org/schema/kernel-4"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XML = "http://www.w3.org/XML/1998/namespace"
_SCHEMA = f"{KERNEL} https://schema.datacite.org/meta/kernel-4.5/metadata.xsd"
_WITHHELD = "(:unal) withheld by its provider"  # the kernel's code for what is suppressed on purpose
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


def to_datacite(
    certificate: Certificate, *, at: datetime, words: AudienceWords = PLAIN_WORDS, of_version: bool = False
) -> dict[str, Any]:
    """Write DataCite's JSON.

    Parameters
    ----------
    at
        The instant for which access is described.
    words
        The audiences' names.
    of_version
        Whether to describe the certified version alone, under its own identifiers; by default it is the dataset with
        all of its versions.
    """
    doi = doi_of(certificate.version.doi_url) if of_version else certificate.doi
    issued = first_issue(certificate) or certificate.data_provenance.logged_at
    document: dict[str, Any] = {
        "schemaVersion": KERNEL,
        "doi": doi,
        "types": _types(certificate),
        "creators": [{"name": name, "nameType": "Organizational"} for name in creators_of(certificate)],
        "titles": [{"title": certificate.title, "lang": LANGUAGE}],
        "publisher": {"name": publisher_of(certificate)},
        "publicationYear": f"{issued or at:%Y}",
        "url": version_page_of(certificate) if of_version else page_of(certificate),
        "language": LANGUAGE,
        "version": str(certificate.version.number) if certificate.version.number else None,
        "subjects": _subjects(certificate),
        "contributors": _contributors(certificate),
        "dates": _dates(certificate, at=at),
        "alternateIdentifiers": _alternate(certificate, of_version=of_version),
        "relatedIdentifiers": _related(certificate, of_version=of_version),
        "sizes": [f"{size} B" for file in certificate.files if (size := file.known_size) is not None],
        "formats": [file.media_type for file in certificate.files],
        "rightsList": _rights(certificate, at=at, words=words),
        "descriptions": _descriptions(certificate),
        "geoLocations": [{"geoLocationPlace": certificate.place}],
    }
    known: dict[str, Any] = without_blanks({name: _once(value) for name, value in document.items()})
    return known


def _types(certificate: Certificate) -> dict[str, str]:
    if certificate.kind == "package":
        return {"resourceType": "Data package of a trial", "resourceTypeGeneral": "Collection"}
    return {"resourceType": f"{certificate.origin.capitalize()} data", "resourceTypeGeneral": "Dataset"}


def to_withheld_datacite(address: str, *, year: int) -> dict[str, Any]:
    """Write what is left to say of a dataset whose description is withheld, in DataCite's own word for that."""
    return {
        "schemaVersion": KERNEL,
        "types": {"resourceType": "Data", "resourceTypeGeneral": "Dataset"},
        "creators": [{"name": _WITHHELD, "nameType": "Organizational"}],
        "titles": [{"title": _WITHHELD}],
        "publisher": {"name": _WITHHELD},
        "publicationYear": str(year),
        "url": address,
    }


def to_datacite_xml(certificate: Certificate, *, at: datetime, words: AudienceWords = PLAIN_WORDS) -> str:
    """Write DataCite's XML."""
    document = to_datacite(certificate, at=at, words=words)
    root = ET.Element("resource", {"xmlns": KERNEL, "xmlns:xsi": _XSI, "xsi:schemaLocation": _SCHEMA})
    _add(root, "identifier", certificate.doi or certificate.pid, identifierType="DOI" if certificate.doi else "ARK")
    creators = ET.SubElement(root, "creators")
    for creator in document["creators"]:
        _add(ET.SubElement(creators, "creator"), "creatorName", creator["name"], nameType=creator["nameType"])
    _list(root, "titles", document["titles"], "title", "title", lang="xml:lang")
    _add(root, "publisher", document["publisher"]["name"])
    _add(root, "publicationYear", document["publicationYear"])
    types = document["types"]
    _add(root, "resourceType", types["resourceType"], resourceTypeGeneral=types["resourceTypeGeneral"])
    _add_the_rest(root, document)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_the_rest(root: ET.Element, document: dict[str, Any]) -> None:
    """What is not mandatory; the order is free."""
    _list(root, "subjects", document.get("subjects"), "subject", "subject", subjectScheme="subjectScheme",
          schemeUri="schemeURI", valueUri="valueURI", lang="xml:lang")  # fmt: skip
    if given := document.get("contributors"):
        contributors = ET.SubElement(root, "contributors")
        for one in given:
            entry = ET.SubElement(contributors, "contributor", {"contributorType": one["contributorType"]})
            _add(entry, "contributorName", one["name"], nameType=one["nameType"])
    _list(root, "dates", document.get("dates"), "date", "date", dateType="dateType", dateInformation="dateInformation")
    _add(root, "language", document["language"])
    _list(root, "alternateIdentifiers", document.get("alternateIdentifiers"), "alternateIdentifier",
          "alternateIdentifier", alternateIdentifierType="alternateIdentifierType")  # fmt: skip
    _list(root, "relatedIdentifiers", document.get("relatedIdentifiers"), "relatedIdentifier", "relatedIdentifier",
          relatedIdentifierType="relatedIdentifierType", relationType="relationType",
          relatedMetadataScheme="relatedMetadataScheme", schemeUri="schemeURI")  # fmt: skip
    _list(root, "sizes", [{"size": size} for size in document.get("sizes", [])], "size", "size")
    _list(root, "formats", [{"format": name} for name in document.get("formats", [])], "format", "format")
    _add(root, "version", document.get("version", ""))
    _list(root, "rightsList", document.get("rightsList"), "rights", "rights", rightsUri="rightsURI",
          rightsIdentifier="rightsIdentifier", rightsIdentifierScheme="rightsIdentifierScheme",
          schemeUri="schemeURI", lang="xml:lang")  # fmt: skip
    _list(root, "descriptions", document.get("descriptions"), "description", "description",
          descriptionType="descriptionType", lang="xml:lang")  # fmt: skip
    if places := document.get("geoLocations"):
        locations = ET.SubElement(root, "geoLocations")
        for place in places:
            _add(ET.SubElement(locations, "geoLocation"), "geoLocationPlace", place["geoLocationPlace"])


def _list(
    root: ET.Element, name: str, entries: list[dict[str, str]] | None, each: str, text: str, /, **attributes: str
) -> None:
    """Add a list of elements: the text of each under the key ``text``, its attributes by their names in JSON."""
    if not entries:
        return
    holder = ET.SubElement(root, name)
    for entry in entries:
        said = {attribute: entry[key] for key, attribute in attributes.items() if entry.get(key)}
        _add(holder, each, entry.get(text, ""), **said)


def _add(parent: ET.Element, name: str, text: str, /, **attributes: str) -> None:
    if plain(text).strip() or attributes.get("rightsURI"):
        ET.SubElement(parent, name, {key: plain(value) for key, value in attributes.items()}).text = plain(text)


def _once(value: Any) -> Any:
    """A list without repetitions, as the schema wants it."""
    if not isinstance(value, list):
        return value
    kept: list[Any] = []
    for entry in value:
        if entry not in kept:
            kept.append(entry)
    return kept


def _subjects(certificate: Certificate) -> list[dict[str, str]]:
    keywords = [{"subject": keyword, "lang": LANGUAGE} for keyword in certificate.keywords if keyword.strip()]
    quantities = [
        {
            "subject": channel.quantity_label,
            "subjectScheme": "QUDT quantity kinds",
            "schemeUri": "http://qudt.org/vocab/quantitykind/",
            "valueUri": channel.quantity_uri,
        }
        for channel in certificate.channels
        if channel.quantity_label and channel.quantity_uri
    ]
    return keywords + quantities


def _contributors(certificate: Certificate) -> list[dict[str, str]]:
    logged_by, receiver = certificate.data_provenance.logged_by, certificate.receiver
    named = [("DataCollector", logged_by), ("DataManager", receiver.name if receiver else "")]
    host = [("HostingInstitution", certificate.catalogue.name)]
    return [
        {"name": name, "nameType": "Organizational", "contributorType": kind} for kind, name in named + host if name
    ]


def _dates(certificate: Certificate, *, at: datetime) -> list[dict[str, str]]:
    validity, logged = certificate.date_of_data_validity, certificate.data_provenance.logged_at
    ends = opening_date(certificate.access, at=at)
    period = ""
    if validity.start is not None:
        period = f"{iso_instant(validity.start)}/{iso_instant(validity.end) if validity.end else ''}"
    issued, withdrawal = first_issue(certificate), certificate.withdrawal
    named = [
        ("Collected", period, "The period that the readings cover"),
        ("Created", iso_instant(logged) if logged else "", ""),
        ("Issued", iso_instant(issued) if issued else "", ""),
        ("Updated", iso_instant(certificate.issued_at) if certificate.issued_at else "", ""),
        ("Available", iso_instant(ends) if ends else "", "End of the embargo"),
        ("Withdrawn", iso_instant(withdrawal.at) if withdrawal else "", withdrawal.sentence if withdrawal else ""),
    ]
    return [{"date": date, "dateType": kind, "dateInformation": why} for kind, date, why in named if date]


def _alternate(certificate: Certificate, *, of_version: bool) -> list[dict[str, str]]:
    pid = certificate.version.pid if of_version else certificate.pid
    address = address_of(certificate, pid) if of_version else certificate.pid_url
    named = [("ARK", pid), ("URL", address), ("LEO Identifier", certificate.leo_identifier)]
    return [{"alternateIdentifier": name, "alternateIdentifierType": kind} for kind, name in named if name]


def _related(certificate: Certificate, *, of_version: bool) -> list[dict[str, str]]:
    parent, making = certificate.part_of, certificate.making
    found = [
        *([("IsPartOf", *_named(parent.doi_url, parent.pid))] if parent else []),
        *(("HasPart", "ARK", file.pid) for file in certificate.files if certificate.kind == "dataset"),
        *(("HasPart", "ARK", part.pid) for part in certificate.parts),
        *(_among_versions(certificate) if of_version else _with_versions(certificate)),
        *(("IsDerivedFrom", "ARK", source.pid) for source in (making.made_from if making else ())),
        *([("IsDocumentedBy", "URL", url)] if making and (url := find_iri(making.recipe_url)) else []),
        *([("IsDerivedFrom", "URL", source)] if (source := find_iri(certificate.data_provenance.source)) else []),
        *(("IsDocumentedBy", "URL", f.import_profile_url) for f in certificate.files if f.import_profile_url),
    ]
    related = [{"relationType": r, "relatedIdentifierType": kind, "relatedIdentifier": name} for r, kind, name in found]
    described = {
        "relationType": "HasMetadata",
        "relatedIdentifierType": "URL",
        "relatedIdentifier": form_of(certificate, "ttl"),
        "relatedMetadataScheme": "DCAT-AP",
        "schemeUri": "https://semiceu.github.io/DCAT-AP/releases/3.0.1/",
    }
    return [*related, described]


def _with_versions(certificate: Certificate) -> list[tuple[str, str, str]]:
    """How a dataset is related to its versions; with a DOI it is all of them together, and newer than none."""
    previous = None if certificate.doi else find_previous(certificate)
    known = [("HasVersion", *_name_of(version)) for version in versions_by_age(certificate)]
    return [*known, *([("IsNewVersionOf", *_name_of(previous))] if previous else [])]


def _among_versions(certificate: Certificate) -> list[tuple[str, str, str]]:
    """How a version is related to the dataset, and to those before and after it."""
    previous, later = find_previous(certificate), find_next(certificate)
    whole = ("DOI", certificate.doi) if certificate.doi else ("ARK", certificate.pid)
    return [
        ("IsVersionOf", *whole),
        *([("IsNewVersionOf", *_name_of(previous))] if previous else []),
        *([("IsPreviousVersionOf", *_name_of(later))] if later else []),
    ]


def _name_of(version: VersionEntry) -> tuple[str, str]:
    return _named(version.doi_url, version.pid)


def _named(doi_url: str, pid: str) -> tuple[str, str]:
    """By its DOI where it has one, which is what indexes of citations know, else by its ARK."""
    doi = doi_of(doi_url)
    return ("DOI", doi) if doi else ("ARK", pid)


def _rights(certificate: Certificate, *, at: datetime, words: AudienceWords) -> list[dict[str, str]]:
    licensing, terms = certificate.licensing, certificate.access
    code = licensing.code if _SPDX.fullmatch(licensing.code) and find_iri(licensing.address) else ""
    licence = {
        "rights": licensing.title or licensing.code,
        "rightsUri": find_iri(licensing.address) or "",
        "rightsIdentifier": code,
        "rightsIdentifierScheme": "SPDX" if code else "",
        "schemeUri": "https://spdx.org/licenses/" if code else "",
    }
    access = say_access(terms, at=at, zone=certificate.time_zone, words=words)
    return [
        *([licence] if licence["rights"] or licence["rightsUri"] else []),
        {"rights": access, "rightsUri": access_right(terms, at=at).value},
        {"rights": access, "rightsUri": coar_right(terms, at=at)},
        {"rights": certificate.publication_restrictions},
    ]


def _descriptions(certificate: Certificate) -> list[dict[str, str]]:
    provenance = certificate.data_provenance
    named = [
        ("Abstract", describe(certificate)),
        ("Methods", provenance.statement),
        ("TechnicalInfo", provenance.quality),
        ("TechnicalInfo", ", ".join(channel.name for channel in certificate.channels)),
    ]
    return [
        {"description": text, "descriptionType": kind, "lang": LANGUAGE} for kind, text in named if plain(text).strip()
    ]
