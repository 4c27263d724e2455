"""SQL for the times of a text file: from a row's text to its stamp, by the rule of its profile."""

from __future__ import annotations

import re

from fairwatt.core.files.calendar_stamps import FROM, QUARTERS
from fairwatt.core.files.numeric_times import EPOCH_MICROS, SERIAL_ENDS, SERIAL_ORIGINS
from fairwatt.core.files.parts_of_day import PARTS
from fairwatt.core.files.profile import ImportProfile, TimestampRule
from fairwatt.core.files.spans import JOINER, end_form, is_span_form, start_form
from fairwatt.core.files.stamps import TIDYING, ZONE_HOURS
from fairwatt.lake.engine import literal

FIRST_YEAR, LAST_YEAR = 1902, 2199  # outside, a stamp is a mistake, and the clock changes are not known
_DAY = 86_400_000_000
_DAY_S = 86_400
_MOST_MICROS = 8_000_000_000_000_000  # the year 2223
_COMPACT = re.compile(r"%[YymdHIM]%[mdHMS]")
_PATTERNS = {
    "Y": "[0-9]{4}",
    "j": "[0-9]{1,3}",
    "y": "[0-9]{2}",
    "f": "[0-9]{1,9}",
    "p": "[AaPp][Mm]",
    "z": ".*",
    "Z": ".*",
}
_WORDS = frozenset("bBaA")
# The hour 24 is a day's end only at 24:00; and the same written without a mark.
_HOUR_24 = (
    (r"([ T]|^)24([:.]00([:.]00([.,:]0+)?)?([ Zz+-].*)?)$", r"\1" + "00" + r"\2"),
    (r"^([0-9]{8}[T ]?)24(00(00)?)$", r"\1" + "00" + r"\2"),
    (r"( )24(00)$", r"\1" + "00" + r"\2"),
)


def text_of(column: int) -> str:
    """The name under which a column of the file is read as text."""
    return f"c{column}"


def stamp_text(rule: TimestampRule) -> str:
    """SQL: the text of a row's time; its parts joined by one space."""
    parts = [f"trim({text_of(column)})" for column in rule.columns]
    if rule.clock_texts:
        cases = " ".join(f"WHEN {literal(text)} THEN {literal(offset)}" for text, offset in rule.clock_texts)
        parts[-1] = f"CASE {parts[-1]} {cases} END"
    if len(parts) > 1 and rule.format.endswith(" %H%M"):
        hours = parts[-1]  # 30 is 00:30
        parts[-1] = f"CASE WHEN regexp_full_match({hours}, '[0-9]{{1,3}}') THEN lpad({hours}, 4, '0') ELSE {hours} END"
    if len(parts) > 1 and rule.format.endswith(" %H%M%S"):
        hours = parts[-1]  # 105 is 00:01:05
        parts[-1] = f"CASE WHEN regexp_full_match({hours}, '[0-9]{{1,5}}') THEN lpad({hours}, 6, '0') ELSE {hours} END"
    return " || ' ' || ".join(parts)


def stamp_of(rule: TimestampRule) -> str:
    """SQL: a row's stamp as TIMESTAMP; UTC where the file says so, else the clock's own time.

    A stamp that is the last second of its interval is the interval's end.
    """
    stamp = _stamp_as_written(rule)
    later = rule.day_begins_s * 1_000_000
    later += round(rule.ends_early_s * 1_000_000) if rule.stamp == "end" else 0
    return f"({stamp} + to_microseconds({later}))" if later else stamp


def ends_by_calendar(profile: ImportProfile) -> str:
    """SQL: the interval of whole days or months whose ends on the clock of a place stamps are; "" where they are not.

    Their starts are found by the calendar when they are staged, as a day may have 23 hours; then they are starts.
    """
    rule, seconds = profile.timestamp, profile.resolution_s or 0.0
    if rule.stamp != "end" or rule.periods is not None or has_zone(rule):
        return ""
    if profile.calendar_months:
        return f"INTERVAL {profile.calendar_months} MONTH"
    return f"INTERVAL {int(seconds // _DAY_S)} DAY" if seconds and seconds % _DAY_S == 0 else ""


def start_of(profile: ImportProfile) -> str:
    """SQL: a row's stamp as :func:`stamp_of` gives it; of a day's or a month's end, its start."""
    stamp, length = stamp_of(profile.timestamp), ends_by_calendar(profile)
    return f"({stamp} - {length})" if length else stamp


def _stamp_as_written(rule: TimestampRule) -> str:
    date, _, word = rule.format.rpartition(" ")
    if word in PARTS and date:
        return _with_part_of_day(rule, word)
    if rule.format in EPOCH_MICROS:
        return _epoch(rule)
    if rule.format in SERIAL_ORIGINS:
        return _serial(rule)
    if rule.is_dateless:  # a time of day alone is parsed as one of the year 1900, which is too early for a reading
        return f"({_written(rule)} + INTERVAL 100 YEAR)"
    return _written(rule)


