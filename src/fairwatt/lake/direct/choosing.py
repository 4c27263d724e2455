"""Which parts of a file can be published as they are, once all of it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairwatt.lake.direct.recipe import Part
from fairwatt.lake.engine import moment_of
from fairwatt.lake.staging import Stage
from fairwatt.lake.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Sorting:
    """What becomes of a file's parts.

    Attributes
    ----------
    ready
        Parts that are published as they are.
    loose
        Parts whose rows are in the table's form, but not in its order, or of several months.
    others
        Parts whose rows have to be read as those of a stage.
    """

    ready: tuple[Part, ...] = ()
    loose: tuple[Part, ...] = ()
    others: tuple[Part, ...] = ()


def sort_parts(stage: Stage, timeline: Timeline, types: Mapping[str, str]) -> Sorting:
    """Tell a file's parts apart.

    Parameters
    ----------
    types
        Each field's type in the table.
    """
    same = all(types[cell.rule.field] == cell.sql_type and cell.rule.multiplier == 1.0 for cell in stage.cells)
    if not same or timeline.has_other_names:
        return Sorting(others=stage.parts)
    apart = set(stage.parts) if timeline.is_sorted else _apart(stage.parts)
    formed = [part for part in stage.parts if _has_form(part, stage, timeline)]
    ready = {part for part in formed if part in apart and part.is_sorted and _is_of_one_month(part)}
    return Sorting(
        ready=tuple(part for part in formed if part in ready),
        loose=tuple(part for part in formed if part not in ready),
        others=tuple(part for part in stage.parts if part not in set(formed)),
    )


def _has_form(part: Part, stage: Stage, timeline: Timeline) -> bool:
    """Whether the series and starts of a part are those that its rows have."""
    is_named = stage.profile.series_column is not None or part.first[0] == stage.profile.series
    return is_named and timeline.taken_between(part.low + part.offset, part.high + part.offset) == part.offset


def _is_of_one_month(part: Part) -> bool:
    return month_of(part.low) == month_of(part.high)


def month_of(micros: int) -> str:
    """The calendar month (UTC) of an instant [µs]."""
    return f"{moment_of(micros):%Y-%m}"


def _apart(parts: tuple[Part, ...]) -> set[Part]:
    """Those whose time no other part has a share in."""
    found: set[Part] = set()
    order = sorted(parts, key=lambda part: part.low)
    for at, part in enumerate(order):
        before = max((other.high for other in order[:at]), default=part.low - 1)
        if before < part.low and (at + 1 == len(order) or part.high < order[at + 1].low):
            found.add(part)
    return found
