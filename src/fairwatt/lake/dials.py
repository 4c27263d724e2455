"""Where running totals of a staged file fall: dials that are full, were reset, or exchanged."""

from __future__ import annotations

from collections.abc import Iterator

from fairwatt.core.findings import Finding
from fairwatt.lake.cells import Cell
from fairwatt.lake.staging import Stage

_PLACES = 10
_MOST_ROWS = 5_000_000  # beyond, ordering all rows costs more than it brings
_MOST_TOGETHER, _VALUES_TOGETHER = 256, 1_000_000  # columns and values of a copy
_FALL = 0.9  # of what a dial showed: above, it is a slip, or the hour that clocks repeat
_FULL, _ANEW = 0.98, 0.02  # of the next power of ten, and of what was shown before


def falls_of_dials(stage: Stage) -> Iterator[Finding]:
    """The findings ``register-restarts``: how often each running total falls, and where."""
    if stage.rows > _MOST_ROWS:
        return
    dials = [cell for cell in stage.cells if cell.rule.is_register]
    together = min(_MOST_TOGETHER, _VALUES_TOGETHER // max(stage.rows, 1))
    for begin in range(0, len(dials), max(together, 1)):
        some = dials[begin : begin + max(together, 1)]
        source = _copied(stage, some) if len(some) > 1 else "stage"
        for cell in some:
            if found := _falls_of(stage, cell, source):
                yield _said(stage, cell, found)


def _copied(stage: Stage, cells: list[Cell]) -> str:
    """Copy some columns of the stage: to open a table of thousands costs more than to order one of its columns."""
    fields = ["row", "stamp", *(["series"] if stage.profile.has_series else []), *(cell.staged for cell in cells)]
    fields += ["places"] if stage.is_gathered else []
    stage.connection.execute(f"CREATE OR REPLACE TEMP TABLE dials AS SELECT {', '.join(fields)} FROM stage")
    return "dials"


def _falls_of(stage: Stage, cell: Cell, source: str) -> list[tuple[int, float, float]]:
    """The rows at which a total falls, with what it showed before and then; as the file's numbers are.

    ``source`` is the stage, or a copy of some of its columns. A total that goes on falling from reading to reading is
    a net one, of what flows both ways, and begins nowhere anew.
    """
    own = "PARTITION BY series " if stage.profile.has_series else ""
    rows = stage.connection.execute(
        f"SELECT place, before, v FROM (SELECT {stage.row_of(cell)} AS place, {cell.staged}::DOUBLE AS v, "
        "lag(v) OVER ordered AS before, lag(v, 2) OVER ordered AS earlier, lead(v) OVER ordered AS after "
        f"FROM {source} "
        f"WHERE stamp IS NOT NULL AND {cell.staged} IS NOT NULL WINDOW ordered AS ({own}ORDER BY stamp, row)) "
        f"WHERE before > 0 AND v < {_FALL} * before AND coalesce(after >= v, true) "
        "AND coalesce(before >= earlier, true) ORDER BY place"
    ).fetchall()
    return [(int(place), float(before), float(value)) for place, before, value in rows]


def _said(stage: Stage, cell: Cell, falls: list[tuple[int, float, float]]) -> Finding:
    full = sum(_is_full(before, value) for _, before, value in falls)
    _, before, value = falls[0]
    times = "once" if len(falls) == 1 else f"{len(falls):,} times"
    how = f"from {before:,.10g} to {value:,.10g}{'' if len(falls) == 1 else ' the first time'}"
    rolled = (
        ""
        if not full
        else " as a dial does that is full"
        if full == len(falls)
        else f", {full:,} of them as full dials do"
    )
    why = rolled or ": it was reset or exchanged, or a reading is wrong"
    return Finding(
        code="register-restarts",
        channel=cell.rule.name,
        count=len(falls),
        where=tuple(f"line {stage.lines.line_of(place):,}" for place, _, _ in falls[:_PLACES]),
        message=f"{cell.rule.name} is a running total and falls {times} ({how}){why}. "
        "The readings are kept as they are: differences over these places are no amounts.",
    )


def _is_full(before: float, value: float) -> bool:
    """Whether a dial showed nearly as much as its digits hold, and began anew."""
    return before >= _FULL * 10 ** len(f"{int(before)}") and value <= _ANEW * before
