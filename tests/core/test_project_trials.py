"""Trials in the project file: events, expected files, agreements, and what is refused with its place."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from fairwatt.core.errors import InvalidInput
from fairwatt.core.project import parse_project

HEAD = '[[partners]]\ncode = "HLC"\nname = "H"\n[[trials]]\ncode = "A1"\ntitle = "T"\n'
PROCEDURE = '[[trials.procedures]]\ncode = "P1"\ntitle = "B"\n'
EVENT = '[[trials.events]]\nname = "E1"\nstart = 2025-11-18T17:00:00Z\nend = 2025-11-18T19:00:00Z\n'


def test_a_trial_says_what_it_needs() -> None:
    text = (
        f"{HEAD}starts = 2025-11-01\n[trials.validation]\nlevel = 3\nbaseline_days = 5\n{EVENT}"
        '[[trials.agreements]]\npartner = "hlc"\nsigned = 2025-09-30\n'
        f'{PROCEDURE}[[trials.procedures.expects]]\nwhat = "Log"\npartner = "HLC"\nfiles = 2\nname = "log*"\n'
    )
    (trial,) = parse_project(text).trials
    assert (trial.validation.level, trial.validation.baseline_days, trial.validation.look_back_days) == (3, 5, 45)
    assert [(e.name, e.start, e.end) for e in trial.events] == [
        ("E1", datetime(2025, 11, 18, 17, tzinfo=UTC), datetime(2025, 11, 18, 19, tzinfo=UTC))
    ]
    assert [(a.partner, a.signed, a.until) for a in trial.agreements] == [("hlc", date(2025, 9, 30), None)]
    assert [(x.what, x.files, x.name) for x in trial.procedures[0].expects] == [("Log", 2, "log*")]


def test_a_trial_that_says_nothing_asks_for_ten_days() -> None:
    (trial,) = parse_project(HEAD + PROCEDURE).trials
    assert (trial.validation.level, trial.validation.baseline_days, trial.events) == (None, 10, ())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (EVENT.replace("17:00:00Z", "17:00:00"), r"trial 1 \(A1\), event 1 \(E1\): start: .*timezone"),
        (EVENT.replace("19:00", "17:00"), r"event 1 \(E1\): end is not after start"),
        (EVENT.replace("17:00:00Z", "17:00:30Z"), "whole minutes"),
        (EVENT.replace("2025", "0001"), "event 1 .*: the year 1 is none of an event"),
        (EVENT.replace("2025-11-18T19", "2025-12-19T19"), "event 1 .*: it is longer than 31 days"),
        (EVENT + EVENT.replace("E1", "e1"), "event E1 stands twice"),
        (EVENT + "level = 3\n", "there is no such entry"),
        ('[[trials.agreements]]\npartner = "XYZ"\n', "trial A1 names XYZ, which is none of the partners"),
        ("[trials.validation]\nlevel = 5\n", "less than or equal to 4"),
    ],
    ids=["no offset", "backwards", "seconds", "first year", "long", "twice", "unknown key", "unknown partner", "level"],
)
def test_what_can_not_be_is_refused_with_its_place(more: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_project(f"{HEAD}{more}{PROCEDURE}")
