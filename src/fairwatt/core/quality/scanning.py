"""Scan readings window by window, in bounded memory, and say how healthy they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.blocks import runs_of, shared_rows, within
from fairwatt.core.quality.checks.clock_changes import ZONE, check_clock_changes
from fairwatt.core.quality.checks.clock_drift import check_clock_drift
from fairwatt.core.quality.checks.disagreement import check_disagreement
from fairwatt.core.quality.checks.duplicates import check_duplicates, repeats
from fairwatt.core.quality.checks.level_shifts import check_level_shifts
from fairwatt.core.quality.checks.limits import check_limits, is_limited, limits_of
from fairwatt.core.quality.checks.misreads import check_misreads
from fairwatt.core.quality.checks.missing import check_missing_rows, check_missing_values
from fairwatt.core.quality.checks.night import check_night, is_solar
from fairwatt.core.quality.checks.outliers import check_outliers
from fairwatt.core.quality.checks.phase_balance import check_balance
from fairwatt.core.quality.checks.power_energy import check_power_energy, pairs
from fairwatt.core.quality.checks.power_triangle import check_triangle, triangles
from fairwatt.core.quality.checks.quantisation import check_quantisation
from fairwatt.core.quality.checks.resets import check_resets
from fairwatt.core.quality.checks.sentinels import check_sentinels
from fairwatt.core.quality.checks.statistics_order import check_order, families
from fairwatt.core.quality.checks.steps import check_steps, find_step
from fairwatt.core.quality.checks.stuck import RunLog
from fairwatt.core.quality.codes import CODES, Aspect
from fairwatt.core.quality.detections import Detections, Place, joined
from fairwatt.core.quality.parts import Parts, PartsLog, width_of
from fairwatt.core.quality.readings import Channel, Readings, Stretch, Window
from fairwatt.core.quality.report import HealthReport
from fairwatt.core.quality.reporting import make_report
from fairwatt.core.quality.seasons import DAY
from fairwatt.core.quality.tally import Tally
from fairwatt.core.quality.traces import TraceLog, bit_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Runs = tuple[Ints, Ints]

_YEAR = 365.25 * DAY
_TRIVIAL = 2  # rows, of which nobody asks for a step
_ROW_CHECKS = (check_order, check_triangle, check_balance, check_power_energy, check_disagreement)


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What is known beside the readings.

    Attributes
    ----------
    zone
        The IANA name of the zone in which clocks are changed.
    place
        Latitude and longitude [degrees] of where the sun shines; None: nights are learned.
    """

    zone: str = ZONE
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """The report, and all that was found, in arrays; what cleaning takes."""

    report: HealthReport
    detections: tuple[Detections, ...] = field(repr=False)


def scan_health(readings: Readings, *, name: str = "", options: ScanOptions | None = None) -> Scan:
    """Scan readings for all that the checks know.

    Parameters
    ----------
    readings
        Of one table; read once, in windows.
    name
        What the report calls them.
    options
        What is known beside.
    """
    scanner = _Scanner(readings, options or ScanOptions())
    with np.errstate(all="ignore"):  # numbers at the ends of what floats hold; what is no number is no finding
        for window in readings.windows():
            scanner.take(window)
        return scanner.result(name)


@dataclass(slots=True)
class _Series:
    """What is kept of the series whose windows pass."""

    name: str
    first: int
    step: int
    last: int = 0
    rows: int = 0  # of times of their own
    missing: int = 0
    parts: dict[str, PartsLog] = field(default_factory=lambda: defaultdict(PartsLog))
    implausible: dict[str, list[Runs]] = field(default_factory=lambda: defaultdict(list))
    doubted: dict[str, list[Runs]] = field(default_factory=lambda: defaultdict(list))
    runs: dict[str, RunLog] = field(default_factory=lambda: defaultdict(RunLog))
    traces: dict[str, TraceLog] = field(default_factory=lambda: defaultdict(TraceLog))


