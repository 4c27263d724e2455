"""The figure: a panel for each unit, one below the other on one time axis, gaps as breaks.

The axis runs in UTC whatever zone its labels are in; so nothing is drawn twice when the clocks go back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from fairwatt.core.periods import Period
from fairwatt.tools.charts import INKS, Json, Theme, make_axis, make_layout, pack, shade, translucent
from fairwatt.tools.explore.endings import Limits, find_limits, spread_out
from fairwatt.tools.explore.points import Numbers, Points, instant
from fairwatt.tools.explore.ticks import make_ticks, say_zone
from fairwatt.tools.explore.totals import is_full, say_filled

PANEL_PX = 230
FEWEST_LINES = 150  # up to so many readings get a dot each
FEW_POINTS = 500  # more are drawn with a finer line
DOT_PX = 4.0
_BAR_SHARE, _PALE = 0.86, 0.45  # of a total's time that its bar takes; how a bar that lacks readings looks
_HEAD_PX, _FOOT_PX, _GAP_PX = 30, 64, 46


@dataclass(frozen=True, slots=True)
class Curve:
    """One channel as it is drawn and spoken of."""

    field: str
    name: str
    quantity: str
    quantity_label: str
    unit: str  # the symbol, "" where unknown
    step_s: float | None = None  # its usual step, None where it has none
    index: int = 0  # among the channels of its quantity
    count: int = 1
    number: int = 0  # at its end and in the legend, 0 where it is the only one
    adds_up: bool = False  # whether its readings are amounts
    is_mean: bool = False  # whether its readings are means of their time
    total_of: str = ""  # what each of its points is the total of: “day”

    def color(self, theme: Theme) -> str:
        """Its colour."""
        return shade(self.quantity, theme, self.index, self.count)

    @property
    def is_total(self) -> bool:
        """Whether each of its points is the total of several readings."""
        return bool(self.total_of)

    @property
    def label(self) -> str:
        """Its name with its unit."""
        if not self.unit or any(f"{left}{self.unit}{right}" in self.name for left, right in ("[]", "()")):
            return self.name
        return f"{self.name} [{self.unit}]"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be drawn: each curve's points, all over one window.

    ``is_raw`` says that each point is one reading; else it is the minimum, mean and maximum of several: of a
    settlement period, a day or a month where ``each`` says so.
    """

    curves: tuple[Curve, ...]
    points: Mapping[str, Points]
    window: Period
    zone: ZoneInfo
    is_raw: bool
    has_band: bool = True
    each: str = ""


def group_panels(curves: Iterable[Curve]) -> list[list[Curve]]:
    """Curves of one unit share a panel, totals apart; those of unknown unit only with their own quantity."""
    panels: dict[tuple[str, bool], list[Curve]] = {}
    for curve in curves:
        panels.setdefault((curve.unit or f"?{curve.quantity or curve.field}", curve.is_total), []).append(curve)
    return list(panels.values())


def panel_title(panel: Sequence[Curve]) -> str:
    """What a panel's axis measures, with its unit."""
    total = f", total of each {panel[0].total_of}" if panel[0].is_total else ""
    labels = list(dict.fromkeys(curve.quantity_label or curve.name for curve in panel))
    several = 2
    said = " and ".join(labels) if len(labels) <= several else f"{labels[0]} and {len(labels) - 1} others"
    return f"{said}{total} [{panel[0].unit}]" if panel[0].unit else f"{said}{total}, unit unknown"


def draw_figure(scene: Scene, theme: Theme, *, revision: str) -> Json:
    """Draw a scene.

    Parameters
    ----------
    revision
        Changes whenever the window was not chosen by dragging in the chart: then the chart takes the range from
        here, else it keeps its own.
    """
    panels = group_panels(scene.curves)
    limits = [_limits(scene, panel) for panel in panels]
    headings = [_panel_heading(panel, at, theme) for at, panel in enumerate(panels, start=1)]
    endings = [
        ending
        for at, (panel, limit) in enumerate(zip(panels, limits, strict=True), start=1)
        for ending in _line_ends(scene, panel, limit, _axis_of(at), theme)
    ]
    layout = make_layout(theme) | {
        "height": figure_height(len(panels)),
        "hovermode": "x unified",
        "barmode": "overlay",
        "hoversubplots": "axis",
        "dragmode": "zoom",
        "uirevision": revision,
        "margin": {"l": 56, "r": 34 if endings else 16, "t": _HEAD_PX, "b": _FOOT_PX, "pad": 0},
        "annotations": [*headings, *endings],
        "xaxis": _time_axis(scene, theme, len(panels)),
        "yaxis99": {"visible": False, "fixedrange": True, "range": [0, 1], "overlaying": "y", "anchor": "x"},
    }
    for at, (domain, limit) in enumerate(zip(_domains(len(panels)), limits, strict=True), start=1):
        shown = {"range": [limit.low, limit.high]} if limit else {"showticklabels": False, "ticks": ""}
        layout[_axis_name(at)] = make_axis(theme, domain=domain, anchor="x", fixedrange=True, nticks=6, **shown)
    return {"data": draw_traces(scene, theme), "layout": layout}


