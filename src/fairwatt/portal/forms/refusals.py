"""Errors of the house become errors of a form: the one place for it."""

from __future__ import annotations

from django import forms

from fairwatt.core.errors import FairwattError


def add_refusal(form: forms.BaseForm, error: FairwattError) -> None:
    """Put a service's refusal beside the field it names, or above the form where it names none."""
    field = error.where.get("field")
    text = f"{error.message} {error.next_step}".strip()
    form.add_error(field if isinstance(field, str) and field in form.fields else None, text)
