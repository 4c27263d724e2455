"""Other names for numbers of supply points: what is stored never holds the number itself.

Samples show where a file keeps such numbers, and its profile says so. All of its rows are gone through here, different
texts only: a number that stands in the last line alone, or among other words of a cell, gets its other name too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from fairwatt.core.files.privacy import (
    MPAN_WRITTEN,
    bare_number,
    conceal_text,
    hold_mpans,
    holds_mpan,
    is_as_long,
    is_mpan,
    is_named_for_mprns,
    kind_of_points,
    said_points,
)
from fairwatt.core.files.profile import Kind
from fairwatt.core.findings import Finding
from fairwatt.lake.cells import Cell
from fairwatt.lake.engine import literal, parquet_options
from fairwatt.lake.staging import Stage
from fairwatt.lake.timeline import Timeline
from fairwatt.lake.unread import find_in_unread

Pseudonym = Callable[[str], str]
_PLACES = 10
_ENOUGH = 6  # different numbers in a column of measurements, where only check digits speak
_SMALLEST = 10**12  # of an MPAN's core
_NUMBER, _WORDS = "number", "words"  # whether a text is a number itself, or holds some
_LEFT_OUT = "Here they are left out of the readings; the original file keeps all."


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts of one column of the stage that hold numbers of supply points, and what stands for each.

    ``row`` is SQL for the row that a cell comes from; a number has no name that could stand for it, and is left out.
    """

    column: str
    row: str
    who: str
    channel: str
    names: Mapping[str, str]
    is_number: bool = False

    @property
    def text(self) -> str:
        """SQL: a cell's text."""
        return _whole_number(self.column) if self.is_number else self.column

    def replaced_by(self, made: str) -> str:
        """SQL: what takes a cell's place, ``made`` being the table of the names."""
        if self.is_number:
            return f"CASE WHEN {made}.text IS NULL THEN s.{self.column} END"
        return f"coalesce({made}.name, s.{self.column})"

    def finding(self, stage: Stage) -> Finding:
        """The warning, with the lines; a name that the whole file has stands in none."""
        if self.column == "series" and not stage.profile.has_series:
            return said_points(f"{self.who} holds")
        made, lines = _texts_table(stage, "found", self.names), stage.shape.rows_a_line
        rows = stage.connection.execute(
            f"SELECT {self.row} // {lines} AS line, count(*) OVER () FROM stage SEMI JOIN {made} AS n "
            f"ON {self.text} = n.text GROUP BY line ORDER BY line LIMIT {_PLACES}"
        ).fetchall()
        who = f"{self.who}, a column of numbers, holds" if self.is_number else f"{self.who} holds"
        said = said_points(
            who,
            channel=self.channel,
            count=int(rows[0][1]) if rows else 0,
            where=[f"line {stage.lines.line_of(int(line) * lines):,}" for line, _ in rows],
        )
        return said.model_copy(update={"message": f"{said.message} {_LEFT_OUT}"}) if self.is_number else said


def with_pseudonyms(
    stage: Stage, timeline: Timeline, pseudonym: Pseudonym | None
) -> tuple[Timeline, tuple[Finding, ...]]:
    """The timeline with other names for its series, and the stage's texts, where they are numbers of supply points.

    What the profile does not know of is told in a finding ``meter-point-numbers``.

    Parameters
    ----------
    stage
        Its profile's constant series, and its texts, are replaced too.
    pseudonym
        What stands for a number (without blanks, without an MPAN's top line); None to leave all as it is.
    """
    texts = [found for cell in stage.cells for found in _find_texts(stage, cell)]
    texts += _find_numbers(stage)
    series = _find_series(stage, timeline)
    told = [one.finding(stage) for one in (series, *texts) if one is not None and one.who]
    told += find_in_unread(stage)
    if pseudonym is None:
        return timeline, tuple(told)
    if texts:
        _rewrite(stage, [_named(one, pseudonym) for one in texts])
    if series is not None:
        timeline = _with_names(stage, timeline, _named(series, pseudonym).names)
    return timeline, tuple(told)


def _named(found: _Texts, pseudonym: Pseudonym) -> _Texts:
    """The same with the names that stand for the texts."""
    return replace(
        found,
        names={
            text: conceal_text(text, pseudonym) if mark == _WORDS else pseudonym(bare_number(text)) if mark else ""
            for text, mark in found.names.items()
        },
    )


def _find_series(stage: Stage, timeline: Timeline) -> _Texts | None:
    """The names of meters that are numbers of supply points, or hold some."""
    if stage.profile.series_kind:
        return _Texts("series", "row", "", "", _numbers(timeline.series))
    if kind_of_points("", timeline.series):
        names = _numbers(timeline.series)
    elif hold_mpans(timeline.series):
        names = {text: _WORDS for text in timeline.series if holds_mpan(text)}
    else:
        return None
    who = "The column that tells the meters apart" if stage.profile.series_column is not None else "The meter’s name"
    return _Texts("series", "row", who, "", names)


