"""The report as a page: whole without any other address, every place can be jumped to, no word becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np

from fairwatt.core.quality import Channel, ReadingsInMemory, scan_health
from fairwatt.core.quality.page import write_page
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
