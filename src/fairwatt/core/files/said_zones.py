"""What words in a file say of the clock of its times: the names of columns, their cells, and lines beside the table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.local_time import load_zone
from fairwatt.core.files.zones import LONDON, PARIS

OF_A_LINE = "A line beside the table says"  # how the reason for a clock begins


@dataclass(frozen=True, slots=True)
class SaidZone:
    """What a text says of a zone.

    ``kind`` is ``utc``, ``gmt``, ``offset`` (a fixed one), ``summer`` (BST), ``local``, or one of those that leave
    something open: ``central`` (CET, which many write all year and others only in winter), ``places`` (an offset before
    names of places), ``clock`` (clock time), ``unchanged`` (no summer time), ``stated`` (an offset in a line) and
    ``moment`` (the zone of a single time in a line).
    """

    zone: str
    kind: str
    text: str


# As Windows and those before it name clocks: the offset before the places is that of their winter.
_BRITISH = r"(?:dublin|edinburgh|lisbon|london)\b"
_NAMED_LONDON = (
    r"\bgmt standard time\b|\((?:utc|gmt)(?:[+-]0?0:00)?\)[ :,;]*"
    rf"(?:greenwich mean time|western europe(?:an)? time)?[ :,;]*{_BRITISH}"
)
_NAMED_PARIS = (
    r"\b(?:romance|w\.? europe|central europe(?:an)?) standard time\b"
    r"|\(utc\+01:00\) ?(?:amsterdam|brussels|belgrade|sarajevo)"
)
_BRITAIN = r"(?:uk|gb|british|(?:great )?britain|england|london|united kingdom)"
_SAVING = r"(?:daylight[ -]?sav(?:ing|e)s?(?: time)?|summer ?time|dst|bst|clock changes?)"
_END = r"[)\]\s.]*$"
_UNCHANGED = (
    rf"\b(?:no|not|never|without)\b[\w ]{{0,30}}\b{_SAVING}\b"
    rf"|\b{_SAVING}[ :=]*(?:no|none|off|false|disabled|never){_END}"
)
_CHANGED = rf"\b{_SAVING}[ :=]*(?:yes|on|auto\w*|true|enabled|applied){_END}"
_SAID: tuple[tuple[str, str, str], ...] = (
    (r"\b(?:europe/london|gmt ?[/|&] ?bst|bst ?[/|&] ?gmt)\b", LONDON, "local"),
    (rf"\b(?:time ?zone|tz)\b[ :=,;\"]*{_BRITAIN}\b", LONDON, "local"),
    (rf"(?:time|stamp|clock|date)s? ?[(\[] ?{_BRITAIN}(?: local)?(?: time)? ?[)\]]", LONDON, "local"),
    (r"\b(?:uk|british|gb|london)[\s_-]*(?:(?:local|clock|civil)[\s_-]*)?(?:date[\s_-]*)?time\b", LONDON, "local"),
    (r"\b(?:europe/dublin)\b", "Europe/Dublin", "local"),
    (_NAMED_LONDON, LONDON, "local"),
    (rf"\b(?:utc|gmt)(?:[+-]0?0:00)?[ :,;-]*\(?{_BRITISH}", LONDON, "places"),
    (r"\bgreenwich standard time\b|\(utc[+-]00:00\) ?(?:monrovia|casablanca|reykjavik|s[aã]o tom)", "UTC", "utc"),
    (_NAMED_PARIS, PARIS, "local"),
    (r"\((?:utc|gmt)[+-]\d\d?:\d\d\) ?(?!coordinated)[a-z]+", LONDON, "places"),
    (r"\b(?:europe/paris|cet ?/ ?cest)\b", PARIS, "local"),
    (r"\b(?:cet|mez|central european time)\b", PARIS, "central"),
    (r"(?:\b|(?<=time)|(?<=date)|(?<=stamp))(?:utc|gmt|zulu)(?:\b|(?=date|time|stamp))(?![\s_-]*offset)", "UTC", ""),
    (_UNCHANGED, "UTC", "unchanged"),
    (_CHANGED, LONDON, "local"),
    (r"\b(?:bst|british summer time)\b", LONDON, "summer"),
    (r"\b(?:local|civil)(?!.*\bsolar\b)[\s_-]*(?:date)?[\s_-]*(?:time|stamp|timestamp)?\b", LONDON, "local"),
    (r"\bclock[\s_-]*time\b", LONDON, "clock"),
)
_STATED = re.compile(
    r"\b(?:(?:utc|gmt) ?offset|time ?zone|tz)\b[ :=]*([+-])(\d{1,2})(?::?(\d{2}))?(?![\d:])", re.IGNORECASE
)
_OFFSET_ALONE = re.compile(r"(?:utc|gmt)? ?([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE | re.ASCII)
_OFFSET = re.compile(r"\b(?:utc|gmt)?\s?([+-])\s?(\d{1,2})(?::?(\d{2}))?\b", re.IGNORECASE | re.ASCII)


def zone_said(name: str) -> SaidZone | None:
    """What a column's name says of the zone: ``Time (UTC)``, ``timestamp_gmt``, ``Local time``, ``UTC+1``.

    Examples
    --------
    >>> zone_said("Time (UTC+1)")
    SaidZone(zone='Etc/GMT-1', kind='offset', text='UTC+1')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).strip()
    if (stated := _STATED.search(spaced)) is not None:
        return _fixed(stated, stated[0], "stated")
    for pattern, zone, kind in _SAID:
        match = re.search(pattern, spaced, re.IGNORECASE)
        if match is None:
            continue
        said = match[0].strip()
        if kind:
            return SaidZone(zone, kind, said)
        offset = _OFFSET.match(spaced[match.start() :])
        if offset is not None and int(offset[2]):
            return _fixed(offset, offset[0], "offset")
        return SaidZone(zone, said.lower() if said.lower() in {"utc", "gmt"} else "utc", said)
    return None


