"""Words and marks of the work pages: states, sizes, durations, who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fairwatt.portal.templatetags.icons import draw_icon
from fairwatt.services.projects import get_project

register = template.Library()

_THIN = "\u202f"
# state → (tone, icon, word); one table a noun, so that the same state looks the same on every page
_DEPOSIT = {
    "draft": ("quiet", "edit", "Draft"),
    "submitted": ("", "clock", "Waiting for review"),
    "returned": ("needs", "returned", "Returned"),
    "approved": ("good", "check-circle", "Published"),
    "discarded": ("quiet", "trash", "Discarded"),
}
_FILE = {
    "received": ("quiet", "clock", "Waiting to be read"),
    "reading": ("quiet", "refresh", "Being read"),
    "questions": ("needs", "question", "Needs an answer"),
    "read": ("good", "check-circle", "Read"),
    "failed": ("loss", "x-circle", "Could not be read"),
}
_JOB = {
    "queued": ("quiet", "clock", "Waiting"),
    "running": ("", "refresh", "Running"),
    "done": ("good", "check-circle", "Done"),
    "failed": ("loss", "x-circle", "Failed"),
    "cancelled": ("quiet", "x", "Cancelled"),
}
_TASK = {
    "done": ("good", "check-circle", "Done"),
    "todo": ("", "edit", "To do"),
    "blocked": ("quiet", "lock", "Can’t start yet"),
}
_TABLES = {"deposit": _DEPOSIT, "file": _FILE, "job": _JOB, "task": _TASK}
_SEVERITY = {"error": ("alert", "Error"), "warning": ("alert", "Warning"), "info": ("info", "Note")}
_HOW = {
    "read": "the file says so",
    "inferred": "worked out from the values",
    "guessed": "a guess",
    "confirmed": "you confirmed it",
}


def draw_state(noun: str, state: str) -> SafeString:
    """Draw the state of a deposit, file, job or task as an icon and a word.

    Raises
    ------
    KeyError
        Where there is no such noun or state.
    """
    tone, icon, word = _TABLES[noun][state]
    css = f"status status--{tone}" if tone else "status"
    return format_html('<span class="{}">{} {}</span>', css, draw_icon(icon), word)


@register.simple_tag
def state(noun: str, value: str) -> SafeString:
    """Draw a state in place: ``{% state "file" file.state %}``."""
    return draw_state(noun, value)


@register.simple_tag
def severity_icon(severity: str) -> SafeString:
    """Draw a finding's severity, with its word for screen readers."""
    icon, word = _SEVERITY.get(severity, ("info", "Note"))
    return draw_icon(icon, word)


@register.filter
def how_known(how: str) -> str:
    """Say how a channel's quantity came to be known."""
    return _HOW.get(how, "unknown")


@register.filter
def bytes_said(count: int | None) -> str:
    """Say a size in bytes as people write it: ``41.3 MB`` (decimal units, thin spaces).

    >>> bytes_said(41_300_000)
    '41.3\u202fMB'
    """
    if count is None:
        return ""
    value, unit = float(count), 0
    units = ("bytes", "kB", "MB", "GB", "TB")
    while value >= 1000 and unit < len(units) - 1:  # noqa: PLR2004 - SI
        value, unit = value / 1000, unit + 1
    number = f"{value:.0f}" if unit == 0 or value >= 100 else f"{value:.1f}"  # noqa: PLR2004
    return f"{number}{_THIN}{units[unit]}"


@register.filter
def thousands(value: float | None) -> str:
    """Write a whole number with thin spaces: ``2 592 000``."""
    return "" if value is None else f"{int(value):,}".replace(",", _THIN)


@register.filter
def local_time(at: datetime | None) -> SafeString | str:
    """Write an instant in the project's own zone, zone named: ``18 Nov 2019, 11:45:43 GMT``."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(get_project().time_zone))
    clock = "%H:%M:%S" if local.second else "%H:%M"
    text = f"{local.day} {local:%b %Y}, {local.strftime(clock)} {local:%Z}"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), text)


@register.filter
def local_day(at: datetime | None) -> SafeString | str:
    """Write an instant's day in the project's own zone: ``18 Nov 2019``."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(get_project().time_zone))
    return format_html('<time datetime="{}">{} {}</time>', at.isoformat(), local.day, local.strftime("%b %Y"))


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


@register.filter
def percent(share: float | None) -> int:
    """Turn a share 0-1 into whole percents."""
    return round((share or 0) * 100)


@register.filter
def at_key(mapping: dict[str, Any], key: str) -> Any:
    """Look a key up in a mapping; empty where it is absent."""
    return mapping.get(key, "") if mapping else ""
