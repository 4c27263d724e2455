"""Draw a window of readings as an inline picture: no script, no waiting, gaps stay gaps.

The minimum-to-maximum envelope lies under the mean; both break where readings are missing. The picture is made
of SVG that stretches with the page while its letters keep their size, of one sentence that says what it shows,
and of a table of the same figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from fairwatt.core.metadata.words import say_instant
from fairwatt.core.periods import say_duration
from fairwatt.portal.wording import THIN, each_step, name_with_unit, write_value

_BOX = 1000  # the plot's own units, both ways
_STEPS_S = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200),
    *(86_400, 172_800, 345_600, 604_800),
)
_DAY_S = 86_400
_MOST_TICKS = 7
_TABLE_ROWS = 24
_FLAT = 1e-9  # values that differ by less than this share of their size are drawn as one
_HUES = frozenset({"power", "energy", "voltage", "current", "price", "carbon_intensity", "frequency"})

Scale = Callable[[float], float]
Run = list[tuple[float, float, float, float]]  # x, lowest, mean, highest, in the plot's units


@dataclass(frozen=True, slots=True)
class Line:
    """Readings of one channel, thinned out: for each step its lowest, mean and highest value.

    ``low``, ``mean`` and ``high`` are in ``unit``; None where a step has no reading. ``starts`` are aware.
    ``shown`` of ``total`` readings stand behind the picture; ``is_raw`` where each step is one reading. ``begin`` and
    ``end`` are the readings' own period, where the outermost steps reach beyond it.
    """

    name: str
    quantity: str
    quantity_label: str
    unit: str
    starts: Sequence[datetime]
    low: Sequence[float | None]
    mean: Sequence[float | None]
    high: Sequence[float | None]
    step_s: float
    is_raw: bool
    shown: int
    total: int
    begin: datetime | None = None
    end: datetime | None = None

    @property
    def period(self) -> tuple[datetime, datetime]:
        """From the first reading to the end of the last, as exactly as is known."""
        first, last = self.starts[0], self.starts[-1] + timedelta(seconds=self.step_s)
        return max(first, self.begin or first), min(last, self.end or last)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table behind a picture."""

    start: datetime
    low: float | None
    mean: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with its title, its sentence and its table."""

    title: str
    axis: str
    summary: str
    shown: str
    picture: SafeString
    rows: tuple[Row, ...] = field(default=())
    unit: str = ""
    zone: str = "UTC"

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to draw."""
        return not self.rows


def draw_chart(line: Line, *, zone: str) -> Chart:
    """Draw one channel.

    Parameters
    ----------
    line
        What to draw.
    zone
        IANA name of the zone on the time axis.
    """
    values = [value for value in (*line.low, *line.high) if value is not None]
    name = line.quantity_label or "Value"
    axis = f"{name} [{line.unit}]" if line.unit else name
    title = name_with_unit(line.name, line.unit)
    if not values:
        return Chart(title, axis, f"{line.name} has no readings in this window.", "", mark_safe(""), unit=line.unit)
    return Chart(
        title=title,
        axis=axis,
        summary=_say(line, values, zone),
        shown=_say_shown(line),
        picture=_draw(line, values, axis, zone),
        rows=tuple(_tabulate(line)),
        unit=line.unit,
        zone=zone,
    )


def _say(line: Line, values: list[float], zone: str) -> str:
    unit = f"{THIN}{line.unit}" if line.unit else ""
    means = [value for value in line.mean if value is not None]
    first, last = line.period
    text = (
        f"{line.name} lies between {write_value(min(values))}{unit} and {write_value(max(values))}{unit}, "
        f"around a mean of {write_value(math.fsum(means) / len(means))}{unit}, "
        f"from {say_instant(first, zone=zone)} to {say_instant(last, zone=zone)}."
    )
    gaps = list(_find_gaps(line))
    if not gaps:
        return text
    start, end = max(gaps, key=lambda gap: gap[1] - gap[0])
    about = "" if line.is_raw else "about "  # a gap may begin and end anywhere in a step that has readings too
    longest = f"{about}{say_instant(start, zone=zone)}, {about}{say_duration((end - start).total_seconds())} long"
    if len(gaps) == 1:
        return f"{text} One gap is seen, from {longest}."
    return f"{text} {len(gaps):,} gaps are seen; the longest begins {longest}."


def _say_shown(line: Line) -> str:
    if line.is_raw or line.shown >= line.total:
        return f"All {line.total:,} readings shown."
    return f"{line.shown:,} of {line.total:,} readings shown (min, max, mean of every {each_step(line.step_s)})."


