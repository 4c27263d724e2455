"""Words and marks of the work pages that no other page needs: tasks, findings, ages, stored answers."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from fairwatt.core.metadata.words import say_instant
from fairwatt.core.units import QUANTITIES, UNITS
from fairwatt.portal.templatetags.icons import draw_icon
from fairwatt.portal.templatetags.status import state_of, status
from fairwatt.portal.zone import display_zone
from fairwatt.records.models import Channel, Deposit, File
from fairwatt.services.answers import FieldSpec
from fairwatt.services.pseudonyms import name_as_sent

register = template.Library()

_TASK = {
    "done": ("Done", "good", "check-circle"),
    "todo": ("To do", "", "edit"),
    "blocked": ("Can’t start yet", "quiet", "lock"),
}
_SEVERITY = {"error": ("alert", "Error"), "warning": ("alert", "Warning"), "info": ("info", "Note")}
# What the audit log's verbs say in a sentence: "Priya Shah [handed in] D-75V4-C82Z"
_VERBS = {
    "audit.exported": "took a copy of the log:",
    "certificate.issued": "issued a certificate of",
    "dataset.edited": "edited the metadata of",
    "dataset.published": "published",
    "deposit.approved": "approved",
    "deposit.commented": "commented on",
    "deposit.discarded": "discarded",
    "deposit.returned": "returned",
    "deposit.started": "began",
    "deposit.step-saved": "saved a step of",
    "deposit.submitted": "handed in",
    "erasure.finished": "erased, of",
    "erasure.ordered": "ordered to erase, of",
    "event.added": "added the event",
    "event.changed": "changed the event",
    "event.removed": "removed the event",
    "events.imported": "imported events of",
    "events.removed": "removed events of",
    "file.answered": "answered questions about",
    "file.downloaded": "downloaded",
    "file.read-again": "had read again",
    "file.received": "uploaded",
    "file.removed": "took out",
    "invitation.revoked": "took back the invitation",
    "job.cancelled": "stopped the job",
    "person.added": "added",
    "person.invited": "invited",
    "person.joined": "joined:",
    "person.removed": "ended the membership",
    "person.renamed": "changed the name of",
    "person.role-changed": "changed the role of",
    "profile.given": "gave an import profile for",
    "profile.imported": "brought in how a logger is read:",
    "profile.removed": "removed how a logger is read:",
    "profile.renamed": "renamed how a logger is read:",
    "profile.saved": "saved how a logger is read:",
    "series.revealed": "looked up a supply point of",
    "profile.used": "had read by a saved profile",
    "readings.downloaded": "downloaded readings of",
    "readings.viewed": "looked at readings of",
    "storage.damaged": "found a damaged file of",
    "token.created": "made the token",
    "token.revoked": "revoked the token",
    "trial.package_downloaded": "downloaded the data package of",
    "upload.expired": "let expire the unfinished upload",
    "upload.started": "began the upload",
    "upload.terminated": "gave up the upload",
    "upkeep.requested": "asked for upkeep of",
}
_HOW = {
    "read": "read",
    "inferred": "inferred",
    "assumed": "taken as usual",
    "guessed": "guessed",
    "confirmed": "confirmed",
}


@register.simple_tag
def task_state(state: str) -> SafeString:
    """Say how far a task of a deposit is."""
    return status(*_TASK[state])


@register.simple_tag
def severity_icon(severity: str) -> SafeString:
    """Draw a finding's severity, with its word for screen readers."""
    return draw_icon(*_SEVERITY.get(severity, _SEVERITY["info"]))


@register.filter
def how_known(channel: Channel) -> str:
    """Say how a channel's quantity and unit came to be known, with the reason where there is one."""
    how = _HOW.get(channel.how, "not known")
    return f"{how}: {channel.why}" if channel.why and channel.how != "confirmed" else how


@register.simple_tag
def entry_state(deposit: Deposit) -> SafeString:
    """Say the state of an entry to its depositor, who need do nothing while a manager looks at it."""
    if deposit.state == Deposit.State.SUBMITTED:
        return status(deposit.get_state_display(), "", "clock")
    return state_of(deposit)


