"""Answers of OAI-PMH 2.0 as XML (https://www.openarchives.org/OAI/openarchivesprotocol.html)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from fairwatt.core.metadata.certificate import Certificate
from fairwatt.core.metadata.datacite import KERNEL, to_datacite_xml
from fairwatt.core.metadata.dcat import to_dcat
from fairwatt.core.metadata.dublin_core import OAI_DC, to_oai_dc
from fairwatt.core.metadata.rdf import PREFIXES, to_rdf_xml
from fairwatt.core.metadata.rdf.nodes import plain
from fairwatt.core.project.audiences import AudienceWords

OAI = "http://www.openarchives.org/OAI/2.0/"
_DECLARATION = re.compile(r"^<\?xml[^>]*\?>\s*")
Writer = Callable[[Certificate, datetime, AudienceWords], str]


@dataclass(frozen=True, slots=True)
class Format:
    """A form in which records are handed out: its prefix, namespace and schema."""

    prefix: str
    namespace: str
    schema: str
    write: Writer


FORMATS: Mapping[str, Format] = {
    known.prefix: known
    for known in (
        Format(
            "oai_dc",
            OAI_DC,
            "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
            lambda certificate, at, words: to_oai_dc(certificate, at=at, words=words),
        ),
        Format(
            "datacite",
            KERNEL,
            "https://schema.datacite.org/meta/kernel-4.5/metadata.xsd",
            lambda certificate, at, words: to_datacite_xml(certificate, at=at, words=words),
        ),
        Format(
            "dcat_ap",
            PREFIXES["rdf"],
            "http://www.openarchives.org/OAI/2.0/rdf.xsd",
            lambda certificate, at, words: to_rdf_xml(to_dcat(certificate, at=at, words=words)),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is handed out; ``metadata`` is "" of one that was deleted."""

    identifier: str
    changed_at: datetime
    sets: Sequence[str]
    is_deleted: bool
    metadata: str = ""


def datestamp(at: datetime) -> str:
    """An instant to the second, as all of this protocol writes them.

    >>> datestamp(datetime(2026, 6, 1, 12, 0, 0, 999_999, tzinfo=UTC))
    '2026-06-01T12:00:00Z'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_metadata(certificate: Certificate, prefix: str, *, at: datetime, words: AudienceWords) -> str:
    """Write a certificate in one of :data:`FORMATS`, to stand inside a record."""
    return _DECLARATION.sub("", FORMATS[prefix].write(certificate, at, words)).strip()


def write_answer(*, at: datetime, base: str, request: Mapping[str, str], body: str) -> str:
    """Put an answer into its envelope, which repeats what was asked."""
    asked = "".join(f" {name}={quoteattr(plain(value))}" for name, value in request.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<OAI-PMH xmlns="{OAI}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{OAI} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
        f"<responseDate>{datestamp(at)}</responseDate>\n<request{asked}>{_text(base)}</request>\n{body}\n</OAI-PMH>\n"
    )


def write_error(code: str, message: str) -> str:
    """Write why there is no answer."""
    return f'<error code="{code}">{_text(message)}</error>'


def write_identity(said: Iterable[tuple[str, str]]) -> str:
    """Write who answers, in the protocol's order."""
    return _element("Identify", "".join(f"<{name}>{_text(value)}</{name}>" for name, value in said))


def write_formats() -> str:
    """Write which formats there are."""
    found = (
        f"<metadataFormat><metadataPrefix>{one.prefix}</metadataPrefix><schema>{one.schema}</schema>"
        f"<metadataNamespace>{one.namespace}</metadataNamespace></metadataFormat>"
        for one in FORMATS.values()
    )
    return _element("ListMetadataFormats", "".join(found))


def write_sets(sets: Iterable[tuple[str, str]]) -> str:
    """Write which sets there are, by their specs and names."""
    found = (f"<set><setSpec>{_text(spec)}</setSpec><setName>{_text(name)}</setName></set>" for spec, name in sets)
    return _element("ListSets", "".join(found))


def write_records(verb: str, records: Iterable[Record], *, rest: str = "") -> str:
    """Write records, or for ``ListIdentifiers`` their headers alone; ``rest`` is the resumption token's element."""
    write = _header if verb == "ListIdentifiers" else _record
    return _element(verb, "\n".join(map(write, records)) + rest)


def write_token(token: str, *, total: int, cursor: int) -> str:
    """Write where a list goes on; an empty token ends a list that came in several parts."""
    return f'<resumptionToken completeListSize="{total}" cursor="{cursor}">{_text(token)}</resumptionToken>'


def _record(record: Record) -> str:
    metadata = "" if record.is_deleted else f"<metadata>\n{record.metadata}\n</metadata>"
    return f"<record>{_header(record)}{metadata}</record>"


def _header(record: Record) -> str:
    status = ' status="deleted"' if record.is_deleted else ""
    sets = "".join(f"<setSpec>{_text(spec)}</setSpec>" for spec in record.sets)
    return (
        f"<header{status}><identifier>{_text(record.identifier)}</identifier>"
        f"<datestamp>{datestamp(record.changed_at)}</datestamp>{sets}</header>"
    )


def _element(name: str, body: str) -> str:
    return f"<{name}>{body}</{name}>"


def _text(words: str) -> str:
    return escape(plain(words))
