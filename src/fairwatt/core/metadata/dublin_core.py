"""A certificate as the fifteen Dublin Core elements, Ofgem's minimum, for ``<meta>`` tags and oai_dc."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from fairwatt.core.metadata.access import access_right, say_access
from fairwatt.core.metadata.certificate import Certificate
from fairwatt.core.metadata.licences import say_licence
from fairwatt.core.metadata.words import iso_instant
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords

ELEMENTS = (
    "title", "creator", "subject", "description", "publisher", "contributor", "date", "type",
    "format", "identifier", "source", "language", "relation", "coverage", "rights",
)  # fmt: skip


def to_dublin_core(
    certificate: Certificate, *, at: datetime, words: AudienceWords = PLAIN_WORDS
) -> list[tuple[str, str]]:
    """List (name, content) pairs such as ``("DC.title", "…")``, in the elements' own order, none empty.

    Repeated elements come as several pairs; ``at`` is the instant for which access is described, ``words``
    what the project calls its audiences.
    """
    found = list(_what(certificate)) + list(_where(certificate)) + list(_rights(certificate, at=at, words=words))
    found.sort(key=lambda pair: ELEMENTS.index(pair[0]))
    return [(f"DC.{name}", content) for name, content in found if content]


def _what(certificate: Certificate) -> Iterator[tuple[str, str]]:
    catalogue = certificate.catalogue
    yield "title", certificate.title
    yield "creator", certificate.provider.name if certificate.provider else catalogue.publisher or catalogue.name
    for keyword in certificate.keywords:
        yield "subject", keyword
    for label in dict.fromkeys(channel.quantity_label for channel in certificate.channels):
        yield "subject", label
    yield "subject", f"{certificate.trial.code} {certificate.trial.title}" if certificate.trial else ""
    yield "description", certificate.data_description or certificate.title
    yield "publisher", catalogue.publisher or catalogue.name
    yield "contributor", certificate.receiver.name if certificate.receiver else ""
    yield "type", "Dataset"
    yield "language", "en-GB"
    for media_type in dict.fromkeys(file.media_type for file in certificate.files):
        yield "format", media_type


def _where(certificate: Certificate) -> Iterator[tuple[str, str]]:
    validity = certificate.date_of_data_validity
    issued = certificate.issued_at or certificate.data_provenance.logged_at
    yield "date", issued.date().isoformat() if issued else ""
    yield "identifier", certificate.pid_url
    yield "identifier", certificate.leo_identifier
    yield "source", certificate.data_provenance.source
    yield "source", certificate.data_provenance.statement
    yield "relation", certificate.part_of.pid_url if certificate.part_of else certificate.catalogue.url
    for file in certificate.files if certificate.kind == "dataset" else ():
        yield "relation", certificate.pid_url.removesuffix(certificate.pid) + file.pid
    if validity.start is not None:
        end = iso_instant(validity.end) if validity.end is not None else ".."
        yield "coverage", f"{iso_instant(validity.start)}/{end}"
    yield "coverage", certificate.place


def _rights(certificate: Certificate, *, at: datetime, words: AudienceWords) -> Iterator[tuple[str, str]]:
    yield "rights", certificate.licensing.address or certificate.licensing.title
    yield "rights", say_licence(certificate.licensing)
    yield "rights", access_right(certificate.access, at=at).value
    yield "rights", say_access(certificate.access, at=at, zone=certificate.time_zone, words=words)
    yield "rights", certificate.publication_restrictions
