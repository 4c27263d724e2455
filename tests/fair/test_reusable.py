"""Reusable: each kind of entry passes F-UJI's metrics R1, as far as strangers may have the data."""

from __future__ import annotations

import pytest

from tests.fair.conftest import KINDS
from tests.fair.harvesting import Harvest
from tests.fair.metrics import failed
from tests.fair.test_accessible import ELSEWHERE, KEPT

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
NOT_COMPARED = {"FsF-R1-01MD-3", "FsF-R1-01MD-4"}  # what is claimed of data, with data that a stranger can't have
NO_OPEN_FORMAT = {"FsF-R1.3-02D-1"}  # workbooks are on no list of lasting formats, and of a zip its contents count
NOT_KNOWN = {"FsF-R1-01M-2", "FsF-R1-01M-3", "FsF-R1.3-02D-1"}  # size, columns and format of what is kept elsewhere


@pytest.mark.parametrize("kind", KINDS)
def test_every_metric_of_use_is_met_that_the_data_at_hand_allow(harvests: dict[str, Harvest], kind: str) -> None:
    now, before = (failed(harvests[kind], version, principle="R") for version in ("0.8", "0.5"))

    if kind in ELSEWHERE:
        assert (now, before) == (NOT_KNOWN, NOT_COMPARED | {"FsF-R1-01MD-2", "FsF-R1.3-02D-1"})
    elif kind in KEPT:
        assert (now, before) == (set(), NOT_COMPARED)
    elif kind == "workbook":
        assert (now, before) == (NO_OPEN_FORMAT, NO_OPEN_FORMAT)
    elif kind == "package":  # whose datasets describe their columns, each its own
        assert (now, before) == (NO_OPEN_FORMAT | {"FsF-R1-01M-3"}, NO_OPEN_FORMAT | {"FsF-R1-01MD-4"})
    elif kind == "withdrawn":
        assert (now, before) == (set(), {"FsF-R1-01MD-3"})  # a page stands where the bytes were
    else:
        assert (now, before) == (set(), set())


@pytest.mark.parametrize("kind", ["dataset", "older version", "file", "bare"])
def test_a_file_is_as_large_and_of_the_type_that_is_claimed(harvests: dict[str, Harvest], kind: str) -> None:
    (original,) = (content for content in harvests[kind].contents if content.url.endswith("/original"))

    assert (original.claimed_size, original.claimed_type) == (original.size, original.media_type)
    assert original.text.startswith("Time,Active Power L1 ")
    assert harvests[kind].merged["variables"] == ["Active Power L1"]


def test_a_licence_is_named_by_the_address_that_spdx_knows(harvests: dict[str, Harvest]) -> None:
    registered = "http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"

    assert harvests["bare"].merged["license"] == registered
