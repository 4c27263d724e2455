"""Trials for whoever looks: procedures, events, the datasets that they may know of, and what is still lacking.

However many trials, datasets and events there are, it is a fixed number of queries, and no reading is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from fairwatt.core import project as core
from fairwatt.core.flexibility.counting import SeriesCount, Window
from fairwatt.core.flexibility.holding import Holding, holding_of
from fairwatt.core.flexibility.lacking import (
    Baselining,
    DatasetFacts,
    EventFacts,
    Lack,
    ProcedureFacts,
    TrialFacts,
    baselining_of,
    concerned,
    find_lacks,
)
from fairwatt.core.metadata.access import Audience
from fairwatt.core.project.trials import Trial as Spec
from fairwatt.core.project.trials import Validation
from fairwatt.records.models import (
    Dataset,
    DatasetVersion,
    Deposit,
    EventCount,
    File,
    Organization,
    Procedure,
    Trial,
    TrialEvent,
)
from fairwatt.services.access import (
    AccessSummary,
    Decision,
    asking_once,
    decide_many,
    describe_access,
    find_standing,
    visible_datasets,
)
from fairwatt.services.actors import Actor
from fairwatt.services.assets import find_assets
from fairwatt.services.links import dataset_path, deposit_path, review_path
from fairwatt.services.projects import get_project
from fairwatt.services.trial_events import changeable_by, find_trial

SHARE = "/share/"
_FILE_FIELDS = ("key", "name", "dataset_id", "state", "format", "size", "questions", "position", "erased_at")


@dataclass(frozen=True, slots=True)
class TrialDataset:
    """A dataset of a trial, as the asker may know of it."""

    row: Dataset
    files: tuple[File, ...]
    decision: Decision
    access: AccessSummary
    facts: DatasetFacts


@dataclass(frozen=True, slots=True)
class TrialProcedure:
    """A procedure, with what was logged for it and by whom."""

    row: Procedure
    spec: core.Procedure | None
    datasets: tuple[TrialDataset, ...]

    @property
    def partners(self) -> tuple[Organization, ...]:
        """Who handed data in, each once."""
        found = {d.row.provider.pk: d.row.provider for d in self.datasets if d.row.provider is not None}
        return tuple(found.values())

    @property
    def assets(self) -> tuple[str, ...]:
        """What was metered, and where, as its steps were answered."""
        code = self.row.code
        told = [asset for dataset in self.datasets for of, asset in find_assets(dataset.row) if of == code]
        return tuple(dict.fromkeys([*told, *(d.row.place for d in self.datasets if d.row.place)]))

    @property
    def files(self) -> int:
        """How many files were logged."""
        return sum(len(dataset.files) for dataset in self.datasets)


@dataclass(frozen=True, slots=True)
class EventDataset:
    """What a dataset holds of an event: in a word, how many readings are there, and days like it before.

    Whoever may not have the readings is told the word alone. ``has_days_elsewhere`` is whether another dataset has as
    many days before the event as are asked for: one is enough.
    """

    dataset: TrialDataset
    holding: Holding
    present: int | None = None
    expected: int | None = None
    baselining: Baselining | None = None
    has_days_elsewhere: bool = False

    @property
    def share(self) -> float | None:
        """How much of the window has readings, 0 to 1; None where they have no step, or it is not the asker's."""
        return None if self.present is None or not self.expected else min(1.0, self.present / self.expected)

    @property
    def is_good(self) -> bool:
        """Whether nothing is known to be missing, of days before the event either: else the trial lacks it."""
        return self.holding.is_good and (
            self.has_days_elsewhere or self.baselining is None or self.baselining.is_enough
        )


@dataclass(frozen=True, slots=True)
class TrialEventView:
    """An event with each published dataset that it is about; ``is_changeable`` by the asker."""

    row: TrialEvent
    datasets: tuple[EventDataset, ...]
    is_changeable: bool = False


@dataclass(frozen=True, slots=True)
class TrialView:
    """A trial as the asker may know of it; what was withdrawn counts nowhere but in ``withdrawn``."""

    row: Trial
    spec: Spec | None
    procedures: tuple[TrialProcedure, ...]
    datasets: tuple[TrialDataset, ...]
    withdrawn: tuple[TrialDataset, ...]
    events: tuple[TrialEventView, ...]
    lacks: tuple[Lack, ...]
    state: str

    @property
    def validation(self) -> Validation:
        """What there must be before it can be validated."""
        return self.spec.validation if self.spec else Validation()

    @property
    def partners(self) -> tuple[Organization, ...]:
        """Who handed data in, each once, by name."""
        found = {d.row.provider.pk: d.row.provider for d in self.datasets if d.row.provider is not None}
        return tuple(sorted(found.values(), key=lambda partner: partner.name))

    @property
    def logged(self) -> int:
        """How many of its procedures anything was logged for."""
        return sum(bool(procedure.datasets) for procedure in self.procedures)

    @property
    def period(self) -> Window | None:
        """From the first to the last of its readings; None where there are none."""
        spans = [d.facts.period for d in self.datasets if d.facts.period is not None]
        return Window(min(s.start for s in spans), max(s.end for s in spans)) if spans else None

    @property
    def files(self) -> int:
        """How many files there are."""
        return sum(len(dataset.files) for dataset in self.datasets)


