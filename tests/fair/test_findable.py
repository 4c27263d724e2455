"""Findable: each kind of entry passes F-UJI's metrics F1 to F4."""

from __future__ import annotations

import pytest

from tests.fair.conftest import KINDS
from tests.fair.harvesting import Harvest
from tests.fair.metrics import failed
from tests.fair.visiting import BASE

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.mark.parametrize("kind", KINDS)
def test_every_metric_of_finding_is_met(harvests: dict[str, Harvest], kind: str) -> None:
    found = harvests[kind]

    assert failed(found, "0.8", principle="F") == set()
    assert failed(found, "0.5", principle="F") == set()


@pytest.mark.parametrize("kind", KINDS)
def test_its_pids_are_redirected_to_pages_of_one_host(harvests: dict[str, Harvest], kind: str) -> None:
    found = harvests[kind]

    assert set(found.pids.values()) == {(302, 200)}  # FsF-F1-02MD-2: a PID that is redirected is registered
    assert found.landing.startswith(f"{BASE}/")
    for address in found.merged["identifier"]:
        assert not address.startswith("http") or address.startswith(f"{BASE}/")


def test_what_was_not_said_is_made_up_for_by_what_is_known(harvests: dict[str, Harvest]) -> None:
    bare = harvests["bare"].merged

    assert bare["keywords"] == ["Active power", "energy"]  # FsF-F2-01M-3 asks for keywords
    assert bare["creator"] == ["Testshire County Council"]  # and FsF-F2-01M-2 for somebody who made it
    assert bare["summary"] == "Bare. Foreground data, in the catalogue of Testshire Local Energy."


def test_a_file_is_a_dataset_of_its_own_and_not_its_own_download(harvests: dict[str, Harvest]) -> None:
    assert harvests["file"].merged["type"] == ["dataset", "entity"]
    assert harvests["file"].merged["title"] == "school.csv"
