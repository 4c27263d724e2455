"""Does a saved profile fit another file of the same logger? Then read that file by it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.form_words import say_form
from fairwatt.core.files.inspection import Inspection
from fairwatt.core.files.profile import Dialect, How, ImportProfile, PeriodRule, TimestampRule
from fairwatt.core.files.settling import settle
from fairwatt.core.periods import say_duration

# What is the bytes' own and says nothing about what they mean: taken from the file at hand.
_OF_THE_BYTES = ("encoding", "compression", "member", "line_end", "skip_lines")
_LOOK_ANEW = "Look at the file without the profile: fairwatt inspect FILE"


def misfit_of(profile: ImportProfile, inspection: Inspection) -> str:
    """Why a profile does not fit a table, in one sentence; "" where it does.

    Parameters
    ----------
    profile
        The saved profile.
    inspection
        What samples of the table said.
    """
    found = inspection.profile
    columns = found.columns if found is not None else len(inspection.columns)
    if found is not None and found.format != profile.format:
        return f"It is for {profile.format or 'delimited text'}, the file is {inspection.format}."
    if columns != profile.columns:
        return f"It is for {profile.columns:,} columns, the file has {columns:,}."
    if found is None:
        return _renamed(profile, inspection.columns)
    return (
        _renamed(profile, inspection.columns)
        or _written_otherwise(profile.dialect, found.dialect)
        or _other_times(profile.timestamp, found.timestamp, inspection)
        or _other_order(profile, inspection)
    )


def _written_otherwise(mine: Dialect, theirs: Dialect) -> str:
    if mine.delimiter != theirs.delimiter:
        return f"It is for cells divided by {mine.delimiter!r}, the file has {theirs.delimiter!r}."
    if mine.header_lines != theirs.header_lines:
        return f"It is for {mine.header_lines} lines of header, the file has {theirs.header_lines}."
    if mine.decimal_mark == "." and theirs.decimal_mark == "," and theirs.decimal_how is not How.GUESSED:
        return "It is for numbers with a decimal point, the file has decimal commas."
    if mine.decimal_mark == "," and theirs.decimal_mark == "." and theirs.decimal_how is How.INFERRED:
        return "It is for numbers with a decimal comma, the file has decimal points."
    return ""


def _renamed(profile: ImportProfile, names: Sequence[str]) -> str:
    rule_heads = zip(profile.timestamp.columns, profile.timestamp.heads, strict=False)
    for column, head in rule_heads:
        if column < len(names) and names[column] != head:
            return f"It is for times in ‘{head}’, the file has ‘{names[column]}’ in that column."
    for rule in profile.channels:
        if rule.column < len(names) and names[rule.column] != rule.name:
            return f"It is for ‘{rule.name}’ in column {rule.column + 1}, the file has ‘{names[rule.column]}’ there."
    return ""


def _other_times(mine: TimestampRule, theirs: TimestampRule, inspection: Inspection) -> str:
    """Whether times are written so that the profile would read them as other times, or as none."""
    if (why := _other_intervals(mine.periods, theirs.periods)) or mine.columns != theirs.columns:
        return why
    is_open = any(question.id == "day_first" for question in inspection.questions)
    forms = [{plain_form(form, is_open=is_open) for form in (rule.format, *rule.formats)} for rule in (mine, theirs)]
    if forms[0] & forms[1]:
        return ""
    return f"It is for times written {say_form(mine.format)}, those of the file are written {say_form(theirs.format)}."


def _other_intervals(mine: PeriodRule | None, theirs: PeriodRule | None) -> str:
    if theirs is None:
        return ""
    if mine is None:
        return "It is for rows that have their own times, the file has numbered intervals or a row a day."
    if mine.step_s != theirs.step_s:
        return (
            f"It is for intervals of {say_duration(mine.step_s)}, the file has those of {say_duration(theirs.step_s)}."
        )
    if (mine.column, bool(mine.days)) != (theirs.column, bool(theirs.days)) or mine.slots != theirs.slots:
        return "It is for intervals that stand in other columns than the file's."
    if mine.first != theirs.first:
        return f"It is for days whose intervals begin with {mine.first}, the file's begin with {theirs.first}."
    return ""


def plain_form(form: str, *, is_open: bool) -> str:
    """A format without what may differ from cell to cell: seconds and fractions, long and short names of months, and,
    where their order is known elsewhere or asked, day and month; where that is open, the year of two digits too."""
    plain = re.sub(r"[.,:]%f|[:.]?%S|(?<=%M)%S", "", form).replace("%B", "%b").replace("%m", "%d")
    return plain.replace("%y", "%d") if is_open else plain


def _other_order(profile: ImportProfile, inspection: Inspection) -> str:
    """Whether dates are surely written the other way round than the profile says."""
    found = inspection.profile
    if found is None or any(question.id == "day_first" for question in inspection.questions):
        return ""
    orders = profile.timestamp.day_first, found.timestamp.day_first
    if None in orders or orders[0] == orders[1]:
        return ""
    words = {True: "day", False: "month"}
    return f"It is for dates with the {words[bool(orders[0])]} first, the file has the {words[bool(orders[1])]} first."


def fit_profile(profile: ImportProfile, inspection: Inspection, *, name: str) -> ImportProfile:
    """The profile for the bytes at hand: what they mean by the profile, how they are packed as they are.

    Raises
    ------
    InvalidInput
        Where it does not fit; the message says why.
    """
    if why := misfit_of(profile, inspection):
        raise InvalidInput(
            f"The profile does not fit {name}. {why}", where={"file": name, "field": "profile"}, next_step=_LOOK_ANEW
        )
    found = inspection.profile
    if found is None:
        return profile
    own = {key: getattr(found.dialect, key) for key in _OF_THE_BYTES}
    fitted = profile.model_copy(update={"table": found.table, "dialect": profile.dialect.model_copy(update=own)})
    fitted = _as_personal_as(settle(fitted, inspection), found)
    if not fitted.channels:
        raise InvalidInput(
            f"The profile does not fit {name}. All columns that it reads say whose readings they are.",
            where={"file": name, "field": "profile"},
            next_step=_LOOK_ANEW,
        )
    return fitted


def _as_personal_as(profile: ImportProfile, found: ImportProfile) -> ImportProfile:
    """The profile with all that the bytes at hand show to be personal, whatever the file it was made for held."""
    personal = tuple(sorted({*profile.personal_columns, *found.personal_columns}))
    channels = tuple(rule for rule in profile.channels if rule.column not in personal)
    return profile.model_copy(
        update={
            "series_kind": found.series_kind or profile.series_kind,
            "personal_columns": personal,
            "channels": channels,
        }
    )
