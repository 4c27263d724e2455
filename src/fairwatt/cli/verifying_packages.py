"""Packages (zip): each file in one against the certificates in it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from fairwatt.cli.verifying import (
    CERTIFICATE_ENDING,
    KEYS,
    Given,
    Member,
    Papers,
    Verified,
    hash_stream,
    read_certificate,
)
from fairwatt.core.errors import InvalidInput, UnreadableFile
from fairwatt.core.metadata import chain_of
from fairwatt.core.metadata.chain import ChainLink
from fairwatt.core.metadata.signing import PublicKey, parse_jwks
from fairwatt.core.metadata.verifying import Evidence, Judgement

_LARGEST_TEXT = 64 << 20
_OWN = (CERTIFICATE_ENDING, "certificate.jws", KEYS)


def holds_certificate(path: Path) -> bool:
    """Whether a zip holds a certificate."""
    try:
        with zipfile.ZipFile(path) as package:
            return any(name.endswith(CERTIFICATE_ENDING) for name in package.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def verify_package(path: Path, given: Given) -> Verified:
    """Check every certificate in a package, and every other file against them.

    Raises
    ------
    UnreadableFile, InvalidInput
        Where the package, a certificate or the keys can't be read.
    """
    try:
        with path.open("rb") as file:
            digest, size, _ = hash_stream(file)
        with zipfile.ZipFile(path) as package:
            keys, keys_from = _keys_of(package, given)
            papers = [_papers(package, name, keys, keys_from) for name in _certificates(package)]
            members = list(_members(package))
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise UnreadableFile(f"{path.name} can't be read as a package: {error}.", where={"file": path.name}) from error
    return _judge(Evidence(path.name, size, digest), papers, members)


def _judge(evidence: Evidence, papers: list[Papers], members: list[tuple[str, str]]) -> Verified:
    links = {link.sha256: link for one in papers for link in chain_of(one.certificate)}
    names = {file.name: file.sha256 for one in papers for file in one.certificate.files}
    weakest = min(papers, key=_trust)
    certified = [links[digest] for _, digest in members if digest in links]
    refusals = [
        f"{name} has the name of a certified file, but not its bytes."
        for name, digest in members
        if digest not in links and names.get(PurePosixPath(name).name, digest) != digest
    ]
    reason = f"{evidence.name} is a package of {len(certified)} certified files, under {len(papers)} certificates."
    if not certified:
        refusals.append(f"{evidence.name} holds no file that its certificates name.")
    found: ChainLink | None = certified[0] if certified else None
    return Verified(
        evidence,
        Judgement(found, tuple(dict.fromkeys(certified)), reason),
        weakest,
        weakest.check(),
        frozenset(link.sha256 for link in certified),
        tuple(Member(name, digest in links) for name, digest in members),
        tuple(refusals),
    )


def _trust(papers: Papers) -> int:
    """How far a certificate is to be believed: refused, not checked, genuine."""
    found = papers.check()
    return 1 if found is None else 2 * found.is_genuine


def _certificates(package: zipfile.ZipFile) -> list[str]:
    return [name for name in package.namelist() if name.endswith(CERTIFICATE_ENDING)]


def _papers(package: zipfile.ZipFile, name: str, keys: tuple[PublicKey, ...], keys_from: str) -> Papers:
    certificate = read_certificate(_text(package, name), name=name)
    jws = str(PurePosixPath(name).with_suffix(".jws"))
    signature = _text(package, jws) if jws in package.namelist() else ""
    return Papers(certificate, signature, keys, keys_from)


def _keys_of(package: zipfile.ZipFile, given: Given) -> tuple[tuple[PublicKey, ...], str]:
    if given.keys is not None:
        return parse_jwks(given.keys.read_text(encoding="utf-8")), str(given.keys)
    name = next((name for name in package.namelist() if PurePosixPath(name).name == KEYS), None)
    return (parse_jwks(_text(package, name)), f"{name} in the package") if name else ((), "")


def _members(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    for info in package.infolist():
        if not info.is_dir() and not info.filename.endswith(_OWN):
            with package.open(info) as file:
                yield info.filename, hash_stream(file)[0]


def _text(package: zipfile.ZipFile, name: str) -> str:
    if package.getinfo(name).file_size > _LARGEST_TEXT:
        raise InvalidInput(f"{name} is too large for what it should be.", where={"file": name})
    try:
        return package.read(name).decode()
    except UnicodeError as error:
        raise InvalidInput(f"{name} is no text.", where={"file": name}) from error
