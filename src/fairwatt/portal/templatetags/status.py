"""Say a state as a word with an icon: ``{% status "Published" "good" "check-circle" %}``."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fairwatt.portal.templatetags.icons import draw_icon

register = template.Library()

# state of a dataset, deposit, file or job → (tone, icon)
_STATES = {
    "draft": ("quiet", "edit"),
    "submitted": ("needs", "clock"),
    "returned": ("needs", "returned"),
    "approved": ("good", "check-circle"),
    "published": ("good", "check-circle"),
    "discarded": ("quiet", "trash"),
    "withdrawn": ("loss", "withdrawn"),
    "received": ("quiet", "clock"),
    "reading": ("quiet", "refresh"),
    "questions": ("needs", "question"),
    "read": ("good", "check-circle"),
    "failed": ("loss", "x-circle"),
    "queued": ("quiet", "clock"),
    "running": ("quiet", "refresh"),
    "done": ("good", "check-circle"),
    "cancelled": ("quiet", "x-circle"),
}


@register.simple_tag
def status(word: str, tone: str = "", icon: str = "info") -> SafeString:
    """Say a state; ``tone`` is ``good``, ``needs`` (amber: the reader must act), ``loss`` or ``quiet``."""
    return format_html('<span class="status{}">{}{}</span>', f" status--{tone}" if tone else "", draw_icon(icon), word)


@register.simple_tag
def state_of(thing: object) -> SafeString:
    """Say the state of a dataset, deposit, file or job, in its model's own words."""
    state = str(getattr(thing, "state"))  # noqa: B009 - models of several kinds
    tone, drawing = _STATES.get(state, ("", "info"))
    display = getattr(thing, "get_state_display", None)
    return status(str(display()) if display else state.capitalize(), tone, drawing)
