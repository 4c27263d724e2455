"""The zone in which pages write times: the project's own, named beside every time."""

from __future__ import annotations

from fairwatt.core.errors import InvalidInput
from fairwatt.services.projects import get_project


def display_zone() -> str:
    """The IANA name of the project's zone; UTC while there is no project file to say."""
    try:
        return get_project().time_zone
    except InvalidInput:
        return "UTC"
