"""The project's own identifiers of datasets, given when they are published: ``MVSA1.2.1-P11-LCH-D041``, ``BKG1.2``.

They stand beside the dataset's persistent key, never in its place, and nothing is read back from them but the next
free number.
"""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction

from fairwatt.core.errors import Conflict
from fairwatt.core.project import Identifiers
from fairwatt.records.models import Dataset

TRIES = 8
WIDTH = 80


def give_identifier(dataset: Dataset, grammar: Identifiers) -> str:
    """Give a dataset its identifier and store it; one it has already stays. Call it inside a transaction.

    Raises
    ------
    Conflict
        Where others keep taking the next number first.
    """
    for _ in range(TRIES):
        if dataset.identifier:
            return dataset.identifier
        name = _next_identifier(dataset, grammar)
        try:
            with transaction.atomic():
                Dataset.objects.filter(pk=dataset.pk).update(identifier=name)
        except IntegrityError:  # another approval took it in this instant
            continue
        dataset.identifier = name
    if dataset.identifier:
        return dataset.identifier
    raise Conflict("No free identifier was found.", next_step="Try again.")


def _next_identifier(dataset: Dataset, grammar: Identifiers) -> str:
    if dataset.origin == Dataset.Origin.BACKGROUND:
        return _next_background(dataset, grammar.background_prefix)
    return _next_foreground(dataset, grammar.foreground_prefix)


def _next_foreground(dataset: Dataset, prefix: str) -> str:
    trial = dataset.trial.code if dataset.trial is not None else ""
    stem = trial if trial.upper().startswith(prefix.upper()) else f"{prefix}{trial}"
    taken = _numbers(stem + "-", r"-D(\d+)$")
    told = _told_number(dataset)
    number = told if told is not None and told not in taken else max(taken, default=0) + 1
    procedures = list(dataset.procedures.order_by("position", "code").values_list("code", flat=True))
    provider = [dataset.provider.code] if dataset.provider is not None else []
    for parts in (procedures, procedures[:1], []):
        name = "-".join([stem, *parts, *provider, f"D{number:03d}"])
        if len(name) <= WIDTH:
            break
    return name


def _told_number(dataset: Dataset) -> int | None:
    """The dataset's number as its files' names tell it, where they agree."""
    told = {(file.identifier_parts or {}).get("dataset") for file in dataset.files.all()} - {None}
    number = told.pop() if len(told) == 1 else None
    return int(number) if number is not None and str(number).isdecimal() and int(number) else None


def _next_background(dataset: Dataset, prefix: str) -> str:
    """Providers are counted as they come, and each one's datasets."""
    same = (
        Dataset.objects.filter(origin=dataset.origin, provider=dataset.provider, identifier__startswith=prefix)
        .exclude(pk=dataset.pk)
        .values_list("identifier", flat=True)
        .first()
    )
    match = re.match(rf"{re.escape(prefix)}(\d+)\.", same or "")
    place = int(match[1]) if match else max(_numbers(prefix, rf"^{re.escape(prefix)}(\d+)\."), default=0) + 1
    number = max(_numbers(f"{prefix}{place}.", r"\.(\d+)$"), default=0) + 1
    return f"{prefix}{place}.{number}"


def _numbers(stem: str, pattern: str) -> set[int]:
    names = Dataset.objects.filter(identifier__startswith=stem).values_list("identifier", flat=True)
    return {int(match[1]) for name in names if (match := re.search(pattern, name))}
