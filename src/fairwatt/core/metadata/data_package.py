"""A certificate as a Data Package, version 2 (https://datapackage.org): checksums, and a schema of the readings."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from fairwatt.core.metadata.addresses import form_of, page_of, readings_of
from fairwatt.core.metadata.blanks import without_blanks
from fairwatt.core.metadata.certificate import Certificate, FileEntry, Party
from fairwatt.core.metadata.columns import Column, columns_of
from fairwatt.core.metadata.saying import describe, keywords_of, publisher_of
from fairwatt.core.metadata.words import iso_instant

PROFILE = "https://datapackage.org/profiles/2.0"
_NOT_SLUG = re.compile(r"[^a-z0-9._-]+")


def to_data_package(certificate: Certificate) -> dict[str, Any]:
    """Write the descriptor of a dataset or a file: the originals as resources, and the readings as a table."""
    issued = certificate.issued_at or certificate.data_provenance.logged_at
    package: dict[str, Any] = {
        "$schema": f"{PROFILE}/datapackage.json",
        "name": slug(certificate.pid.removeprefix("ark:/")),
        "id": certificate.pid_url,
        "doi": certificate.doi,
        "title": certificate.title,
        "description": describe(certificate),
        "homepage": page_of(certificate),
        "version": f"{certificate.version.number}.0.0" if certificate.version.number else None,
        "created": iso_instant(_whole(issued)) if issued else None,
        "keywords": list(keywords_of(certificate)),
        "licenses": licences_of(certificate),
        "contributors": [
            {"title": publisher_of(certificate), "path": certificate.catalogue.url, "roles": ["publisher"]},
            *(_contributor(party, "creator") for party in certificate.providers),
            _contributor(certificate.receiver, "contributor"),
        ],
        "sources": _sources(certificate),
        "resources": resources_of(certificate),
    }
    known: dict[str, Any] = without_blanks(package)
    return known


def resources_of(certificate: Certificate) -> list[dict[str, Any]]:
    """The readings, and every file as it was received, each under a name of its own."""
    taken: set[str] = set()
    readings = [_readings(certificate, _free("readings", taken))] if certificate.offers_readings else []
    files = [_resource(file, _free(slug(file.name), taken)) for file in certificate.files if file.download_url]
    found = readings + files
    return found or [{"name": "landing-page", "path": page_of(certificate), "mediatype": "text/html", "format": "html"}]


def licences_of(certificate: Certificate) -> list[dict[str, str]]:
    """The licence by name and address; none where none has been chosen."""
    licensing = certificate.licensing
    name = slug_of_licence(licensing.code)
    address = licensing.address if re.match(r"https?://", licensing.address) else ""
    return [{"name": name, "path": address, "title": licensing.title}] if name or address else []


def slug(text: str) -> str:
    """A name as the specification wants it: lower case, digits and ``-._``.

    >>> slug("MVS A1.2 (Süd).csv")
    'mvs-a1.2-s-d-.csv'
    """
    return _NOT_SLUG.sub("-", text.lower()).strip("-") or "file"


def slug_of_licence(code: str) -> str:
    """A licence's code in the signs that the specification allows."""
    return re.sub(r"[^-a-zA-Z0-9._]+", "-", code).strip("-")


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number behind it where it has been given already."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free


def _readings(certificate: Certificate, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "table",
        "title": "All readings, in UTC",
        "path": readings_of(certificate, "csv"),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": {
            "$schema": f"{PROFILE}/tableschema.json",
            "fields": [_field(column) for column in columns_of(certificate)],
            "missingValues": [""],
        },
    }


def _field(column: Column) -> dict[str, Any]:
    kinds = {"instant": "datetime", "number": "number", "boolean": "boolean"}
    form = {"format": "default"} if column.kind == "instant" else {}
    return {
        "name": column.name,
        "type": kinds.get(column.kind, "string"),
        **form,
        "title": column.title,
        "description": column.description,
        "unit": column.unit,
        "rdfType": column.quantity_uri,
        "unitUri": column.unit_uri,
        "constraints": {"required": True} if column.is_required else None,
    }


def _resource(file: FileEntry, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": file.name,
        "path": file.download_url,
        "homepage": file.url,
        "format": file.format.lower(),
        "mediatype": file.media_type,
        "bytes": file.known_size,
        "hash": f"sha256:{file.sha256}" if file.sha256 else None,
    }


def _contributor(party: Party | None, role: str) -> dict[str, Any] | None:
    return {"title": party.name, "path": _web(party.homepage), "roles": [role]} if party else None


def _sources(certificate: Certificate) -> list[dict[str, str]]:
    provenance, making = certificate.data_provenance, certificate.making
    made_from = making.made_from if making else ()
    found = [{"title": source.title, "path": _web(source.pid_url)} for source in made_from]
    found += [{"title": part.title, "path": _web(part.pid_url)} for part in certificate.parts]
    if provenance.statement or provenance.source:
        title = provenance.statement or f"The original of {certificate.title}"
        found.append({"title": title, "path": _web(provenance.source) or form_of(certificate, "ttl")})
    return found


def _web(address: str) -> str:
    return address if re.match(r"https?://[^\s]+$", address) else ""


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
