"""The back office: finding an entry, deciding on it, mending its words, with a record of it all."""

from __future__ import annotations

from django.core import mail

from fairwatt.records.models import AuditEvent, Dataset, Deposit, ReleaseRule
from fairwatt.services import deposits
from tests.portal.pages.conftest import Person
from tests.portal.pages.test_share import _text
from tests.services import entries
from tests.services.entries import AT, BACKGROUND


def test_the_queue_is_filtered_by_words_and_origin_and_says_how_many(manager: Person, partner: Person) -> None:
    for title in ("Weather of 2020", "Weather of 2021"):
        answers = {**BACKGROUND, "about": {"title": title, "description": "Hourly."}}
        deposit = entries.entry(partner.actor, answers)
        deposits.submit_deposit(actor=partner.actor, code=deposit.code, at=AT)
    assert "2 entries, the longest waiting first" in _text(manager.client.get("/review/"))
    found = _text(manager.client.get("/review/?q=2021 WEATHER"))
    assert "1 of 2 entry" in found
    assert "Weather of 2020" not in found
    assert "No entry fits" in _text(manager.client.get("/review/?origin=foreground"))
    assert "None yet" in _text(manager.client.get("/review/?state=approved"))


def test_approving_publishes_and_leads_to_the_catalogue(
    manager: Person, waiting: Deposit, django_capture_on_commit_callbacks: object
) -> None:
    page = manager.client.get(f"/review/{waiting.code}/")
    assert "The certificate as it will be" in _text(page)
    assert 'class="chart__plot"' in page.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        decided = manager.client.post(f"/review/{waiting.code}/approve/", {"note": "First look"}, follow=True)
    dataset = Dataset.objects.get()
    version = dataset.versions.get()
    assert (dataset.state, version.number, version.note) == ("published", 1, "First look")
    assert f'href="/datasets/{dataset.key}/"' in decided.content.decode()
    assert manager.client.get(f"/datasets/{dataset.key}/").status_code == 200
    assert any("is published" in message.body for message in mail.outbox)


def test_an_entry_decided_by_somebody_else_says_so_on_the_page(manager: Person, waiting: Deposit) -> None:
    manager.client.post(f"/review/{waiting.code}/approve/", {"note": ""})
    again = manager.client.post(f"/review/{waiting.code}/return/", {"comment": "Too late"})
    assert again.status_code == 422
    waiting.refresh_from_db()
    assert waiting.state == "approved"


def test_returning_needs_a_comment(manager: Person, waiting: Deposit) -> None:
    empty = manager.client.post(f"/review/{waiting.code}/return/", {"comment": "  "})
    assert empty.status_code == 422
    assert 'href="#id_comment"' in empty.content.decode()
    sent = manager.client.post(f"/review/{waiting.code}/return/", {"comment": "Which meter?"})
    assert sent["Location"] == "/review/"
    waiting.refresh_from_db()
    assert (waiting.state, waiting.comments.get().text) == ("returned", "Which meter?")


def _as_sent(client: object, code: str) -> dict[str, str]:
    """The edit form's fields as a browser would send them untouched."""
    form = client.get(f"/review/{code}/edit/").context["form"]
    sent: dict[str, str] = {}
    for field in form:
        value = field.value()
        if value not in (None, False, []):
            sent[field.html_name] = str(value)
    return sent


def test_editing_records_what_changed_and_nothing_else(manager: Person, waiting: Deposit) -> None:
    untouched = _as_sent(manager.client, waiting.code)
    manager.client.post(f"/review/{waiting.code}/edit/", untouched)
    assert not AuditEvent.objects.filter(verb="dataset.edited").exists()

    changed = untouched | {"title": "School battery, mended", "external": "date", "external_date": "2031-02-28"}
    saved = manager.client.post(f"/review/{waiting.code}/edit/", changed, follow=True)
    assert "2 changes saved and recorded." in _text(saved)
    waiting.dataset.refresh_from_db()
    assert waiting.dataset.title == "School battery, mended"
    rule = ReleaseRule.objects.get(dataset=waiting.dataset, audience="external")
    assert rule.available_from is not None
    assert rule.available_from.date().isoformat() == "2031-02-28"
    event = AuditEvent.objects.get(verb="dataset.edited")
    assert set(event.detail["changes"]) == {"title", "external"}
    history = _text(manager.client.get(f"/review/{waiting.code}/"))
    assert "School battery in September → School battery, mended" in history


def test_an_edit_that_can_not_be_kept_says_where(manager: Person, waiting: Deposit) -> None:
    sent = _as_sent(manager.client, waiting.code) | {"title": "", "public": "date", "public_date": ""}
    answer = manager.client.post(f"/review/{waiting.code}/edit/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_title"' in page
    assert 'href="#id_public_date"' in page
    sensitive = _as_sent(manager.client, waiting.code) | {"sensitivity": "IB1-SP"}
    refused = manager.client.post(f"/review/{waiting.code}/edit/", sensitive)
    assert (refused.status_code, 'href="#id_sensitivity_reason"' in refused.content.decode()) == (422, True)


def test_a_review_has_one_first_heading_and_so_has_the_certificate(
    manager: Person, waiting: Deposit, django_capture_on_commit_callbacks: object
) -> None:
    review = manager.client.get(f"/review/{waiting.code}/").content.decode()
    assert review.count("<h1") == 1
    assert '<h3 class="sheet__title" id="sheet-title">School battery in September</h3>' in review
    with django_capture_on_commit_callbacks(execute=True):
        manager.client.post(f"/review/{waiting.code}/approve/", {"note": ""})
    certificate = manager.client.get(f"/datasets/{waiting.dataset.key}/certificate/").content.decode()
    assert certificate.count("<h1") == 1
    assert '<h1 class="sheet__title" id="sheet-title">School battery in September</h1>' in certificate
