"""When a gap is better left open, and why."""

from __future__ import annotations

from fairwatt.core.cleaning.bands import LIMITS, band_of
from fairwatt.core.cleaning.recipe import Recipe

ALWAYS = 2  # rows: a gap as short as this is filled however rough the channel, with the range that tells so
LONGEST = LIMITS[-1]  # rows of a gap that is filled: longer ones can't be tried in bounded memory
BY_RECIPE = "The recipe leaves such gaps open."
NEVER_WAS = "Clocks went forward: in local time this hour never was. Read the file with its own zone."
_DAY_S = 86_400.0


def too_long(length: int, step: int, recipe: Recipe) -> str:
    """Why a gap is too long to be filled; "" where it isn't."""
    days = length * step / 1e6 / _DAY_S
    if days > recipe.longest_days:
        return f"The gap lasts more than {recipe.longest_days:g} days; none as long is filled."
    if length > LONGEST:
        return f"The gap has more than {LONGEST:,} rows; none as long is filled."
    return ""


def waits_for(step: int, recipe: Recipe) -> int:
    """The longest gap [rows] that may be filled, so that what follows it must be known first."""
    return LONGEST if not step else min(LONGEST, int(recipe.longest_days * _DAY_S * 1e6) // step)


def too_rough(length: int, share: float, recipe: Recipe) -> str:
    """Why no fix is good enough for gaps of such a length; "" where one is.

    Parameters
    ----------
    share
        The error of the best fix, as a share of that of writing the channel's mean everywhere.
    """
    if length <= ALWAYS or share < recipe.worst:
        return ""
    return (
        f"In gaps of {band_of(length)} rows the best fix errs by {share:.0%} of what the channel's mean errs by; "
        f"from {recipe.worst:.0%} on gaps are not filled."
    )
