"""What a project calls its audiences, and what a new entry proposes for each."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import Field, field_validator, model_validator

from fairwatt.core.project.entries import Entry


@dataclass(frozen=True, slots=True)
class AudienceWords:
    """What a project calls its audiences, by their codes, each as it stands in the middle of a sentence."""

    public: str = "everyone"
    external: str = "signed-in people"
    partner: str = "project partners"

    def within(self, audience: str) -> str:
        """The audience in the middle of a sentence: ``project partners``."""
        return str(getattr(self, audience))

    def label(self, audience: str) -> str:
        """The audience as a table's row names it: ``Project partners``."""
        return begin(self.within(audience))

    def one_of(self, audience: str) -> str:
        """Whoever belongs to it, as who may do something: ``anyone who signs in``."""
        name = self.within(audience)
        return _ONE_OF.get(name, name)


def begin(words: str) -> str:
    """Words as a sentence begins with them.

    >>> begin("our partners")
    'Our partners'
    """
    return words[:1].upper() + words[1:]


PLAIN_WORDS = AudienceWords()
_ONE_OF = {PLAIN_WORDS.public: "anyone", PLAIN_WORDS.external: "anyone who signs in"}
_AFTER_TRIAL = re.compile(r"trial end(?: \+ (\d{1,3}) months?)?")
_DEFAULTS: dict[str, dict[str, str]] = {
    "public": {"name": PLAIN_WORDS.public, "description": "Everybody, without an account."},
    "external": {"name": PLAIN_WORDS.external, "description": "Whoever has made an account here."},
    "partner": {
        "name": PLAIN_WORDS.partner,
        "description": "People of the organisations that make up the project.",
        "release": "now",
    },
    "manager": {"name": "data managers", "description": "They look after the platform and see all data, always."},
}


class Managers(Entry):
    """What the project calls those who look after its platform. They always have the data."""

    name: str = Field(default="", min_length=1, max_length=60)
    description: str = ""


class Readers(Managers):
    """What the project calls an audience, and what a new entry proposes for it.

    Write ``name`` as it stands in the middle of a sentence ("our partners"): a capital is put where one is due.
    ``description`` is one line, shown where somebody chooses. ``release`` is proposed for new entries, and whoever
    logs the data may choose otherwise: ``now``, ``never``, a day (``2027-01-01``), ``trial end`` or
    ``trial end + 12 months`` (counted from the trial's ``ends``), or empty for no proposal.
    """

    release: str = ""

    @field_validator("release", mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return value.isoformat() if isinstance(value, date) else value

    @field_validator("release")
    @classmethod
    def _can_be_read(cls, text: str) -> str:
        text = " ".join(text.lower().split())
        if text in {"", "now", "never"} or _AFTER_TRIAL.fullmatch(text):
            return text
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise ValueError(
                f"'{text}' is no release; write now, never, a day such as 2027-01-01, or trial end + 12 months"
            ) from error

    def propose(self, trial_ends: date | None) -> tuple[str, str]:
        """Say what a new entry proposes: ``now``, ``never``, ``date`` or "" for nothing, and the day of a date.

        Parameters
        ----------
        trial_ends
            The last day of the entry's trial; None where it has no trial, or the project file says no day.

        >>> Readers(name="everyone", release="trial end + 6 months").propose(date(2025, 8, 31))
        ('date', '2026-02-28')
        """
        after = _AFTER_TRIAL.fullmatch(self.release)
        if after is None:
            return (self.release, "") if self.release in {"", "now", "never"} else ("date", self.release)
        if trial_ends is None:
            return "", ""
        return "date", _months_after(trial_ends, int(after.group(1) or 0)).isoformat()


def _of(code: str) -> Any:
    return Field(default_factory=lambda: Readers.model_validate(_DEFAULTS[code]))


class Audiences(Entry):
    """The four audiences. Their codes are fixed, for access is decided by them; what they are called is not."""

    public: Readers = _of("public")
    external: Readers = _of("external")
    partner: Readers = _of("partner")
    manager: Managers = Field(default_factory=lambda: Managers.model_validate(_DEFAULTS["manager"]))

    @model_validator(mode="before")
    @classmethod
    def _keep_what_is_not_said(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {
            code: {**_DEFAULTS.get(code, {}), **entry} if isinstance(entry, Mapping) else entry
            for code, entry in given.items()
        }

    @property
    def words(self) -> AudienceWords:
        """What sentences on access call them."""
        return AudienceWords(public=self.public.name, external=self.external.name, partner=self.partner.name)

    def readers(self) -> Iterator[tuple[str, Readers]]:
        """Those that a release date can be set for, with their codes, from the widest to the narrowest."""
        yield "public", self.public
        yield "external", self.external
        yield "partner", self.partner


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it has no such day."""
    count = day.month - 1 + months
    year, month = day.year + count // 12, count % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
