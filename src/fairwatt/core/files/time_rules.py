"""From a file's times to the rule by which they are read: clock, stamp and step, and what only a person can tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwatt.core.files.around_changes import look_at_changes
from fairwatt.core.files.asking import (
    ASKED_BELOW,
    StampGuess,
    ask_date,
    ask_day_order,
    ask_stamp,
    ask_turned_days,
    ask_year,
    ask_zone,
)
from fairwatt.core.files.calendar_stamps import FROM, says_april
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.form_words import say_form
from fairwatt.core.files.gas_days import ask_gas_day
from fairwatt.core.files.last_moments import LastMoments, find_last_moments
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import says_end, words_of
from fairwatt.core.files.profile import How, Question, TimestampRule
from fairwatt.core.files.regularity import calendar_months
from fairwatt.core.files.said_zones import OF_A_LINE, SaidZone, zone_of_cells, zone_of_offsets, zone_said, zones_noted
from fairwatt.core.files.stamp_evidence import USUAL, say_hour_24, weigh_edges
from fairwatt.core.files.stamps import DAY, MICROS, NOT_A_TIME
from fairwatt.core.files.zones import (
    LONDON,
    ZoneGuess,
    guess_zone,
    lies_in_summer,
    touches_summer,
)
from fairwatt.core.findings import Finding, Severity

_STARTS = re.compile(
    r"\b(start|starts|starttime|hhstart|starting|started|begin|begins|beginning|commencing)\b"
    r"|^(from|since)\b|\bfrom( utc| gmt| local)?$"
)
_ENDS = re.compile(r"\b(he|hour ?ending|hh ?ending|period ?ending|up ?to|until)\b")
_SHORTEST = 300 * MICROS  # of steps whose midnights are seen
_FEW = 3
_GMT = "GMT"
_ZONES_HEAD = re.compile(r"\b(time ?zone|tz|zone)\b")
_OFFSETS_HEAD = re.compile(r"\b(utc|gmt|zone|tz|time) ?offset\b|^offset$")
_ASKED_ABOUT = {  # what names of clocks leave open: the choice beside what they say, and why
    "central": ("Etc/GMT-1", ", which some mean for the whole year and others for winter only."),
    "places": ("UTC", ": before places an offset is mostly that of their winter."),
    "clock": ("UTC", ": in Britain that mostly means local time, but it may be a logger's own clock."),
    "unchanged": (LONDON, ". A clock without summer time is mostly GMT, but may be another one."),
    "stated": (LONDON, ". It may be the offset of the day on which that was written."),
    "moment": (LONDON, ". That is said of a single time, and perhaps not of the others."),
}
_OF_PLACE = "Months, quarters and years are those of the calendar of the place."
_LONGEST_NOTE = 120
_LONGEST_LINE = 400
_OF_STAMPS = re.compile(r"\b(times?|(?:time ?)?stamps?|readings?|values?|data|hh|hours?|intervals?)\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d[/.-]\d")  # the line tells a date: of a report, and not of stamps
_OF_INTERVAL = (
    r"(?:(?:of|at) )?(?:(?:the|each|its|their|every) )?(?:(?:half[ -]?)?hour(?:ly)?|period|interval|slot|hh)s?"
)
_NOTED = {
    stamp: re.compile(
        rf"\b(?:(?:half[ -]?)?hour|period|interval|hh)s?[ -](?:is |are )?{whole}\b|\b{point}s? {_OF_INTERVAL}\b",
        re.IGNORECASE,
    )
    for stamp, whole, point in (
        ("end", "(?:end(?:ing|ed|s)?)", "(?:end(?:ing)?)"),
        ("start", "(?:start(?:ing|ed|s)?|beginn?(?:ing|s)?|commencing)", "(?:start(?:ing)?|beginn?(?:ing)?)"),
    )
}


@dataclass(frozen=True, slots=True)
class TimeChoice:
    """The rule by which a file's times are read, its step, and the questions and findings about it."""

    rule: TimestampRule
    questions: tuple[Question, ...]
    findings: tuple[Finding, ...]
    resolution_s: float | None
    calendar_months: int
    resolution_why: str


