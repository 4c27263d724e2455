"""Asking DataCite: what is sent, what each answer means, and that the password goes nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.connectors.datacite import Account, DataCite, DoiTaken, Event, attributes_of, digest_of
from fairwatt.connectors.datacite.parse import parse_record, refuse
from fairwatt.core.errors import FairwattError, InvalidInput, NotAllowed, SourceBusy, SourceUnavailable
from fairwatt.core.metadata.datacite import to_datacite, to_withheld_datacite
from tests.connectors.datacite_server import PASSWORD, PREFIX, REPOSITORY, Repository, serve
from tests.core.metadata.examples import NOW, certificate

NAME = f"{PREFIX}/0000000gnp8"
FULL = attributes_of(to_datacite(certificate(), at=NOW))


@pytest.fixture
def repository() -> Iterator[Repository]:
    with serve() as made:
        yield made


def connect(repository: Repository, **changes: Any) -> DataCite:
    said = {"api": repository.api, "repository": REPOSITORY, "password": PASSWORD, "agent": "Fairwatt tests"}
    return DataCite(Account(**{**said, **changes}))


def test_a_doi_is_a_draft_then_findable_then_registered_and_findable_again(repository: Repository) -> None:
    with connect(repository) as datacite:
        assert datacite.find(NAME) is None
        assert datacite.reserve(NAME, FULL).state == "draft"
        states = [datacite.change(NAME, FULL, event).state for event in (Event.PUBLISH, Event.HIDE, Event.PUBLISH)]
        found = datacite.find(NAME)

    assert states == ["findable", "registered", "findable"]
    assert found is not None
    assert (found.name, found.state, found.url) == (NAME, "findable", FULL["url"])
    assert repository.agents == {"Fairwatt tests"}
    kept = repository.dois[NAME]["attributes"]
    assert kept["identifiers"][0] == {"identifier": "ark:/99999/0000000gnp8", "identifierType": "ARK"}
    assert kept["publicationYear"] == 2025


def test_the_fixture_refuses_what_lacks_a_creator_so_that_what_it_takes_is_sound(repository: Repository) -> None:
    with connect(repository) as datacite:
        datacite.reserve(NAME, {**FULL, "creators": []})
        with pytest.raises(InvalidInput, match=r"does not take the metadata \(422\): creators: can't be blank\."):
            datacite.change(NAME, {**FULL, "creators": []}, Event.PUBLISH)
        with pytest.raises(InvalidInput, match="resourceTypeGeneral"):
            datacite.change(NAME, {**FULL, "types": {"resourceType": "Data"}}, Event.PUBLISH)
        withheld = attributes_of(to_withheld_datacite(FULL["url"], year=2025))
        assert datacite.change(NAME, withheld, Event.PUBLISH).state == "findable"
    assert "School" not in str(repository.dois[NAME])


@pytest.mark.parametrize("status", [409, 422])
def test_one_that_is_there_already_is_told_apart_from_what_is_wrong(repository: Repository, status: int) -> None:
    repository.taken_status = status
    with connect(repository) as datacite:
        datacite.reserve(NAME, FULL)
        with pytest.raises(DoiTaken):
            datacite.reserve(NAME, FULL)


def test_a_wrong_password_and_another_prefix_are_refused_without_telling_the_password(repository: Repository) -> None:
    with connect(repository, password="wrong") as datacite, pytest.raises(NotAllowed) as refused:
        datacite.reserve(NAME, FULL)
    assert "FAIRWATT_DATACITE_PASSWORD" in str(refused.value)
    assert "wrong" not in str(refused.value)
    assert PASSWORD not in repr(Account(repository.api, REPOSITORY, PASSWORD))
    with connect(repository) as datacite, pytest.raises(NotAllowed):
        datacite.reserve("10.9999/abc", FULL)


def test_no_redirect_is_followed_with_the_password(repository: Repository) -> None:
    repository.fail(302, Location=f"{repository.api}/elsewhere")
    with connect(repository) as datacite, pytest.raises(SourceUnavailable, match="302"):
        datacite.find(NAME)
    assert [path for _, path, _ in repository.asked] == [f"/dois/{NAME}"]


def test_nobody_there_and_an_answer_that_is_none_are_troubles_of_the_way(repository: Repository) -> None:
    repository.fail(200, body="<html>Please sign in to this network</html>")
    with connect(repository) as datacite, pytest.raises(SourceUnavailable, match="no record of a DOI"):
        datacite.find(NAME)
    with connect(repository, api="http://127.0.0.1:9") as datacite, pytest.raises(SourceUnavailable, match="reached"):
        datacite.find(NAME)


AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
MEANINGS: dict[str, tuple[int, dict[str, str], type[FairwattError], int]] = {
    "busy-seconds": (429, {"Retry-After": "17"}, SourceBusy, 17),
    "busy-instant": (429, {"Retry-After": "Mon, 01 Jun 2026 12:02:00 GMT"}, SourceBusy, 120),
    "busy-unsaid": (429, {}, SourceBusy, 300),
    "busy-forever": (429, {"Retry-After": "99999999999"}, SourceBusy, 86_400),
    "busy-past": (429, {"Retry-After": "Mon, 01 Jun 2020 12:02:00 GMT"}, SourceBusy, 1),
    "down-until": (503, {"Retry-After": "60"}, SourceBusy, 60),
    "down": (503, {}, SourceUnavailable, 0),
    "broken": (500, {}, SourceUnavailable, 0),
    "refused": (400, {}, InvalidInput, 0),
    "unasked": (204, {}, SourceUnavailable, 0),
}


@pytest.mark.parametrize("case", list(MEANINGS))
def test_each_status_means_whether_and_when_to_try_again(case: str) -> None:
    status, headers, meaning, wait_s = MEANINGS[case]
    with pytest.raises(FairwattError) as raised:
        refuse(status, "", headers, at=AT)
    assert type(raised.value) is meaning
    assert getattr(raised.value, "retry_after_s", 0) == wait_s


@given(st.text(max_size=300) | st.from_regex(r'\{"(data|errors)": ?(\[.*\]|\{.*\}|null|1)\}', fullmatch=True))
def test_no_answer_breaks_the_reading(text: str) -> None:
    with pytest.raises(SourceUnavailable):
        parse_record(text)
    with pytest.raises(FairwattError):
        refuse(422, text, {})


def test_what_is_the_same_has_the_same_digest_and_an_event_makes_another() -> None:
    again = attributes_of(to_datacite(certificate(), at=NOW))
    assert digest_of(Event.PUBLISH, FULL) == digest_of(Event.PUBLISH, again) != digest_of(Event.HIDE, FULL)
    assert digest_of(Event.PUBLISH, {**FULL, "language": "de"}) != digest_of(Event.PUBLISH, FULL)
