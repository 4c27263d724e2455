"""What a package of a trial is made of, before it has a name: the same contents are the same package."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from hashlib import sha256

import rfc8785
from pydantic import Field

from fairwatt.core.metadata.certificate import (
    Catalogue,
    Certificate,
    FindingEntry,
    ProcedureEntry,
    TrialEntry,
)
from fairwatt.core.metadata.entries import Digest, Frozen
from fairwatt.core.metadata.package_certificate import LeftOut, PackageAudience, TrialWindow
from fairwatt.core.metadata.words import Text
from fairwatt.core.spreadsheets import harmless_cell


class PackedFile(Frozen):
    """A file as received that is in a package: where, its bytes, and the PID that its certificate names it by."""

    path: Text
    pid: Text
    size: int = Field(ge=0)
    sha256: Digest


class PackedReadings(Frozen):
    """All readings of a dataset as one Parquet file. ``sha256`` is of that file, not of their canonical form."""

    path: Text
    size: int = Field(ge=0)
    sha256: Digest


class PackedProfile(Frozen):
    """The import profile by which files were read, as TOML."""

    path: Text
    text: Text


class PackedAsset(Frozen):
    """What was metered in a procedure, as its steps name it."""

    procedure: Text = ""
    name: Text


class PackedDataset(Frozen):
    """A dataset in a package.

    ``certificate`` is as it was issued and may be shown, ``jws`` its signature; ``standing`` what is said of it now.
    ``access`` says who may have the data. Without the right to them, ``has_data`` is false and only the certificate is
    there.
    """

    folder: Text
    certificate: Certificate
    jws: Text = ""
    standing: Certificate
    access: Text = ""
    assets: tuple[PackedAsset, ...] = ()
    has_data: bool = False
    files: tuple[PackedFile, ...] = ()
    readings: PackedReadings | None = None
    profiles: tuple[PackedProfile, ...] = ()
    findings: tuple[FindingEntry, ...] = ()


class PackageContents(Frozen):
    """Everything that a package is made of."""

    trial: TrialEntry
    summary: Text = ""
    url: Text
    procedures: tuple[ProcedureEntry, ...] = ()
    events: tuple[TrialWindow, ...] = ()
    datasets: tuple[PackedDataset, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    audience: PackageAudience
    access: Text
    keys: Text = ""
    catalogue: Catalogue
    reader: Text = ""
    time_zone: Text = "UTC"
    layout: int = 3  # how all this is written into files: another number is another package
    revision: int = 0  # raised where a later program writes the same into other bytes

    @property
    def digest(self) -> str:
        """A hash of all of it."""
        return sha256(rfc8785.dumps(self.model_dump(mode="json"))).hexdigest()


def write_findings(dataset: PackedDataset) -> str:
    """What was noticed when a dataset's files were read, as CSV."""
    rows = [(one.severity, one.code, one.count, "; ".join(one.files), one.message) for one in dataset.findings]
    return _csv(("severity", "code", "count", "files", "message"), rows)


def write_channels(dataset: PackedDataset) -> str:
    """The data dictionary of a dataset, as CSV: a line for each column of its readings."""
    rows = [
        (
            one.field,
            one.name,
            one.kind,
            one.quantity_label or one.quantity,
            one.unit_symbol or one.unit,
            one.unit_uri,
            one.direction,
            one.statistic,
            "" if one.resolution_s is None else one.resolution_s,
            one.count,
            one.missing,
        )
        for one in dataset.certificate.channels
    ]
    head = ("column", "name", "kind", "quantity", "unit", "unit_uri", "direction", "statistic", "resolution_s")
    return _csv((*head, "readings", "missing"), rows)


def _csv(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([harmless_cell(cell) for cell in row] for row in rows)
    return text.getvalue()
