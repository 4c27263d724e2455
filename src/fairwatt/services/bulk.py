"""Bulk work over a dataset's readings, by whichever engine the platform has been given."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from fairwatt.core.errors import InvalidInput
from fairwatt.core.resolutions import Resolution
from fairwatt.services.actors import Actor
from fairwatt.services.lakes import get_lake
from fairwatt.services.reading_questions import find_readable

if TYPE_CHECKING:
    import pyarrow as pa

SCANS = ("health", "sums", "rollups")


def scan_readings(
    *, actor: Actor, dataset_key: str, scan: str, at: datetime, resolution: str = "P1D", engine: str = ""
) -> pa.Table:
    """Go through all readings of a dataset once, exactly.

    Parameters
    ----------
    scan
        ``health``: each series on each day of UTC, with gaps, repeats and what is missing; ``sums``: each series as a
        whole; ``rollups``: each series in buckets of ``resolution``, which are equal and at least a second long.
    engine
        Instead of the platform's own: see :func:`fairwatt.lake.bulk.engines.open_bulk_engine`.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound
        Where the actor may not have the data.
    InvalidInput
        Where there is no such scan, resolution or engine.
    InsufficientData
        Where there are no readings, or for their health no usual step.
    """
    table = find_readable(actor, dataset_key, at).table
    if scan not in SCANS:
        raise InvalidInput(f"There is no scan '{scan}'.", next_step=f"Choose one of: {', '.join(SCANS)}.")
    width = Resolution.parse(resolution)
    level_s, rest = divmod(width.micros if width else 0, 1_000_000)
    if scan == "rollups" and (not level_s or rest):
        raise InvalidInput(
            f"Rollups can't be had at '{resolution}'.",
            where={"field": "resolution"},
            next_step="Use a duration of whole seconds: PT1M, PT30M, P1D.",
        )
    with get_lake().bulk(engine or settings.FAIRWATT_ENGINE) as bulk:
        if scan == "rollups":
            return bulk.roll_up(table, level_s)
        return bulk.check_health(table) if scan == "health" else bulk.sum_up(table)
