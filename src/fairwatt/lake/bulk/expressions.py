"""What is asked of whole tables, as expressions that every engine answers alike.

Numbers are exact: decimals are added up as decimals, times are whole microseconds or seconds, and nothing depends on
the order in which rows are met.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis

_DAY_S = 86_400
_LATE = 1.5  # of the usual step: later than that, readings are missing between two


def roll_up(readings: ibis.Table, fields: Mapping[str, str], level_s: int) -> ibis.Table:
    """Rollups, as an ingest makes them: rows, and each channel's least, most, sum and count a bucket and series.

    Parameters
    ----------
    readings
        With ``series`` and ``start``.
    fields
        The numeric channels with their SQL types.
    level_s
        Width of a bucket [s]; ``start_s`` is its start [s since 1970].
    """
    start = (_seconds(readings) // level_s * level_s).cast("int64")
    timed = readings.mutate(start_s=start)
    return (
        timed.group_by("series", "start_s")
        .aggregate(rows=timed.count().cast("int64"), **_sums(timed, fields))
        .order_by("series", "start_s")
    )


def sum_up(readings: ibis.Table, fields: Mapping[str, str]) -> ibis.Table:
    """Each series as a whole: rows, first and last start [s since 1970], and each channel's sums."""
    timed = readings.mutate(at_s=_seconds(readings))
    ends = {"first_s": timed.at_s.min(), "last_s": timed.at_s.max()}
    return (
        timed.group_by("series")
        .aggregate(rows=timed.count().cast("int64"), **ends, **_sums(timed, fields))
        .order_by("series")
    )


def check_health(readings: ibis.Table, fields: Mapping[str, str], step_s: float) -> ibis.Table:
    """How each series was on each day of UTC: rows, what was expected and repeated, gaps, and each channel's extremes.

    Parameters
    ----------
    step_s
        The usual step between readings [s].

    Returns
    -------
    By ``series`` and ``day`` (days since 1970): ``rows``, ``expected``, ``repeated`` (starts that were there before),
    ``gaps`` that end on the day and ``longest_gap_s`` of them, then each channel's ``_n``, ``_missing``, ``_min``,
    ``_max`` and ``_sum``.
    """
    import ibis  # of an extra

    at = _seconds(readings)
    most = round(step_s * _LATE)
    timed = readings.mutate(at_s=at, day=(at // _DAY_S).cast("int64"))
    before = timed.at_s.lag().over(ibis.window(group_by=("series", "day"), order_by="at_s"))
    stepped = timed.mutate(step=(timed.at_s - before).cast("int64"))
    missing = {f"{f}_missing": stepped[f].isnull().sum().cast("int64") for f in fields}
    daily = stepped.group_by("series", "day").aggregate(
        rows=stepped.count().cast("int64"),
        repeated=(stepped.step == 0).sum().cast("int64").coalesce(0),
        gaps=(stepped.step > most).sum().cast("int64").coalesce(0),
        longest=stepped.step.max(where=stepped.step > most),
        first_s=stepped.at_s.min(),
        last_s=stepped.at_s.max(),
        **_sums(stepped, fields),
        **missing,
    )
    # A window over all of a series would be one sort of years: what lies between two days is told by their ends.
    earlier = daily.last_s.lag().over(ibis.window(group_by="series", order_by="day"))
    across = (daily.first_s - earlier).cast("int64")
    is_late = (across > most).coalesce(False)
    longest = ibis.greatest(daily.longest.coalesce(0), is_late.ifelse(across, 0)).cast("int64")
    return (
        daily.mutate(
            gaps=daily.gaps + is_late.ifelse(1, 0),
            longest_gap_s=longest.nullif(0),
            expected=ibis.literal(round(_DAY_S / step_s), "int64"),
        )
        .drop("longest", "first_s", "last_s")
        .order_by("series", "day")
    )


def _seconds(readings: ibis.Table) -> ibis.IntegerColumn:
    return readings.start.epoch_seconds().cast("int64")


def _sums(readings: ibis.Table, fields: Mapping[str, str]) -> dict[str, ibis.Value]:
    """Least, most, sum and count of each channel; sums of decimals in as many digits as there are."""
    made: dict[str, ibis.Value] = {}
    for field, kind in fields.items():
        column, total = readings[field], readings[field].sum()
        if kind.startswith("DECIMAL"):
            scale = kind.rstrip(")").split(",")[1]
            total = total.cast(f"decimal(38, {scale})")
        made[f"{field}_min"], made[f"{field}_max"] = column.min(), column.max()
        made[f"{field}_sum"], made[f"{field}_n"] = total, column.count().cast("int64")
    return made
