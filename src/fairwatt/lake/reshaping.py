"""SQL from a file's rows to rows of readings: days with their intervals side by side, numbers of settlement periods.

A table with a row for each value is staged value by value here; :mod:`fairwatt.lake.gathering` brings the values of
one time together, once it is known which instant each row means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fairwatt.core.files.local_time import ClockChange, clock_changes
from fairwatt.core.files.profile import ChannelRule, ImportProfile, Kind, PeriodRule
from fairwatt.core.files.series import BETWEEN
from fairwatt.lake.cells import Cell, is_fine, value_of
from fairwatt.lake.engine import literal, moment_of
from fairwatt.lake.stamping import stamp_of, start_of, text_of

_FIRST_YEAR, _LAST_YEAR = 1902, 2199  # outside, a stamp is a mistake, and the clock changes are not known
_MICROS = 1_000_000
_DAY = 86_400 * _MICROS
_CHANGES_FROM, _CHANGES_TO = 1970, 2100
_NUMBER = r"^\D*?0*(\d+)(\.0*)?$"  # of an interval: 7, 07, HH7, SP 07, 7.0


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rows of a profile's stage come from those of its file."""

    profile: ImportProfile

    @property
    def periods(self) -> PeriodRule | None:
        """The intervals of a day, where times are written so."""
        return self.profile.timestamp.periods

    @property
    def is_wide(self) -> bool:
        """Whether a row holds a day."""
        return self.periods is not None and bool(self.periods.slots or self.periods.days)

    @property
    def has_days(self) -> bool:
        """Whether a column holds a day."""
        return self.periods is not None and bool(self.periods.days)

    @property
    def is_gathered(self) -> bool:
        """Whether the values of one time stand in several rows of the file."""
        return self.profile.spread is not None

    @property
    def is_plain(self) -> bool:
        """Whether a row of the file is a row of readings with its own time."""
        return self.periods is None and not self.is_gathered

    @property
    def has_elapsed(self) -> bool:
        """Whether times are counted from local midnight; the stage says how far then, in ``elapsed``."""
        return self.periods is not None and self.periods.counts == "elapsed"

    @property
    def rows_a_line(self) -> int:
        """How many rows of the stage one row of the file becomes, those that are not there included."""
        if self.periods is not None and self.periods.days:
            return len(self.periods.days)
        return len(self._offsets) if self.is_wide else 1

    @property
    def columns(self) -> tuple[str, ...]:
        """The stage's columns beyond those of plain rows."""
        found = [("elapsed", self.has_elapsed), ("label", self.is_gathered)]
        found += [(name, self.periods is not None) for name in ("beyond", "is_there")]
        return tuple(name for name, is_there in found if is_there)

    @property
    def labels(self) -> tuple[str, ...]:
        """The texts that name channels, where rows are told apart by them."""
        return tuple(dict.fromkeys(rule.label for rule in self.profile.channels)) if self.is_gathered else ()

    @property
    def texts(self) -> list[str]:
        """SQL for each column's text by its position, those of the values behind the file's own."""
        rule = self.periods or PeriodRule()
        slots = {slot.column for slot in rule.slots} | {day.column for day in rule.days}
        own = ["NULL" if c in slots else text_of(c) for c in range(self.profile.columns)]
        placed = {rule.column for rule in self._placed}
        last = max(placed, default=self.profile.columns - 1)
        return own + [text_of(c) if c in placed else "NULL" for c in range(self.profile.columns, last + 1)]

    @property
    def label_text(self) -> str:
        """SQL: the text that says which channel a row's value is of."""
        spread = self.profile.spread
        if spread is None:
            return "''"
        name = f"trim({text_of(spread.name_column)})"
        if spread.unit_column is None:
            return name
        return f"{name} || ' [' || trim({text_of(spread.unit_column)}) || ']'"

    def relation(self, source: str) -> str:
        """SQL: the file's rows with the columns of the values behind its own, in file order."""
        if self.is_plain:
            return source
        if self.is_wide:
            source = self._unnested(source)
        placed = [f"{self._value_text(rule)} AS {text_of(rule.column)}" for rule in self._placed]
        return f"(SELECT {', '.join(['*', *placed])} FROM {source})"

    @property
    def _placed(self) -> list[ChannelRule]:
        return [rule for rule in self.profile.channels if rule.column >= self.profile.columns]

    def _value_text(self, rule: ChannelRule) -> str:
        spread = self.profile.spread
        text = f"g{rule.group}" if self.is_wide or spread is None else text_of(spread.value_column)
        return text if spread is None else f"CASE WHEN {self.label_text} = {literal(rule.label)} THEN {text} END"

    @property
    def _groups(self) -> dict[int, dict[tuple[float, int], int]]:
        """For each of an interval's values, its columns by the interval's start [s] and how often it came before."""
        found: dict[int, dict[tuple[float, int], int]] = defaultdict(dict)
        for slot in self.periods.slots if self.periods is not None else ():
            again = sum(offset == slot.offset_s for offset, _ in found[slot.group])
            found[slot.group][slot.offset_s, again] = slot.column
        return found

    @property
    def _offsets(self) -> list[tuple[float, int]]:
        return list(self._groups.get(0, {}))

    def _unnested(self, source: str) -> str:
        """SQL: a row for each interval of a row's day."""
        if self.periods is not None and self.periods.days:
            return self._days_across(source, self.periods)
        offsets, groups = self._offsets, self._groups
        slots = {slot.column for slot in self.periods.slots} if self.periods is not None else set()
        # A day is read once, below the intervals: what stands beside an unnest is worked out for each of its rows.
        source = f"(SELECT *, {stamp_of(self.profile.timestamp)} AS day FROM {source})"
        parts = ["day"]
        parts += [text_of(c) for c in range(self.profile.columns) if c not in slots]
        for group, columns in sorted(groups.items()):
            texts = [text_of(columns[at]) if at in columns else "NULL" for at in offsets]
            parts.append(f"unnest([{', '.join(texts)}]) AS g{group}")
        starts = ", ".join(str(round(offset * _MICROS)) for offset, _ in offsets)
        parts.append(f"unnest([{starts}]::BIGINT[]) AS slot")
        parts.append(f"unnest([{', '.join('true' if again else 'false' for _, again in offsets)}]) AS is_again")
        parts.append(f"unnest([{', '.join('false' if n else 'true' for n in range(len(offsets)))}]) AS is_first")
        return f"(SELECT {', '.join(parts)} FROM {source})"

    def _days_across(self, source: str, rule: PeriodRule) -> str:
        """SQL: a row for each day of a row's time, day after day."""
        held = {day.column for day in rule.days}
        clock = f"({self._numbered(self.profile.timestamp.columns[0], rule)})"
        if self.profile.timestamp.format != "number":
            at = stamp_of(self.profile.timestamp)
            clock = f"epoch_us({at}) - epoch_us(date_trunc('day', {at}))"
        days = ", ".join(f"TIMESTAMP '{day.day} 00:00:00'" for day in rule.days)
        texts = ", ".join(text_of(day.column) for day in rule.days)
        numbers = ", ".join(str(n) for n in range(len(rule.days)))
        own = ", ".join(text_of(c) for c in range(self.profile.columns) if c not in held)
        rows = f"(SELECT *, row_number() OVER () AS line, {clock} AS slot FROM {source})"
        rows = f"(SELECT *, row_number() OVER (PARTITION BY slot ORDER BY line) > 1 AS is_again FROM {rows})"
        parts = f"{own}, line, slot, is_again, unnest([{days}]) AS day, unnest([{texts}]) AS g0"
        parts += f", unnest([{numbers}]) AS place"
        found = f"(SELECT {parts} FROM {rows})"
        day = "CASE WHEN slot IS NOT NULL THEN day END AS day"
        own = f"{own}, " if own else ""
        kept = f"{own}{day}, slot, g0, is_again, place = 0 AS is_first"
        return f"(SELECT {kept} FROM {found} ORDER BY place, line)"

    @staticmethod
    def _numbered(column: int, rule: PeriodRule) -> str:
        """SQL: how long after midnight the interval of a number starts [µs]."""
        number = f"TRY_CAST(regexp_extract(trim({text_of(column)}), {literal(_NUMBER)}, 1) AS INTEGER)"
        return f"({number} - {rule.first}) * {round(rule.step_s * _MICROS)}::BIGINT"

    @property
    def slot(self) -> str:
        """SQL: how long after midnight a row's interval starts [µs]."""
        rule = self.periods
        if rule is None or rule.column is None:
            return "slot"
        return self._numbered(rule.column, rule)

    def is_blank(self, cells: tuple[Cell, ...]) -> str:
        """SQL: whether a row's interval holds nothing, as intervals do that a day does not have."""
        numbers = [cell for cell in cells if cell.rule.kind is Kind.NUMBER] or cells  # not their flags
        nulls = ", ".join(literal(text.strip()) for text in ("", *self.profile.dialect.null_texts))
        blank = (f"coalesce(trim({text_of(cell.rule.column)}), '') IN ({nulls})" for cell in numbers)
        # There are many words for a missing value: they are looked for only where there is no number.
        missing = " AND ".join(f"{cell.staged} IS NULL" for cell in numbers)
        return f"CASE WHEN {missing} THEN {' AND '.join(blank)} ELSE false END"

    @property
    def fits(self) -> str:
        """SQL: whether the day of ``stamp`` has an interval that starts ``slot`` µs after its midnight."""
        changes = _changes_of(self.profile)
        if self.has_elapsed:
            lengths: dict[int, list[ClockChange]] = defaultdict(list)
            for change in changes:
                lengths[_DAY - (change.after - change.before)].append(change)
            cases = " ".join(f"WHEN {_is_day_of(days)} THEN {length}" for length, days in lengths.items())
            length = f"CASE {cases} ELSE {_DAY} END" if cases else str(_DAY)
            return f"CASE WHEN slot < {min(lengths, default=_DAY)} THEN slot >= 0 ELSE slot < {length} END"
        gaps: dict[tuple[int, int], list[ClockChange]] = defaultdict(list)
        for change in changes:
            if change.after > change.before:
                begin = change.local_from % _DAY
                gaps[begin, begin + change.after - change.before].append(change)
        skipped = [f"(slot >= {a} AND slot < {b} AND {_is_day_of(days)})" for (a, b), days in gaps.items()]
        return f"slot >= 0 AND slot < {_DAY} AND NOT ({' OR '.join(skipped) or 'false'})"


