"""A certificate as OEMetadata 2.0, the metadata standard of open energy platforms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fairwatt.core.metadata.access import opening_date
from fairwatt.core.metadata.addresses import address_of, first_issue, page_of, readings_of
from fairwatt.core.metadata.blanks import without_blanks
from fairwatt.core.metadata.certificate import Certificate, FileEntry
from fairwatt.core.metadata.columns import Column, columns_of
from fairwatt.core.metadata.data_package import slug
from fairwatt.core.metadata.licences import say_licence
from fairwatt.core.metadata.rdf.nodes import find_iri
from fairwatt.core.metadata.saying import LANGUAGE, describe, keywords_of, publisher_of
from fairwatt.core.metadata.words import end_sentence, iso_instant

_VERSION = "OEMetadata-2.0.4"
_CONTEXT = "https://raw.githubusercontent.com/OpenEnergyPlatform/oemetadata/production/oemetadata/latest/context.json"
_TYPES = {"instant": "timestamp", "number": "double precision", "boolean": "boolean"}


def to_oemetadata(certificate: Certificate, *, at: datetime) -> dict[str, Any]:
    """Describe the readings as a table, and every file as received; ``at`` tells whether an embargo is active."""
    shared = without_blanks(_shared(certificate, at=at))  # the same of hundreds of files
    own = [_readings(certificate)] if certificate.offers_readings else []
    own += [_file(file, certificate) for file in certificate.files]
    own = own or [{"name": "landing-page", "path": page_of(certificate)}]
    described = {
        "@context": _CONTEXT,
        "name": slug(certificate.pid.removeprefix("ark:/")),
        "title": certificate.title,
        "description": describe(certificate),
        "@id": find_iri(certificate.doi_url) or find_iri(certificate.pid_url),
    }
    return {
        **without_blanks(described),
        "resources": [{**shared, **without_blanks(resource)} for resource in own],
        "metaMetadata": {
            "metadataVersion": _VERSION,
            "metadataLicense": {
                "name": "CC0-1.0",
                "title": "Creative Commons Zero v1.0 Universal",
                "path": "https://creativecommons.org/publicdomain/zero/1.0",
            },
        },
    }


def _readings(certificate: Certificate) -> dict[str, Any]:
    columns = columns_of(certificate)
    return {
        "@id": certificate.pid_url,
        "name": "readings",
        "title": f"All readings of {certificate.title}, in UTC",
        "path": readings_of(certificate, "csv"),
        "description": describe(certificate),
        "type": "table",
        "format": "CSV",
        "encoding": "UTF-8",
        "schema": {
            "fields": [_field(column) for column in columns],
            "primaryKey": [column.name for column in columns if column.is_required],
        },
        "dialect": {"delimiter": ",", "decimalSeparator": "."},
    }


def _file(file: FileEntry, certificate: Certificate) -> dict[str, Any]:
    return {
        "@id": address_of(certificate, file.pid),
        "name": slug(file.name),
        "title": file.name,
        "path": file.download_url or file.url,
        "type": "file",
        "format": file.format,
    }


def _field(column: Column) -> dict[str, Any]:
    about = [{"name": column.description or column.title, "@id": find_iri(column.quantity_uri)}]
    return {
        "name": column.name,
        "description": f"{end_sentence(column.title)} {column.description}".strip(),
        "type": _TYPES.get(column.kind, "text"),
        "nullable": not column.is_required,
        "unit": column.unit,
        "isAbout": about if column.quantity_uri else None,
        "valueReference": [{"value": column.unit, "name": column.unit, "@id": find_iri(column.unit_uri)}]
        if column.unit_uri
        else None,
    }


def _shared(certificate: Certificate, *, at: datetime) -> dict[str, Any]:
    first, contact = first_issue(certificate), certificate.access.contact or certificate.catalogue.contact
    catalogue = certificate.catalogue
    return {
        "languages": [LANGUAGE],
        "topics": ["energy"],
        "subject": _subjects(certificate),
        "keywords": list(keywords_of(certificate)),
        "publicationDate": first.date().isoformat() if first else None,
        "embargoPeriod": _embargo(certificate, at=at),
        "context": {
            "title": catalogue.name,
            "homepage": find_iri(catalogue.url),
            "publisher": publisher_of(certificate),
            "contact": contact if "@" in contact else None,
        },
        "spatial": {"location": {"address": certificate.place}},
        "temporal": _temporal(certificate),
        "sources": _sources(certificate),
        "licenses": _licences(certificate),
        "contributors": _contributors(certificate),
    }


def _subjects(certificate: Certificate) -> list[dict[str, Any]]:
    known = {c.quantity_uri: c.quantity_label for c in certificate.channels if c.quantity_uri}
    return [{"name": label, "@id": find_iri(address)} for address, label in known.items()]


def _embargo(certificate: Certificate, *, at: datetime) -> dict[str, Any] | None:
    ends, first = opening_date(certificate.access, at=at), first_issue(certificate)
    if ends is None:
        return None
    start = first.date().isoformat() if first and first <= ends else None
    return {"start": start, "end": ends.date().isoformat(), "isActive": True}


def _temporal(certificate: Certificate) -> dict[str, Any] | None:
    validity, resolution = certificate.date_of_data_validity, certificate.resolution_s
    if validity.start is None:
        return None
    statistics = {channel.statistic for channel in certificate.channels if channel.statistic}
    series = {
        "start": iso_instant(validity.start),
        "end": iso_instant(validity.end) if validity.end else None,
        "resolutionValue": f"{resolution:g}" if resolution else None,
        "resolutionUnit": "s" if resolution else None,
        "alignment": "left",  # readings are labelled by the start of their interval
        "aggregationType": statistics.pop() if len(statistics) == 1 else None,
    }
    return {"referenceDate": validity.start.date().isoformat(), "timeseries": [series]}


def _sources(certificate: Certificate) -> list[dict[str, Any]]:
    provenance, provider = certificate.data_provenance, certificate.provider
    if not provenance.statement and not provenance.source:
        return []
    return [
        {
            "title": provenance.statement or f"The original of {certificate.title}",
            "authors": [provider.name] if provider else [],
            "description": provenance.quality,
            "publicationYear": f"{provenance.logged_at:%Y}" if provenance.logged_at else None,
            "path": find_iri(provenance.source),
            "sourceLicenses": _licences(certificate),
        }
    ]


def _licences(certificate: Certificate) -> list[dict[str, Any]]:
    licensing = certificate.licensing
    if not licensing.is_stated:
        return []
    return [
        {
            "name": licensing.code,
            "title": licensing.title,
            "path": find_iri(licensing.address),
            "instruction": say_licence(licensing),
            "attribution": "© " + ", ".join(party.name for party in certificate.providers)
            if certificate.providers
            else None,
        }
    ]


def _contributors(certificate: Certificate) -> list[dict[str, Any]]:
    logged = certificate.data_provenance.logged_at
    named = [*((party, "DataCollector") for party in certificate.providers), (certificate.receiver, "DataManager")]
    return [
        {
            "title": party.name,
            "path": find_iri(party.homepage),
            "organization": party.name,
            "roles": [role],
            "date": logged.date().isoformat() if logged else None,
            "object": "data",
        }
        for party, role in named
        if party is not None
    ]
