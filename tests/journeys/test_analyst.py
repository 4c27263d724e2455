"""An analyst explores: dataset and channels, zooming down to single readings, gaps, zones, an address to send."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from tests.browsing import seen_once, wait_until_still
from tests.journeys.conftest import looks_right

SUBSTATION = "Mill Lane primary substation, every second"
SHARED = "Mill Lane feeder 3: current and voltage of three phases"
SOLAR = "Hollow Lane solar roof, half-hourly"
AROUND_THE_OUTAGE = "start=2025-11-07T15:10:00Z&end=2025-11-07T15:35:00Z"  # its monitor lost a quarter of an hour
CLOSED = "Twelve homes on Mill Lane feeder 3, half-hourly"


def shown(page: Page) -> tuple[int, int]:
    """How many readings the picture shows, of how many, as far as it says so yet."""
    said = page.locator("#status").inner_text()
    numbers = [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", said) if "shown" in said]
    return (numbers[0], numbers[min(1, len(numbers) - 1)]) if numbers else (0, 0)


def points_of(page: Page, total: int) -> int:
    """How many points stand for so many readings, once the picture shows them."""
    return seen_once(page, lambda: shown(page), lambda now: now[1] == total)[0]


def settle(page: Page, address: str) -> None:
    """Open an address of the tool, and wait for its picture."""
    page.goto(address)
    expect(page.locator("#status")).to_contain_text("shown")
    expect(page.locator("#chart .xtick text").first).to_be_visible()
    wait_until_still(page)


def test_a_view_is_chosen_refined_and_sent(enter: Callable[..., Page], keys: dict[str, str], width: str) -> None:
    page = enter("", width)
    page.goto("/tools/explore/")
    expect(page.get_by_role("heading", name="Choose a dataset")).to_be_visible()
    looks_right(page)
    page.get_by_role("combobox", name="Dataset").click()
    page.get_by_role("option", name=re.compile(SUBSTATION)).click()
    expect(page.locator("#heading")).to_contain_text("Active power")
    assert 0 < points_of(page, 1_000_000) <= 2_000
    page.locator("#channels").click()
    page.get_by_role("option", name=re.compile("Voltage")).click()
    expect(page.locator("#legend")).to_contain_text("Voltage")
    page.keyboard.press("Escape")
    axes = page.locator("#chart .annotation-text").filter(has_text="[")
    expect(axes).to_have_text([re.compile(r"\[kW]"), re.compile(r"\[V]")])
    expect(page.locator("#summary li")).to_have_count(2)
    looks_right(page)

    page.get_by_role("button", name="Day", exact=True).click()
    assert 0 < points_of(page, 86_400) <= 2_000
    page.get_by_role("button", name="Hour", exact=True).click()
    expect(page.locator("#status")).to_contain_text("3,600")
    looks_right(page)
    asked = seen_once(page, lambda: parse_qs(urlsplit(page.url).query), lambda now: {"start", "end"} <= set(now))
    assert asked["dataset"] == [keys[SUBSTATION]]

    colleague = enter("partner", width)
    settle(colleague, page.url)
    for part in ("heading", "period", "status", "summary", "legend"):
        expect(colleague.locator(f"#{part}")).to_have_text(page.locator(f"#{part}").inner_text(), use_inner_text=True)


def test_zooming_in_the_picture_reaches_single_readings(enter: Callable[..., Page], keys: dict[str, str]) -> None:
    page = enter("")
    window = "start=2025-11-10T12:00:00Z&end=2025-11-10T14:00:00Z"
    settle(page, f"/tools/explore/?dataset={keys[SUBSTATION]}&channels=active_power_kw&{window}")
    points_of(page, 7_200)
    box = page.locator("#chart .nsewdrag").first.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
    page.mouse.up()

    expect(page.locator("#status")).to_contain_text("All")
    seen_once(page, lambda: shown(page)[1], lambda now: 600 < now < 850)


def test_a_gap_is_a_break_in_line_and_words(enter: Callable[..., Page], keys: dict[str, str]) -> None:
    page = enter("")

    settle(page, f"/tools/explore/?dataset={keys[SUBSTATION]}&channels=active_power_kw&{AROUND_THE_OUTAGE}")

    seen_once(page, lambda: shown(page), lambda now: now == (600, 600))
    expect(page.locator("#summary")).to_contain_text("one gap of 15 minutes")
    traces = page.locator("#chart .scatterlayer .trace")
    seen_once(
        page,
        lambda: [traces.nth(i).locator("path.js-line").count() for i in range(traces.count())],
        lambda stretches: max(stretches, default=0) == 2,
    )


def test_times_are_local_or_utc_and_the_axis_says_which(enter: Callable[..., Page], keys: dict[str, str]) -> None:
    page = enter("")
    settle(page, f"/tools/explore/?dataset={keys[SOLAR]}&start=2025-10-15T12:00:00Z&end=2025-10-15T18:00:00Z")
    axis = page.locator("#chart .xtitle")
    expect(axis).to_contain_text("BST")
    expect(page.get_by_label("From")).to_have_value("2025-10-15T13:00")

    page.get_by_text("UTC", exact=True).click()

    expect(axis).to_contain_text("UTC")
    expect(page.get_by_label("From")).to_have_value("2025-10-15T12:00")
    expect(page).to_have_url(re.compile(r"[?&]zone=utc(&|$)"))


def test_the_table_and_the_csv_hold_what_the_picture_shows(
    enter: Callable[..., Page], keys: dict[str, str], width: str
) -> None:
    page = enter("", width)
    settle(page, f"/tools/explore/?dataset={keys[SUBSTATION]}&channels=active_power_kw&{AROUND_THE_OUTAGE}")

    page.get_by_role("button", name="Show the table").click()
    table = page.get_by_role("region", name="The table behind the picture")
    expect(table).to_contain_text("rows 1 to 25 of 600")
    looks_right(page)
    page.get_by_role("button", name="Next rows").click()
    expect(table).to_contain_text("rows 26 to 50 of 600")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("CSV of this window")).click()

    frame = pl.read_csv(download.value.path())
    assert (frame.columns, frame.height) == (["start", "active_power_kw"], 600)
    assert (frame["start"][0], frame["start"][-1]) == ("2025-11-07T15:10:00Z", "2025-11-07T15:34:59Z")


@pytest.mark.parametrize(("role", "title", "way"), [("", SHARED, "Sign in"), ("partner", CLOSED, "About this dataset")])
def test_a_view_that_one_may_not_see_is_refused_with_the_way_on(
    enter: Callable[..., Page], keys: dict[str, str], width: str, *, role: str, title: str, way: str
) -> None:
    page = enter(role, width)

    page.goto(f"/tools/explore/?dataset={keys[title]}")

    expect(page.get_by_role("heading", name="These readings can't be shown to you")).to_be_visible()
    expect(page.get_by_role("alert").get_by_role("link", name=re.compile(way))).to_be_visible()
    expect(page.locator("#chart .scatterlayer .trace")).to_have_count(0)
    looks_right(page)
