"""From a file and what lies beside it to whether it is certified, and whether the certificate is genuine."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING

from fairwatt.core.errors import FairwattError, InvalidInput, NotFound, UnreadableFile
from fairwatt.core.metadata import Certificate, canonical_json, parse_certificate
from fairwatt.core.metadata.chain import chain_of
from fairwatt.core.metadata.signing import PublicKey, Verdict, check_signature, parse_jwks
from fairwatt.core.metadata.verifying import Evidence, Judgement, judge_file

if TYPE_CHECKING:
    from fairwatt.cli.verifying_online import Fetched

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
class Papers:
    """A certificate with its signature and the keys to check it by, and where those are from."""

    certificate: Certificate
    jws: str
    keys: tuple[PublicKey, ...]
    keys_from: str

    def check(self) -> Verdict | None:
        """Check the signature; None where there is none, or no key at all."""
        if not self.jws or not self.keys:
            return None
        return check_signature(canonical_json(self.certificate), self.jws, self.keys)


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it. ``at_hand`` are the hashes of links whose bytes were seen."""

    evidence: Evidence
    judgement: Judgement
    papers: Papers
    signature: Verdict | None
    at_hand: frozenset[str] = frozenset()
    members: tuple[Member, ...] = ()
    refusals: tuple[str, ...] = field(default=())

    @property
    def certificate(self) -> Certificate:
        """The certificate that speaks of the file."""
        return self.papers.certificate

    @property
    def keys_from(self) -> str:
        """Where the public keys are from."""
        return self.papers.keys_from

    @property
    def is_certified(self) -> bool:
        """Whether the file, or what a package holds, is what the certificate names."""
        return self.judgement.is_certified and not self.refusals

    @property
    def is_signed(self) -> bool:
        """Whether the signature is genuine."""
        return self.signature is not None and self.signature.is_genuine

    @property
    def is_refused(self) -> bool:
        """Whether the signature was checked, and is not genuine."""
        return self.signature is not None and not self.signature.is_genuine

    @property
    def signature_reason(self) -> str:
        """What the signature is worth, in a sentence."""
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
    evidence = _look_at(path)
    papers = _find_papers(path, evidence, given)
    judgement = judge_file(papers.certificate, evidence)
    hashes = {evidence.sha256, evidence.readings_sha256} | _hashes_beside(path, papers.certificate)
    at_hand = frozenset(hashes & {link.sha256 for link in chain_of(papers.certificate)})
    return Verified(evidence, judgement, papers, papers.check(), at_hand)


def _look_at(path: Path) -> Evidence:
    from fairwatt.lake.canonical import digest_file

    with path.open("rb") as file:
        digest, size, head = hash_stream(file)
    try:
        found = digest_file(path) if head[:4] in {b"PAR1", b"\xff\xff\xff\xff"} else None
    except UnreadableFile:  # some other Parquet file: it may still be one as received
        found = None
    return Evidence(path.name, size, digest, found.sha256 if found else "", found.rows if found else None)


def hash_stream(file: IO[bytes]) -> tuple[str, int, bytes]:
    """The sha256 of what a file holds, its size in bytes, and its first bytes."""
    digest, size, head = sha256(), 0, b""
    while piece := file.read(_PIECE):
        head = head or piece[:16]
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size, head


def _find_papers(path: Path, evidence: Evidence, given: Given) -> Papers:
    if given.certificate is not None:
        return _read_papers(given.certificate, given)
    beside = sorted(path.parent.glob(f"*{CERTIFICATE_ENDING}"))[:_MOST_BESIDE]
    found = [_read_papers(one, given) for one in beside if one != path]
    fitting = [papers for papers in found if judge_file(papers.certificate, evidence).is_certified]
    if fitting or len(found) == 1:
        return (fitting or found)[0]
    if given.online:
        from fairwatt.cli.verifying_online import fetch_papers

        return _of_fetched(fetch_papers(given.online, evidence.hashes), given)
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


def _read_papers(path: Path, given: Given) -> Papers:
    certificate = read_certificate(_read_text(path), name=path.name)
    signature = given.signature or path.with_suffix(".jws")
    jws = _read_text(signature) if given.signature or signature.is_file() else ""
    keys_path = given.keys or path.with_name(KEYS)
    if given.keys or keys_path.is_file():
        keys, keys_from = parse_jwks(_read_text(keys_path)), str(keys_path)
    elif given.online:
        from fairwatt.cli.verifying_online import fetch_keys

        keys, keys_from = parse_jwks(fetch_keys(given.online)), given.online
    else:
        keys, keys_from = (), ""
    return Papers(certificate, jws, keys, keys_from)


def _of_fetched(fetched: Fetched, given: Given) -> Papers:
    keys = _read_text(given.keys) if given.keys else fetched.keys
    certificate = read_certificate(fetched.certificate, name="what the portal sent")
    return Papers(certificate, fetched.jws, parse_jwks(keys), str(given.keys or given.online))


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
    names = {file.name for file in certificate.files[:_MOST_BESIDE]}
    found = set()
    for name in names - {path.name}:
        other = path.with_name(name)
        if other.is_file() and not other.is_symlink():
            with other.open("rb") as file:
                found.add(hash_stream(file)[0])
    return found | set(_profiles_beside(path))


def _profiles_beside(path: Path) -> Iterable[str]:
    from fairwatt.cli.answering import read_profile

    for other in sorted(path.parent.glob("*.toml"))[:_MOST_BESIDE]:
        try:
            profile = read_profile(other)
        except FairwattError:
            continue
        if profile is not None:
            yield profile.digest
