"""What a data manager says when deciding, and the metadata they may mend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from fairwatt.core.metadata.triage import CONCERNS
from fairwatt.core.project.audiences import begin
from fairwatt.portal.forms.choices import Checkboxes, Radios
from fairwatt.portal.forms.steps import SHOWN_WHEN
from fairwatt.records.models import Dataset
from fairwatt.services.projects import get_project

_AUDIENCES = ("public", "external", "partner")
_RELEASE = {name for audience in _AUDIENCES for name in (audience, f"{audience}_date")}
_WHEN = [("now", "From now on"), ("date", "From a date on"), ("never", "Never")]
_DAY = forms.DateInput(attrs={"type": "date", "class": "width-10"}, format="%Y-%m-%d")


class ApproveForm(forms.Form):
    """Publishing, with a note on the version."""

    note = forms.CharField(
        label="Note on this version",
        required=False,
        max_length=500,
        help_text="Stands with the version on the dataset’s page, for everyone.",
    )


class ReturnForm(forms.Form):
    """Sending an entry back with what to do."""

    comment = forms.CharField(
        label="What should the depositor do?",
        max_length=5000,
        help_text="They see this at the top of their entry, and by mail.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class RevealForm(forms.Form):
    """Which name, and why a manager has to know what it stands for."""

    series = forms.CharField(
        label="Which name?",
        max_length=200,
        help_text="As the readings have it: it begins with mp-.",
        error_messages={"required": "Give the name that stands for the supply point."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label="Why do you need to know?",
        max_length=500,
        help_text="Stands in the audit log with your name, which the provider’s stewards can read.",
        error_messages={"required": "Give your reason."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MetadataForm(forms.Form):
    """The words and terms of a dataset that a manager may mend; each change is recorded."""

    title = forms.CharField(label="Title", max_length=200)
    description = forms.CharField(label="Description", widget=forms.Textarea(attrs={"rows": 6}))
    keywords = forms.CharField(label="Keywords", required=False, help_text="With commas between them.")
    place = forms.CharField(label="Place", required=False, max_length=200)
    provenance = forms.CharField(
        label="How the data came to be", required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    quality_statement = forms.CharField(label="Quality", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    licence = forms.ChoiceField(label="Licence")
    public = forms.ChoiceField(choices=_WHEN, widget=Radios)
    public_date = forms.DateField(label="From which day on?", required=False, widget=_DAY)
    external = forms.ChoiceField(choices=_WHEN, widget=Radios)
    external_date = forms.DateField(label="From which day on?", required=False, widget=_DAY)
    partner = forms.ChoiceField(choices=_WHEN, widget=Radios)
    partner_date = forms.DateField(label="From which day on?", required=False, widget=_DAY)
    sensitivity = forms.ChoiceField(label="Sensitivity", choices=Dataset.Sensitivity.choices)
    sensitivity_reason = forms.CharField(
        label="Why it is not open", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    triage_concerns = forms.MultipleChoiceField(
        label="What speaks against opening them",
        required=False,
        choices=[(concern.value, label) for concern, label in CONCERNS.items()],
        widget=Checkboxes,
    )
    triage_mitigation = forms.CharField(
        label="What is done so that they can be had all the same",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    triage_review_due = forms.DateField(
        label="To be looked at again on",
        required=False,
        widget=_DAY,
        help_text="A year from now where no day is given.",
    )
    restrictions = forms.CharField(
        label="Restrictions on publishing", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    metadata_withheld = forms.BooleanField(label="Keep even the description out of the catalogues", required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, dataset: Dataset) -> None:
        initial: dict[str, Any] = {name: getattr(dataset, name) for name in self.base_fields if name not in _RELEASE}
        initial["keywords"] = ", ".join(dataset.keywords)
        initial |= _released(dataset)
        super().__init__(data, initial=initial)
        licence = self.fields["licence"]
        assert isinstance(licence, forms.ChoiceField)
        project = get_project()
        licence.choices = [(one.code, one.title) for one in project.licences]
        for code, audience in project.audiences.readers():
            what = "the data" if code == "public" else "them"
            self.fields[code].label = f"{begin(audience.name)} may have {what}"
            self.fields[code].help_text = audience.description
        for name, condition in SHOWN_WHEN.items():
            if name in self.fields:
                self.fields[name].shown_when = condition  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the day where a day was chosen."""
        for audience in _AUDIENCES:
            if self.cleaned_data.get(audience) == "date" and not self.cleaned_data.get(f"{audience}_date"):
                self.add_error(f"{audience}_date", "Give the day.")
        return self.cleaned_data

    def changes(self) -> dict[str, Any]:
        """What differs from what was there, of a valid form, as the review's service takes it."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data if name not in _RELEASE}
        for audience in _AUDIENCES:
            when, day = self.cleaned_data[audience], self.cleaned_data[f"{audience}_date"]
            if (when, day if when == "date" else None) != self._before(audience):
                changed[audience] = day if when == "date" else when
        return changed

    def _before(self, audience: str) -> tuple[str, date | None]:
        return self.initial[audience], self.initial[f"{audience}_date"]


def _released(dataset: Dataset) -> dict[str, Any]:
    """When each audience gets the data, as the form says it: never, or a day in the project's zone."""
    zone = ZoneInfo(get_project().time_zone)
    dates = dict(dataset.release_rules.values_list("audience", "available_from"))
    initial: dict[str, Any] = {}
    for audience in _AUDIENCES:
        at = dates.get(audience)
        initial[audience] = "date" if at else "never"
        initial[f"{audience}_date"] = at.astimezone(zone).date() if at else None
    return initial
