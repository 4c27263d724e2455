"""Release dates by audience: nested, lifting themselves, said in plain words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from pydantic import ValidationError

from fairwatt.core.metadata import (
    AccessClass,
    AccessTerms,
    Audience,
    Release,
    access_right,
    classify_access,
    coar_right,
    opening_date,
    say_access,
    say_label,
)
from fairwatt.core.project.audiences import AudienceWords
from tests.core.metadata.examples import NOW, instants, terms

SOON, LATER = datetime(2027, 5, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


def _terms(**dates: datetime | None) -> AccessTerms:
    return AccessTerms(releases=tuple(Release(audience=Audience(a), available_from=at) for a, at in dates.items()))


@given(terms, instants)
def test_more_audience_is_never_less_access(chosen: AccessTerms, at: datetime) -> None:
    allowed = [chosen.is_available(audience, at=at) for audience in Audience]
    assert allowed == sorted(allowed)
    assert not chosen.is_available(None, at=at)


@given(terms, instants, instants)
def test_what_is_open_stays_open(chosen: AccessTerms, one: datetime, other: datetime) -> None:
    early, late = sorted([one, other])
    for audience in Audience:
        assert chosen.is_available(audience, at=early) <= chosen.is_available(audience, at=late)


@given(terms, instants)
def test_the_class_the_right_and_the_sentence_agree_with_the_decision(chosen: AccessTerms, at: datetime) -> None:
    access = classify_access(chosen, at=at)
    assert (access is AccessClass.OPEN) == chosen.is_available(Audience.PUBLIC, at=at)
    assert (access is AccessClass.CLOSED) == (chosen.available_from(Audience.PARTNER) is None)
    assert (opening_date(chosen, at=at) is not None) == (access is AccessClass.EMBARGOED)
    assert say_label(chosen, at=at).startswith(access.label)
    assert access_right(chosen, at=at).name in {
        AccessClass.OPEN: {"PUBLIC"},
        AccessClass.CLOSED: {"NON_PUBLIC"},
    }.get(access, {"RESTRICTED", "SENSITIVE"})
    assert coar_right(chosen, at=at).startswith("http://purl.org/coar/access_right/c_")
    sentence = say_access(chosen, at=at)
    assert sentence.endswith(".")
    assert ("now" in sentence) <= any(chosen.is_available(audience, at=at) for audience in Audience)


@pytest.mark.parametrize(
    ("dates", "label", "sentence"),
    [
        ({"public": NOW}, "Open", "Anyone may download these data, without an account."),
        (
            {"public": SOON, "partner": NOW},
            "Embargoed until 1 May 2027",
            "Anyone may download these data from 1 May 2027; project partners may now.",
        ),
        (
            {"public": SOON},
            "Embargoed until 1 May 2027",
            "Anyone may download these data from 1 May 2027.",
        ),
        ({"partner": NOW}, "Shared", "Only project partners may download these data."),
        ({"external": NOW, "partner": None}, "Shared", "Anyone who signs in may download these data."),
        (
            {"external": SOON, "partner": NOW},
            "Shared",
            "Anyone who signs in may download these data from 1 May 2027; project partners may now.",
        ),
        (
            {"partner": SOON},
            "Embargoed until 1 May 2027",
            "Project partners may download these data from 1 May 2027.",
        ),
        (
            {"public": LATER, "partner": SOON},
            "Embargoed until 1 January 2028",
            "Anyone may download these data from 1 January 2028; project partners from 1 May 2027.",
        ),
        ({"public": None}, "Closed", "These data are not shared; only their description is."),
        ({}, "Closed", "These data are not shared; only their description is."),
    ],
)
def test_access_is_said_in_a_label_and_a_sentence(dates: dict[str, datetime | None], label: str, sentence: str) -> None:
    assert (say_label(_terms(**dates), at=NOW), say_access(_terms(**dates), at=NOW)) == (label, sentence)


def test_a_date_is_said_in_the_projects_zone() -> None:
    midnight_in_london = datetime(2027, 4, 30, 23, tzinfo=UTC)
    chosen = _terms(public=midnight_in_london)
    assert say_label(chosen, at=NOW, zone="Europe/London") == "Embargoed until 1 May 2027"


def test_the_embargo_ends_at_its_instant_and_not_before() -> None:
    chosen = _terms(public=SOON)
    assert not chosen.is_available(Audience.PUBLIC, at=SOON - timedelta(microseconds=1))
    assert chosen.is_available(Audience.PUBLIC, at=SOON)


def test_personal_data_that_are_shared_are_sensitive() -> None:
    chosen = AccessTerms(releases=(Release(audience=Audience.PARTNER, available_from=NOW),), sensitivity="IB1-SP")
    assert access_right(chosen, at=NOW).name == "SENSITIVE"


def test_an_audience_has_one_date() -> None:
    with pytest.raises(ValidationError, match="two release dates"):
        AccessTerms(releases=(Release(audience=Audience.PUBLIC), Release(audience=Audience.PUBLIC)))


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        ({"public": NOW}, "The public may download these data, without an account."),
        ({"external": NOW}, "Registered researchers may download these data."),
        ({"partner": NOW}, "Only LEO partners may download these data."),
        (
            {"public": LATER, "partner": NOW},
            "The public may download these data from 1 January 2028; LEO partners may now.",
        ),
        (
            {"external": LATER, "partner": SOON},
            "Registered researchers may download these data from 1 January 2028; LEO partners from 1 May 2027.",
        ),
    ],
)
def test_the_sentence_calls_audiences_as_the_project_does(dates: dict[str, datetime | None], sentence: str) -> None:
    words = AudienceWords(public="the public", external="registered researchers", partner="LEO partners")

    assert say_access(_terms(**dates), at=NOW, words=words) == sentence