def choose_time_rule(layout: Layout, names: Sequence[str], times: FileTimes, *, file_name: str = "") -> TimeChoice:
    """Choose how a file's times are read.

    Parameters
    ----------
    layout, names, times
        The file's layout, its columns' names, and where its times stand.
    file_name
        What the file is called: it may hold the date.
    """
    times = _doubting_gmt(layout, times)
    date = _ask_date(layout, file_name) if times.is_dateless else None
    zone, zone_question = _zone(layout, names, times)
    last = find_last_moments(times)
    stamp, stamp_question = _stamp(names, times, layout.notes, last)
    is_known = zone_question is None
    rule = TimestampRule(
        columns=times.columns,
        clock_texts=times.marks,
        ends_early_s=0.0 if last is None or stamp.stamp != "end" else last.early / MICROS,
        format=times.form,
        formats=(*times.forms, *_unseen_midnight(times)),
        rounding_s=times.rounding_s,
        day_first=times.day_first,
        order_why=times.order_why,
        time_zone=zone.zone if is_known else None,
        time_zone_how=(How.INFERRED if zone.is_shown else How.READ) if is_known else How.GUESSED,
        time_zone_why=zone.why if is_known else "",
        time_zone_confidence=zone.confidence if is_known else 0.0,
        time_zone_seen=zone.zone if zone.is_seen or zone.is_shown else "",
        stamp="end" if stamp.stamp == "end" else "start",
        stamp_how=stamp.how if stamp_question is None else How.GUESSED,
        stamp_why=stamp.why if stamp_question is None else "",
    )
    order = _order_question(layout, times) if times.is_order_open else None
    is_april = FROM not in times.form or any(says_april(names[c]) for c in times.columns)
    year = None if is_april else ask_year(_example(layout, times))
    gas_day = ask_gas_day(names, times)
    step, months, why = _resolution(times)
    return TimeChoice(
        rule=rule,
        questions=tuple(q for q in (date, zone_question, order, year, gas_day, stamp_question) if q is not None),
        findings=_findings(times),
        resolution_s=step,
        calendar_months=months,
        resolution_why=why,
    )


def _unseen_midnight(times: FileTimes) -> tuple[str, ...]:
    """The date alone, where no sampled row is a midnight's: many programs write midnights so."""
    if times.is_dateless:
        return ()
    stamps = np.concatenate(times.segments)
    is_fast = times.step is None or times.step < _SHORTEST
    if not is_fast or times.has_zone or len(times.columns) > 1 or (stamps[stamps != NOT_A_TIME] % DAY == 0).any():
        return ()
    forms = (times.form, *times.forms)
    own = forms[: 2 if times.is_mixed else 1]  # with day and month exchanged, and as it stands
    dates = tuple(re.split(r"[T _:,-]*%[HI]", form)[0] for form in own)
    return () if set(dates) & set(forms) else dates


def _order_question(layout: Layout, times: FileTimes) -> Question:
    if times.is_mixed:
        odd = _example(layout, times)
        return ask_turned_days(odd, times.order_why, day_first=times.day_first, confidence=times.order_confidence)
    return ask_day_order(
        _example(layout, times), times.order_why, day_first=times.takes_day_first,
        confidence=times.order_confidence, may_be_year=times.may_be_year,
    )  # fmt: skip


def _example(layout: Layout, times: FileTimes) -> str:
    cells = [row[times.columns[0]].strip() for row in layout.segments[0][:20]]
    return next((cell for cell in cells if cell), "")


def _resolution(times: FileTimes) -> tuple[float | None, int, str]:
    if times.interval is not None:
        return times.interval / MICROS, 0, ""
    if times.step is not None and times.step < 28 * DAY:
        return times.step / MICROS, 0, ""
    months = max((calendar_months(np.unique(run)) for run in times.runs()), default=0)
    if months:
        unit = {1: "month", 3: "quarter", 6: "half-year", 12: "year"}[months]
        return None, months, f"There is a reading each {unit}, and those are not equally long."
    if times.step is not None:
        return times.step / MICROS, 0, ""
    count = sum(len(run) for run in times.runs())
    if count < _FEW:
        return None, 0, "There are too few rows to tell a step."
    return None, 0, "The times follow each other at no usual step: perhaps readings are written when they change."


