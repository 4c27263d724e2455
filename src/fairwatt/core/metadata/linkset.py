"""The typed links of a landing page (https://signposting.org), and all of them as one linkset (RFC 9264)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from fairwatt.core.metadata.addresses import (
    address_of,
    citable_address,
    find_previous,
    form_of,
    is_superseded,
    page_of,
    versions_by_age,
)
from fairwatt.core.metadata.certificate import Certificate
from fairwatt.core.metadata.rdf.nodes import find_iri

SIGNATURE = "https://w3id.org/security#proof"  # an extension relation (RFC 8288, 2.1.2): none is registered for it
_MOST_TELLING = 3  # descriptions that come before the files: headers have room for a few links only


class Link(NamedTuple):
    """A typed link; ``type`` is the media type of what is there, ``profile`` the form that it follows."""

    rel: str
    href: str
    type: str = ""
    profile: str = ""


def links_of(certificate: Certificate, described_by: Iterable[Link]) -> list[Link]:
    """List the links of a page, the most telling first.

    Parameters
    ----------
    certificate
        Of the dataset or file whose page it is.
    described_by
        Where the certificate can be had in other forms.
    """
    provider, parent = certificate.provider, certificate.part_of
    described = list(described_by)
    licence = find_iri(certificate.licensing.address)
    home = find_iri(provider.homepage) if provider else None
    return [
        Link("cite-as", citable_address(certificate)),
        Link("type", "https://schema.org/AboutPage"),
        Link("type", "https://schema.org/Dataset"),
        *([Link("license", licence)] if licence else []),
        *([Link("author", home)] if home else []),
        *([Link("collection", parent.url, "text/html")] if parent else []),
        Link("linkset", form_of(certificate, "linkset.json"), "application/linkset+json"),
        *described[:_MOST_TELLING],
        *_signature(certificate),
        *_items(certificate),
        *described[_MOST_TELLING:],
        *_versions(certificate),
    ]


def _signature(certificate: Certificate) -> Iterable[Link]:
    if not certificate.is_draft and certificate.is_as_hashed:
        yield Link(SIGNATURE, form_of(certificate, "certificate.jws"), "application/jose")


def _versions(certificate: Certificate) -> Iterable[Link]:
    known, previous = versions_by_age(certificate), find_previous(certificate)
    if known:
        yield Link("latest-version", address_of(certificate, known[-1].pid), "text/html")
    if previous is not None:
        yield Link("predecessor-version", address_of(certificate, previous.pid), "text/html")
    if is_superseded(certificate) and certificate.kind == "dataset":
        later = next(version for version in known if version.number > certificate.version.number)
        yield Link("successor-version", address_of(certificate, later.pid), "text/html")


def _items(certificate: Certificate) -> Iterable[Link]:
    for file in certificate.files:
        if file.download_url:
            yield Link("item", file.download_url, file.media_type)


def to_linkset(certificate: Certificate, links: Iterable[Link]) -> dict[str, Any]:
    """Write all links of a page as ``application/linkset+json``, and those of each file back to it."""
    page = page_of(certificate)
    contexts: list[dict[str, Any]] = [{"anchor": page, **_targets(links)}]
    described = [{"href": form_of(certificate, "jsonld"), "type": "application/ld+json"}]
    contexts += [
        {
            "anchor": file.download_url,
            "cite-as": [{"href": address_of(certificate, file.pid)}],
            "collection": [{"href": page, "type": "text/html"}],
            "describedby": described,
        }
        for file in certificate.files
        if file.download_url
    ]
    return {"linkset": contexts}


def _targets(links: Iterable[Link]) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for link in links:
        target: dict[str, Any] = {"href": link.href}
        if link.type:
            target["type"] = link.type
        if link.profile:
            target["profile"] = link.profile
        grouped.setdefault(link.rel, []).append(target)
    return grouped
