"""What a data manager says when something is to be erased for good."""

from __future__ import annotations

from typing import Any

from django import forms

from fairwatt.portal.forms.choices import Radios
from fairwatt.records.models import Dataset, Erasure
from fairwatt.services.erasures import LEAST_REASON

_TOO_SHORT = "Say why in a sentence that somebody else understands."


class WithdrawForm(forms.Form):
    """Why a dataset is withdrawn, who decided it, and the words that confirm it."""

    reason = forms.CharField(
        label="Why?",
        min_length=LEAST_REASON,
        max_length=1_000,
        help_text="Stands on the dataset’s page, for everyone: name nobody here.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why: it stands on the page.", "min_length": _TOO_SHORT},
    )
    decided_by = forms.CharField(
        label="Who decided it?",
        required=False,
        max_length=200,
        help_text="A role or an organisation, as the page is to name them.",
    )
    confirmation = forms.CharField(
        label="Type the dataset’s identifier",
        max_length=300,
        help_text="As it stands above.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Type it, so that nothing else is withdrawn by mistake."},
    )


class EraseForm(forms.Form):
    """What, why, and the words that confirm it."""

    kind = forms.ChoiceField(
        label="What is to be erased?",
        choices=Erasure.Kind.choices,
        widget=Radios,
        error_messages={"required": "Choose one of these."},
    )
    file = forms.ChoiceField(
        label="Which file?", required=False, help_text="Where one file is to go: its readings and its original."
    )
    series = forms.CharField(
        label="Which series?",
        required=False,
        max_length=300,
        help_text="Where one meter is to go: its name exactly as the readings have it. The originals that hold it go "
        "whole; the readings of the other meters stay.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label="Why?",
        min_length=LEAST_REASON,
        max_length=1_000,
        help_text="Stays on record and on the dataset’s page, for everyone: name nobody here.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why: it stays on record.", "min_length": _TOO_SHORT},
    )
    confirmation = forms.CharField(
        label="Type the name of what is to be erased",
        max_length=300,
        help_text="The dataset’s identifier as it stands above, the file’s name, or the series again.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Type it, so that nothing else is erased by mistake."},
    )

    def __init__(self, *args: Any, dataset: Dataset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        files = dataset.files.filter(erased_at__isnull=True).values_list("key", "name")
        self.fields["file"].choices = [("", "–"), *files]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Need the file or the series that is meant."""
        cleaned = super().clean() or {}
        kind = cleaned.get("kind")
        if kind in {"file", "series"} and not cleaned.get(kind):
            self.add_error(kind, f"Say which {kind}.")
        return cleaned

    @property
    def target(self) -> str:
        """The file's key or the series' name; "" for the whole dataset."""
        kind = self.cleaned_data["kind"]
        return str(self.cleaned_data[kind]) if kind in {"file", "series"} else ""
