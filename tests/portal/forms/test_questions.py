"""What a file can't tell, as a form: the guess chosen, the reason below, any id for a question."""

from __future__ import annotations

import re

from django.http import QueryDict

from fairwatt.portal.forms.files import QuestionForm
from fairwatt.records.models import File

ZONES = [["UTC", "UTC, the same all year"], ["Europe/London", "UK clock time"]]


def _file(*questions: dict[str, object]) -> File:
    return File(key="abc", questions=list(questions))


def test_the_guess_is_chosen_and_its_reason_told() -> None:
    why = "An hour is missing in March."
    asked = {"id": "time_zone", "text": "Which clock?", "guess": "Europe/London", "why": why, "choices": ZONES}
    html = QuestionForm(_file(asked))["q0"].as_field_group()
    assert "Our guess: UK clock time. An hour is missing in March." in html
    chosen = re.search(r'<input[^>]*value="Europe/London"[^>]*>', html)
    assert chosen
    assert "checked" in chosen[0]


def test_answers_come_back_under_the_ids_of_their_questions() -> None:
    questions = [
        {"id": "time_zone", "text": "Which clock?", "guess": "UTC", "why": "", "choices": ZONES},
        {"id": "unit:peak_v", "text": "Unit of Peak?", "guess": "v", "why": "Near 230.", "choices": []},
    ]
    form = QuestionForm(_file(*questions), data=QueryDict("q-abc-q0=Europe/London&q-abc-q1=kv"))
    assert form.is_valid()
    assert form.answers() == {"time_zone": "Europe/London", "unit:peak_v": "kv"}


def test_an_answer_that_was_never_offered_is_refused() -> None:
    asked = {"id": "time_zone", "text": "Which clock?", "guess": "UTC", "why": "", "choices": ZONES}
    form = QuestionForm(_file(asked), data=QueryDict("q-abc-q0=Mars/Olympus"))
    assert not form.is_valid()


def test_many_choices_become_a_list() -> None:
    many = [[str(n), f"Zone {n}"] for n in range(9)]
    asked = {"id": "time_zone", "text": "Which clock?", "guess": "4", "why": "", "choices": many}
    assert '<option value="4" selected>' in QuestionForm(_file(asked))["q0"].as_field_group()