def _with_part_of_day(rule: TimestampRule, word: str) -> str:
    """SQL: a date and a number of something since its midnight."""
    forms = tuple(form.rpartition(" ")[0] for form in rule.formats)
    dated = {"columns": rule.columns[:-1], "format": rule.format.rpartition(" ")[0], "formats": forms}
    number = f"TRY_CAST(replace(trim({text_of(rule.columns[-1])}), ',', '.') AS DOUBLE)"
    grid = round(rule.rounding_s * 1_000_000) if word in {"day_fraction", "day_hours"} else 1
    micros = f"CAST(round({number} * {PARTS[word] / grid!r}) AS BIGINT) * {grid}"
    date = _stamp_as_written(rule.model_copy(update=dated))
    return f"CASE WHEN {number} >= 0 AND {number} * {PARTS[word]} <= {_DAY} THEN {date} + to_microseconds({micros}) END"


def has_zone(rule: TimestampRule) -> bool:
    """Whether the stamps say themselves what instant they mean; a day's midnight means none."""
    if rule.periods is not None:
        return False
    return rule.format in EPOCH_MICROS or _has_zone(rule.format) or rule.format.endswith("Z")


def _has_zone(form: str) -> bool:
    return "%z" in form or "%Z" in form


def _epoch(rule: TimestampRule) -> str:
    bare = f"regexp_replace(replace({stamp_text(rule)}, ',', '.'), '^/Date\\((-?[0-9]+)([+-][0-9]{{4}})?\\)/$', '\\1')"
    number = f"TRY_CAST({bare} AS DECIMAL(28,6))"
    factor = format(EPOCH_MICROS[rule.format], "g") if EPOCH_MICROS[rule.format] < 1 else int(EPOCH_MICROS[rule.format])
    micros = f"TRY_CAST({number} * {factor} AS BIGINT)"
    return f"CASE WHEN abs({micros}) < {_MOST_MICROS} THEN make_timestamp({micros}) END"


def _serial(rule: TimestampRule) -> str:
    numbers = [f"TRY_CAST(replace(trim({text_of(c)}), ',', '.') AS DOUBLE)" for c in rule.columns]
    days, grid = " + ".join(numbers), round(rule.rounding_s * 1_000_000)
    micros = f"CAST(round(({days} + {SERIAL_ORIGINS[rule.format]}) * {_DAY / grid!r}) AS BIGINT) * {grid}"
    low, high = SERIAL_ENDS[rule.format]
    return f"CASE WHEN {days} > {low} AND {days} < {high} THEN make_timestamp({micros}) END"


def _written(rule: TimestampRule) -> str:
    """By formats; what they don't fit is read again as a person would: tidied, without seconds, with an hour 24."""
    text, forms = _of_starts(stamp_text(rule), [rule.format, *rule.formats])
    text, forms = _of_calendar(text, forms)
    forms = sorted(forms, key=lambda form: "%Y" in form)  # 21 must not pass for the year 21
    is_zoned = _has_zone(rule.format)
    if any(_COMPACT.search(form) for form in forms):
        strict = " OR ".join(
            f"regexp_full_match({text}, {literal(_pattern(form))})" for form in _variants(forms, loose=True)
        )
        quick = f"CASE WHEN {strict} THEN {_parsed(text, forms, is_zoned=is_zoned)} END"
        strict_again = f"regexp_matches({_tidied(text)}, '24')"
        slow = f"CASE WHEN {strict_again} THEN {_late(_tidied(text), forms, is_zoned=is_zoned)} END"
        return f"CAST(coalesce({quick}, {slow}) AS TIMESTAMP)"
    quick = _parsed(text, forms, is_zoned=is_zoned)
    tidied = _tidied(text)
    loose = _parsed(tidied, forms, is_zoned=is_zoned, loose=True)
    # Within a CASE, DuckDB works nothing out beforehand for all rows.
    slow = f"CASE WHEN {text} <> '' THEN coalesce({loose}, {_late(tidied, forms, is_zoned=is_zoned)}) END"
    return f"CAST(coalesce({quick}, {slow}) AS TIMESTAMP)"


def _of_starts(text: str, forms: list[str]) -> tuple[str, list[str]]:
    """SQL: a text without the interval's end that stands behind its start."""
    ends = sorted({end_form(form) for form in forms if is_span_form(form)})
    if not ends:
        return text, forms
    patterns = "|".join(dict.fromkeys(_pattern(form) for form in _variants(ends, loose=True)))
    cut = f"regexp_replace({_tidied(text)}, {literal(f'(?i){JOINER}(?:{patterns})$')}, '')"
    return cut, list(dict.fromkeys(start_form(form) if is_span_form(form) else form for form in forms))


