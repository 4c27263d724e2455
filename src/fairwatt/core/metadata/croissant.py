"""A certificate as Croissant 1.1 (https://docs.mlcommons.org/croissant/): what learning programs load datasets by."""

from __future__ import annotations

from typing import Any

from fairwatt.core.metadata.addresses import address_of, first_issue, page_of, readings_digest_of, readings_of
from fairwatt.core.metadata.blanks import without_blanks
from fairwatt.core.metadata.certificate import Certificate, FileEntry
from fairwatt.core.metadata.citation import cite_as_bibtex
from fairwatt.core.metadata.columns import Column, columns_of
from fairwatt.core.metadata.saying import LANGUAGE, creators_of, describe, keywords_of, licence_said, publisher_of
from fairwatt.core.metadata.words import end_sentence, iso_instant

PROFILE = "http://mlcommons.org/croissant/1.1"
_TERMS = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileProperty",
    "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5",
    "parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate",
    "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS},
}
_TYPES = {"instant": "sc:DateTime", "number": "sc:Float", "boolean": "sc:Boolean"}
_TABLE = "readings.csv"


def to_croissant(certificate: Certificate) -> dict[str, Any]:
    """Describe the files with their checksums, and the readings as a set of records with a field for each column.

    Readings that still grow, or were changed since they were certified, have no checksum: Croissant calls such a
    dataset live.
    """
    first = first_issue(certificate)
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": PROFILE,
        "name": certificate.title,
        "description": describe(certificate),
        "url": page_of(certificate),
        "sameAs": [certificate.pid_url, certificate.doi_url] if certificate.doi_url else certificate.pid_url,
        "license": licence_said(certificate),
        "citeAs": cite_as_bibtex(certificate),
        "creator": [{"@type": "sc:Organization", "name": name} for name in creators_of(certificate)],
        "publisher": {"@type": "sc:Organization", "name": publisher_of(certificate)},
        "datePublished": iso_instant(first) if first else None,
        "dateModified": iso_instant(certificate.issued_at) if certificate.issued_at else None,
        "inLanguage": LANGUAGE,
        "keywords": list(keywords_of(certificate)),
        "version": f"{certificate.version.number}.0.0",
        "isLiveDataset": certificate.offers_readings and not readings_digest_of(certificate),
        "distribution": [
            *([_table(certificate)] if certificate.offers_readings else []),
            *(_file(file, certificate) for file in certificate.files if file.sha256 and file.download_url),
        ],
        "recordSet": [_records(certificate)] if certificate.offers_readings else [],
    }
    known: dict[str, Any] = without_blanks(document)
    return known


def _table(certificate: Certificate) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": _TABLE,
        "name": _TABLE,
        "description": "All readings, in UTC.",
        "contentUrl": readings_of(certificate, "csv"),
        "encodingFormat": "text/csv",
        "sha256": readings_digest_of(certificate),
    }


def _file(file: FileEntry, certificate: Certificate) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": address_of(certificate, file.pid),
        "name": file.name,
        "contentUrl": file.download_url,
        "contentSize": f"{file.size} B",
        "encodingFormat": file.media_type,
        "sha256": file.sha256,
    }


def _records(certificate: Certificate) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "readings",
        "name": "readings",
        "description": "One record for each interval.",
        "key": [{"@id": f"readings/{column.name}"} for column in columns_of(certificate) if column.is_required],
        "field": [_field(column) for column in columns_of(certificate)],
    }


def _field(column: Column) -> dict[str, Any]:
    data_types = [_TYPES.get(column.kind, "sc:Text"), column.quantity_uri]
    said = end_sentence(f"{column.title}: {column.description or column.kind}")
    return {
        "@type": "cr:Field",
        "@id": f"readings/{column.name}",
        "name": column.name,
        "description": f"{said} In {column.unit}." if column.unit else said,
        "dataType": data_types if column.quantity_uri else data_types[0],
        "source": {"fileObject": {"@id": _TABLE}, "extract": {"column": column.name}},
    }