def list_trials(*, actor: Actor, at: datetime) -> list[TrialView]:
    """All trials, in the project file's order; those that it dropped only while anything visible is of them."""
    views = _view_all(list(_with_relations(Trial.objects.all())), actor=actor, at=at)
    return [view for view in views if view.row.in_project_file or view.datasets or view.withdrawn]


def get_trial(*, actor: Actor, code: str, at: datetime) -> TrialView:
    """One trial by its code.

    Raises
    ------
    NotFound
        Where there is none.
    """
    row = find_trial(code)
    return _view_all(list(_with_relations(Trial.objects.filter(pk=row.pk))), actor=actor, at=at)[0]


def _with_relations(trials: QuerySet[Trial]) -> QuerySet[Trial]:
    procedures = Procedure.objects.filter(in_project_file=True) | Procedure.objects.filter(datasets__isnull=False)
    return trials.prefetch_related(
        Prefetch("procedures", procedures.distinct().order_by("position", "code")),
        Prefetch("events", TrialEvent.objects.select_related("organization")),
    )


@asking_once()
def _view_all(trials: Sequence[Trial], *, actor: Actor, at: datetime) -> list[TrialView]:
    rows = list(
        visible_datasets(actor)
        .filter(trial__in=trials)
        .select_related("provider", "deposit")
        .prefetch_related(
            "procedures",
            "release_rules",
            Prefetch("files", File.objects.filter(erased_at=None).only(*_FILE_FIELDS)),
        )
        .order_by("title", "pk")
    )
    decisions, levels = decide_many(actor=actor, datasets=rows, at=at), _levels(rows)
    datasets = [
        TrialDataset(
            row=row,
            files=tuple(row.files.all()),
            decision=decisions[row.pk],
            access=describe_access(row, at),
            facts=_facts_of(row, decisions[row.pk], levels.get(row.pk), actor),
        )
        for row in rows
    ]
    counts, changeable, standing = _counts(rows), changeable_by(actor), find_standing(actor)
    is_among_partners = standing.is_manager or standing.audience == Audience.PARTNER
    return [
        _view(
            trial,
            [d for d in datasets if d.row.trial_id == trial.pk],
            counts,
            changeable,
            tells_agreements=is_among_partners,
            at=at,
        )
        for trial in trials
    ]


def _view(
    trial: Trial,
    datasets: Sequence[TrialDataset],
    counts: _Counts,
    changeable: Callable[[TrialEvent], bool],
    *,
    tells_agreements: bool,
    at: datetime,
) -> TrialView:
    project = get_project()
    spec = project.find_trial(trial.code)
    today = at.astimezone(ZoneInfo(project.time_zone)).date()
    withdrawn = tuple(d for d in datasets if d.row.state == Dataset.State.WITHDRAWN)
    standing = tuple(d for d in datasets if d not in withdrawn)
    known = {procedure.code: procedure for procedure in spec.procedures} if spec else {}
    procedures = tuple(
        TrialProcedure(row, known.get(row.code), tuple(d for d in standing if row.code in d.facts.procedures))
        for row in trial.procedures.all()
        if row.in_project_file or any(row.code in d.facts.procedures for d in standing)
    )
    validation = spec.validation if spec else Validation()
    events = tuple(
        _event(event, standing, counts, validation, is_changeable=changeable(event)) for event in trial.events.all()
    )
    facts = TrialFacts(
        code=trial.code,
        path=trial_path(trial.code),
        zone=project.time_zone,
        today=today,
        procedures=tuple(
            ProcedureFacts(one.row.code, one.row.title, one.spec.expects if one.spec else (), SHARE)
            for one in procedures
        ),
        events=tuple(_event_facts(event.row, standing, counts) for event in events),
        datasets=tuple(d.facts for d in standing),
        agreements=spec.agreements if spec else (),
        tells_agreements=tells_agreements,
        validation=validation,
    )
    lacks = tuple(find_lacks(facts))
    return TrialView(trial, spec, procedures, standing, withdrawn, events, lacks, _state_of(spec, trial, today))


def trial_path(code: str) -> str:
    """The page of a trial."""
    return f"/trials/{code}/"


def _state_of(spec: Spec | None, trial: Trial, today: date) -> str:
    if spec is None or not trial.in_project_file:
        return "No longer in the project file"
    if spec.ends is not None and spec.ends < today:
        return "Ended"
    if spec.starts is not None and spec.starts > today:
        return "Planned"
    return "Running"


