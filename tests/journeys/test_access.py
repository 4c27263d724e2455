"""Who may have what: one answer on pages, in downloads, in the API and in the tools, with the way to get access."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Portal, looks_right

OPEN = "School heat pump, ten-minute readings"
EMBARGOED = "School battery: power, charge and temperature each minute"
SHARED = "Mill Lane feeder 3: current and voltage of three phases"
CLOSED = "Twelve homes on Mill Lane feeder 3, half-hourly"
BADGES = {OPEN: "Open", EMBARGOED: "Embargoed until", SHARED: "Shared", CLOSED: "Closed"}
MAY = {
    # whose browser: the status of a download of each dataset
    "": {OPEN: 200, EMBARGOED: 401, SHARED: 401, CLOSED: 403},  # signing in would not help
    "outside researcher": {OPEN: 200, EMBARGOED: 200, SHARED: 403, CLOSED: 403},
    "partner": {OPEN: 200, EMBARGOED: 200, SHARED: 200, CLOSED: 403},
    "data manager": {OPEN: 200, EMBARGOED: 200, SHARED: 200, CLOSED: 200},
}


@pytest.mark.parametrize("role", MAY)
def test_page_download_api_and_tool_agree_about_everybody(
    enter: Callable[..., Page], keys: dict[str, str], role: str
) -> None:
    page = enter(role)
    ask = page.context.request
    for title, status in MAY[role].items():
        key = keys[title]
        page.goto(f"/datasets/{key}/")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.locator(".badges")).to_contain_text(BADGES[title])
        is_allowed = status == 200
        expect(page.get_by_role("link", name="Readings as CSV")).to_have_count(int(is_allowed))
        expect(page.get_by_role("heading", name="You can’t download this")).to_have_count(int(not is_allowed))

        file = ask.get(f"/api/v1/datasets/{key}/files").json()["items"][0]["id"]
        addresses = (
            f"/datasets/{key}/readings.csv?end=2025-11-06T00:00:00Z",
            f"/files/{file}/original",
            f"/api/v1/datasets/{key}/readings?format=csv&end=2025-11-06T00:00:00Z",
            f"/api/v1/files/{file}/content",
        )
        assert {address: ask.get(address).status for address in addresses} == dict.fromkeys(addresses, status)
        assert ask.get(f"/api/v1/datasets/{key}").json()["may_read"] is is_allowed

    for title in (SHARED, EMBARGOED):
        page.goto(f"/tools/explore/?dataset={keys[title]}")
        if MAY[role][title] == 200:
            expect(page.locator("#status")).to_contain_text("readings")
        else:
            expect(page.get_by_role("heading", name="These readings can't be shown to you")).to_be_visible()


@pytest.mark.parametrize(("role", "status"), [("", 401), ("outside researcher", 403)])
def test_a_refusal_says_why_and_how_to_get_access(
    enter: Callable[..., Page], keys: dict[str, str], width: str, role: str, status: int
) -> None:
    page = enter(role, width)
    page.goto(f"/datasets/{keys[SHARED]}/")
    told = page.locator(".notice", has=page.get_by_role("heading", name="You can’t download this"))
    expect(told).to_contain_text("data@wrenshire.example")
    looks_right(page)

    answer = page.goto(f"/datasets/{keys[SHARED]}/readings.csv")

    assert answer is not None
    assert answer.status == status
    expect(page.locator("main")).to_contain_text("data@wrenshire.example")
    expect(page.get_by_role("link", name="its page")).to_have_attribute("href", f"/datasets/{keys[SHARED]}/")
    looks_right(page)
    if status == 401:
        page.locator("main").get_by_role("link", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        expect(page).to_have_url(re.compile(f"next=(/|%2F)datasets(/|%2F){keys[SHARED]}(/|%2F)"))


def test_an_embargo_names_its_day_to_whoever_must_wait(
    enter: Callable[..., Page], portal: Portal, keys: dict[str, str], width: str
) -> None:
    page = enter("", width)
    page.goto(f"/datasets/{keys[EMBARGOED]}/")
    looks_right(page)
    day = page.locator(".badges").inner_text().split("Embargoed until")[1].strip()

    expect(page.locator(".notice", has_text="You can’t download this yet")).to_contain_text(day.split()[-1])
    problem = portal.get(f"/api/v1/datasets/{keys[EMBARGOED]}/readings")
    assert problem.status_code == 401
    assert problem.headers["content-type"].startswith("application/problem+json")
    assert problem.json()["where"]["opens_at"] > "2026"
