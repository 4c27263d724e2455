"""Which time zone a file's stamps are in: what the names of columns and the samples say, as far as they can."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.local_time import ClockChange, clock_changes, load_zone
from fairwatt.core.findings import Finding

Stamps = NDArray[np.int64]

LONDON, PARIS = "Europe/London", "Europe/Paris"
_HOUR = 3_600_000_000
_SLOWEST = 4 * _HOUR  # steps longer than this can't show an hour's change
_CLOSE = 600_000_000  # rows this close to each other leave no hour out by chance [µs]
_JUMP = _HOUR // 4
_SOME = 3  # rows
_MOST_KEPT = 50_000  # rows around one change
NOT_A_TIME = int(np.iinfo(np.int64).min)


@dataclass(frozen=True, slots=True)
class ZoneGuess:
    """A time zone, why, and how sure (0-1).

    ``is_shown`` where the times themselves show it; ``is_hinted`` where they look so, as by an hour that is missing
    where clocks skip one, which may be missing by chance; ``is_seen`` where they say anything at all, for or against.
    """

    zone: str
    why: str
    confidence: float
    is_shown: bool = False
    is_hinted: bool = False
    is_seen: bool = False


@dataclass(frozen=True, slots=True)
class SaidZone:
    """What a text says of a zone.

    ``kind`` is ``utc``, ``gmt``, ``offset`` (a fixed one), ``summer`` (BST), ``central`` (CET, which many write all
    year and others only in winter), ``places`` (an offset before names of places) or ``local``.
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
_SAID: tuple[tuple[str, str, str], ...] = (
    (r"\b(?:europe/london|gmt ?[/|&] ?bst|bst ?[/|&] ?gmt)\b", LONDON, "local"),
    (r"\b(?:uk|british|gb|london)[\s_-]*(?:(?:local|clock|civil)[\s_-]*)?(?:date[\s_-]*)?time\b", LONDON, "local"),
    (r"\b(?:europe/dublin)\b", "Europe/Dublin", "local"),
    (_NAMED_LONDON, LONDON, "local"),
    (rf"\b(?:utc|gmt)(?:[+-]0?0:00)?[ :,;-]*\(?{_BRITISH}", LONDON, "places"),
    (r"\bgreenwich standard time\b|\(utc[+-]00:00\) ?(?:monrovia|casablanca|reykjavik|s[aã]o tom)", "UTC", "utc"),
    (_NAMED_PARIS, PARIS, "local"),
    (r"\((?:utc|gmt)[+-]\d\d?:\d\d\) ?(?!coordinated)[a-z]+", LONDON, "places"),
    (r"\b(?:europe/paris|cet ?/ ?cest)\b", PARIS, "local"),
    (r"\b(?:cet|mez|central european time)\b", PARIS, "central"),
    (r"\b(?:utc|gmt|zulu)\b(?![\s_-]*offset)", "UTC", ""),
    (r"\b(?:bst|british summer time)\b", LONDON, "summer"),
    (r"\b(?:local|clock|civil)(?!.*\bsolar\b)[\s_-]*(?:date)?[\s_-]*(?:time|stamp|timestamp)?\b", LONDON, "local"),
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
    for pattern, zone, kind in _SAID:
        match = re.search(pattern, spaced, re.IGNORECASE)
        if match is None:
            continue
        said = match[0].strip()
        if kind:
            return SaidZone(zone, kind, said)
        offset = _OFFSET.match(spaced[match.start() :])
        if offset is not None and int(offset[2]):
            return _fixed(offset, offset[0])
        return SaidZone(zone, said.lower() if said.lower() in {"utc", "gmt"} else "utc", said)
    return None


_OF_TIMES = re.compile(r"\b(times?|time ?stamps?|time[ _-]?zones?|tz|clock)\b", re.IGNORECASE)
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
        for said in _zones_of_note(line, note, heads):
            found.setdefault(said.zone, (said, note))
    return tuple(found.values())


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
    matches = [_OFFSET_ALONE.fullmatch(text) for text in {cell.strip() for cell in cells}]
    hours = {int(f"{m[1]}{m[2]}") if m is not None and not int(m[3] or 0) else None for m in matches}
    if hours == {0, 1}:
        return LONDON
    hour = hours.pop() if len(hours) == 1 else None
    if hour is None or abs(hour) > 12:  # no zone of whole hours
        return ""
    return f"Etc/GMT{-hour:+d}" if hour else "UTC"


def _fixed(offset: re.Match[str], text: str) -> SaidZone | None:
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    if minutes or hours > 12:  # no zone of whole hours
        return None
    return SaidZone(f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}", "offset", text.strip())


def guess_zone(
    runs: Sequence[Stamps],
    step: int | None,
    look: Callable[[Sequence[ClockChange]], Iterable[Stamps]] | None = None,
) -> ZoneGuess:
    """Guess the zone of naive stamps by what they do where British clocks change.

    Parameters
    ----------
    runs
        Local stamps [µs], in file order; those of one run are of one series and follow each other.
    step
        The usual step [µs], None where there is none.
    look
        Finds the stamps around clock changes, where more of the file is at hand than the runs.

    Returns
    -------
    ZoneGuess
        ``is_shown`` where the stamps show a change of the clocks exactly as the zone has it, and none otherwise.
    """
    filled = [run for run in runs if len(run)]
    stamps = np.concatenate(filled) if filled else np.zeros(0, np.int64)
    if not len(stamps):
        return ZoneGuess(LONDON, "Meters in Britain mostly keep clock time.", 0.5)
    low, high = int(stamps.min()), int(stamps.max())
    years = _years(low, high)
    changes = clock_changes(LONDON, years[0] - 1, years[1] + 1)
    met = [change for change in changes if low < change.local_from and change.local_to <= high]
    seen = [*filled, *(look(met) if look is not None and met else ())]
    shown, against = _evidence_of_all(seen, met, step)
    if not shown and (paris := _paris(seen, years, step)) is not None:
        return paris
    if shown or against:
        return _judged(shown, against)
    if not met and not _meets_summer(stamps, changes):
        return ZoneGuess(
            LONDON, "All sampled times lie in winter, when British clocks show UTC, so both choices mean the same.", 0.7
        )
    return ZoneGuess(LONDON, "Meters in Britain mostly keep clock time; the sampled times don't show it.", 0.5)


def _judged(shown: list[str], against: list[str]) -> ZoneGuess:
    if shown and not against:
        # One hour that is missing may be missing by chance; one that is there twice is not.
        is_sure = any("twice" in why for why in shown)
        sure = 0.97 if is_sure else 0.9
        return ZoneGuess(LONDON, " ".join(shown[:2]), sure, is_shown=is_sure, is_hinted=not is_sure, is_seen=True)
    if shown:
        return ZoneGuess(LONDON, f"{shown[0]} But: {against[0][0].lower()}{against[0][1:]}", 0.6, is_seen=True)
    why = f"{against[0]} So the clock does not change; it may be another fixed one than UTC."
    return ZoneGuess("UTC", why, 0.85, is_seen=True)


def _paris(runs: Sequence[Stamps], years: tuple[int, int], step: int | None) -> ZoneGuess | None:
    shown, against = _evidence_of_all(runs, clock_changes(PARIS, years[0] - 1, years[1] + 1), step)
    if not shown or against:
        return None
    return ZoneGuess(PARIS, shown[0].replace("British", "Central European"), 0.9, is_seen=True)


def _evidence_of_all(
    runs: Sequence[Stamps], changes: Sequence[ClockChange], step: int | None
) -> tuple[list[str], list[str]]:
    """What the runs say for the changes and against them, each at most once a change."""
    shown: list[str] = []
    against: list[str] = []
    for change in changes:
        found = [one for run in runs if (one := _evidence(run, change, step)) is not None]
        for_it, not_it = [text for is_for, text in found if is_for], [text for is_for, text in found if not is_for]
        shown += for_it[:1]
        against += not_it[:1]
    return shown, against


def _years(low: int, high: int) -> tuple[int, int]:
    years = np.array([low, high], dtype="datetime64[us]").astype("datetime64[Y]").astype(int)
    return int(years[0]) + 1970, int(years[1]) + 1970


def _evidence(run: Stamps, change: ClockChange, step: int | None) -> tuple[bool, str] | None:
    """What one clock change, where a series' rows run through it, says: for it or against it, and how."""
    around = run[(run >= change.local_from - 3 * _HOUR) & (run < change.local_to + 3 * _HOUR)]
    if len(around) < _SOME:
        return None
    spacing = _spacing(around, step)
    if spacing is None:
        return None
    before = bool(((around >= change.local_from - 1.5 * spacing) & (around < change.local_from)).any())
    after = bool(((around >= change.local_to) & (around < change.local_to + 1.5 * spacing)).any())
    if not (before and after):
        return None
    day = str(np.datetime64(change.at, "us").astype("datetime64[D]"))
    inside = around[(around >= change.local_from) & (around < change.local_to)]
    expected = max(1, (change.local_to - change.local_from) // spacing)
    if change.after > change.before:
        if not len(inside):
            return True, f"The hour that British clocks skip on {day} is not there."
        full = len(np.unique(inside)) * 2 > expected
        return (False, f"There are times in the hour that British clocks skip on {day}.") if full else None
    return _autumn(around, inside, expected, day, is_even=step is not None)


def _autumn(around: Stamps, inside: Stamps, expected: int, day: str, *, is_even: bool) -> tuple[bool, str] | None:
    others = around[~np.isin(around, inside)]
    if len(np.unique(others)) < 0.9 * len(others):
        return None  # all rows are there twice
    steps = np.diff(around)
    turned = min(int((steps < -_JUMP).sum()), int((steps > _JUMP).sum())) if not is_even else 0
    is_twice = (len(inside) >= 2 * expected and len(np.unique(inside)) * 2 <= len(inside)) if is_even else False
    jumps = int((steps <= -_JUMP).sum()) if float((steps >= 0).mean()) > 0.5 else int((steps >= _JUMP).sum())
    if is_twice or (not is_even and jumps == 1 and not turned):
        return True, f"The hour that British clocks repeat on {day} is there twice."
    if len(inside) and len(np.unique(inside)) == len(inside) and 2 * len(inside) > expected:
        return False, f"The hour that British clocks repeat on {day} is there only once."
    return None


def _spacing(around: Stamps, step: int | None) -> int | None:
    """How far rows are apart [µs], where that is little enough to miss an hour."""
    if step is not None:
        return step if step <= _SLOWEST else None
    usual = float(np.quantile(np.abs(np.diff(around)), 0.9))
    return max(1, round(usual)) if usual <= _CLOSE else None


class ClockWitness:
    """Keep what a file's first series shows where British clocks change, chunk by chunk, to compare it with the clock
    by which the file was read."""

    def __init__(self) -> None:
        self._code: int | None = None
        self._kept: dict[ClockChange, list[Stamps]] = {}

    def add(self, stamps: Stamps, codes: NDArray[np.integer] | None = None) -> None:
        """Look at the next rows' stamps [µs, as the file has them; "not a time" is skipped], in file order."""
        there = stamps != NOT_A_TIME
        if codes is not None and there.any():
            if self._code is None:
                self._code = int(codes[int(np.argmax(there))])
            there &= codes == self._code
        own = stamps[there]
        if not len(own):
            return
        low, high = int(own.min()), int(own.max())
        years = _years(low, high)
        for change in clock_changes(LONDON, *years):
            if low < change.local_to + 3 * _HOUR and change.local_from - 3 * _HOUR <= high:
                near = own[(own >= change.local_from - 3 * _HOUR) & (own < change.local_to + 3 * _HOUR)]
                kept = self._kept.setdefault(change, [])
                if len(near) and sum(map(len, kept)) < _MOST_KEPT:
                    kept.append(near)

    def add_run(self, first: int, step: int, count: int, *, code: int = 0) -> None:
        """Look at ``count`` stamps of one series, ``step`` apart [µs]."""
        if self._code not in {None, code}:
            return
        last = first + step * (count - 1)
        for change in clock_changes(LONDON, *_years(first, last)):
            low = max(0, -(-(change.local_from - 3 * _HOUR - first) // step))
            high = min(count, -(-(change.local_to + 3 * _HOUR - first) // step))
            if low < high:
                self.add(first + step * np.arange(low, high, dtype=np.int64))

    def shows_added(self, step: int) -> bool:
        """Whether ends of intervals of a length [µs] are starts on the clock with that added: where clocks repeat an
        hour, the stamps after its first and up to its end are there twice then, and the first is not."""
        return any(
            _is_added(np.concatenate(kept), change, step)
            for change, kept in self._kept.items()
            if change.after < change.before and kept
        )

    def finding(self, zone: str, *, step: int | None) -> Finding | None:
        """The finding ``other-clock``, where the stamps show that their clock is another than ``zone``."""
        changes = [change for change in self._kept if self._kept[change]]
        if not changes:
            return None
        runs = [np.concatenate(self._kept[change]) for change in changes]
        shown, against = _evidence_of_all(runs, changes, step)
        years = _years(min(c.at for c in changes), max(c.at for c in changes))
        kept = {change.local_from for change in clock_changes(zone, *years)}
        follows = any(change.local_from in kept for change in changes)
        found = against if follows else shown
        if not found or (shown if follows else against):
            return None
        is_like = (
            "the clock does not change, as UTC doesn't" if follows else "the clock changes as the British one does"
        )
        return Finding(
            code="other-clock",
            count=len(found),
            where=tuple(found[:10]),
            message=f"{found[0]} So {is_like}, but the times were read by the clock of {zone}: for half of the year "
            "they may be an hour wrong. Answer the question about the clock anew.",
        )


def _is_added(stamps: Stamps, change: ClockChange, step: int) -> bool:
    first, end = change.local_from, change.local_to
    values, counts = np.unique(stamps[(stamps >= first) & (stamps <= end)], return_counts=True)
    twice = values[counts > 1]
    return end in twice and first not in twice and len(twice) * step >= end - first


def lies_in_summer(stamps: Stamps) -> bool:
    """Whether all local stamps [µs] lie in British summer time."""
    return bool(len(stamps)) and bool(_are_in_summer(stamps).all())


def touches_summer(stamps: Stamps) -> bool:
    """Whether some local stamps [µs] lie in British summer time."""
    return bool(len(stamps)) and bool(_are_in_summer(stamps).any())


def _are_in_summer(stamps: Stamps) -> NDArray[np.bool_]:
    years = _years(int(stamps.min()), int(stamps.max()))
    return _offsets(stamps, clock_changes(LONDON, years[0] - 1, years[1] + 1)) > 0


def _meets_summer(stamps: Stamps, changes: Sequence[ClockChange]) -> bool:
    return bool((_offsets(stamps, changes) != 0).any())


def _offsets(stamps: Stamps, changes: Sequence[ClockChange]) -> Stamps:
    starts = np.array([c.local_from for c in changes], dtype=np.int64)
    offsets = np.array([changes[0].before if changes else 0, *(c.after for c in changes)], dtype=np.int64)
    return offsets[np.searchsorted(starts, stamps, side="right")]
