"""The tool in a real browser, under the strict policy of every page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from fairwatt.core.identifiers import new_key
from fairwatt.records.models import Dataset
from tests.browsing import PATIENCE_MS, assert_accessible, seen_once, wait_until_still
from tests.services import stock as people
from tests.tools.explore import stock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer) -> Iterator[Open]:
    """Open a browser of one's own; console errors and questions to other hosts fail the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_(search: str = "", *, cookies: list[Any] | None = None, **options: Any) -> Page:
        options = {"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "Europe/London"} | options
        context = chromium.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies(cookies or [])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: faults.append(f"{m.text} {m.location}") if is_fault(m, page) else None)
        page.on("pageerror", lambda e: faults.append(str(e)))
        own = (live_server.url, "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(own) else faults.append(r.url))
        page.goto(f"/tools/explore/{search}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert faults == []


def is_fault(message: ConsoleMessage, page: Page) -> bool:
    """Whether a browser complains of anything but that the page itself is a refusal."""
    is_refusal = re.search(r"status of 40[134]", message.text) and message.location["url"] == page.url
    return message.type == "error" and not is_refusal


@pytest.fixture
def logger(db: None) -> Dataset:
    return stock.logger(release=stock.open_to_all())


def drag(page: Page, start: float, end: float) -> None:
    """Drag from one share of the chart's width to another, as slowly as a hand, once the chart stands still."""
    page.locator(".js-plotly-plot .scatterlayer .js-line").first.wait_for()
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    wait_until_still(page)
    box = plot.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    for step in range(1, 7):
        page.mouse.move(box["x"] + (start + (end - start) * step / 6) * box["width"], y)
        page.wait_for_timeout(40)
    page.wait_for_timeout(100)
    page.mouse.up()


def click_twice(page: Page) -> str:
    """Click the chart twice, as often as it takes to be quick enough for it, and answer with what the status says."""
    page.locator(".js-plotly-plot .nsewdrag").first.scroll_into_view_if_needed()
    wait_until_still(page)
    page.locator(".js-plotly-plot .nsewdrag").first.dblclick()
    page.wait_for_timeout(1_000)
    return page.locator("#status").inner_text()


def status(page: Page) -> Any:
    return expect(page.locator("#status"))


def test_choosing_a_dataset_draws_it_and_dragging_refines_to_raw(open_page: Open, logger: Dataset) -> None:
    page = open_page()
    expect(page.get_by_role("heading", name="Choose a dataset")).to_be_visible()
    page.get_by_role("combobox", name="Dataset").click()
    page.get_by_role("option", name="School at ten seconds").click()
    status(page).to_have_text(re.compile(r"1,\d{3} of 8,280 readings shown \(min, max, mean\)\."))
    drag(page, 0.2, 0.25)
    status(page).to_have_text(re.compile(r"All 4\d\d readings of this window shown\."))
    window = {name: texts[0] for name, texts in parse_qs(urlsplit(page.url).query).items()}
    assert window["dataset"] == logger.key
    assert re.match(r"2021-05-05T04:[45]\d", window["start"])
    assert re.match(r"2021-05-05T0[56]:", window["end"])
    page.go_back()
    status(page).to_have_text(re.compile("of 8,280 readings"))
    page.go_forward()
    status(page).to_have_text(re.compile("All 4"))
    seen_once(page, lambda: click_twice(page), lambda said: "of 8,280 readings" in said)
    expect(page).not_to_have_url(re.compile("start="))


def test_keys_alone_zoom_and_move_through_time(open_page: Open, logger: Dataset) -> None:
    page = open_page(f"?dataset={logger.key}")
    status(page).to_contain_text("of 8,280")
    page.get_by_role("button", name="Hour").press("Enter")
    expect(page.locator("#period")).to_have_text("6 May 2021, 00:00 to 01:00 BST")
    page.get_by_role("button", name="Earlier").press("Enter")
    expect(page.locator("#period")).to_have_text("5 May 2021, 23:00 to 6 May 2021, 00:00 BST")
    page.get_by_role("button", name="Zoom out").press("Enter")
    expect(page.locator("#period")).to_have_text("5 May 2021, 22:30 to 6 May 2021, 00:30 BST")
    page.get_by_label("From").fill("2021-05-05T23:30:00")
    page.get_by_label("From").press("Enter")
    expect(page.locator("#period")).to_have_text("5 May 2021, 23:30 to 6 May 2021, 00:30 BST")
    page.get_by_text("UTC", exact=True).click()
    expect(page.locator("#period")).to_have_text("5 May 2021, 22:30 to 23:30 UTC")


def test_the_address_shows_a_colleague_in_another_zone_the_same(open_page: Open, logger: Dataset) -> None:
    search = f"?dataset={logger.key}&channels=active_power_kw,voltage_v"
    page = open_page(search)
    status(page).to_contain_text("of 8,280")
    drag(page, 0.5, 0.6)
    expect(page).to_have_url(re.compile("start="))
    status(page).to_contain_text("of this window")
    wait_until_still(page)
    said = [page.locator(part).inner_text() for part in ("#period", "#status", "#summary", "#legend")]
    colleague = open_page("?" + urlsplit(page.url).query, timezone_id="Asia/Kolkata", color_scheme="dark")
    for part, text in zip(("#period", "#status", "#summary", "#legend"), said, strict=True):
        expect(colleague.locator(part)).to_have_text(text, use_inner_text=True)
    first = ".js-plotly-plot .xtick text >> nth=0"
    expect(colleague.locator(first)).to_have_text(page.locator(first).text_content() or "")
    for either in (page, colleague):
        either.evaluate("scrollTo(0, 0)")  # the drag may have scrolled to the chart
        wait_until_still(either)
    assert colleague.locator(first).bounding_box() == pytest.approx(page.locator(first).bounding_box(), abs=2)


def test_whoever_may_not_have_the_data_is_told_how_to_get_them(open_page: Open, logger: Dataset) -> None:
    closed = stock.logger("Partners only", release={"partner": stock.BEGIN})
    page = open_page(f"?dataset={closed.key}")
    expect(page.get_by_role("heading", name="These readings can't be shown to you")).to_be_visible()
    expect(page.locator("#stage")).to_be_hidden()
    link = page.locator("#empty").get_by_role("link", name="Sign in")
    expect(link).to_have_attribute("href", re.compile(f"next=%2Ftools%2Fexplore%2F%3Fdataset%3D{closed.key}"))
    assert_accessible(page)
    page.get_by_role("combobox", name="Dataset").click()
    expect(page.get_by_role("option")).to_have_count(1)
    page.get_by_role("option", name=logger.title).click()
    status(page).to_contain_text("of 8,280")


def test_a_ninth_channel_is_refused_at_its_field(open_page: Open, logger: Dataset) -> None:
    page = open_page(f"?dataset={logger.key}&channels=" + ",".join(stock.FIELDS[:8]))
    status(page).to_contain_text("of 8,280")
    page.locator("#channels").click()
    page.get_by_role("option", name="Phase 6").click()
    expect(page.get_by_text("At most eight channels fit one picture")).to_be_visible()
    expect(page.locator("#legend li")).to_have_count(8)


def test_one_of_several_lines_is_brought_to_the_front_from_the_legend(open_page: Open, logger: Dataset) -> None:
    page = open_page(f"?dataset={logger.key}&channels=active_power_kw,voltage_v")
    status(page).to_contain_text("of 8,280")
    entries = page.locator("#legend").get_by_role("button")
    power, voltage = entries.first, entries.last
    expect(power).to_have_text(re.compile("Active Power"))
    expect(voltage).to_have_text("2Voltage [V]")

    def expect_faint(*faint: bool) -> None:
        lines = "document.querySelector('.js-plotly-plot').data.filter((t) => t.meta && !t.fill)"
        shown = f"{lines}.map((t) => (t.opacity ?? 1) < 1).join()"
        page.wait_for_function(f"{shown} === '{','.join(map(str, faint)).lower()}'")

    power.hover()
    expect_faint(False, True)
    page.locator("#heading").hover()
    expect_faint(False, False)
    voltage.focus()
    page.keyboard.press("Enter")
    expect(voltage).to_have_attribute("aria-pressed", "true")
    power.focus()
    expect_faint(False, True)
    page.locator("#heading").click()
    expect_faint(True, False)
    voltage.click()
    page.locator("#heading").click()
    expect_faint(False, False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_is_accessible_and_fits_the_screen(
    open_page: Open, logger: Dataset, viewport: dict[str, int], scheme: str
) -> None:
    page = open_page(
        f"?dataset={logger.key}&channels=active_power_kw,voltage_v", viewport=viewport, color_scheme=scheme
    )
    status(page).to_contain_text("of 8,280")
    page.get_by_role("button", name="Show the table").click()
    expect(page.get_by_role("row")).to_have_count(27)
    page.locator("#channels").click()
    expect(page.get_by_role("option", name="Phase 1")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_a_finger_scrolls_past_the_chart_and_zooms_sideways(open_page: Open, logger: Dataset) -> None:
    page = open_page(f"?dataset={logger.key}", viewport=PHONE, has_touch=True, is_mobile=True)
    status(page).to_contain_text("of 8,280")
    touch = page.context.new_cdp_session(page)

    def swipe(across: float, down: float) -> float:
        """Move a finger over the chart; answer where the page had been scrolled to [px]."""
        page.locator(".js-plotly-plot .scatterlayer .js-line").first.wait_for()
        plot = page.locator(".js-plotly-plot .nsewdrag").first
        plot.scroll_into_view_if_needed()
        wait_until_still(page)  # no earlier swipe moves the page any more
        before = float(page.evaluate("scrollY"))
        box = plot.bounding_box()
        assert box is not None
        x, y = box["x"] + 80, box["y"] + box["height"] - 20
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 11):
            point = {"x": x + across * step / 10, "y": y + down * step / 10}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
            page.wait_for_timeout(20)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        return before

    before = page.url
    stood = swipe(0, -150)
    seen_once(page, lambda: float(page.evaluate("scrollY")) - stood, lambda px: px > 50)
    assert page.url == before
    stood = swipe(120, 0)
    assert page.evaluate("scrollY") == stood
    expect(page).to_have_url(re.compile("start=2021-05-05T"))


def test_unknown_keys_are_refused_like_closed_ones(open_page: Open) -> None:
    page = open_page(f"?dataset={new_key(4)}")
    expect(page.locator("#empty")).to_contain_text("There is no dataset at this address")


def test_somebody_signed_in_sees_what_the_partners_may(open_page: Open, client: Any, live_server: LiveServer) -> None:
    closed = stock.logger("Partners only", release={"partner": stock.BEGIN})
    client.force_login(people.person("bea", organization=people.organization("GRID")))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page = open_page(f"?dataset={closed.key}", cookies=[cookie])
    status(page).to_contain_text("of 8,280")
