"""Units that a head says and the values speak against: percentages that go up to one, volts that are no voltages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.meaning import read_name, words_of

_SMALL = re.compile(r"\b(thd\w*|harmonics?|unbalance|imbalance|loss(es)?|errors?|deviation|flicker|ripple)\b")
_STEADY = 0.3  # of the middle one, by how much most voltages differ at most


class UnitDoubt(NamedTuple):
    """The probable unit, why the one that the head says is doubted, and how sure that is.

    ``is_open`` says that it may be any other quantity's, too.
    """

    unit: str
    why: str
    confidence: float
    is_open: bool = False


def doubt_unit(name: str, unit: str, values: NDArray[np.float64], affixes: Sequence[str]) -> UnitDoubt | None:
    """Whether a column's values speak against the unit that its head says.

    Parameters
    ----------
    name, unit
        Its name, and the unit's code.
    values, affixes
        Its values, nan where missing, and the units in its cells.
    """
    if unit == "v" and name.strip() == "V" and not affixes and not _are_steady(values):
        why = "But V may stand for value, too, and the values are not as steady as voltages are."
        return UnitDoubt("v", why, 0.3, is_open=True)
    if unit != "percent" or not _may_be_shares(name, values, affixes):
        return None
    most = float(np.nanmax(values))
    why = "But all values lie between 0 and 1, as a spreadsheet keeps percentages: "
    why += f"{most:.3g} is {100 * most:.3g} % then (a share of one), and not {most:.3g} %."
    return UnitDoubt("fraction", why, 0.6)


def _are_steady(values: NDArray[np.float64]) -> bool:
    """Whether most values lie close together, as a network's or a battery's voltages do."""
    there = values[np.isfinite(values)]
    if not len(there):
        return True
    low, middle, high = np.quantile(there, (0.1, 0.5, 0.9))
    return bool(high - low <= _STEADY * abs(middle)) and abs(float(middle)) > 0


def _may_be_shares(name: str, values: NDArray[np.float64], affixes: Sequence[str]) -> bool:
    """Whether percentages may be written as a spreadsheet keeps them: 0.47 for 47 %."""
    there = values[np.isfinite(values)]
    lies_between = len(there) > 0 and float(there.min()) >= 0.0 and float(there.max()) <= 1.0
    is_small = read_name(name).quantity == "harmonic_distortion" or _SMALL.search(words_of(name)) is not None
    is_written = any("%" in affix for affix in affixes)
    return lies_between and bool((there % 1 != 0).any()) and not is_small and not is_written
