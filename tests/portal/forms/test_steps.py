"""Questions as forms: every type drawn as it should be, and what was stored shown again."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.errors import InvalidInput
from fairwatt.portal.forms.refusals import add_refusal
from fairwatt.portal.forms.steps import StepForm
from fairwatt.services.answers import FieldSpec, clean_answer

ZONE = "Europe/London"
TWO = (("a", "First"), ("b", "Second"))
MANY = tuple((str(n), f"Choice {n}") for n in range(12))


def _form(spec: FieldSpec, stored: object = None, data: str | None = None) -> StepForm:
    return StepForm([spec], stored={spec.name: stored}, zone=ZONE, data=None if data is None else QueryDict(data))


@pytest.mark.parametrize(
    ("spec", "stored", "drawn"),
    [
        (FieldSpec("f", "Line", width=40), "text", ['type="text"', 'maxlength="40"', 'value="text"']),
        (FieldSpec("f", "Words", type="paragraph"), "a\nb", ["<textarea", "a\nb"]),
        (FieldSpec("f", "Day", type="date"), "2020-02-29", ['type="date"', 'value="2020-02-29"']),
        (
            FieldSpec("f", "When", type="datetime"),
            "2020-07-01T16:00:00+00:00",
            ['type="datetime-local"', 'value="2020-07-01T17:00"', "Local time in Europe/London."],
        ),
        (
            FieldSpec("f", "Power", type="number", unit="kW"),
            "16.5",
            ["Power [kW]", 'inputmode="decimal"', 'value="16.5"'],
        ),
        (FieldSpec("f", "One", type="choice", choices=TWO), "b", ['type="radio"', 'value="b"', "checked"]),
        (FieldSpec("f", "One of many", type="choice", choices=MANY), "7", ["<select", 'value="7" selected']),
        (FieldSpec("f", "Some", type="choices", choices=TWO), ["a", "b"], ['type="checkbox"', "checked"]),
        (FieldSpec("f", "Well?", type="boolean"), False, ['type="radio"', 'value="no"', "checked"]),
        (FieldSpec("f", "Address", type="url"), "https://a.example/", ['type="url"', 'value="https://a.example/"']),
    ],
)
def test_each_type_of_question_is_drawn_with_what_was_answered(
    spec: FieldSpec, stored: object, drawn: list[str]
) -> None:
    html = _form(spec, stored)["f"].as_field_group()
    for part in drawn:
        assert part in html
    assert "(optional)" in html
    assert "placeholder" not in html


def test_a_required_question_is_not_called_optional() -> None:
    html = _form(FieldSpec("f", "Title", required=True))["f"].as_field_group()
    assert "(optional)" not in html
    assert "required" in html


def test_the_form_hands_on_what_was_sent_and_finds_no_errors_itself() -> None:
    spec = FieldSpec("f", "Some", type="choices", choices=TWO, required=True)
    form = _form(spec, data="f=a&f=b")
    assert (form.is_valid(), form.raw()) == (True, {"f": ["a", "b"]})
    nothing = _form(FieldSpec("f", "Title", required=True), data="")
    assert (nothing.is_valid(), nothing.raw()) == (True, {"f": None})


def test_a_refusal_stands_beside_each_field_it_names() -> None:
    form = StepForm([FieldSpec("a", "A"), FieldSpec("b", "B")], stored={}, zone=ZONE, data=QueryDict("a=1&b=2"))
    add_refusal(form, InvalidInput("A is wrong.", where={"field": "a", "fields": {"a": "A is wrong.", "b": "B too."}}))
    assert form.errors == {"a": ["A is wrong."], "b": ["B too."]}
    assert 'id="id_a_error"' in form["a"].as_field_group()


def test_a_refusal_without_a_field_stands_above_the_form() -> None:
    form = StepForm([FieldSpec("a", "A")], stored={}, zone=ZONE, data=QueryDict("a=1"))
    add_refusal(form, InvalidInput("The file is gone.", where={"field": "elsewhere"}, next_step="Send it again."))
    assert form.non_field_errors() == ["The file is gone. Send it again."]


@given(moment=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_a_moment_that_was_stored_is_shown_as_it_was_entered(moment: datetime) -> None:
    spec = FieldSpec("f", "When", type="datetime")
    entered = moment.replace(microsecond=0, fold=0).isoformat()
    try:
        stored = clean_answer(spec, entered, zone=ZONE)
    except InvalidInput:  # an hour that the clocks skipped
        return
    shown = _form(spec, stored).fields["f"].initial
    assert str(shown) == (entered if moment.second else entered[:16])
