"""The scores that F-UJI's own rule makes of it all, and that each rule can fail: what is spoilt is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from tests.fair.conftest import Portal
from tests.fair.harvesting import Harvest, harvest
from tests.fair.metrics import BEYOND, METRICS, failed, score
from tests.fair.visiting import NOWHERE, Answer

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def percent(points: tuple[float, float]) -> float:
    return round(100 * points[0] / points[1], 1)


@pytest.mark.parametrize(
    ("kind", "now", "before"),
    [
        ("dataset", 100.0, 95.8),
        ("older version", 100.0, 95.8),
        ("file", 100.0, 95.8),
        ("bare", 100.0, 95.8),
        ("restricted", 96.2, 87.5),
        ("restricted file", 96.2, 87.5),
        ("embargoed", 96.2, 87.5),
        ("withdrawn", 100.0, 91.7),
        ("background", 88.5, 79.2),
        ("map", 100.0, 95.8),
        ("map without attributes", 100.0, 95.8),
        ("workbook", 96.2, 91.7),
        ("live feed", 100.0, 95.8),
        ("package", 96.2, 87.5),
        ("trial", 88.5, 70.8),  # no dataset but what leads to some: without identifier, size, columns and other forms
    ],
)
def test_each_kind_has_its_score(harvests: dict[str, Harvest], kind: str, now: float, before: float) -> None:
    assert (percent(score(harvests[kind], "0.8")), percent(score(harvests[kind], "0.5"))) == (now, before)


def test_the_metrics_have_the_points_that_they_have_at_f_uji() -> None:
    assert {version: sum(metric.total for metric in metrics) for version, metrics in METRICS.items()} == {
        "0.8": 26,
        "0.5": 24,  # without FsF-A2-01M
    }


def drop(pattern: str) -> Callable[[str, Answer], Answer]:
    """Cut what matches out of every page."""

    def spoil(_: str, answer: Answer) -> Answer:
        if answer.media_type != "text/html":
            return answer
        return replace(answer, body=re.sub(pattern, "", answer.text, flags=re.DOTALL).encode())

    return spoil


def only_pages(_: str, answer: Answer) -> Answer:
    """Let nothing but pages and data be had: no other form of the metadata."""
    is_metadata = re.search(r"json|xml|turtle", answer.media_type)
    return NOWHERE if is_metadata else answer


def without_redirects(_: str, answer: Answer) -> Answer:
    return Answer(404) if answer.status == 302 else answer


def without_data(address: str, answer: Answer) -> Answer:
    return Answer(404) if "/original" in address or "/readings." in address else answer


def altered_data(address: str, answer: Answer) -> Answer:
    return replace(answer, body=b"1" + answer.body[100:]) if "/original" in address else answer


def rewrite(changes: Mapping[str, str]) -> Callable[[str, Answer], Answer]:
    """Write other words into all metadata."""

    def spoil(address: str, answer: Answer) -> Answer:
        if "/original" in address or "/readings." in address:
            return answer
        text = answer.text
        for old, new in changes.items():
            text = re.sub(old, new, text)
        return replace(answer, body=text.encode())

    return spoil


JSON_LD, DUBLIN_CORE = r'<script type="application/ld\+json".*?</script>', r'<meta name="DC\.[^>]*>'
LINKS = r'<link rel="describedby"[^>]*>'
SPOILT: dict[str, tuple[Callable[[str, Answer], Answer], str, set[str]]] = {
    "no embedded JSON-LD": (drop(JSON_LD), "0.8", {"FsF-I1-01M-1"}),
    "no embedded metadata": (drop(f"{JSON_LD}|{DUBLIN_CORE}"), "0.8", {"FsF-F4-01M-1", "FsF-I1-01M-1"}),
    "no other form": (only_pages, "0.8", {"FsF-I1-01M-2"}),
    "no redirects of PIDs": (without_redirects, "0.5", {"FsF-F1-02D-2"}),
    "no data": (without_data, "0.8", {"FsF-A1-02MD-2"}),
    "no data, compared": (without_data, "0.5", {"FsF-R1-01MD-3", "FsF-R1-01MD-4"}),
    "other data": (altered_data, "0.5", {"FsF-R1-01MD-3"}),
    "no creator": (
        rewrite(
            {'"creator":': '"maker":', r"DC\.creator": "DC.maker", "dct:creator": "dct:maker", "dc:creator": "dc:x"}
        ),
        "0.8",
        {"FsF-F2-01M-2", "FsF-F2-01M-3", "FsF-R1.2-01M-1"},
    ),
    "no keywords": (
        rewrite({'"keywords":': '"words":', r"DC\.subject": "DC.x", "dcat:keyword": "dcat:x", "dc:subject": "dc:x"}),
        "0.8",
        {"FsF-F2-01M-3"},
    ),
    "no licence": (
        rewrite({'"license":': '"terms":', "dct:license": "dct:terms"}),
        "0.8",
        {"FsF-R1.1-01M-1"},
    ),
    "a licence of one's own": (
        rewrite({"https://creativecommons.org/licenses": "https://own.example/licences"}),
        "0.5",
        {"FsF-R1.1-01M-2"},
    ),
    "no provenance": (rewrite({"http://www.w3.org/ns/prov#": "https://own.example/"}), "0.8", {"FsF-R1.2-01M-2"}),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_spoilt_is_found(portal: Portal, name: str) -> None:
    spoil, version, complaints = SPOILT[name]
    one = portal.kinds["dataset"]

    assert failed(harvest(portal.visits.spoilt(spoil), one.address), version) >= complaints
    assert failed(one.harvest, version) == set()


def test_where_the_page_is_gone_nothing_is_left(portal: Portal) -> None:
    one = portal.kinds["dataset"]

    found = harvest(portal.visits.spoilt(lambda *_: Answer(404)), one.address)

    assert {"FsF-F2-01M-2", "FsF-F3-01M-2", "FsF-A1-02MD-1", "FsF-I1-01M-2"} <= failed(found, "0.8")
    assert percent(score(found, "0.8")) < 30
    assert not failed(found, "0.8") & BEYOND