def _find_gaps(line: Line) -> Iterator[tuple[datetime, datetime]]:
    """Yield the steps without a reading between two that have one, joined where they touch."""
    present = [index for index, value in enumerate(line.mean) if value is not None]
    for before, after in pairwise(present):
        if after > before + 1:
            yield line.starts[before] + timedelta(seconds=line.step_s), line.starts[after]


def _tabulate(line: Line) -> Iterator[Row]:
    """Yield a row for each point where they are few, else for each of equal parts of the time, gaps among them."""
    if len(line.starts) <= _TABLE_ROWS:
        yield from map(Row, line.starts, line.low, line.mean, line.high)
        return
    first = line.starts[0]
    step_s = line.step_s or 1.0  # readings that come now and then have none
    span_s = (line.starts[-1] - first).total_seconds() + step_s
    part_s = step_s * max(1, math.ceil(span_s / step_s / _TABLE_ROWS - _FLAT))
    parts: dict[int, list[int]] = {}
    for index, start in enumerate(line.starts):
        if line.mean[index] is not None:
            parts.setdefault(int((start - first).total_seconds() // part_s), []).append(index)
    for part in range(math.ceil(span_s / part_s - _FLAT)):
        at = parts.get(part, [])
        low, mean, high = (
            [value for value in map(column.__getitem__, at) if value is not None]
            for column in (line.low, line.mean, line.high)
        )
        yield Row(
            first + timedelta(seconds=part * part_s),
            min(low) if low else None,
            math.fsum(mean) / len(mean) if mean else None,
            max(high) if high else None,
        )


def _draw(line: Line, values: list[float], axis: str, zone: str) -> SafeString:
    ticks = _value_ticks(min(values), max(values))
    bottom, top = ticks[0], ticks[-1]
    first = line.starts[0].timestamp()
    last = line.starts[-1].timestamp() + line.step_s
    if last <= first:  # one time without a step stands in the middle of a minute
        first, last = first - 30, last + 30
    times = _time_ticks(first, last, zone)

    def across(at: float) -> float:
        return round((at - first) / (last - first) * _BOX, 1)

    def down(value: float) -> float:
        return round((top - value) / (top - bottom) * _BOX, 1)

    grid = format_html_join("", '<path d="M0 {}H{}"/>', ((down(tick), _BOX) for tick in ticks))
    marks = format_html_join("", '<path d="M{} 0V{}"/>', ((across(at), _BOX) for at, _ in times))
    runs = list(_runs(line, across, down))
    return format_html(
        '<div class="chart__axis" aria-hidden="true">{}</div>'
        '<svg class="chart__values" aria-hidden="true">{}</svg>'
        '<svg class="chart__plot" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
        '<g class="chart__grid">{}{}</g>{}</svg>'
        '<svg class="chart__times" aria-hidden="true">{}</svg>'
        '<div class="chart__zone" aria-hidden="true">{}</div>',
        axis,
        _value_labels(ticks, down),
        _BOX,
        _BOX,
        grid,
        marks,
        _paths(line, runs),
        _time_labels(times, across),
        f"Time ({_zone_word(line.starts[0], line.starts[-1], zone)})",
    )


def _runs(line: Line, across: Scale, down: Scale) -> Iterator[Run]:
    """Yield stretches without a gap."""
    run: Run = []
    half = 0.0 if line.is_raw else line.step_s / 2
    for start, low, mean, high in zip(line.starts, line.low, line.mean, line.high, strict=True):
        if low is None or mean is None or high is None:
            if run:
                yield run
            run = []
        else:
            run.append((across(start.timestamp() + half), down(low), down(mean), down(high)))
    if run:
        yield run


def _paths(line: Line, runs: list[Run]) -> SafeString:
    hue = line.quantity if line.quantity in _HUES else "other"
    mean = format_html('<path class="chart__mean" d="{}"/>', "".join(map(_mean_path, runs)))
    band = mark_safe("") if line.is_raw else format_html('<path class="chart__band" d="{}"/>', _band_path(runs))
    return format_html('<g class="chart__line chart__line--{}">{}{}</g>', hue, band, mean)


def _mean_path(run: Run) -> str:
    points = "L".join(f"{x:g} {mean:g}" for x, _, mean, _ in run)
    # a reading alone between two gaps is a point: a line of no length with round ends
    return f"M{points}h0" if len(run) == 1 else f"M{points}"


def _band_path(runs: list[Run]) -> str:
    parts = []
    for run in runs:
        above = "L".join(f"{x:g} {high:g}" for x, _, _, high in run)
        below = "L".join(f"{x:g} {low:g}" for x, low, _, _ in reversed(run))
        parts.append(f"M{above}L{below}Z")
    return "".join(parts)


def _value_ticks(low: float, high: float) -> list[float]:
    """Round values that enclose [low, high]: 3 to 7 of them, steps of 1, 2 or 5 times a power of ten."""
    size = max(abs(low), abs(high))
    if high - low <= max(size, 1.0) * _FLAT:
        margin = max(size * 0.05, 1e-6) if size else 1.0
        low, high = low - margin, high + margin
    if 0 < low < 0.35 * high:
        low = 0.0
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(times * power for times in (1, 2, 2.5, 5, 10) if times * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 12) for index in range(first, max(last, first + 1) + 1)]


def _value_labels(ticks: list[float], down: Scale) -> SafeString:
    step = ticks[1] - ticks[0]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    if decimals and not math.isclose(round(step, decimals), step, rel_tol=1e-9):
        decimals += 1
    if step >= 1 and step != int(step):
        decimals = 1
    rows = ((f"{down(tick) / 10:g}%", f"{tick:,.{decimals}f}".replace(",", THIN).replace("-", "−")) for tick in ticks)
    return format_html_join("", '<text x="100%" dx="-8" dy="0.35em" y="{}">{}</text>', rows)


def _time_ticks(first: float, last: float, zone: str) -> list[tuple[float, str]]:
    """Round instants in [first, last] [s] with their labels, on the zone's own clock."""
    span = last - first
    step = next((step for step in _STEPS_S if span / step <= _MOST_TICKS), None)
    if step is None:
        return _calendar_ticks(first, last, zone)
    ticks: list[tuple[float, str]] = []
    for wall in _walk(datetime.fromtimestamp(first, ZoneInfo(zone)), step):
        at = wall.timestamp()
        if at > last:
            break
        if at >= first and (not ticks or at > ticks[-1][0]):
            ticks.append((at, _label(wall, step)))
    return ticks


def _walk(begin: datetime, step: float) -> Iterator[datetime]:
    """Yield every ``step`` on the wall clock from just before ``begin``, anew each midnight: 06:00 stays 06:00."""
    day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    if step >= _DAY_S:
        while True:
            yield day
            day += timedelta(days=round(step / _DAY_S))
    each = round(_DAY_S / step)
    place = math.floor((begin.replace(tzinfo=None) - day.replace(tzinfo=None)).total_seconds() / step)
    while True:
        yield from (day + timedelta(seconds=step * index) for index in range(place, each))
        day, place = day + timedelta(days=1), 0


def _label(wall: datetime, step: float) -> str:
    if step >= _DAY_S or (wall.hour, wall.minute, wall.second, wall.microsecond) == (0, 0, 0, 0):
        return f"{wall.day} {wall:%b}"
    if step >= 60:  # noqa: PLR2004 - a minute
        return f"{wall:%H:%M}"
    return f"{wall:%H:%M:%S}" if step >= 1 else f"{wall:%S.%f}"[:6]


def _calendar_ticks(first: float, last: float, zone: str) -> list[tuple[float, str]]:
    local = ZoneInfo(zone)
    begin, end = datetime.fromtimestamp(first, local), datetime.fromtimestamp(last, local)
    months = (end.year - begin.year) * 12 + end.month - begin.month + 1
    each = next((count for count in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600) if months / count <= _MOST_TICKS), 1200)
    ticks = []
    for index in range(begin.year * 12 // each * each, end.year * 12 + 13, each):
        wall = datetime(index // 12, index % 12 + 1, 1, tzinfo=local)
        if first <= wall.timestamp() <= last:
            ticks.append((wall.timestamp(), str(wall.year) if each >= 12 else f"{wall:%b %Y}"))  # noqa: PLR2004
    return ticks


def _time_labels(times: list[tuple[float, str]], across: Scale) -> SafeString:
    """Every second label is for wide screens alone; the first that names a day is for all."""
    first_day = next((index for index, (_, label) in enumerate(times) if " " in label), 0)
    rows = (
        (f"{across(at) / 10:g}%", "minor" if (index - first_day) % 2 else "major", label)
        for index, (at, label) in enumerate(times)
    )
    return format_html_join("", '<text x="{}" y="1.4em" class="{}">{}</text>', rows)


def _zone_word(first: datetime, last: datetime, zone: str) -> str:
    local = ZoneInfo(zone)
    names = sorted({at.astimezone(local).strftime("%Z") for at in (first, last)}, reverse=True)
    return " and ".join(names)
