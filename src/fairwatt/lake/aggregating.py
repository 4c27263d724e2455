"""Sums over buckets of time: from the coarsest rollup that fits them exactly, and from the readings where none does."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import gcd

from fairwatt.core.files.local_time import clock_changes, load_zone
from fairwatt.core.resolutions import Resolution
from fairwatt.lake.deltalog import StoredFile
from fairwatt.lake.engine import moment_of, quoted
from fairwatt.lake.selecting import Selection, overlapping, read_files

MICROS = 1_000_000
_DAY = 86_400 * MICROS
_FEW_EDGES = 16
STATISTICS = ("mean", "min", "max", "count", "sum")
DEFAULT_STATISTICS = ("mean", "min", "max", "count")


@dataclass(frozen=True, slots=True)
class Buckets:
    """Buckets over a span of time.

    Attributes
    ----------
    begin, end
        The span [begin, end) [µs since 1970].
    label
        SQL: the start [µs] of the bucket that ``start`` falls in.
    unit
        Each bucket begins at a whole multiple of so many µs; 0 where there is but one bucket.
    """

    begin: int
    end: int
    label: str
    unit: int

    @classmethod
    def equal(cls, begin: int, end: int, width: int) -> Buckets:
        """Equal buckets of ``width`` [µs], counted from 1970."""
        first = begin // width * width
        return cls(begin, end, f"((epoch_us(start) - {first}) // {width} * {width} + {first})", width)

    @classmethod
    def one(cls, begin: int, end: int) -> Buckets:
        """One bucket, which is the whole span."""
        return cls(begin, end, f"{begin}::BIGINT", 0)

    @classmethod
    def of(cls, resolution: Resolution, begin: int, end: int) -> Buckets:
        """The buckets of a resolution that meet the span."""
        if resolution.micros:
            return cls.equal(begin, end, resolution.micros)
        edges = resolution.edges(begin, end)
        label = _day_label(edges, resolution) if resolution.days and len(edges) > _FEW_EDGES else None
        return cls(begin, end, label or labelled(edges[:-1]), gcd(*edges))

    def fits(self, level: int) -> bool:
        """Whether each bucket is made of whole buckets of a rollup [s]."""
        return self.unit % (level * MICROS) == 0


def labelled(edges: Sequence[int], column: str = "epoch_us(start)") -> str:
    """SQL: the last of sorted instants [µs] that is not after a column [µs]; else the first one."""
    return choose_by(column, edges[1:], [f"{edge}::BIGINT" for edge in edges])


def choose_by(column: str, edges: Sequence[int], texts: Sequence[str]) -> str:
    """SQL: the first text where a column is before the first of sorted edges, and so on, found by halving."""
    if not edges:
        return texts[0]
    middle = len(edges) // 2
    before = choose_by(column, edges[:middle], texts[: middle + 1])
    after = choose_by(column, edges[middle + 1 :], texts[middle + 1 :])
    return f"CASE WHEN {column} < {edges[middle]} THEN {before} ELSE {after} END"


@dataclass(frozen=True, slots=True)
class Offsets:
    """A zone's offsets from UTC [µs] over a span: ``offsets[i]`` until ``changes[i]`` [µs], UTC."""

    changes: list[int]
    offsets: list[int]

    @classmethod
    def of(cls, zone: str, begin: int, end: int) -> Offsets:
        """The offsets in [begin, end) [µs]."""
        met = [
            change
            for change in clock_changes(zone, moment_of(begin).year, moment_of(end).year)
            if begin < change.at < end
        ]
        first = moment_of(begin).astimezone(load_zone(zone)).utcoffset() or timedelta()
        return cls([change.at for change in met], [first // timedelta(microseconds=1), *(one.after for one in met)])

    @property
    def local_changes(self) -> list[int]:
        """Until when, by the clock, each offset holds: of an hour that comes twice, the first time counts."""
        return [at + before for at, before in zip(self.changes, self.offsets, strict=False)]


def _day_label(edges: list[int], resolution: Resolution) -> str | None:
    """SQL: the start [µs] of the local days that a reading is in, by arithmetic; None where that would not be exact.

    Looking a year's days up takes ten times as long.
    """
    zone = Offsets.of(resolution.zone, edges[0], edges[-1])
    first, width = edges[0] + zone.offsets[0], resolution.days * _DAY

    def begin_of(at: int) -> int:
        local = at + zone.offsets[bisect_right(zone.changes, at)]
        midnight = (local - first) // width * width + first
        return midnight - zone.offsets[bisect_right(zone.local_changes, midnight)]

    if any(begin_of(edge) != edge or begin_of(edge - 1) != before for before, edge in pairwise(edges)):
        return None  # the clock is changed at midnight itself
    offsets = [str(offset) for offset in zone.offsets]
    local = f"(epoch_us(start) + {choose_by('epoch_us(start)', zone.changes, offsets)})"
    midnight = f"(({local} - {first}) // {width} * {width} + {first})"
    return f"({midnight} - {choose_by(midnight, zone.local_changes, offsets)})"


def levels_of(selection: Selection) -> dict[str, list[int]]:
    """The rollups [s] that each batch of a selection has, the coarsest first."""
    notes = {note.batch: note for note in selection.notes}
    found: dict[str, set[int]] = defaultdict(set)
    for file in selection.snapshot.rollups:
        note = notes.get(file.batch)
        if note is not None and int(file.partition) in note.levels:
            found[file.batch].add(int(file.partition))
    return {batch: sorted(levels, reverse=True) for batch, levels in found.items()}


def choose_levels(selection: Selection, fits: Callable[[int], bool]) -> dict[str, int | None]:
    """The coarsest rollup of each batch that fits; None where its readings must be read."""
    levels = levels_of(selection)
    return {
        note.batch: next((level for level in levels.get(note.batch, ()) if fits(level)), None)
        for note in selection.notes
    }


def partial_sums(selection: Selection, buckets: Buckets, *, by_series: bool = False) -> list[str]:
    """SQL: SELECTs that together hold each bucket, in parts to be added up.

    Their columns are ``b`` (the bucket's start [µs]), ``series`` where asked for, ``_rows``, and of each field
    ``<field>_min``, ``_max``, ``_sum`` and ``_n``.
    """
    chosen = choose_levels(selection, buckets.fits)
    parts: list[str] = []
    for level in sorted(set(chosen.values()), key=lambda one: one or 0):
        batches = {batch for batch, own in chosen.items() if own == level}
        files = [file for file in selection.files if file.batch in batches]
        if level is None:
            parts += _from_readings(selection, buckets, files, buckets.begin, buckets.end, by_series=by_series)
            continue
        begin, end = _whole(files, buckets, level * MICROS)
        if begin >= end:
            parts += _from_readings(selection, buckets, files, buckets.begin, buckets.end, by_series=by_series)
            continue
        rolled = [f for f in selection.snapshot.rollups if f.batch in batches and f.partition == str(level)]
        parts += _from_rollups(selection, buckets, rolled, begin, end, by_series=by_series)
        for low, high in ((buckets.begin, begin), (end, buckets.end)):
            if low < high:
                parts += _from_readings(selection, buckets, files, low, high, by_series=by_series)
    return parts


def _whole(files: Iterable[StoredFile], buckets: Buckets, width: int) -> tuple[int, int]:
    """The part of a span that whole buckets of a rollup cover [µs].

    Where no reading lies beyond an end of the span, the rollup's bucket there holds nothing but what is asked.
    """
    low = min((file.low for file in files), default=buckets.begin)
    high = max((file.high for file in files), default=buckets.end - 1)
    begin, end = -(-buckets.begin // width) * width, buckets.end // width * width
    if low >= buckets.begin:
        begin = buckets.begin // width * width
    if high < buckets.end:
        end = -(-buckets.end // width) * width
    return begin, end


def _from_rollups(
    selection: Selection, buckets: Buckets, files: list[StoredFile], begin: int, end: int, *, by_series: bool
) -> list[str]:
    columns = {
        f"{field}_{statistic}": (field, "BIGINT" if statistic == "n" else "DOUBLE")
        for field in selection.fields
        for statistic in ("min", "max", "sum", "n")
    }
    first = f"{buckets.label} AS b, {'series, ' if by_series else ''}rows AS _rows"
    within = overlapping(files, begin, end)
    return read_files(within, columns, selection, (begin, end), first)


def _from_readings(
    selection: Selection, buckets: Buckets, files: list[StoredFile], begin: int, end: int, *, by_series: bool
) -> list[str]:
    columns = {field: (field, selection.snapshot.fields[field]) for field in selection.fields}
    keys = "b, series" if by_series else "b"
    first = f"{buckets.label} AS b{', series' if by_series else ''}"
    within = overlapping(files, begin, end)
    selects = read_files(within, columns, selection, (begin, end), first)
    values = "".join(
        f", min({quoted(f)}) AS {quoted(f + '_min')}, max({quoted(f)}) AS {quoted(f + '_max')}, "
        f"sum({quoted(f)}) AS {quoted(f + '_sum')}, count({quoted(f)}) AS {quoted(f + '_n')}"
        for f in selection.fields
    )
    return [f"SELECT {keys}, count(*) AS _rows{values} FROM ({select}) GROUP BY {keys}" for select in selects]


def statistic(field: str, name: str) -> str:
    """SQL: a statistic of a field over the partial sums of one bucket."""
    least, most, total, count = (quoted(f"{field}_{part}") for part in ("min", "max", "sum", "n"))
    sql = {
        "mean": f"sum({total})::DOUBLE / nullif(sum({count}), 0)::DOUBLE",
        "min": f"min({least})::DOUBLE",
        "max": f"max({most})::DOUBLE",
        "count": f"coalesce(sum({count}), 0)::BIGINT",
        "sum": f"sum({total})::DOUBLE",
    }[name]
    return f"{sql} AS {quoted(f'{field}_{name}')}"


def rows_read(selection: Selection, resolution: Resolution, begin: int, end: int) -> float:
    """About how many rows of rollups and readings buckets are made of."""
    unit = resolution.micros or 1_800 * MICROS  # midnights are whole half-hours almost everywhere
    chosen = choose_levels(selection, lambda level: unit % (level * MICROS) == 0)
    rows = share_of([file for file in selection.files if chosen.get(file.batch) is None], begin, end)
    rolled = [f for f in selection.snapshot.rollups if str(chosen.get(f.batch)) == f.partition]
    return rows + share_of(rolled, begin, end)


def share_of(files: Iterable[StoredFile], begin: int, end: int) -> float:
    """About how many rows of files lie in [begin, end), by what they say of themselves."""
    rows = 0.0
    for file in overlapping(files, begin, end):
        rows += file.rows * (min(end, file.high + 1) - max(begin, file.low)) / (file.high + 1 - file.low)
    return rows