def _numbers(texts: Iterable[str]) -> dict[str, str]:
    return {text: _NUMBER if text else "" for text in texts}


def _find_texts(stage: Stage, cell: Cell) -> Iterator[_Texts]:
    """The texts of a channel that hold numbers of supply points."""
    if cell.rule.kind is not Kind.TEXT:
        return
    column, name = cell.staged, cell.rule.name
    names: dict[str, str] = {}
    if is_named_for_mprns(name):
        different = _different(stage, column, "true")
        if kind_of_points(name, different) == "mprn":
            names = {text: _NUMBER for text in different if is_as_long(text, "mprn")}
    written = _different(stage, column, f"regexp_matches({column}, {literal(MPAN_WRITTEN)})")
    if hold_mpans(written):
        names |= {text: _WORDS for text in written if holds_mpan(text)}
    if names:
        yield _Texts(column, stage.row_of(cell), f"‘{conceal_text(name)}’", conceal_text(name), names)


def _find_numbers(stage: Stage) -> Iterator[_Texts]:
    """The numbers of supply points among a channel's numbers: where enough of them are there, and all have the right
    check digit."""
    numbers = [cell for cell in stage.cells if cell.rule.kind is Kind.NUMBER]
    if not numbers:
        return
    for cell, most in zip(numbers, stage.largest(numbers), strict=True):
        if most is None or most < _SMALLEST:
            continue
        condition = f"{cell.staged} >= {_SMALLEST} AND {cell.staged} < {4 * _SMALLEST}"
        different = _different(stage, _whole_number(cell.staged), condition)
        if len(different) >= _ENOUGH and all(map(is_mpan, different)):
            name = conceal_text(cell.rule.name)
            names = dict.fromkeys(different, "")
            yield _Texts(cell.staged, stage.row_of(cell), f"‘{name}’", name, names, is_number=True)


def _whole_number(column: str) -> str:
    """SQL: a number's digits, null where it has decimals."""
    return f"CASE WHEN {column} = floor({column}) THEN CAST(CAST({column} AS HUGEINT) AS VARCHAR) END"


def _different(stage: Stage, column: str, condition: str) -> list[str]:
    rows = stage.connection.execute(f"SELECT DISTINCT {column} FROM stage WHERE {condition}").fetchall()
    return [str(text) for (text,) in rows if text is not None]


def _texts_table(stage: Stage, name: str, names: Mapping[str, str]) -> str:
    """Put texts and what stands for them into a table of the engine; return its name."""
    table = pa.table({"text": pa.array(names.keys(), pa.string()), "name": pa.array(names.values(), pa.string())})
    stage.connection.register("texts_made", table)
    stage.connection.execute(f"CREATE OR REPLACE TABLE texts_{name} AS SELECT * FROM texts_made")
    stage.connection.unregister("texts_made")
    return f"texts_{name}"


def _rewrite(stage: Stage, texts: list[_Texts]) -> None:
    """Write the stage anew with the names in the place of the texts, in the order it had."""
    stage.join_parts()
    joins, values = "", []
    for one in texts:
        made = _texts_table(stage, one.column, one.names)
        joins += f" LEFT JOIN {made} ON {made}.text = {one.text}"
        values.append(f"{one.replaced_by(made)} AS {one.column}")
    before, after = stage.file, stage.file.with_name("concealed.parquet")
    numbered = "" if stage.is_gathered else ", file_row_number = true"
    row = "row" if stage.is_gathered else "file_row_number"
    left_out = "" if stage.is_gathered else " EXCLUDE (file_row_number)"
    rows = (
        f"SELECT s.*{left_out} REPLACE ({', '.join(values)}) FROM read_parquet({literal(str(before))}{numbered}) AS s"
        f"{joins} ORDER BY s.{row}"
    )
    stage.connection.execute(f"COPY ({rows}) TO {literal(str(after))} ({parquet_options(len(stage.cells) + 2)})")
    stage.show(after)
    before.unlink(missing_ok=True)


def _with_names(stage: Stage, timeline: Timeline, names: Mapping[str, str]) -> Timeline:
    """The timeline with names in the place of its series."""
    if not stage.profile.has_series:
        series = names.get(stage.profile.series, stage.profile.series)
        stage.profile = stage.profile.model_copy(update={"series": series})
        return replace(timeline, series=(series,))
    made = _texts_table(stage, "series", names)
    rows = (
        "(SELECT r.* REPLACE (coalesce(n.name, r.series, '') AS series) "
        f"FROM {timeline.rows_sql} AS r LEFT JOIN {made} AS n ON r.series = n.text)"
    )
    all_names = {names.get(series, series) for series in timeline.series}
    return replace(timeline, rows_sql=rows, series=tuple(sorted(all_names)), is_sorted=False)
