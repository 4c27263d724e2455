"""What a callback answers: a picture and its words, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from dash import html, no_update
from django.urls import reverse

from fairwatt.core.errors import FairwattError, NotAllowed, NotSignedIn
from fairwatt.tools.charts import Theme, empty_figure
from fairwatt.tools.dashkit.dispatch import error_message
from fairwatt.tools.dashkit.markup import aria
from fairwatt.tools.explore import words
from fairwatt.tools.explore.choices import list_options
from fairwatt.tools.explore.pictures import Curve, Scene, draw_figure
from fairwatt.tools.explore.reading import Chosen, Reading
from fairwatt.tools.explore.steering import write_typed
from fairwatt.tools.explore.view import ALL_METERS, View, format_instant, format_view

Answer = dict[str, Any]
ALL_FILES = "all"
OUTPUTS = (
    "search", "dataset", "file", "files", "file_hidden", "meter", "meters", "meter_hidden", "channels", "options",
    "channels_hidden", "channels_error", "from", "to", "zone", "each", "band", "figure", "heading", "period", "legend",
    "status", "summary", "links", "message", "empty", "stage_hidden", "revision", "chart_style",
)  # fmt: skip


def _answer(**given: Any) -> Answer:
    return dict.fromkeys(OUTPUTS, no_update) | given


def keep_all(error: FairwattError) -> Answer:
    """Change nothing but the message."""
    return _answer(message=error_message(error.message, error.next_step))


def answer_controls(view: View, chosen: Chosen) -> Answer:
    """The controls as the view has them."""
    files = [{"value": ALL_FILES, "label": f"All {len(chosen.files)} files"}]
    files += [{"value": key, "label": name} for key, name in chosen.files]
    return {
        "search": format_view(view),
        "dataset": view.dataset,
        "file": view.file or ALL_FILES,
        "files": files,
        "file_hidden": len(chosen.files) <= 1,
        "meter": _meter(view, chosen),
        "meters": list_meters(chosen),
        "meter_hidden": not chosen.meters,
        "channels": list(view.channels),
        "options": list_options(chosen.curves),
        "channels_hidden": not chosen.curves,
        "zone": view.zone,
        "each": view.each or "finest",
        "band": view.band,
    }


def list_meters(chosen: Chosen) -> list[dict[str, str]]:
    """The meters to choose from, and all of them together."""
    if not chosen.meters:
        return []
    together = {"value": ALL_METERS, "label": f"All {len(chosen.meters)} together"}
    return [*({"value": name, "label": name} for name in chosen.meters), together]


def _meter(view: View, chosen: Chosen) -> str | None:
    """The meter that is looked at, as its control has it."""
    if not chosen.meters or view.meter == ALL_METERS:
        return view.meter if chosen.meters else None
    return view.meter if view.meter in chosen.meters else chosen.meters[0]


def answer_picture(
    view: View, chosen: Chosen, reading: Reading, *, theme: Theme, notes: Sequence[str], note: str, keeps_range: str
) -> Answer:
    """The picture, its words and everything around it.

    Parameters
    ----------
    notes, note
        What to tell: above the picture, and at the field of the channels.
    keeps_range
        The revision of a chart that was dragged to this window and keeps it; "" where the server moves it.
    """
    scene = reading.scene
    revision = keeps_range or uuid4().hex
    figure = draw_figure(scene, theme, revision=revision)
    summaries = words.summarise(scene)
    legend = [html.Li(_key(s.curve, theme)) for s in summaries]
    summary = [html.Li([*_marks(s.curve, theme), html.Strong(s.curve.name), ": ", s.sentence]) for s in summaries]
    return answer_controls(view, chosen) | {
        "channels_error": note or None,
        "from": write_typed(scene.window.start, scene.zone),
        "to": write_typed(scene.window.end, scene.zone),
        "figure": figure,
        "chart_style": {"height": figure["layout"]["height"]},
        "heading": words.say_heading(scene, chosen.title),
        "period": words.say_window(scene),
        "legend": legend,
        "status": _say_status(chosen, reading),
        "summary": summary,
        "links": make_links(view, chosen, reading),
        "message": note_box(notes),
        "empty": [],
        "stage_hidden": False,
        "revision": revision,
    }


def _say_status(chosen: Chosen, reading: Reading) -> str:
    scene = reading.scene
    if reading.total == 0 and chosen.whole is not None:
        return words.say_nothing_here(chosen.whole, scene.zone)
    return words.say_shown(reading.shown, reading.total, is_raw=scene.is_raw, each=scene.each, curves=scene.curves)


def _key(curve: Curve, theme: Theme) -> Any:
    """A curve in the legend; one of several is a button that brings it to the front (see assets/explore.js)."""
    if not curve.number:
        return [_swatch(curve.color(theme)), curve.label]
    data: dict[str, Any] = {"data-field": curve.field} | aria(pressed="false")
    return html.Button(
        [*_marks(curve, theme), curve.label],
        type="button",
        className="explore__key",
        title="Show this channel before the others",
        **data,
    )


def _marks(curve: Curve, theme: Theme) -> list[html.Span]:
    """A curve's colour, and its number where there are several."""
    marks = [_swatch(curve.color(theme))]
    if curve.number:
        frame = {"borderColor": curve.color(theme)}
        marks.append(html.Span(str(curve.number), className="explore__number", style=frame))
    return marks