@register.filter
def done_to(verb: str) -> str:
    """Say an audit verb as a person would: ``deposit.submitted`` → ``handed in``."""
    return _VERBS.get(verb, verb.replace(".", " ").replace("-", " "))


@register.filter
def detail_rows(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """Say an audit event's detail as label and text; edits as ``before → after``."""
    changes = detail.get("changes")
    if isinstance(changes, dict):
        return [(_say_key(name), _say_change(change)) for name, change in changes.items()]
    return [(_say_key(name), _say_value(value)) for name, value in detail.items()]


def _say_key(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _say_value(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_say_value(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_say_value(one) for one in value)
    return "–" if value in (None, "") else str(value)


def _say_change(change: object) -> str:
    if isinstance(change, dict) and set(change) == {"before", "after"}:
        return f"{_say_value(change['before'])} → {_say_value(change['after'])}"
    return _say_value(change)


@register.filter
def summary_line(error: str, label: str) -> str:
    """Say an error of a field so that it stands alone: with the field's name, where it doesn't say it already."""
    name = label.rstrip("?. ")
    return str(error) if name.casefold() in str(error).casefold() else f"{name}: {error}"


@register.filter
def age(at: datetime | None) -> str:
    """Say how long ago something was, in the one unit that matters: ``3 days``."""
    if at is None:
        return ""
    seconds = max(0.0, (timezone.now() - at).total_seconds())
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {word}{'' if number == 1 else 's'}"
    return "less than a minute"


@register.simple_tag
def answered(spec: FieldSpec, value: object) -> str:
    """Say a stored answer as a person would: choices by their labels, days and instants in British form.

    >>> answered(FieldSpec("met", "Metered?", type="boolean"), True)
    'Yes'
    """
    if value in (None, "", [], {}):
        return ""
    if spec.type == "boolean":
        return "Yes" if value else "No"
    if spec.type == "date":
        day = date.fromisoformat(str(value))
        return f"{day.day} {day:%B %Y}"
    if spec.type == "datetime":
        return say_instant(datetime.fromisoformat(str(value)), zone=display_zone())
    labels = dict(spec.choices)
    values = value if isinstance(value, list) else [value]
    text = "\n".join(labels.get(str(item), str(item)) for item in values)
    return f"{text}\u202f{spec.unit}" if spec.unit else text


@register.filter
def quantity_label(channel: Channel) -> str:
    """Name a channel's quantity; a dash where it is not known."""
    quantity = QUANTITIES.get(channel.quantity)
    return quantity.label if quantity else "–"


@register.filter
def unit_symbol(channel: Channel) -> str:
    """Write a channel's unit; a dash where it has none or it is not known."""
    unit = UNITS.get(channel.unit)
    return unit.symbol if unit else "–"


_EXTENT = {
    "crs": "Coordinate system",
    "bounds": "Bounds (west, south, east, north)",
    "features": "Features",
    "geometry_types": "Kinds of shape",
    "fields": "Fields",
}


@register.filter
def extent_rows(extent: dict[str, Any]) -> list[tuple[str, str]]:
    """Say a spatial file's extent as label and text, in a fixed order."""
    rows: list[tuple[str, str]] = []
    for key, label in _EXTENT.items():
        value = extent.get(key)
        if value in (None, "", [], {}):
            continue
        if isinstance(value, dict):
            rows.append((label, ", ".join(f"{name} ({kind})" for name, kind in value.items())))
        elif isinstance(value, list | tuple):
            rows.append((label, ", ".join(map(edge, value))))
        else:
            rows.append((label, f"{value:,}" if isinstance(value, int) else str(value)))
    return rows


@register.filter
def edge(value: object) -> str:
    """An edge in degrees to some ten metres, one in metres to the metre; any other value as it is."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4f}" if abs(value) <= 360 else f"{value:.0f}"  # noqa: PLR2004 - degrees


@register.filter
def as_sent(file: File) -> str:
    """What a file was called as it was sent; no number of a supply point."""
    return name_as_sent(file)


@register.filter
def visibly(text: str) -> str:
    """A text with its unseen characters written out, so that none of them can turn its letters about."""
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c)[0] == "C" else c for c in text)
