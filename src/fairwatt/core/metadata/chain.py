"""How data came to be, as a chain by hash: received file → import profile → readings → recipe → result.

Each link names what it was made from by sha256, so that whoever has the pieces can walk it without asking anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from fairwatt.core.metadata.certificate import Certificate, FileEntry
from fairwatt.core.metadata.making import Making

Step = Literal["raw", "profile", "readings", "recipe", "result"]
LABELS: dict[Step, str] = {
    "raw": "File as received",
    "profile": "Import profile",
    "readings": "Readings",
    "recipe": "Recipe",
    "result": "Result",
}


class ChainLink(NamedTuple):
    """One link: what it is, whose (a PID), what it is called, its hash, and the hashes of what it was made from."""

    step: Step
    sha256: str
    pid: str
    name: str
    made_from: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What people call such a link."""
        return LABELS[self.step]


def chain_of(certificate: Certificate) -> tuple[ChainLink, ...]:
    """List the links that a certificate tells of, each after what it was made from.

    Data as received and as read begin with the files. What was made of other data begins with their readings, under
    those versions' own PIDs: whoever wants to go further back asks their certificates.
    """
    if certificate.making is not None:
        return tuple(_made(certificate, certificate.making))
    links = [link for file in certificate.files for link in _links_of(file)]
    if certificate.readings_sha256 and certificate.kind == "dataset":
        parts = tuple(link.sha256 for link in links if link.step == "readings")
        if parts != (certificate.readings_sha256,):  # one file's readings are the dataset's
            title = certificate.title
            links.append(ChainLink("readings", certificate.readings_sha256, certificate.pid, title, parts))
    return tuple(links)


def _links_of(file: FileEntry) -> list[ChainLink]:
    links = [ChainLink("raw", file.sha256, file.pid, file.name)] if file.sha256 else []
    if file.import_profile:
        name = file.import_profile_name or f"how {file.name} was read"
        links.append(ChainLink("profile", file.import_profile, file.pid, name))
    if file.readings_sha256:
        made_from = tuple(digest for digest in (file.sha256, file.import_profile) if digest)
        links.append(ChainLink("readings", file.readings_sha256, file.pid, f"readings of {file.name}", made_from))
    return links


def _made(certificate: Certificate, making: Making) -> Iterable[ChainLink]:
    """The readings that it was made from, the recipe, and the result: of all files together, and of each."""
    for source in making.made_from:
        yield ChainLink("readings", source.readings_sha256, source.pid, f"readings of {source.title}")
    yield ChainLink("recipe", making.recipe_sha256, certificate.pid, making.recipe_name)
    origins = (*(source.readings_sha256 for source in making.made_from), making.recipe_sha256)
    known: dict[str, ChainLink] = {}
    for file in certificate.files:  # their bytes are the result as a file, and no less made by the recipe
        for digest in filter(None, (file.sha256, file.readings_sha256)):
            known.setdefault(digest, ChainLink("result", digest, file.pid, file.name, origins))
    if certificate.readings_sha256:
        whole = ChainLink("result", certificate.readings_sha256, certificate.pid, certificate.title, origins)
        known.pop(certificate.readings_sha256, None)
        known[certificate.readings_sha256] = whole
    yield from known.values()


def find_link(certificate: Certificate, sha256: str) -> ChainLink | None:
    """Find the link with this hash; the dataset's own readings before those of a file."""
    return next((link for link in reversed(chain_of(certificate)) if link.sha256 == sha256), None)


def ways_to(certificate: Certificate, link: ChainLink) -> tuple[ChainLink, ...]:
    """The links that one was made from, all the way down, the first one first, and itself."""
    links = chain_of(certificate)
    wanted = {link.sha256}
    for other in reversed(links):
        if other.sha256 in wanted:
            wanted |= set(other.made_from)
    return tuple(other for other in links if other.sha256 in wanted)