def figure_height(panels: int) -> int:
    """The figure's height [px]."""
    return _HEAD_PX + _FOOT_PX + panels * PANEL_PX + (panels - 1) * _GAP_PX


def _domains(panels: int) -> list[list[float]]:
    """The part of the height that each panel has, the first at the top."""
    inner = panels * PANEL_PX + (panels - 1) * _GAP_PX
    tops = [at * (PANEL_PX + _GAP_PX) for at in range(panels)]
    return [[round(1 - (top + PANEL_PX) / inner, 6), round(1 - top / inner, 6)] for top in tops]


def _axis_name(at: int) -> str:
    return "yaxis" if at == 1 else f"yaxis{at}"


def _axis_of(at: int) -> str:
    return "y" if at == 1 else f"y{at}"


def _panel_heading(panel: Sequence[Curve], at: int, theme: Theme) -> Json:
    return {
        "text": panel_title(panel),
        "xref": "paper",
        "yref": f"{_axis_of(at)} domain",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": 4,
        "showarrow": False,
        "font": {"color": make_axis(theme)["tickfont"]["color"], "size": 13},
    }


def _limits(scene: Scene, panel: Sequence[Curve]) -> Limits | None:
    found = [scene.points[curve.field] for curve in panel]
    has_band = scene.has_band and not scene.is_raw
    foot = [np.array([0.0])] if panel[0].is_total else []  # bars stand on it
    return find_limits([*foot, *(part for p in found for part in ((p.low, p.high) if has_band else (p.mean,)))])


def _line_ends(scene: Scene, panel: Sequence[Curve], limits: Limits | None, axis: str, theme: Theme) -> list[Json]:
    """The number of each line in a frame of its colour, right of its last reading and clear of the others."""
    lasts = [
        (curve, points, points.stretches[-1][1] - 1)
        for curve in panel
        if curve.number and (points := scene.points[curve.field]).stretches
    ]
    if limits is None or not lasts:
        return []
    wished = [limits.depth(points.mean[at]) * PANEL_PX for _, points, at in lasts]
    inks = INKS[theme]
    return [
        {
            "text": str(curve.number),
            "xref": "x",
            "yref": axis,
            "x": axis_times(points.at_ms[at : at + 1])[0],
            "y": float(points.mean[at]),
            "xanchor": "left",
            "xshift": 5,
            "yshift": round(wish - place, 1),
            "showarrow": False,
            "bgcolor": inks.paper,
            "bordercolor": curve.color(theme),
            "borderwidth": 1.5,
            "borderpad": 1,
            "font": {"size": 11, "color": inks.ink},
        }
        for (curve, points, at), wish, place in zip(lasts, wished, spread_out(wished, PANEL_PX), strict=True)
    ]


def time_axis_labels(window: Period, zone: ZoneInfo) -> Json:
    """Ticks, their labels and the axis's title for a window."""
    ticks = make_ticks(window, zone)
    return {
        "tickmode": "array",
        "tickangle": 0,
        "tickvals": [axis_time(tick.at) for tick in ticks],
        "ticktext": [tick.label for tick in ticks],
        "title": {"text": say_zone(window, zone), "standoff": 8, "font": {"size": 13}},
    }


def _time_axis(scene: Scene, theme: Theme, panels: int) -> Json:
    return make_axis(
        theme,
        type="date",
        range=[axis_time(scene.window.start), axis_time(scene.window.end)],
        anchor=_axis_of(panels),
        hoverformat="%-d %b %Y, %H:%M:%S UTC",
        showspikes=True,
        spikemode="across",
        spikethickness=1,
        spikecolor=INKS[theme].line,
        spikedash="solid",
        showline=True,
        ticks="outside",
        zeroline=False,
        **time_axis_labels(scene.window, scene.zone),
    )


