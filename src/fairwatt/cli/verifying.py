"""From a file and what lies beside it to whether it is certified, and whether the certificate is genuine."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING

from fairwatt.core.errors import FairwattError, InvalidInput, NotFound, UnreadableFile
from fairwatt.core.metadata import Certificate, canonical_json, parse_certificate
from fairwatt.core.metadata.chain import chain_of
from fairwatt.core.metadata.package_certificate import PackageCertificate, canonical_package_json
from fairwatt.core.metadata.signing import PublicKey, Verdict, check_signature, parse_jwks
from fairwatt.core.metadata.verifying import Evidence, Judgement, judge_file

if TYPE_CHECKING:
    from fairwatt.lake.canonical import CanonicalDigest

CERTIFICATE_ENDING = "certificate.json"
KEYS = "jwks.json"
_PIECE = 1 << 20
_LARGEST_TEXT = 64 << 20  # of a certificate
_MOST_BESIDE = 200  # files that are looked at beside one


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller names; None and "" is what lies beside the file."""

    certificate: Path | None = None
    signature: Path | None = None
    keys: Path | None = None
    online: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a package."""

    name: str
    is_certified: bool


@dataclass(frozen=True, slots=True)
class Keys:
    """Public keys, where they are from, and whether the caller named that place.

    Keys that came with the data prove nothing by themselves: whoever alters the data can sign with a key of their own,
    and put that beside them.
    """

    keys: tuple[PublicKey, ...] = ()
    origin: str = ""
    are_named: bool = False


@dataclass(frozen=True, slots=True)
class Papers:
    """A certificate with its signature, and the keys to check it by."""

    certificate: Certificate
    jws: str
    keys: Keys
    standing: str = ""  # as the portal that was asked has it
    is_former: bool = False  # as it has it: what is certified was erased since

    def check(self) -> Verdict | None:
        """Check the signature; None where there is none, or no key at all."""
        if not self.jws or not self.keys.keys:
            return None
        return check_signature(canonical_json(self.certificate), self.jws, self.keys.keys)


@dataclass(frozen=True, slots=True)
class PackagePapers:
    """The certificate of a trial's package with its signature, and the keys to check it by."""

    certificate: PackageCertificate
    jws: str
    keys: Keys
    standing: str = ""
    is_former: bool = False

    def check(self) -> Verdict | None:
        """Check the signature; None where there is none, or no key at all."""
        if not self.jws or not self.keys.keys:
            return None
        return check_signature(canonical_package_json(self.certificate), self.jws, self.keys.keys)


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it. ``at_hand`` are the hashes of links whose bytes were seen."""

    evidence: Evidence
    judgement: Judgement
    papers: Papers | PackagePapers
    signature: Verdict | None
    at_hand: frozenset[str] = frozenset()
    members: tuple[Member, ...] = ()
    refusals: tuple[str, ...] = field(default=())

    @property
    def certificate(self) -> Certificate | PackageCertificate:
        """The certificate that speaks of the file."""
        return self.papers.certificate

    @property
    def standing(self) -> str:
        """What is gone since it was certified, as the portal that was asked has it, or the certificate itself."""
        return self.papers.standing or self.certificate.standing

    @property
    def keys_from(self) -> str:
        """Where the public keys are from."""
        return self.papers.keys.origin

    @property
    def is_certified(self) -> bool:
        """Whether the file, or what a package holds, is what the certificate names, and it was not erased since."""
        return self.judgement.is_certified and not self.refusals and not self.papers.is_former

    @property
    def fits(self) -> bool:
        """Whether the signature is one by the keys at hand, wherever those are from."""
        return self.signature is not None and self.signature.is_genuine

    @property
    def is_signed(self) -> bool:
        """Whether the signature is genuine: it fits, by keys that did not come with the data."""
        return self.fits and self.papers.keys.are_named

    @property
    def is_genuine(self) -> bool | None:
        """Whether the signature is genuine; None where that can't be known, for want of it or of the portal's keys."""
        return False if self.is_refused else True if self.is_signed else None

    @property
    def is_refused(self) -> bool:
        """Whether the signature was checked, and does not fit."""
        return self.signature is not None and not self.signature.is_genuine

    @property
    def signature_reason(self) -> str:
        """What the signature is worth, in a sentence."""
        if self.fits and not self.is_signed:
            return (
                "The signature fits, but by a key from the same place as the certificate, where anybody could have put "
                "one: name the portal's own with --keys, or ask it for them with --online."
            )
        if self.signature is not None:
            return self.signature.reason
        if not self.papers.jws:
            return "Not checked: the certificate's .jws is neither given nor beside it."
        return "Not checked: the portal's public keys (jwks.json) are neither given nor beside the certificate."

    @property
    def reason(self) -> str:
        """What came of it in a sentence: first why the certificate is not to be believed."""
        if self.is_refused:
            return f"The certificate is refused. {self.signature_reason}"
        if self.papers.is_former and not self.refusals and self.judgement.is_certified:
            return f"{self.evidence.name} was certified, and is not any more: it was erased since. Delete it."
        return " ".join(self.refusals) or self.judgement.reason


def verify_file(path: Path, given: Given) -> Verified:
    """Find a file's certificate and check both.

    Raises
    ------
    UnreadableFile, InvalidInput
        Where the file, the certificate, its signature or the keys can't be read.
    NotFound
        Where there is no certificate at hand.
    """
    if not path.is_file():
        raise UnreadableFile(f"{path} is no file that can be read.", where={"file": str(path)})
    if zipfile.is_zipfile(path) and given.certificate is None:
        from fairwatt.cli.verifying_packages import holds_certificate, verify_package

        if holds_certificate(path):
            return verify_package(path, given)
    elif given.certificate is None:
        _refuse_cut_off(path)
    evidence = _look_at(path)
    papers = _with_standing(_find_papers(path, evidence, given), evidence, given)
    judgement = judge_file(papers.certificate, evidence)
    hashes = {evidence.sha256, evidence.readings_sha256} | _hashes_beside(path, papers.certificate)
    at_hand = frozenset(hashes & {link.sha256 for link in chain_of(papers.certificate)})
    return Verified(evidence, judgement, papers, papers.check(), at_hand)


def _refuse_cut_off(path: Path) -> None:
    """Say of a zip without its end that it is none any more: a download broke off."""
    with path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            raise UnreadableFile(
                f"{path.name} is a zip that breaks off after {path.stat().st_size:,} bytes: its end is missing.",
                where={"file": path.name},
                next_step="Fetch the rest, or all of it again (docs/how-to/follow-a-trial.md).",
            )


def _look_at(path: Path) -> Evidence:
    with path.open("rb") as file:
        digest, size, head = hash_stream(file)
    found = digest_readings(path) if may_hold_readings(head) else None
    return Evidence(path.name, size, digest, found.sha256 if found else "", found.rows if found else None)


def may_hold_readings(head: bytes) -> bool:
    """Whether a file begins as Parquet or an Arrow stream does."""
    return head[:4] in {b"PAR1", b"\xff\xff\xff\xff"}


def digest_readings(path: Path) -> CanonicalDigest | None:
    """Hash the readings of a Parquet or Arrow file; None where it holds none: it may still be a file as received."""
    from fairwatt.lake.canonical import digest_file

    try:
        return digest_file(path)
    except UnreadableFile:
        return None


def hash_stream(file: IO[bytes]) -> tuple[str, int, bytes]:
    """The sha256 of what a file holds, its size in bytes, and its first bytes."""
    digest, size, head = sha256(), 0, b""
    while piece := file.read(_PIECE):
        head = head or piece[:16]
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size, head


def _find_papers(path: Path, evidence: Evidence, given: Given) -> Papers:
    named = named_keys(given)
    if given.certificate is not None:
        return _read_papers(given.certificate, given, named)
    beside = sorted(path.parent.glob(f"*{CERTIFICATE_ENDING}"))[:_MOST_BESIDE]
    found = [_read_papers(one, given, named) for one in beside if one != path]
    fitting = [papers for papers in found if judge_file(papers.certificate, evidence).is_certified]
    if fitting or len(found) == 1:
        return (fitting or found)[0]
    if given.online:
        from fairwatt.cli.verifying_online import fetch_papers

        fetched = fetch_papers(given.online, evidence.hashes)
        certificate = read_certificate(fetched.certificate, name="What the portal sent")
        return Papers(certificate, fetched.jws, named or Keys(), fetched.standing, fetched.is_former)
    if found:
        raise NotFound(
            f"{len(found)} certificates lie beside {path.name}, and none of them speaks of it.",
            where={"file": path.name},
            next_step="Name the right one with --certificate.",
        )
    raise NotFound(
        f"There is no certificate beside {path.name}.",
        where={"file": path.name},
        next_step="Download it from the file's page (certificate.json, .jws, and the portal's jwks.json) into the same "
        "folder, name it with --certificate, or ask the portal with --online URL.",
    )


def _with_standing(papers: Papers, evidence: Evidence, given: Given) -> Papers:
    """Papers at hand may be older than an erasure: the portal is asked, where one is named."""
    if not given.online or papers.standing:
        return papers
    from fairwatt.cli.verifying_online import fetch_standing

    standing, is_former = fetch_standing(given.online, evidence.hashes)
    return replace(papers, standing=standing, is_former=is_former)


def named_keys(given: Given) -> Keys | None:
    """The keys that the caller names, as a file or by their portal; None where neither is named.

    Raises
    ------
    InvalidInput
        Where these are none.
    SourceUnavailable
        Where the portal does not answer.
    """
    if given.keys is not None:
        return _named(_read_text(given.keys), str(given.keys))
    if given.online:
        from fairwatt.cli.verifying_online import fetch_keys

        return _named(fetch_keys(given.online), given.online)
    return None


def _named(text: str, origin: str) -> Keys:
    keys = parse_jwks(text)
    if not keys:
        raise InvalidInput(f"There are no public keys for certificates in {origin}.", where={"field": "keys"})
    return Keys(keys, origin, are_named=True)


def _read_papers(path: Path, given: Given, named: Keys | None) -> Papers:
    certificate = read_certificate(_read_text(path), name=path.name)
    signature = given.signature or path.with_suffix(".jws")
    jws = _read_text(signature) if given.signature or signature.is_file() else ""
    beside = path.with_name(KEYS)
    if named is None and beside.is_file():
        return Papers(certificate, jws, Keys(parse_jwks(_read_text(beside)), str(beside)))
    return Papers(certificate, jws, named or Keys())


def read_certificate(text: str, *, name: str) -> Certificate:
    """Read a certificate.

    Raises
    ------
    InvalidInput
        Where it is none; the message says what is wrong first.
    """
    try:
        return parse_certificate(text)
    except FairwattError:
        raise
    except ValueError as error:
        first = next(iter(getattr(error, "errors", list)()), None)
        what = f" {'.'.join(map(str, first['loc']))}: {first['msg']}." if first else ""
        raise InvalidInput(f"{name} is no certificate.{what}", where={"file": name}) from error


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_TEXT:
            raise InvalidInput(f"{path} is too large for what it should be.", where={"file": str(path)})
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"{path} can't be read: {error}.", where={"file": str(path)}) from error


def _hashes_beside(path: Path, certificate: Certificate) -> set[str]:
    """The hashes of links that lie beside a file: files under their certified names, and import profiles."""
    names = {file.name for file in certificate.files[:_MOST_BESIDE]} - {path.name}
    found = set()
    for other in path.parent.iterdir():  # a certificate's names may be no file's: they are only compared
        if other.name in names and other.is_file() and not other.is_symlink():
            with other.open("rb") as file:
                found.add(hash_stream(file)[0])
    return found | set(_profiles_beside(path))


def _profiles_beside(path: Path) -> Iterable[str]:
    return filter(None, map(digest_profile, sorted(path.parent.glob("*.toml"))[:_MOST_BESIDE]))


def digest_profile(path: Path) -> str:
    """The hash by which a certificate names an import profile; "" where a file is none."""
    from fairwatt.cli.answering import read_profile

    try:
        profile = read_profile(path)
    except FairwattError:
        return ""
    return profile.digest if profile is not None else ""
