"""What looking at a file said is kept, and used again."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from fairwatt.lake import looking
from fairwatt.lake.extracting import containers
from fairwatt.records.models import Deposit, File
from fairwatt.services import deposits, files
from fairwatt.services.actors import Actor
from tests.services import entries
from tests.services.entries import AT, READABLE

pytestmark = pytest.mark.django_db
NAIVE = READABLE.replace(b"Z,", b",").replace(b"T", b" ")


def _answer(actor: Actor, file: File) -> File:
    answers = {question["id"]: question["guess"] for question in file.questions} | {"time_zone": "UTC"}
    deposits.answer_questions(actor=actor, file_key=file.key, answers=answers, at=AT)
    entries.read_all()
    return File.objects.get(pk=file.pk)


def test_an_answer_needs_no_second_look_at_a_plain_text_and_finds_what_one_would_find(
    actor: Actor, deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"Exported by the logger\n" + NAIVE.replace(b"power (kW)", b"power (kW),power (kW)").replace(
        b"\n", b",7\n"
    )
    content = content.replace(b",7\n", b"\n", 2)
    first = entries.received(actor, deposit, content, "first.csv")
    second = entries.received(actor, deposit, content + b"\n", "second.csv")
    assert (first.state, second.state) == ("questions", "questions")
    looked: list[str] = []

    def look_into(*given: Any, **named: Any) -> Any:
        looked.append(named["name"])
        return looking.look_into(*given, **named)

    monkeypatch.setattr(files, "look_into", look_into)
    first = _answer(actor, first)
    File.objects.filter(pk=second.pk).update(inspected={**second.inspected, "reader": "fairwatt of last year"})
    second = _answer(actor, second)
    assert looked == ["second.csv"]
    told = [
        (
            file.state, file.rows, file.sample, file.profile, file.inspected, file.questions,
            sorted(file.findings.exclude(code="overlapping-files").values_list("code", "severity", "count", "message")),
            list(file.channels.values_list("field", "name", "unit", "count", "missing", "minimum", "maximum")),
        )
        for file in (first, second)
    ]  # fmt: skip
    assert told[0] == told[1]
    assert told[0][:2] == ("read", 47), "one of 48 rows is short"
    assert told[0][6], "there is something to find"
    deposits.read_again(actor=actor, file_key=first.key, at=AT)
    entries.read_all()
    assert looked == ["second.csv", "first.csv"], "whoever asks for another reading gets another look"


def test_what_a_large_file_leaves_open_is_asked_after_an_excerpt_and_all_of_it_is_read(
    actor: Actor, deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "CUT_BYTES", 2_000)
    monkeypatch.setattr(containers, "EXCERPT_BYTES", 8_000)
    start = datetime(2021, 6, 1)
    records = [{"time": f"{start + n * timedelta(minutes=30):%Y-%m-%d %H:%M}", "kWh": n / 4} for n in range(500)]
    looked: list[bool] = []

    def look_into(*given: Any, **named: Any) -> Any:
        looked.append(named["is_excerpt"])
        return looking.look_into(*given, **named)

    monkeypatch.setattr(files, "look_into", look_into)
    file = entries.received(actor, deposit, json.dumps(records).encode(), "large.json")
    assert (file.state, looked) == ("questions", [True])
    assert file.findings.filter(code="beginning-looked-at").exists()
    file = _answer(actor, file)
    assert (file.state, file.rows, looked) == ("read", 500, [True, False])
    assert not file.findings.filter(code="beginning-looked-at").exists()
