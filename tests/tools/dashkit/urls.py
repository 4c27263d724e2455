"""The portal's addresses, and the tool for tests."""

from __future__ import annotations

from django.urls import include, path

from fairwatt.portal.urls import handler400, handler403, handler404, handler500
from fairwatt.portal.urls import urlpatterns as portal
from fairwatt.tools.dashkit.urls import tool_urls

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns = [path("tools/", include(tool_urls("trial/", "tests.tools.dashkit.trial", name="tools-trial"))), *portal]
