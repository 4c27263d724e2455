"""How a project keeps what it has: versions, checks, and what a byte costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from fairwatt.core.costs import StoragePrices
from fairwatt.core.project.entries import Entry


def _as_written(value: object) -> object:
    """A price as it is written: a binary fraction of a penny would be another."""
    return repr(value) if isinstance(value, float) else value


Price = Annotated[Decimal, BeforeValidator(_as_written), Field(ge=0, max_digits=18, decimal_places=12)]


class Upkeep(Entry):
    """What is done at night to what is kept.

    ``keep_versions_days`` says for how long a version of readings stays readable after another took its place;
    without it for good. Versions that were published stay anyway. Every file is checked once in ``check_days``.
    ``hour`` is when upkeep begins, in the project's zone. ``check_links`` is whether the addresses of background data
    that stay elsewhere are looked at by day: false where the platform may not call the web.
    """

    keep_versions_days: int | None = Field(default=None, ge=0)
    check_days: int = Field(default=30, gt=0)
    hour: int = Field(default=2, ge=0, le=23)
    check_links: bool = True


class Prices(Entry):
    """What storage costs, per GB (10⁹ bytes) and month; without prices only bytes are shown.

    ``hot`` counts for readings and rollups, ``cool`` for originals and for what only earlier versions need; where
    ``cool`` is left out it is as dear as ``hot``. ``source`` says where the prices come from and of when they are: it
    stands beside them.
    """

    currency: str = Field(default="GBP", pattern=r"^[A-Z]{3}$")
    hot: Price | None = None
    cool: Price | None = None
    source: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _hot_before_cool(self) -> Self:
        if self.cool is not None and self.hot is None:
            raise ValueError("cool needs hot beside it")
        return self

    @property
    def known(self) -> StoragePrices | None:
        """The prices; None where the project names none."""
        if self.hot is None:
            return None
        return StoragePrices(self.currency, self.hot, self.hot if self.cool is None else self.cool, self.source)
