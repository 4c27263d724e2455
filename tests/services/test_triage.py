"""The triage of a dataset: from the deposit's answers over the review to the certificate, and back to the reviewer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from fairwatt.core.errors import InvalidInput, NotAllowed
from fairwatt.core.metadata import Triage, TriageClass, parse_certificate
from fairwatt.records.models import AuditEvent, Dataset
from fairwatt.services.actors import Actor
from fairwatt.services.reviews import edit_metadata
from fairwatt.services.triage import UNREASONED, list_due, triage_of
from tests.portal.pages_stock import published, signed_in
from tests.services import stock

pytestmark = pytest.mark.django_db

AT = stock.NOW
CLOSED: dict[str, Any] = {
    "sensitivity": "IB1-C",
    "sensitivity_reason": "It shows where switchgear stands.",
    "triage_concerns": ["security"],
    "triage_mitigation": "Feeder totals are open.",
}


def _mia() -> Actor:
    return stock.actor(stock.person("mia", is_manager=True))


def _edited(**changes: Any) -> Dataset:
    dataset = published()
    return edit_metadata(actor=_mia(), dataset_key=dataset.key, changes={**CLOSED, **changes}, at=AT)


def test_a_manager_s_decision_is_recorded_and_certified_as_a_new_version() -> None:
    dataset = _edited()
    wanted = Triage(
        triage_class=TriageClass.CLOSED,
        concerns=("security",),
        reason="It shows where switchgear stands.",
        mitigation="Feeder totals are open.",
        reviewer="mia",
        reviewed_on=date(2026, 6, 1),
        review_due=date(2027, 6, 1),
    )
    assert triage_of(dataset) == wanted
    assert parse_certificate(dataset.versions.get(number=2).certificate).triage == wanted
    changes = AuditEvent.objects.get(verb="dataset.edited").detail["changes"]
    assert changes["triage_concerns"] == {"before": [], "after": ["security"]}


def test_a_day_that_was_given_stays_and_its_reminder_comes_on_that_day() -> None:
    dataset = _edited(triage_review_due="2026-09-01")
    assert dataset.triage_review_due == date(2026, 9, 1)
    manager = _mia()
    assert list_due(actor=manager, at=AT) == []
    assert list_due(actor=manager, at=AT + timedelta(days=92)) == [dataset]
    edit_metadata(
        actor=manager, dataset_key=dataset.key, changes={"triage_mitigation": "None."}, at=AT + timedelta(days=92)
    )
    assert list_due(actor=manager, at=AT + timedelta(days=92)) == []
    dataset.refresh_from_db()
    assert dataset.triage_review_due == date(2027, 9, 1)
    with pytest.raises(NotAllowed):
        list_due(actor=stock.actor(stock.person()), at=AT)


def test_what_is_open_again_needs_no_review() -> None:
    dataset = _edited()
    edit_metadata(actor=_mia(), dataset_key=dataset.key, changes={"sensitivity": "IB1-O"}, at=AT + stock.DAY)
    dataset.refresh_from_db()
    assert (dataset.triage_review_due, triage_of(dataset).concerns) == (None, ())


@pytest.mark.parametrize(
    "changes", [{"triage_concerns": ["weather"]}, {"triage_review_due": "soon"}, {"sensitivity_reason": ""}]
)
def test_what_cannot_be_used_changes_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        _edited(**changes)


def test_older_records_without_a_reason_say_that_there_is_none() -> None:
    assert triage_of(stock.dataset(sensitivity="IB1-SP")).reason == UNREASONED


def test_the_manager_s_page_names_what_is_due_and_the_sheet_says_the_outcome(client: Client) -> None:
    dataset = _edited(triage_review_due="2026-06-02")
    Dataset.objects.filter(pk=dataset.pk).update(triage_review_due=date(2020, 1, 31))
    browser = signed_in(client, stock.person("mo", is_manager=True))
    page = browser.get("/review/").content.decode()
    assert "Triage to be looked at again" in page
    assert "due since 31 January 2020" in page
    sheet = client.get(f"/datasets/{dataset.key}/certificate/").content.decode()
    assert "Open data triage: Closed (security). It shows where switchgear stands." in sheet
