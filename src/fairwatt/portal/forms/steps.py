"""A step of a deposit as a form: made from the step's questions, read by the service.

The answers are read and checked in one place, :mod:`fairwatt.services.answers`, for browser and programs alike;
the form here only draws the questions and takes the errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.forms.utils import ErrorDict

from fairwatt.portal.forms.choices import Checkboxes, Radios
from fairwatt.services.answers import FieldSpec

_MOST_RADIOS = 8  # more than these are a list to open
_YES_NO = (("yes", "Yes"), ("no", "No"))
# A question that matters only after a certain answer: hidden until then, where scripts run.
SHOWN_WHEN = {
    "provider_name": "provider=other",
    "link": "source=link",
    "public_date": "public=date",
    "external_date": "external=date",
    "partner_date": "partner=date",
    "sensitivity_reason": "sensitivity!=IB1-O",
    "triage_concerns": "sensitivity!=IB1-O",
    "triage_mitigation": "sensitivity!=IB1-O",
    "triage_review_due": "sensitivity!=IB1-O",
}


class StepForm(forms.Form):
    """The questions of one step, with what was answered before or has just been sent."""

    def __init__(
        self,
        specs: Iterable[FieldSpec],
        *,
        stored: Mapping[str, object],
        zone: str,
        data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(data=data)
        self.zone = zone
        for spec in specs:
            field = _make_field(spec, zone)
            field.initial = _shown(spec, stored.get(spec.name), zone)
            field.shown_when = SHOWN_WHEN.get(spec.name, "")  # type: ignore[attr-defined]
            self.fields[spec.name] = field

    def full_clean(self) -> None:
        """Find no errors of one's own: the service reads the answers (see :meth:`raw`)."""
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}

    def raw(self) -> dict[str, object]:
        """What was sent, by field: a text, or a list of texts where several may be chosen."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
            for name, field in self.fields.items()
        }


def _make_field(spec: FieldSpec, zone: str) -> forms.Field:
    label = f"{spec.label} [{spec.unit}]" if spec.unit else spec.label
    text = spec.help
    if spec.type == "datetime":
        text = f"{text} Local time in {zone}.".strip()
    widget = _make_widget(spec)
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return forms.MultipleChoiceField(
            label=label, help_text=text, required=spec.required, choices=spec.choices, widget=widget
        )
    if isinstance(widget, forms.RadioSelect | forms.Select):
        choices = list(_YES_NO if spec.type == "boolean" else spec.choices)
        if isinstance(widget, forms.Select) and not isinstance(widget, forms.RadioSelect):
            choices = [("", "Choose one"), *choices]
        return forms.ChoiceField(label=label, help_text=text, required=spec.required, choices=choices, widget=widget)
    return forms.CharField(label=label, help_text=text, required=spec.required, widget=widget)


def _make_widget(spec: FieldSpec) -> forms.Widget:
    if spec.type == "choice" and len(spec.choices) > _MOST_RADIOS:
        return forms.Select()
    return _WIDGETS[spec.type](spec)


_WIDGETS: dict[str, Callable[[FieldSpec], forms.Widget]] = {
    "text": lambda spec: forms.TextInput(attrs={"maxlength": str(spec.width)} if spec.width else {}),
    "paragraph": lambda spec: forms.Textarea(attrs={"rows": 5}),
    "date": lambda spec: forms.TextInput(attrs={"type": "date", "class": "width-10"}),
    "datetime": lambda spec: forms.TextInput(attrs={"type": "datetime-local", "step": "1", "class": "width-20"}),
    "number": lambda spec: forms.TextInput(attrs={"inputmode": "decimal", "class": "width-10", "autocomplete": "off"}),
    "choice": lambda spec: Radios(),
    "choices": lambda spec: Checkboxes(),
    "boolean": lambda spec: Radios(),
    "url": lambda spec: forms.URLInput(attrs={"inputmode": "url", "autocomplete": "url"}),
}


def _shown(spec: FieldSpec, stored: object, zone: str) -> object:
    if stored is None:
        return spec.initial or None
    if spec.type == "boolean":
        return "yes" if stored else "no"
    if spec.type == "datetime":
        local = datetime.fromisoformat(str(stored)).astimezone(ZoneInfo(zone))
        return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")
    return stored
