"""Errors of the house become errors of a form: the one place for it."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from fairwatt.core.errors import FairwattError


def add_refusal(form: forms.BaseForm, error: FairwattError) -> None:
    """Put a service's refusal beside the fields it names, or above the form where it names none."""
    several = error.where.get("fields")
    if isinstance(several, Mapping) and several:
        for name, text in several.items():
            _add(form, name, str(text))
    else:
        _add(form, error.where.get("field"), str(error))


def _add(form: forms.BaseForm, name: object, text: str) -> None:
    form.add_error(name if isinstance(name, str) and name in form.fields else None, text)
