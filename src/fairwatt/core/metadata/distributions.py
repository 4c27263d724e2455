"""The ways in which data can be had, as DCAT distributions: the files as received, and the readings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from fairwatt.core.metadata.addresses import address_of, page_of, policy_address, readings_of
from fairwatt.core.metadata.certificate import Certificate, FileEntry
from fairwatt.core.metadata.rdf import Iri, Node, find_iri, node, text, typed
from fairwatt.core.metadata.rdf.nodes import expand

_FILE_TYPES = "http://publications.europa.eu/resource/authority/file-type"
_FORMAT = ("dct:IMT", "dct:MediaTypeOrExtent")  # CKAN's harvester shows the label of the first
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
_KNOWN_TYPES = {
    "CSV": "CSV", "TSV": "TSV", "XLSX": "XLSX", "XLS": "XLS", "JSON": "JSON", "XML": "XML", "Parquet": "PARQUET",
    "GeoJSON": "GEOJSON", "ZIP": "ZIP", "PDF": "PDF", "Shapefile": "SHP", "GeoPackage": "GPKG", "NetCDF": "NETCDF",
}  # fmt: skip
_Shared = Mapping[str, Node | Iri | None]
ELSEWHERE = "Where the data stay, with their provider"
READINGS = {"csv": ("CSV", "text/csv"), "parquet": ("Parquet", "application/vnd.apache.parquet")}


def distributions_of(certificate: Certificate) -> list[Node]:
    """Every file as it was received, and the readings of all of them in the forms that are most asked for.

    Where there is no file, the data are had where they stay.
    """
    shared = _shared(certificate)
    files = [_of_file(file, certificate, shared) for file in certificate.files]
    files += [_of_readings(ending, certificate, shared) for ending in READINGS if certificate.offers_readings]
    source = find_iri(certificate.data_provenance.source)
    return files or ([_elsewhere(source, certificate)] if source else [])


def _elsewhere(source: Iri, certificate: Certificate) -> Node:
    said = {"dct:title": text(ELSEWHERE), "dcat:accessURL": _place(source)}
    return node(f"{page_of(certificate)}#elsewhere", "dcat:Distribution", {**said, **_shared(certificate)})


def say_readings(name: str) -> str:
    """The title of all readings in one format."""
    return f"All readings as {name}, in UTC"


def licence_of(certificate: Certificate) -> Node | None:
    """The licence as a document, named on the page where it has no address; None where none has been chosen."""
    licensing = certificate.licensing
    title = text(licensing.title or licensing.code)
    address = find_iri(licensing.address)
    if title is None and address is None:
        return None
    return node(address or f"{certificate.dataset_url}#licence", "dct:LicenseDocument", {"dct:title": title})


def _of_file(file: FileEntry, certificate: Certificate, shared: _Shared) -> Node:
    return node(
        f"{file.url or page_of(certificate)}#distribution",
        "dcat:Distribution",
        {
            "dct:title": text(file.name),
            "dct:identifier": [address_of(certificate, file.pid), file.identifier],
            "dcat:accessURL": _place(file.url) or _place(page_of(certificate)),
            "dcat:downloadURL": _place(file.download_url),
            "dcat:byteSize": typed(file.known_size, "xsd:nonNegativeInteger"),
            "spdx:checksum": _checksum(file, certificate),
            "dct:issued": typed(certificate.data_provenance.logged_at),
            **_format(file.format, file.media_type),
            **shared,
        },
    )


def _of_readings(ending: str, certificate: Certificate, shared: _Shared) -> Node:
    name, media_type = READINGS[ending]
    return node(
        f"{page_of(certificate)}#readings-{ending}",
        "dcat:Distribution",
        {
            "dct:title": text(say_readings(name)),
            "dcat:accessURL": _place(page_of(certificate)),
            "dcat:downloadURL": _place(readings_of(certificate, ending)),
            **_format(name, media_type),
            **shared,
        },
    )


def _place(address: str) -> Node | None:
    """Where something can be had, said to be a resource: DCAT-AP 3.0.0's shapes ask that, those of 3.0.1 do not."""
    found = find_iri(address)
    return node(found, "rdfs:Resource", {}) if found else None


def _shared(certificate: Certificate) -> _Shared:
    """What is said of each of them; the nodes are made once."""
    return {"dct:license": licence_of(certificate), "odrl:hasPolicy": Iri(policy_address(certificate))}


@lru_cache
def _format(name: str, media_type: str) -> Mapping[str, Node | None]:
    known = _KNOWN_TYPES.get(name)
    return {
        "dct:format": node(f"{_FILE_TYPES}/{known}", _FORMAT, {"rdfs:label": text(name)}) if known else None,
        "dcat:mediaType": node(f"{_MEDIA_TYPES}/{media_type}", "dct:MediaType", {}) if "/" in media_type else None,
    }


def _checksum(file: FileEntry, certificate: Certificate) -> Node | None:
    """The checksum under an address: a file has one, also where its own document and its dataset's are put together."""
    if not file.sha256:
        return None
    algorithm = node(expand("spdx:checksumAlgorithm_sha256"), "spdx:ChecksumAlgorithm", {})
    said = {"spdx:algorithm": algorithm, "spdx:checksumValue": typed(file.sha256, "xsd:hexBinary")}
    return node(f"{file.url or page_of(certificate)}#checksum", "spdx:Checksum", said)
