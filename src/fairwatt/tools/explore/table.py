"""The table behind the picture, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from dash import html

from fairwatt.core.metadata.words import say_instant
from fairwatt.core.periods import settlement_period
from fairwatt.tools.dashkit.markup import aria
from fairwatt.tools.explore.pictures import Curve, Scene
from fairwatt.tools.explore.points import Points, instant
from fairwatt.tools.explore.totals import say_filled
from fairwatt.tools.explore.words import EACH_WORDS, say_number

ROWS = 25


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of the table: their starts [ms] and cells, ``row`` of the first counted from 1."""

    row: int
    total: int
    starts: tuple[float, ...]
    cells: tuple[tuple[str, ...], ...]


def make_page(scene: Scene, page: int) -> Page:
    """The ``page``-th 25 rows, counted from 1; the last ones where there are not so many."""
    starts = np.unique(np.concatenate([p.at_ms[~np.isnan(p.mean)] for p in scene.points.values()]))
    pages = max(1, -(-len(starts) // ROWS))
    first = (min(max(page, 1), pages) - 1) * ROWS
    part = starts[first : first + ROWS]
    columns = [
        column
        for curve in scene.curves
        for column in _columns(scene, scene.points[curve.field], part, is_total=curve.is_total)
    ]
    cells = tuple(zip(*columns, strict=True)) if columns else ()
    return Page(first + 1, len(starts), tuple(float(ms) for ms in part), cells)


def _columns(scene: Scene, points: Points, starts: np.ndarray[Any, Any], *, is_total: bool) -> list[list[str]]:
    """A column of one channel, or its minimum, mean and maximum; of totals, how many readings they are of."""
    places = {float(ms): at for at, ms in enumerate(points.at_ms) if not np.isnan(points.mean[at])}
    rows = [places.get(float(ms)) for ms in starts]
    if is_total:
        filled = ["" if at is None else say_filled(points, at) for at in rows]
        return [["" if at is None else say_number(float(points.mean[at])) for at in rows], filled]
    values = (points.mean,) if scene.is_raw else (points.low, points.mean, points.high)
    return [["" if at is None else say_number(float(column[at])) for at in rows] for column in values]


def render_table(scene: Scene, page: Page) -> html.Div:
    """The page as a table that scrolls in its own frame, with its caption."""
    zone = "UTC" if scene.zone.key == "UTC" else f"local time, {scene.zone.key}"
    last = page.row + len(page.starts) - 1
    what = _say_what(scene)
    caption = f"{what}: rows {page.row:,} to {last:,} of {page.total:,}, by the start of each"
    table = html.Table(
        [
            html.Caption(caption),
            html.Thead(_head(scene.curves, zone, is_raw=scene.is_raw)),
            html.Tbody([_row(scene, ms, cells) for ms, cells in zip(page.starts, page.cells, strict=True)]),
        ],
        className="table table--dense",
    )
    label = aria(label="The table behind the picture")
    return html.Div(table, className="table-frame", role="region", tabIndex="0", **label)


def _say_what(scene: Scene) -> str:
    totals = [curve.is_total for curve in scene.curves]
    what = "Readings" if scene.is_raw else "Minimum, mean and maximum of the readings"
    if any(totals):
        what = "Totals" if all(totals) else "Totals of energy; minimum, mean and maximum of other readings"
    return f"{what} of {EACH_WORDS[scene.each]}" if scene.each else what


def _head(curves: Sequence[Curve], zone: str, *, is_raw: bool) -> list[html.Tr]:
    first = html.Th(f"Start ({zone})", scope="col", rowSpan="1" if is_raw else "2")
    if is_raw:
        return [html.Tr([first, *(html.Th(curve.label, scope="col", className="number") for curve in curves)])]
    parts = [(curve, ("total", "readings") if curve.is_total else ("min", "mean", "max")) for curve in curves]
    return [
        html.Tr([first, *(html.Th(one.label, scope="colgroup", colSpan=str(len(names))) for one, names in parts)]),
        html.Tr([html.Th(name, scope="col", className="number") for _, names in parts for name in names]),
    ]


def _row(scene: Scene, ms: float, cells: Sequence[str]) -> html.Tr:
    when = say_instant(instant(ms), zone=scene.zone.key)
    if scene.each == "settlement-period":
        day, number = settlement_period(instant(ms))
        when = f"{when} (period {number} of {day:%-d %b})"
    values = [html.Td(cell or html.Span("none", className="missing"), className="number") for cell in cells]
    return html.Tr([html.Th(when, scope="row"), *values])
