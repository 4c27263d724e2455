"""How a file is read, on one page: before and after, asked and corrected, saved for the logger and used again."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from fairwatt.records.models import Deposit, File, LoggerProfile
from tests.portal.pages.conftest import Person
from tests.services import entries
from tests.services.test_import_profiles import log


@pytest.fixture
def deposit(partner: Person) -> Deposit:
    return entries.entry(partner.actor)


def _text(response: object) -> str:
    html = response.content.decode()
    main = html[html.index("<main") : html.index("</main>")] if "<main" in html else html
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).strip()


def _read_now() -> None:
    entries.read_all(timezone.now())


def _received(partner: Person, deposit: Deposit, content: bytes, name: str) -> File:
    file = entries.hand_in(partner.actor, deposit, content, name)
    _read_now()
    return File.objects.get(pk=file.pk)


def _address(deposit: Deposit, file: File) -> str:
    return f"/share/{deposit.code}/files/{file.key}/"


def _form_of(client: Client, address: str) -> dict[str, str]:
    """What a browser would send of the page's form, as it stands."""
    html = client.get(address).content.decode()
    form = html[html.index('class="reading-form"') :]
    form = form[: form.index("</form>")]
    sent: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        is_choice = 'type="radio"' in tag or 'type="checkbox"' in tag
        if name and (not is_choice or "checked" in tag):
            sent[name[1]] = value[1] if value else ("on" if is_choice else "")
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        if chosen := re.search(r'<option value="([^"]*)" selected', options):
            sent[name] = chosen[1]
    return sent


def _settled(partner: Person, deposit: Deposit) -> File:
    file = _received(partner, deposit, log(3), "outram_2020-03.csv")
    address = _address(deposit, file)
    sent = _form_of(partner.client, address) | {f"q-{file.key}-q0": "Europe/London"}
    for number, question in enumerate(file.questions):
        if question["id"] == "unit:load":
            sent[f"q-{file.key}-q{number}"] = "kw"
    assert partner.client.post(address, sent).status_code == 302
    _read_now()
    return File.objects.get(pk=file.pk)


def test_one_page_shows_the_rows_before_and_after_and_how_each_thing_is_known(
    partner: Person, deposit: Deposit
) -> None:
    file = _received(partner, deposit, log(7), "july.csv")
    text = _text(partner.client.get(_address(deposit, file)))
    assert "As it stands in the file" in text
    assert "2020-07-01 00:00 1.0 240.2" in text
    assert "As it will be read with our guesses Start (UTC)" in text
    assert "2020-06-30 23:00 2020-07-01 00:00 BST 1.0 240.2" in text
    assert "Times are written yyyy-mm-dd hh:mm read from the file" in text
    assert "Clock Europe/London guessed" in text
    assert "Save and read the file" in text


