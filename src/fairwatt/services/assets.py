"""What the steps of procedures call the metered things: one rule for pages, events and packages."""

from __future__ import annotations

from collections.abc import Iterator

from fairwatt.records.models import Dataset

NAMING_STEPS = frozenset({"asset", "site", "feeder"})  # slugs of steps, by convention: what was metered


def find_assets(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """What was metered, as the answers to a dataset's steps name it: each with the code of its procedure."""
    for detail in dataset.details:
        if detail.get("slug") in NAMING_STEPS and detail.get("value"):
            yield str(detail.get("procedure") or ""), str(detail["value"])
