"""The Django app of the portal's pages: templates, static files, template tags."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Register the portal's templates and tags."""

    name = "fairwatt.portal"
    label = "portal"
    verbose_name = "Portal"
