"""The certificate of a trial's data package: what is in it by hash, for whom it was made, and what was left out.

What somebody may have of a trial depends on who they are, so that there are several packages of one trial. Each has a
certificate and a permanent identifier of its own; the same contents are the same package, whoever asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Literal

import rfc8785
from pydantic import Field

from fairwatt.core.metadata.certificate import (
    Catalogue,
    Party,
    ProcedureEntry,
    TrialEntry,
    Validity,
    VersionEntry,
)
from fairwatt.core.metadata.entries import Digest, Frozen, Instant
from fairwatt.core.metadata.provenance_level import HIGHEST, ProvenanceLevel
from fairwatt.core.metadata.words import Text

PACKAGE_VERSION = 1
CERTIFICATE_PATH = "package.certificate.json"
SIGNATURE_PATH = "package.certificate.jws"
KEYS_PATH = "jwks.json"
_PAPERS = (CERTIFICATE_PATH, SIGNATURE_PATH, KEYS_PATH)  # which no certificate can name
Role = Literal[
    "original",
    "readings",
    "certificate",
    "signature",
    "import-profile",
    "findings",
    "channels",
    "events",
    "description",
]

PackageAudience = Literal["public", "external", "partner", "owners"]


class PackageMember(Frozen):
    """One file of a package. ``size`` in bytes; ``dataset`` is the PID of the dataset that it is of, or ""."""

    path: Text
    size: int = Field(ge=0)
    sha256: Digest
    role: Role
    dataset: Text = ""


class PackagedDataset(Frozen):
    """A dataset that a package has data or the certificate of, as it was published then."""

    pid: Text
    pid_url: Text
    title: Text
    version: int = Field(ge=0)
    certificate_sha256: Digest
    licence: Text = ""
    access: Text = ""
    level: int = Field(default=0, ge=0, le=HIGHEST)
    procedures: tuple[Text, ...] = ()
    has_data: bool = False


class LeftOut(Frozen):
    """What is not in a package that belongs to the trial, and why."""

    what: Text
    why: Text
    pid: Text = ""


class TrialWindow(Frozen):
    """An event of the trial: [start, end)."""

    name: Text
    start: Instant
    end: Instant
    asset: Text = ""


class PackageCertificate(Frozen):
    """A certificate of a trial package.

    ``audience`` is the widest that may have all of what is in it: ``public``, ``external``, ``partner``, or ``owners``
    for the data managers and those whose data they are; ``access`` says so in words.
    """

    package_version: int = PACKAGE_VERSION
    kind: Literal["trial"] = "trial"
    pid: Text
    pid_url: Text
    url: Text
    title: Text
    description: Text = ""
    trial: TrialEntry
    procedures: tuple[ProcedureEntry, ...] = ()
    events: tuple[TrialWindow, ...] = ()
    audience: PackageAudience
    access: Text
    level_of_provenancing: ProvenanceLevel = ProvenanceLevel()
    date_of_data_validity: Validity = Validity()
    providers: tuple[Party, ...] = ()
    datasets: tuple[PackagedDataset, ...] = ()
    members: tuple[PackageMember, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    catalogue: Catalogue
    time_zone: Text = "UTC"
    issued_at: Instant
    issued_by: Text = ""

    @property
    def checksum(self) -> str:
        """sha256 of the canonical JSON, in hexadecimal."""
        return sha256(canonical_package_json(self).encode()).hexdigest()

    @property
    def version(self) -> VersionEntry:
        """None: other contents are another package."""
        return VersionEntry(number=0)

    @property
    def issue(self) -> int:
        """It is issued once."""
        return 1

    @property
    def standing(self) -> str:
        """What has to be said of it since: the certificates of its datasets tell that."""
        return ""

    @property
    def holding(self) -> str:
        """How many files there are, and which of them it names."""
        return say_holding(len(self.members), len(self.datasets))

    def find_member(self, path: str) -> PackageMember | None:
        """The member at a path."""
        return next((member for member in self.members if member.path == path), None)


def canonical_package_json(certificate: PackageCertificate) -> str:
    """Write a package's certificate as JSON in the one form that is hashed and signed: RFC 8785 (JCS)."""
    return rfc8785.dumps(certificate.model_dump(mode="json")).decode()


def parse_package_certificate(stored: Any) -> PackageCertificate:
    """Read a package's certificate back from what was dumped or written in the canonical form."""
    if isinstance(stored, str | bytes):
        return PackageCertificate.model_validate_json(stored)
    return PackageCertificate.model_validate(stored)


def say_holding(certified: int, datasets: int) -> str:
    """Say how many files and folders a package holds, as a program that lists it counts them.

    >>> say_holding(20, 2)
    '23 files in 3 folders: 20 that the certificate names, the certificate itself, its signature, and the keys'
    """
    folders = f" in {datasets + 1:,} folders" if datasets else ""
    files = f"{certified + len(_PAPERS):,} files{folders}"
    return f"{files}: {certified:,} that the certificate names, the certificate itself, its signature, and the keys"


def lowest_level(levels: Iterable[ProvenanceLevel]) -> ProvenanceLevel:
    """The level of a package: the lowest of its datasets', with what is missing there."""
    return min(levels, key=lambda one: one.level, default=ProvenanceLevel())
