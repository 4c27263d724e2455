"""The project file of this platform, and the tables kept in step with it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from fairwatt.core import project as core
from fairwatt.core.errors import InvalidInput
from fairwatt.core.metadata import Catalogue, Licensing, find_licensing
from fairwatt.core.project import Project, parse_project
from fairwatt.records.models import Dataset, Organization, Procedure, Trial
from fairwatt.records.search import index_datasets
from fairwatt.services.project_events import sync_events


def get_project() -> Project:
    """The project file, read again whenever it has changed.

    Raises
    ------
    InvalidInput
        Where there is none, or it has a fault; the message names the entry.
    """
    path = Path(settings.FAIRWATT_PROJECT_FILE)
    try:
        state = path.stat()
    except OSError as error:
        raise InvalidInput(
            f"There is no project file at {path}.",
            where={"file": path.name},
            next_step="Run `fairwatt start`, which makes one to begin from, or set FAIRWATT_PROJECT_FILE.",
        ) from error
    return _read(path, state.st_mtime_ns, state.st_size)


def licensing_of(code: str) -> Licensing:
    """The licence of a code: as the project calls it, else as it is known everywhere."""
    known, named = find_licensing(code), get_project().find_licence(code)
    if named is not None:
        url = named.url or (known.url if known else "")
        return Licensing(code=code, title=named.title, url=url, is_open=named.open)
    return known or Licensing(code=code, title=code)


def own_catalogue() -> Catalogue:
    """This portal, as certificates name it."""
    branding = get_project().branding
    return Catalogue(
        name=branding.name, url=settings.BASE_URL, publisher=branding.owner, contact=branding.contact_email
    )


@lru_cache(maxsize=8)
def _read(path: Path, _changed_ns: int, _size: int) -> Project:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} is not UTF-8 text.", where={"file": path.name}) from error
    return parse_project(text, name=path.name)


@transaction.atomic
def sync_project(*, at: datetime) -> None:
    """Write the project file's partners, trials, procedures and events to their tables.

    What the file no longer names stays, marked as such: datasets speak of it.
    """
    project = get_project()
    before = _names()
    for partner in project.partners:
        _sync_organization(partner)
    Trial.objects.update(in_project_file=False)
    Procedure.objects.update(in_project_file=False)
    for position, trial in enumerate(project.trials, start=1):
        _sync_trial(trial, position, at=at)
    _index_renamed(before, _names())


def _names() -> dict[tuple[str, int], str]:
    """What organisations, trials and procedures are called; a procedure's name counts as its trial's."""
    names = {("organization", row.pk): f"{row.code} {row.name}" for row in Organization.objects.all()}
    for trial in Trial.objects.prefetch_related("procedures"):
        titles = [f"{procedure.code} {procedure.title}" for procedure in trial.procedures.all()]
        names["trial", trial.pk] = " ".join([trial.code, trial.title, *titles])
    return names


def _index_renamed(before: dict[tuple[str, int], str], after: dict[tuple[str, int], str]) -> None:
    """Let the catalogues find published datasets by the new names of what they speak of."""
    renamed = [place for place, name in after.items() if before.get(place, name) != name]
    organizations = [pk for kind, pk in renamed if kind == "organization"]
    trials = [pk for kind, pk in renamed if kind == "trial"]
    spoken_of = Q(provider__in=organizations) | Q(receiver__in=organizations) | Q(trial__in=trials)
    if renamed:
        index_datasets(Dataset.objects.filter(spoken_of).exclude(state=Dataset.State.DRAFT))


def _sync_organization(partner: core.Partner) -> None:
    row = Organization.objects.filter(code__iexact=partner.code).first() or Organization(code=partner.code)
    row.code, row.name, row.homepage = partner.code, partner.name, partner.homepage
    row.is_partner = partner.partner
    row.save()


def _sync_trial(trial: core.Trial, position: int, *, at: datetime) -> None:
    row = Trial.objects.filter(code__iexact=trial.code).first() or Trial(code=trial.code)
    row.code, row.title, row.summary = trial.code, trial.title, trial.summary
    row.position, row.in_project_file = position, True
    row.save()
    for place, procedure in enumerate(trial.procedures, start=1):
        Procedure.objects.update_or_create(
            trial=row,
            code=procedure.code,
            defaults={"title": procedure.title, "position": place, "in_project_file": True},
        )
    sync_events(row, trial, at=at)
