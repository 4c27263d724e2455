"""What search engines may know of: the pages of published datasets and files that anybody may see.

Pages are counted out in blocks of rows' numbers, so that a block costs the same wherever it lies.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, IntegerField, Max, QuerySet
from django.db.models.expressions import ExpressionWrapper

from fairwatt.records.models import File
from fairwatt.services.access import visible_datasets
from fairwatt.services.actors import Actor
from fairwatt.services.links import dataset_path, file_path

BLOCK = 5_000  # rows; a map may have 50,000 addresses
KINDS = ("datasets", "files")


def list_blocks(kind: str) -> list[tuple[int, datetime]]:
    """The blocks that have pages of this kind, each with its latest change."""
    rows, changed = _rows(kind)
    blocks = rows.annotate(block=ExpressionWrapper(F("pk") / BLOCK, output_field=IntegerField()))
    return list(blocks.order_by("block").values_list("block").annotate(Max(changed)))


def list_pages(kind: str, block: int) -> Iterator[tuple[str, datetime]]:
    """The paths of a block's pages, each with its last change."""
    rows, changed = _rows(kind)
    path = dataset_path if kind == "datasets" else file_path
    found = rows.filter(pk__gte=block * BLOCK, pk__lt=(block + 1) * BLOCK).order_by("pk")
    for key, changed_at in found.values_list("key", changed).iterator():
        yield path(key), changed_at


def _rows(kind: str) -> tuple[QuerySet[Any], str]:
    datasets = visible_datasets(Actor.anonymous()).published().filter(listing__isnull=False)
    if kind == "datasets":
        return datasets.order_by(), "listing__changed_at"
    return File.objects.filter(
        dataset__in=datasets.order_by().values("pk"), erased_at=None
    ).order_by(), "dataset__listing__changed_at"