def _swatch(color: str) -> html.Span:
    return html.Span(className="explore__swatch", style={"backgroundColor": color}, **aria(hidden="true"))


def note_box(notes: Sequence[str]) -> list[html.Div]:
    """Notes that need nobody's action, one box for all."""
    said = [html.P(note) for note in notes if note]
    sign = html.Span("i", className="tool-sign", **aria(hidden="true"))
    return [html.Div([sign, html.Div(said)], className="notice")] if said else []


def make_links(view: View, chosen: Chosen, reading: Reading) -> list[Any]:
    """The window's readings as files, in full, and the dataset's page."""
    window = reading.scene.window
    query = {
        "channels": ",".join(view.channels),
        "start": format_instant(window.start),
        "end": format_instant(window.end),
    }
    links: list[Any] = []
    for ending, name in (("csv", "CSV"), ("parquet", "Parquet")):
        address = _download_address(view, chosen, ending, query)
        said = f"{name} of this window, {reading.total:,} rows"
        if reading.total:
            links.append(
                html.A(
                    said,
                    href=address,
                    className="btn btn-sm btn-primary" if ending == "csv" else "btn btn-sm btn-outline-secondary",
                    download="",
                )
            )
    if reading.total and (each := reading.scene.each):
        parts = {**query, "resolution": each, "zone": reading.scene.zone.key, "aggregate": _statistics(reading.scene)}
        address = _download_address(view, chosen, "csv", parts)
        said = f"CSV of these {reading.shown:,} {words.EACH_WORDS[each]}"
        links.append(html.A(said, href=address, className="btn btn-sm btn-outline-secondary", download=""))
    links.append(html.A("About this dataset", href=reverse("dataset", args=[chosen.key])))
    return links


def _statistics(scene: Scene) -> str:
    """What a file of the picture's points holds of each; "" for the usual."""
    totals = [curve.is_total for curve in scene.curves]
    if all(totals):
        return "sum,count"
    return "sum,mean,min,max,count" if any(totals) else ""


def _download_address(view: View, chosen: Chosen, ending: str, query: Mapping[str, str]) -> str:
    """Where the window's readings are downloaded, those of one meter where one of several is shown."""
    if chosen.meters and view.meter != ALL_METERS:
        query = {**query, "series": _meter(view, chosen) or ""}
    if view.file:
        path = reverse("file_readings", args=[view.file, ending])
    else:
        path = reverse("download_readings", args=[view.dataset, ending])
    return f"{path}?{urlencode({name: text for name, text in query.items() if text}, safe=',:')}"


def answer_refusal(error: FairwattError, view: View, *, here: str) -> Answer:
    """Nothing of the data, and what the person can do: sign in, ask, choose another."""
    ways: list[Any] = []
    if isinstance(error, NotSignedIn) or (error.http_status == 404 and here):  # noqa: PLR2004 - it may be the person's own
        ways.append(
            html.A(
                "Sign in", href=f"{reverse('account_login')}?{urlencode({'next': here})}", className="btn btn-primary"
            )
        )
    if isinstance(error, NotSignedIn | NotAllowed):
        ways.append(html.A("About this dataset and who may have it", href=reverse("dataset", args=[view.dataset])))
    said = html.Div(
        [html.H2("These readings can't be shown to you", className="h4"), html.P(str(error)), html.P(ways)],
        className="empty",
        role="alert",
    )
    return _nothing(said, view) | {"dataset": None, "search": format_view(view)}


def answer_empty(view: View, chosen: Chosen | None) -> Answer:
    """What will be here, and how to bring it."""
    if chosen is None:
        said = _empty(
            "Choose a dataset",
            "The list has every dataset with readings that you may have. Then choose up to eight channels and any "
            "window, down to the last reading. The address of the page keeps what you see, to return to or to send "
            "to a colleague.",
        )
        return _nothing(said, view) | {"dataset": None, "search": format_view(view)}
    controls = answer_controls(view, chosen)
    if not chosen.curves:
        return _nothing(_without_readings(chosen), view) | controls
    said = _empty("Choose a channel", f"{chosen.title} has {len(chosen.curves)} channels of readings.")
    return _nothing(said, view) | controls


def _without_readings(chosen: Chosen) -> html.Div:
    page = html.A("Its page", href=reverse("dataset", args=[chosen.key]))
    what = (
        "It holds spatial files, which have no time axis."
        if "spatial" in chosen.kinds
        else "None of its files has any."
    )
    return _empty(f"{chosen.title} has no readings to draw", html.P([what, " ", page, " offers the files themselves."]))


def _empty(title: str, text: Any) -> html.Div:
    body = html.P(text) if isinstance(text, str) else text
    return html.Div([html.H2(title, className="h4"), body], className="empty")


def _nothing(said: html.Div, view: View) -> Answer:
    return _answer(
        empty=said,
        stage_hidden=True,
        figure=empty_figure(Theme.LIGHT),
        channels_hidden=True,
        file_hidden=True,
        meter_hidden=True,
        channels_error=None,
        message=[],
        zone=view.zone,
        each=view.each or "finest",
        band=view.band,
        **dict.fromkeys(("heading", "period", "status"), ""),
        **{key: [] for key in ("legend", "summary", "links")},
    )


def zone_of(view: View, project_zone: str) -> ZoneInfo:
    """The zone that the view says times in."""
    return ZoneInfo("UTC" if view.zone == "utc" else project_zone)