def _changes_of(profile: ImportProfile) -> tuple[ClockChange, ...]:
    zone = profile.timestamp.time_zone
    return () if zone in {None, "UTC"} else clock_changes(str(zone), _CHANGES_FROM, _CHANGES_TO)


def _is_day_of(changes: list[ClockChange]) -> str:
    days = ", ".join(f"DATE '{_local_day(change)}'" for change in changes)
    return f"list_contains([{days}], CAST(stamp AS DATE))"


def _local_day(change: ClockChange) -> date:
    """The local date that lacks an hour or has one more."""
    return moment_of(change.local_from if change.after > change.before else change.local_to - 1).date()


def stage_query(
    source: str, profile: ImportProfile, cells: tuple[Cell, ...], own_texts: Sequence[str] | None = None
) -> str:
    """SQL: the typed rows of the stage, in file order: ``stamp``, ``series``, a column a cell, and ``raw``.

    ``raw`` holds a row's cells as text (or ``own_texts`` of them) where its time or a value did not fit, so that every
    such cell can be told of, and no other row pays for it. Shapes that are not plain bring further columns, see
    :class:`Shape`:

    ``elapsed``
        µs since local midnight that ``stamp`` counts on from.
    ``label``
        The place of the row's label among the profile's; null where the profile does not know it.
    ``beyond``
        Whether the row has a value for an interval that its day does not have; it has no ``stamp`` then.
    ``is_there``
        Whether the row is one at all.
    """
    shape = Shape(profile)
    all_texts = shape.texts if own_texts is None else own_texts
    texts = [text for text in all_texts if text != "NULL"]
    whose = [f"trim({text_of(c)})" for c in (profile.series_column, *profile.series_parts) if c is not None]
    series = f" || {literal(BETWEEN)} || ".join(whose) or "NULL::VARCHAR"
    values = [f"{value_of(cell, profile.dialect)} AS {cell.staged}" for cell in cells]
    day = "day" if shape.is_wide else start_of(profile)
    inner = ", ".join([f"{day} AS stamp", f"{series} AS series", *values, *_shaped_columns(shape), *texts])
    years = " AND ".join(f"TIMESTAMP '{year}-01-01'" for year in (_FIRST_YEAR, _LAST_YEAR))
    valid = f"stamp BETWEEN {years}"
    if shape.periods is not None:
        valid += " AND stamp = date_trunc('day', stamp)"
    checked = f"SELECT * REPLACE (CASE WHEN {valid} THEN stamp END AS stamp) FROM (SELECT {inner} FROM "
    checked += f"{shape.relation(source)})"
    if shape.periods is not None:
        checked = _told_as_times(checked, shape, cells)
    fine = ["stamp IS NOT NULL", *(is_fine(cell, profile.dialect) for cell in cells)]
    fine += ["label IS NOT NULL"] if shape.is_gathered else []
    outer = ["stamp", *(["series"] if profile.series_column is not None else []), *(cell.staged for cell in cells)]
    odd = f"NOT ({' AND '.join(fine)})" + (" AND is_there" if shape.periods is not None else "")
    raw = f"CASE WHEN {odd} THEN [{', '.join(all_texts)}] END AS raw"
    return f"SELECT {', '.join([*outer, *shape.columns, raw])} FROM ({checked})"


