"""Follow a match of two meters through finer resolutions: offset, drift and steps of a clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.alignment.correlating import Correlogram, chance_of, correlated
from fairwatt.core.alignment.detecting import MANY, Detection, Level, factors_of, level_of
from fairwatt.core.alignment.grids import Pair
from fairwatt.core.alignment.paths import Path, carried
from fairwatt.core.alignment.refining import Refinement, refine
from fairwatt.core.alignment.tracking import (
    Point,
    count_windows,
    find_step,
    pieces_of,
    slope_of,
    track,
    without_lone,
)
from fairwatt.core.alignment.whitening import News, news_of

Floats = NDArray[np.float64]

CHANCE = 1e-4  # what chance may be at most of a match
FEWEST = 64  # samples that both must have
MOST_DRIFT = 1e-3  # 1,000 ppm
LEAST_ALIKE = 0.1
RIVAL = 0.8  # of the best likeness, that no other offset may have
APART = 2.5  # scores that the best is to be away from others
LOBE = 3  # samples beside the best that belong to it
SURE = 4.5  # standard errors, that a drift must be away from none
_ROUNDS = 2
_MOST_ROUNDS = 5  # where the finer series is moved by less than the coarse one's samples
_FARTHEST = 100  # samples around a path, that a finer grid is looked at
_SETTLED = 0.1  # of its error, that an offset moves no more
_FREEDOM = 3  # groups beyond those that a line takes, before a drift is told


@dataclass(frozen=True, slots=True)
class Match:
    """An offset over time, and what speaks for it.

    Attributes
    ----------
    path
        How far the coarse series is behind the fine one.
    offset_error, slope_error
        Standard errors [µs] and [µs per µs].
    score, spread, alike
        At the path itself; ``seen`` holds those of offsets beside it.
    """

    level: Level
    path: Path
    offset_error: float
    slope_error: float
    score: float
    spread: float
    alike: float
    seen: Correlogram = field(repr=False)


def find_match(pair: Pair, detections: list[Detection]) -> Match | None:
    """Follow the most certain detection through finer resolutions; None where chance may have made it."""
    likely = [one for one in detections if one.chance < CHANCE]
    if not likely:
        return None
    best = max(likely, key=lambda one: one.score / one.spread)
    level = best.level
    found = _refined(level, _first_path(best))
    if found is None:
        return None
    for factor in factors_of(pair):
        if factor >= best.level.factor:
            continue
        finer = level_of(pair, factor)
        tried = [_refined(finer, path, found.slope_error) for path in (found.path, *_nearby(finer, found))]
        agreeing = [one for one in tried if one is not None and _agree(found, one, finer.step)]
        if not agreeing:
            break
        level, found = finer, min(agreeing, key=lambda one: one.offset_error)
    found = _leveled(found)
    levels = [best.level]
    if level.factor != best.level.factor and len(level.pair.coarse) <= MANY:
        levels.append(level)
    judged = [_judged(one, found) for one in levels]
    return max(judged, key=lambda match: match.score / match.spread)


def _first_path(found: Detection) -> Path:
    level = found.level
    a, b = found.news
    span = max(len(a), len(b))
    reach = int(np.ceil(MOST_DRIFT * span)) + LOBE
    points = track(a, b, found.lags, reach, count_windows(found.score / found.spread, len(b)))
    path = Path.constant(found.offset, level.pair.coarse.begin)
    if len(points) < 2:
        return path
    base = Path.constant(level.base, level.pair.coarse.begin)
    return _path_through(level, base, points, (a, b))


def _path_through(level: Level, path: Path, points: list[Point], news: tuple[News, News]) -> Path:
    """A path with what windows add to it: lags of the second series behind the first, which the path moved."""
    step, begin = level.step, level.pair.coarse.begin
    middles = begin + np.array([point.middle for point in points]) * step
    already = path.at(middles.astype(np.int64))
    rough = [replace(p, lag=p.lag + float(o) / step) for p, o in zip(points, already, strict=True)]
    rough = without_lone(rough)
    slope = slope_of(rough)
    pieces = [piece for piece in pieces_of(rough, slope) if len(piece) > 1]
    pieces = pieces or [rough]
    middle = np.array([p.middle for piece in pieces for p in piece])
    lag = np.array([p.lag for piece in pieces for p in piece])
    own = np.concatenate([np.full(len(piece), i) for i, piece in enumerate(pieces)])
    offsets, slope = _lines(middle, lag, np.ones(len(lag)), own)
    if abs(slope) > MOST_DRIFT:
        offsets, slope = np.array([lag[own == i].mean() for i in range(len(pieces))]), 0.0
    begins = [begin]
    for i in range(1, len(pieces)):
        window = (pieces[i - 1][-1].middle, pieces[i][0].middle)
        lags = [offsets[j] + slope * np.mean(window) for j in (i - 1, i)]
        begins.append(begin + _step_at(level, window, lags, news[1]) * step)
    return Path(begin, tuple(begins), tuple(float(o) * step for o in offsets), slope)


def _lines(
    middle: Floats, lag: Floats, weight: Floats, own: NDArray[np.int64], *, is_level: bool = False
) -> tuple[Floats, float]:
    """Parallel lines through the points of each piece, by least squares; level ones where a slope can't be told."""
    count = int(own.max()) + 1
    root = np.sqrt(weight)
    if is_level or len(lag) < count + 2:
        return np.array([np.average(lag[own == i], weights=weight[own == i]) for i in range(count)]), 0.0
    center = float(middle.mean())
    columns = [(own == i).astype(np.float64) for i in range(count)] + [middle - center]
    found = np.linalg.lstsq(np.stack(columns, axis=1) * root[:, None], lag * root)[0]
    return found[:-1] - found[-1] * center, float(found[-1])


