"""Where data stay elsewhere: the link, whether it works, since when, and what to do."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext

from fairwatt.records.models import Dataset
from fairwatt.services.link_checks import state_of_link

register = template.Library()


@register.inclusion_tag("portal/datasets/source_link.html", takes_context=True)
def source_link(context: RequestContext, dataset: Dataset) -> dict[str, Any]:
    """Say what is known of a dataset's link; nothing where it has none."""
    user = context.get("user")
    return {
        "link": state_of_link(dataset),
        "dataset": dataset,
        "manages": bool(user is not None and user.is_authenticated and getattr(user, "is_manager", False)),
        "csrf_token": context.get("csrf_token"),
    }
