"""Events of trials: from the project file, and added, changed and removed by those who answer for the trial."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from fairwatt.core.project.trials import Validation
from fairwatt.records.models import Membership, Organization, Trial, TrialEvent
from fairwatt.services.actors import DEPOSIT, MANAGE, Actor, require_user
from fairwatt.services.audit import record_event
from fairwatt.services.event_counts import order_counts
from fairwatt.services.project_events import touch_later
from fairwatt.services.projects import get_project

MOST_ROWS = 5_000
MOST_BYTES = 1_000_000
LONGEST_NAME = 120
LONGEST_EVENT = timedelta(days=31)
_REQUIRED = ("start", "end", "name")
_COLUMNS = (*_REQUIRED, "asset")


@dataclass(frozen=True, slots=True)
class EventValues:
    """What an event is: its name, its window [start, end) in aware instants, and the asset that it is about."""

    name: str
    start: datetime
    end: datetime
    asset: str = ""


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


def may_add(actor: Actor, trial: Trial) -> bool:
    """Whether the actor may add events: data managers, and stewards of organisations that provide data of the trial."""
    if actor.may(MANAGE):
        return True
    return actor.may(DEPOSIT) and actor.is_signed_in and _stewarded(actor, trial) is not None


def may_change(actor: Actor, event: TrialEvent) -> bool:
    """Whether the actor may change or remove an event: managers any, stewards those of their own organisation."""
    if event.in_project_file:
        return False
    if actor.may(MANAGE):
        return True
    if event.organization_id is None or not (actor.is_signed_in and actor.may(DEPOSIT)):
        return False
    return Membership.objects.filter(
        user=actor.user, organization=event.organization_id, role=Membership.Role.STEWARD
    ).exists()


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
    organization = _require_adder(actor, trial)
    event = _store(trial, values, organization=organization, at=at)
    record_event(actor=actor, verb="event.added", subject=event, at=at, detail=_told(event))
    _after(trial, at=at)
    return event


@transaction.atomic
def change_event(*, actor: Actor, event_id: int, values: EventValues, at: datetime) -> TrialEvent:
    """Change an event's name, window and asset.

    Raises
    ------
    NotFound, NotSignedIn, NotAllowed, InvalidInput, Conflict
        As :func:`add_event` and :func:`remove_event` do.
    """
    event = _find_changeable(actor, event_id)
    before = _told(event)
    values = _checked(values)
    _refuse_double(event.trial, values.name, but=event.pk)
    _touch(event.trial, event.starts_at, at=at)
    event.name, event.asset, event.changed_at = values.name, values.asset, at
    event.starts_at, event.ends_at = values.start, values.end
    event.save()
    _touch(event.trial, event.starts_at, at=at)
    record_event(actor=actor, verb="event.changed", subject=event, at=at, detail={"before": before, **_told(event)})
    _after(event.trial, at=at)
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
    _touch(trial, event.starts_at, at=at)
    event.delete()
    _after(trial, at=at)
    return trial


@transaction.atomic
def import_events(*, actor: Actor, code: str, document: bytes, at: datetime) -> tuple[int, int]:
    """Add the events of a CSV file with the columns ``start,end,name,asset``; all of them, or none.

    Times are ISO 8601; those without an offset are of the project's clock. Events that the trial has just so already
    are passed over, so that a file may be sent again.

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
    organization = _require_adder(actor, trial)
    known = {event.name.upper(): event for event in trial.events.all()}
    added = there = 0
    for line, values in list(read_events(document, zone=get_project().time_zone)):
        before = known.get(values.name.upper())
        if before is not None and (before.starts_at, before.ends_at) == (values.start, values.end):
            there += 1
            continue
        try:
            event = _store(trial, values, organization=organization, at=at)
        except (InvalidInput, Conflict) as error:
            raise type(error)(f"Line {line}: {error.message}", where=error.where, next_step=error.next_step) from error
        known[event.name.upper()] = event
        added += 1
        record_event(actor=actor, verb="event.added", subject=event, at=at, detail=_told(event))
    _after(trial, at=at)
    return added, there


