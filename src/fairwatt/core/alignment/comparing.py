"""Compare the clocks of two meters, and say what came of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.alignment.aligning import (
    APART,
    CHANCE,
    FEWEST,
    LEAST_ALIKE,
    LOBE,
    RIVAL,
    Match,
    find_match,
)
from fairwatt.core.alignment.correlating import chance_of, correlated
from fairwatt.core.alignment.detecting import Detection, detect, fine_in_cells
from fairwatt.core.alignment.grids import Pair, Signal, paired
from fairwatt.core.alignment.paths import Path, carried
from fairwatt.core.alignment.report import Alignment, Candidate, ClockStep, Likeness, Piece, Verdict
from fairwatt.core.alignment.shifts import Shift, shift_of
from fairwatt.core.alignment.whitening import News
from fairwatt.core.alignment.wording import moment, say_ambiguous, say_match, say_no_match

Floats = NDArray[np.float64]

_MOST_CANDIDATES = 5
_REPEATING = 0.9  # of the best likeness, that one a period away has
_STRONG = 0.6  # likeness of values, from which on a repeating pattern is told of
_HALF = 0.5
_DAY = 86_400_000_000
_SAME_PERIOD = 0.01


@dataclass(frozen=True, slots=True)
class Compared:
    """What is said, and what moves B's times onto A's; no shift where nothing matches."""

    alignment: Alignment
    shift: Shift | None


def align(a: Signal, b: Signal, *, most_s: float | None = None) -> Compared:
    """Find by how much B is behind A.

    Parameters
    ----------
    a, b
        Readings of the same thing, or of things that follow one another, by two clocks.
    most_s
        The greatest offset that is looked for, either way [s]; None: any at which enough overlaps.
    """
    cells = min(int(np.isfinite(one.values).sum()) for one in (a, b))
    if cells < FEWEST:
        message = say_no_match(cells=cells, fewest=FEWEST, is_daily=False)
        return Compared(Alignment(verdict=Verdict.NO_MATCH, message=message), None)
    pair = paired(a, b)
    most = 1e18 if most_s is None else most_s * 1e6
    detections = detect(pair, (-most, most))
    told = _frame(a, b, pair, detections)
    match = find_match(pair, detections)
    if match is None:
        return Compared(_unmatched(pair, detections, told, most), None)
    rivals = _rivals(match)
    alike = max(abs(match.alike), *(abs(one.alike) for one in detections if one.chance < CHANCE))
    chance = chance_of(match.score, match.spread, sum(one.searched for one in detections))
    told = told.model_copy(
        update={"score": round(match.score / match.spread, 2), "p_value": chance, "confidence": 1 - chance,
                "correlation": match.alike, "grid_s": match.level.step / 1e6}
    )  # fmt: skip
    if chance >= CHANCE:
        return Compared(_unmatched(pair, detections, told, most), None)
    if rivals or alike < LEAST_ALIKE:
        return Compared(_ambiguous(pair, match, rivals, told), None)
    return _matched(pair, match, told)


def _frame(a: Signal, b: Signal, pair: Pair, detections: list[Detection]) -> Alignment:
    """What is said whatever comes of it."""
    ends = [
        pair.sign * (one.level.base + lag * one.level.step) / 1e6
        for one in detections
        for lag in (one.seen.first_lag, one.seen.first_lag + len(one.seen) - 1)
    ]
    searched = (min(ends), max(ends)) if ends else None
    return Alignment(
        verdict=Verdict.NO_MATCH, message="", step_a_s=a.step / 1e6, step_b_s=b.step / 1e6,
        grid_s=pair.coarse.step / 1e6, searched_s=searched,
        before=likeness(pair, Path.constant(0.0, pair.coarse.begin)),
    )  # fmt: skip


def _rivals(match: Match) -> list[tuple[int, float]]:
    """Other lags [samples] beside the path that are about as good, and how alike both are there."""
    beside = match.seen.without(0, LOBE)
    enough = beside.share >= _HALF / 2
    as_alike = (np.abs(beside.alike) >= RIVAL * abs(match.alike)) & (np.abs(beside.scores) >= RIVAL * match.score / 2)
    as_high = np.abs(beside.scores) >= match.score - APART * match.spread
    found = np.flatnonzero(enough & (as_alike | as_high))
    best = sorted(found.tolist(), key=lambda at: -abs(float(beside.scores[at])))
    kept: list[int] = []
    for at in best:
        if all(abs(at - other) > LOBE for other in kept) and len(kept) < _MOST_CANDIDATES - 1:
            kept.append(at)
    return [(at + beside.first_lag, float(beside.alike[at])) for at in kept]


def _ambiguous(pair: Pair, match: Match, rivals: list[tuple[int, float]], told: Alignment) -> Alignment:
    own = float(match.path.at(np.array([pair.coarse.begin]))[0])
    every = [(0, match.alike), *rivals]
    candidates = tuple(
        Candidate(offset_s=pair.sign * (own + lag * match.level.step) / 1e6, correlation=alike) for lag, alike in every
    )
    found = told.model_copy(update={"verdict": Verdict.AMBIGUOUS, "candidates": candidates})
    return found.model_copy(update={"message": say_ambiguous(found)})


def _unmatched(pair: Pair, detections: list[Detection], told: Alignment, most: float) -> Alignment:
    """No match; or, where both repeat themselves, that they are alike at several offsets."""
    repeated = _repeating(pair, detections, most)
    if repeated is not None:
        candidates, period = repeated
        found = told.model_copy(
            update={"verdict": Verdict.AMBIGUOUS, "candidates": candidates, "period_s": period, "p_value": 1.0,
                    "confidence": 0.0}
        )  # fmt: skip
        return found.model_copy(update={"message": say_ambiguous(found)})
    daily = any(one.chance < CHANCE for one in detect(pair, (-most, most), keeps_days=True))
    cells = min(int(np.isfinite(grid.values).sum()) for grid in (pair.coarse, pair.fine))
    message = say_no_match(cells=cells, fewest=FEWEST, is_daily=daily)
    return told.model_copy(update={"message": message})


def _repeating(pair: Pair, detections: list[Detection], most: float) -> tuple[tuple[Candidate, ...], float] | None:
    """Offsets at which the values themselves are about as alike, and the period after which both repeat themselves."""
    if not detections:
        return None
    level = detections[-1].level
    a, b = (_centered(values) for values in (fine_in_cells(level), level.pair.coarse.values))
    own, other = (_period_of(one) for one in (a, b))
    if own is None or other is None or abs(own - other) > max(1.0, _SAME_PERIOD * own):
        return None
    low, high = (int(np.clip((bound - level.base) / level.step, -1e15, 1e15)) for bound in (-most, most))
    seen = correlated(a, b, low, high)
    alike = np.where(seen.share >= _HALF, np.abs(seen.alike), 0.0)
    if not len(alike) or alike.max() < _STRONG:
        return None
    period = (own + other) / 2
    if np.isclose(period * level.step, _DAY, rtol=_SAME_PERIOD):
        period = _DAY / level.step
    near = np.abs(level.base + (seen.first_lag + np.arange(len(alike))) * level.step) <= 0.51 * period * level.step
    best = int(np.argmax(np.where(near, alike, 0.0)))
    if alike[best] < _REPEATING * alike.max():
        best = int(np.argmax(alike))
    places = [best + round(k * period) for k in range(-_MOST_CANDIDATES, _MOST_CANDIDATES + 1)]
    kept = [at for at in places if 0 <= at < len(alike) and alike[at] >= _REPEATING * alike[best]]
    kept = sorted(kept, key=lambda at: abs(level.base + (at + seen.first_lag) * level.step))[:_MOST_CANDIDATES]
    candidates = tuple(
        Candidate(
            offset_s=pair.sign * (level.base + (at + seen.first_lag) * level.step) / 1e6,
            correlation=float(seen.alike[at]),
        )
        for at in kept
    )
    return candidates, period * level.step / 1e6


def _period_of(one: News) -> float | None:
    """After how many samples a series repeats itself; None where it doesn't."""
    seen = correlated(one, one, 0, len(one) // 2)
    alike = seen.alike
    if not len(seen) or not (alike < _HALF * alike[0]).any():
        return None
    first = int(np.argmax(alike < _HALF * alike[0]))
    best = first + int(np.argmax(alike[first:]))
    if alike[best] < _STRONG:
        return None
    whole = first + int(np.flatnonzero(alike[first:] >= _REPEATING * alike[best])[0])
    around = slice(whole, whole + max(first, 1))
    return float(whole + int(np.argmax(alike[around])))


def _centered(values: Floats) -> News:
    there = np.isfinite(values)
    level = float(values[there].mean()) if there.any() else 0.0
    return News(np.where(there, values - level, 0.0), there)


def _matched(pair: Pair, match: Match, told: Alignment) -> Compared:
    shift = shift_of(match.path, pair.sign)
    pieces = tuple(
        Piece(start=moment(start), offset_s=offset / 1e6)
        for start, offset in zip(shift.starts, shift.offsets, strict=True)
    )
    steps = tuple(
        ClockStep(
            at=after.start,
            before_s=before.offset_s + shift.slope * (after.start - before.start).total_seconds(),
            after_s=after.offset_s,
        )
        for before, after in itertools.pairwise(pieces)
    )
    found = told.model_copy(
        update={
            "verdict": Verdict.MATCH, "offset_s": pieces[0].offset_s, "offset_error_s": match.offset_error / 1e6,
            "offset_at": pieces[0].start, "drift_ppm": shift.slope * 1e6, "drift_error_ppm": match.slope_error * 1e6,
            "pieces": pieces, "steps": steps, "opposite": match.alike < 0, "after": likeness(pair, match.path),
        }
    )  # fmt: skip
    return Compared(found.model_copy(update={"message": say_match(found)}), shift)


def likeness(pair: Pair, path: Path) -> Likeness:
    """How alike values and changes of both are along a path."""
    moved, _ = carried(pair, path)
    both = (moved, pair.coarse.values)
    known = np.isfinite(both[0]) & np.isfinite(both[1])
    changes = [np.where(known, one, np.nan) for one in both]
    return Likeness(
        values=_correlation(*(one[known] for one in both)),
        changes=_correlation(*(_changes(one) for one in changes)),
        cells=int(known.sum()),
    )


def _changes(values: Floats) -> Floats:
    since = np.diff(values)
    return np.asarray(since[np.isfinite(since)])


def _correlation(a: Floats, b: Floats) -> float | None:
    if len(a) < 3 or not a.std() or not b.std():
        return None
    return float(np.corrcoef(a, b)[0, 1])
