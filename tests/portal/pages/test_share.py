"""Logging data without a script: from the first question to the receipt, and back again where it is returned."""

from __future__ import annotations

import errno
import re
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from fairwatt.records.models import Deposit, File
from fairwatt.services.reviews import return_deposit
from tests.portal.pages.conftest import Person, with_session
from tests.services import entries
from tests.services.entries import AT, HOUR

LOCAL = b"start time,power (kW)\n" + b"".join(
    f"2020-09-01 {h:02}:{m:02}:00,{h}.5\n".encode() for h in range(24) for m in (0, 30)
)
NEXT = [
    ("trial", {"trial": "A1.2.1"}, "procedures"),
    ("procedures", {"procedures": ["P1", "P11"]}, "procedure-p1"),
    ("procedure-p1", {"asset": "Battery inverter", "metering_point": "Incomer"}, "procedure-p11"),
    ("procedure-p11", {"event_start": "2020-09-01T17:00", "instructed_power": "16.5"}, "about"),
    ("about", {"title": "School battery", "description": "A logger at the inverter."}, "access"),
    ("access", {"licence": "CC-BY-4.0", "public": "date", "public_date": "2030-01-31"}, "files"),
]


def _text(response: object) -> str:
    """What a person reads of a page, blanks closed up."""
    html = response.content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).strip()


def read_now() -> None:
    """Do what the pages have put into the queue, at the time they did."""
    entries.read_all(timezone.now())


def _csv(content: bytes, name: str = "meter.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/csv")


def test_a_partner_logs_data_without_a_script_from_the_first_question_to_the_receipt(partner: Person) -> None:
    client = partner.client
    begun = client.post("/share/", {"origin": "foreground"})
    deposit = Deposit.objects.get()
    address = f"/share/{deposit.code}/"
    assert begun["Location"] == f"{address}trial/"
    for slug, answers, following in NEXT:
        saved = client.post(f"{address}{slug}/", answers)
        assert (saved.status_code, saved["Location"]) == (302, f"{address}{following}/")

    sent = client.post(f"{address}files/", {"files": [_csv(LOCAL)]}, follow=True)
    assert "meter.csv has been received." in _text(sent)
    assert "Waiting to be read" in _text(sent)
    read_now()
    asked = client.get(f"{address}files/")
    assert "Needs an answer" in _text(asked)
    assert "1 thing the file can’t tell" in _text(asked)
    file = File.objects.get()
    guess = file.questions[0]["guess"]
    answered = client.post(f"{address}files/{file.key}/", {f"q-{file.key}-q0": guess}, follow=True)
    assert "Thank you. meter.csv is being read with your answers." in _text(answered)
    read_now()
    file.refresh_from_db()
    assert (file.state, file.rows, file.answers) == ("read", 48, {"time_zone": guess})

    checked = _text(client.get(f"{address}check/"))
    for said in ("A1.2.1 Sustain peak management", "1 Sep 2020, 17:00 BST", "16.5 kW", "31 January 2030", "meter.csv"):
        assert said in checked.replace("\u202f", " ")
    handed_in = client.post(f"{address}check/", follow=True)
    assert handed_in.redirect_chain == [(f"{address}receipt/", 302)]
    receipt = _text(handed_in).replace("\u202f", " ")
    assert deposit.code in receipt
    assert f"{len(LOCAL):,}".replace(",", " ") + " bytes" in receipt
    assert sha256(LOCAL).hexdigest() in receipt
    deposit.refresh_from_db()
    assert deposit.state == "submitted"


def test_a_draft_begun_on_one_device_goes_on_on_another(partner: Person, draft: Deposit) -> None:
    desktop = Client()
    desktop.force_login(partner.user, backend="django.contrib.auth.backends.ModelBackend")
    page = desktop.get(f"/share/{draft.code}/procedure-p11/").content.decode()
    assert 'value="2020-09-01T17:00"' in page
    assert 'value="16"' in page
    assert draft.code in _text(desktop.get("/share/"))
    assert "7 of 9 steps done" in _text(desktop.get(f"/share/{draft.code}/"))


