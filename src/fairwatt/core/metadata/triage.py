"""Open data triage, as Ofgem's Data Best Practice asks for it: presumed open, and anything else with its reason."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, model_validator

from fairwatt.core.metadata.words import Text, end_sentence, say_day


class TriageClass(StrEnum):
    """What the triage came to."""

    OPEN = "open"
    SHARED = "shared"
    CLOSED = "closed"


class Concern(StrEnum):
    """What speaks against opening data."""

    PERSONAL = "personal"
    COMMERCIAL = "commercial"
    SECURITY = "security"


CONCERNS: dict[Concern, str] = {
    Concern.PERSONAL: "Personal: they are about people or homes",
    Concern.COMMERCIAL: "Commercial: they would harm somebody’s business",
    Concern.SECURITY: "Security: they would help somebody to do damage",
}
_CLASSES = {"IB1-O": TriageClass.OPEN, "IB1-C": TriageClass.CLOSED}
_PERSONAL = "IB1-SP"


class Triage(BaseModel):
    """The outcome of an open data triage.

    Attributes
    ----------
    triage_class
        Open unless there is a reason against it.
    concerns
        What speaks against opening the data; none for open ones.
    reason, mitigation
        Why they are not open, and what is done so that they can be had all the same (coarser, later, by agreement).
    reviewer, reviewed_on, review_due
        Who decided it and when, and the day on which it is to be looked at again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    triage_class: TriageClass = TriageClass.OPEN
    concerns: tuple[Concern, ...] = ()
    reason: Text = ""
    mitigation: Text = ""
    reviewer: Text = ""
    reviewed_on: date | None = None
    review_due: date | None = None

    @model_validator(mode="after")
    def _is_reasoned(self) -> Triage:
        if self.triage_class is not TriageClass.OPEN and not self.reason.strip():
            raise ValueError("data are presumed open: anything else needs its reason")
        return self

    def is_due(self, *, today: date) -> bool:
        """Whether it is to be looked at again by now."""
        return self.review_due is not None and self.review_due <= today

    def sentences(self) -> tuple[str, ...]:
        """The outcome in sentences, those left out that say nothing."""
        reviewed = f" on {say_day(self.reviewed_on)}" if self.reviewed_on else ""
        due = f"; to be looked at again by {say_day(self.review_due)}" if self.review_due else ""
        return (
            end_sentence(
                f"Open data triage: {self.label()}" + (f". {self.reason.strip()}" if self.reason.strip() else "")
            ),
            *([end_sentence(f"Mitigation: {self.mitigation.strip()}")] if self.mitigation.strip() else []),
            *([f"Reviewed by {self.reviewer}{reviewed}{due}."] if self.reviewer else []),
        )

    def label(self) -> str:
        """The class with what speaks against opening: ``Shared (personal, commercial)``."""
        why = f" ({', '.join(self.concerns)})" if self.concerns else ""
        return f"{self.triage_class.capitalize()}{why}"


def class_of(sensitivity: str) -> TriageClass:
    """The triage class that an Icebreaker One class means; what nobody has classed is presumed open.

    >>> class_of("IB1-O"), class_of("IB1-SB"), class_of("IB1-C")
    (<TriageClass.OPEN: 'open'>, <TriageClass.SHARED: 'shared'>, <TriageClass.CLOSED: 'closed'>)
    """
    return _CLASSES.get(sensitivity, TriageClass.SHARED) if sensitivity else TriageClass.OPEN


def concerns_of(sensitivity: str, said: tuple[str, ...]) -> tuple[Concern, ...]:
    """What speaks against opening: what was said, and people where the class says so; nothing for open data."""
    if class_of(sensitivity) is TriageClass.OPEN:
        return ()
    named = {*said, *([Concern.PERSONAL] if sensitivity == _PERSONAL else [])}
    return tuple(concern for concern in Concern if concern in named)
