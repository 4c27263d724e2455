"""Which time zone a file's naive stamps are in: what the samples say, as far as they can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.local_time import ClockChange, clock_changes

Stamps = NDArray[np.int64]

LONDON = "Europe/London"
_HOUR = 3_600_000_000
_SLOWEST = 4 * _HOUR  # steps longer than this can't show an hour's change


@dataclass(frozen=True, slots=True)
class ZoneGuess:
    """A time zone, why, and how sure (0-1)."""

    zone: str
    why: str
    confidence: float


def guess_zone(
    segments: Sequence[Stamps],
    step: int | None,
    look: Callable[[Sequence[ClockChange]], Iterable[Stamps]] | None = None,
) -> ZoneGuess:
    """Guess the zone of naive stamps by what they do where British clocks change.

    Parameters
    ----------
    segments
        Local stamps [µs], in file order; rows follow each other only within a segment.
    step
        The usual step [µs], None where there is none.
    look
        Finds the stamps around clock changes, where more of the file is at hand than the segments.
    """
    stamps = np.concatenate([s for s in segments if len(s)]) if any(len(s) for s in segments) else np.zeros(0, np.int64)
    if not len(stamps):
        return ZoneGuess(LONDON, "Meters in Britain mostly keep clock time.", 0.5)
    low, high = int(stamps.min()), int(stamps.max())
    years = _years(stamps)
    changes = clock_changes(LONDON, years[0] - 1, years[1] + 1)
    met = [change for change in changes if low < change.local_from and change.local_to <= high]
    if step and step <= _SLOWEST:
        for found in (*segments, *(look(met) if look is not None else ())):
            for change in met:
                if (guess := _evidence(found, step, change)) is not None:
                    return guess
    if not met and not _meets_summer(stamps, changes):
        return ZoneGuess(
            LONDON, "All sampled times lie in winter, when British clocks show UTC, so both choices mean the same.", 0.7
        )
    return ZoneGuess(LONDON, "Meters in Britain mostly keep clock time; the sampled times don't show it.", 0.5)


def _years(stamps: Stamps) -> tuple[int, int]:
    low, high = (np.array([stamps.min(), stamps.max()], dtype="datetime64[us]")).astype("datetime64[Y]").astype(int)
    return int(low) + 1970, int(high) + 1970


def _evidence(segment: Stamps, step: int, change: ClockChange) -> ZoneGuess | None:
    """What one clock change, where rows run through it, says."""
    if len(segment) < 3:  # noqa: PLR2004 - a change needs rows on both sides
        return None
    inside = (segment >= change.local_from) & (segment < change.local_to)
    around = (segment >= change.local_from - 3 * _HOUR) & (segment < change.local_to + 3 * _HOUR)
    before = bool((segment[around] < change.local_from).any())
    after = bool((segment[around] >= change.local_to).any())
    if not (before and after):
        return None
    day = str(np.datetime64(change.at, "us").astype("datetime64[D]"))
    expected = max(1, (change.local_to - change.local_from) // step)
    count = int(inside.sum())
    if change.after > change.before:
        if count >= expected:
            return ZoneGuess("UTC", f"There are times in the hour that British clocks skip on {day}.", 0.9)
        return None if count else ZoneGuess(LONDON, f"The hour that British clocks skip on {day} is not there.", 0.9)
    if count >= 2 * expected:
        return ZoneGuess(LONDON, f"The hour that British clocks repeat on {day} is there twice.", 0.95)
    return (
        ZoneGuess("UTC", f"The hour that British clocks repeat on {day} is there only once.", 0.85) if count else None
    )


def _meets_summer(stamps: Stamps, changes: Sequence[ClockChange]) -> bool:
    starts = np.array([c.local_from for c in changes], dtype=np.int64)
    offsets = np.array([changes[0].before if changes else 0, *(c.after for c in changes)], dtype=np.int64)
    return bool((offsets[np.searchsorted(starts, stamps, side="right")] != 0).any())
