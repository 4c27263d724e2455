"""A profile's document, brought from another project."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from fairwatt.core.files.profile_text import MOST_BYTES
from fairwatt.core.identifiers import clean_file_name
from fairwatt.records.models import Organization


class ProfileImportForm(forms.Form):
    """Which document, and what it is called here."""

    document = forms.FileField(
        label="The profile",
        help_text="A .toml or .json file, as “fairwatt convert --save-profile” or another project’s page gives it.",
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".toml,.json"}),
    )
    name = forms.CharField(
        label="What is the logger called?",
        max_length=120,
        required=False,
        help_text="The file’s name without it.",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, places: Iterable[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.file_name = ""
        choices = [(place.code, place.name) for place in places]
        if len(choices) > 1:
            self.fields["organization"] = forms.ChoiceField(label="For which organisation?", choices=choices)

    def clean_document(self) -> bytes:
        """The document's bytes, unless they are far too many for one."""
        sent = self.cleaned_data["document"]
        if sent.size > MOST_BYTES:
            raise forms.ValidationError("It is too large for an import profile.")
        self.file_name = clean_file_name(sent.name or "profile")
        content: bytes = sent.read()
        return content
