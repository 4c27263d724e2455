"""Ordering the DOIs of a dataset: cheap, and without asking anybody outside."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from fairwatt.connectors.datacite import Account
from fairwatt.core.errors import InvalidInput
from fairwatt.records.models import Dataset, Job
from fairwatt.services.jobs import enqueue_job
from fairwatt.services.projects import get_project

REGISTER = "register-dois"
_ATTEMPTS = 6  # over a quarter of an hour; then it is tried again every hour


def order_dois(dataset: Dataset, *, at: datetime) -> None:
    """Have DataCite told of what has changed, where the project has an account there. It never stands in the way.

    A description that is withheld is not sent; where DataCite has had it, it is taken back.
    """
    if get_project().datacite is None or (dataset.metadata_withheld and not dataset.dois.exists()):
        return
    if not Job.objects.filter(kind=REGISTER, dataset=dataset, state=Job.State.QUEUED).exists():
        enqueue_job(kind=REGISTER, payload={}, at=at, dataset=dataset, max_attempts=_ATTEMPTS)


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
