"""What is asked for a deploy token."""

from __future__ import annotations

from django import forms

from fairwatt.portal.forms.choices import Radios

_DAYS = [("30", "30 days"), ("90", "90 days"), ("365", "A year")]


class DeployTokenForm(forms.Form):
    """A deploy token's name, and for how long it works."""

    name = forms.CharField(label="Name", max_length=80, help_text="What will use it: “logger on the school roof”.")
    days = forms.ChoiceField(label="It works for", choices=_DAYS, initial="365", widget=Radios)