_OF_TIMES = re.compile(
    r"\b(?:times?|time ?stamps?|time[ _-]?zones?|tz|clock|amser(?:oedd)?)\b"
    rf"|{_UNCHANGED}|{_CHANGED}|{_STATED.pattern}",
    re.IGNORECASE,
)
# A date and a time with its zone: of one moment, and not of the column.
_MOMENT = re.compile(
    r"\d[/.-]\d.*\d:\d\d(?::\d\d)?(?:\.\d+)? ?(?:[ap]m ?)?(?:z|utc|gmt|bst|[+-]\d\d:?\d\d)\b", re.IGNORECASE
)
_LONGEST_NOTE = 400
_CELLS = re.compile(r"[,;|\t]")
_ZONE_HEAD = re.compile(r"time ?zone|tz", re.IGNORECASE)


def zones_noted(lines: Iterable[str], heads: Sequence[str] = ()) -> tuple[tuple[SaidZone, str], ...]:
    """What lines beside a table say of the clock, as in ``All times are GMT``, and those lines; each zone once.

    Where a line speaks of several columns, only what it says of one of ``heads`` counts, if it names them.

    Examples
    --------
    >>> zones_noted(["Site: Mill Lane", "All times are GMT"])
    ((SaidZone(zone='UTC', kind='gmt', text='GMT'), 'All times are GMT'),)
    """
    found: dict[str, tuple[SaidZone, str]] = {}
    above = ""
    for line in lines:
        said_below, above = _zone_below(above, line), line
        if said_below is not None:
            found.setdefault(said_below.zone, (said_below, f"time zone {said_below.text}"))
            continue
        note = " ".join(cell.strip() for cell in re.split(r'[,;|\t"]', line) if cell.strip())
        if len(note) > _LONGEST_NOTE or not _OF_TIMES.search(note):
            continue
        is_moment = _MOMENT.search(note) is not None
        for said in _zones_of_note(line, note, heads):
            found.setdefault(said.zone, (replace(said, kind="moment") if is_moment else said, note))
    told = [one for one in found.values() if one[0].kind != "moment"]
    return tuple(told or found.values())


