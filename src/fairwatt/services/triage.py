"""Open data triage: what was decided about how open a dataset is, by whom, and when it is to be looked at again."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fairwatt.core.metadata.triage import Triage, TriageClass, class_of, concerns_of
from fairwatt.records.models import Dataset
from fairwatt.services.actors import Actor, require_manager
from fairwatt.services.projects import get_project

LOOKED_AT_AGAIN = timedelta(days=365)  # what is not open, unless a day was given
UNREASONED = "No reason was given."
_MOST = 100


def triage_of(dataset: Dataset) -> Triage:
    """The outcome of a dataset's triage, as its certificate says it."""
    triage_class = class_of(dataset.sensitivity)
    reason = dataset.sensitivity_reason.strip()
    reviewed = dataset.triage_reviewed_at
    zone = ZoneInfo(get_project().time_zone)
    return Triage(
        triage_class=triage_class,
        concerns=concerns_of(dataset.sensitivity, tuple(map(str, dataset.triage_concerns))),
        reason=reason or ("" if triage_class is TriageClass.OPEN else UNREASONED),
        mitigation=dataset.triage_mitigation,
        reviewer=dataset.triage_reviewer,
        reviewed_on=reviewed.astimezone(zone).date() if reviewed else None,
        review_due=dataset.triage_review_due,
    )


def note_review(dataset: Dataset, *, actor: Actor, at: datetime) -> None:
    """Note that a data manager has looked at the triage; what is not open is to be looked at again in a year.

    Call it inside the transaction that decides; a day that was given stays where it is still to come.
    """
    today = at.astimezone(ZoneInfo(get_project().time_zone)).date()
    dataset.triage_reviewer, dataset.triage_reviewed_at = actor.label[:200], at
    if class_of(dataset.sensitivity) is TriageClass.OPEN:
        dataset.triage_review_due = None
    elif dataset.triage_review_due is None or dataset.triage_review_due <= today:
        dataset.triage_review_due = today + LOOKED_AT_AGAIN
    dataset.save(update_fields=["triage_reviewer", "triage_reviewed_at", "triage_review_due"])


def list_due(*, actor: Actor, at: datetime) -> list[Dataset]:
    """The published datasets whose triage is to be looked at again by now, the longest due first; for managers.

    Raises
    ------
    NotSignedIn, NotAllowed
        For everybody else.
    """
    require_manager(actor)
    today = at.astimezone(ZoneInfo(get_project().time_zone)).date()
    due = Dataset.objects.filter(state=Dataset.State.PUBLISHED, triage_review_due__lte=today)
    return list(due.select_related("deposit", "provider").order_by("triage_review_due", "pk")[:_MOST])
