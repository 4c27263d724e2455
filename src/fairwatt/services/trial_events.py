"""Events of trials: from the project file, and added, changed and removed by those who answer for the trial."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from fairwatt.core.metadata.event_files import EventValues, read_events, write_events
from fairwatt.core.project.trials import EVENT_YEARS, LONGEST_EVENT
from fairwatt.records.models import Membership, Organization, Trial, TrialEvent
from fairwatt.services.actors import DEPOSIT, MANAGE, Actor, require_user
from fairwatt.services.audit import record_event
from fairwatt.services.event_counts import order_counts
from fairwatt.services.projects import get_project

LONGEST_NAME = 120
_MOST_NAMED = 50  # of the events that were removed together, in the log


def find_trial(code: str) -> Trial:
    """The trial of this code, whichever case it is written in.

    Raises
    ------
    NotFound
        Where there is none.
    """
    row = Trial.objects.filter(code__iexact=code.strip()).first()
    if row is None:
        raise NotFound("There is no such trial.", where={"trial": code[:40]}, next_step="/trials/ lists them.")
    return row


def find_event(code: str, event_id: int) -> TrialEvent:
    """An event of a trial.

    Raises
    ------
    NotFound
        Where the trial has none of this number, or there is no such trial.
    """
    event = find_trial(code).events.filter(pk=event_id).first()
    if event is None:
        raise NotFound("There is no such event.", where={"event": event_id}, next_step="The trial's page lists them.")
    return event


def list_events(trial: Trial) -> list[EventValues]:
    """All events of a trial, in the order of time."""
    return [_values_of(event) for event in trial.events.all()]


def may_add(actor: Actor, trial: Trial) -> bool:
    """Whether the actor may add events: data managers, and stewards of organisations that provide data of the trial."""
    return actor.may(MANAGE) or (actor.may(DEPOSIT) and _stewarded(actor, trial) is not None)


def changeable_by(actor: Actor) -> Callable[[TrialEvent], bool]:
    """Which events the actor may change or remove: managers any, stewards those of their own organisation.

    Those of the project file are changed there. It is one query, however many events are asked about.
    """
    if actor.may(MANAGE):
        return lambda event: not event.in_project_file
    if actor.user is None or not (actor.is_signed_in and actor.may(DEPOSIT)):
        return lambda _event: False
    own = actor.user.memberships.filter(role=Membership.Role.STEWARD).values_list("organization_id", flat=True)
    stewarded = frozenset(own)
    return lambda event: not event.in_project_file and event.organization_id in stewarded


@transaction.atomic
def add_event(*, actor: Actor, code: str, values: EventValues, at: datetime) -> TrialEvent:
    """Add an event to a trial.

    Raises
    ------
    NotFound, NotSignedIn, NotAllowed
        Where there is no such trial, or the asker may not.
    InvalidInput
        Where a value can't be one.
    Conflict
        Where the trial has an event of this name.
    """
    trial = find_trial(code)
    organization = require_adder(actor, trial)
    values = _checked(values)
    _refuse_double(values.name, _names_in(trial))
    (event,) = _create(trial, [values], organization=organization, at=at)
    record_event(actor=actor, verb="event.added", subject=event, at=at, detail=_told(event))
    order_counts(trial, at=at)
    return event


@transaction.atomic
def change_event(*, actor: Actor, event_id: int, values: EventValues, at: datetime, code: str = "") -> TrialEvent:
    """Change an event's name, window and asset.

    Parameters
    ----------
    code
        Where it is given, the event has to be of this trial.

    Raises
    ------
    NotFound, NotSignedIn, NotAllowed, InvalidInput, Conflict
        As :func:`add_event` and :func:`remove_event` do.
    """
    event = _find_changeable(actor, event_id, code=code)
    before = _told(event)
    values = _checked(values)
    _refuse_double(values.name, _names_in(event.trial, but=event.pk))
    event.name, event.asset, event.changed_at = values.name, values.asset, at
    event.starts_at, event.ends_at = values.start, values.end
    event.save()
    record_event(actor=actor, verb="event.changed", subject=event, at=at, detail={"before": before, **_told(event)})
    order_counts(event.trial, at=at)
    return event


@transaction.atomic
def remove_event(*, actor: Actor, event_id: int, at: datetime, code: str = "") -> Trial:
    """Remove an event; return its trial.

    Parameters
    ----------
    code
        Where it is given, the event has to be of this trial.

    Raises
    ------
    NotFound
        Where there is no such event.
    Conflict
        Where it is in the project file.
    NotSignedIn, NotAllowed
        Where the asker may not.
    """
    event = _find_changeable(actor, event_id, code=code)
    trial = event.trial
    record_event(actor=actor, verb="event.removed", subject=event, at=at, detail=_told(event))
    event.delete()
    order_counts(trial, at=at)
    return trial


def list_changeable(*, actor: Actor, code: str) -> list[TrialEvent]:
    """The events of a trial that the actor may change or remove, in the order of time.

    Raises
    ------
    NotFound, NotSignedIn, NotAllowed
        Where there is no such trial, or the asker may not change events at all.
    """
    trial = find_trial(code)
    require_adder(actor, trial)
    return list(filter(changeable_by(actor), trial.events.all()))


@transaction.atomic
def remove_events(*, actor: Actor, code: str, event_ids: Collection[int], at: datetime) -> int:
    """Remove several events of a trial, all of them or none; return how many. Those that are gone are passed over.

    Raises
    ------
    NotFound, NotSignedIn, NotAllowed
        Where there is no such trial, or one of them is not the asker's to remove.
    Conflict
        Where one of them is in the project file.
    """
    trial = find_trial(code)
    require_adder(actor, trial)
    wanted = frozenset(event_ids)
    events = [event for event in trial.events.select_for_update() if event.pk in wanted]
    is_changeable = changeable_by(actor)
    for event in events:
        _refuse_change(is_changeable, event)
    if not events:
        return 0
    removed = [_values_of(event) for event in events]
    detail = {
        "trial": trial.code,
        "removed": len(removed),
        "names": [values.name for values in removed[:_MOST_NAMED]],
        "sha256": sha256(write_events(removed).encode()).hexdigest(),
    }
    record_event(actor=actor, verb="events.removed", subject=trial, at=at, detail=detail)
    TrialEvent.objects.filter(pk__in=[event.pk for event in events]).delete()
    order_counts(trial, at=at)
    return len(removed)


@transaction.atomic
def import_events(*, actor: Actor, code: str, document: bytes, at: datetime) -> tuple[int, int]:
    """Add the events of a CSV file with the columns ``start,end,name,asset``; all of them, or none.

    Times without an offset are of the project's clock. Events that the trial has just so already, asset and all, are
    passed over, so that a file may be sent again.

    Returns
    -------
    tuple
        How many were added, and how many were there already.

    Raises
    ------
    InvalidInput
        Where the file is too large or can't be read; the message names the line.
    Conflict
        Where the trial has another event of a name.
    NotFound, NotSignedIn, NotAllowed
        As :func:`add_event` does.
    """
    trial = find_trial(code)
    organization = require_adder(actor, trial)
    known = {event.name.upper(): _values_of(event) for event in trial.events.all()}
    new: list[EventValues] = []
    there = 0
    for line, told in read_events(document, zone=get_project().time_zone):
        try:
            values = _checked(told)
            if known.get(values.name.upper()) == values:
                there += 1
                continue
            _refuse_double(values.name, known)
        except (InvalidInput, Conflict) as error:
            where = {**error.where, "line": line}
            raise type(error)(f"Line {line}: {error.message}", where=where, next_step=error.next_step) from error
        known[values.name.upper()] = values
        new.append(values)
    if new:
        _create(trial, new, organization=organization, at=at)
        detail = {"added": len(new), "there": there, "sha256": sha256(document).hexdigest()}
        record_event(actor=actor, verb="events.imported", subject=trial, at=at, detail=detail)
        order_counts(trial, at=at)
    return len(new), there


# --- what they share -----------------------------------------------------------------------------------------


def require_adder(actor: Actor, trial: Trial) -> Organization | None:
    """The organisation for which somebody adds events to a trial; None for managers.

    Raises
    ------
    NotSignedIn, NotAllowed
        Where the asker may not add any.
    """
    require_user(actor, MANAGE if actor.is_manager else DEPOSIT, DEPOSIT)
    if actor.may(MANAGE):
        return None
    organization = _stewarded(actor, trial)
    if organization is None:
        raise NotAllowed(
            "Events are added by data managers, and by stewards of organisations that provide data of the trial.",
            where={"trial": trial.code},
            next_step="Ask your organisation's steward, or a data manager.",
        )
    return organization


def _stewarded(actor: Actor, trial: Trial) -> Organization | None:
    return (
        Organization.objects.filter(
            memberships__user=actor.user, memberships__role=Membership.Role.STEWARD, datasets__trial=trial
        )
        .order_by("code")
        .first()
    )


def _find_changeable(actor: Actor, event_id: int, *, code: str = "") -> TrialEvent:
    require_user(actor, MANAGE if actor.is_manager else DEPOSIT, DEPOSIT)
    rows = TrialEvent.objects.select_for_update(of=("self",)).select_related("trial").filter(pk=event_id)
    event = (rows.filter(trial__code__iexact=code) if code else rows).first()
    if event is None:
        raise NotFound("There is no such event.", where={"event": event_id}, next_step="The trial's page lists them.")
    _refuse_change(changeable_by(actor), event)
    return event


def _refuse_change(is_changeable: Callable[[TrialEvent], bool], event: TrialEvent) -> None:
    if event.in_project_file:
        raise Conflict(
            f"“{event.name}” is in the project file.", where={"event": event.pk}, next_step="Change it there."
        )
    if not is_changeable(event):
        raise NotAllowed(
            "Events are changed by data managers, and by stewards of the organisation that added them.",
            where={"event": event.pk},
            next_step="Ask a data manager.",
        )


def _create(
    trial: Trial, events: Iterable[EventValues], *, organization: Organization | None, at: datetime
) -> list[TrialEvent]:
    rows = [
        TrialEvent(
            trial=trial,
            name=values.name,
            starts_at=values.start,
            ends_at=values.end,
            asset=values.asset,
            organization=organization,
            created_at=at,
            changed_at=at,
        )
        for values in events
    ]
    try:
        with transaction.atomic():
            return TrialEvent.objects.bulk_create(rows)
    except IntegrityError as error:
        raise Conflict(
            "Somebody has just given the trial an event of that name.", next_step="Look at its page, and try again."
        ) from error


def _checked(values: EventValues) -> EventValues:
    name, asset = (" ".join(text.replace("\0", " ").split()) for text in (values.name, values.asset))
    for field, text, least in (("name", name, 1), ("asset", asset, 0)):
        if not least <= len(text) <= LONGEST_NAME:
            raise InvalidInput(f"The {field} has 1 to {LONGEST_NAME} characters.", where={"field": field})
    for field, time in (("start", values.start), ("end", values.end)):
        if time.utcoffset() is None:
            raise InvalidInput(
                f"The {field} has no offset.", where={"field": field}, next_step="Write it as 2025-11-18T17:00:00Z."
            )
        if time.second or time.microsecond:
            raise InvalidInput(f"The {field} is no whole minute.", where={"field": field})
        if time.year not in EVENT_YEARS:  # before zones are asked, which know no year before the first
            raise InvalidInput(
                f"The {field} is in the year {time.year}.",
                where={"field": field},
                next_step=f"Events are between {EVENT_YEARS.start} and {EVENT_YEARS.stop - 1}.",
            )
    start, end = values.start.astimezone(UTC), values.end.astimezone(UTC)
    if not timedelta() < end - start <= LONGEST_EVENT:
        raise InvalidInput(
            f"An event ends after its start, within {LONGEST_EVENT.days} days of it.", where={"field": "end"}
        )
    return EventValues(name, start, end, asset)


def _names_in(trial: Trial, *, but: int | None = None) -> set[str]:
    return {name.upper() for pk, name in trial.events.values_list("pk", "name") if pk != but}


def _refuse_double(name: str, known: Container[str]) -> None:
    if name.upper() in known:
        raise Conflict(
            f"The trial has another event called “{name}”.", where={"field": "name"}, next_step="Name it otherwise."
        )


def _values_of(event: TrialEvent) -> EventValues:
    return EventValues(event.name, event.starts_at, event.ends_at, event.asset)


def _told(event: TrialEvent) -> dict[str, str]:
    return {
        "trial": event.trial.code,
        "name": event.name,
        "start": event.starts_at.isoformat(),
        "end": event.ends_at.isoformat(),
        "asset": event.asset,
    }
