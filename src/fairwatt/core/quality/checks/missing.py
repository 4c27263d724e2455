"""Missing rows and missing values, by runs."""

from __future__ import annotations

import numpy as np

from fairwatt.core.quality.blocks import runs_of
from fairwatt.core.quality.detections import Detections, Place
from fairwatt.core.quality.readings import Stretch

LONGER = 1.5  # usual steps from which rows are missing
CLASSES = ((1, 2, "1-2"), (3, 10, "3-10"), (11, None, ">10"))  # Project LEO's


def class_of(length: int) -> str:
    """LEO's class of a run of missing readings.

    Examples
    --------
    >>> class_of(2), class_of(3), class_of(11)
    ('1-2', '3-10', '>10')
    """
    return next(name for least, most, name in CLASSES if length >= least and (most is None or length <= most))


def check_missing_rows(place: Place) -> Detections:
    """Find the runs of rows that are missing between others."""
    step = max(place.step, 1)
    since = np.diff(place.times)
    after = np.flatnonzero(since > LONGER * step) + 1 if place.step else np.zeros(0, dtype=np.int64)
    lacking = np.rint(since[after - 1] / step).astype(np.int64) - 1
    return Detections(
        code="missing-rows",
        series=place.series,
        channel="",
        begin=place.times[after - 1] + step,
        end=place.times[after],
        row=after + place.first_row,
        rows=np.zeros(len(after), dtype=np.int64),
        count=lacking,
        evidence=lacking.astype(np.float64),
    )


def check_missing_values(stretch: Stretch) -> Detections:
    """Find the runs of rows without a value."""
    runs = runs_of(np.isnan(stretch.values))
    return stretch.place.blocks(
        "missing-values", stretch.channel.field, runs, evidence=(runs[1] - runs[0]).astype(np.float64)
    )