def test_the_rows_change_with_the_answers_before_any_is_saved(partner: Person, deposit: Deposit) -> None:
    file = _received(partner, deposit, log(7), "july.csv")
    address = _address(deposit, file)
    sent = _form_of(partner.client, address) | {f"q-{file.key}-q0": "Europe/London", "preview": "1"}

    whole = _text(partner.client.post(address, sent))
    assert "2020-06-30 23:00 2020-07-01 00:00 BST 1.0 240.2" in whole
    part = partner.client.post(address, sent, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="after"')
    assert '<div id="before" class="before-after__side" hx-swap-oob="true">' in part
    assert "2020-06-30 23:00" in part
    assert "<form" not in part

    file.refresh_from_db()
    assert (file.state, file.answers) == ("questions", {})


def test_of_several_tables_each_says_what_it_holds_and_another_one_can_be_looked_at(
    partner: Person, deposit: Deposit
) -> None:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for title, head, rows in (("Load", "Import (kWh)", 60), ("Weather", "Temperature (°C)", 40)):
            sheet = book.add_worksheet(title)
            sheet.write_row(0, 0, ["time", head])
            for n in range(rows):
                sheet.write_row(n + 1, 0, [f"2020-01-{1 + n // 24:02} {n % 24:02}:00:00", n / 10])
    file = _received(partner, deposit, out.getvalue(), "two.xlsx")
    address = _address(deposit, file)
    text = _text(partner.client.get(address))
    assert "Its 2 tables Load this one 60 rows of 2 columns: time, Import (kWh) Weather 40 rows of 2 columns" in text
    sent = _form_of(partner.client, address) | {f"q-{file.key}-q0": "Weather", "preview": "1"}
    part = partner.client.post(address, sent, headers={"HX-Request": "true"}).content.decode()
    assert "As it stands in the file: Weather" in part
    assert part.count("Temperature (°C)") == 2

    del sent["preview"]
    assert partner.client.post(address, sent).status_code == 302
    _read_now()
    file.refresh_from_db()
    assert [channel.name for channel in file.channels.all()] == ["Temperature (°C)"]


def test_a_sure_thing_is_corrected_without_a_script_and_put_back(partner: Person, deposit: Deposit) -> None:
    file = _settled(partner, deposit)
    address = _address(deposit, file)
    assert (file.state, file.questions) == ("read", [])
    changed = _form_of(partner.client, address) | {
        f"c-{file.key}-stamp": "end",
        f"c-{file.key}-leave_out-voltage_v": "on",
    }
    assert partner.client.post(address, changed).status_code == 302
    _read_now()
    file.refresh_from_db()
    assert (file.profile["timestamp"]["stamp"], [c.field for c in file.channels.all()]) == ("end", ["load"])

    again = _form_of(partner.client, address)
    assert again[f"c-{file.key}-leave_out-voltage_v"] == "on"
    del again[f"c-{file.key}-leave_out-voltage_v"]
    partner.client.post(address, again)
    _read_now()
    file.refresh_from_db()
    assert [c.field for c in file.channels.all()] == ["load", "voltage_v"]
    assert file.answers["stamp"] == "end"


def test_a_form_sent_unchanged_says_that_nothing_was_answered(partner: Person, deposit: Deposit) -> None:
    file = _settled(partner, deposit)
    address = _address(deposit, file)
    answer = partner.client.post(address, _form_of(partner.client, address))
    assert answer.status_code == 422
    assert "No answer was given." in _text(answer)


def test_a_logger_is_saved_and_its_next_file_is_read_the_same_way_with_one_click(
    partner: Person, deposit: Deposit
) -> None:
    file = _settled(partner, deposit)
    page = partner.client.get(_address(deposit, file)).content.decode()
    assert 'value="outram"' in page
    partner.client.post(f"{_address(deposit, file)}save-profile/", {"name": "Outram logger"})
    saved = LoggerProfile.objects.get()
    assert "Saved as “Outram logger” for the next files." in _text(partner.client.get(_address(deposit, file)))

    following = _received(partner, deposit, log(7), "outram_2020-07.csv")
    reason = "Looks like your “Outram logger” of March 2020 (2 of 2 columns the same)."
    for place in (_address(deposit, following), f"/share/{deposit.code}/files/"):
        text = _text(partner.client.get(place))
        assert reason in text
        assert "Read it the same way" in text
    assert following.state == "questions"

    done = partner.client.post(f"{_address(deposit, following)}use-profile/", {"profile": str(saved.pk)}, follow=True)
    assert "outram_2020-07.csv is being read the same way as “Outram logger”." in _text(done)
    _read_now()
    following.refresh_from_db()
    assert (following.state, following.questions) == ("read", [])
    assert "Read the same way as “Outram logger”." in _text(partner.client.get(_address(deposit, following)))


def test_a_profile_that_does_not_fit_is_refused_on_the_page(partner: Person, deposit: Deposit) -> None:
    file = _settled(partner, deposit)
    partner.client.post(f"{_address(deposit, file)}save-profile/", {"name": "Outram logger"})
    other = _received(partner, deposit, log(7, head="time,Load,Strom (A)"), "other.csv")
    saved = LoggerProfile.objects.get()
    answer = partner.client.post(f"{_address(deposit, other)}use-profile/", {"profile": str(saved.pk)}, follow=True)
    assert "Outram logger does not fit other.csv." in answer.content.decode()
    for wrong in ("", "x", "9" * 30, "-1"):
        assert partner.client.post(f"{_address(deposit, other)}use-profile/", {"profile": wrong}).status_code == 404


def test_the_organisations_profiles_are_listed_carried_away_brought_in_renamed_and_removed(
    partner: Person, deposit: Deposit, cast: dict[str, Person]
) -> None:
    client = partner.client
    assert "No profile yet" in _text(client.get("/account/loggers/"))
    file = _settled(partner, deposit)
    client.post(f"{_address(deposit, file)}save-profile/", {"name": "Outram logger"})
    saved = LoggerProfile.objects.get()
    text = _text(client.get("/account/loggers/"))
    assert "Outram logger 3 columns from outram_2020-03.csv" in text
    assert "not used again yet" in text

    toml = client.get(f"/account/loggers/{saved.pk}.toml")
    assert toml["Content-Type"] == "application/toml; charset=utf-8"
    assert toml["Content-Disposition"] == 'attachment; filename="Outram logger.toml"'
    other = cast["other"].client
    sent = {"document": SimpleUploadedFile("outram.toml", toml.content), "name": "Carried over"}
    assert other.post("/account/loggers/", sent).status_code == 302
    assert LoggerProfile.objects.get(name="Carried over").digest == saved.digest
    broken = other.post("/account/loggers/", {"document": SimpleUploadedFile("x.toml", b"version = 1\n"), "name": "x"})
    assert broken.status_code == 422
    assert "is not an import profile" in _text(broken)
    assert "Outram logger" not in _text(other.get("/account/loggers/"))

    client.post(f"/account/loggers/{saved.pk}/rename/", {"name": "Outram at the school"})
    assert "Outram at the school" in _text(client.get("/account/loggers/"))
    client.post(f"/account/loggers/{saved.pk}/remove/")
    assert "No profile yet" in _text(client.get("/account/loggers/"))


def test_the_document_by_which_a_file_was_read_is_handed_out(partner: Person, deposit: Deposit) -> None:
    file = _settled(partner, deposit)
    for form, kind in (("toml", "application/toml"), ("json", "application/json")):
        answer = partner.client.get(f"/files/{file.key}/profile.{form}")
        assert (answer.status_code, answer["Content-Type"]) == (200, f"{kind}; charset=utf-8")
    assert f"/files/{file.key}/profile.toml" in partner.client.get(f"/files/{file.key}/").content.decode()
    assert "Import profile version 2" in _text(partner.client.get(f"/files/{file.key}/"))
    assert Client().get(f"/files/{file.key}/profile.toml").status_code == 404


def test_a_day_is_asked_for_with_a_field_for_days(partner: Person, deposit: Deposit) -> None:
    file = _received(partner, deposit, log(7), "july.csv")
    asked = {"id": "date", "text": "Which day do the times begin on?", "guess": "", "why": "No date stands there."}
    File.objects.filter(pk=file.pk).update(questions=[asked])
    html = partner.client.get(_address(deposit, file)).content.decode()
    assert re.search(rf'<input type="date" name="q-{file.key}-q0"', html)


def test_the_channels_of_a_large_logger_are_shown_to_be_corrected_where_somebody_asks(
    partner: Person, deposit: Deposit
) -> None:
    head = ",".join(["time", *(f"Voltage {n} (V)" for n in range(30))])
    rows = [",".join([f"2020-03-01 {n // 2:02}:{n % 2 * 30:02}", *["240.5"] * 30]) for n in range(48)]
    file = _received(partner, deposit, "\n".join([head, *rows, ""]).encode(), "wide.csv")
    address = _address(deposit, file)
    client = partner.client

    plain = client.get(address).content.decode()
    assert f'name="c-{file.key}-stamp"' in plain
    assert "leave_out-voltage_0_v" not in plain
    assert "Change what its 30 channels mean" in plain
    sent = _form_of(client, address)
    client.post(address, sent | {f"c-{file.key}-stamp": "end"})
    _read_now()
    file.refresh_from_db()
    assert file.answers["stamp"] == "end"

    asked = f"{address}?first=0"
    assert "leave_out-voltage_0_v" in client.get(asked).content.decode()
    client.post(asked, _form_of(client, asked) | {f"c-{file.key}-leave_out-voltage_0_v": "on"})
    _read_now()
    file.refresh_from_db()
    assert (file.answers["leave_out:voltage_0_v"], file.answers["stamp"]) == ("true", "end")
    assert file.channels.count() == 29
    assert client.get(f"{address}?first={'9' * 40}").status_code == 200