def _of_calendar(text: str, forms: list[str]) -> tuple[str, list[str]]:
    """SQL: quarters, and years over two calendar years, as the months in which they begin."""
    if any("%q" in form for form in forms):
        for quarter, month in QUARTERS.items():
            text = f"regexp_replace({text}, '(?i)(\\bQ|Q(?:uarter)? ?| ){quarter}\\b', ' {month}')"
        text = f"regexp_replace(ltrim({text}), '[- /:]+', ' ', 'g')"
        forms = [re.sub(r"[- /:]+", " ", form.replace("Q%q", " %m").replace("%q", "%m")).strip() for form in forms]
    if any("%V" in form and "%u" not in form for form in forms):  # a week is its Monday
        text, forms = f"{text} || ' 1'", [f"{form} %u" for form in forms]
    begins = {form.partition(FROM)[2] for form in forms if FROM in form}
    for month in begins:
        text = f"regexp_replace({text}, '^([0-9]{{4}})[-/][0-9]{{2,4}}$', '\\1-{month}')"
        forms = ["%Y-%m" if form.endswith(FROM + month) else form for form in forms]
    return text, forms


def _late(text: str, forms: list[str], *, is_zoned: bool) -> str:
    """SQL: the hour 24 of a day as the next day's midnight, null where there is none."""
    found = f"{text}"
    for pattern, written in _HOUR_24:
        found = f"regexp_replace({found}, {literal(pattern)}, {literal(written)})"
    parsed = _parsed(found, forms, is_zoned=is_zoned, loose=True)
    return f"CASE WHEN {found} <> {text} THEN {parsed} + INTERVAL 1 DAY END"


def _tidied(text: str) -> str:
    for pattern, written in TIDYING:
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(written)}, 'g')"
    return text


def _parsed(text: str, forms: list[str], *, is_zoned: bool, loose: bool = False) -> str:
    """SQL: a text by the first of several formats that fits, as TIMESTAMP."""
    if is_zoned:
        named = any("%Z" in form for form in forms)
        if loose or named:
            text = _with_offset(text, named=named)
            forms = [re.sub(r" ?%[zZ]", "%z", form) for form in forms]
        else:
            text = f"CASE WHEN right({text}, 1) IN ('Z', 'z') THEN left({text}, -1) || '+00:00' ELSE {text} END"
    # DuckDB's own %f takes six digits at most, %n nine.
    written = [form.replace("%f", "%n") for form in _variants(forms, loose=loose)]
    moment = f"try_strptime({text}, [{', '.join(map(literal, written))}])"
    if is_zoned:
        moment = f"timezone('UTC', {moment})"
    # With nine digits DuckDB counts in nanoseconds: the cast makes them microseconds again.
    return f"CAST({moment} AS TIMESTAMP)"


def _with_offset(text: str, *, named: bool) -> str:
    """SQL: a text whose zone is written as an offset, without a blank before it."""
    if named:
        for hours in sorted(set(ZONE_HOURS.values())):
            names = "|".join(name for name, of in ZONE_HOURS.items() if of == hours and len(name) > 1)
            text = f"regexp_replace({text}, '(?i)\\s*\\b({names})$', '+{hours:02d}:00')"
        text = f"regexp_replace({text}, '(?i)\\s*\\b(UTC|GMT)([+-])', '\\2')"
        text = f"regexp_replace({text}, '([+-])([0-9])(:[0-9]+)?$', '\\10\\2\\3')"
    text = f"regexp_replace({text}, '[Zz]$', '+00:00')"
    return f"regexp_replace({text}, '\\s+([+-][0-9:]+)$', '\\1')"


def _variants(forms: list[str], *, loose: bool) -> list[str]:
    """The formats, and those of cells that lack the fraction, as ISO times with a whole second do; where ``loose``,
    also without or with seconds, and with a month's long or short name."""
    found: dict[str, None] = {}
    for form in forms:
        plain = re.sub(r"[.,:]%f", "", form)
        every = [form, plain]
        if loose:
            without = re.sub(r"[:.]?%S", "", plain)
            if without == plain:
                every.append(re.sub(r"(%[HI])([:.]?)%M", r"\1\2%M\2%S", plain))
            every += [
                without,
                *(f.replace("%B", "%\0").replace("%b", "%B").replace("%\0", "%b") for f in (form, plain)),
            ]
        found |= dict.fromkeys(every)
    return list(found)


def _pattern(form: str) -> str:
    """The pattern of texts in a format without marks between its numbers; elsewhere a number may lack its zero."""
    parts: list[str] = []
    tokens = re.findall(r"%.|[^%]", form)
    for at, token in enumerate(tokens):
        if not token.startswith("%"):
            parts.append(re.escape(token))
            continue
        beside = any(tokens[i].startswith("%") for i in (at - 1, at + 1) if 0 <= i < len(tokens))
        word = "[A-Za-z]+" if token[1] in _WORDS else ""
        parts.append(word or _PATTERNS.get(token[1], "[0-9]{2}" if beside else "[0-9]{1,2}"))
    return "".join(parts)
