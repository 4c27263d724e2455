"""Packages (zip): each file in one against the certificates in it."""

from __future__ import annotations

import lzma
import shutil
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TypeVar

from fairwatt.cli.verifying import (
    CERTIFICATE_ENDING,
    KEYS,
    Given,
    Keys,
    Member,
    PackagePapers,
    Papers,
    Verified,
    digest_profile,
    digest_readings,
    hash_stream,
    may_hold_readings,
    named_keys,
    read_certificate,
)
from fairwatt.core.errors import InvalidInput, UnreadableFile
from fairwatt.core.metadata import chain_of
from fairwatt.core.metadata.chain import ChainLink
from fairwatt.core.metadata.package_certificate import CERTIFICATE_PATH as PACKAGE_PATH
from fairwatt.core.metadata.package_certificate import SIGNATURE_PATH, parse_package_certificate
from fairwatt.core.metadata.signing import parse_jwks
from fairwatt.core.metadata.verifying import Evidence, Judgement

Found = TypeVar("Found")
_LARGEST_TEXT = 64 << 20
_MOST_NAMED = 5  # in a sentence
_FAULTS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class _Held:
    """A member, and the link of a certificate that it is; None where no certificate in the package names it."""

    name: str
    link: ChainLink | None


def holds_certificate(path: Path) -> bool:
    """Whether a zip holds a certificate."""
    try:
        with zipfile.ZipFile(path) as package:
            return PACKAGE_PATH in package.namelist() or bool(_certificates(package))
    except (zipfile.BadZipFile, OSError):
        return False


def verify_package(path: Path, given: Given) -> Verified:
    """Check every certificate in a package, and every other file against them: each has to be certified.

    Raises
    ------
    UnreadableFile, InvalidInput
        Where the package, a certificate or the keys can't be read.
    """
    named = named_keys(given)
    try:
        with path.open("rb") as file:
            digest, size, _ = hash_stream(file)
        with zipfile.ZipFile(path) as package:
            _refuse_doubles(package)
            keys, where = _keys_of(package, named)
            papers = [_papers(package, name, keys) for name in _certificates(package)]
            if (trial := _trial_papers(package, keys)) is not None:
                trial = _with_standing(trial, given)
                return _judge_trial(Evidence(path.name, size, digest), trial, papers, _hash_members(package, where))
            own = {where, *_certificates(package), *map(_signature_of, _certificates(package))}
            links = {link.sha256: link for one in papers for link in chain_of(one.certificate)}
            held = [_look_at(package, info, links) for info in _others(package, own)]
    except _FAULTS as error:
        raise UnreadableFile(f"{path.name} can't be read as a package: {error}.", where={"file": path.name}) from error
    return _judge(Evidence(path.name, size, digest), papers, held)


def _judge(evidence: Evidence, papers: list[Papers], held: list[_Held]) -> Verified:
    names = {(file.name, file.sha256) for one in papers for file in one.certificate.files}
    weakest = min(papers, key=_trust)
    certified = tuple(dict.fromkeys(one.link for one in held if one.link is not None))
    unknown = [one.name for one in held if one.link is None]
    altered = [one.name for one in held if _is_another(one, names)]
    refusals = [f"{name} has the name of a certified file, but not its bytes." for name in altered]
    refusals += _say_unknown([name for name in unknown if name not in altered])
    if not certified:
        refusals.append(f"{evidence.name} holds no file that its certificates name.")
    found, many = sum(one.link is not None for one in held), len(papers)
    reason = (
        f"{evidence.name} is a package of {found} certified file{'s' * (found != 1)}, "
        f"under {many} certificate{'s' * (many != 1)}."
    )
    return Verified(
        evidence,
        Judgement(certified[0] if certified else None, certified, reason),
        weakest,
        weakest.check(),
        frozenset(link.sha256 for link in certified),
        tuple(Member(one.name, one.link is not None) for one in held),
        tuple(refusals),
    )


def _trial_papers(package: zipfile.ZipFile, keys: Keys) -> PackagePapers | None:
    """The certificate of a trial's package; None where it is none."""
    if PACKAGE_PATH not in package.namelist():
        return None
    try:
        certificate = parse_package_certificate(_text(package, PACKAGE_PATH))
    except ValueError as error:
        raise InvalidInput(f"{PACKAGE_PATH} is no certificate of a package.", where={"file": PACKAGE_PATH}) from error
    jws = _text(package, SIGNATURE_PATH) if SIGNATURE_PATH in package.namelist() else ""
    return PackagePapers(certificate, jws, keys)


def _with_standing(papers: PackagePapers, given: Given) -> PackagePapers:
    """A package may be older than an erasure: the portal is asked, where one is named."""
    if not given.online:
        return papers
    from fairwatt.cli.verifying_online import fetch_package_standing

    key = papers.certificate.pid.rpartition("/")[2]
    standing, is_former = fetch_package_standing(given.online, papers.certificate.trial.code, key)
    return replace(papers, standing=standing, is_former=is_former)


def _hash_members(package: zipfile.ZipFile, keys: str) -> dict[str, str]:
    """The sha256 of each member but the package's own papers and the keys, which it can't name."""
    found = {}
    for info in _others(package, {PACKAGE_PATH, SIGNATURE_PATH, keys}):
        with package.open(info) as file:
            found[info.filename] = hash_stream(file)[0]
    return found


