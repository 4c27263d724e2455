"""What differs between two versions of a dataset: in its metadata, and in its readings by month and channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from fairwatt.core.errors import FairwattError, InvalidInput, NotFound
from fairwatt.core.metadata import Certificate, parse_certificate
from fairwatt.core.metadata.comparing import Change, compare_certificates
from fairwatt.lake.comparing import MonthDifference, compare_readings
from fairwatt.records.models import Dataset, DatasetVersion
from fairwatt.services.access import decide_data
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import as_shown
from fairwatt.services.datasets import get_dataset
from fairwatt.services.lakes import get_lake

MOST_ROWS = 5_000_000  # of both versions: more take too long for a page
_MOST_DIGITS = 10  # of a version's number
_KEPT_S = 30 * 86_400


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """The difference of two versions.

    ``months`` are those whose readings differ; None where that is not told, and ``reason`` says why.
    """

    dataset: Dataset
    before: Certificate
    after: Certificate
    changes: tuple[Change, ...]
    months: tuple[MonthDifference, ...] | None
    reason: str = ""

    @property
    def totals(self) -> tuple[int, int, int]:
        """Rows added, removed and changed, over all months."""
        months = self.months or ()
        return sum(m.added for m in months), sum(m.removed for m in months), sum(m.changed for m in months)

    @property
    def channels(self) -> dict[str, int]:
        """How many readings of each channel differ, over all months."""
        counted: dict[str, int] = {}
        for month in self.months or ():
            for name, count in month.channels.items():
                counted[name] = counted.get(name, 0) + count
        return counted


def compare_versions(*, actor: Actor, key: str, before: str, after: str, at: datetime) -> VersionDifference:
    """Compare two published versions of a dataset.

    Parameters
    ----------
    before, after
        Their numbers; "" is the latest but one, and the latest.

    Raises
    ------
    NotFound
        Where there is no such dataset or version, or the asker may not know of it.
    InvalidInput
        Where the later one is not later.
    """
    dataset = get_dataset(actor=actor, key=key, at=at)
    rows = {row.number: row for row in DatasetVersion.objects.filter(dataset=dataset)}
    new = _choose(rows, after, max(rows, default=0))
    old = _choose(rows, before, max((number for number in rows if number < new.number), default=0))
    if old.number >= new.number:
        raise InvalidInput(
            f"Version {old.number} is not before version {new.number}.",
            where={"field": "from"},
            next_step="Name the earlier one first: ?from=1&to=2.",
        )
    shown = [as_shown(parse_certificate(row.certificate), actor=actor, dataset=dataset, at=at) for row in (old, new)]
    changes = tuple(compare_certificates(*shown))
    if not (decision := decide_data(actor=actor, dataset=dataset, at=at)).allowed:
        return VersionDifference(dataset, shown[0], shown[1], changes, None, decision.reason)
    months, reason = _compare_readings(dataset, old, new, shown)
    return VersionDifference(dataset, shown[0], shown[1], changes, months, reason)


def _choose(rows: dict[int, DatasetVersion], number: str, default: int) -> DatasetVersion:
    wanted = default if not number else int(number) if number.isdecimal() and len(number) < _MOST_DIGITS else 0
    if wanted not in rows:
        raise NotFound(
            f"This dataset has no version {number[:20]}." if number else "This dataset has no earlier version.",
            next_step="Its page lists the versions that there are.",
        )
    return rows[wanted]


def _compare_readings(
    dataset: Dataset, old: DatasetVersion, new: DatasetVersion, certificates: list[Certificate]
) -> tuple[tuple[MonthDifference, ...] | None, str]:
    before, after = certificates
    if old.lake_version == new.lake_version or (
        before.readings_sha256 and before.readings_sha256 == after.readings_sha256
    ):
        return (), ""
    if old.lake_version is None or new.lake_version is None:
        return None, "One of the versions has no readings."
    if before.rows + after.rows > MOST_ROWS:
        return None, f"Both versions together have {before.rows + after.rows:,} rows, too many to compare on a page."
    name = f"versions-{dataset.key}-{old.number}-{new.number}"
    known: tuple[MonthDifference, ...] | None = cache.get(name)
    if known is not None:
        return known, ""
    try:
        found = tuple(_months(dataset, old.lake_version, new.lake_version, certificates))
    except FairwattError as error:
        return None, str(error)
    cache.set(name, found, _KEPT_S)
    return found, ""


def _months(dataset: Dataset, before: int, after: int, certificates: list[Certificate]) -> list[MonthDifference]:
    starts = [one.date_of_data_validity.start for one in certificates]
    ends = [one.date_of_data_validity.end or dataset.period_end for one in certificates]
    known = [at for at in (*starts, *ends) if at is not None]
    if not known:
        return []
    fields = [[channel.field for channel in one.channels] for one in certificates]
    return compare_readings(
        get_lake(),
        dataset.table,
        before=before,
        after=after,
        period=(min(known), max(known)),
        old_fields=fields[0],
        new_fields=fields[1],
    )
