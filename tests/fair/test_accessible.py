"""Accessible: each kind of entry passes F-UJI's metrics A1, and what nobody may have is said to be so."""

from __future__ import annotations

import pytest

from tests.fair.conftest import KINDS
from tests.fair.harvesting import Harvest
from tests.fair.metrics import failed

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"
KEPT = {"restricted", "restricted file", "embargoed"}  # data that strangers may not have
ELSEWHERE = {"background"}  # data that are on another host, which no test asks


@pytest.mark.parametrize("kind", KINDS)
def test_every_metric_of_access_is_met_save_that_kept_data_are_not_handed_out(
    harvests: dict[str, Harvest], kind: str
) -> None:
    found = harvests[kind]

    assert failed(found, "0.8", principle="A") == ({"FsF-A1-02MD-2"} if kind in KEPT | ELSEWHERE else set())
    assert failed(found, "0.5", principle="A") == set()


@pytest.mark.parametrize(
    ("kind", "right", "statuses"),
    [
        ("dataset", "PUBLIC", {200}),
        ("file", "PUBLIC", {200}),
        ("older version", "PUBLIC", {200}),
        ("restricted", "RESTRICTED", {401}),
        ("restricted file", "RESTRICTED", {401}),
        ("embargoed", "RESTRICTED", {403}),
        ("withdrawn", "NON_PUBLIC", {200}),  # no data are linked any more, only the pages that say why
    ],
)
def test_what_is_said_of_access_is_what_happens(
    harvests: dict[str, Harvest], kind: str, right: str, statuses: set[int]
) -> None:
    found = harvests[kind]

    assert found.merged["access"] == f"{RIGHTS}{right}"
    assert {content.status for content in found.contents} == statuses
    assert ("original" in "".join(content.url for content in found.contents)) == (kind != "withdrawn")


def test_the_page_and_the_metadata_of_what_is_withdrawn_stay(harvests: dict[str, Harvest]) -> None:
    gone = harvests["withdrawn"]

    assert gone.status == 200
    assert "Withdrawn on 1 Jun 2026." in gone.merged["summary"]
    assert len({offer.method for offer in gone.offers}) == 4
