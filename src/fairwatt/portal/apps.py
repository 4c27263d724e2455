"""The Django app of the portal's pages: templates, static files, template tags."""

from importlib import import_module

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Register the portal's templates and tags."""

    name = "fairwatt.portal"
    label = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        """Listen to what happens at sign-in."""
        import_module("fairwatt.portal.signing_in")
