"""When what the catalogues say of a dataset changed last: noted here, for programs that read only what is new.

Whatever changes a published dataset notes it in its own transaction. An embargo that ends changes the description too,
without anybody doing anything: the worker notes that, and whatever else is behind, every minute.

Of a dataset that was public once and is withheld now, everybody learns that it has gone, and when. What happens to it
after that is told to data managers alone.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from fairwatt.records.models import Dataset, Listing
from fairwatt.records.models.datasets import DatasetQuerySet
from fairwatt.services.doi_orders import order_dois
from fairwatt.services.package_orders import order_sums

LISTED = (Dataset.State.PUBLISHED, Dataset.State.WITHDRAWN)


def note_change(dataset: Dataset, *, at: datetime) -> None:
    """Note that what the catalogues say of a dataset has changed; of one that never was published nothing is noted."""
    if dataset.state not in LISTED:
        return
    order_dois(dataset, at=at)
    order_sums(dataset, at=at)
    is_public = not dataset.metadata_withheld
    noted = {"changed_at": at, "told_at": at, "was_public": is_public, "is_public": is_public}
    listing, is_new = Listing.objects.get_or_create(dataset=dataset, defaults=noted)
    if is_new:
        return
    is_still_withheld = listing.was_public and not listing.is_public and not is_public
    listing.changed_at = max(listing.changed_at, at)
    listing.told_at = listing.told_at if is_still_withheld else listing.changed_at
    listing.was_public = listing.was_public or is_public  # who has a copy is told of its end
    listing.is_public = is_public
    listing.save(update_fields=["changed_at", "told_at", "was_public", "is_public"])


def note_what_is_behind(*, at: datetime) -> int:
    """Note the embargoes that have ended, and changes that nobody noted; how many there were."""
    behind = _behind(at)
    for dataset in behind:
        note_change(dataset, at=at)
    return len(behind)


def _behind(at: datetime) -> list[Dataset]:
    noted = F("listing__changed_at")
    datasets = DatasetQuerySet(Dataset).filter(state__in=LISTED)
    changed = (
        Q(listing__isnull=True)
        | Q(published_at__gt=noted)
        | Q(withdrawn_at__gt=noted)
        | Q(erased_at__gt=noted)
        | Q(versions__published_at__gt=noted)
    )
    opened = Q(release_rules__available_from__gt=noted, release_rules__available_from__lte=at)
    found = list(datasets.filter(changed).order_by().values_list("pk", flat=True).distinct())
    found += list(datasets.published().filter(opened).order_by().values_list("pk", flat=True).distinct())
    return list(Dataset.objects.filter(pk__in=found))
