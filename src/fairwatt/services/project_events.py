"""Events that the project file names, kept in step with it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from fairwatt.core.project.trials import Trial as Spec
from fairwatt.core.project.trials import Validation
from fairwatt.records.models import Trial, TrialEvent

_MOST_KEYS = 500  # of one statement


def sync_events(trial: Trial, spec: Spec, *, at: datetime) -> None:
    """Write the events of the project file to a trial; what it no longer names goes."""
    named = {event.name.upper(): event for event in spec.events}
    trial.events.filter(in_project_file=True).exclude(name__in=[event.name for event in spec.events]).delete()
    known = {event.name.upper(): event for event in trial.events.all()}
    for name, wanted in named.items():
        event = known.get(name) or TrialEvent(trial=trial, created_at=at, changed_at=at)
        start, end = wanted.start.astimezone(UTC), wanted.end.astimezone(UTC)
        if event.pk and (event.starts_at, event.ends_at, event.asset) == (start, end, wanted.asset):
            if event.in_project_file:
                continue
        elif event.pk:
            touch_later(trial, [event.starts_at], spec.validation, at=at)
        event.name, event.starts_at, event.ends_at, event.asset = wanted.name, start, end, wanted.asset
        event.in_project_file, event.organization, event.changed_at = True, None, at
        event.save()
        touch_later(trial, [start], spec.validation, at=at)


def touch_later(trial: Trial, starts: Iterable[datetime], validation: Validation, *, at: datetime) -> None:
    """Have what is soon after any of ``starts`` counted again: a day with an event is not like others."""
    reach, begun = timedelta(days=validation.look_back_days + 1), sorted(starts)
    behind = []
    for pk, start in trial.events.values_list("pk", "starts_at"):
        place = bisect_right(begun, start)
        if place and start - begun[place - 1] <= reach:
            behind.append(pk)
    for some in range(0, len(behind), _MOST_KEYS):
        trial.events.filter(pk__in=behind[some : some + _MOST_KEYS]).update(changed_at=at)
