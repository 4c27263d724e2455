"""Choices as rows that a thumb can hit."""

from __future__ import annotations

from django import forms


class Radios(forms.RadioSelect):
    """One of a few choices, a finger-sized row each."""

    template_name = "portal/forms/choices.html"


class Checkboxes(forms.CheckboxSelectMultiple):
    """Any number of a few choices, a finger-sized row each."""

    template_name = "portal/forms/choices.html"
