"""What a file itself shows, put into a saved profile where that only assumed it, or is widened by it.

A profile holds what its first file showed, what a person said, and what was assumed because nothing spoke for it or
against it. The next file may show what the first one could not: what was assumed then gives way to what is seen. Where
the file speaks against what was known, a person is asked: see :mod:`fairwatt.core.files.disputing`.
"""

from __future__ import annotations

from typing import Any, Literal

from fairwatt.core.files.inspection import Inspection
from fairwatt.core.files.profile import ChannelRule, How, ImportProfile, PeriodRule, TimestampRule

OPEN = frozenset({How.ASSUMED, How.GUESSED})
_ENOUGH_ROWS = 10  # from which a longer step than the profile's is believed
_ZONE = ("time_zone", "time_zone_how", "time_zone_why", "time_zone_confidence", "time_zone_seen")
_STEP = ("resolution_s", "calendar_months", "resolution_why")


def settle(profile: ImportProfile, inspection: Inspection) -> ImportProfile:
    """The profile with what the file itself shows in the place of what was only assumed.

    Parameters
    ----------
    profile
        A saved profile that fits the file.
    inspection
        What samples of the file said.
    """
    found = inspection.profile
    if found is None:
        return profile
    channels = tuple(_settled_channel(rule, other) for rule, other in pair_channels(profile, found))
    settled = profile.model_copy(
        update={
            "timestamp": _settled_times(profile.timestamp, found.timestamp),
            "dialect": profile.dialect.model_copy(update=_settled_marks(profile, found)),
            "channels": channels,
            "scale_said": found.scale_said or profile.scale_said,
            **_settled_step(profile, inspection),
        }
    )
    settled = _with_series(settled, found)
    return settled if settled == profile else settled.newest


def pair_channels(profile: ImportProfile, found: ImportProfile) -> list[tuple[ChannelRule, ChannelRule | None]]:
    """A profile's channels, each with that of a file that stands at the same place."""
    theirs = {(rule.column, rule.label, rule.group): rule for rule in found.channels}
    return [(rule, theirs.get((rule.column, rule.label, rule.group))) for rule in profile.channels]


def _settled_times(mine: TimestampRule, theirs: TimestampRule) -> TimestampRule:
    changes: dict[str, Any] = {"rounding_s": min(mine.rounding_s, theirs.rounding_s)}
    if mine.time_zone is None and theirs.time_zone is not None:
        changes |= {key: getattr(theirs, key) for key in _ZONE}
    if mine.periods is not None and theirs.periods is not None:
        changes["periods"] = mine.periods.model_copy(update=_settled_periods(mine.periods, theirs.periods))
    return mine.model_copy(update=changes)


def _settled_periods(mine: PeriodRule, theirs: PeriodRule) -> dict[str, Any]:
    changes: dict[str, Any] = {"days": theirs.days} if theirs.days else {}
    if mine.counts_how in OPEN and theirs.counts_how not in OPEN:
        changes |= {"counts": theirs.counts, "counts_how": theirs.counts_how}
    return changes


def _settled_marks(profile: ImportProfile, found: ImportProfile) -> dict[str, Any]:
    """A mark between thousands, where the first file had no number from a thousand on; or both marks, where it had
    neither."""
    mine, theirs = profile.dialect, found.dialect
    if theirs.decimal_how is How.GUESSED:
        is_known = mine.decimal_how not in OPEN and not mine.thousands_mark
        return {"thousands_mark": "," if mine.decimal_mark == "." else "."} if is_known else {}
    if theirs.decimal_mark != mine.decimal_mark or mine.thousands_mark:
        return {}
    is_shown = mine.decimal_how in OPEN and theirs.decimal_how is How.INFERRED
    how = theirs.decimal_how if is_shown else mine.decimal_how
    return {"thousands_mark": theirs.thousands_mark, "decimal_how": how}


def _settled_channel(rule: ChannelRule, other: ChannelRule | None) -> ChannelRule:
    """A channel with what this file has shown of it too; numbers that surely stand for a missing value among it."""
    if other is None:
        return rule
    doubtful = (*rule.doubtful_values, *(text for text in other.doubtful_values if text not in rule.doubtful_values))
    known = {*rule.null_values, *doubtful}
    more = tuple(text for text in other.null_values if text not in known)
    return rule.model_copy(
        update={
            "null_values": (*rule.null_values, *more),
            "doubtful_values": doubtful,
            "signs": _joined(rule.signs, other.signs),
            "unit_said": other.unit_said or rule.unit_said,
        }
    )


def _joined(one: str, other: str) -> Literal["", "plus", "minus", "both"]:
    """The signs of the values of two files together."""
    signs = {one, other} - {""}
    if len(signs) > 1:
        return "both"
    return "plus" if signs == {"plus"} else "minus" if signs == {"minus"} else "both" if signs else ""


def _with_series(profile: ImportProfile, found: ImportProfile) -> ImportProfile:
    """The profile with the columns that tell meters apart, where the first file had one meter or fewer such columns."""
    if series_of(found) <= series_of(profile) or profile.spread != found.spread:
        return profile
    channels = tuple(rule for rule in profile.channels if rule.column not in series_of(found))
    changes = {"series_column": found.series_column, "series_parts": found.series_parts, "series": ""}
    return profile.model_copy(update={**changes, "channels": channels})


def series_of(profile: ImportProfile) -> set[int]:
    """The columns that together tell a profile's meters apart."""
    return set() if profile.series_column is None else {profile.series_column, *profile.series_parts}


def _settled_step(profile: ImportProfile, inspection: Inspection) -> dict[str, Any]:
    """The step of this file: intervals that are stamped by their ends begin a step before."""
    found = inspection.profile
    if found is None or (found.resolution_s is None and not found.calendar_months):
        return {}
    mine, theirs = profile.resolution_s, found.resolution_s
    is_short = len(inspection.rows) < _ENOUGH_ROWS
    if mine is not None and is_short and (theirs is None or theirs > mine):
        return {}
    return {key: getattr(found, key) for key in _STEP}
