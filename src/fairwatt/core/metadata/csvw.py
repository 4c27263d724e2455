"""A certificate as CSV on the Web (https://www.w3.org/TR/tabular-metadata/): what each column of the readings holds."""

from __future__ import annotations

from typing import Any

from fairwatt.core.metadata.addresses import address_of, page_of, readings_of
from fairwatt.core.metadata.blanks import without_blanks
from fairwatt.core.metadata.certificate import Certificate, ChannelEntry, FileEntry
from fairwatt.core.metadata.columns import Column, columns_of
from fairwatt.core.metadata.saying import LANGUAGE, creator_of, describe, describe_channel, publisher_of
from fairwatt.core.metadata.tables import TableColumn, TableEntry
from fairwatt.core.metadata.words import iso_instant

_CONTEXT = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
_DATATYPES = {"instant": "dateTime", "number": "number", "boolean": "boolean"}


def to_csvw(certificate: Certificate) -> dict[str, Any]:
    """Describe the readings as a CSV file, and beside them the files as received whose text CSVW has words for.

    Raises
    ------
    ValueError
        Where the certificate tells of no readings: CSVW describes tables alone.
    """
    if not certificate.offers_readings:
        raise ValueError("there are no readings to describe")
    issued = certificate.issued_at or certificate.data_provenance.logged_at
    about: dict[str, Any] = {
        "dc:title": certificate.title,
        "dc:description": describe(certificate),
        "dc:identifier": [certificate.pid_url, certificate.doi_url] if certificate.doi_url else certificate.pid_url,
        "dc:creator": creator_of(certificate),
        "dc:publisher": publisher_of(certificate),
        "dc:language": LANGUAGE,
        "dc:license": {"@id": certificate.licensing.address} if certificate.licensing.address else None,
        "dc:modified": {"@value": issued.date().isoformat(), "@type": "xsd:date"} if issued else None,
        "dc:temporal": _period(certificate),
        "dcat:keyword": list(certificate.keywords),
        "dcat:landingPage": {"@id": page_of(certificate)},
    }
    readings = {
        "url": readings_of(certificate, "csv"),
        "dialect": {"header": True, "lineTerminators": ["\r\n"], "encoding": "utf-8"},
        "tableSchema": {"columns": [_column(column) for column in columns_of(certificate)]},
    }
    received = [
        _received(file, file.table, certificate) for file in certificate.files if file.table and file.download_url
    ]
    if not received:
        return {"@context": _CONTEXT, **readings, **without_blanks(about)}
    tables = [{**readings, "dc:title": "All readings, in UTC"}, *received]
    return {"@context": _CONTEXT, "tables": tables, **without_blanks(about)}


def _received(file: FileEntry, table: TableEntry, certificate: Certificate) -> dict[str, Any]:
    """A file as it was received: its dialect, and its columns with how their values are written."""
    dialect = {
        "delimiter": table.delimiter,
        "quoteChar": table.quote,
        "encoding": table.encoding,
        "skipRows": table.skip_rows or None,
        "header": table.has_header,
        "headerRowCount": 1 if table.has_header else 0,
        "trim": True,
        "skipBlankRows": True,
        "lineTerminators": ["\r\n", "\n", "\r"],
    }
    channels = {channel.field: channel for channel in certificate.channels}
    columns = [
        _native(place, column, channels.get(column.field), table.missing)
        for place, column in enumerate(table.columns, start=1)
    ]
    return {
        "url": file.download_url,
        "dc:title": file.name,
        "dc:identifier": address_of(certificate, file.pid),
        "dialect": without_blanks(dialect),
        "tableSchema": {"columns": columns},
    }


def _native(place: int, column: TableColumn, channel: ChannelEntry | None, missing: tuple[str, ...]) -> dict[str, Any]:
    """A column as a file writes it; the terms of its channel where it is one."""
    datatype: str | dict[str, Any] = column.datatype
    if column.datatype == "number" and (column.decimal, column.group) != (".", ""):
        signs = without_blanks({"decimalChar": column.decimal, "groupChar": column.group})
        datatype = {"base": "number", "format": signs}
    elif column.format:
        datatype = {"base": column.datatype, "format": column.format}
    said = {
        "name": column.field or f"column_{place}",
        "titles": column.title,
        "datatype": datatype,
        "dc:description": describe_channel(channel) if channel else None,
        "schema:unitText": (channel.unit_symbol or channel.unit) if channel else None,
        "schema:unitCode": {"@id": channel.unit_uri} if channel and channel.unit_uri else None,
        "schema:propertyID": {"@id": channel.quantity_uri} if channel and channel.quantity_uri else None,
    }
    known: dict[str, Any] = without_blanks(said)
    if column.datatype == "number" and missing:
        known["null"] = ["", *missing]  # a blank is one only where it is named among others
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
