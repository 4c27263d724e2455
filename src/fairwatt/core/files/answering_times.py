"""What a person answered about a file's times, put into its profile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.calendar_stamps import FROM
from fairwatt.core.files.date_order import can_turn, in_order
from fairwatt.core.files.gas_days import BEGINS
from fairwatt.core.files.local_time import load_zone
from fairwatt.core.files.profile import How, ImportProfile
from fairwatt.core.files.swapped_days import MIXED, as_they_stand, can_mix, is_mixture, mixed_forms

_FIRST_YEAR, _LAST_YEAR = 1902, 2199
_SAID = "A person said so."
AGREED = "A person agreed with what was guessed."  # perhaps without a look: a file that shows another is asked about
AS_THEY_STAND = "A person said that the dates are right as they stand."
_LEAVE_OUT = "Leave this answer out."
YEAR_BEGINS = {
    "04": "April, as financial years do",
    "10": "October, as gas years do",
    "07": "July",
    "09": "September, as academic years do",
}


def with_time(profile: ImportProfile, kind: str, value: str) -> ImportProfile:
    """The profile with an answer of one of the kinds :data:`ABOUT_TIMES`.

    Raises
    ------
    InvalidInput
        Where the answer is not possible.
    """
    return _KINDS[kind](profile, value)


def _with_zone(profile: ImportProfile, value: str) -> ImportProfile:
    load_zone(value)
    said: dict[str, object] = {"time_zone_how": How.CONFIRMED, "time_zone_why": _SAID, "time_zone_confidence": 1.0}
    rule = profile.timestamp
    seen = rule.time_zone_seen or (rule.time_zone if rule.time_zone_how is How.READ else "")
    said["time_zone_seen"] = "" if seen == value else seen
    rule = profile.timestamp.model_copy(update={"time_zone": value, **said})
    return profile.model_copy(update={"timestamp": rule})


def _with_year(profile: ImportProfile, month: str) -> ImportProfile:
    rule = profile.timestamp
    if FROM not in rule.format:
        raise InvalidInput("The file has no years over two.", where={"field": "year_begins"}, next_step=_LEAVE_OUT)
    forms = [form.partition(FROM)[0] + FROM + month for form in (rule.format, *rule.formats)]
    changed = rule.model_copy(update={"format": forms[0], "formats": tuple(forms[1:])})
    return profile.model_copy(update={"timestamp": changed})


def _with_date(profile: ImportProfile, value: str) -> ImportProfile:
    if not profile.timestamp.is_dateless:
        raise InvalidInput("The file's times have dates.", where={"field": "date"}, next_step=_LEAVE_OUT)
    try:
        first = date.fromisoformat(value) if len(value) == len("2020-09-01") else None
    except ValueError:
        first = None
    if first is None or not _FIRST_YEAR <= first.year <= _LAST_YEAR:
        raise InvalidInput(
            f"'{value}' is no date.", where={"field": "date"}, next_step="Write the first row's date as 2020-09-01."
        )
    return profile.model_copy(update={"timestamp": profile.timestamp.model_copy(update={"first_date": first})})


def _with_intervals(profile: ImportProfile, key: str, value: str) -> ImportProfile:
    """Which end of an interval a stamp marks, or what the intervals of a day count."""
    rule = profile.timestamp
    if key == "stamp":
        is_agreed = rule.stamp_how not in {How.READ, How.CONFIRMED} and value == rule.stamp
        said = {"stamp": one_of(key, value, ("start", "end")), "stamp_how": How.CONFIRMED}
        changed = rule.model_copy(update={**said, "stamp_why": AGREED if is_agreed else _SAID})
        return profile.model_copy(update={"timestamp": changed})
    if rule.periods is None:
        raise InvalidInput("The file has no intervals to count.", where={"field": "counts"}, next_step=_LEAVE_OUT)
    said = {"counts": one_of(key, value, ("elapsed", "clock")), "counts_how": How.CONFIRMED}
    periods = rule.periods.model_copy(update=said)
    return profile.newest.model_copy(update={"timestamp": rule.model_copy(update={"periods": periods})})


def one_of(key: str, value: str, choices: tuple[str, ...]) -> str:
    """An answer, if it is one of the choices.

    Raises
    ------
    InvalidInput
        Where it is none.
    """
    if value not in choices:
        raise InvalidInput(
            f"'{value}' is no answer here.", where={"field": key}, next_step=f"Answer {' or '.join(choices)}."
        )
    return value


def _with_day_order(profile: ImportProfile, order: str) -> ImportProfile:
    rule = profile.timestamp
    forms = [rule.format, *rule.formats]
    is_mixed = is_mixture(forms)
    cannot = rule.day_first is None and not can_turn(rule.format) and not is_mixed
    if cannot or (order == "year" and not can_turn(rule.format)) or (order == MIXED and not all(map(can_mix, forms))):
        raise InvalidInput(
            f"The parts of a date can't be exchanged so in '{rule.format}'.",
            where={"field": "day_first"},
            next_step=_LEAVE_OUT,
        )
    own = as_they_stand(forms) if is_mixed else forms
    forms = list(mixed_forms(own) if order == MIXED else dict.fromkeys(in_order(form, order) for form in own))
    is_day = {"true": True, "false": False}.get(order) if order != MIXED else rule.day_first
    if rule.day_first is None and not can_turn(rule.format):  # the year stands first in any case
        is_day = None
    why = AS_THEY_STAND if is_mixed and order != MIXED else _SAID
    change: dict[str, object] = {"day_first": is_day, "order_why": why}
    change |= {"format": forms[0], "formats": tuple(forms[1:])}
    return profile.model_copy(update={"timestamp": rule.model_copy(update=change)})


def _with_beginnings(profile: ImportProfile, value: str) -> ImportProfile:
    seconds = BEGINS[one_of("day_begins", value, tuple(BEGINS))]
    rule = profile.timestamp
    has_clock = any(mark in rule.format for mark in ("%H", "%I")) or "%" not in rule.format
    if rule.periods is not None or (seconds and has_clock):
        raise InvalidInput("The file's times are no dates alone.", where={"field": "day_begins"}, next_step=_LEAVE_OUT)
    return profile.model_copy(update={"timestamp": rule.model_copy(update={"day_begins_s": seconds})})


_KINDS: dict[str, Callable[[ImportProfile, str], ImportProfile]] = {
    "time_zone": _with_zone,
    "day_first": lambda profile, value: _with_day_order(
        profile, one_of("day_first", value, ("true", "false", "year", MIXED))
    ),
    "year_begins": lambda profile, value: _with_year(profile, one_of("year_begins", value, tuple(YEAR_BEGINS))),
    "date": _with_date,
    "day_begins": _with_beginnings,
    "stamp": lambda profile, value: _with_intervals(profile, "stamp", value),
    "counts": lambda profile, value: _with_intervals(profile, "counts", value),
}
ABOUT_TIMES = frozenset(_KINDS)
