"""How a file would be read, before anything is saved."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
import xlsxwriter

from fairwatt.core.errors import NotFound
from fairwatt.records.models import Deposit, File
from fairwatt.services.actors import Actor
from fairwatt.services.deposits import answer_questions
from fairwatt.services.reading_previews import ReadingPreview, preview_reading
from tests.services import entries
from tests.services.entries import AT
from tests.services.test_import_profiles import log

pytestmark = pytest.mark.django_db


def _preview(actor: Actor, file: File, **answers: str) -> ReadingPreview:
    found = preview_reading(actor=actor, file_key=file.key, answers=answers, at=AT)
    assert found is not None
    return found


def test_the_rows_are_shown_as_they_stand_and_as_they_will_be_read(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(actor, deposit, log(7))
    preview = _preview(actor, file, time_zone="Europe/London")
    assert preview.head == (("time", "Load", "Voltage (V)"),)
    assert preview.before[0] == ("2020-07-01 00:00", "1.0", "240.2")
    assert preview.after[0].start == datetime(2020, 6, 30, 23, tzinfo=UTC)
    assert preview.after[0].values == (Decimal("1.0"), Decimal("240.2"))
    assert ("Clock", "Europe/London", "confirmed") in [(k.label, k.value, k.how) for k in preview.known]
    assert "time_zone" not in [question.id for question in preview.questions]
    unsaved = File.objects.get(pk=file.pk)
    assert (unsaved.state, unsaved.answers) == ("questions", {})


def test_what_is_not_known_yet_is_said_in_the_place_of_the_rows(actor: Actor, deposit: Deposit) -> None:
    preview = _preview(actor, entries.received(actor, deposit, log(7)))
    assert preview.after == ()
    assert "which clock" in preview.problem


def test_with_the_guesses_the_rows_are_shown_and_the_guesses_are_called_so(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(actor, deposit, log(7))
    preview = preview_reading(actor=actor, file_key=file.key, answers={}, at=AT, with_guesses=True)
    assert preview is not None
    assert preview.after[0].start == datetime(2020, 6, 30, 23, tzinfo=UTC)
    [clock] = [known for known in preview.known if known.label == "Clock"]
    assert (clock.value, clock.how) == ("Europe/London", "guessed")
    assert clock.why
    assert {question.id for question in preview.questions} == {"time_zone", "stamp", "unit:load"}


def test_sure_things_can_be_corrected_and_what_can_not_be_is_said_beside_it(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(actor, deposit, log(7))
    answers = {"time_zone": "UTC", "stamp": "end", "leave_out:load": "true", "unit:voltage_v": "furlong"}
    preview = _preview(actor, file, **answers)
    assert [channel.field for channel in preview.channels] == ["voltage_v"]
    assert preview.after[0].start == datetime(2020, 6, 30, 23, 30, tzinfo=UTC)
    assert preview.refused is not None
    assert list(preview.refused) == ["unit:voltage_v"]


def test_answers_given_before_count_and_are_overruled(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(actor, deposit, log(7))
    answer_questions(actor=actor, file_key=file.key, answers={"time_zone": "UTC"}, at=AT)
    entries.read_all()
    assert _preview(actor, file).after[0].start == datetime(2020, 7, 1, tzinfo=UTC)
    assert _preview(actor, file, time_zone="Europe/Paris").after[0].start == datetime(2020, 6, 30, 22, tzinfo=UTC)


def test_another_table_of_a_workbook_can_be_looked_at(actor: Actor, deposit: Deposit) -> None:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for title, head, rows in (("Load", "Import (kWh)", 60), ("Weather", "Temperature (°C)", 40)):
            sheet = book.add_worksheet(title)
            sheet.write_row(0, 0, ["time", head])
            for n in range(rows):
                sheet.write_row(n + 1, 0, [f"2020-01-{1 + n // 24:02} {n % 24:02}:00:00", n / 10])
    file = entries.received(actor, deposit, out.getvalue(), "two.xlsx")
    preview = _preview(actor, file, time_zone="UTC")
    assert [(t.title, t.columns, t.column_count, t.rows) for t in preview.tables] == [
        ("Load", ("time", "Import (kWh)"), 2, 60), ("Weather", ("time", "Temperature (°C)"), 2, 40),
    ]  # fmt: skip
    assert (preview.table, [c.name for c in preview.channels]) == ("Load", ["Import (kWh)"])
    other = _preview(actor, file, table="Weather", time_zone="UTC")
    assert (other.table, [c.name for c in other.channels]) == ("Weather", ["Temperature (°C)"])
    missing = _preview(actor, file, table="Nowhere")
    assert missing.refused is not None
    assert "table" in missing.refused


def test_only_the_first_channels_of_a_wide_file_are_shown(actor: Actor, deposit: Deposit) -> None:
    rows = (",".join([f"2020-07-01 {n:02}:00", *(str(n + c) for c in range(40))]) for n in range(24))
    content = "\n".join([",".join(["time", *(f"P{c} (kW)" for c in range(40))]), *rows, ""]).encode()
    preview = _preview(actor, entries.received(actor, deposit, content), time_zone="UTC")
    assert (len(preview.channels), preview.more_channels, preview.columns_total) == (12, 28, 41)


def test_nobody_else_sees_it_and_documents_have_none(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(actor, deposit, log(7))
    with pytest.raises(NotFound):
        preview_reading(actor=entries.partner("MET", "sam"), file_key=file.key, answers={}, at=AT)
    letter = entries.received(actor, deposit, b"Dear Sir or Madam,\n\nthank you.\n", "letter.txt")
    assert preview_reading(actor=actor, file_key=letter.key, answers={}, at=AT) is None


@pytest.mark.parametrize(
    ("stamp", "written"),
    [
        ("2020-03-{:02}T00:{:02}:00+0000", "yyyy-mm-ddThh:mm:ss offset"),
        ("{:02}Mar2020 00:{:02}:00", "dd month yyyy hh:mm:ss"),
        ("2020-03-{:02} 00:{:02}:00", "yyyy-mm-dd hh:mm:ss"),
    ],
)
def test_times_are_said_as_people_write_them(actor: Actor, deposit: Deposit, stamp: str, written: str) -> None:
    rows = [f"{stamp.format(4, minute)},{minute}.5" for minute in range(60)]
    file = entries.received(actor, deposit, "\n".join(["start time,kW", *rows, ""]).encode())
    [known] = [one for one in _preview(actor, file).known if one.label == "Times are written"]
    assert known.value == written