def _step_at(level: Level, window: tuple[float, float], lags: list[float], b: News) -> int:
    """The sample at which the second series goes over from one lag to another."""
    low, high = round(window[0]), round(window[1])
    parts = []
    for lag in lags:
        path = Path.constant(lag * level.step, level.pair.coarse.begin)
        parts.append(news_of(carried(level.pair, path)[0], level.step).values[low:high])
    return low + find_step(parts[0], parts[1], b.values[low:high])


@dataclass(frozen=True, slots=True)
class _Found:
    """A path with standard errors of its offset in the middle [µs] and its slope, and the same path without slope."""

    path: Path
    flat: Path
    offset_error: float
    slope_error: float


def _leveled(found: _Found) -> _Found:
    """The same without a drift that chance may have made."""
    is_drifting = abs(found.path.slope) >= SURE * found.slope_error
    return found if is_drifting else replace(found, path=found.flat)


def _nearby(level: Level, found: _Found) -> list[Path]:
    """The path without a drift that can't be told, moved to the highest likeness within its error, if there is any."""
    reach = int(min(_FARTHEST, np.ceil(5 * found.offset_error / level.step)))
    if reach <= 1:
        return []
    path = _leveled(found).path
    moved, _ = carried(level.pair, path)
    seen = correlated(news_of(moved, level.step), news_of(level.pair.coarse.values, level.step), -reach, reach)
    lag = (seen.peaks(1) or [0])[0]
    if not len(seen) or chance_of(float(seen.scores[seen.at(lag)]), 1.0, len(seen)) >= CHANCE:
        return []
    return [path.moved(np.full(len(path.offsets), lag * level.step))]


def _agree(coarser: _Found, finer: _Found, step: int) -> bool:
    """Whether a finer resolution says what a coarser one says, within the errors of both."""
    most = 5 * (coarser.offset_error + finer.offset_error) + step
    return bool(np.all(np.abs(np.subtract(coarser.flat.offsets, finer.flat.offsets)) <= most))


def _refined(level: Level, path: Path, slope_error: float = MOST_DRIFT) -> _Found | None:
    """The path finer than samples; None where phases say nothing."""
    step, coarse = level.step, level.pair.coarse
    times = coarse.begin + np.arange(len(coarse), dtype=np.int64) * step
    pieces = path.pieces_at(times)
    found = None
    for _ in range(_MOST_ROUNDS if level.pair.ratio > 1 else _ROUNDS):
        moved, left = carried(level.pair, path)
        missing = refine(moved, coarse.values, left / step, pieces)
        if missing is None:
            return None
        missing = missing.without_far()
        own = pieces[np.clip(missing.middles.astype(np.int64), 0, len(pieces) - 1)]
        already = path.at(coarse.begin + (missing.middles * step).astype(np.int64)) / step
        before, found = path, _fitted(path, missing.plus(already), own, step, slope_error)
        path = found.path
        if np.abs(np.subtract(path.offsets, before.offsets)).max() < _SETTLED * found.offset_error:
            break
    return found


def _fitted(path: Path, missing: Refinement, own: NDArray[np.int64], step: int, slope_error: float) -> _Found:
    """Parallel lines through the offsets of each piece [samples]; a piece without any stays as it was."""
    present, own = np.unique(own, return_inverse=True)
    middle, lag, error = missing.middles, missing.offsets, missing.errors
    offsets, slope = _lines(middle, lag, 1 / error**2, own)
    level_ones = _lines(middle, lag, 1 / error**2, own, is_level=True)[0]
    freedom = len(lag) - len(offsets) - 1
    if freedom < _FREEDOM:  # too few to tell a drift by: what is known of it stays
        slope = path.slope
        offsets = _lines(middle, lag - slope * middle, 1 / error**2, own, is_level=True)[0]
    left_over = (lag - offsets[own] - slope * middle) / error
    wider = max(1.0, float(np.sqrt(left_over @ left_over / freedom))) if freedom > 0 else 1.0
    offset_error, own_slope_error = _errors(middle, error * wider)
    sloped, flat = np.array(path.offsets), np.array(path.offsets)
    sloped[present], flat[present] = offsets * step, level_ones * step
    return _Found(
        Path(path.anchor, path.begins, tuple(map(float, sloped)), slope),
        Path(path.anchor, path.begins, tuple(map(float, flat))),
        offset_error * step,
        slope_error if freedom < _FREEDOM else own_slope_error,
    )


def _errors(middle: Floats, error: Floats) -> tuple[float, float]:
    """Standard errors of a line's height in the middle, and of its slope."""
    weight = 1 / error**2
    center = float(np.average(middle, weights=weight))
    spread = float(weight @ (middle - center) ** 2)
    return float(1 / np.sqrt(weight.sum())), float(1 / np.sqrt(spread)) if spread > 0 else MOST_DRIFT


def _judged(level: Level, found: _Found) -> Match:
    """How alike both are along the path, and at all offsets beside it."""
    moved, _ = carried(level.pair, found.path)
    a, b = news_of(moved, level.step), news_of(level.pair.coarse.values, level.step)
    seen = correlated(a, b, -len(a), len(b))
    near = slice(seen.at(-1), seen.at(1) + 1)
    best = seen.at(-1) + int(np.argmax(np.abs(seen.scores[near])))
    score, alike = float(seen.scores[best]), float(seen.alike[best])
    return Match(
        level, found.path, found.offset_error, found.slope_error, abs(score), seen.without(0, 64).spread, alike, seen
    )
