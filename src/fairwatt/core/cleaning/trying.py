"""Try fixes where the truth is known: gaps are cut into the series itself, and the best way is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.blending import blend_weights, zones_of
from fairwatt.core.cleaning.filling import FILLS, fill
from fairwatt.core.cleaning.gaps import Gaps
from fairwatt.core.cleaning.learned import Learned
from fairwatt.core.cleaning.ranges import Range, fit_range

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLEND = "blend"
_FEWEST = 8  # gaps cut, below which nothing can be said
SIMPLE = "linear"
_ENOUGH = 0.5  # of a blend's weights, that fixes must have which can tell
_SURE = 1.0  # standard errors
_MOSTLY = 0.9  # share of the values that a fix must be able to fill


@dataclass(frozen=True, slots=True)
class Cuts:
    """Gaps that were cut, and what stands there in truth (NaN where that is unknown)."""

    gaps: Gaps
    truth: Floats = field(repr=False)
    is_asked: NDArray[np.bool_] = field(repr=False)

    def __len__(self) -> int:
        return len(self.gaps)

    def some(self, most: int) -> Cuts:
        """No more than so many of the gaps, evenly taken."""
        if len(self) <= most:
            return self
        chosen = np.zeros(len(self), dtype=np.bool_)
        chosen[np.arange(most) * len(self) // most] = True
        inside = chosen[self.gaps.owner]
        return Cuts(self.gaps.some(chosen), self.truth[inside], self.is_asked[inside])


@dataclass(frozen=True, slots=True)
class Score:
    """How one fix did: root of the mean squared error, mean error, and values held against."""

    fix: str
    rmse: float
    bias: float
    values: int
    weights: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """How gaps of one band are filled.

    Attributes
    ----------
    fix
        A fix, or ``blend``.
    names, weights
        Of a blend: its fixes, and their weights at each depth.
    ranges
        Of each fix, how far off the true values may be.
    rmse, share
        The error, and what share it is of the error of writing the mean everywhere.
    scores
        Of all fixes that were tried.
    gaps
        That were cut.
    """

    fix: str
    names: tuple[str, ...] = ()
    weights: Floats = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    ranges: Mapping[str, Range] = field(default_factory=dict, repr=False)
    rmse: float = float("nan")
    share: float = 0.0
    scores: tuple[Score, ...] = ()
    gaps: int = 0

    def fill(self, gaps: Gaps, learned: Learned) -> Floats:
        """The values of gaps; NaN where they can't be told."""
        if self.fix != BLEND:
            return fill(self.fix, gaps, learned)
        zones = _zones(gaps)
        total, counted = np.zeros(len(zones)), np.zeros(len(zones))
        for number, name in enumerate(self.names):
            weight = self.weights[zones, number]
            if weight.any():
                found = fill(name, gaps, learned)
                is_known = np.isfinite(found) & (weight > 0)
                total += np.where(is_known, weight * found, 0.0)
                counted += np.where(is_known, weight, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(counted >= _ENOUGH, total / counted, np.nan)


@dataclass(frozen=True, slots=True)
class _Errors:
    """Errors of all fixes (true value less filled one) at the same values, with each value's gap, depth and zone."""

    names: tuple[str, ...]
    table: Floats
    owner: Ints
    depth: Ints
    zones: Ints
    usual: float  # the error of writing the mean everywhere

    def of(self, name: str) -> Floats:
        return np.asarray(self.table[:, self.names.index(name)])

    def is_better(self, one: Floats, other: Floats) -> bool:
        """Whether errors are less than others, by more than the chance of which gaps were cut."""
        won = np.bincount(self.owner, other**2 - one**2)
        won = won[np.bincount(self.owner) > 0]
        return bool(won.sum() > _SURE * np.sqrt(len(won)) * won.std())


def choose(
    cuts: Cuts, learned: Learned, names: Sequence[str] = tuple(FILLS), asked: frozenset[str] = frozenset()
) -> Way | None:
    """Choose among fixes by how they do; None where too few gaps could be cut.

    A straight line is left only for what is better beyond chance, and so is the best fix for a blend.

    Parameters
    ----------
    asked
        Fixes that the recipe names: of these, too, it is wanted how far off they are.
    """
    errors = _tried(cuts, learned, names)
    if errors is None:
        return None
    scores = [_score(name, errors.of(name)) for name in errors.names]
    best = min(scores, key=lambda one: one.rmse).fix
    if SIMPLE in errors.names and not errors.is_better(errors.of(best), errors.of(SIMPLE)):
        best = SIMPLE
    blended, weights = _blended(errors.table, errors.zones, errors.owner)
    is_blend = len(errors.names) > 1 and errors.is_better(blended, errors.of(best))
    if len(errors.names) > 1:
        scores.append(_score(BLEND, blended, _told(errors.names, weights)))
    chosen = BLEND if is_blend else best
    wanted = {chosen, SIMPLE, *asked} & {*errors.names, BLEND}
    rmse = next(one.rmse for one in scores if one.fix == chosen)
    return Way(
        fix=chosen,
        names=errors.names,
        weights=weights,
        ranges={name: fit_range(blended if name == BLEND else errors.of(name), errors.depth) for name in wanted},
        rmse=rmse,
        share=rmse / errors.usual if errors.usual > 0 else 0.0,
        scores=tuple(scores),
        gaps=len(cuts),
    )


def _zones(gaps: Gaps) -> Ints:
    """How deep in a gap each value is; where totals are kept, fixes count the same all through it."""
    return zones_of(gaps.depth) if gaps.total is None else np.zeros(int(gaps.length.sum()), dtype=np.int64)


def _tried(cuts: Cuts, learned: Learned, names: Sequence[str]) -> _Errors | None:
    """The errors of all fixes that can fill nearly all; None where too few gaps could be cut."""
    asked = cuts.is_asked & np.isfinite(cuts.truth)
    truth = cuts.truth[asked]
    if len(cuts) < _FEWEST or not len(truth):
        return None
    errors = {name: truth - fill(name, cuts.gaps, learned)[asked] for name in names}
    errors = {name: found for name, found in errors.items() if np.isfinite(found).mean() >= _MOSTLY}
    if not errors:
        return None
    whole = np.isfinite(np.stack(list(errors.values()))).all(axis=0)
    if whole.sum() < _FEWEST:
        return None
    return _Errors(
        names=tuple(errors),
        table=np.stack([one[whole] for one in errors.values()], axis=1),
        owner=cuts.gaps.owner[asked][whole],
        depth=cuts.gaps.depth[asked][whole],
        zones=_zones(cuts.gaps)[asked][whole],
        usual=float(np.sqrt(np.mean((truth[whole] - _middle(learned, cuts)) ** 2))),
    )


def _middle(learned: Learned, cuts: Cuts) -> float:
    """What a gap is filled with that nothing is known about; of a running total nothing is."""
    known = cuts.truth[np.isfinite(cuts.truth)]
    return learned.middle if cuts.gaps.base is None else float(known.mean())


def _score(name: str, errors: Floats, weights: tuple[tuple[str, float], ...] = ()) -> Score:
    return Score(name, float(np.sqrt(np.mean(errors**2))), float(-errors.mean()), len(errors), weights)


def _blended(errors: Floats, zones: Ints, owner: Ints) -> tuple[Floats, Floats]:
    """The errors of a blend, whose weights are learned of the other half of the gaps; and the weights of all."""
    weights = blend_weights(errors, zones)
    halves = owner % 2
    found = np.empty(len(errors))
    for half in (0, 1):
        own = halves == half
        if own.any() and not own.all():
            found[own] = (errors[own] * blend_weights(errors[~own], zones[~own])[zones[own]]).sum(axis=1)
        else:
            found[own] = (errors[own] * weights[zones[own]]).sum(axis=1)
    return found, weights


def _told(names: tuple[str, ...], weights: Floats) -> tuple[tuple[str, float], ...]:
    """The weights beside the gap, for people: those that count."""
    return tuple((name, round(float(w), 3)) for name, w in zip(names, weights[0], strict=True) if w > 0)
