"""Which other channel tells most of what one does, and by how much it moves with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LAGS = tuple(1 << k for k in range(9))
_ALIKE = 0.1  # share of what a channel does that another must explain
_LOOKED_AT = 3  # channels that resemble it most
_SAMPLE = 100_000  # rows
_APART = 4  # rows, over which moves are compared


def find_companions(columns: Mapping[str, Floats], wanted: Iterable[str]) -> dict[str, dict[str, Floats]]:
    """The other channel that explains most of what each wanted one does.

    Parameters
    ----------
    columns
        Sound values of the same rows by channel; NaN elsewhere.

    Returns
    -------
    dict
        By channel: the other one's slopes over 1, 2, 4… rows; empty where none explains a tenth of its moves.
    """
    names = list(columns)
    if len(names) < 2 or len(next(iter(columns.values()))) <= _LAGS[-1]:
        return {}
    some = {name: column[:_SAMPLE] for name, column in columns.items()}
    alike = _alike(some)
    found = {}
    for name in wanted:
        at = names.index(name)
        order = np.argsort(-np.abs(alike[at]), kind="stable")
        near = [names[k] for k in order[: _LOOKED_AT + 1] if k != at]
        best = max(((*_explained(some[name], some[other]), other) for other in near), key=lambda one: one[0])
        if best[0] >= _ALIKE:
            found[name] = {best[2]: best[1]}
    return found


def _alike(columns: Mapping[str, Floats]) -> Floats:
    """How much the moves of all channels correlate."""
    moves = np.stack([column[_APART:] - column[:-_APART] for column in columns.values()])
    moves = np.where(np.isfinite(moves), moves, 0.0)
    size = np.sqrt((moves**2).sum(axis=1))
    moves /= np.maximum(size, 1e-300)[:, None]
    return np.asarray(moves @ moves.T)


def _explained(mine: Floats, theirs: Floats) -> tuple[float, Floats]:
    """The share of one channel's moves that another explains, and the slopes."""
    slopes, shares = [], []
    for lag in _LAGS:
        one, other = mine[lag:] - mine[:-lag], theirs[lag:] - theirs[:-lag]
        known = np.isfinite(one) & np.isfinite(other)
        one, other = one[known], other[known]
        power, both, whole = float(other @ other), float(one @ other), float(one @ one)
        slopes.append(both / power if power > 0 else 0.0)
        shares.append(both * both / (power * whole) if power > 0 and whole > 0 else 0.0)
    return float(np.mean(shares)), np.array(slopes)
