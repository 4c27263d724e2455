"""What only a person can tell about a file: its open questions as a form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from fairwatt.portal.forms.choices import Radios
from fairwatt.records.models import File

_MOST_RADIOS = 5
_DATE = "date"


class QuestionForm(forms.Form):
    """A file's open questions, each with its guess already chosen and the reason below it.

    Fields are numbered, as a question's id (``unit:peak_v``) is no name for a field.
    """

    def __init__(self, file: File, data: Mapping[str, object] | None = None) -> None:
        super().__init__(data=data, prefix=f"q-{file.key}")
        self.ids: dict[str, str] = {}
        for position, question in enumerate(_open_questions(file)):
            name = f"q{position}"
            self.ids[name] = question["id"]
            self.fields[name] = _make_field(question)

    def answers(self) -> dict[str, str]:
        """Question id → answer, of a valid form; that none of some numbers is a mark is an answer, too."""
        given = ((self.ids[name], str(value)) for name, value in self.cleaned_data.items() if value is not None)
        return {name: value for name, value in given if value or name.startswith("null_values:")}


def _open_questions(file: File) -> Iterable[Mapping[str, Any]]:
    return [question for question in file.questions if isinstance(question, dict)]


def _make_field(question: Mapping[str, Any]) -> forms.Field:
    choices = [(str(value), str(label)) for value, label in question.get("choices") or ()]
    why = str(question.get("why") or "")
    guess = str(question.get("guess") or "")
    text = f"Our guess: {dict(choices).get(guess, guess)}. {why}" if guess else why
    if question["id"].partition(":")[0] == _DATE:
        widget_of_day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(label=question["text"], help_text=text, initial=guess or None, widget=widget_of_day)
    if not choices:
        return forms.CharField(label=question["text"], help_text=text, initial=guess, max_length=200)
    widget = Radios() if len(choices) <= _MOST_RADIOS else forms.Select()
    required = not any(value == "" for value, _ in choices)
    field = forms.ChoiceField(label=question["text"], help_text=text, choices=choices, initial=guess, widget=widget)
    field.required = required
    return field