def test_what_is_wrong_stands_above_the_form_and_beside_the_field_and_nothing_is_lost(
    partner: Person, draft: Deposit
) -> None:
    answer = partner.client.post(
        f"/share/{draft.code}/access/",
        {"licence": "", "public": "date", "public_date": "", "restrictions": "Not before the report"},
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert re.search(r'<a href="#id_licence_0">', page)
    assert re.search(r'<a href="#id_public_date">[^<]*Give the day', page)
    assert 'id="id_public_date_error"' in page
    field = re.search(r'<input[^>]*id="id_public_date"[^>]*>', page)
    assert field
    assert 'aria-describedby="id_public_date_error"' in field[0]
    assert 'aria-invalid="true"' in field[0]
    assert "Not before the report" in page
    draft.refresh_from_db()
    assert draft.answers["access"]["public"] == "now"


def test_saving_for_later_leads_to_the_task_list_and_changing_from_the_check_leads_back_to_it(
    partner: Person, draft: Deposit
) -> None:
    about = {"title": "Another title", "description": "A logger."}
    later = partner.client.post(f"/share/{draft.code}/about/", {**about, "later": "1"})
    assert later["Location"] == f"/share/{draft.code}/"
    back = partner.client.post(f"/share/{draft.code}/about/?from=check", about)
    assert back["Location"] == f"/share/{draft.code}/check/"


def test_an_entry_that_lacks_something_is_not_sent_and_says_what(partner: Person, draft: Deposit) -> None:
    shown = _text(partner.client.get(f"/share/{draft.code}/check/"))
    assert "Still to do before you can send it Files : Add at least one file." in shown
    sent = partner.client.post(f"/share/{draft.code}/check/")
    assert sent.status_code == 422
    assert "It can’t be sent yet" in _text(sent)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_returned_entry_says_why_at_the_top_and_can_be_sent_again(
    partner: Person, manager: Person, waiting: Deposit
) -> None:
    return_deposit(actor=manager.actor, code=waiting.code, comment="Which meter is it?", at=AT + 2 * HOUR)
    page = _text(partner.client.get(f"/share/{waiting.code}/"))
    assert page.index("mel returned this") < page.index("Which meter is it?") < page.index("What to do:") < 400
    assert "1" in _text(partner.client.get("/share/?state=returned"))
    sent = partner.client.post(f"/share/{waiting.code}/check/")
    assert sent["Location"] == f"/share/{waiting.code}/receipt/"


def test_what_was_sent_can_no_longer_be_changed(partner: Person, waiting: Deposit) -> None:
    for slug in ("about", "files", "check"):
        answer = partner.client.post(f"/share/{waiting.code}/{slug}/", {"title": "New"}, follow=True)
        assert "so its answers can’t be changed" in _text(answer)
    waiting.refresh_from_db()
    assert waiting.dataset.title == "School battery in September"


def test_a_file_that_can_not_be_read_is_kept_explained_and_may_stay_as_a_document(
    partner: Person, draft: Deposit
) -> None:
    address = f"/share/{draft.code}/files/"
    partner.client.post(address, {"files": [_csv(bytes(range(256)) * 20, "junk.csv"), _csv(b"", "empty.csv")]})
    read_now()
    page = _text(partner.client.get(address))
    assert page.count("Could not be read") == 2
    assert "empty.csv is empty." in page
    junk = File.objects.get(name="junk.csv")
    kept = partner.client.post(f"{address}{junk.key}/document/")
    assert kept["Location"] == f"{address}#file-{junk.key}"
    read_now()
    junk.refresh_from_db()
    assert (junk.state, junk.kind) == ("read", "document")
    empty = File.objects.get(name="empty.csv")
    assert partner.client.post(f"{address}{empty.key}/again/").status_code == 302
    assert partner.client.post(f"{address}{empty.key}/remove/").status_code == 302
    assert list(draft.dataset.files.values_list("name", flat=True)) == ["junk.csv"]


def test_the_page_of_a_file_shows_picture_table_channels_and_findings(partner: Person, draft: Deposit) -> None:
    content = b"start time,power (kW),note\n" + b"".join(
        f"2020-09-01T{h:02}:00:00Z,{'n/a' if h == 5 else h},ok\n".encode() for h in range(24)
    )
    file = entries.hand_in(partner.actor, draft, content)
    read_now()
    answer = partner.client.get(f"/share/{draft.code}/files/{file.key}/")
    page, html = _text(answer), answer.content.decode()
    assert 'class="chart__plot"' in html
    for heading in ("What was found", "As it stands in the file", "As it will be read", "Channels"):
        assert heading in page
    assert "power (kW)" in page
    assert "n/a" in page
    assert sha256(content).hexdigest() in page


def test_names_that_hold_markup_are_shown_as_text(partner: Person, draft: Deposit) -> None:
    partner.client.post(
        f"/share/{draft.code}/about/", {"title": "<script>alert(1)</script>", "description": "<img src=x onerror=x>"}
    )
    entries.hand_in(partner.actor, draft, name='"><svg onload=alert(1)>.csv')
    for path in ("", "check/", "files/", "receipt/"):
        html = partner.client.get(f"/share/{draft.code}/{path}").content.decode()
        assert "<script>alert" not in html
        assert "<svg onload" not in html
        assert "<img src=x" not in html


def test_the_list_of_files_looks_again_only_while_something_is_being_read(partner: Person, draft: Deposit) -> None:
    file = entries.hand_in(partner.actor, draft)
    row = f"/share/{draft.code}/files/{file.key}/"
    before = partner.client.get(row, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 1s"' in before
    assert "<main" not in before
    read_now()
    after = partner.client.get(row, headers={"HX-Request": "true"}).content.decode()
    assert "every 1s" not in after
    assert "48 rows" in re.sub("\u202f", " ", after)


def test_a_colleague_sees_the_entry_and_who_began_it(partner: Person, draft: Deposit) -> None:
    colleague = with_session(entries.partner("LCH", "cora"))
    assert "by pat" in _text(colleague.client.get("/share/"))


def test_discarding_asks_first(partner: Person, draft: Deposit) -> None:
    asked = _text(partner.client.get(f"/share/{draft.code}/discard/"))
    assert "Discard “School battery in September”?" in asked
    draft.refresh_from_db()
    assert draft.state == "draft"
    partner.client.post(f"/share/{draft.code}/discard/")
    draft.refresh_from_db()
    assert draft.state == "discarded"
    assert draft.code not in _text(partner.client.get("/share/")).replace("is discarded", "").split("Your entries")[1]


def test_a_file_that_waits_to_be_read_again_says_why_and_when(
    partner: Person, draft: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fairwatt.services.files._read", full)
    file = entries.hand_in(partner.actor, draft)
    entries.read_all()

    text = _text(partner.client.get(f"/share/{draft.code}/files/"))

    file.refresh_from_db()
    assert file.state == "received"
    assert "Waiting to be read" in text
    assert "It could not be read yet: The disk of the platform is full. What was received is kept." in text
    assert "It is tried again by itself, from 1 Jun 2026, 13:00:05 BST on." in text
