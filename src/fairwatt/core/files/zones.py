"""Which time zone a file's stamps are in: what the samples say, as far as they can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.local_time import ClockChange, clock_changes
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

    def shows_added(self, step: int, zone: str) -> bool:
        """Whether ends of intervals of a length [µs] are starts on the clock of a zone with that added: where it
        repeats an hour, the stamps after its first and up to its end are there twice then, and the first is not."""
        for change, kept in self._kept.items():
            year = _years(change.at, change.at)
            own = next((one for one in clock_changes(zone, *year) if one.at == change.at), None)
            if own is not None and own.after < own.before and kept and _is_added(np.concatenate(kept), own, step):
                return True
        return False

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
