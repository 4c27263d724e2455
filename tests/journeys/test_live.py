"""A logger that sends by itself: its feed is opened on the dataset's page, and what it sends is seen within seconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
from playwright.sync_api import Page, expect

from tests.browsing import seen_once
from tests.journeys.conftest import Portal, looks_right

FEEDER = "Mill Lane feeder 3: current and voltage of three phases"
SEEN_WITHIN_S = 120  # five on a machine that does nothing else


def values_of(page: Page, address: str, field: str) -> list[float]:
    """What there is of one field; the other width's readings may stand between."""
    found = page.request.get(address)
    return [row[field] for row in found.json() if row[field] is not None] if found.status == 200 else []


def test_a_feed_is_opened_a_token_made_and_readings_are_seen_as_they_come(
    enter: Callable[..., Page], portal: Portal, keys: dict[str, str], width: str, mark: str
) -> None:
    key = keys[FEEDER]
    name = f"Logger, {width} {mark}"
    page = enter("data manager", width)
    page.goto(f"/datasets/{key}/")
    page.get_by_role("link", name="Live feed").click()
    opens, named = page.get_by_role("button", name="Open the live feed"), page.get_by_label("Name", exact=True)
    expect(opens.or_(named).first).to_be_visible()
    looks_right(page)
    if opens.count():  # closed as the other width left it; a failed attempt leaves it open
        opens.click()
    named.fill(name)
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("#secret")).to_have_text(re.compile("fwt_"))
    secret = page.locator("#secret").inner_text().strip()
    looks_right(page)
    expect(page.locator("#code-telegraf")).to_contain_text(portal.url)

    field = f"live_{mark}_kw"
    begin = datetime.now(UTC) - timedelta(minutes=5)
    records = [{"start": (begin + timedelta(minutes=n)).isoformat(), field: 7.5 + n} for n in range(3)]
    lines = f"logger,series=live {field}=12.5 {int(begin.timestamp()) + 200}"
    with httpx.Client(base_url=portal.url, timeout=SEEN_WITHIN_S) as client:
        bearer = {"Authorization": f"Bearer {secret}"}
        assert client.post(f"/api/v1/datasets/{key}/readings", json=records, headers=bearer).status_code == 202
        written = client.post(
            f"/api/v2/write?bucket={key}&precision=s", content=lines, headers={"Authorization": f"Token {secret}"}
        )
        assert written.status_code == 204
        assert client.get(f"/api/v1/datasets/{key}/readings", headers=bearer).status_code == 403

    page.goto(f"/datasets/{key}/live/")
    expect(page.locator("#live-state")).to_contain_text("Readings are coming", timeout=SEEN_WITHIN_S * 1_000)
    expect(page.get_by_role("listitem").filter(has_text=name).first).to_contain_text("last used")
    assert secret not in page.content()
    looks_right(page)
    address = f"/api/v1/datasets/{key}/readings?channels={field}&format=json"
    seen = seen_once(page, lambda: values_of(page, address, field), lambda values: len(values) >= 4)
    assert sorted(seen) == [7.5, 8.5, 9.5, 12.5]
    row = page.get_by_role("listitem").filter(has_text=name).first
    row.get_by_text("Revoke").first.click()
    row.get_by_role("button", name="Yes, revoke it").click()
    expect(page.get_by_text("no longer works.")).to_be_visible()
    page.get_by_text("Close the feed").click()
    page.get_by_role("button", name="Yes, close it").click()
    expect(page.locator("#live-state")).to_contain_text("Closed")