def _zone_below(heads: str, line: str) -> SaidZone | None:
    """The zone that stands under a heading such as ``timezone``, as weather services write above their tables."""
    names, cells = (_CELLS.split(one.strip("# ")) for one in (heads, line))
    if len(names) != len(cells) or len(names) < 2:  # not a heading and its row
        return None
    for name, cell in zip(names, cells, strict=True):
        if _ZONE_HEAD.fullmatch(re.sub(r"[\s_\"-]+", "", name)):
            text = cell.strip(' "')
            said = zone_said(text)
            if said is not None or "/" not in text:
                return said
            return SaidZone(text, "local", text) if _is_zone(text) else None
    return None


def _is_zone(name: str) -> bool:
    try:
        load_zone(name)
    except InvalidInput:
        return False
    return True


def _zones_of_note(line: str, note: str, heads: Sequence[str]) -> list[SaidZone]:
    """The zones that a line names; of its pieces those that begin with a head, where some do."""
    pieces = [piece.strip(' "#') for piece in re.split(r"[,;:|\t]", line)]
    said = {zone.zone: zone for piece in pieces if (zone := zone_said(piece)) is not None}
    own = [
        zone
        for piece in pieces
        for head in heads
        if head and re.match(rf"{re.escape(head)}(?![\w])", piece, re.IGNORECASE) and (zone := zone_said(piece))
    ]
    if len(said) > 1:
        return own or list(said.values())
    whole = zone_said(note)
    return [] if whole is None else [whole]


def zone_of_cells(cells: Iterable[str], *, meets_summer: bool = False) -> SaidZone | None:
    """What the cells of a column say of the zone, where all say the same: Europe/London, UTC, GMT and BST by turns.

    GMT alone says UTC where ``meets_summer``: beside times in winter only, it may well turn to BST in spring.
    """
    said = {cell.strip() for cell in cells}
    if said == {"GMT", "BST"}:
        return SaidZone(LONDON, "local", "GMT and BST")
    zones = [zone_said(cell) for cell in said] if len(said) == 1 else []
    return next((zone for zone in zones if zone is not None and (meets_summer or zone.kind != "gmt")), None)


def zone_of_offsets(cells: Iterable[str]) -> str:
    """The zone that a column of offsets from UTC speaks for: a fixed one, or the British where both of its are there;
    "" where there are others, or something else.

    Examples
    --------
    >>> zone_of_offsets(["+01:00", "+01:00"]), zone_of_offsets(["+00:00", "+01:00"])
    ('Etc/GMT-1', 'Europe/London')
    """
    hours = {_hours_ahead(text) for text in {cell.strip() for cell in cells}}
    if hours == {0, 1}:
        return LONDON
    hour = hours.pop() if len(hours) == 1 else None
    if hour is None or abs(hour) > 12:  # no zone of whole hours
        return ""
    return f"Etc/GMT{-hour:+d}" if hour else "UTC"


def _hours_ahead(text: str) -> int | None:
    """The whole hours of an offset, written as such or as a number of hours, minutes or seconds; else None."""
    if (match := _OFFSET_ALONE.fullmatch(text)) is not None:
        return None if int(match[3] or 0) else int(f"{match[1]}{match[2]}")
    if not text.isascii() or not text.isdigit() or len(text) > 5:  # seconds of half a day
        return None
    number = int(text)
    unit = next((unit for unit in (3_600, 60, 1) if number >= unit and number % unit == 0), 1)
    return number // unit


def _fixed(offset: re.Match[str], text: str, kind: str) -> SaidZone | None:
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    if minutes or hours > 12:  # no zone of whole hours
        return None
    zone = f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}" if hours else "UTC"
    return SaidZone(zone, kind, text.strip())