_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_./]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")
_DATE_LAST = re.compile(r"(?<!\d)(0?[1-9]|[12]\d|3[01])([-_./ ])(0?[1-9]|1[0-2])\2((?:19|20)\d\d)(?!\d)")


def _ask_date(layout: Layout, file_name: str) -> Question:
    """Ask for the first row's date; guessed by the lines above the table, or by the file's name."""
    for text, where in ((" ".join(layout.notes), "A line beside the table"), (file_name, "The file's name")):
        found = {f"{m[1]}-{m[3]}-{m[4]}": m[0] for m in _DATE.finditer(text)}
        found |= {f"{m[4]}-{int(m[3]):02}-{int(m[1]):02}": m[0] for m in _DATE_LAST.finditer(text)}
        if found:
            guess, written = next(iter(found.items()))
            return ask_date(guess, f"{where} has {written}.")
    return ask_date("", "The times have no date, and neither the file's name nor the lines above them say one.")


# The clock


def _zone(layout: Layout, names: Sequence[str], times: FileTimes) -> tuple[ZoneGuess, Question | None]:
    if times.has_zone:
        return ZoneGuess("UTC", "The times say their zone themselves.", 1.0), None
    guess = ZoneGuess(LONDON, "Meters in Britain mostly keep clock time; times without a date don't show it.", 0.5)
    if not times.is_dateless:
        guess = guess_zone(times.runs(), times.step, lambda changes: look_at_changes(layout, times, changes))
    if times.form.endswith(_GMT):
        doubt = ZoneGuess(guess.zone, f"The times say {_GMT}, but: {_lowered(guess.why)}", 0.6, is_seen=True)
        return doubt, ask_zone(doubt, said="UTC")
    if (told := _told_zone(layout, names, times, guess)) is not None:
        return told
    if guess.is_shown:
        return guess, None
    beside = _offset_beside(layout, names)
    if beside is None and _resolution(times)[1] and not guess.is_hinted:
        return ZoneGuess(LONDON, _OF_PLACE, 0.9, is_shown=True), None
    guess = beside or guess
    return guess, ask_zone(guess)


def _told_zone(
    layout: Layout, names: Sequence[str], times: FileTimes, guess: ZoneGuess
) -> tuple[ZoneGuess, Question | None] | None:
    """The zone that heads and lines beside the table tell; None where they tell none."""
    heads = [names[c] for c in times.columns] + [layout.units[c] for c in times.columns if c < len(layout.units)]
    said = next((s for head in heads if (s := zone_said(head)) is not None), None)
    noted = (*_zones_beside(layout, names, times), *zones_noted(layout.notes, [names[c] for c in times.columns]))
    others = [one for one, _ in noted if said is None or one.zone != said.zone]
    if others and (said is not None or len(noted) > 1):
        return _contradicted(said, noted, guess)
    if said is not None:
        return _said_zone(said, f"The column's name says {said.text}", guess, times)
    if noted:
        return _said_zone(noted[0][0], f"{OF_A_LINE}: {noted[0][1][:_LONGEST_NOTE]}", guess, times)
    return None


def _zones_beside(layout: Layout, names: Sequence[str], times: FileTimes) -> list[tuple[SaidZone, str]]:
    """What a column of zones says, with its name and its zone."""
    columns = [c for c in range(layout.columns) if _ZONES_HEAD.search(words_of(names[c]))]
    stamps = np.concatenate(times.segments) if columns and not times.is_dateless else np.zeros(0, dtype=np.int64)
    in_summer = touches_summer(stamps[stamps != NOT_A_TIME])
    found = [(zone_of_cells(layout.cells(c), meets_summer=in_summer), names[c]) for c in columns]
    return [(said, f"{name} {said.text}") for said, name in found if said is not None]


