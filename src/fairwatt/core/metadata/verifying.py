"""Whether a file is the one that a certificate speaks of: told by hashes alone, offline."""

from __future__ import annotations

from dataclasses import dataclass

from fairwatt.core.metadata.certificate import Certificate
from fairwatt.core.metadata.chain import ChainLink, find_link, ways_to

_ASK_THE_PAGE = " Where parts were erased since it was certified, its page says so: {}"
SHOWN = 12  # characters of a hash that tell enough


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found out about a file.

    ``readings_sha256`` is of its readings in the canonical form, where it holds some in another format than that;
    ``size`` in bytes.
    """

    name: str
    size: int
    sha256: str
    readings_sha256: str = ""
    rows: int | None = None

    @property
    def hashes(self) -> tuple[str, ...]:
        """The hashes by which it may be certified."""
        return tuple(digest for digest in (self.sha256, self.readings_sha256) if digest)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a file is certified: as which link, how that link came to be, and a sentence about it."""

    link: ChainLink | None
    chain: tuple[ChainLink, ...]
    reason: str

    @property
    def is_certified(self) -> bool:
        """Whether the file is one of the certificate's links."""
        return self.link is not None


def judge_file(certificate: Certificate, evidence: Evidence) -> Judgement:
    """Look for a file among the links of a certificate."""
    for digest in evidence.hashes:
        if (link := find_link(certificate, digest)) is not None:
            return Judgement(link, ways_to(certificate, link), _say_found(certificate, evidence, link))
    return Judgement(None, (), _say_differs(certificate, evidence))


def _say_found(certificate: Certificate, evidence: Evidence, link: ChainLink) -> str:
    if link.step == "raw":
        return f"{evidence.name} is {link.name}, byte for byte as it was received."
    is_whole = certificate.readings_sha256 == link.sha256 or link.pid == certificate.pid
    whose = certificate.title if is_whole else link.name.removeprefix("readings of ")
    if link.step == "result":
        return f"{evidence.name} is the result {whose}, all of it and unchanged{_say_made(certificate)}."
    if link.step == "readings" and certificate.making is not None:
        return f"{evidence.name} holds the {link.name}, which {certificate.title} was made from."
    if link.step == "recipe":
        return f"{evidence.name} is the recipe “{link.name}”, by which {certificate.title} was made."
    if link.step == "readings":
        return f"{evidence.name} holds the readings of {whose}, all of them and unchanged."
    return f"{evidence.name} is the {link.label.lower()} of {whose}."


def _say_made(certificate: Certificate) -> str:
    making = certificate.making
    return f": made by the recipe “{making.recipe_name}”" if making else ""


def _say_differs(certificate: Certificate, evidence: Evidence) -> str:
    said = _say_how(certificate, evidence)
    erasure = certificate.erasure
    if erasure is None:
        return said
    return (
        f"{said} {erasure.sentence} What was downloaded before then may well have been certified; it is not any more. "
        f"Delete it, and have what is left from {certificate.dataset_url}"
    )


def _say_how(certificate: Certificate, evidence: Evidence) -> str:
    named = next((file for file in certificate.files if file.name == evidence.name), None)
    if named is not None and not named.sha256 and certificate.erasure is not None:
        return f"{evidence.name} has the name of a file whose original was erased: the certificate names no hash of it."
    if named is not None:
        sizes = "" if named.size == evidence.size else f" ({evidence.size:,} bytes, not {named.size:,})"
        return (
            f"{evidence.name} has the name of a certified file, but not its bytes{sizes}: "
            f"sha256 {evidence.sha256[:SHOWN]}… where {named.sha256[:SHOWN]}… is certified."
        )
    if evidence.rows is not None and certificate.readings_sha256:
        rows = "" if evidence.rows == certificate.rows else f": {evidence.rows:,} rows, not {certificate.rows:,}"
        return f"{evidence.name} holds other readings than the certified ones{rows or ', in as many rows'}." + (
            "" if certificate.erasure else _ASK_THE_PAGE.format(certificate.dataset_url)
        )
    if not certificate.readings_sha256 and certificate.readings:
        return (
            f"{evidence.name} is none of the certified files; of the readings, the certificate names no hash, "
            "so that exports can't be told by it."
        )
    return (
        f"{evidence.name} is neither a certified file nor all of the certified readings: sha256 "
        f"{evidence.sha256[:SHOWN]}… is not in the certificate. Part of the readings can't be told by their hash."
    )
