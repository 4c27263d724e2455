"""Who may have what: the decision, its agreement with the database's, and how refusals speak."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoAssertNumQueries

from fairwatt.core.errors import NotAllowed, NotFound, NotSignedIn
from fairwatt.core.metadata import AccessClass
from fairwatt.records.models import Dataset, Membership
from fairwatt.services.access import (
    DataWithdrawn,
    asking_once,
    decide_data,
    decide_many,
    decide_metadata,
    describe_access,
    find_standing,
    require_data,
    require_metadata,
    visible_datasets,
)
from fairwatt.services.actors import Actor
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db

AUDIENCES = ("public", "external", "partner")
DATES = ("absent", "never", "past", "future")


def _rules(chosen: tuple[str, ...]) -> dict[str, datetime | None]:
    dates = {"never": None, "past": NOW - DAY, "future": NOW + DAY}
    return {audience: dates[date] for audience, date in zip(AUDIENCES, chosen, strict=True) if date != "absent"}


def _every_dataset(depositor: object) -> list[Dataset]:
    rows = []
    for chosen in itertools.product(DATES, repeat=3):
        for state, is_withheld in itertools.product(("published", "withdrawn", "draft"), (False, True)):
            if state != "published" and chosen[1:] != ("absent", "never"):
                continue  # the rules of what is not published decide nothing: a few stand for all
            rows.append(
                stock.dataset(release=_rules(chosen), state=state, metadata_withheld=is_withheld, created_by=depositor)
            )
    return rows


def _everybody(depositor: object) -> dict[str, Actor]:
    home, other = stock.organization("TCC"), stock.organization("LCH")
    outside = stock.organization("MET", is_partner=False)
    both = stock.person("both", organization=other)
    Membership.objects.create(user=both, organization=outside)
    return {
        "nobody": Actor.anonymous(),
        "outsider": stock.actor(stock.person("outsider")),
        "member of an outside organisation": stock.actor(stock.person("met", organization=outside)),
        "partner": stock.actor(stock.person("partner", organization=other)),
        "partner twice": stock.actor(both),
        "provider's member": stock.actor(stock.person("own", organization=home)),
        "depositor": stock.actor(depositor),
        "manager": stock.actor(stock.person("manager", is_manager=True)),
    }


def test_the_decision_agrees_with_the_database_for_every_rule_actor_and_instant() -> None:
    depositor = stock.person("depositor")
    rows = _every_dataset(depositor)
    for name, actor in _everybody(depositor).items():
        user = actor.user or AnonymousUser()
        for at in (NOW - DAY - timedelta(microseconds=1), NOW - DAY, NOW, NOW + DAY, NOW + 2 * DAY):
            decisions = decide_many(actor=actor, datasets=rows, at=at)
            allowed = {pk for pk, decision in decisions.items() if decision.allowed}
            readable = set(Dataset.objects.readable_by(user, at).values_list("pk", flat=True))
            assert allowed == readable, (name, at)
        visible = set(Dataset.objects.visible_to(user).values_list("pk", flat=True))
        known = {row.pk for row in rows if decide_metadata(actor=actor, dataset=row, at=NOW).allowed}
        assert known == visible == set(visible_datasets(actor).values_list("pk", flat=True)), name


def test_more_audience_is_never_less_access() -> None:
    depositor = stock.person("depositor")
    rows = [row for row in _every_dataset(depositor) if row.state == "published"]
    everybody = _everybody(depositor)
    ladder = ["nobody", "outsider", "partner", "manager"]
    for at in (NOW - 2 * DAY, NOW, NOW + 2 * DAY):
        before: set[int] = set()
        for name in ladder:
            decisions = decide_many(actor=everybody[name], datasets=rows, at=at)
            allowed = {pk for pk, decision in decisions.items() if decision.allowed}
            assert before <= allowed, (name, at)
            before = allowed


def test_deciding_about_many_datasets_takes_two_queries(django_assert_num_queries) -> None:
    actor = stock.actor(stock.person(organization=stock.organization("LCH")))
    for _ in range(5):
        stock.dataset(release={"partner": NOW})
    rows = list(Dataset.objects.all())
    with django_assert_num_queries(2):
        decisions = decide_many(actor=actor, datasets=rows, at=NOW)
    assert [decision.allowed for decision in decisions.values()] == [True] * 5


def test_an_embargo_lifts_itself_at_its_instant() -> None:
    row = stock.dataset(release={"public": NOW})
    before = decide_data(actor=Actor.anonymous(), dataset=row, at=NOW - timedelta(microseconds=1))
    after = decide_data(actor=Actor.anonymous(), dataset=row, at=NOW)
    assert (before.allowed, before.opens_at, before.http_status) == (False, NOW, 403)
    assert "They open to everyone on 1 June 2026." in before.how
    assert (after.allowed, after.http_status) == (True, 200)


def test_whoever_signing_in_would_help_is_told_to_sign_in() -> None:
    row = stock.dataset(release={"partner": NOW - DAY})
    with pytest.raises(NotSignedIn) as refusal:
        require_data(actor=Actor.anonymous(), dataset=row, at=NOW)
    assert refusal.value.http_status == 401
    assert refusal.value.message == "Only project partners may download these data."
    assert refusal.value.next_step == (
        "Sign in, or call the API with a token. To ask for access, write to data@testshire.example."
    )


def test_whoever_signing_in_would_not_help_is_told_whom_to_ask() -> None:
    row = stock.dataset(release={"partner": NOW - DAY, "public": NOW + DAY})
    with pytest.raises(NotAllowed) as refusal:
        require_data(actor=stock.actor(stock.person()), dataset=row, at=NOW)
    assert refusal.value.http_status == 403
    assert refusal.value.message == "Anyone may download these data from 2 June 2026; project partners may now."
    assert refusal.value.where == {"dataset": row.key, "opens_at": "2026-06-02T12:00:00+00:00"}
    assert refusal.value.next_step == (
        "They open to everyone on 2 June 2026. To ask for access, write to data@testshire.example."
    )


def test_a_closed_dataset_refuses_somebody_not_signed_in_with_403() -> None:
    row = stock.dataset(release={"public": None})
    with pytest.raises(NotAllowed) as refusal:
        require_data(actor=Actor.anonymous(), dataset=row, at=NOW)
    assert refusal.value.http_status == 403


@pytest.mark.parametrize("fields", [{"metadata_withheld": True}, {"state": "draft", "published_at": None}])
def test_what_one_may_not_know_of_answers_as_if_it_did_not_exist(fields: dict[str, object]) -> None:
    row = stock.dataset(release={"public": NOW - DAY}, **fields)
    outsider = stock.actor(stock.person())
    for ask in (require_data, require_metadata):
        with pytest.raises(NotFound) as refusal:
            ask(actor=outsider, dataset=row, at=NOW)
        assert refusal.value.message == "There is no dataset at this address."
        assert refusal.value.where == {"dataset": row.key}
    require_data(actor=stock.actor(stock.person(organization=stock.organization("TCC"))), dataset=row, at=NOW)


def test_withdrawn_data_are_gone_while_their_metadata_stay() -> None:
    row = stock.dataset(
        release={"public": NOW - DAY}, state="withdrawn", withdrawn_at=NOW - DAY, withdrawal_reason="Wrong meter."
    )
    require_metadata(actor=Actor.anonymous(), dataset=row, at=NOW)
    with pytest.raises(DataWithdrawn) as refusal:
        require_data(actor=Actor.anonymous(), dataset=row, at=NOW)
    assert refusal.value.http_status == 410
    assert refusal.value.message == "The data were withdrawn on 31 May 2026. Reason: Wrong meter."


def test_a_token_without_the_scope_read_reads_nothing() -> None:
    row = stock.dataset(release={"public": NOW - DAY})
    manager = stock.person(is_manager=True)
    for ask in (require_data, require_metadata):
        with pytest.raises(NotAllowed, match="may not read"):
            ask(actor=stock.actor(manager, "deposit", "manage"), dataset=row, at=NOW)
        ask(actor=stock.actor(manager, "read"), dataset=row, at=NOW)
    with pytest.raises(NotAllowed, match="may not read"):
        visible_datasets(stock.actor(manager, "deposit"))


def test_leaving_an_organisation_takes_effect_at_the_next_question() -> None:
    row = stock.dataset(release={"partner": NOW - DAY})
    user = stock.person(organization=stock.organization("LCH"))
    assert decide_data(actor=stock.actor(user), dataset=row, at=NOW).allowed
    user.memberships.all().delete()
    assert not decide_data(actor=stock.actor(user), dataset=row, at=NOW).allowed


def test_somebody_deactivated_is_nobody() -> None:
    row = stock.dataset(release={"external": NOW - DAY}, metadata_withheld=False)
    user = stock.person(is_active=False, is_manager=True)
    decision = decide_data(actor=stock.actor(user), dataset=row, at=NOW)
    assert (decision.allowed, decision.http_status) == (False, 401)


def test_the_platform_itself_sees_everything() -> None:
    stock.dataset(state="draft", published_at=None)
    assert visible_datasets(Actor.system()).count() == 1


def test_access_is_described_in_a_word_a_sentence_and_a_table() -> None:
    opens = datetime(2027, 5, 1, tzinfo=UTC)
    row = stock.dataset(release={"public": opens, "partner": NOW - DAY})
    summary = describe_access(row, NOW)
    assert (summary.access_class, summary.label, summary.icon) == (
        AccessClass.EMBARGOED,
        "Embargoed until 1 May 2027",
        "clock",
    )
    assert summary.sentence == "Anyone may download these data from 1 May 2027; project partners may now."
    assert [(line.label, line.text, line.is_available) for line in summary.rows] == [
        ("Everyone", "From 1 May 2027", False),
        ("Signed-in people", "From 1 May 2027", False),
        ("Project partners", "Now", True),
    ]


def test_memberships_are_asked_for_once_within_a_request_that_only_shows_and_anew_in_the_next(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    organization = stock.organization("HLC")
    member, others = stock.person("ann", organization=organization), stock.person("bob")

    with django_assert_num_queries(2), asking_once():
        looks = [find_standing(Actor(user=user)) for user in (member, others, member, others, member)]
    own = {organization.pk}
    assert [look.organization_ids for look in looks] == [own, set(), own, set(), own]

    Membership.objects.filter(user=member).delete()
    with asking_once():
        assert find_standing(Actor(user=member)).organization_ids == frozenset()
    with django_assert_num_queries(2):
        assert [find_standing(Actor(user=member)).organization_ids for _ in range(2)] == [set(), set()]
