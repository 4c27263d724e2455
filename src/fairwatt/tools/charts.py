"""The one place where charts are made: colours, themes and the graph component of every tool.

Figures are plain dictionaries of Plotly's JSON: validating them in Python takes longer than drawing them.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from dash import dcc, html

from fairwatt.tools.dashkit.markup import aria

Json = dict[str, Any]

GRAPH_CONFIG: Mapping[str, object] = {
    "displaylogo": False,
    "displayModeBar": False,  # the tools have buttons of their own, which keyboards and screen readers reach
    "doubleClick": "autosize",
    "responsive": True,
    "scrollZoom": False,  # the wheel scrolls the page
    "showTips": False,
    # Plotly would offer to send the data to its maker's cloud
    "showSendToCloud": False,
    "showEditInChartStudio": False,
    "plotlyServerURL": "",
    "locale": "en",
}


class Theme(StrEnum):
    """Which of the system's two looks the reader has."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Hue:
    """A quantity's colour on white and on near-black; further channels of it are shades."""

    light: str
    dark: str

    def on(self, theme: Theme) -> str:
        """The colour for a theme."""
        return self.dark if theme is Theme.DARK else self.light


# Okabe and Ito's colour-blind-safe palette (2008); assets/scss/_tokens.scss has the same values for pages.
HUES: Mapping[str, Hue] = {
    "power": Hue("#0072b2", "#4aa8e0"),
    "energy": Hue("#009e73", "#2cc397"),
    "voltage": Hue("#d55e00", "#f08a48"),
    "current": Hue("#cc79a7", "#e09cc2"),
    "price": Hue("#e69f00", "#f0b93c"),
    "carbon": Hue("#5b5b5b", "#b9b9b9"),
    "frequency": Hue("#56b4e9", "#7cc8f2"),
    "other": Hue("#3f6f7d", "#8fb6c2"),
}
FAMILIES: Mapping[str, str] = {
    "reactive_power": "power",
    "apparent_power": "power",
    "distortion_power": "power",
    "reactive_energy": "energy",
    "apparent_energy": "energy",
    "harmonic_distortion_current": "current",
    "capacity_price": "price",
    "money": "price",
    "carbon_intensity": "carbon",
    "emissions": "carbon",
}


@dataclass(frozen=True, slots=True)
class Inks:
    """A theme's colours besides those of the data."""

    ink: str
    muted: str
    grid: str
    line: str
    paper: str


INKS: Mapping[Theme, Inks] = {
    Theme.LIGHT: Inks(ink="#12303b", muted="#4a626c", grid="#e3eaec", line="#6c848d", paper="#ffffff"),
    Theme.DARK: Inks(ink="#e3ecef", muted="#a5b9c1", grid="#21363f", line="#7f97a1", paper="#101f26"),
}
FONT = '"Inter Variable", system-ui, sans-serif'
_FARTHEST_SHADE = 0.85
_FEW_SHADES = 4  # so many are told apart between the hue and the ink
_TINTS = (0.5, 0.4, 0.3, 0.2, 0.1)
_LINEAR_UP_TO = 0.04045  # of a channel of sRGB
_LEAST_CONTRAST = 3.0  # of a line with what it is drawn on: WCAG 2.2, 1.4.11


def find_hue(quantity: str) -> Hue:
    """The hue of a quantity's family; one of its own for whatever has none."""
    return HUES.get(FAMILIES.get(quantity, quantity), HUES["other"])


def shade(quantity: str, theme: Theme, index: int = 0, count: int = 1) -> str:
    """The colour of one of ``count`` channels of a quantity: the hue itself, then towards the ink.

    Many begin at a tint of the hue, as light as still shows, and take turns from both halves of the way to the ink:
    names that follow each other (L1, L2, L3) are drawn over each other.

    Parameters
    ----------
    index
        From 0.

    Returns
    -------
    str
        ``#rrggbb``.
    """
    base = find_hue(quantity).on(theme)
    if count <= _FEW_SHADES:
        share = index / (count - 1) if count > 1 else 0.0
        return _mix(base, INKS[theme].ink, _FARTHEST_SHADE * share)
    half = (count + 1) // 2
    place = index // 2 + (half if index % 2 else 0)
    return _mix(_lightest(base, INKS[theme].paper), INKS[theme].ink, _FARTHEST_SHADE * place / (count - 1))


