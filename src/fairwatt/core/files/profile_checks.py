"""Can a profile be what it says? Checked before a document from outside is read by."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.local_time import load_zone
from fairwatt.core.files.numeric_times import EPOCH_MICROS, SERIAL_ORIGINS
from fairwatt.core.files.profile import ImportProfile
from fairwatt.core.units import QUANTITIES, UNITS

RESERVED_FIELDS = frozenset({"series", "start"})  # columns of the readings table that are no channels
_DIRECTIVES = frozenset("YymbBdaAHIMSfpzZGVujq%")
_WORDS = frozenset({*EPOCH_MICROS, *SERIAL_ORIGINS})
_DAY_S = 86_400
_LONGEST = 1_000  # characters of a name


def check_profile(profile: ImportProfile, *, name: str = "the profile") -> None:
    """Refuse a profile that can't be one.

    Raises
    ------
    InvalidInput
        For the first thing that is wrong; ``where`` names it as ``field``.
    """
    for field, said in _problems(profile):
        raise InvalidInput(f"{name}: {said}", where={"file": name, "field": field}, next_step="Correct the entry.")


def _problems(profile: ImportProfile) -> Iterator[tuple[str, str]]:
    yield from _position_problems(profile)
    yield from _dialect_problems(profile)
    yield from _time_problems(profile)
    yield from _channel_problems(profile)


def _position_problems(profile: ImportProfile) -> Iterator[tuple[str, str]]:
    rule, spread = profile.timestamp, profile.spread
    places: dict[str, tuple[int | None, ...]] = {
        "timestamp.columns": rule.columns,
        "series_column": (profile.series_column,),
        "series_parts": profile.series_parts,
        "personal_columns": profile.personal_columns,
    }
    if rule.periods is not None:
        slots = tuple(slot.column for slot in rule.periods.slots)
        days = tuple(day.column for day in rule.periods.days)
        places["timestamp.periods"] = (rule.periods.column, *slots, *days)
    if spread is not None:
        gathered = rule.periods is not None and spread.value_column == profile.columns
        value_column = None if gathered else spread.value_column
        places["spread"] = (spread.name_column, value_column, spread.unit_column)
    for field, columns in places.items():
        for column in columns:
            if column is not None and not 0 <= column < profile.columns:
                yield field, f"{field} names column {column}, but there are columns 0 to {profile.columns - 1}."


def _dialect_problems(profile: ImportProfile) -> Iterator[tuple[str, str]]:
    dialect = profile.dialect
    try:
        codecs.lookup(dialect.encoding)
    except LookupError:
        yield "dialect.encoding", f"there is no encoding '{dialect.encoding}'."
    if len(dialect.delimiter) != 1 or dialect.delimiter in "\r\n\0":
        yield "dialect.delimiter", "a delimiter is one character."
    if len(dialect.quote) > 1:
        yield "dialect.quote", "a quote is one character, or none."
    if dialect.quote and dialect.quote == dialect.delimiter:
        yield "dialect.quote", "quote and delimiter can't be the same."
    if dialect.decimal_mark == dialect.thousands_mark:
        yield "dialect.thousands_mark", "decimals and thousands can't have the same mark."


def _time_problems(profile: ImportProfile) -> Iterator[tuple[str, str]]:
    rule = profile.timestamp
    for form in (rule.format, *rule.formats):
        used = re.findall(r"%(.?)", form)
        if (
            form not in _WORDS
            and not ({"Y", "y", "G"} & set(used) or (rule.periods is not None and rule.periods.days))
            and not (rule.is_dateless and {"H", "I"} & set(used))
        ):
            yield "timestamp.format", f"'{form[:60]}' names no year, so that no time can be read by it."
        if unknown := sorted(set(used) - _DIRECTIVES):
            yield "timestamp.format", f"%{unknown[0]} is not known in a format of time."
    if rule.time_zone is not None:
        try:
            load_zone(rule.time_zone)
        except InvalidInput as error:
            yield "timestamp.time_zone", error.message
    if profile.resolution_s is not None and not math.isfinite(profile.resolution_s):
        yield "resolution_s", "a step is a number of seconds."
    periods = rule.periods
    if periods is None:
        return
    if not math.isfinite(periods.step_s) or periods.step_s > _DAY_S:
        yield "timestamp.periods.step_s", "an interval of a day is no longer than a day."
    if sum((periods.column is not None, bool(periods.slots), bool(periods.days))) != 1:
        yield "timestamp.periods", "either the column of the interval's number, the slots or the days must be given."


def _channel_problems(profile: ImportProfile) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for number, channel in enumerate(profile.channels):
        at = f"channels.{number}"
        if channel.field in seen or channel.field in RESERVED_FIELDS:
            yield f"{at}.field", f"the field '{channel.field}' is taken: each channel needs one of its own."
        seen.add(channel.field)
        if channel.unit and channel.unit not in UNITS:
            yield f"{at}.unit", f"there is no unit '{channel.unit[:60]}'; see docs/nomenclature.md."
        if channel.quantity and channel.quantity not in QUANTITIES:
            yield f"{at}.quantity", f"there is no quantity '{channel.quantity[:60]}'; see docs/nomenclature.md."
        if not math.isfinite(channel.multiplier) or channel.multiplier == 0:
            yield f"{at}.multiplier", "a multiplier is a number other than 0."
        if channel.column >= profile.columns and profile.spread is None and profile.timestamp.periods is None:
            yield f"{at}.column", f"it names column {channel.column}, but there are 0 to {profile.columns - 1}."
        if len(channel.name) > _LONGEST:
            yield f"{at}.name", "the name is too long."