def _shaped_columns(shape: Shape) -> list[str]:
    found = []
    if shape.periods is not None:
        found.append(f"{shape.slot} AS slot")
        found += ["is_again", "is_first"] if shape.is_wide else []
    if shape.is_gathered:
        known = ", ".join(map(literal, shape.labels))
        found.append(f"nullif(list_position([{known}], {shape.label_text}), 0) - 1 AS label")
    return found


def _told_as_times(days: str, shape: Shape, cells: tuple[Cell, ...]) -> str:
    """SQL: rows with a day in ``stamp`` and a place in it in ``slot``, as rows with a time."""
    if shape.is_wide:
        there = "CASE WHEN stamp IS NULL THEN is_first ELSE NOT is_blank OR (fits AND NOT is_again) END"
    else:
        there = "stamp IS NULL OR slot IS NULL OR fits OR NOT is_blank"
    time = "CASE WHEN fits THEN make_timestamp(epoch_us(stamp) + slot) END AS stamp"
    beyond = "coalesce(NOT fits AND NOT is_blank, false) AS beyond"
    elapsed = ", slot AS elapsed" if shape.has_elapsed else ""
    fits = f"CASE WHEN stamp IS NOT NULL THEN {shape.fits} END AS fits"
    judged = f"SELECT *, {fits}, {shape.is_blank(cells)} AS is_blank FROM ({days})"
    return f"SELECT * REPLACE ({time}), {there} AS is_there, {beyond}{elapsed} FROM ({judged})"
