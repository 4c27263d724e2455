"""What keeping bytes costs, and what it will: money as Decimal, prices as the project file gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

GB = 10**9
_MONTHS_A_YEAR = 12
_MOST_MONTHS = 6  # that a forecast looks back
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class StoredSize:
    """Bytes of a dataset: originals, readings, rollups, and what only earlier versions need."""

    raw: int = 0
    readings: int = 0
    rollups: int = 0
    old: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.raw + self.readings + self.rollups + self.old

    def __add__(self, other: StoredSize) -> StoredSize:
        return StoredSize(
            self.raw + other.raw,
            self.readings + other.readings,
            self.rollups + other.rollups,
            self.old + other.old,
        )


@dataclass(frozen=True, slots=True)
class StoragePrices:
    """Prices per GB (10⁹ bytes) and month, by tier; ``currency`` is an ISO 4217 code, ``source`` where they are from.

    Originals and earlier versions are hardly ever read: on an object store they may stand in a cooler tier.
    """

    currency: str
    hot: Decimal
    cool: Decimal
    source: str = ""

    def yearly(self, size: StoredSize) -> Decimal:
        """What a size costs in a year, unrounded.

        Examples
        --------
        >>> prices = StoragePrices("GBP", Decimal("0.02"), Decimal("0.01"))
        >>> prices.yearly(StoredSize(raw=100 * GB, readings=50 * GB))
        Decimal('24.00')
        """
        monthly = self.hot * Decimal(size.readings + size.rollups) + self.cool * Decimal(size.raw + size.old)
        return monthly * _MONTHS_A_YEAR / GB


def rounded(money: Decimal) -> Decimal:
    """Money as it is shown: to a hundredth, halves up."""
    return money.quantize(_CENT, rounding=ROUND_HALF_UP)


def bytes_a_reading(size: StoredSize, readings: int) -> Decimal | None:
    """What a reading takes up with its rollups, the originals and earlier versions left out; None without readings."""
    if readings <= 0:
        return None
    return (Decimal(size.readings + size.rollups) / Decimal(readings)).quantize(_CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Growth:
    """What came in a month lately: on average, at least and at most [bytes], over how many whole months."""

    mean: int
    least: int
    most: int
    months: int

    def after_a_year(self, size: StoredSize) -> tuple[int, int, int]:
        """The bytes in a year's time, if it goes on so: at least, about, at most."""
        total = size.total
        return (
            total + self.least * _MONTHS_A_YEAR,
            total + self.mean * _MONTHS_A_YEAR,
            total + self.most * _MONTHS_A_YEAR,
        )


def forecast(arrivals: Sequence[int]) -> Growth | None:
    """Growth by the arrivals of whole months, oldest first [bytes]; the last six count, None where there is none.

    Examples
    --------
    >>> forecast([10, 20, 60])
    Growth(mean=30, least=10, most=60, months=3)
    >>> forecast([]) is None
    True
    """
    last = list(arrivals[-_MOST_MONTHS:])
    if not last:
        return None
    return Growth(round(sum(last) / len(last)), min(last), max(last), len(last))


def whole_months(arrivals: Sequence[tuple[str, int]], *, this_month: str) -> list[int]:
    """The bytes of each whole month after that of the first arrival and before ``this_month`` (``2026-11``).

    The first one does not count: it had begun before anything could arrive, and what arrived in it may have gathered
    for years. Months without an arrival count as 0.

    Parameters
    ----------
    arrivals
        (month, bytes), in any order; a month may stand several times.

    Examples
    --------
    >>> whole_months([("2026-11", 7), ("2026-08", 500), ("2026-09", 5)], this_month="2026-11")
    [5, 0]
    >>> whole_months([("2026-10", 500)], this_month="2026-11")
    []
    """
    sums: dict[int, int] = {}
    for month, size in arrivals:
        sums[_number(month)] = sums.get(_number(month), 0) + size
    if not sums:
        return []
    return [sums.get(number, 0) for number in range(min(sums) + 1, _number(this_month))]


def _number(month: str) -> int:
    year, _, number = month.partition("-")
    return int(year) * _MONTHS_A_YEAR + int(number) - 1
