"""The report as a page: whole without any other address, every place can be jumped to, no word becomes markup."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html.parser import HTMLParser

import numpy as np

from fairwatt.core.quality import Channel, ReadingsInMemory, scan_health
from fairwatt.core.quality.page import draw_years, write_page
from fairwatt.core.quality.report import Day
from tests.core.quality.made import load, scan, times


class _Ids(HTMLParser):
    """Collects ids, links and what stays open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.scripts = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.scripts += tag == "script"
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for value in (found.get("href"), found.get("src")) if value]


def test_every_link_leads_to_a_place_in_the_page() -> None:
    values = np.delete(load(500), [40, 41])
    values[[100, 300]] = 9_000
    page = _Ids(write_page(scan(values, np.delete(times(500), [40, 41])).report))
    assert {"missing-rows", "missing-rows-0", "outliers-x", "outliers-x-0", "outliers-x-1"} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert page.scripts == 0


def test_names_never_become_markup() -> None:
    channel = Channel("x", "<script>alert('\"&")
    found = scan_health(ReadingsInMemory((channel,), times(60), {"x": np.full(60, np.nan)}), name="<b>.csv")
    page = write_page(found.report)
    assert _Ids(page).scripts == 0
    assert not re.search(r"<b>\.csv", page)


def test_an_empty_report_is_a_page_too() -> None:
    page = write_page(scan(np.zeros(0)).report)
    assert "No rows." in page
    assert "Nothing was found." in page


def test_a_calendar_begins_and_ends_with_the_weeks_of_its_days() -> None:
    days = [Day(day=date(2025, 11, 3) + timedelta(days=i), share=1) for i in range(35)]  # five weeks from a Monday on
    [(year, picture)] = draw_years(days)
    assert year == 2025
    assert sorted({int(x) for x in re.findall(r"<rect x='(\d+)'", picture)}) == [30, 42, 54, 66, 78]
    assert re.search(r"<svg width='90'", picture)
    assert re.findall(r"<text x='(\d+)' y='9'>(\w+)", picture) == [("30", "Nov"), ("78", "Dec")]


def test_a_calendar_of_one_day_names_its_month() -> None:
    [(_, picture)] = draw_years([Day(day=date(2026, 3, 29), share=0.5)])
    assert re.findall(r"<text x='(\d+)' y='9'>(\w+)", picture) == [("30", "Mar")]
