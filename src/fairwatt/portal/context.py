"""What the frame of every page shows: the project's name, and what waits for the person who looks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from fairwatt import __version__
from fairwatt.core.errors import InvalidInput
from fairwatt.core.project import Branding, Project
from fairwatt.core.project.audiences import Audiences
from fairwatt.portal.pages.signed_in import actor_of
from fairwatt.records.models import Deposit
from fairwatt.services.notifications import count_unread
from fairwatt.services.projects import get_project


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every template ``branding``, ``audiences``, ``version``, ``base_url``, ``waiting`` and ``unread``.

    ``waiting`` counts the deposits that wait for review (managers), ``unread`` one's own notifications; each
    costs a query only where a template shows it.
    """
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    manages = signed_in and getattr(user, "is_manager", False)
    project = _project()
    return {
        "branding": project.branding if project else Branding(),
        "audiences": project.audiences if project else Audiences(),
        "version": __version__,
        "base_url": settings.BASE_URL,
        "waiting": SimpleLazyObject(_count_waiting) if manages else 0,
        "unread": SimpleLazyObject(lambda: count_unread(actor=actor_of(request))) if signed_in else 0,
    }


def _project() -> Project | None:
    try:
        return get_project()
    except InvalidInput:  # a page that says so must still have its frame
        return None


def _count_waiting() -> int:
    return Deposit.objects.filter(state=Deposit.State.SUBMITTED).count()
