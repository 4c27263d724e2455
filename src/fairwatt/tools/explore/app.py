"""The tool itself: which control calls what. The view is read from the address and written to it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from dash import ClientsideFunction, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate
from django.utils import timezone

from fairwatt.core.errors import FairwattError, InvalidInput
from fairwatt.services.actors import Actor
from fairwatt.services.projects import get_project
from fairwatt.tools.charts import Theme
from fairwatt.tools.dashkit.actors import current_actor
from fairwatt.tools.dashkit.app import PortalDash
from fairwatt.tools.explore import answers
from fairwatt.tools.explore.choices import list_datasets
from fairwatt.tools.explore.layout import MOVE_LABELS, SPAN_LABELS, make_layout
from fairwatt.tools.explore.pictures import Scene
from fairwatt.tools.explore.reading import Chosen, check_dataset, open_dataset, read_scene, too_fine
from fairwatt.tools.explore.table import ROWS, make_page, render_table
from fairwatt.tools.explore.turning import Turn, choose_dataset, complete_view, find_window, turn_view
from fairwatt.tools.explore.view import View, format_view, parse_view

PREFIX = "/tools/explore/"


def _check_address(search: str) -> None:
    """Raise where the person may not have the dataset that the address names."""
    view, _ = parse_view(f"?{search}")
    if view.dataset:
        check_dataset(current_actor(), view.dataset, at=timezone.now())


app = PortalDash(
    __name__,
    check_address=_check_address,
    prefix=PREFIX,
    title="Explore readings",
    description="Look at any channels of a dataset over any window, down to the last reading.",
)


def _layout() -> Any:
    """The tool for whoever asks."""
    datasets, has_more = list_datasets(current_actor(), at=timezone.now())
    return make_layout(datasets, has_more=has_more)


app.layout = _layout

_BUTTONS = [*(f"span-{name}" for name in SPAN_LABELS), *(f"move-{name}" for name in MOVE_LABELS)]
_OUTPUTS = {
    "search": Output("url", "search"),
    "dataset": Output("dataset", "value"),
    "file": Output("file", "value"),
    "files": Output("file", "data"),
    "file_hidden": Output("file-field", "hidden"),
    "meter": Output("meter", "value"),
    "meters": Output("meter", "data"),
    "meter_hidden": Output("meter-field", "hidden"),
    "channels": Output("channels", "value"),
    "options": Output("channels", "data"),
    "channels_hidden": Output("channels-field", "hidden"),
    "channels_error": Output("channels", "error"),
    "from": Output("from", "value"),
    "to": Output("to", "value"),
    "zone": Output("zone", "value"),
    "each": Output("each", "value"),
    "band": Output("band", "checked"),
    "figure": Output("chart", "figure"),
    "chart_style": Output("chart", "style"),
    "heading": Output("heading", "children"),
    "period": Output("period", "children"),
    "legend": Output("legend", "children"),
    "status": Output("status", "children"),
    "summary": Output("summary", "children"),
    "links": Output("links", "children"),
    "message": Output("tool-message", "children"),
    "empty": Output("empty", "children"),
    "stage_hidden": Output("stage", "hidden"),
    "revision": Output("revision", "data"),
}
_INPUTS = {
    "search": Input("url", "search"),
    "theme": Input("theme", "data"),
    "dataset": Input("dataset", "value"),
    "file": Input("file", "value"),
    "meter": Input("meter", "value"),
    "channels": Input("channels", "value"),
    "from": Input("from", "value"),
    "to": Input("to", "value"),
    "zone": Input("zone", "value"),
    "each": Input("each", "value"),
    "band": Input("band", "checked"),
    "drag": Input("drag", "data"),
    "revision": State("revision", "data"),
    "buttons": {name: Input(name, "n_clicks") for name in _BUTTONS},
}


@app.callback(
    output=_OUTPUTS,
    inputs={"values": _INPUTS},
    running=[(Output("busy", "className"), "explore__busy is-on", "explore__busy")],
)
def steer(values: dict[str, Any]) -> answers.Answer:
    """Answer any control: the view before is the address, the view after is written there again."""
    control = _find_control(values)
    address = str(values["search"] or "")
    view, notes = parse_view(address)
    view = choose_dataset(view, control, values)
    if not view.dataset:
        return answers.answer_empty(view, None)
    actor, at = current_actor(), timezone.now()
    try:
        chosen = open_dataset(actor, view.dataset, at=at, file_key=view.file)
        turn = _turn(view, control, values, chosen)
        answer = _show(turn, chosen, values, actor=actor, at=at, notes=notes if control == "address" else [])
    except InvalidInput as error:
        return answers.keep_all(error)
    except FairwattError as error:
        here = "" if actor.is_signed_in else f"{PREFIX}{format_view(view)}"
        return answers.answer_refusal(error, view, here=here)
    if answer["search"] == address:
        answer["search"] = no_update  # the browser's history gets no second entry of one view
    return answer


def _find_control(values: dict[str, Any]) -> str:
    """The control that was used; "address" where the page was opened or its theme changed.

    While no dataset is chosen, no other control means anything: the page is being filled.
    """
    name = ctx.triggered_id
    is_filled = bool(values["dataset"])
    return name if is_filled and isinstance(name, str) and name not in {"url", "theme"} else "address"


def _turn(view: View, control: str, values: dict[str, Any], chosen: Chosen) -> Turn:
    zone = answers.zone_of(view, get_project().time_zone)
    turned = turn_view(view, control, values, chosen, zone)
    complete = complete_view(turned.view, chosen, may_choose=control != "channels")
    return replace(turned, view=complete.view, notes=(*turned.notes, *complete.notes))


def _show(
    turn: Turn, chosen: Chosen, values: dict[str, Any], *, actor: Actor, at: datetime, notes: list[str]
) -> answers.Answer:
    view = turn.view
    if not view.channels or chosen.whole is None:
        return answers.answer_empty(view, chosen)
    zone, window = answers.zone_of(view, get_project().time_zone), find_window(view, chosen.whole)
    reading = read_scene(actor, view, chosen, window, zone, at=at)
    notes = [*notes, *([too_fine(view.each)] if view.each and not reading.scene.each else [])]
    return answers.answer_picture(
        view,
        chosen,
        reading,
        theme=_theme(values["theme"]),
        notes=[*notes, *turn.notes],
        note=turn.channels_note,
        keeps_range=str(values["revision"] or "") if turn.is_drag else "",
    )


def _theme(value: object) -> Theme:
    return Theme.DARK if value == Theme.DARK else Theme.LIGHT


@app.callback(
    Output("dataset", "data"), Input("search-text", "data"), State("url", "search"), prevent_initial_call=True
)
def search_datasets(text: object, search: object) -> list[dict[str, Any]]:
    """The datasets with these words, and the one that is open, where there are too many to list them all."""
    view, _ = parse_view(str(search or ""))
    words = text[:200] if isinstance(text, str) else ""
    return list_datasets(current_actor(), at=timezone.now(), text=words, include=view.dataset)[0]


@app.callback(
    output={
        "rows": Output("table", "children"),
        "hidden": Output("table-part", "hidden"),
        "expanded": Output("table-toggle", "aria-expanded"),
        "label": Output("table-toggle", "children"),
        "page": Output("table-page", "data"),
        "is_first": Output("table-back", "disabled"),
        "is_last": Output("table-on", "disabled"),
    },
    inputs={
        "changed": Input("table-search", "data"),
        "search": State("url", "search"),
        "opened": Input("table-toggle", "n_clicks"),
        "back": Input("table-back", "n_clicks"),
        "on": Input("table-on", "n_clicks"),
        "page": State("table-page", "data"),
    },
    prevent_initial_call=True,
)
def show_table(
    *, changed: object, search: object, opened: object, back: object, on: object, page: object
) -> dict[str, Any]:
    """A page of the table, read anew: the address says of what."""
    del changed, back, on
    if not isinstance(opened, int) or opened % 2 == 0:
        return {
            "rows": [], "hidden": True, "expanded": "false", "label": "Show the table",
            "page": 1, "is_first": True, "is_last": True,
        }  # fmt: skip
    number = page if isinstance(page, int) else 1
    number = {"table-back": number - 1, "table-on": number + 1}.get(str(ctx.triggered_id), 1)
    scene = _scene_of(str(search or ""))
    rows = make_page(scene, max(1, number))
    return {
        "rows": render_table(scene, rows),
        "hidden": False,
        "expanded": "true",
        "label": "Hide the table",
        "page": (rows.row - 1) // ROWS + 1,
        "is_first": rows.row == 1,
        "is_last": rows.row + len(rows.starts) > rows.total,
    }


def _scene_of(search: str) -> Scene:
    """What the address shows, read with the person's own rights."""
    view, _ = parse_view(search)
    actor, at = current_actor(), timezone.now()
    chosen = open_dataset(actor, view.dataset, at=at, file_key=view.file)
    view = complete_view(view, chosen, may_choose=True).view
    if chosen.whole is None or not view.channels:
        raise PreventUpdate
    zone = answers.zone_of(view, get_project().time_zone)
    return read_scene(actor, view, chosen, find_window(view, chosen.whole), zone, at=at).scene


def _in_browser(name: str) -> ClientsideFunction:
    return ClientsideFunction(namespace="explore", function_name=name)


app.clientside_callback(_in_browser("findTheme"), Output("theme", "data"), Input("url", "pathname"))
app.clientside_callback(_in_browser("same"), Output("mantine", "forceColorScheme"), Input("theme", "data"))
app.clientside_callback(
    _in_browser("findDrag"), Output("drag", "data"), Input("chart", "relayoutData"), prevent_initial_call=True
)
app.clientside_callback(
    _in_browser("followTable"),
    Output("table-search", "data"),
    Input("url", "search"),
    State("table-toggle", "n_clicks"),
    prevent_initial_call=True,
)
app.clientside_callback(
    _in_browser("search"),
    Output("search-text", "data"),
    Input("dataset", "searchValue"),
    State("has-more", "data"),
    prevent_initial_call=True,
)