def _judge_trial(evidence: Evidence, trial: PackagePapers, papers: list[Papers], hashes: dict[str, str]) -> Verified:
    """Hold every member against the package's certificate: each as it is named there, none more, none fewer.

    The certificates of the datasets are members like others; one whose own signature is refused is believed no more.
    """
    named = {member.path: member.sha256 for member in trial.certificate.members}
    unknown = [name for name in hashes if name not in named]
    altered = [name for name, digest in hashes.items() if named.get(name, digest) != digest]
    missing = [name for name in named if name not in hashes]
    refusals = [f"{name} is not what the package’s certificate names." for name in altered[:_MOST_NAMED]]
    refusals += [f"{name} is named by the package’s certificate, but not there." for name in missing[:_MOST_NAMED]]
    refusals += _say_unknown(unknown)
    refused: Papers | PackagePapers = next((one for one in papers if _trust(one) == 0), trial)
    links = {link.sha256: link for one in papers for link in chain_of(one.certificate)}
    at_hand = [links[digest] for digest in hashes.values() if digest in links]
    whole = ChainLink("result", trial.certificate.checksum, trial.certificate.pid, trial.certificate.title)
    certified = (*dict.fromkeys(at_hand), whole)
    is_sure = _trust(refused) > 1 and refused.keys.are_named
    what = (
        "is the certified package"
        if is_sure
        else "agrees with the certificate in it, which nobody vouches for: a package"
    )
    reason = (
        f"{evidence.name} {what} of trial {trial.certificate.trial.code}: {len(named):,} files, each "
        f"as certified. {trial.certificate.access}"
    )
    members = tuple(Member(name, name not in {*unknown, *altered}) for name in hashes)
    return Verified(
        evidence,
        Judgement(whole, certified, reason),
        refused,
        refused.check(),
        frozenset(link.sha256 for link in certified),
        members,
        tuple(refusals),
    )


def _is_another(held: _Held, names: set[tuple[str, str]]) -> bool:
    """Whether a member has the name of a certified file whose bytes it has not, even where it is another such file."""
    if held.link is not None and held.link.step != "raw":
        return False
    hashes = {digest for name, digest in names if name == PurePosixPath(held.name).name}
    return bool(hashes) and (held.link is None or held.link.sha256 not in hashes)


def _say_unknown(names: list[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return [f"No certificate in the package names {', '.join(names[:_MOST_NAMED])}{more}."]


def _trust(papers: Papers | PackagePapers) -> int:
    """How far a certificate is to be believed: refused, not checked, genuine."""
    found = papers.check()
    return 1 if found is None else 2 * found.is_genuine


def _refuse_doubles(package: zipfile.ZipFile) -> None:
    """Programs differ in which of two members of one name they unpack."""
    name, count = next(iter(Counter(package.namelist()).most_common(1)))
    if count > 1:
        raise InvalidInput(f"The package holds {count} files called {name}.", where={"file": name})


def _certificates(package: zipfile.ZipFile) -> list[str]:
    """The certificates of datasets and files; that of a trial's package is of another kind."""
    names = [name for name in package.namelist() if name.endswith(CERTIFICATE_ENDING)]
    return [name for name in names if name != PACKAGE_PATH]


def _signature_of(certificate: str) -> str:
    return str(PurePosixPath(certificate).with_suffix(".jws"))


def _papers(package: zipfile.ZipFile, name: str, keys: Keys) -> Papers:
    certificate = read_certificate(_text(package, name), name=name)
    jws = _signature_of(name)
    return Papers(certificate, _text(package, jws) if jws in package.namelist() else "", keys)


def _keys_of(package: zipfile.ZipFile, named: Keys | None) -> tuple[Keys, str]:
    """The keys to check by, and the name of those in the package; "" where it holds none."""
    name = next((name for name in package.namelist() if PurePosixPath(name).name == KEYS), "")
    held = Keys(parse_jwks(_text(package, name)), f"{name} in the package") if name else Keys()
    return named or held, name


def _others(package: zipfile.ZipFile, own: set[str]) -> Iterator[zipfile.ZipInfo]:
    return (info for info in package.infolist() if not info.is_dir() and info.filename not in own)


def _look_at(package: zipfile.ZipFile, info: zipfile.ZipInfo, links: dict[str, ChainLink]) -> _Held:
    with package.open(info) as file:
        digest, _, head = hash_stream(file)
    if digest not in links and may_hold_readings(head):
        found = _unpacked(package, info, digest_readings)
        digest = found.sha256 if found else digest
    elif digest not in links and info.filename.endswith(".toml") and info.file_size <= _LARGEST_TEXT:
        digest = _unpacked(package, info, digest_profile) or digest
    return _Held(info.filename, links.get(digest))


def _unpacked(package: zipfile.ZipFile, info: zipfile.ZipInfo, look: Callable[[Path], Found]) -> Found:
    """What looking at a member finds that has to be a file for that."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"member{PurePosixPath(info.filename).suffix}"
        with package.open(info) as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        return look(path)


def _text(package: zipfile.ZipFile, name: str) -> str:
    if package.getinfo(name).file_size > _LARGEST_TEXT:
        raise InvalidInput(f"{name} is too large for what it should be.", where={"file": name})
    try:
        return package.read(name).decode()
    except UnicodeError as error:
        raise InvalidInput(f"{name} is no text.", where={"file": name}) from error
