"""What is looked at: the state of the tool, which is its address and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, get_args
from urllib.parse import parse_qs, urlencode

from fairwatt.core.errors import InvalidInput

MOST_CHANNELS = 8
ALL_METERS = "*"
_LONGEST_TEXT = 2_000
Zone = Literal["local", "utc"]
Each = Literal["", "settlement-period", "P1D", "P1M"]


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at.

    Attributes
    ----------
    dataset, file
        Keys; ``file`` is "" for all of the dataset's.
    meter
        Which series, where the readings come from several meters: "" for the first, ``ALL_METERS`` for all of
        them together.
    channels
        At most eight columns of its readings, in the order chosen.
    start, end
        The half-open window in UTC; None at both ends for the whole period.
    zone
        Whether times are said in the project's zone or in UTC.
    each
        What one point stands for: a settlement period, a day, a month; "" for the finest that fits.
    band
        Whether minimum and maximum are drawn around the mean.
    """

    dataset: str = ""
    file: str = ""
    meter: str = ""
    channels: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    zone: Zone = "local"
    band: bool = True
    each: Each = ""

    @property
    def is_whole(self) -> bool:
        """Whether the whole period is looked at."""
        return self.start is None or self.end is None

    def within(self, start: datetime | None, end: datetime | None) -> View:
        """The same over another window."""
        return replace(self, start=start, end=end)


def parse_view(search: str) -> tuple[View, list[str]]:
    """Read a view from the part of an address after its path.

    Returns
    -------
    tuple[View, list[str]]
        The view, and a sentence for each part of the address that could not be used.
    """
    values = {name: texts[-1] for name, texts in parse_qs(search.lstrip("?")[:_LONGEST_TEXT]).items()}
    notes: list[str] = []
    window = _parse_window(values, notes)
    zone = values.get("zone", "local")
    if zone not in get_args(Zone):
        notes.append(f"The address asks for times in “{zone[:20]}”; they are shown in local time.")
        zone = "local"
    channels, note = limit_channels(tuple(filter(None, values.get("channels", "").split(","))))
    notes += [note] if note else []
    view = View(
        dataset=values.get("dataset", ""),
        file=values.get("file", ""),
        meter=values.get("meter", ""),
        channels=channels,
        start=window[0],
        end=window[1],
        zone="utc" if zone == "utc" else "local",
        band=values.get("band", "on") != "off",
        each=read_each(values.get("each", ""), notes),
    )
    return view, notes


def read_each(text: str, notes: list[str]) -> Each:
    """What one point stands for; the finest, with a note, where that is unknown."""
    choices: tuple[Each, ...] = get_args(Each)
    for known in choices:
        if text == known:
            return known
    notes.append(f"There is no point for each “{text[:20]}”; the finest that fit are shown.")
    return ""


def limit_channels(names: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The first eight different channels, and a sentence where there were more."""
    unique = tuple(dict.fromkeys(names))
    kept = unique[:MOST_CHANNELS]
    if len(unique) == len(kept):
        return kept, ""
    left = len(unique) - len(kept)
    said = "one was left out" if left == 1 else f"{left} were left out"
    return kept, f"At most eight channels fit one picture: {said}. Remove one to add another."


def _parse_window(values: Mapping[str, str], notes: list[str]) -> tuple[datetime | None, datetime | None]:
    ends: list[datetime | None] = []
    for name in ("start", "end"):
        text = values.get(name, "")
        try:
            ends.append(parse_instant(text) if text else None)
        except InvalidInput as error:
            notes.append(f"{error.message} The whole period is shown.")
            return None, None
    start, end = ends
    if start is None or end is None:
        return None, None
    if end <= start:
        notes.append("The address's window ends before it starts. The whole period is shown.")
        return None, None
    return start, end


def parse_instant(text: str) -> datetime:
    """Read an instant with an offset.

    Raises
    ------
    InvalidInput
        Where it is none, or has no offset.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidInput(f"“{text[:40]}” is no instant with its offset.", next_step="Write it as 2021-03-01T00:00:00Z.")


def format_instant(moment: datetime) -> str:
    """Write an instant as addresses have it: UTC with ``Z``, fractions only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def format_view(view: View) -> str:
    """Write a view as the part of an address after its path, with only what differs from the usual."""
    parts = {
        "dataset": view.dataset,
        "file": view.file,
        "meter": view.meter,
        "channels": ",".join(view.channels),
        "start": format_instant(view.start) if view.start and view.end else "",
        "end": format_instant(view.end) if view.start and view.end else "",
        "zone": "utc" if view.zone == "utc" else "",
        "each": view.each,
        "band": "" if view.band else "off",
    }
    given = {name: text for name, text in parts.items() if text}
    return f"?{urlencode(given, safe=',:')}" if given else ""
