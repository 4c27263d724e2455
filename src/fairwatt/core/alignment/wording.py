"""Offsets in words: who is behind whom, and what that means for a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fairwatt.core.alignment.report import Alignment, ClockStep, Verdict

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_DECIMALS = 3
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
_LONG = 120  # seconds, from which on hours and minutes are said beside


def moment(micros: int) -> datetime:
    """A time of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def decimals_of(error_s: float | None) -> int:
    """How many decimals an offset is said with, by its error [s]."""
    if error_s is None or error_s <= 0:
        return _MOST_DECIMALS
    return next((d for d in range(_MOST_DECIMALS) if error_s >= 0.5 * 10.0**-d), _MOST_DECIMALS)


def say_seconds(seconds: float, decimals: int) -> str:
    """A length of time: ``7.2 s``, ``3,600 s (1 h)``."""
    rounded = round(abs(seconds), decimals)
    text = f"{rounded:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if rounded < _LONG:
        return f"{text} s"
    parts, left = [], rounded
    for size, name in _UNITS:
        whole, left = divmod(left, size)
        if whole:
            parts.append(f"{int(whole)} {name}")
    if round(left, decimals):
        parts.append(f"{round(left, decimals):g} s")
    return f"{text} s ({' '.join(parts)})"


def say_match(found: Alignment) -> str:
    """Who is behind, by how much, and what that means for one time."""
    assert found.offset_s is not None
    assert found.offset_at is not None
    decimals = decimals_of(found.offset_error_s)
    lines = [_say_offset(found.offset_s, found.offset_at, decimals)]
    if found.drift_ppm:
        more = "further behind" if found.drift_ppm > 0 else "further ahead"
        a_day = abs(found.drift_ppm) * 0.0864
        lines.append(f"It falls {more} by {abs(found.drift_ppm):.3g} ppm ({a_day:.2g} s a day).")
    lines += [_say_step(step, decimals) for step in found.steps]
    if found.opposite:
        lines.append("B goes down where A goes up: the sign of one of them is turned.")
    return " ".join(lines)


def _say_offset(offset_s: float, at: datetime, decimals: int) -> str:
    if not round(offset_s, decimals):
        return "B and A are at the same time."
    way = "behind" if offset_s > 0 else "ahead of"
    there = at + timedelta(seconds=offset_s)
    return (
        f"B is {say_seconds(offset_s, decimals)} {way} A: "
        f"what stands at {_clock(at, decimals)} in A stands at {_clock(there, decimals)} in B."
    )


def _say_step(step: ClockStep, decimals: int) -> str:
    def told(offset_s: float) -> str:
        way = "behind" if offset_s > 0 else "ahead"
        return f"{say_seconds(offset_s, decimals)} {way}" if round(offset_s, decimals) else "at the same time"

    return f"At {_clock(step.at, 0)} in B its clock was set: {told(step.before_s)} before, {told(step.after_s)} after."


def _clock(at: datetime, decimals: int) -> str:
    rounded = at + timedelta(microseconds=5 * 10 ** (5 - decimals)) if decimals < 6 else at
    text = rounded.strftime("%Y-%m-%d %H:%M:%S.%f")
    return text[:19] + (text[19 : 20 + decimals].rstrip("0").rstrip(".") if decimals else "")


def say_no_match(*, cells: int, fewest: int, is_daily: bool) -> str:
    """Why no offset is said."""
    if cells < fewest:
        return f"No match: {cells:,} readings in common are too few to tell; at least {fewest} are needed."
    if is_daily:
        return "No match: both have the same daily pattern, as any two meters may, and nothing beyond it is alike."
    return "No match: at no offset do B's changes follow A's more than chance would have it."


def say_ambiguous(found: Alignment) -> str:
    """Why none of several offsets is said."""
    if found.period_s and not found.period_s % _UNITS[0][0]:
        return (
            "No one match: both have the same daily pattern, as any two meters may, so that offsets a day apart are "
            "alike; nothing beyond it is."
        )
    if found.period_s:
        return (
            f"No one match: both repeat themselves every {say_seconds(found.period_s, _MOST_DECIMALS)}, "
            "so that offsets that far apart are alike."
        )
    if found.verdict is Verdict.AMBIGUOUS and len(found.candidates) > 1:
        return "No one match: several offsets are about as good."
    return "Unsure: B follows A a little at one offset, as meters with the same habits do; too little for a match."
