"""What stands where: controls, chart, words, table. Nothing in it depends on who looks."""

from __future__ import annotations

from dash import dcc, html

from fairwatt.tools import mantine as dmc
from fairwatt.tools.charts import make_graph
from fairwatt.tools.dashkit.dispatch import message_area
from fairwatt.tools.dashkit.markup import aria
from fairwatt.tools.explore.choices import Group

SPAN_LABELS = {"all": "All", "year": "Year", "month": "Month", "week": "Week", "day": "Day", "hour": "Hour"}
MOVE_LABELS = {
    "earlier": ("←", "Earlier"),
    "later": ("→", "Later"),
    "closer": ("+", "Zoom in"),
    "wider": ("−", "Zoom out"),
}
EACH_LABELS = {
    "finest": "Finest that fits",
    "settlement-period": "Settlement period",
    "P1D": "Day",
    "P1M": "Month",
}
_LIST = {  # the list itself scrolls, see explore.css
    "searchable": True,
    "withScrollArea": False,
    "comboboxProps": {"withinPortal": False},
}
_BUTTON = "btn btn-sm btn-outline-secondary"
_THEME = {
    "primaryColor": "fairwatt",
    "primaryShade": {"light": 7, "dark": 4},
    "colors": {
        "fairwatt": [
            "#e6f4f2", "#c4e6e1", "#9dd6ce", "#6fd6c6", "#4dbfb0",
            "#1d9c8c", "#0a8a7c", "#00796b", "#00695d", "#004d44",
        ],
        "dark": [  # navy as the pages', where Mantine has greys of its own
            "#e3ecef", "#c4d3d9", "#a5b9c1", "#7f97a1", "#4a626c",
            "#2f4751", "#21363f", "#16262e", "#101f26", "#0b171c",
        ],
    },
    "fontFamily": '"Inter Variable", "Inter fallback", system-ui, sans-serif',
    "defaultRadius": 4,
    "autoContrast": True,
}  # fmt: skip


def make_layout(datasets: list[Group], *, has_more: bool) -> dmc.MantineProvider:
    """The whole tool, empty but for the datasets to choose from: a callback fills in what the address asks for.

    ``has_more`` says that there are more datasets than are listed: then typing searches them all.
    """
    return dmc.MantineProvider(
        id="mantine",
        theme=_THEME,
        forceColorScheme="light",
        children=html.Div(
            [
                dcc.Location(id="url", refresh=False),
                dcc.Store(id="theme"),
                dcc.Store(id="revision"),
                dcc.Store(id="drag"),
                dcc.Store(id="has-more", data=has_more),
                dcc.Store(id="search-text"),
                _choices(datasets),
                message_area(),
                html.Div(id="empty"),
                html.Div([_window_controls(), _picture(), _table()], id="stage", hidden=True),
            ],
            className="explore",
        ),
    )


def _choices(datasets: list[Group]) -> html.Div:
    dataset = dmc.Select(
        id="dataset",
        label="Dataset",
        placeholder="Choose a dataset, or type to search",
        data=datasets,
        allowDeselect=False,
        **_LIST,
    )
    channels = dmc.MultiSelect(
        id="channels",
        label="Channels, up to eight",
        placeholder="Add a channel",
        data=[],
        value=[],  # without it the component reports an empty choice of its own, at any moment
        **_LIST,
    )
    return html.Div(
        [
            html.Div(dataset, className="explore__dataset"),
            _hidden_field("file", "File"),
            _hidden_field("meter", "Meter"),
            html.Div(channels, id="channels-field", className="explore__channels", hidden=True),
        ],
        className="explore__choices panel",
    )


def _hidden_field(name: str, label: str) -> html.Div:
    """A choice that is shown where there are several."""
    select = dmc.Select(id=name, label=label, data=[], allowDeselect=False, **_LIST)
    return html.Div(select, id=f"{name}-field", className="explore__file", hidden=True)


def _window_controls() -> html.Div:
    zones = [{"value": "local", "label": "Local time"}, {"value": "utc", "label": "UTC"}]
    each = [{"value": value, "label": label} for value, label in EACH_LABELS.items()]
    times = [
        _time_field("from", "From"),
        _time_field("to", "To (not included)"),
        dmc.Select(id="each", label="One point for each", data=each, value="finest", allowDeselect=False, size="sm"),
        dmc.SegmentedControl(id="zone", data=zones, value="local", size="sm"),
        dmc.Switch(id="band", label="Min–max band", checked=True, size="sm"),
    ]
    spans = [
        html.Button(label, id=f"span-{name}", type="button", className=_BUTTON) for name, label in SPAN_LABELS.items()
    ]
    moves = [_move_button(name, sign, words) for name, (sign, words) in MOVE_LABELS.items()]
    buttons = [
        html.Div(spans, className="btn-group", role="group", **aria(label="How much to show")),
        html.Div(moves, className="btn-group", role="group", **aria(label="Move through time")),
    ]
    return html.Div(
        [html.Div(times, className="explore__times"), html.Div(buttons, className="explore__moves")],
        className="explore__window",
    )


def _move_button(name: str, sign: str, words: str) -> html.Button:
    return html.Button(
        [html.Span(sign, **aria(hidden="true")), html.Span(words, className="explore__move-words")],
        id=f"move-{name}",
        type="button",
        className=_BUTTON,
        title=words,
        **aria(label=words),
    )


def _time_field(name: str, label: str) -> dmc.TextInput:
    return dmc.TextInput(
        id=name, label=label, value="", debounce=True, size="sm", inputProps={"type": "datetime-local", "step": "1"}
    )


def _picture() -> html.Div:
    return html.Div(
        [
            html.Div(
                [
                    html.H2(id="heading", className="h4"),
                    html.P(id="period", className="explore__period"),
                    html.Ul(id="legend", className="explore__legend"),
                ],
                className="explore__head",
            ),
            html.Div(
                [
                    make_graph("chart", label="Readings over time. The words and the table below say the same."),
                    html.Div("Reading…", id="busy", className="explore__busy"),
                ],
                className="explore__chart",
            ),
            html.Div(
                [
                    html.P(
                        "Drag across the chart to look closer, along its time axis to move; double-click for all.",
                        className="explore__hint",
                    ),
                    html.P(id="status", className="explore__status", role="status"),
                    html.Ul(id="summary", className="explore__summary", **aria(live="polite")),
                    html.Div(id="links", className="explore__links"),
                ]
            ),
        ],
        className="explore__picture panel",
    )


def _table() -> html.Div:
    return html.Div(
        [
            html.Button(
                "Show the table",
                id="table-toggle",
                type="button",
                className="btn btn-outline-secondary",
                **aria(expanded="false", controls="table-part"),
            ),
            html.Div(
                [
                    html.Div(id="table"),
                    html.Div(
                        [
                            html.Button("Previous rows", id="table-back", type="button", className=_BUTTON),
                            html.Button("Next rows", id="table-on", type="button", className=_BUTTON),
                        ],
                        className="explore__pages",
                    ),
                ],
                id="table-part",
                hidden=True,
            ),
            dcc.Store(id="table-page", data=1),
            dcc.Store(id="table-search"),
        ],
        className="explore__table",
    )
