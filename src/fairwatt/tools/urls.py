"""The interactive tools' addresses, below /tools/."""

from __future__ import annotations

from fairwatt.tools.dashkit.urls import load_tools, tool_urls

__all__ = ["load_tools", "urlpatterns"]
urlpatterns = [*tool_urls("explore/", "fairwatt.tools.explore.app", name="tools-explore")]
