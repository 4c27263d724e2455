"""What a control makes of the view. Pure: the view before, the control's value, the dataset; the view after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from fairwatt.core.periods import Period
from fairwatt.tools.explore import steering
from fairwatt.tools.explore.choices import choose_first
from fairwatt.tools.explore.reading import Chosen
from fairwatt.tools.explore.view import View, limit_channels, read_each


@dataclass(frozen=True, slots=True)
class Turn:
    """A view after a control was used, and what to tell about it.

    ``is_drag`` says that the chart moved by itself already, ``channels_note`` stands at the field of the channels.
    """

    view: View
    notes: tuple[str, ...] = ()
    channels_note: str = ""
    is_drag: bool = False


def choose_dataset(view: View, control: str, values: Mapping[str, object]) -> View:
    """The view after dataset, file or meter was chosen: what belonged to the former one is dropped."""
    chosen = _text(values.get(control))
    if control == "dataset" and chosen != view.dataset:
        return View(dataset=chosen, zone=view.zone, band=view.band, each=view.each)
    if control == "file" and chosen != view.file:
        return replace(view, file="" if chosen == "all" else chosen, start=None, end=None)
    if control == "meter":
        return replace(view, meter=chosen)
    return view


def turn_view(view: View, control: str, values: Mapping[str, object], chosen: Chosen, zone: ZoneInfo) -> Turn:
    """The view after any other control was used.

    Raises
    ------
    InvalidInput
        Where a typed time is none, or the window would not run forward.
    """
    if control == "channels":
        names = values.get(control)
        picked = tuple(filter(None, map(_text, names))) if isinstance(names, list) else ()
        kept, note = limit_channels(picked)
        return Turn(replace(view, channels=kept), channels_note=note)
    if control == "zone":
        return Turn(replace(view, zone="utc" if values.get(control) == "utc" else "local"))
    if control == "each":
        return Turn(replace(view, each=read_each(_text(values.get(control)).replace("finest", ""), [])))
    if control == "band":
        return Turn(replace(view, band=values.get(control) is not False))
    if chosen.whole is None:
        return Turn(view)
    return _turn_window(view, control, values, chosen.whole, zone)


def _turn_window(view: View, control: str, values: Mapping[str, object], whole: Period, zone: ZoneInfo) -> Turn:
    window = find_window(view, whole)
    kind, _, name = control.partition("-")
    if kind == "span":
        return Turn(_over(view, steering.choose_span(window, whole, name, zone), whole))
    if kind == "move":
        return Turn(_over(view, steering.move_window(window, whole, name), whole))
    if control == "drag":
        meant, dragged = steering.read_drag(values.get(control))
        if meant == "whole":
            return Turn(view.within(None, None))
        return Turn(_over(view, dragged, whole), is_drag=True) if dragged else Turn(view)
    if control in {"from", "to"}:
        return Turn(_over(view, _typed_window(window, control, _text(values.get(control)), zone), whole))
    return Turn(view)


def _typed_window(window: Period, control: str, text: str, zone: ZoneInfo) -> Period:
    """The window with one end typed; an end that isn't touched keeps its fraction of a second."""
    if text == steering.write_typed(window.start if control == "from" else window.end, zone):
        return window
    moment = steering.read_typed(text, zone, name="starts" if control == "from" else "ends")
    return steering.make_window(*((moment, window.end) if control == "from" else (window.start, moment)))


def find_window(view: View, whole: Period) -> Period:
    """The window that the view looks at."""
    if view.start is None or view.end is None:
        return whole
    return Period(view.start, view.end)


def _over(view: View, window: Period | None, whole: Period) -> View:
    """The view over a window; over nothing in particular where that is the whole period."""
    if window is None or window == whole:
        return view.within(None, None)
    return view.within(window.start, window.end)


def complete_view(view: View, chosen: Chosen, *, may_choose: bool) -> Turn:
    """The view with only channels that the dataset has, and one to begin with where none is named."""
    known = tuple(field for field in view.channels if chosen.curve(field))
    unknown = [field for field in view.channels if not chosen.curve(field)]
    notes = tuple(f"This dataset has no channel “{field[:60]}” of numbers; it is left out." for field in unknown)
    if not known and may_choose:
        known = choose_first(chosen.curves, chosen.statistics)
    return Turn(replace(view, channels=known), notes)


def _text(value: object) -> str:
    """A text from the browser; anything else, or anything too long, is none."""
    longest = 200
    return value if isinstance(value, str) and len(value) <= longest else ""
