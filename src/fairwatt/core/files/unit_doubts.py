"""Units that a head says and the values speak against: percentages up to one, and a mere V over no voltages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.meaning import read_name, words_of

_SMALL = re.compile(r"\b(thd\w*|harmonics?|unbalance|imbalance|loss(es)?|errors?|deviation|flicker|ripple)\b")
_FEWEST_VOLTS = 10.0


class UnitDoubt(NamedTuple):
    """The probable unit, why the one that the head says is doubted, and how sure that is."""

    unit: str
    why: str
    confidence: float


def doubt_unit(name: str, unit: str, values: NDArray[np.float64], affixes: Sequence[str]) -> UnitDoubt | None:
    """Whether a column's values speak against the unit that its head says.

    Parameters
    ----------
    name, unit
        Its name, and the unit's code.
    values, affixes
        Its values, nan where missing, and the units in its cells.
    """
    there = np.abs(values[np.isfinite(values)])
    most = float(there.max()) if len(there) else 0.0
    if unit == "v" and name.strip() in {"V", "v"} and not any(affixes) and 0.0 < most < _FEWEST_VOLTS:
        why = f"But a mere V stands for values as well as for volts, and they go up to {most:.3g}."
        return UnitDoubt("v", why, 0.4)
    if unit != "percent" or not _may_be_shares(name, values, affixes):
        return None
    why = "But all values lie between 0 and 1, as a spreadsheet keeps percentages: "
    why += f"{most:.3g} is {100 * most:.3g} % then (a share of one), and not {most:.3g} %."
    return UnitDoubt("fraction", why, 0.6)


def _may_be_shares(name: str, values: NDArray[np.float64], affixes: Sequence[str]) -> bool:
    """Whether percentages may be written as a spreadsheet keeps them: 0.47 for 47 %."""
    there = values[np.isfinite(values)]
    lies_between = len(there) > 0 and float(there.min()) >= 0.0 and float(there.max()) <= 1.0
    is_small = read_name(name).quantity == "harmonic_distortion" or _SMALL.search(words_of(name)) is not None
    is_written = any("%" in affix for affix in affixes)
    return lies_between and bool((there % 1 != 0).any()) and not is_small and not is_written
