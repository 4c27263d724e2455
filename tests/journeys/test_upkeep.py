"""A data manager looks after what is kept: what it takes up, whether it is sound, and the guard before erasing."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.conftest import READ_WITHIN_S, looks_right


def test_what_is_kept_is_shown_checked_and_guarded(
    enter: Callable[..., Page], keys: dict[str, str], width: str
) -> None:
    page = enter("data manager", width)
    page.goto("/upkeep/")
    expect(page.get_by_role("heading", name="What it takes up and costs")).to_be_visible()
    expect(page.get_by_text("Nothing is damaged").first).to_be_visible()
    expect(page.locator("main table tbody tr").first).to_be_visible()
    looks_right(page)

    page.get_by_role("button", name="Check everything now").click()
    expect(page.get_by_role("heading", name="Checking files")).to_be_visible()
    expect(page.locator("#job .status").first).to_contain_text("Done", timeout=READ_WITHIN_S * 1_000)
    looks_right(page)

    title, key = sorted(keys.items())[0]
    page.goto(f"/datasets/{key}/")
    page.get_by_role("link", name="Erase").click()
    expect(page.get_by_role("heading", name="Erase for good")).to_be_visible()
    looks_right(page)
    page.get_by_label("The whole dataset").check()
    page.get_by_label("Why?").fill("Only to see that a slip erases nothing.")
    page.get_by_label("Type the name of what is to be erased").fill("something else")
    page.get_by_role("button", name="Erase it for good").click()
    expect(page.locator("main")).to_contain_text("exactly as it is written")
    looks_right(page)
    page.goto(f"/datasets/{key}/")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
