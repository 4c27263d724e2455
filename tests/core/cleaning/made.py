"""Made readings, cleaned; what the tests of cleaning have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning import DEFAULT, DONE, Cleaned, Recipe, clean
from fairwatt.core.quality import Channel, ReadingsInMemory
from tests.core.quality.made import times

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """One channel of a cleaned series, whole."""

    times: Ints
    source: Ints
    raw: Floats
    cleaned: Floats
    p10: Floats
    p90: Floats
    findings: list[str]
    fixes: list[str]
    whole: Cleaned

    def at(self, row: int) -> tuple[float, str, str]:
        """The cleaned value of a row, what was found there, and what was done."""
        return float(self.cleaned[row]), self.findings[row], self.fixes[row]


def outcome_of(cleaned: Cleaned, channel: str = "x", series: str = "") -> Outcome:
    """All windows of a channel in one."""
    windows = [one for one in cleaned.windows() if one.series == series]

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(one.channels[channel], name) for one in windows])

    return Outcome(
        times=np.concatenate([one.times for one in windows]),
        source=np.concatenate([one.source for one in windows]),
        raw=column("raw"),
        cleaned=column("cleaned"),
        p10=column("p10"),
        p90=column("p90"),
        findings=[windows[0].findings[k] for k in column("finding").tolist()],
        fixes=[DONE[k] for k in column("fix").tolist()],
        whole=cleaned,
    )


X = Channel("x")


def cleaned(values: Floats, at: Ints | None = None, recipe: Recipe = DEFAULT, channel: Channel = X) -> Outcome:
    """Clean one channel called ``x``."""
    stamps = times(len(values)) if at is None else at
    return outcome_of(clean(ReadingsInMemory((channel,), stamps, {"x": values}), recipe))


def without(values: Floats, *runs: tuple[int, int]) -> Floats:
    """The same with some rows [begin, end) blank."""
    out = values.copy()
    for begin, end in runs:
        out[begin:end] = np.nan
    return out
