"""The audit log's page and file, and the page of a job."""

from __future__ import annotations

import csv
import io

from fairwatt.records.models import AuditEvent, Deposit, Job
from fairwatt.services.audit import record_event
from tests.portal.pages.conftest import Person
from tests.portal.pages.test_share import _text
from tests.services import entries
from tests.services.entries import AT, HOUR


def test_the_log_is_filtered_by_words_verb_and_days(manager: Person, draft: Deposit) -> None:
    record_event(actor=manager.actor, verb="dataset.edited", subject=draft.dataset, at=AT.replace(day=20))
    assert "1 entry found" in _text(manager.client.get("/audit/?verb=dataset.edited"))
    assert "1 entry found" in _text(manager.client.get(f"/audit/?text={draft.code}&verb=deposit.started"))
    assert "1 entry found" in _text(manager.client.get("/audit/?start=2026-06-20&end=2026-06-20"))
    assert "No entry fits this filter" in _text(manager.client.get("/audit/?text=nobody-of-this-name"))
    assert "mel edited the metadata of School battery in September" in _text(manager.client.get("/audit/"))


def test_the_log_pages_back_to_its_beginning_by_time(manager: Person, draft: Deposit) -> None:
    for number in range(150):  # stored in another order than they happened in, and two at a time
        at = AT + number * 7 % 75 * HOUR
        record_event(actor=manager.actor, verb="deposit.commented", subject=draft, at=at)
    first = manager.client.get("/audit/?verb=deposit.commented")
    assert "150 entries found" in _text(first)
    rest = manager.client.get(f"/audit/?{first.context['older']}")
    seen = [(event.at, event.pk) for page in (first, rest) for event in page.context["events"]]
    assert len(set(seen)) == 150
    assert seen == sorted(seen, reverse=True)
    assert rest.context["older"] == ""


def test_the_log_as_csv_holds_every_entry_and_no_formula(manager: Person, draft: Deposit) -> None:
    draft.dataset.title = "=HYPERLINK(1)"
    record_event(actor=manager.actor, verb="dataset.edited", subject=draft.dataset, at=AT)
    answer = manager.client.get("/audit/?format=csv&verb=dataset.edited")
    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["who"], row["verb"], row["subject_label"]) for row in rows] == [
        ("mel", "dataset.edited", "'=HYPERLINK(1)")
    ]
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-log-')
    assert AuditEvent.objects.filter(verb="audit.exported").count() == 1


def test_a_waiting_job_is_shown_and_stopped(partner: Person, draft: Deposit) -> None:
    entries.hand_in(partner.actor, draft)
    job = Job.objects.get()
    page = partner.client.get(f"/jobs/{job.pk}/")
    assert "Reading a file Waiting" in _text(page)
    part = partner.client.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="job"')
    assert 'hx-trigger="every 1s"' in part
    stopped = partner.client.post(f"/jobs/{job.pk}/cancel/", follow=True)
    assert "Cancelled" in _text(stopped)
    assert "every 1s" not in stopped.content.decode()
    assert partner.client.post(f"/jobs/{job.pk}/cancel/").status_code == 409
