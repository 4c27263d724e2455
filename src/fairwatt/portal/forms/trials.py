"""What is asked for an event of a trial, and for a file of several."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from fairwatt.core.errors import InvalidInput
from fairwatt.core.metadata.event_files import MOST_BYTES, EventValues, instant_of
from fairwatt.services.projects import get_project
from fairwatt.services.trial_events import LONGEST_NAME

_TIME = "datetime-local"
_FORM = "%Y-%m-%dT%H:%M"


class EventForm(forms.Form):
    """An event's name, window and asset; its times are those of the project's clock.

    Parameters
    ----------
    kept
        Start and end of the event that is changed: a time that is left as it was shown stays that instant, in the hour
        that the clock shows twice as well.
    """

    name = forms.CharField(label="Name", max_length=LONGEST_NAME, help_text="As the trial calls it: “Event 7”.")
    start = forms.DateTimeField(
        label="Start", input_formats=[_FORM], widget=forms.DateTimeInput(attrs={"type": _TIME}, format=_FORM)
    )
    end = forms.DateTimeField(
        label="End", input_formats=[_FORM], widget=forms.DateTimeInput(attrs={"type": _TIME}, format=_FORM)
    )
    asset = forms.CharField(
        label="Asset",
        required=False,
        max_length=LONGEST_NAME,
        help_text="What the event is about, as the log’s entries call it; without it, every dataset of the trial.",
    )

    def __init__(self, *args: Any, kept: tuple[datetime, datetime] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept = dict(zip(("start", "end"), kept or (), strict=False))
        for name in ("start", "end"):
            self.fields[name].help_text = f"By the clock of {get_project().time_zone}."

    def clean(self) -> dict[str, Any]:
        """Turn the clock's times into instants."""
        cleaned = super().clean() or {}
        for name in ("start", "end"):
            if (time := cleaned.get(name)) is not None:
                try:
                    cleaned[name] = self._instant(name, time.replace(tzinfo=None))
                except InvalidInput as error:
                    self.add_error(name, str(error))
        return cleaned

    def _instant(self, name: str, shown: datetime) -> datetime:
        zone, kept = get_project().time_zone, self._kept.get(name)
        if kept is not None and kept.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == shown:
            return kept
        return instant_of(shown, zone=zone)

    @property
    def values(self) -> EventValues:
        """The event, once the form is valid."""
        told = self.cleaned_data
        return EventValues(told["name"], told["start"], told["end"], told["asset"])


class EventsFileForm(forms.Form):
    """A CSV file of events."""

    file = forms.FileField(
        label="CSV file",
        help_text="Its first line: start,end,name,asset. Times as 2025-11-18 17:00, or with an offset.",
        error_messages={"required": "Choose a file."},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> bytes:
        """Read what was chosen, where it is not too large."""
        chosen = self.cleaned_data["file"]
        if chosen.size > MOST_BYTES:
            raise forms.ValidationError(f"The file has more than {MOST_BYTES:,} bytes.")
        return bytes(chosen.read())
