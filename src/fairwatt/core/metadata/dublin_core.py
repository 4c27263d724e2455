"""A certificate as the fifteen Dublin Core elements, Ofgem's minimum, for ``<meta>`` tags and oai_dc."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from fairwatt.core.metadata.access import access_right, say_access
from fairwatt.core.metadata.certificate import Certificate
from fairwatt.core.metadata.licences import say_licence
from fairwatt.core.metadata.rdf.nodes import plain
from fairwatt.core.metadata.saying import creators_of, keywords_of
from fairwatt.core.metadata.words import iso_instant
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
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
    for name in creators_of(certificate):
        yield "creator", name
    labels = (channel.quantity_label for channel in certificate.channels)
    for subject in dict.fromkeys((*keywords_of(certificate), *labels)):
        yield "subject", subject
    yield "subject", f"{certificate.trial.code} {certificate.trial.title}" if certificate.trial else ""
    yield "description", certificate.data_description or certificate.title
    yield "description", certificate.standing
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
    yield "identifier", certificate.doi_url
    yield "identifier", certificate.leo_identifier
    yield "source", certificate.data_provenance.source
    yield "source", certificate.data_provenance.statement
    for source in certificate.making.made_from if certificate.making else ():
        yield "source", source.pid_url or source.pid
    yield "relation", certificate.part_of.pid_url if certificate.part_of else certificate.catalogue.url
    for part in certificate.parts:
        yield "relation", part.pid_url
    for file in certificate.files if certificate.kind == "dataset" else ():
        yield "relation", certificate.pid_url.removesuffix(certificate.pid) + file.pid
    if validity.start is not None:
        end = iso_instant(validity.end) if validity.end is not None else ".."
        yield "coverage", f"{iso_instant(validity.start)}/{end}"
    yield "coverage", certificate.place


def _rights(certificate: Certificate, *, at: datetime, words: AudienceWords) -> Iterator[tuple[str, str]]:
    yield "rights", certificate.licensing.address or certificate.licensing.title
    yield "rights", say_licence(certificate.licensing)
    for sentence in certificate.triage.sentences() if certificate.triage else ():
        yield "rights", sentence
    yield "rights", access_right(certificate.access, at=at).value
    yield "rights", say_access(certificate.access, at=at, zone=certificate.time_zone, words=words)
    yield "rights", certificate.publication_restrictions


def to_oai_dc(certificate: Certificate, *, at: datetime, words: AudienceWords = PLAIN_WORDS) -> str:
    """Write the elements as ``oai_dc`` XML, as OAI-PMH carries them."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<oai_dc:dc xmlns:oai_dc="{OAI_DC}" xmlns:dc="http://purl.org/dc/elements/1.1/"',
        '    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
        f'    xsi:schemaLocation="{OAI_DC} http://www.openarchives.org/OAI/2.0/oai_dc.xsd">',
    ]
    for name, content in to_dublin_core(certificate, at=at, words=words):
        element = name.removeprefix("DC.")
        lines.append(f"  <dc:{element}>{escape(plain(content))}</dc:{element}>")
    return "\n".join([*lines, "</oai_dc:dc>", ""])


def to_erc(certificate: Certificate) -> str:
    """Write who, what, when and where as an Electronic Resource Citation: the answer to an ARK with ``?info``.

    The form is ANVL's: a label, a colon, a value on one line; the four elements of Kernel Metadata come first.
    """
    first = certificate.date_of_data_validity.start
    issued = certificate.issued_at or certificate.data_provenance.logged_at
    catalogue = certificate.catalogue
    said = [
        ("who", "; ".join(creators_of(certificate))),
        ("what", certificate.title),
        ("when", f"{issued:%Y%m%d}" if issued else "(:unkn) unknown"),
        ("where", certificate.pid_url),
        ("where", certificate.doi_url),
        ("how", "(:mtype dat) Dataset"),
        ("about-when", f"{first:%Y%m%d}" if first else ""),
        ("support-who", catalogue.publisher or catalogue.name),
        ("support-what", "(:permanent) the identifier is never given to anything else; versions stay as they were"),
        ("support-where", catalogue.url),
    ]
    lines = [f"{label}: {' '.join(value.split())}" for label, value in said if value.strip()]
    return "\n".join(["erc:", *lines, ""])
