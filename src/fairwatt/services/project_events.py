"""Events that the project file names, kept in step with it."""

from __future__ import annotations

from datetime import UTC, datetime

from fairwatt.core.project.trials import Trial as Spec
from fairwatt.records.models import Trial, TrialEvent


def sync_events(trial: Trial, spec: Spec, *, at: datetime) -> None:
    """Write the events of the project file to a trial; what it no longer names goes."""
    named = {event.name.upper(): event for event in spec.events}
    trial.events.filter(in_project_file=True).exclude(name__in=[event.name for event in spec.events]).delete()
    known = {event.name.upper(): event for event in trial.events.all()}
    for name, wanted in named.items():
        event = known.get(name) or TrialEvent(trial=trial, created_at=at)
        start, end = wanted.start.astimezone(UTC), wanted.end.astimezone(UTC)
        is_same = (event.name, event.starts_at, event.ends_at, event.asset) == (wanted.name, start, end, wanted.asset)
        if is_same and event.in_project_file:
            continue
        event.name, event.starts_at, event.ends_at, event.asset = wanted.name, start, end, wanted.asset
        event.in_project_file, event.organization, event.changed_at = True, None, at
        event.save()
