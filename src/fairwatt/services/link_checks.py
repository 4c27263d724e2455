"""Whether the addresses of datasets that stay elsewhere still answer: looked at every week, sooner where one fails.

What is found is shown on the dataset's page. Data managers are told of a link that has failed for an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from fairwatt import __version__
from fairwatt.connectors.web_links import LinkAnswer, look_at
from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.records.models import Dataset, Job, LinkCheck, User
from fairwatt.records.models.datasets import DatasetQuerySet
from fairwatt.services.actors import Actor, require_manager
from fairwatt.services.audit import record_event
from fairwatt.services.jobs import JobContext, enqueue_job, register
from fairwatt.services.links import dataset_path
from fairwatt.services.notifications import notify
from fairwatt.services.projects import get_project

CHECK_LINKS = "check-links"
EVERY = timedelta(days=7)
FAILING_EVERY = timedelta(days=1)
AGAIN_AFTER = timedelta(hours=1)  # the first failure
_OPEN = (Job.State.QUEUED, Job.State.RUNNING)
_FAILING = {LinkCheck.State.BROKEN, LinkCheck.State.SILENT, LinkCheck.State.REFUSED}
_ICONS = {
    LinkCheck.State.WAITING: "clock",
    LinkCheck.State.WORKS: "check-circle",
    LinkCheck.State.MOVED: "arrow-right",
    LinkCheck.State.GUARDED: "key",
    LinkCheck.State.BROKEN: "x-circle",
    LinkCheck.State.SILENT: "alert",
    LinkCheck.State.REFUSED: "lock",
}
_ADVICE = {
    LinkCheck.State.MOVED: "The data manager can put the new address into the description.",
    LinkCheck.State.GUARDED: "You may need an account with the provider.",
    LinkCheck.State.BROKEN: "Ask the provider for the new address; the description here stays.",
    LinkCheck.State.SILENT: "Try again later. It is looked at every day until it answers.",
    LinkCheck.State.REFUSED: "It can be followed only from inside the provider’s own network.",
}


@dataclass(frozen=True, slots=True)
class LinkState:
    """What a page says of a link: in a word, a sentence, since when, and what to do.

    ``tone`` is ``good``, ``needs`` or ``quiet``.
    """

    address: str
    state: str
    label: str
    icon: str
    tone: str
    message: str
    advice: str
    leads_to: str
    checked_at: datetime | None
    failing_since: datetime | None


def state_of_link(dataset: Dataset) -> LinkState | None:
    """What is known of a dataset's link; None where it has none. Whoever may see the dataset may see this."""
    if not dataset.link:
        return None
    check = LinkCheck.objects.filter(dataset=dataset, address=dataset.link).first()
    state = LinkCheck.State(check.state) if check is not None else LinkCheck.State.WAITING
    return LinkState(
        address=dataset.link,
        state=state.value,
        label=str(state.label),
        icon=_ICONS[state],
        tone="good" if state is LinkCheck.State.WORKS else "needs" if state in _FAILING else "quiet",
        message=check.message if check is not None else "",
        advice=_ADVICE.get(state, ""),
        leads_to=check.leads_to if check is not None else "",
        checked_at=check.checked_at if check is not None else None,
        failing_since=check.failing_since if check is not None else None,
    )


@transaction.atomic
def request_link_check(*, actor: Actor, dataset_key: str, at: datetime) -> Job:
    """Ask for a link to be looked at now; where that waits or runs already, it is that.

    Raises
    ------
    NotSignedIn, NotAllowed
        For anybody but data managers.
    NotFound, InvalidInput
        Where there is no such dataset, or it has no link.
    """
    user = require_manager(actor)
    dataset = Dataset.objects.filter(key=dataset_key).first()
    if dataset is None:
        raise NotFound("There is no dataset at this address.", where={"dataset": dataset_key})
    if not dataset.link:
        raise InvalidInput("This dataset has no link to be checked.", where={"dataset": dataset_key})
    _note(dataset, at=at)
    waiting = Job.objects.filter(kind=CHECK_LINKS, dataset=dataset, state__in=_OPEN).first()
    if waiting is not None:
        return waiting
    record_event(actor=actor, verb="link.check-requested", subject=dataset, at=at, detail={"address": dataset.link})
    return enqueue_job(kind=CHECK_LINKS, payload={}, dataset=dataset, created_by=user, at=at)


def schedule_link_checks(*, at: datetime) -> None:
    """Take in new and changed links, and ask for those to be looked at whose time has come.

    Where the project file says that links are not to be checked, nothing is asked for; a manager still may.
    """
    if not get_project().upkeep.check_links:
        return
    unnoted = _linked().filter(Q(link_check__isnull=True) | ~Q(link_check__address=F("link")))
    for dataset in unnoted:
        _note(dataset, at=at)
    if not _due(at).exists() or Job.objects.filter(kind=CHECK_LINKS, dataset=None, state__in=_OPEN).exists():
        return
    enqueue_job(kind=CHECK_LINKS, payload={}, at=at)


def _linked() -> DatasetQuerySet:
    return DatasetQuerySet(Dataset).published().exclude(link="")


def _due(at: datetime) -> DatasetQuerySet:
    return _linked().filter(link_check__next_at__lte=at)


def _note(dataset: Dataset, *, at: datetime) -> None:
    """Begin anew with a link that is not known, or was changed."""
    check, is_new = LinkCheck.objects.get_or_create(dataset=dataset, defaults={"address": dataset.link, "next_at": at})
    if not is_new and check.address != dataset.link:
        LinkCheck.objects.filter(pk=check.pk).delete()
        LinkCheck.objects.create(dataset=dataset, address=dataset.link, next_at=at)


@register(CHECK_LINKS)
def check_links(context: JobContext) -> None:
    """Look at the job's dataset's link, or at all that are due; one after another, so that nobody is pressed."""
    dataset = context.job.dataset
    rows = [dataset] if dataset is not None else list(_due(context.clock()).order_by("link_check__next_at"))
    for number, row in enumerate(rows):
        context.progress(number / len(rows), f"Looking at {row.link[:120]}")
        answer = look_at(row.link, agent=f"Fairwatt/{__version__} (link check; {settings.BASE_URL})")
        at = context.clock()
        with transaction.atomic():
            context.require_held()
            _store(row, answer, at=at)
        context.log(f"{row.link}: {answer.outcome}. {answer.message}")


def _store(dataset: Dataset, answer: LinkAnswer, *, at: datetime) -> None:
    _note(dataset, at=at)
    check = LinkCheck.objects.select_for_update().get(dataset=dataset)
    fails = answer.outcome in _FAILING
    was_told = _lasts(check, check.checked_at)
    check.state, check.status, check.message = answer.outcome, answer.status, answer.message
    check.leads_to, check.checked_at = answer.leads_to, at
    check.failing_since = (check.failing_since or at) if fails else None
    lasts = _lasts(check, at)
    check.next_at = at + (EVERY if not fails else FAILING_EVERY if lasts else AGAIN_AFTER)
    check.save()
    if lasts and not was_told:
        advice = _ADVICE[LinkCheck.State(check.state)]
        notify(
            recipients=User.objects.filter(is_manager=True),
            text=f"The link of “{dataset.title}” does not work. {answer.message} {advice}",
            url=dataset_path(dataset.key),
            at=at,
        )


def _lasts(check: LinkCheck, at: datetime | None) -> bool:
    """Whether a link had failed for more than a moment at an instant."""
    return check.failing_since is not None and at is not None and at - check.failing_since >= AGAIN_AFTER
