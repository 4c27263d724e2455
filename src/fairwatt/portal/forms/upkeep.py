"""What a data manager says when a dataset is withdrawn or comes back, or something is erased for good."""

from __future__ import annotations

from typing import Any

from django import forms

from fairwatt.portal.forms.choices import Radios
from fairwatt.records.models import Dataset, Erasure
from fairwatt.services.erasures import LEAST_REASON

_TOO_SHORT = "Say why in a sentence that somebody else understands."


def _reason(where: str) -> forms.CharField:
    return forms.CharField(
        label="Why?",
        min_length=LEAST_REASON,
        max_length=1_000,
        help_text=f"Stands {where}, for everyone: name nobody here.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": f"Say why: it stands {where}.", "min_length": _TOO_SHORT},
    )


def _exact(label: str, help_text: str, *, is_required: bool = True, missing: str = "") -> forms.CharField:
    """A name that is typed letter by letter."""
    return forms.CharField(
        label=label,
        required=is_required,
        max_length=300,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": missing},
    )


class WithdrawForm(forms.Form):
    """Why a dataset is withdrawn, who decided it, and the words that confirm it."""

    reason = _reason("on the dataset’s page")
    decided_by = forms.CharField(
        label="Who decided it?",
        required=False,
        max_length=200,
        help_text="A role or an organisation, as the page is to name them.",
    )
    confirmation = _exact(
        "Type the dataset’s identifier",
        "As it stands above.",
        missing="Type it, so that nothing else is withdrawn by mistake.",
    )


class RestoreForm(forms.Form):
    """Why a withdrawal is undone."""

    reason = _reason("on the dataset’s page")


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
    series = _exact(
        "Which series?",
        "Where one meter is to go: its name exactly as the readings have it. The originals that hold it go whole; the "
        "readings of the other meters stay.",
        is_required=False,
    )
    reason = _reason("on record and on the dataset’s page")
    confirmation = _exact(
        "Type the name of what is to be erased",
        "The dataset’s identifier as it stands above, the file’s name, or the series again.",
        missing="Type it, so that nothing else is erased by mistake.",
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
