"""Somebody looks how sound readings are: the tool's page, a report, and from a place into the chart."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browsing import PATIENCE_MS
from tests.journeys.conftest import looks_right
from tests.journeys.test_analyst import SUBSTATION


def test_a_report_leads_from_a_place_into_the_chart(enter: Callable[..., Page], width: str) -> None:
    page = enter("", width)
    page.goto("/tools/health/")
    looks_right(page)
    page.get_by_role("link", name=SUBSTATION).click()
    reports = page.locator("tbody th a")
    expect(reports.first).to_be_visible(timeout=4 * PATIENCE_MS)  # a fresh portal is still scanning
    reports.first.click()
    expect(page.get_by_role("heading", name="Coverage by day")).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name="Show").first.click()
    expect(page.locator("#status")).to_contain_text("shown")
    expect(page.locator("#heading")).not_to_be_empty()
