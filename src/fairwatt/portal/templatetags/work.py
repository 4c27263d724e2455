"""Words and marks of the work pages that no other page needs: tasks, findings, ages, stored answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from fairwatt.core.metadata.words import say_instant
from fairwatt.core.units import QUANTITIES, UNITS
from fairwatt.portal.templatetags.icons import draw_icon
from fairwatt.portal.templatetags.status import status
from fairwatt.portal.zone import display_zone
from fairwatt.records.models import Channel
from fairwatt.services.answers import FieldSpec

register = template.Library()

_TASK = {
    "done": ("Done", "good", "check-circle"),
    "todo": ("To do", "", "edit"),
    "blocked": ("Can’t start yet", "quiet", "lock"),
}
_SEVERITY = {"error": ("alert", "Error"), "warning": ("alert", "Warning"), "info": ("info", "Note")}
_HOW = {
    "read": "the file says so",
    "inferred": "worked out from the values",
    "guessed": "a guess",
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
def how_known(how: str) -> str:
    """Say how a channel's quantity came to be known."""
    return _HOW.get(how, "not known")


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
    if value in (None, "", []):
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
    "bounds": "Bounds",
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
        if value in (None, "", []):
            continue
        if isinstance(value, list | tuple):
            parts = [f"{part:.5g}" if isinstance(part, float) else str(part) for part in value]
            rows.append((label, ", ".join(parts)))
        else:
            rows.append((label, f"{value:,}" if isinstance(value, int) else str(value)))
    return rows