def _lightest(hue: str, paper: str) -> str:
    """The tint of a hue nearest to the paper that a line may have on it; the hue itself where none is."""
    tints = (_mix(hue, paper, share) for share in _TINTS)
    return next((tint for tint in tints if contrast(tint, paper) >= _LEAST_CONTRAST), hue)


def contrast(one: str, other: str) -> float:
    """How two colours stand out from each other, 1 to 21, as WCAG 2.2 reckons it."""
    low, high = sorted(_luminance(color) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    shares = (part / 255 for part in _channels(color))
    red, green, blue = (part / 12.92 if part <= _LINEAR_UP_TO else ((part + 0.055) / 1.055) ** 2.4 for part in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def translucent(color: str, opacity: float) -> str:
    """``#rrggbb`` as ``rgba(…)``."""
    red, green, blue = _channels(color)
    return f"rgba({red},{green},{blue},{opacity:g})"


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _mix(color: str, other: str, share: float) -> str:
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def pack(values: Sequence[float] | np.ndarray[Any, Any], dtype: str = "f8", shape: str = "") -> Json:
    """Numbers as Plotly's typed array: a third of their size as text; NaN is a missing one.

    Parameters
    ----------
    dtype
        ``f8`` or ``f4``, little-endian as browsers have them.
    shape
        ``"rows, columns"`` for a matrix, by rows.
    """
    data = np.ascontiguousarray(values, dtype=f"<{dtype}")
    packed: Json = {"dtype": dtype, "bdata": base64.b64encode(data.tobytes()).decode("ascii")}
    return packed | ({"shape": shape} if shape else {})


def make_layout(theme: Theme) -> Json:
    """The layout that every chart starts from, in one of the two themes."""
    inks = INKS[theme]
    return {
        "font": {"family": FONT, "size": 13, "color": inks.ink},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": [hue.on(theme) for hue in HUES.values()],
        "hoverlabel": {
            "bgcolor": inks.paper,
            "bordercolor": inks.line,
            "font": {"family": FONT, "size": 13, "color": inks.ink},
            "align": "left",
            "namelength": -1,
        },
        "showlegend": False,
        "margin": {"l": 56, "r": 12, "t": 28, "b": 56, "pad": 0},
        "template": {"layout": {}},
    }


def make_axis(theme: Theme, **more: Any) -> Json:
    """An axis in the house's look; ``more`` goes on top."""
    inks = INKS[theme]
    axis: Json = {
        "gridcolor": inks.grid,
        "linecolor": inks.line,
        "tickcolor": inks.line,
        "tickfont": {"color": inks.muted, "size": 12},
        "zerolinecolor": inks.line,
        "zerolinewidth": 1,
        "exponentformat": "none",
        "separatethousands": True,
        "automargin": True,
    }
    return axis | more


def make_graph(name: str, *, label: str, figure: Json | None = None) -> html.Div:
    """The graph component of every tool: nothing of it talks to another host.

    Parameters
    ----------
    name
        The graph's id in callbacks.
    label
        What a screen reader says of it; the text summary and the table beside it say the rest.
    figure
        What it shows at first.
    """
    config: Any = dict(GRAPH_CONFIG)
    graph = dcc.Graph(id=name, figure=figure or empty_figure(Theme.LIGHT), config=config, className="chart")
    return html.Div(graph, role="figure", **aria(label=label))


def empty_figure(theme: Theme) -> Json:
    """A figure with nothing in it."""
    hidden = {"visible": False, "fixedrange": True}
    return {"data": [], "layout": make_layout(theme) | {"xaxis": hidden, "yaxis": hidden}}
