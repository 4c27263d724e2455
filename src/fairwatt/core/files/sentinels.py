"""Numbers that stand for a missing value (999, −1, 65535), found by evidence: never by their look alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_NINES = tuple(sign * (10**n - 1) for n in range(2, 8) for sign in (1, -1))
_DECIMAL_NINES = (99.9, 999.9, 9999.9, -99.9, -999.9, -9999.9, 99.99, 999.99, -99.99, -999.99, 9999.99, -9999.99)
_LIMITS = (32_767, -32_768, 65_535, 65_534, 2_147_483_647, -2_147_483_648, 4_294_967_295, 8_388_607, -32_767)
_SCALED_LIMITS = tuple(round(limit * scale, 2) for limit in (32_767, -32_768, 65_535) for scale in (0.1, 0.01))
_OTHERS = (-1, -9, 6999, -6999, 7999, -7999, 1e30, -1e30, 1e20, -1e20, 1e10, -3.4e38, 3.4e38, 9.96921e36)
_KNOWN = frozenset(float(v) for v in (*_NINES, *_DECIMAL_NINES, *_LIMITS, *_SCALED_LIMITS, *_OTHERS))
_MARGIN = 1.0  # how many times the other values' width a sentinel stands outside them
_MOST = 0.6  # share of the values that a mark for a missing one may be
_REPEATED = 3  # times that a sentinel comes at least that stands near the others
_PLAIN = 999
_MOST_BARE = 0.2  # share of a column's numbers that may be marks without decimals
_FEW_MARKS = 3  # different numbers that a file marks missing values by
_SIGNED = frozenset({"apparent_power", "power_factor", "cos_phi", "count"})  # whose sign may mean a direction
_FEWEST = 4  # other values that are needed to say what is far outside
_HUGE = 1e9
# What no value of a quantity can be, whatever its unit: (lowest, highest), None where nothing is impossible.
_POSSIBLE: dict[str, tuple[float | None, float | None]] = {
    "temperature": (-274.0, 900.0),
    "humidity": (0.0, 110.0),
    "state_of_charge": (0.0, 110.0),
    "power_factor": (-101.0, 101.0),
    "cos_phi": (-101.0, 101.0),
    "voltage": (0.0, None),
    "frequency": (0.0, 500.0),
    "irradiance": (-50.0, 5000.0),
    "wind_speed": (0.0, 400.0),
    "wind_direction": (-360.0, 720.0),
    "apparent_power": (0.0, None),
    "pressure": (0.0, None),
    "carbon_intensity": (0.0, 5000.0),
    "count": (0.0, None),
}


@dataclass(frozen=True, slots=True)
class Sentinel:
    """A number taken for a mark of missing values: how often it came among the sampled, why, and how sure (0-1)."""

    value: float
    count: int
    why: str
    confidence: float

    @property
    def text(self) -> str:
        """The number written plainly."""
        return f"{self.value:.15g}"


def find_sentinels(
    values: Mapping[float, int],
    quantity: str,
    *,
    elsewhere: frozenset[float] = frozenset(),
    suspected: frozenset[float] = frozenset(),
) -> tuple[Sentinel, ...]:
    """Find a channel's marks for missing values among its sampled values.

    Parameters
    ----------
    values
        Each different value, and how often it comes.
    quantity
        The channel's quantity, "" where unknown.
    elsewhere
        Marks that the file's other channels surely have.
    suspected
        Numbers that other channels may have as marks, or that are written unlike this channel's others: they are asked
        about though they lie among its values.

    Returns
    -------
    tuple[Sentinel, ...]
        Those that stand alone, far outside all other values, or are impossible for the quantity; the surest first.
    """
    candidates = [v for v in values if is_known(v)]
    candidates += [v for v in _impossible_ones(values, quantity) if v not in candidates]
    if not candidates:
        return ()
    others = {v: n for v, n in values.items() if v not in candidates}
    total = sum(values.values())
    found: list[Sentinel] = []
    for value in sorted(candidates, key=abs):
        sentinel = _judge(value, values[value], others, quantity, value in elsewhere)
        is_odd = value in suspected | elsewhere and quantity not in _SIGNED  # a cos φ of -1 is one
        if sentinel is None and is_odd and sum(others.values()) >= _FEWEST:
            sentinel = _suspect(value, values[value], others)
        if sentinel is not None and values[value] <= _MOST * total:
            found.append(sentinel)
        else:
            others[value] = values[value]
    return tuple(sorted(found, key=lambda one: (-one.confidence, one.value)))


def _impossible_ones(values: Mapping[float, int], quantity: str) -> list[float]:
    """Numbers that no measurement of a quantity gives, where the same few come again among possible ones."""
    bounds = _POSSIBLE.get(quantity)
    if bounds is None or quantity in _SIGNED:
        return []
    least, most = bounds
    odd = [v for v in values if (least is not None and v < least) or (most is not None and v > most)]
    is_mark = len(odd) <= _FEW_MARKS and all(values[v] >= _REPEATED for v in odd)
    return odd if is_mark else []


def _judge(value: float, count: int, others: Mapping[float, int], quantity: str, is_elsewhere: bool) -> Sentinel | None:
    if sum(others.values()) < _FEWEST or min(others) <= value <= max(others):
        return None
    low, high = min(others), max(others)
    width = max(high - low, abs(high) * 0.05, abs(low) * 0.05)
    gap = (low - value if value < low else value - high) / width if width else float("inf")
    number = f"{value:.15g}"
    if _is_impossible(value, quantity, low):
        return Sentinel(
            value, count, f"{number} is impossible here; the other values lie between {low:g} and {high:g}.", 0.97
        )
    times = "once" if count == 1 else f"{count:,} times"
    why = f"{number} comes {times}, the other values lie between {low:g} and {high:g}."
    if is_elsewhere:
        return Sentinel(value, count, f"{why} Other columns of the file mark missing values by it.", 0.7)
    if value in {-1.0, -9.0}:
        is_odd_one = low >= 0 and count > 1 and not _are_whole(others)
        return Sentinel(value, count, why, 0.7) if is_odd_one else None
    is_single = count == 1 and abs(value) < _PLAIN and not value.is_integer()  # 99.9 is a value like another
    if gap < _MARGIN or (is_single and not is_elsewhere):
        return Sentinel(value, count, why, 0.5) if _is_oftener(value, count, others) else None
    return Sentinel(value, count, why, 0.8 if count > 1 and gap > 5 * _MARGIN else 0.7)


def _suspect(value: float, count: int, others: Mapping[float, int]) -> Sentinel:
    """A number among the others that other columns have as a mark, or that is written unlike them."""
    times = "once" if count == 1 else f"{count:,} times"
    why = f"{value:.15g} comes {times} among values between {min(others):g} and {max(others):g}."
    why += " It is written unlike them, or may be such a mark in another column."
    return Sentinel(value, count, why, 0.5)


def written_bare(plain: Mapping[str, str], counted: Mapping[str, int]) -> frozenset[float]:
    """The numbers that are written without decimals where hardly another one is.

    Parameters
    ----------
    plain, counted
        A column's texts with their numbers written plainly, and how often each comes.
    """
    bare = {text for text, number in plain.items() if "." not in number}
    rows = sum(counted[text] for text in plain)
    is_odd = len(bare) <= _FEW_MARKS and sum(counted[text] for text in bare) <= _MOST_BARE * rows
    return frozenset(float(plain[text]) for text in bare) if is_odd else frozenset()


def _is_oftener(value: float, count: int, others: Mapping[float, int]) -> bool:
    """Whether a whole number (99.9 may well be where a scale ends) comes oftener than any other but 0."""
    commonest = max((n for other, n in others.items() if other), default=0)
    return abs(value) >= _PLAIN and value.is_integer() and count >= _REPEATED and count > commonest


def _is_impossible(value: float, quantity: str, low: float) -> bool:
    bounds = _POSSIBLE.get(quantity)
    if bounds is None:
        return abs(value) >= 1e20  # the fill values of scientific formats
    least, most = bounds
    if least is not None and value < least and low >= least:
        return True
    return most is not None and value > most


def _are_whole(values: Mapping[float, int]) -> bool:
    return bool(np.all(np.equal(np.mod(np.fromiter(values, dtype=float), 1), 0)))


def is_known(value: float) -> bool:
    """Whether a number is one that programs write for a missing value; that alone proves nothing."""
    return value in _KNOWN or abs(value) >= _HUGE


def count_values(values: np.ndarray) -> dict[float, int]:
    """Each different finite value of an array, and how often it comes."""
    return dict(Counter(values[np.isfinite(values)].tolist()))