def _offset_beside(layout: Layout, names: Sequence[str]) -> ZoneGuess | None:
    """What a column of offsets from UTC speaks for, as far as its sampled cells go."""
    for column in range(layout.columns):
        words, cells = words_of(names[column]), layout.cells(column)
        is_signed = all(cell.strip()[:1] in {"+", "-"} for cell in cells)
        is_named = _OFFSETS_HEAD.search(words) or (is_signed and _ZONES_HEAD.search(words))
        if is_named and (zone := zone_of_offsets(cells)):
            why = f"In the rows looked at, ‘{names[column]}’ is {' or '.join(sorted(set(layout.cells(column))))}."
            return ZoneGuess(zone, why, 0.75, is_seen=True)
    return None


def _contradicted(
    said: SaidZone | None, noted: Sequence[tuple[SaidZone, str]], guess: ZoneGuess
) -> tuple[ZoneGuess, Question]:
    """What names and lines say of the zone, where they do not agree: that has to be asked."""
    texts = [f"the column's name says {said.text}"] if said is not None else []
    texts += [f"a line beside the table says: {note[:_LONGEST_NOTE]}" for _, note in noted]
    zones = [*([said.zone] if said is not None else []), *(one.zone for one, _ in noted)]
    zone = guess.zone if guess.zone in zones and (guess.is_shown or guess.is_hinted) else zones[0]
    why = "; ".join(texts)
    doubt = ZoneGuess(zone, f"{why[:1].upper()}{why[1:]}. They do not agree.", 0.5)
    return doubt, ask_zone(doubt, said=next((one for one in zones if one != zone), ""))


def _doubting_gmt(layout: Layout, times: FileTimes) -> FileTimes:
    """Times that all say GMT, as naive ones where they do what British clocks do in spring or autumn.

    Many programs write the zone's winter name behind local times the whole year.
    """
    forms = (times.form, *times.forms)
    if not times.has_zone or not all(form.endswith("%Z") for form in forms):
        return times
    column = times.columns[-1]
    if not all(cell.strip().upper().endswith(_GMT) for cell in layout.cells(column) if cell.strip()):
        return times
    naive = replace(times, has_zone=False, form=_as_gmt(forms[0]), forms=tuple(map(_as_gmt, forms[1:])))
    guess = guess_zone(naive.runs(), naive.step, lambda changes: look_at_changes(layout, naive, changes))
    return naive if guess.zone == LONDON and (guess.is_shown or guess.is_hinted) else times


def _as_gmt(form: str) -> str:
    """A format with the zone's name as a mere word."""
    return f"{form.removesuffix('%Z')}{_GMT}"


def _said_zone(said: SaidZone, text: str, guess: ZoneGuess, times: FileTimes) -> tuple[ZoneGuess, Question | None]:
    """What a name or a note says of the zone, unless the times say otherwise."""
    if said.kind in _ASKED_ABOUT:
        return _open_zone(said, text, guess)
    shows_london, shows_fixed = guess.is_shown, guess.zone == "UTC"
    if said.kind in {"utc", "gmt", "offset"}:
        if shows_london or guess.is_hinted or guess.zone not in {"UTC", LONDON}:
            doubt = ZoneGuess(guess.zone, f"{text}, but: {_lowered(guess.why)}", 0.6, is_seen=True)
            return doubt, ask_zone(doubt, said=said.zone)
        return ZoneGuess(said.zone, f"{text}.", 0.95), None
    if shows_fixed or guess.zone not in {said.zone, LONDON}:
        doubt = ZoneGuess(guess.zone, f"{text}, but: {_lowered(guess.why)}", 0.6, is_seen=True)
        return doubt, ask_zone(doubt, said=said.zone)
    if said.kind == "summer" and not shows_london:
        stamps = np.concatenate(times.segments)
        if not lies_in_summer(stamps[stamps != NOT_A_TIME]):
            doubt = ZoneGuess(LONDON, f"{text}, but times in winter are there too.", 0.6)
            return doubt, ask_zone(doubt, said="Etc/GMT-1")
    return ZoneGuess(said.zone, f"{text}.", 0.9), None


