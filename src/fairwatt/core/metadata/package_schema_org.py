"""The certificate of a trial's data package as schema.org's JSON-LD, for search engines and assessors of FAIRness."""

from __future__ import annotations

from typing import Any

from fairwatt.core.metadata.addresses import fragment_of
from fairwatt.core.metadata.blanks import without_blanks
from fairwatt.core.metadata.package_certificate import PackageCertificate
from fairwatt.core.metadata.rdf.nodes import find_iri
from fairwatt.core.metadata.saying import LANGUAGE
from fairwatt.core.metadata.words import iso_instant


def to_package_schema_org(certificate: PackageCertificate, *, page: str, size: int | None) -> dict[str, Any]:
    """Describe a package as a ``Dataset`` with its download, the datasets that it is of, and the trial's events.

    Parameters
    ----------
    page
        The address of the package's page; the package itself and its certificate are beside it.
    size
        Of the zip [bytes]; None where it can't be had any more, nor its certificate.
    """
    stem = page.rstrip("/")
    validity = certificate.date_of_data_validity
    licences = sorted({one.licence for one in certificate.datasets})
    span = f"{iso_instant(validity.start)}/{iso_instant(validity.end)}" if validity.start and validity.end else ""
    catalogue = certificate.catalogue
    document: dict[str, Any] = without_blanks(
        {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "@id": certificate.pid_url,
            "identifier": certificate.pid,
            "url": page,
            "name": certificate.title,
            "description": certificate.description or certificate.access,
            "inLanguage": LANGUAGE,
            "isAccessibleForFree": certificate.audience == "public",
            "conditionsOfAccess": certificate.access,
            "datePublished": iso_instant(certificate.issued_at),
            "temporalCoverage": span,
            "license": [{"@type": "CreativeWork", "name": name} for name in licences],
            "creator": [
                {
                    "@type": "Organization",
                    "@id": find_iri(party.homepage) or f"{catalogue.url}/about/#organisation-{fragment_of(party.name)}",
                    "name": party.name,
                }
                for party in certificate.providers
            ],
            "publisher": {"@type": "Organization", "name": catalogue.publisher or catalogue.name, "url": catalogue.url},
            "includedInDataCatalog": {"@type": "DataCatalog", "name": catalogue.name, "url": catalogue.url},
            "isBasedOn": [
                {"@type": "Dataset", "@id": one.pid_url, "identifier": one.pid, "name": one.title}
                for one in certificate.datasets
            ],
            **(_what_can_be_had(stem, size) if size is not None else {}),
        }
    )
    return document


def _what_can_be_had(stem: str, size: int) -> dict[str, Any]:
    return {
        "distribution": {
            "@type": "DataDownload",
            "contentUrl": f"{stem}.zip",
            "encodingFormat": "application/zip",
            "contentSize": f"{size} B",
        },
        "subjectOf": {
            "@type": "DigitalDocument",
            "name": "Data Certificate of the package",
            "url": f"{stem}.certificate.json",
            "encodingFormat": "application/json",
        },
    }
