"""A trial looked at, its package taken home, and an event added from the field."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fairwatt.core.metadata.package_certificate import parse_package_certificate
from tests.journeys.conftest import looks_right


def test_a_visitor_sees_what_a_trial_still_lacks(page: Page) -> None:
    page.goto("/trials/")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Trials"))
    looks_right(page)
    page.get_by_role("link", name="A1.2.1 Sustained peak management at Mill Lane School").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sustained peak management at Mill Lane School")
    missing = page.get_by_role("region", name="What is still missing")
    expect(missing.get_by_text("Report of each event: 3 of 3 files")).to_be_visible()
    expect(missing.get_by_text("Event 3, 25 Nov 2025, 17:00 to 19:00 GMT")).to_be_visible()
    expect(missing.get_by_text("is not signed yet")).to_have_count(0)  # that is for partners
    expect(page.get_by_role("heading", name="Event 2 · School battery")).to_be_visible()
    looks_right(page)


def test_a_visitor_takes_the_package_of_a_trial_home(page: Page, tmp_path: Path) -> None:
    page.goto("/trials/B2.1/")
    procedures = page.get_by_role("region", name="Procedures")
    open_data = procedures.get_by_role("listitem").filter(has_text="You may have them.").get_by_role("heading", level=4)
    expect(open_data.filter(has_text="Hollow Lane solar roof, half-hourly")).to_have_count(1)
    titles = open_data.all_inner_texts()  # other journeys may have published data of this trial
    with page.expect_download() as begun:
        page.get_by_role("link", name="Download the data package").first.click()
    path = tmp_path / "package.zip"
    begun.value.save_as(path)
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        certificate = parse_package_certificate(package.read("package.certificate.json"))
    assert (certificate.trial.code, certificate.audience) == ("B2.1", "public")
    assert {one.title for one in certificate.datasets if one.has_data} == set(titles)

    page.goto(f"/{certificate.pid}")  # the identifier in it leads to its page
    expect(page.get_by_text("This package holds what everyone may have of the trial.")).to_be_visible()
    looks_right(page)


@pytest.mark.parametrize("width", ["desktop", "phone"])
def test_a_manager_adds_an_event_and_removes_it(enter: Callable[..., Page], width: str, mark: str) -> None:
    page = enter("data manager", width)
    page.goto("/trials/C3/")
    page.get_by_role("link", name="Add an event").click()
    looks_right(page)
    page.get_by_label("Name").fill(f"Event {mark}")
    page.get_by_label("Start").fill("2025-11-11T17:00")
    page.get_by_label("End").fill("2025-11-11T16:00")
    page.get_by_role("button", name="Add the event").click()
    expect(page.get_by_text("An event ends after its start, within 31 days of it.").first).to_be_visible()
    looks_right(page)
    page.get_by_label("End").fill("2025-11-11T19:00")
    page.get_by_role("button", name="Add the event").click()
    expect(page.get_by_role("heading", name=f"Event {mark}")).to_be_visible()
    expect(page.get_by_text("11 Nov 2025, 17:00 to 19:00 GMT").first).to_be_visible()
    looks_right(page)
    entry = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=f"Event {mark}"))
    entry.get_by_text("Remove").first.click()
    entry.get_by_role("button", name="Yes, remove it").or_(entry.get_by_role("button", name="Remove it")).click()
    expect(page.get_by_text("The event has been removed.")).to_be_visible()
    expect(page.get_by_role("heading", name=f"Event {mark}")).to_have_count(0)