class _Scanner:
    def __init__(self, readings: Readings, options: ScanOptions) -> None:
        self._channels = readings.channels
        self._options = options
        self._extent = readings.extent
        self._tally = Tally(tuple(c.field for c in self._channels), self._extent or (0, 0))
        self._found: dict[tuple[str, str, str], list[Detections]] = defaultdict(list)
        self._series: _Series | None = None
        self._steps: dict[int, int] = defaultdict(int)
        self._names = 0
        self._bands: dict[str, tuple[float, float]] = {}
        grouped = [m for members in families(self._channels).values() for m in members.values()]
        grouped += [side for sides in triangles(self._channels) for side in sides.values()]
        grouped += [one for two in pairs(self._channels) for one in two]
        self._related = {one.field for one in grouped}

    def take(self, window: Window) -> None:
        """Run all checks on a window."""
        window = self._without_far(window)
        times = window.times
        if not len(times):
            return
        series = self._series_of(window)
        place = Place(window.series, times, window.first_row, series.step)
        again = repeats(place)
        self._expect(series, place, window.context, again)
        self._check_rows(place, window, again)
        fresh = slice(window.context, None)
        bounds = self._tally.places_of(times[fresh])
        values: dict[str, Floats] = {}
        implausible: dict[str, Mask] = {}
        for channel in self._channels:
            stretch = self._usable(channel, place, window.values[channel.field], again)
            implausible[channel.field] = self._check_channel(stretch, bounds, fresh, series)
            kept = np.full(len(times), np.nan)
            kept[stretch.usable] = stretch.numbers
            values[channel.field] = kept
        for check in _ROW_CHECKS:
            for found in check(place, self._channels, values):
                self._keep(found)
                if CODES[found.code].aspect is Aspect.PLAUSIBILITY:
                    implausible[found.channel] |= found.mask(window.first_row, len(times))
        for name, mask in implausible.items():
            self._tally.channels[name].implausible += int(mask[fresh].sum())
            series.implausible[name].append(_rows_of(mask[fresh], window.first_row + window.context))
        series.last = int(times[-1])

    def _without_far(self, window: Window) -> Window:
        """The window without the rows that are years away from all others; of these it is told."""
        times = window.times
        first, last = self._extent or (0, 0)
        low, high = (int(i) for i in (np.searchsorted(times, first), np.searchsorted(times, last, side="right")))
        if low == 0 and high == len(times):
            return window
        is_far = np.ones(len(times), dtype=np.bool_)
        is_far[low:high] = False
        away = np.maximum(first - times, times - last) / _YEAR
        self._keep(Place(window.series, times, window.first_row, 0).of_mask("far-stamps", "", is_far, away))
        self._tally.add_rows(times[window.context :][is_far[window.context :]], is_far[window.context :])
        values = {name: column[low:high] for name, column in window.values.items()}
        return Window(window.series, window.first_row + low, times[low:high], values, max(0, window.context - low))

    def _series_of(self, window: Window) -> _Series:
        if self._series is None or self._series.name != window.series:
            self._close_series()
            self._names += 1
            step = find_step(window.times)
            self._series = _Series(window.series, int(window.times[0]), step)
        return self._series

    def _expect(self, series: _Series, place: Place, context: int, again: Mask) -> None:
        """Count the rows that there are and that are missing; of a series without a step, those that there are."""
        own = ~again[context:]
        series.rows += int(own.sum())
        if series.step:
            missing = check_missing_rows(place)
            series.missing += int(missing.count[missing.row >= place.first_row + context].sum())
        else:
            self._tally.expect_rows(place.times[context:][own], is_known=len(place.times) <= _TRIVIAL)

    def _check_rows(self, place: Place, window: Window, again: Mask) -> None:
        odd = again.copy()
        if place.step:
            self._keep(check_missing_rows(place))
            off = check_steps(place)
            odd |= off.mask(place.first_row, len(odd))
            self._keep(off)
            self._keep(check_clock_drift(place))
            self._keep(check_clock_changes(place, self._options.zone))
        elif len(place.times) > _TRIVIAL:
            middle = float(np.median(np.diff(place.times))) / 1e6
            whole = (np.array([0]), np.array([len(odd)]))
            self._keep(place.blocks("no-even-step", "", whole, evidence=np.array([middle])))
        for found in check_duplicates(place, window.values):
            self._keep(found)
        is_judged = bool(place.step) or len(place.times) <= _TRIVIAL
        self._tally.add_rows(place.times[window.context :], odd[window.context :], is_judged=is_judged)

    def _usable(self, channel: Channel, place: Place, values: Floats, again: Mask) -> Stretch:
        """The channel's values, marks of missing ones and repeats taken out."""
        infinite = np.isinf(values)
        if infinite.any():
            self._keep(place.of_mask("not-finite", channel.field, infinite))
            values = np.where(infinite, np.nan, values)
        raw = Stretch(channel, place, values, np.zeros(0, dtype=np.int64))
        marks = check_sentinels(raw)
        there = np.isfinite(values) & ~again
        if len(marks):
            self._keep(marks)
            there &= ~marks.mask(place.first_row, len(values))
        return Stretch(channel, place, values, np.flatnonzero(there))

    def _check_channel(self, stretch: Stretch, bounds: tuple[Ints, Ints], fresh: slice, series: _Series) -> Mask:
        """Check one channel; return which rows are implausible."""
        name, size = stretch.channel.field, len(stretch.values)
        self._keep(check_missing_values(stretch))
        there = np.zeros(size, dtype=np.bool_)
        there[stretch.usable] = True
        tally = self._tally.channels[name]
        self._tally.add_present(name, there[fresh], bounds)
        tally.see(stretch.numbers)
        series.runs[name].take(stretch, fresh.start)
        outliers = check_outliers(stretch)
        self._keep(outliers)
        doubted = outliers.mask(stretch.place.first_row, size)[fresh]
        tally.doubted += int(doubted.sum())
        series.doubted[name].append(_rows_of(doubted, stretch.place.first_row + fresh.start))
        implausible = np.zeros(size, dtype=np.bool_)
        for found in (*check_limits(stretch), check_night(stretch, self._options.place)):
            self._keep(found)
            if len(found):
                implausible |= found.mask(stretch.place.first_row, size)
                if found.code in {"out-of-range", "impossible-value"} and name not in self._bands:
                    self._bands[name] = limits_of(stretch.channel, float(np.median(stretch.numbers))).allowed
        self._keep(check_resets(stretch))
        if self._is_judged(stretch):
            tally.checked += int(there[fresh].sum())
        if self._extent is not None and not stretch.channel.is_register:
            width = width_of(*self._extent, series.step)
            series.parts[name].take(stretch, fresh.start, width)
            series.traces[name].take(stretch, fresh.start, bit_of(*self._extent, series.step))
        return implausible

    def _is_judged(self, stretch: Stretch) -> bool:
        """Whether there is a check of plausibility that a channel's values went through."""
        channel = stretch.channel
        is_one_way = channel.direction in {"import", "export"}
        return is_limited(channel, stretch.numbers) or is_one_way or is_solar(channel) or channel.field in self._related

    def _keep(self, found: Detections) -> None:
        if len(found):
            self._found[found.code, found.series, found.channel].append(found)

    def _close_series(self) -> None:
        series = self._series
        if series is None:
            return
        self._steps[series.step] += 1
        if series.step:
            self._tally.expect(series.first, series.last, series.rows + series.missing)
        for name, trace in series.traces.items():
            misread = self._close_trace(series, name, trace)
            self._close_parts(series.name, name, series.parts[name].close(), misread)
        for name, log in series.runs.items():
            self._close_runs(series, name, log)
        self._series = None

    def _close_runs(self, series: _Series, name: str, log: RunLog) -> None:
        for found in log.close(series.name, name):
            self._keep(found)
            if len(found) and CODES[found.code].aspect is Aspect.VALIDITY:
                told = (found.row, found.row + found.rows)
                twice = sum(shared_rows(runs, told) for runs in series.doubted[name])
                self._tally.channels[name].doubted += found.total - twice

    def _close_trace(self, series: _Series, name: str, log: TraceLog) -> tuple[Detections, ...]:
        """Find what was misread; what stands out there does so for that."""
        trace = log.close()
        if trace is None:
            return ()
        quantity = next(one.quantity for one in self._channels if one.field == name)
        tally = self._tally.channels[name]
        misread = check_misreads(series.name, name, trace, quantity=quantity)
        for found in misread:
            self._keep(found)
            told = (found.row, found.row + found.rows)
            twice = sum(shared_rows(runs, told) for runs in series.implausible[name])
            tally.implausible += found.total - twice
            tally.checked = max(tally.checked, tally.present)
            series.implausible[name].append(told)
            self._forget_outliers(series, name, told)
        return misread

    def _forget_outliers(self, series: _Series, name: str, told: Runs) -> None:
        key = ("outliers", series.name, name)
        self._found[key] = [one.some(~within(one.row, *told)) for one in self._found[key]]
        for at, (begins, ends) in enumerate(series.doubted[name]):
            inside = within(begins, *told)
            self._tally.channels[name].doubted -= int((ends - begins)[inside].sum())
            series.doubted[name][at] = (begins[~inside], ends[~inside])

    def _close_parts(self, series: str, name: str, parts: Parts | None, misread: tuple[Detections, ...]) -> None:
        """Find what changed between days; not where a stretch that was misread begins or ends."""
        if parts is None:
            return
        edges = np.sort(np.concatenate([np.zeros(0, np.int64), *(e for one in misread for e in (one.begin, one.end))]))
        for found in self._check_history(series, name, parts):
            sides = (found.begin - parts.width, found.end + parts.width)
            before, behind = (np.searchsorted(edges, side) for side in sides)
            self._keep(found.some(before == behind))

    def _check_history(self, series: str, name: str, parts: Parts) -> Iterator[Detections]:
        yield check_quantisation(series, name, parts)
        if parts.width == DAY:  # within a day, levels are what is lived
            yield check_level_shifts(series, name, parts)

    def result(self, name: str) -> Scan:
        """The report over all that was taken."""
        self._close_series()
        detections = tuple(sorted(self._settled(), key=lambda d: (d.code, d.channel, d.series)))
        step = max(self._steps, key=lambda s: self._steps[s], default=0)
        report = make_report(
            name=name, channels=self._channels, tally=self._tally, detections=detections, step=step,
            series=self._names, extent=self._extent if self._tally.rows else None, bands=self._bands,
        )  # fmt: skip
        return Scan(report, detections)

    def _settled(self) -> Iterator[Detections]:
        """All detections, those of windows joined."""
        for some in self._found.values():
            if (one := joined(some)) is not None:
                yield one


def _rows_of(mask: Mask, first_row: int) -> Runs:
    """The runs of a mask's rows, by their positions among all readings."""
    begins, ends = runs_of(mask)
    return begins + first_row, ends + first_row


def detections_by_channel(scan: Scan) -> Mapping[tuple[str, str], tuple[Detections, ...]]:
    """All detections by series and channel: what cleaning goes through."""
    found: dict[tuple[str, str], list[Detections]] = defaultdict(list)
    for one in scan.detections:
        found[one.series, one.channel].append(one)
    return {key: tuple(some) for key, some in found.items()}