def _open_zone(said: SaidZone, text: str, guess: ZoneGuess) -> tuple[ZoneGuess, Question | None]:
    """What words that leave something open say of the zone, unless the times show it."""
    if guess.is_shown and guess.zone == said.zone:
        return guess, None
    if guess.is_seen and guess.zone != said.zone and said.kind != "central":
        doubt = ZoneGuess(guess.zone, f"{text}, but: {_lowered(guess.why)}", 0.6, is_seen=True)
        return doubt, ask_zone(doubt, said=said.zone)
    other, why = _ASKED_ABOUT[said.kind]
    return (doubt := ZoneGuess(said.zone, f"{text}{why}", 0.7)), ask_zone(doubt, said=other)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


# Start or end of the interval


def _stamp(
    names: Sequence[str], times: FileTimes, notes: Sequence[str], last: LastMoments | None
) -> tuple[StampGuess, Question | None]:
    if (said := _said_stamp(names, times)) is not None:
        return said, None
    if last is not None:
        found = StampGuess("end", last.why, 0.95 if last.is_sure else 0.75, How.INFERRED)
        return found, None if last.is_sure else ask_stamp(found)
    hour_24, edges = say_hour_24(times), weigh_edges(times)
    shown = hour_24 or edges
    if (told := _noted_stamp(notes, shown if _is_end(shown) else None) or hour_24) is not None:
        return told, (ask_stamp(told) if told.confidence < ASKED_BELOW else None)
    if _is_end(edges):
        return edges, ask_stamp(edges)
    return (edges if edges.how is How.INFERRED else StampGuess("start", f"{USUAL}.", 0.8, How.ASSUMED)), None


def _said_stamp(names: Sequence[str], times: FileTimes) -> StampGuess | None:
    """What the heads of the times say, or a column of ends beside them."""
    own = [names[c] for c in times.columns]
    if times.end_column is not None:
        where = "Each cell" if times.end_column in times.columns else "Another column"
        return StampGuess("start", f"{where} holds the intervals' ends.", 1.0, How.READ)
    if any(_STARTS.search(words_of(name)) for name in own):
        return StampGuess("start", "The column's name says so.", 0.95, How.READ)
    if any(says_end(name) or _ENDS.search(words_of(name)) for name in own):
        return StampGuess("end", "The column's name says so.", 0.95, How.READ)
    return None


def _is_end(guess: StampGuess) -> bool:
    return guess.stamp == "end" and guess.how is not How.ASSUMED


def _noted_stamp(notes: Sequence[str], shown: StampGuess | None) -> StampGuess | None:
    """What lines beside the table say of starts and ends; a guess where they, or the times, contradict it."""
    short = [line for line in notes if len(line) <= _LONGEST_LINE]
    lines = [line for line in short if _OF_STAMPS.search(line) and not _YEAR.search(line)]
    found = {stamp: line for line in lines for stamp, said in _NOTED.items() if said.search(line)}
    if not found:
        return None
    stamp, line = next(iter(found.items()))
    why = f"A line beside the table says: {' '.join(line.split())[:_LONGEST_NOTE]}"
    if len(found) > 1:
        return StampGuess(stamp, f"{why} Another says otherwise.", 0.5)
    if stamp == "start" and shown is not None:
        return StampGuess(stamp, f"{why} But: {_lowered(shown.why)}", 0.6)
    return StampGuess(stamp, why, 0.95, How.READ)


def _findings(times: FileTimes) -> tuple[Finding, ...]:
    if not times.forms:
        return ()
    count = len(times.forms) + 1
    forms = ", ".join(f"‘{say_form(form)}’" for form in (times.form, *times.forms)[:4])
    return (
        Finding(
            code="mixed-time-forms",
            severity=Severity.INFO,
            count=count,
            message=f"Times are written in {count} forms ({forms}{', …' if count > 4 else ''}). All of them are read.",
        ),
    )
