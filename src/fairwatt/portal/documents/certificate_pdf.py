"""Typeset a Data Certificate as one A4 page of tagged PDF."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import segno

from fairwatt.core.metadata.access import say_access
from fairwatt.core.metadata.certificate import Certificate, FileEntry
from fairwatt.core.metadata.licences import say_licence
from fairwatt.core.metadata.words import say_bytes, say_instant
from fairwatt.core.periods import say_duration
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords
from fairwatt.portal.documents.typesetting import typeset

MOST_LISTED = 4  # files and missing points that find room on the page
LONGEST_FIELD = 420  # characters of a field that still leave one page


def write_certificate_pdf(
    certificate: Certificate,
    *,
    at: datetime,
    accent: str = "#00796b",
    words: AudienceWords = PLAIN_WORDS,
    gone: str = "",
    doi_url: str = "",
    signature: str = "",
) -> bytes:
    """Typeset a certificate.

    Parameters
    ----------
    certificate
        The certificate, issued or a draft.
    at
        The instant that its sentence on access speaks of.
    accent
        The project's colour, ``#rrggbb``.
    words
        What the project calls its audiences.
    gone
        What is to be said of it since it was issued: that it was withdrawn or erased, or parts of it; "" of all others.
    doi_url
        The address of its DOI, where it has one.
    signature
        The signature's state in words.

    Returns
    -------
    bytes
        A PDF with its fonts embedded; PDF/UA-1 where our font has every sign of the text.
    """
    data = _texts(certificate, at=at, gone=gone, doi_url=doi_url, signature=signature)
    data["accent"] = accent
    data["access"] = say_access(certificate.access, at=at, zone=certificate.time_zone, words=words)
    return typeset("certificate.typ", data)


def _texts(certificate: Certificate, *, at: datetime, gone: str, doi_url: str, signature: str) -> dict[str, object]:
    validity = certificate.date_of_data_validity
    zone = certificate.time_zone
    level = certificate.level_of_provenancing
    return {
        "brand": certificate.catalogue.name,
        "heading": "Data Certificate",
        "title": certificate.title,
        "subtitle": _subtitle(certificate),
        "written_at": list((certificate.issued_at or at).astimezone(UTC).timetuple()[:6]),  # not when the file is made
        "issuer": certificate.catalogue.publisher or certificate.catalogue.name,
        "keywords": list(certificate.keywords),
        "pid": certificate.pid,
        "pid_url": certificate.pid_url,
        "qr": _qr(certificate.pid_url),
        "draft": certificate.is_draft,
        "gone": gone,
        "doi_url": doi_url,
        "coverage": list(certificate.coverage),
        "coverage_caption": "Readings present over the period: full colour is complete, grey is none",
        "start": say_instant(validity.start, zone=zone) if validity.start else "",
        "end": say_instant(validity.end, zone=zone) if validity.end else "still growing" if validity.start else "",
        "fields": [[name, _shorten(text)] for name, text in certificate.leo_fields()],
        "level": level.level,
        "level_text": level.label[:1].upper() + level.label[1:] + ".",
        "missing": list(level.missing[:MOST_LISTED]),
        "licence": say_licence(certificate.licensing),
        "content": _content(certificate),
        "closing": _closing(certificate, zone=zone, signature=signature),
        "footer": f"{certificate.catalogue.name} · {certificate.catalogue.url}",
    }


def _subtitle(certificate: Certificate) -> str:
    parts = [f"{certificate.origin.capitalize()} {certificate.kind}"]
    if certificate.part_of:
        parts.append(f"of {certificate.part_of.title}")
    if certificate.provider:
        parts.append(f"provided by {certificate.provider.name}")
    if certificate.trial:
        procedures = ", ".join(procedure.code for procedure in certificate.procedures)
        parts.append(f"trial {certificate.trial.code}{f' ({procedures})' if procedures else ''}")
    return " · ".join(parts)


def _content(certificate: Certificate) -> list[str]:
    rows = []
    if certificate.readings:
        rows.append(f"{certificate.readings:,} readings in {len(certificate.channels):,} channels")
    if certificate.resolution_s:
        rows.append(f"one every {say_duration(certificate.resolution_s)}")
    rows += [_shorten(f"{file.name}, {_size(file)}", 70) for file in certificate.files[:MOST_LISTED]]
    more = len(certificate.files) - MOST_LISTED
    return [*rows, f"and {more} more files"] if more > 0 else rows


def _size(file: FileEntry) -> str:
    return say_bytes(file.size) if file.sha256 else "no original is kept"


def _closing(certificate: Certificate, *, zone: str, signature: str) -> list[list[str]]:
    rows = []
    if certificate.issued_at:
        by = f" by {certificate.issued_by}" if certificate.issued_by else ""
        again = f", issue {certificate.issue}" if certificate.issue > 1 else ""
        when = say_instant(certificate.issued_at, zone=zone)
        rows.append(["Issued", f"{when}{by}, version {certificate.version.number}{again}"])
    if certificate.kind == "file" and certificate.files:
        rows.append(["File sha256", certificate.files[0].sha256 or "none: no original is kept"])
    rows.append(["Certificate sha256", certificate.checksum])
    rows.append(["Signature", signature or "Not signed: compare the checksum with the page at the address above."])
    return rows


def _qr(text: str) -> str:
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", dark="#12303b", border=0, xmldecl=False)
    return out.getvalue().decode()


def _shorten(text: str, longest: int = LONGEST_FIELD) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
