"""What a dataset holds altogether, made from its files whenever one of them changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Sum

from fairwatt.records.models import Channel, Dataset
from fairwatt.services.dataset_channels import store_dataset_channels

PARTS = 60  # of the coverage strip


def update_totals(dataset: Dataset, *, at: datetime) -> Dataset:
    """Make a dataset's totals anew from the rows of its files; call it inside a transaction.

    Locks the dataset's row, so that two files read at once don't lose each other's part.
    """
    hold(dataset)
    files = list(dataset.files.filter(erased_at=None))
    channels = Channel.objects.filter(file__dataset=dataset)
    dataset.file_count = len(files)
    dataset.formats = sorted({file.format for file in files if file.format})
    dataset.quantities = sorted(set(channels.exclude(quantity="").values_list("quantity", flat=True)))
    dataset.rows_total = sum(file.rows for file in files)
    dataset.readings_total = channels.aggregate(total=Sum("count"))["total"] or 0
    dataset.bytes_total = sum(file.size for file in files)
    dataset.period_start = min((f.period_start for f in files if f.period_start), default=None)
    dataset.period_end = max((f.period_end for f in files if f.period_end), default=None)
    steps = {f.resolution_s for f in files if f.resolution_s}
    dataset.resolution_s = steps.pop() if len(steps) == 1 else None  # files that differ have no step in common
    dataset.coverage = combine_coverage(
        [(f.period_start, f.period_end, f.coverage) for f in files if f.period_start and f.period_end and f.coverage],
        dataset.period_start,
        dataset.period_end,
    )
    dataset.updated_at = at
    dataset.save(
        update_fields=[
            "file_count", "formats", "quantities", "rows_total", "readings_total", "bytes_total",
            "period_start", "period_end", "resolution_s", "coverage", "updated_at",
        ]
    )  # fmt: skip
    store_dataset_channels(dataset)
    return dataset


def hold(dataset: Dataset) -> None:
    """Lock a dataset's row until the transaction ends: whoever sums its files up comes after another."""
    Dataset.objects.select_for_update().filter(pk=dataset.pk).first()


def combine_coverage(
    strips: Iterable[tuple[datetime, datetime, Sequence[float]]], start: datetime | None, end: datetime | None
) -> list[float]:
    """The coverage of a period by several strips, each of equal parts of a period of its own.

    Parameters
    ----------
    strips
        (start, end, shares 0-1 of its equal parts) of each file.
    start, end
        The period asked about.

    Returns
    -------
    list[float]
        60 shares, 0-1; where files overlap, the share of a part is at most 1. Empty without a period.
    """
    if start is None or end is None or end <= start:
        return []
    width = (end - start).total_seconds() / PARTS
    filled = [0.0] * PARTS
    for begin, stop, shares in strips:
        piece = (stop - begin).total_seconds() / len(shares)
        offset = (begin - start).total_seconds()
        for number, share in enumerate(shares):
            _pour(filled, offset + number * piece, offset + (number + 1) * piece, share, width)
    return [round(min(1.0, seconds / width), 4) for seconds in filled]


def _pour(filled: list[float], begin: float, stop: float, share: float, width: float) -> None:
    if not share:
        return
    for part in range(max(0, int(begin / width)), min(PARTS, int(stop / width) + 1)):
        overlap = min(stop, (part + 1) * width) - max(begin, part * width)
        if overlap > 0:
            filled[part] += overlap * share
