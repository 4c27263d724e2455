"""What is said of two meters' clocks: the offset and how sure it is, or why none is said."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION: Final = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Verdict(StrEnum):
    """Whether an offset is said."""

    MATCH = "match"
    AMBIGUOUS = "ambiguous"
    NO_MATCH = "no-match"


class Piece(_Frozen):
    """Between two steps of a clock: from when on (B's times) B is how far behind A.

    Attributes
    ----------
    start
        Of the piece; the first holds for all times before, too.
    offset_s
        At ``start`` [s]; positive: B is behind.
    """

    start: datetime
    offset_s: float


class ClockStep(_Frozen):
    """A time (B's) at which the offset changes at once, and the offsets before and after it [s]."""

    at: datetime
    before_s: float
    after_s: float


class Candidate(_Frozen):
    """An offset [s] that can't be told from others, and how alike the series are at it (correlation, -1 to 1)."""

    offset_s: float
    correlation: float


class Likeness(_Frozen):
    """How alike both series are on their common grid (correlation, -1 to 1): values, and changes from one to the next.

    None where fewer than three cells are common, or nothing varies.
    """

    values: float | None
    changes: float | None
    cells: int = Field(ge=0)


class Alignment(_Frozen):
    """How far B's clock is behind A's.

    Attributes
    ----------
    verdict
        ``match``: ``offset_s`` is said. ``ambiguous``: several offsets are alike, ``candidates`` names them.
        ``no-match``: nothing in B follows A at any offset.
    message
        The same for a person.
    offset_s
        How much later B's times are than A's for the same event, at ``offset_at`` [s]. Positive: B is behind.
    offset_error_s
        Its standard error [s].
    offset_at
        The beginning of the first piece, by B's times.
    drift_ppm, drift_error_ppm
        By how much the offset grows [µs per s], and the standard error; a drift within three errors is said as 0.
    pieces, steps
        The offset from when on, and the steps between pieces.
    opposite
        Whether B goes down where A goes up: its sign is turned.
    score, p_value, confidence
        How far the likeness exceeds chance; a bound of how likely chance alone reaches it at any offset that was
        looked at; and one less that.
    correlation
        Of what is new in each value, on the grid on which they are most alike.
    candidates
        Where ambiguous: offsets that are about as good.
    period_s
        Where ambiguous: after what time both repeat themselves, if they do.
    step_a_s, step_b_s, grid_s
        The steps of both, and that of the grid on which the offset was found; 0 where there is no even step [s].
    searched_s
        The least and the greatest offset that was looked at [s].
    before, after
        How alike both are as they came, and with B moved.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    verdict: Verdict
    message: str
    offset_s: float | None = None
    offset_error_s: float | None = None
    offset_at: datetime | None = None
    drift_ppm: float | None = None
    drift_error_ppm: float | None = None
    pieces: tuple[Piece, ...] = ()
    steps: tuple[ClockStep, ...] = ()
    opposite: bool = False
    score: float = 0.0
    p_value: float = 1.0
    confidence: float = 0.0
    correlation: float | None = None
    candidates: tuple[Candidate, ...] = ()
    period_s: float | None = None
    step_a_s: float = 0.0
    step_b_s: float = 0.0
    grid_s: float = 0.0
    searched_s: tuple[float, float] | None = None
    before: Likeness = Likeness(values=None, changes=None, cells=0)
    after: Likeness | None = None
