"""What parts have in common that find stretches of a channel's history."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.blocks import runs_of
from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.parts import Parts


def stretches(
    code: str, where: tuple[str, str], parts: Parts, mask: NDArray[np.bool_], evidence: NDArray[np.float64]
) -> Detections:
    """Detections of runs of parts of a series' channel; the evidence of a run is its first part's."""
    first, behind = runs_of(mask)
    last = behind - 1
    end = parts.row[last] + parts.rows[last]
    return Detections(
        code=code,
        series=where[0],
        channel=where[1],
        begin=parts.begin[first],
        end=parts.begin[last] + parts.width,
        row=parts.row[first],
        rows=end - parts.row[first],
        count=np.array([parts.count[a:b].sum() for a, b in zip(first, behind, strict=True)], dtype=np.int64),
        evidence=evidence[first],
    )
