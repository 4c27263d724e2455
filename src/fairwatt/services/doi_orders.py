"""Ordering the DOIs of a dataset: cheap, and without asking anybody outside."""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn

from django.conf import settings
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from fairwatt.connectors.datacite import ACCOUNT_REFUSED, Account
from fairwatt.core.errors import InvalidInput, NotAllowed
from fairwatt.records.models import Dataset, Job
from fairwatt.services.jobs import enqueue_job
from fairwatt.services.projects import get_project

REGISTER = "register-dois"
_REFUSED = "refused"  # of a job: the mark of the account
_ATTEMPTS = 6  # over a quarter of an hour; then it is tried again every hour


def order_dois(dataset: Dataset, *, at: datetime, is_asked_for: bool = False) -> None:
    """Have DataCite told of what has changed, where the project has an account there. It never stands in the way.

    A description that is withheld is not sent; where DataCite has had it, it is taken back. What somebody asked for is
    tried also with an account that was refused before.
    """
    if get_project().datacite is None or (dataset.metadata_withheld and not dataset.dois.exists()):
        return
    if not Job.objects.filter(kind=REGISTER, dataset=dataset, state=Job.State.QUEUED).exists():
        payload = {"asked_for": True} if is_asked_for else {}
        enqueue_job(kind=REGISTER, payload=payload, at=at, dataset=dataset, max_attempts=_ATTEMPTS)


def get_account() -> Account:
    """The account that the project file names, with its password.

    Raises
    ------
    InvalidInput
        Where there is none, or its password is missing.
    """
    project = get_project()
    if project.datacite is None:
        raise InvalidInput("The project file names no account at DataCite.", where={"field": "datacite"})
    password = settings.FAIRWATT_DATACITE_PASSWORD
    if not password:
        raise InvalidInput(
            f"The password of the DataCite account {project.datacite.repository} is missing.",
            next_step="Put it into FAIRWATT_DATACITE_PASSWORD, and start the platform again.",
        )
    contact = project.branding.contact_email
    agent = f"Fairwatt ({settings.BASE_URL}{f'; mailto:{contact}' if contact else ''})"
    return Account(project.datacite.api_url, project.datacite.repository, password, agent)


# --- an account that is refused ------------------------------------------------------------------------------


def is_account_refused() -> bool:
    """Whether DataCite refused this very account, with this password, and has not taken it since."""
    return _refusals().exists()


def note_refused_account(job: Job) -> None:
    """Note that DataCite refused the account, so that it is not asked again until that is another."""
    Job.objects.filter(pk=job.pk).update(payload={**job.payload, _REFUSED: _mark()})


def note_taken_account() -> None:
    """Note that DataCite takes the account."""
    _refusals().update(payload={})


def refuse_again() -> NoReturn:
    """Refuse as DataCite would, without asking it.

    Raises
    ------
    NotAllowed
        Always.
    """
    raise NotAllowed(ACCOUNT_REFUSED, next_step="It was not asked again, as neither account nor password has changed.")


def _refusals() -> QuerySet[Job]:
    return Job.objects.filter(kind=REGISTER, state=Job.State.FAILED, **{f"payload__{_REFUSED}": _mark()})


def _mark() -> str:
    """A name for the account and its password that tells nobody either."""
    project = get_project()
    if project.datacite is None:
        return ""
    told = (project.datacite.api_url, project.datacite.prefix, project.datacite.repository)
    return salted_hmac(
        REGISTER, "\n".join((*told, settings.FAIRWATT_DATACITE_PASSWORD)), algorithm="sha256"
    ).hexdigest()
