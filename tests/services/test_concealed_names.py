"""Numbers of supply points in what tables are called: members of a zip, sheets, titles, and what fails to be read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping

import pytest
import xlsxwriter
from django.apps import apps

from fairwatt.core.errors import InvalidInput
from fairwatt.records.models import Deposit, File, Job
from fairwatt.services import deposits
from fairwatt.services.actors import Actor
from fairwatt.services.deposits import answer_questions
from fairwatt.services.lakes import get_lake
from fairwatt.services.pseudonyms import Pseudonyms
from fairwatt.services.reading_previews import preview_reading
from tests.services import entries
from tests.services.entries import AT

pytestmark = pytest.mark.django_db
ONE, TWO = "1012345678903", "2000000000015"
TIMES = [f"2020-09-01T{h:02}:{m:02}:00Z" for h in range(24) for m in (0, 30)]


def _rows(head: str = "kWh", factor: int = 1) -> bytes:
    return "\n".join([f"time,{head}", *(f"{t},{n * factor}.5" for n, t in enumerate(TIMES)), ""]).encode()


def _zip(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def _book(sheets: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, content in sheets.items():
            sheet = book.add_worksheet(name)
            for line, text in enumerate(content.decode().splitlines()):
                time, value = text.split(",")
                sheet.write_row(line, 0, [time, float(value) if line else value])
    return out.getvalue()


def _two_tables(first: str, second: str) -> bytes:
    return b"\n\n".join(f"Meter {number}\n".encode() + _rows(factor=n) for n, number in enumerate((first, second), 1))


FILES: dict[str, tuple[str, Callable[[], bytes], list[str]]] = {
    "members, a meter each": (
        "all.zip",
        lambda: _zip({f"{ONE}.csv": _rows(), f"{TWO}.csv": _rows(factor=2)}),
        ["", ""],
    ),
    "the only member": ("all.zip", lambda: _zip({f"{ONE}.csv": _rows()}), []),
    "a member that is no table": ("all.zip", lambda: _zip({"a.csv": _rows(), f"{ONE}.bin": b"\0\1" * 99}), []),
    "another table than the one that is read": (
        "two.zip",
        lambda: _zip({"a.csv": _rows(), "b.csv": f"Site,MPAN\nA,{ONE}\nB,{TWO}\n".encode()}),
        [],
    ),
    "sheets, a meter each": ("book.xlsx", lambda: _book({ONE: _rows(), TWO: _rows(factor=2)}), ["", ""]),
    "lines above tables": ("two.csv", lambda: _two_tables(ONE, TWO), ["Meter ", "Meter "]),
    "keys of tables": (
        "two.json",
        lambda: json.dumps(
            {m: [{"time": t, "kWh": n + 0.5} for n, t in enumerate(TIMES)] for m in (ONE, TWO)}
        ).encode(),
        ["", ""],
    ),
    "a name beside the readings": (
        "one.json",
        lambda: json.dumps(
            {"mpan": ONE, "readings": [{"time": t, "kWh": n + 0.5} for n, t in enumerate(TIMES)]}
        ).encode(),
        [],
    ),
}


def _stored_but_for_what_managers_ask() -> str:
    """All rows of all tables, but for the one that reverses names and what a file was called as sent."""
    found = []
    for model in apps.get_app_config("records").get_models():
        if model.__name__ != "SeriesPseudonym":
            fields = [field for field in model._meta.fields if field.name != "original_name"]
            found += [str(field.value_from_object(row)) for row in model._default_manager.all() for field in fields]
    return "\n".join(found)


def _is_nowhere(*numbers: str) -> bool:
    stored = _stored_but_for_what_managers_ask()
    tables = [path.read_bytes() for path in (get_lake().root / "tables").rglob("*") if path.is_file()]
    return not any(number in stored or any(number.encode() in one for one in tables) for number in numbers)


@pytest.mark.parametrize("what", FILES)
def test_names_of_tables_tell_no_number(actor: Actor, deposit: Deposit, what: str) -> None:
    name, content, before = FILES[what]
    file = entries.received(actor, deposit, content(), name)
    dataset = deposit.dataset
    dataset.refresh_from_db()
    assert (file.state, dataset.sensitivity) == ("read", "IB1-SP")
    names = Pseudonyms()
    wanted = sorted(text + names(number) for text, number in zip(before, (ONE, TWO), strict=False))
    assert get_lake().series(dataset.table) == (wanted or [""])
    assert _is_nowhere(ONE, TWO)


@pytest.mark.parametrize("form", ["zip", "xlsx"])
def test_which_table_is_asked_by_its_other_name_and_answered_so(actor: Actor, deposit: Deposit, form: str) -> None:
    ending, pack = (".csv", _zip) if form == "zip" else ("", _book)
    file = entries.received(
        actor, deposit, pack({f"{ONE}{ending}": _rows(), f"{TWO}{ending}": _rows("Voltage (V)")}), f"two.{form}"
    )
    names = Pseudonyms()
    asked = next(question for question in file.questions if question["id"] == "table")
    assert (file.state, sorted(value for value, _ in asked["choices"])) == ("questions", sorted(map(names, (ONE, TWO))))
    said = {"table": names(TWO)}
    shown = preview_reading(actor=actor, file_key=file.key, answers=said, at=AT)
    assert shown is not None
    assert (shown.table, [channel.unit for channel in shown.channels]) == (names(TWO), ["v"])
    answer_questions(actor=actor, file_key=file.key, answers={**said, "stamp": "start"}, at=AT)
    entries.read_all()
    file.refresh_from_db()
    assert (file.state, file.channels.get().unit) == ("read", "v")
    assert _is_nowhere(ONE, TWO)


def test_what_fails_to_be_read_says_why_without_the_number(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(actor, deposit, _zip({f"{ONE}.csv": b""}), "all.zip")
    assert (file.state, Job.objects.filter(file=file, state="failed").exists()) == ("failed", True)
    assert file.error
    assert _is_nowhere(ONE)


def test_a_text_kept_as_a_document_makes_the_entry_personal(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(actor, deposit, f"Dear all, the meter {ONE} was changed.\nRegards\n".encode(), "note.txt")
    assert file.state == "failed"
    answer_questions(actor=actor, file_key=file.key, answers={"keep_as_document": "yes"}, at=AT)
    entries.read_all()
    deposit.dataset.refresh_from_db()
    kept = File.objects.get(pk=file.pk)
    assert (kept.state, kept.kind, deposit.dataset.sensitivity) == ("read", "document", "IB1-SP")
    assert _is_nowhere(ONE)


@pytest.mark.parametrize("field", ["title", "description"])
def test_what_is_written_of_the_data_may_name_no_supply_point(actor: Actor, deposit: Deposit, field: str) -> None:
    told = {"title": "A home", "description": "Half-hours of 1714525200000 ms.", field: f"Meter {ONE[:2]} {ONE[2:]}"}
    with pytest.raises(InvalidInput, match="holds the number of a supply point") as refused:
        deposits.save_step(actor=actor, code=deposit.code, step="about", answers=told, at=AT)
    assert refused.value.where["field"] == field
    assert _is_nowhere(ONE)
