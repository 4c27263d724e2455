"""From the answers of a deposit to the fields of its dataset; done at every step, so that previews are right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fairwatt.core.metadata.triage import concerns_of
from fairwatt.core.project import Project
from fairwatt.records.models import Dataset, Deposit, Organization, Procedure, ReleaseRule, Trial
from fairwatt.services.answers import day_start
from fairwatt.services.deposit_steps import (
    OPEN,
    OTHER,
    PROCEDURE_PREFIX,
    Answers,
    chosen_procedures,
    find_step,
    list_steps,
    origin_of,
    value_of,
)
from fairwatt.services.projects import sync_project
from fairwatt.services.pseudonyms import sensitivity_of

UNTITLED = "Untitled"


def apply_answers(deposit: Deposit, project: Project, *, at: datetime, final: bool = False) -> Dataset:
    """Write a deposit's answers to its dataset, as far as they go; call it inside a transaction.

    Parameters
    ----------
    final
        At submission: a provider that nobody knew becomes an organisation of its own.
    """
    dataset, answers = deposit.dataset, deposit.answers
    origin = origin_of(answers)
    if not origin:
        return dataset
    dataset.origin = origin
    _apply_words(dataset, answers)
    _apply_parties(dataset, deposit, project, at=at, final=final)
    dataset.trial = _find_trial(answers, at=at) if origin == Dataset.Origin.FOREGROUND else None
    dataset.details = list_details(answers, project)
    dataset.updated_at = at
    dataset.save()
    procedures = chosen_procedures(answers, project) if dataset.trial else ()
    dataset.procedures.set(Procedure.objects.filter(trial=dataset.trial, code__in=[p.code for p in procedures]))
    if "access" in answers:
        write_release_rules(dataset, release_dates(answers["access"], project, at=at))
    return dataset


def _apply_words(dataset: Dataset, answers: Answers) -> None:
    about, access = answers.get("about") or {}, answers.get("access") or {}
    dataset.title = about.get("title") or UNTITLED
    dataset.description = about.get("description") or ""
    dataset.place = about.get("place") or ""
    dataset.provenance = about.get("provenance") or ""
    dataset.quality_statement = about.get("quality_statement") or ""
    dataset.keywords = [word for part in (about.get("keywords") or "").split(",") if (word := part.strip())]
    dataset.link = value_of(answers, "source", "link") or "" if dataset.origin == Dataset.Origin.BACKGROUND else ""
    dataset.licence = access.get("licence") or ""
    dataset.sensitivity, dataset.sensitivity_reason = sensitivity_of(
        dataset, access.get("sensitivity") or OPEN, access.get("sensitivity_reason") or ""
    )
    dataset.triage_concerns = list(concerns_of(dataset.sensitivity, tuple(access.get("triage_concerns") or ())))
    dataset.triage_mitigation = access.get("triage_mitigation") or ""
    dataset.restrictions = access.get("restrictions") or ""
    dataset.metadata_withheld = bool(access.get("metadata_withheld"))


def _apply_parties(dataset: Dataset, deposit: Deposit, project: Project, *, at: datetime, final: bool) -> None:
    if dataset.origin == Dataset.Origin.FOREGROUND:
        dataset.provider, dataset.receiver = deposit.organization, None
        return
    parties = deposit.answers.get("parties") or {}
    if parties.get("provider") == OTHER:
        dataset.provider = _named_organization(parties.get("provider_name") or "", make=final)
    else:
        dataset.provider = _find_organization(parties.get("provider"), project, at=at)
    dataset.receiver = _find_organization(parties.get("receiver"), project, at=at)


def _find_organization(code: str | None, project: Project, *, at: datetime) -> Organization | None:
    if not code:
        return None
    found = Organization.objects.filter(code__iexact=code).first()
    if found is None and any(p.code.upper() == code.upper() for p in project.partners):
        sync_project(at=at)  # the project file has been edited since the server started
        found = Organization.objects.filter(code__iexact=code).first()
    return found


def _named_organization(name: str, *, make: bool) -> Organization | None:
    if not name:
        return None
    found = Organization.objects.filter(name__iexact=name).first()
    if found is not None or not make:
        return found
    stem = re.sub(r"[^A-Z0-9]", "", name.upper())[:12] or "ORG"
    code, number = stem, 1
    while Organization.objects.filter(code__iexact=code).exists():
        number += 1
        code = f"{stem}{number}"
    return Organization.objects.create(code=code, name=name, is_partner=False)


def _find_trial(answers: Answers, *, at: datetime) -> Trial | None:
    code = value_of(answers, "trial", "trial")
    if not code:
        return None
    found = Trial.objects.filter(code__iexact=code).first()
    if found is None:
        sync_project(at=at)
        found = Trial.objects.filter(code__iexact=code).first()
    return found


def list_details(answers: Answers, project: Project) -> list[dict[str, Any]]:
    """What the procedures' steps asked and what was answered: procedure, slug, label, value, unit."""
    details: list[dict[str, Any]] = []
    codes = {f"{PROCEDURE_PREFIX}{p.code.lower()}": p.code for p in chosen_procedures(answers, project)}
    for step in list_steps(answers, project):
        if step.slug not in codes or step.slug not in answers:
            continue
        for spec in find_step(step.slug, answers, project).fields(answers, project):
            value = answers[step.slug].get(spec.name)
            if value is None:
                continue
            entry = {"procedure": codes[step.slug], "slug": spec.name, "label": spec.label, "unit": spec.unit}
            details.append(entry | {"value": value})
    return details


def release_dates(access: Mapping[str, Any], project: Project, *, at: datetime) -> dict[str, datetime | None]:
    """From when each audience may have the data; None is never.

    Whoever belongs to a narrower audience never waits longer than a wider one: a partner has what signed-in people
    have, and they have what everyone has.
    """
    dates: dict[str, datetime | None] = {}
    wider: datetime | None = None
    for audience in ("public", "external", "partner"):
        match access.get(audience):
            case "now":
                own: datetime | None = at
            case "date" if access.get(f"{audience}_date"):
                own = day_start(str(access[f"{audience}_date"]), project.time_zone)
            case _:
                own = None
        wider = min((moment for moment in (own, wider) if moment is not None), default=None)
        dates[audience] = wider
    return dates


def write_release_rules(dataset: Dataset, dates: Mapping[str, datetime | None]) -> None:
    """Store from when each of these audiences may have a dataset's data."""
    for audience, available_from in dates.items():
        ReleaseRule.objects.update_or_create(
            dataset=dataset, audience=audience, defaults={"available_from": available_from}
        )
