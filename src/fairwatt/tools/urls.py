"""The interactive tools' addresses, below /tools/."""

from __future__ import annotations

from fairwatt.tools.dashkit.urls import tool_urls

urlpatterns = [*tool_urls("explore/", "fairwatt.tools.explore.app", name="tools-explore")]
