"""A certificate as CSV on the Web (https://www.w3.org/TR/tabular-metadata/): what each column of the readings holds."""

from __future__ import annotations

from typing import Any

from fairwatt.core.metadata.addresses import page_of, readings_of
from fairwatt.core.metadata.blanks import without_blanks
from fairwatt.core.metadata.certificate import Certificate
from fairwatt.core.metadata.columns import Column, columns_of
from fairwatt.core.metadata.saying import LANGUAGE, creator_of, describe, keywords_of, publisher_of
from fairwatt.core.metadata.words import iso_instant

_DATATYPES = {"instant": "dateTime", "number": "number", "boolean": "boolean"}


def to_csvw(certificate: Certificate) -> dict[str, Any]:
    """Describe the readings as a CSV file.

    Raises
    ------
    ValueError
        Where the certificate tells of no readings: CSVW describes tables alone.
    """
    if not certificate.offers_readings:
        raise ValueError("there are no readings to describe")
    issued = certificate.issued_at or certificate.data_provenance.logged_at
    document: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": readings_of(certificate, "csv"),
        "dc:title": certificate.title,
        "dc:description": describe(certificate),
        "dc:identifier": [certificate.pid_url, certificate.doi_url] if certificate.doi_url else certificate.pid_url,
        "dc:creator": creator_of(certificate),
        "dc:publisher": publisher_of(certificate),
        "dc:language": LANGUAGE,
        "dc:license": {"@id": certificate.licensing.address} if certificate.licensing.address else None,
        "dc:modified": {"@value": issued.date().isoformat(), "@type": "xsd:date"} if issued else None,
        "dc:temporal": _period(certificate),
        "dcat:keyword": list(keywords_of(certificate)),
        "dcat:landingPage": {"@id": page_of(certificate)},
        "dialect": {"header": True, "lineTerminators": ["\r\n"], "encoding": "utf-8"},
        "tableSchema": {"columns": [_column(column) for column in columns_of(certificate)]},
    }
    known: dict[str, Any] = without_blanks(document)
    return known


def _column(column: Column) -> dict[str, Any]:
    said = {
        "name": column.name,
        "titles": column.name,  # the heading as the file writes it
        "datatype": _DATATYPES.get(column.kind, "string"),
        "required": True if column.is_required else None,
        "dc:title": column.title,
        "dc:description": column.description,
        "schema:unitText": column.unit,
        "schema:unitCode": {"@id": column.unit_uri} if column.unit_uri else None,
        "schema:propertyID": {"@id": column.quantity_uri} if column.quantity_uri else None,
    }
    known: dict[str, Any] = without_blanks(said)
    return known


def _period(certificate: Certificate) -> str:
    validity = certificate.date_of_data_validity
    if validity.start is None:
        return ""
    return f"{iso_instant(validity.start)}/{iso_instant(validity.end) if validity.end else '..'}"
