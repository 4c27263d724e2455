"""What the picture says, in words: how much of it is shown, and each channel's extremes, mean and gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from fairwatt.core.metadata.words import say_instant, say_period
from fairwatt.core.periods import Period, say_duration
from fairwatt.tools.explore.pictures import Curve, Scene
from fairwatt.tools.explore.points import Points, instant
from fairwatt.tools.explore.totals import energy_of, is_full

_FIGURES = 6
EACH_WORDS = {"settlement-period": "settlement periods", "P1D": "days", "P1M": "months"}


@dataclass(frozen=True, slots=True)
class Summary:
    """One channel over the window, in words."""

    curve: Curve
    sentence: str


def say_number(value: float) -> str:
    """A value with at most six significant figures, thousands grouped: ``1,234.5``, ``−0.25``."""
    if value == 0:
        return "0"
    digits = max(0, min(_FIGURES, _FIGURES - 1 - int(np.floor(np.log10(abs(value))))))
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if text.strip("-0.,") == "":
        text = f"{value:.3g}"
    return text.replace("-", "−")


def say_value(value: float, unit: str) -> str:
    """A value with its unit, a no-break space between."""
    return f"{say_number(value)}\u00a0{unit}" if unit else say_number(value)


def say_shown(shown: int, total: int, *, is_raw: bool, each: str = "", curves: Sequence[Curve] = ()) -> str:
    """How many of the window's readings the picture shows, and as what."""
    if total == 0:
        return "There are no readings in this window."
    if each:
        what = EACH_WORDS[each] if shown != 1 else EACH_WORDS[each][:-1]
        return f"{total:,} readings shown as {shown:,} {what} ({_say_kinds(curves)})."
    if is_raw or shown >= total:
        return f"All {total:,} readings of this window shown." if total > 1 else "The one reading of this window shown."
    return f"{shown:,} of {total:,} readings shown (min, max, mean)."


def _say_kinds(curves: Sequence[Curve]) -> str:
    totals = [curve.is_total for curve in curves]
    if totals and all(totals):
        return "totals"
    return "energy: totals; others: min, max, mean" if any(totals) else "min, max, mean"


def say_nothing_here(whole: Period, zone: ZoneInfo) -> str:
    """That a window is empty, and when there are readings."""
    period = say_period(whole.start, whole.end, zone=zone.key)
    return f"There are no readings in this window. The readings run from {period}."


def say_heading(scene: Scene, title: str) -> str:
    """The picture's title: what, where from, when."""
    labels = list(dict.fromkeys(curve.quantity_label or curve.name for curve in scene.curves))
    several = 3
    labels = [label if at == 0 else label[:1].lower() + label[1:] for at, label in enumerate(labels)]
    what = ", ".join(labels[:-1]) + " and " + labels[-1] if len(labels) > 1 else "".join(labels)
    if len(labels) > several:
        what = f"{len(labels)} quantities"
    return f"{what} of {title}"


def say_window(scene: Scene) -> str:
    """The window in words, in the zone shown."""
    return say_period(scene.window.start, scene.window.end, zone=scene.zone.key)


def summarise(scene: Scene) -> list[Summary]:
    """Each channel's lowest, mean and highest value with their times, and its gaps."""
    return [Summary(curve, _sentence(scene, curve, scene.points[curve.field])) for curve in scene.curves]


def _sentence(scene: Scene, curve: Curve, points: Points) -> str:
    there = ~np.isnan(points.mean)
    if not there.any():
        return "no readings in this window."
    low, high = int(np.nanargmin(points.low)), int(np.nanargmax(points.high))
    if curve.is_total:
        return _total_sentence(scene, curve, points)
    weights = points.count[there]
    mean = float(np.average(points.mean[there], weights=weights if weights.sum() else None))
    readings = int(points.count.sum())
    about = "at" if scene.is_raw else "at about"
    return (
        f"lowest {say_value(points.low[low], curve.unit)} {about} {_when(scene, points.at_ms[low])}; "
        f"mean {say_value(mean, curve.unit)}; "
        f"highest {say_value(points.high[high], curve.unit)} {about} {_when(scene, points.at_ms[high])}; "
        f"{readings:,} reading{'' if readings == 1 else 's'}, {_say_gaps(points.gaps, scene)}."
        f"{_say_energy(scene, curve, points)}"
    )


def _say_energy(scene: Scene, curve: Curve, points: Points) -> str:
    """What mean power makes over its time; nothing where the readings are no means, or not of a steady step."""
    if not curve.is_mean or not curve.step_s:
        return ""
    made = energy_of(points.mean, points.count, curve.unit, every_s=curve.step_s, window=scene.window)
    if made is None:
        return ""
    return f" Over the time that has readings that makes {say_value(*made)}."


def _total_sentence(scene: Scene, curve: Curve, points: Points) -> str:
    """The sum of all, and which settlement period, day or month had least and most, of those that lack no reading."""
    one = EACH_WORDS[scene.each][:-1]
    full, there = is_full(points), ~np.isnan(points.mean)
    said = f"{say_value(float(points.mean[there].sum()), curve.unit)} in all"
    lacking = int(there.sum() - full.sum())
    if full.any():
        values = np.where(full, points.mean, np.nan)
        low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
        said += (
            f"; least {say_value(values[low], curve.unit)} in the {one} from {_when(scene, points.at_ms[low])}; "
            f"mean {say_value(float(np.nanmean(values)), curve.unit)} a {one}; "
            f"most {say_value(values[high], curve.unit)} in the {one} from {_when(scene, points.at_ms[high])}"
        )
    said += f"; {int(points.count.sum()):,} readings"
    if points.gaps:
        said += f", {_say_gaps(points.gaps, scene)}"
    return f"{said}.{_say_lacking(lacking, one)}"


def _say_lacking(lacking: int, one: str) -> str:
    if not lacking:
        return ""
    if lacking == 1:
        return f" One {one} lacks readings: its total is too low, and least, mean and most leave it out."
    return f" {lacking:,} {one}s lack readings: their totals are too low, and least, mean and most leave them out."


def _when(scene: Scene, ms: float) -> str:
    return say_instant(instant(ms), zone=scene.zone.key)


def _say_gaps(gaps: list[tuple[datetime, datetime]], scene: Scene) -> str:
    if not gaps:
        return "no gaps" if scene.is_raw else "no gaps that show at this width"
    begin, end = max(gaps, key=lambda gap: gap[1] - gap[0])
    about = "" if scene.is_raw else "about "
    length, since = say_duration((end - begin).total_seconds()), say_instant(begin, zone=scene.zone.key)
    if len(gaps) == 1:
        return f"one gap of {about}{length} from {about}{since}"
    shown = "" if scene.is_raw else " that show at this width"
    return f"{len(gaps):,} gaps{shown}, the longest of {about}{length} from {about}{since}"