def axis_time(moment: datetime) -> str:
    """An instant on the axis: its UTC, without saying so, for Plotly would take anything else for the reader's zone."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def axis_times(at_ms: Numbers) -> list[str]:
    """Instants [ms since 1970] on the axis."""
    whole_seconds = not np.any(at_ms % 1000)
    times: list[str] = np.datetime_as_string(
        at_ms.astype("datetime64[ms]"), unit="s" if whole_seconds else "ms"
    ).tolist()
    return times


def draw_traces(scene: Scene, theme: Theme) -> list[Json]:
    """All bands, then all lines over them, then the times that hovering shows."""
    axes = {curve.field: _axis_of(at) for at, panel in enumerate(group_panels(scene.curves), 1) for curve in panel}
    bands: list[Json] = []
    lines: list[Json] = []
    for curve in scene.curves:
        points = scene.points[curve.field]
        where: Json = {"type": "scatter", "xaxis": "x", "yaxis": axes[curve.field]}
        if curve.is_total:
            together = [one.field for one in scene.curves if one.is_total and axes[one.field] == axes[curve.field]]
            place = together.index(curve.field), len(together)
            bands.append(where | _bars(curve, points, theme, place) | {"meta": curve.field})
            continue
        if scene.has_band and not scene.is_raw:
            bands.append(where | _band(points, curve.color(theme)) | {"meta": curve.field})
        lines.append(where | _line(scene, curve, points, theme) | {"meta": curve.field})
    return [*bands, *lines, _local_times(scene)] if scene.curves else []


def _bars(curve: Curve, points: Points, theme: Theme, place: tuple[int, int]) -> Json:
    """Totals as bars over their time, the first of two the left one; paler where they lack readings."""
    number, beside = place
    there = np.flatnonzero(~np.isnan(points.mean))
    spans_ms = points.spans_ms[there] if points.spans_ms is not None else np.zeros(len(there))
    width = spans_ms * _BAR_SHARE / beside
    offset = spans_ms * (1 - _BAR_SHARE) / 2 + number * width
    unit = f" {curve.unit}" if curve.unit else ""
    opacity = np.where(is_full(points)[there], 1.0, _PALE)
    return {
        "type": "bar",
        "x": axis_times(points.at_ms[there]),
        "y": pack(points.mean[there]),
        "width": width.tolist(),
        "offset": offset.tolist(),
        "name": curve.name,
        "marker": {"color": curve.color(theme), "opacity": opacity.tolist(), "line": {"width": 0}},
        "customdata": [say_filled(points, int(at)) for at in there],
        "hovertemplate": f"%{{y:,.5~g}}{unit} in all (%{{customdata}} readings)",
    }


def _band(points: Points, color: str) -> Json:
    """The area between minimum and maximum: a closed outline for each stretch, so that gaps stay open."""
    xs: list[Numbers] = []
    ys: list[Numbers] = []
    gap = np.array([np.nan])
    for first, after in points.stretches:
        part = slice(first, after)
        start = slice(first, first + 1)
        xs += [points.at_ms[part], points.at_ms[part][::-1], points.at_ms[start], points.at_ms[start]]
        ys += [points.high[part], points.low[part][::-1], points.high[start], gap]
    empty = np.array([], dtype=np.float64)
    return {
        "x": axis_times(np.concatenate(xs) if xs else empty),
        "y": pack(np.concatenate(ys) if ys else empty, "f4"),
        "mode": "lines",
        "fill": "toself",
        "fillcolor": translucent(color, 0.28),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def _line(scene: Scene, curve: Curve, points: Points, theme: Theme) -> Json:
    """The mean, or the readings themselves; what stands alone between two gaps gets a dot."""
    unit = f" {curve.unit}" if curve.unit else ""
    color = curve.color(theme)
    few = len(points) <= FEWEST_LINES
    lonely = [first for first, after in points.stretches if after - first == 1]
    trace: Json = {
        "x": axis_times(points.at_ms),
        "y": pack(points.mean),
        "name": curve.name,
        "mode": "lines+markers" if few or lonely else "lines",
        "line": {
            "color": color,
            "width": 1.6 if len(points) <= FEW_POINTS else 1.1,
            "shape": _line_shape(scene, curve),
        },
        "connectgaps": False,
        "hovertemplate": f"%{{y:,.5~g}}{unit}",
    }
    if few or lonely:
        sizes = np.full(len(points), DOT_PX if few else 0.0)
        sizes[lonely] = DOT_PX
        trace["marker"] = {"color": color, "size": sizes.tolist(), "line": {"width": 0}}
    if not scene.is_raw:
        trace["customdata"] = pack(np.column_stack((points.low, points.high)), "f8", f"{len(points)}, 2")
        trace["hovertemplate"] += f" (%{{customdata[0]:,.5~g}} to %{{customdata[1]:,.5~g}}{unit})"
    return trace


def _line_shape(scene: Scene, curve: Curve) -> str:
    """Energy belongs to its whole interval: it is drawn as steps."""
    return "hv" if scene.is_raw and curve.quantity.endswith("energy") else "linear"


def _local_times(scene: Scene) -> Json:
    """An unseen trace whose hover says the local time beside the axis's UTC."""
    at_ms = np.unique(np.concatenate([points.at_ms for points in scene.points.values()]))
    is_utc = scene.zone.key == "UTC"
    trace: Json = {
        "type": "scatter",
        "xaxis": "x",
        "yaxis": "y99",
        "x": axis_times(at_ms),
        "y": pack(np.full(len(at_ms), 0.5), "f4"),
        "mode": "lines",
        "line": {"width": 0, "color": "rgba(0,0,0,0)"},
        "name": "Local time",
    }
    if is_utc:
        return trace | {"hoverinfo": "skip"}
    return trace | {
        "customdata": [_say_local(instant(ms), scene.zone) for ms in at_ms],
        "hovertemplate": "%{customdata}",
    }


def _say_local(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b}, {local:%H:%M:%S} {local.tzname()}"
