"""Running totals beside the energy of intervals: what one grew by across a gap is what the other adds up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality import Channel
from fairwatt.core.units import UNITS

Floats = NDArray[np.float64]

_AGREE = 0.01  # of the usual energy, by which a total's increase may differ
_MOSTLY = 0.95  # of the rows, that must agree
_FEWEST = 20


@dataclass(frozen=True, slots=True)
class Meter:
    """The running total of a channel's own flow.

    Attributes
    ----------
    field
        Its channel.
    factor
        That turns it into the unit of the intervals' energy.
    is_begin
        Whether a row shows the total at the begin of its interval; else at its end.
    """

    field: str
    factor: float
    is_begin: bool

    def grown(self, total: Floats) -> Floats:
        """By what the total says that each row's interval adds; NaN where it doesn't say."""
        grown = np.full(len(total), np.nan)
        if self.is_begin:
            grown[:-1] = np.diff(total)
        else:
            grown[1:] = np.diff(total)
        return grown * self.factor


def find_meters(channels: Sequence[Channel], sound: Mapping[str, Floats]) -> dict[str, Meter]:
    """The running total of each channel of interval energy, where one is there that agrees with it.

    Parameters
    ----------
    sound
        Sound values by channel, of rows with an even step.
    """
    totals = [one for one in channels if one.is_register and one.unit in UNITS]
    found = {}
    for channel in channels:
        if channel.is_register or channel.quantity != "energy" or channel.unit not in UNITS:
            continue
        for total in totals:
            if total.quantity != channel.quantity or total.direction != channel.direction:
                continue
            factor = float(UNITS[total.unit].to_base) / float(UNITS[channel.unit].to_base)
            both = (Meter(total.field, factor, is_begin) for is_begin in (True, False))
            fits = [one for one in both if _agrees(sound[channel.field], one.grown(sound[total.field]))]
            if len(fits) == 1:
                found[channel.field] = fits[0]
                break
    return found


def _agrees(energy: Floats, grown: Floats) -> bool:
    known = np.isfinite(energy) & np.isfinite(grown)
    if known.sum() < _FEWEST:
        return False
    usual = float(np.abs(energy[known]).mean())
    return bool((np.abs(energy - grown)[known] <= _AGREE * usual).mean() >= _MOSTLY) and usual > 0
