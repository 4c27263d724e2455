"""Trials in the project file: their procedures, their events, and what there must be to validate them."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from fairwatt.core.project.entries import Day, Entry

EVENT_YEARS = range(1900, 2201)  # others are slips, and no calendar goes before the year 1
LONGEST_EVENT = timedelta(days=31)


class Step(Entry):
    """One question of a procedure's form.

    ``type`` says how it is asked: a line of text, a paragraph, a date, a date with time, a number with
    ``unit``, one of ``choices``, or yes/no.
    """

    slug: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    help: str = ""
    type: Literal["text", "paragraph", "date", "datetime", "number", "choice", "boolean"] = "text"
    unit: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False

    @model_validator(mode="after")
    def _choices_where_needed(self) -> Self:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("choices belong to type 'choice', and only there")
        return self


class Expected(Entry):
    """Files that a procedure is to bring.

    ``what`` is what people call them; ``partner`` the code of the one that is to log them, "" for any; ``files`` how
    many there have to be at least; ``name`` a pattern of their names with ``*`` and ``?``, "" for any.
    """

    what: str = Field(min_length=1, max_length=120)
    partner: str = ""
    files: int = Field(default=1, gt=0)
    name: str = ""


class Procedure(Entry):
    """One procedure of a trial, logged by itself: P1, P2… ``expects`` lists the files it is to bring."""

    code: str = Field(pattern=r"^[A-Za-z0-9]{1,12}$")
    title: str
    steps: tuple[Step, ...] = ()
    expects: tuple[Expected, ...] = ()


class Event(Entry):
    """A window of a trial in which its assets were to do something: [start, end), each with its offset from UTC.

    It is in the years 1900 to 2200, and 31 days long at most.
    """

    name: str = Field(min_length=1, max_length=120)
    start: AwareDatetime
    end: AwareDatetime
    asset: str = Field(default="", max_length=120)

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        for at in (self.start, self.end):
            if at.year not in EVENT_YEARS:
                raise ValueError(f"the year {at.year} is none of an event")
        if self.end <= self.start:
            raise ValueError("end is not after start")
        if self.end - self.start > LONGEST_EVENT:
            raise ValueError(f"it is longer than {LONGEST_EVENT.days} days")
        if any(at.second or at.microsecond for at in (self.start, self.end)):
            raise ValueError("start and end are whole minutes")
        return self


class Agreement(Entry):
    """A partner's Data Sharing Agreement for a trial: the day it was signed, and the last day it holds."""

    partner: str
    signed: Day | None = None
    until: Day | None = None


class Validation(Entry):
    """What there must be before a trial can be validated.

    ``level`` is the least level of provenancing of its datasets; ``baseline_days`` how many days like the event's
    (working days, or weekends) there must be before each event, within ``look_back_days``, each with at least
    ``baseline_share`` of its readings in the event's hours, at steps of ``longest_step_s`` seconds or shorter.
    """

    level: int | None = Field(default=None, ge=0, le=4)
    baseline_days: int = Field(default=10, ge=0, le=60)
    look_back_days: int = Field(default=45, ge=1, le=365)
    baseline_share: float = Field(default=0.9, gt=0, le=1)
    longest_step_s: float = Field(default=1_800, gt=0)


class Trial(Entry):
    """A trial of a flexibility service (LEO's word: MVS).

    ``ends`` is its last day, from which a release of ``trial end + N months`` is counted.
    """

    code: str = Field(pattern=r"^[A-Za-z0-9.]{1,20}$")
    title: str
    summary: str = ""
    starts: Day | None = None
    ends: Day | None = None
    procedures: tuple[Procedure, ...] = Field(min_length=1)
    events: tuple[Event, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    validation: Validation = Validation()

    @model_validator(mode="after")
    def _names_stand_once(self) -> Self:
        for what, names in (
            ("event", [event.name.upper() for event in self.events]),
            ("procedure", [procedure.code.upper() for procedure in self.procedures]),
            ("agreement of", [agreement.partner.upper() for agreement in self.agreements]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} {', '.join(twice)} stands twice")
        return self
