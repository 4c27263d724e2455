"""The Django app of the portal's pages: templates, static files, template tags."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

from django.apps import AppConfig

from fairwatt.services.announcements import readings_stored


class PortalConfig(AppConfig):
    """Register the portal's templates and tags."""

    name = "fairwatt.portal"
    label = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        """Listen to what happens at sign-in, and draw the first picture of whatever has been read."""
        import_module("fairwatt.portal.signing_in")
        readings_stored.connect(_draw_ahead)


def _draw_ahead(*, file_key: str, at: datetime, **_: object) -> None:
    """Draw in the process that has read: what draws is imported there alone."""
    import_module("fairwatt.portal.pages.previews").draw_ahead(file_key, at=at)
