"""Other names for supply points (MPAN, MPRN): made here, kept with their dataset, told to data managers only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.core.files.privacy import METER_POINTS, PERSONAL_COLUMNS
from fairwatt.records.models import Dataset, File, SeriesPseudonym
from fairwatt.services.access import no_such_dataset
from fairwatt.services.actors import Actor, require_manager
from fairwatt.services.audit import record_event

_PURPOSE = b"fairwatt: names of supply points"
_NAME = re.compile(r"mp-[a-z2-7]{16}")
_LONGEST_REASON = 500
_LONGEST = 40  # of what a name stands for: a number, or the beginning of a person's name or address
_LETTERS = 16  # eighty bits: no two numbers share a name
_NAMES_REASON = "Files say whose their readings are, by names or addresses."
SENSITIVITY_REASON = "Files hold numbers of supply points (MPAN or MPRN), which point to homes and businesses."
_BELOW_PERSONAL = frozenset(
    {Dataset.Sensitivity.OPEN, Dataset.Sensitivity.SHARED_TERMS, Dataset.Sensitivity.SHARED_AGREEMENT}
)


class Pseudonyms:
    """Makes the other names of supply points, and remembers which it has made.

    A name is a keyed hash (HMAC-SHA256) of the number. The key follows from this platform's secret key, so that one
    supply point has one name in all of its datasets, and nobody without the key can try numbers out.
    """

    def __init__(self) -> None:
        self.made: dict[str, str] = {}
        self._key = hmac.new(str(settings.SECRET_KEY).encode(), _PURPOSE, hashlib.sha256).digest()

    def __call__(self, number: str) -> str:
        """The name that stands for a number."""
        digest = hmac.new(self._key, number.encode(), hashlib.sha256).digest()
        name = "mp-" + base64.b32encode(digest).decode().lower()[:_LETTERS]
        self.made[name] = number
        return name


def holds_pseudonym(text: str) -> bool:
    """Whether a name of a supply point stands in a text."""
    return _NAME.search(text.replace("_", "-")) is not None


def name_as_sent(file: File) -> str:
    """What a file was called by whoever sent it, but where that names a supply point: then its other name."""
    return file.name if holds_pseudonym(file.name) else file.original_name


def keep_pseudonyms(dataset: Dataset, made: Mapping[str, str]) -> None:
    """Keep which numbers the names stand for; call it inside the transaction that stores what was read."""
    SeriesPseudonym.objects.bulk_create(
        [SeriesPseudonym(dataset=dataset, pseudonym=name, number=number[:_LONGEST]) for name, number in made.items()],
        ignore_conflicts=True,
        batch_size=500,
    )


def list_pseudonyms(*, actor: Actor, dataset: Dataset) -> list[str]:
    """The names that stand for supply points in a dataset, sorted; for managers.

    Raises
    ------
    NotSignedIn, NotAllowed
        For everybody else.
    """
    require_manager(actor)
    return list(dataset.series_pseudonyms.order_by("pseudonym").values_list("pseudonym", flat=True))


@transaction.atomic
def reveal_series(*, actor: Actor, dataset_key: str, series: str, reason: str, at: datetime) -> str:
    """Say which supply point a series' name stands for, and write to the audit log that it was asked, and why.

    Parameters
    ----------
    series
        The name, or a text that holds it, as a column's heading may.

    Raises
    ------
    NotAllowed
        For anybody but data managers.
    InvalidInput
        Where no reason is given.
    NotFound
        Where there is no such dataset, or the name stands for no supply point of it.
    """
    require_manager(actor)
    dataset = Dataset.objects.filter(key=dataset_key).first()
    if dataset is None:
        raise no_such_dataset(dataset_key)
    reason = " ".join(reason.replace("\0", "").split())[:_LONGEST_REASON]
    if not reason:
        raise InvalidInput("Say why you need to know. The reason stands in the audit log.", where={"field": "reason"})
    found = _NAME.search(series.replace("_", "-"))
    kept = dataset.series_pseudonyms.filter(pseudonym=found[0]).first() if found is not None else None
    if kept is None:
        raise NotFound(
            "This name stands for no supply point of the dataset.",
            where={"field": "series", "series": series[:80]},
            next_step="Take the name from the dataset's readings, where it begins with mp-.",
        )
    detail = {"series": kept.pseudonym, "reason": reason}
    record_event(actor=actor, verb="series.revealed", subject=dataset, at=at, detail=detail)
    return kept.number


def sensitivity_of(dataset: Dataset, said: str, reason: str) -> tuple[str, str]:
    """The class and reason of a dataset: what somebody said, raised to personal where its files make it so."""
    if said not in _BELOW_PERSONAL or dataset.pk is None:
        return said, reason
    files = dataset.files
    if files.filter(findings__code=METER_POINTS).exists():
        return Dataset.Sensitivity.PERSONAL, f"{reason} {SENSITIVITY_REASON}".strip()
    if files.filter(findings__code=PERSONAL_COLUMNS, kind=File.Kind.READINGS).exists():
        return Dataset.Sensitivity.PERSONAL, f"{reason} {_NAMES_REASON}".strip()
    return said, reason


def raise_sensitivity(dataset: Dataset) -> bool:
    """Raise a dataset's class to personal where its files make it so; return whether it was raised."""
    found = sensitivity_of(dataset, dataset.sensitivity, dataset.sensitivity_reason)
    if found == (dataset.sensitivity, dataset.sensitivity_reason):
        return False
    dataset.sensitivity, dataset.sensitivity_reason = found
    dataset.save(update_fields=["sensitivity", "sensitivity_reason"])
    return True