# --- datasets ------------------------------------------------------------------------------------------------


def _facts_of(row: Dataset, decision: Decision, level: Mapping[str, Any] | None, actor: Actor) -> DatasetFacts:
    files = list(row.files.all())
    licence = get_project().find_licence(row.licence)
    deposit = find_deposit(row)
    return DatasetFacts(
        key=row.key,
        title=row.title,
        path=dataset_path(row.key),
        partner=row.provider.code if row.provider else "",
        partner_name=row.provider.name if row.provider else "",
        procedures=tuple(procedure.code for procedure in row.procedures.all()),
        files=tuple(file.name for file in files),
        assets=tuple(dict.fromkeys([*(asset for _, asset in find_assets(row)), *filter(None, [row.place])])),
        is_published=row.state == Dataset.State.PUBLISHED,
        state=deposit.get_state_display().lower() if deposit else "",
        is_licence_open=licence is None or licence.open,
        level=int((level or {}).get("level", 0)),
        level_missing=tuple((level or {}).get("missing", ())),
        questions=sum(len(file.questions) for file in files if file.state == File.State.QUESTIONS),
        unread=tuple(file.name for file in files if file.state in {File.State.FAILED, File.State.RECEIVED}),
        work_path=_work_path(deposit, actor),
        has_readings=row.readings_total > 0,
        period=Window(row.period_start, row.period_end) if row.period_start and row.period_end else None,
        shows_readings=decision.allowed,
    )


def find_deposit(row: Dataset) -> Deposit | None:
    """The entry of the log that a dataset came by."""
    return getattr(row, "deposit", None)


def _work_path(deposit: Deposit | None, actor: Actor) -> str:
    """Where work on an entry goes on, for those who may."""
    if deposit is None or deposit.state in {Deposit.State.APPROVED, Deposit.State.DISCARDED}:
        return ""
    is_waiting = deposit.state == Deposit.State.SUBMITTED
    return review_path(deposit.code) if is_waiting and actor.is_manager else deposit_path(deposit.code)


def _levels(rows: Sequence[Dataset]) -> dict[int, Mapping[str, Any]]:
    """The level of provenancing of each dataset's latest version."""
    found = DatasetVersion.objects.filter(dataset__in=rows).order_by("number")
    return {row: level or {} for row, level in found.values_list("dataset_id", "certificate__level_of_provenancing")}


# --- events --------------------------------------------------------------------------------------------------

_Counts = Mapping[tuple[int, int], tuple[SeriesCount, ...]]  # of an event in a dataset


def _counts(rows: Sequence[Dataset]) -> _Counts:
    found = EventCount.objects.filter(dataset__in=rows).values_list("event_id", "dataset_id", "rows")
    return {(event, dataset): tuple(map(SeriesCount.model_validate, rows)) for event, dataset, rows in found}


def _event_facts(event: TrialEvent, datasets: Sequence[TrialDataset], counts: _Counts) -> EventFacts:
    held = [(d.facts.key, counts[event.pk, d.row.pk]) for d in datasets if (event.pk, d.row.pk) in counts]
    return EventFacts(event.name, Window(event.starts_at, event.ends_at), event.asset, tuple(held))


def _event(
    event: TrialEvent,
    datasets: Sequence[TrialDataset],
    counts: _Counts,
    validation: Validation,
    *,
    is_changeable: bool,
) -> TrialEventView:
    published = {d.facts.key: d for d in datasets if d.facts.is_published and d.facts.has_readings}
    held = [
        _event_dataset(published[facts.key], event, counts.get((event.pk, published[facts.key].row.pk)), validation)
        for facts in concerned(event.asset, [d.facts for d in published.values()])
    ]
    rows = {one.dataset.row.pk: counts.get((event.pk, one.dataset.row.pk), ()) for one in held}
    # of whichever dataset: that no days are missing tells as much
    with_days = {row for row, counted in rows.items() if (one := baselining_of(counted, validation)) and one.is_enough}
    told = (replace(one, has_days_elsewhere=bool(with_days - {one.dataset.row.pk})) for one in held)
    return TrialEventView(event, tuple(told), is_changeable)


def _event_dataset(
    dataset: TrialDataset, event: TrialEvent, rows: Sequence[SeriesCount] | None, validation: Validation
) -> EventDataset:
    holding = holding_of(dataset.facts.period, Window(event.starts_at, event.ends_at), rows)
    if not rows or holding == Holding.NONE or not dataset.facts.shows_readings:
        return EventDataset(dataset, holding)
    worst = min(rows, key=lambda row: row.present / row.expected if row.expected else 2.0)
    return EventDataset(dataset, holding, worst.present, worst.expected, baselining_of(rows, validation))