def read_events(document: bytes, *, zone: str) -> Iterator[tuple[int, EventValues]]:
    """Read the events of a CSV file, each with its line.

    Raises
    ------
    InvalidInput
        Where it is no such file; the message names the line.
    """
    if len(document) > MOST_BYTES:
        raise InvalidInput(f"The file has more than {MOST_BYTES:,} bytes.", where={"field": "file"})
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("The file is not UTF-8 text.", where={"field": "file"}) from error
    head = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=head.count), strict=True)
    rows.fieldnames = [(name or "").strip().casefold() for name in rows.fieldnames or []]
    missing = [name for name in _REQUIRED if name not in rows.fieldnames]
    if missing:
        raise InvalidInput(
            f"The file has no column {missing[0]}.",
            where={"field": "file"},
            next_step=f"Its first line names the columns: {','.join(_COLUMNS)}",
        )
    try:
        for number, row in enumerate(rows, start=1):
            if number > MOST_ROWS:
                raise InvalidInput(f"The file has more than {MOST_ROWS:,} events.", where={"field": "file"})
            if any(value and value.strip() for value in row.values() if isinstance(value, str)):
                yield rows.line_num, _read_row(row, rows.line_num, zone)
    except csv.Error as error:
        raise InvalidInput(f"Line {rows.line_num} can't be read as CSV: {error}.", where={"field": "file"}) from error


def _read_row(row: Mapping[str, str | None], line: int, zone: str) -> EventValues:
    cells = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    start, end = (_read_time(cells[name], name, line, zone) for name in ("start", "end"))
    return EventValues(cells["name"], start, end, cells["asset"])


def _read_time(text: str, name: str, line: int, zone: str) -> datetime:
    try:
        return instant_of(datetime.fromisoformat(text), zone=zone)
    except ValueError as error:
        raise InvalidInput(
            f"Line {line}: the {name} '{text[:40]}' is no time.",
            where={"field": "file", "line": line},
            next_step=f"Write it as 2025-11-18 17:00 (in {zone}), or with an offset: 2025-11-18T17:00:00Z.",
        ) from error
    except InvalidInput as error:
        raise InvalidInput(
            f"Line {line}: {error.message}", where={"field": "file"}, next_step=error.next_step
        ) from error


def instant_of(time: datetime, *, zone: str) -> datetime:
    """The instant of a time: as it says itself, or as the clock of ``zone`` shows it.

    Raises
    ------
    InvalidInput
        Where the clock shows that time twice, or never, since it is put forward or back.
    """
    if time.tzinfo is not None:
        return time.astimezone(UTC)
    local = ZoneInfo(zone)
    first, second = (time.replace(tzinfo=local, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        often = "twice" if first < second else "never"
        raise InvalidInput(
            f"The clock of {zone} shows {time:%Y-%m-%d %H:%M} {often}.",
            next_step="Write the time with its offset: 2025-10-26T01:30:00+01:00.",
        )
    return first


# --- what they share -----------------------------------------------------------------------------------------


def _require_adder(actor: Actor, trial: Trial) -> Organization | None:
    """The organisation for which somebody adds events; None for managers."""
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
    if event.in_project_file:
        raise Conflict(
            f"“{event.name}” is in the project file.", where={"event": event_id}, next_step="Change it there."
        )
    if not may_change(actor, event):
        raise NotAllowed(
            "Events are changed by data managers, and by stewards of the organisation that added them.",
            where={"event": event_id},
            next_step="Ask a data manager.",
        )
    return event


def _store(trial: Trial, values: EventValues, *, organization: Organization | None, at: datetime) -> TrialEvent:
    values = _checked(values)
    _refuse_double(trial, values.name)
    _touch(trial, values.start, at=at)
    return TrialEvent.objects.create(
        trial=trial,
        name=values.name,
        starts_at=values.start,
        ends_at=values.end,
        asset=values.asset,
        organization=organization,
        created_at=at,
        changed_at=at,
    )


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
    start, end = values.start.astimezone(UTC), values.end.astimezone(UTC)
    if not timedelta() < end - start <= LONGEST_EVENT:
        raise InvalidInput(
            f"An event ends after its start, within {LONGEST_EVENT.days} days of it.", where={"field": "end"}
        )
    return EventValues(name, start, end, asset)


def _refuse_double(trial: Trial, name: str, *, but: int | None = None) -> None:
    others = trial.events.filter(name__iexact=name)
    if (others if but is None else others.exclude(pk=but)).exists():
        raise Conflict(
            f"The trial has another event called “{name}”.", where={"field": "name"}, next_step="Name it otherwise."
        )


def _touch(trial: Trial, start: datetime, *, at: datetime) -> None:
    spec = get_project().find_trial(trial.code)
    touch_later(trial, start, spec.validation if spec else Validation(), at=at)


def _after(trial: Trial, *, at: datetime) -> None:
    order_counts(trial, at=at)


def _told(event: TrialEvent) -> dict[str, str]:
    return {
        "trial": event.trial.code,
        "name": event.name,
        "start": event.starts_at.isoformat(),
        "end": event.ends_at.isoformat(),
        "asset": event.asset,
    }
