"""What the channels of a dataset's files add up to: made when a file has been read or goes, never when a page opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, F, FloatField, Max, Min, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from fairwatt.records.models import Channel, Dataset, DatasetChannel, File

_ORDER = ("file__position", "file", "position")
_ALIKE = ("name", "field", "kind", "quantity", "unit", "direction", "statistic")


def store_dataset_channels(dataset: Dataset) -> None:
    """Replace a dataset's channels by what those of its read files add up to.

    Call it inside a transaction that holds the dataset's row (see :func:`fairwatt.services.dataset_totals.hold`).
    """
    found = add_channels_up(Channel.objects.filter(file__dataset=dataset))
    for channel in found:
        channel.dataset = dataset
    dataset.channels.all().delete()
    DatasetChannel.objects.bulk_create(found, batch_size=500)


def add_channels_up(channels: QuerySet[Channel]) -> list[DatasetChannel]:
    """Add channels of files that have been read up by field, in the files' order; the rows are not stored.

    The database adds up, in two queries: a logger's year is a hundred files of a hundred channels.

    Parameters
    ----------
    channels
        Of one dataset. Those of files in another state than read are left out.
    """
    rows = channels.filter(file__state=File.State.READ).order_by()
    sums = {
        row["field"]: row
        for row in rows.values("field").annotate(
            readings=Sum("count"),
            gaps=Sum("missing"),
            lowest=Min("minimum"),
            highest=Max("maximum"),
            finest=Min("resolution_s"),
            weighed=Sum(F("mean") * F("count"), output_field=FloatField()),
            weight=Sum("count", filter=Q(mean__isnull=False)),
            units=Count("unit", distinct=True),
        )
    }
    place = Window(RowNumber(), partition_by="field", order_by=_ORDER)
    firsts = rows.annotate(place=place).filter(place=1).order_by(*_ORDER).values(*_ALIKE)
    return [_merge(position, first, sums[first["field"]]) for position, first in enumerate(firsts, start=1)]


def _merge(position: int, first: Mapping[str, Any], sums: Mapping[str, Any]) -> DatasetChannel:
    return DatasetChannel(
        position=position,
        count=sums["readings"],
        missing=sums["gaps"],
        minimum=sums["lowest"],
        mean=sums["weighed"] / sums["weight"] if sums["weight"] else None,
        maximum=sums["highest"],
        resolution_s=sums["finest"],
        is_mixed=sums["units"] > 1,
        **{name: first[name] for name in _ALIKE},
    )
