"""What to tell of a look itself: what was left out of it, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files import Inspection
from fairwatt.core.files.privacy import METER_POINTS, holds_mpan, said_points
from fairwatt.core.files.sampling import FileSample
from fairwatt.core.findings import Finding, Severity
from fairwatt.lake.extracting import Extraction

FILES_LOOKED_AT = "files_looked_at"  # of an archive of more, in what it says of itself
_SHOWN = 10


def of_samples(sample: FileSample | None) -> tuple[Finding, ...]:
    """What to tell of a packed text: whether even its samples end before it does."""
    if sample is None or sample.tail:
        return ()
    return (_beginning(max((at + len(piece) for at, piece in sample.middles), default=len(sample.head))),)


def of_excerpt(found: Extraction) -> tuple[Finding, ...]:
    """What to tell of a container of which an excerpt was looked at."""
    findings: list[Finding] = []
    if beginning := max((table.beginning for table in found.tables), default=0):
        findings.append(_beginning(beginning))
    if (looked := found.description.get(FILES_LOOKED_AT)) is not None:
        said = f"Of {found.description['files_total']:,} files in the archive, {looked:,} were looked at, from the "
        said += "first to the last. All of them are read, and held against this, when the readings are taken."
        findings.append(Finding(code="some-files-looked-at", severity=Severity.INFO, message=said))
    return tuple(findings)


def _beginning(looked: int) -> Finding:
    said = (
        f"Only the first rows of what the file holds, {max(1, looked / 1e6):,.0f} MB, were looked at: it goes on, and "
    )
    said += "ends later than is said here. All of it is read, and held against this, when its readings are taken."
    return Finding(code="beginning-looked-at", severity=Severity.INFO, message=said)


def of_members(found: Extraction) -> tuple[Finding, ...]:
    """What to tell of an archive whose files are called by numbers of supply points, be they tables or not."""
    listed = found.description.get("files")
    names = [str(one.get("name", "")) for one in listed] if isinstance(listed, list) else []
    count = sum(map(holds_mpan, names))
    return (said_points("Names of files in it hold", count=count),) if count else ()


def of_other_tables(inspections: Sequence[Inspection]) -> tuple[Finding, ...]:
    """What to tell of a file one of whose tables holds personal data, be it the one that is read or not."""
    if len(inspections) <= 1:  # the only one tells of itself
        return ()
    found = [finding for one in inspections for finding in one.findings if finding.code == METER_POINTS]
    return (said_points("Tables of the file hold", count=len(found)),) if found else ()


def of_locked(name: str, form: str, description: Mapping[str, object]) -> tuple[Finding, ...]:
    """What to tell of a document that only a password opens."""
    if not description.get("is_locked"):
        return ()
    said = f"{name} is a {form} locked with a password: what it holds can't be shown or searched. It is kept as it "
    said += "came. Save it without a password and upload that; who may see it is decided by the platform."
    return (Finding(code="locked-document", message=said),)


def of_unread(unread: Sequence[UnreadableFile]) -> tuple[Finding, ...]:
    """What to tell of tables that hold nothing to read."""
    if not unread:
        return ()
    finding = Finding(
        code="tables-without-rows",
        severity=Severity.INFO,
        count=len(unread),
        where=tuple(str(error.where.get("file", "")) for error in unread[:_SHOWN]),
        message="Tables of the file hold nothing to read, such as a heading without rows.",
    )
    return (finding,)
