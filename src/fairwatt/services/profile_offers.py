"""Which saved profiles a file looks like, and what they would answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fairwatt.core.files import ImportProfile, Inspection, Question
from fairwatt.core.files.correcting import guessed_by
from fairwatt.core.files.likeness import LIKELY, Likeness, likeness_of
from fairwatt.records.models import Deposit, File, LoggerProfile
from fairwatt.services.file_looks import inspection_of
from fairwatt.services.projects import get_project

_MOST_COMPARED = 30
_SURE = 0.95  # of an answer that the same logger's last file had


@dataclass(frozen=True)
class ProfileOffer:
    """A saved profile that a file looks like, and how much."""

    saved: LoggerProfile
    likeness: Likeness

    @property
    def score(self) -> float:
        """0 to 1."""
        return self.likeness.score

    @property
    def is_perfect(self) -> bool:
        """Whether the file can be read the same way without a doubt."""
        return self.likeness.is_perfect

    @property
    def reason(self) -> str:
        """Why it is offered, in one sentence."""
        zone = self.saved.profile["timestamp"]["time_zone"] or get_project().time_zone
        when = f" of {_month(self.saved.period_start, zone)}" if self.saved.period_start else ""
        return f"Looks like your “{self.saved.name}”{when} ({self.likeness.words})."


def find_profiles_for(file: File) -> list[ProfileOffer]:
    """The saved profiles of a file's organisation that it looks like, the likest first."""
    inspection = inspection_of(file)
    return offers_for(file, inspection) if inspection is not None else []


def offers_for(file: File, inspection: Inspection) -> list[ProfileOffer]:
    """As :func:`find_profiles_for`, by what has just been found out about the file."""
    if inspection.profile is None:
        return []
    deposits = Deposit.objects.filter(dataset=file.dataset_id).values("organization")
    known = LoggerProfile.objects.filter(organization__in=deposits).exclude(file=file)
    candidates = [*known.filter(columns=inspection.profile.columns).order_by("-used_at", "-pk")[:_MOST_COMPARED]]
    candidates += known.exclude(columns=inspection.profile.columns).order_by("-pk")[: _MOST_COMPARED // 3]
    offers = [
        ProfileOffer(saved, likeness_of(ImportProfile.model_validate(saved.profile), inspection))
        for saved in candidates
    ]
    likely = [offer for offer in offers if offer.score >= LIKELY or (not offer.likeness.misfit and offer.score > 0)]
    return sorted(likely, key=lambda offer: -offer.score)


def guessed_by_saved(file: File, inspection: Inspection, questions: tuple[Question, ...]) -> tuple[Question, ...]:
    """Questions with the answers of the one saved profile that fits a file perfectly as their guesses."""
    if not questions:
        return questions
    perfect = [offer for offer in offers_for(file, inspection) if offer.is_perfect]
    if len(perfect) != 1:
        return questions
    saved = perfect[0].saved
    why = f"Your “{saved.name}” is read so, and this file looks the same."
    return tuple(guessed_by(ImportProfile.model_validate(saved.profile), questions, why=why, sure=_SURE))


def _month(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%B %Y")
