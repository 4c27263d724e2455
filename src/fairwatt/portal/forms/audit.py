"""Which part of the audit log to show."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from fairwatt.records.models import AuditEvent
from fairwatt.services.projects import get_project


class AuditFilter(forms.Form):
    """Words, a verb, and days in the project's own zone, both included."""

    text = forms.CharField(label="Person, thing or dataset", required=False, max_length=100)
    verb = forms.ChoiceField(label="What was done", required=False)
    start = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verbs = AuditEvent.objects.order_by("verb").values_list("verb", flat=True).distinct()
        field = self.fields["verb"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Anything"), *((verb, verb) for verb in verbs)]

    def instant(self, day: date) -> datetime:
        """The beginning of a day in the project's zone."""
        return datetime.combine(day, time(), tzinfo=ZoneInfo(get_project().time_zone))
