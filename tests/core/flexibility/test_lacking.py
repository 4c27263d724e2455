"""What a trial lacks, from facts made up for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from fairwatt.core.flexibility.counting import DayCount, Gap, SeriesCount, Window
from fairwatt.core.flexibility.lacking import (
    DatasetFacts,
    EventFacts,
    Lack,
    LackKind,
    ProcedureFacts,
    TrialFacts,
    concerned,
    find_lacks,
)
from fairwatt.core.project.trials import Agreement, Expected, Validation

START = datetime(2025, 11, 18, 17, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=2))
DAYS = tuple(DayCount(day=date(2025, 11, 1) + timedelta(days=n), present=4, expected=4) for n in range(10))
ROW = SeriesCount(field="p_kw", name="Power", quantity="power", resolution_s=1800, expected=4, present=4, days=DAYS)
LOAD = DatasetFacts(
    key="d1",
    title="School load",
    path="/datasets/d1/",
    partner="HLC",
    partner_name="Hollow Lane",
    procedures=("P1", "P5"),
    files=("load-a.csv", "load-b.csv"),
    assets=("Main incomer",),
    period=Window(START - timedelta(days=30), START + timedelta(days=1)),
)
EVENT = EventFacts("Event 1", WINDOW, counts=(("d1", (ROW,)),))
COMPLETE = TrialFacts(
    code="A1",
    path="/trials/A1/",
    zone="Europe/London",
    today=date(2026, 1, 1),
    procedures=(
        ProcedureFacts("P1", "Baseline", path="/share/?trial=A1&procedure=P1"),
        ProcedureFacts("P5", "Deliver"),
    ),
    events=(EVENT,),
    datasets=(LOAD,),
)


def lacks(**changes: object) -> list[Lack]:
    return find_lacks(replace(COMPLETE, **changes))


def kinds(found: list[Lack]) -> list[LackKind]:
    return [lack.kind for lack in found]


def test_a_complete_trial_lacks_nothing() -> None:
    assert find_lacks(COMPLETE) == []


def test_a_procedure_that_nobody_logged_for_is_named_with_where_to_log() -> None:
    found = lacks(procedures=(*COMPLETE.procedures, ProcedureFacts("P9", "Monitor", path="/share/?p=P9")))
    assert found == [
        Lack(
            LackKind.NOTHING_LOGGED,
            "P9 Monitor",
            "Nothing has been logged for P9 Monitor.",
            "Log its data, or ask the partner that holds them to.",
            "/share/?p=P9",
        )
    ]


@pytest.mark.parametrize(
    ("expects", "messages"),
    [
        ([Expected(what="Load", files=2)], []),
        ([Expected(what="Load", files=3)], ["Load: 1 of 3 files not logged yet."]),
        ([Expected(what="Load", partner="bgn")], ["Load: 1 of 1 file not logged yet by bgn."]),
        ([Expected(what="Log B", name="*-B.CSV"), Expected(what="Other")], []),
        ([Expected(what="Any"), Expected(what="Log B", name="*-b.csv")], []),
        ([Expected(what="Log C", name="*-c.csv")], ["Log C: 1 of 1 file, called *-c.csv not logged yet."]),
        ([Expected(what="One"), Expected(what="Two"), Expected(what="Three")], ["Three: 1 of 1 file not logged yet."]),
    ],
    ids=["all there", "one short", "another's", "by name", "names first", "no such name", "each file counts once"],
)
def test_files_that_a_procedure_is_to_bring_are_counted_by_partner_and_name(
    expects: list[Expected], messages: list[str]
) -> None:
    found = lacks(procedures=(ProcedureFacts("P1", "Baseline", expects=tuple(expects)),))
    assert [(lack.kind, lack.message) for lack in found] == [(LackKind.FILES, message) for message in messages]


def test_an_event_that_no_readings_touch_is_not_covered() -> None:
    early = replace(LOAD, period=Window(START - timedelta(days=9), START))
    found = lacks(datasets=(early,), events=(replace(EVENT, counts=()),))
    assert [(lack.kind, lack.where) for lack in found] == [
        (LackKind.UNCOVERED, "Event 1, 18 Nov 2025, 17:00 to 19:00 GMT")
    ]


def test_datasets_that_leave_out_an_event_which_others_cover_are_named_in_one_lack() -> None:
    before = Window(START - timedelta(days=9), START)
    others = [replace(LOAD, key=f"e{n}", title=f"Log {n}", period=before) for n in range(5)]
    (found,) = lacks(datasets=(LOAD, *others))
    assert (found.kind, found.where) == (LackKind.UNCOVERED, "Event 1, 18 Nov 2025, 17:00 to 19:00 GMT")
    assert found.message == "No readings of these hours: Log 0, Log 1, Log 2 and 2 more."
    assert lacks(datasets=(LOAD, *others), events=(replace(EVENT, asset="School load"),)) == []


def test_readings_without_numbers_or_too_far_apart_for_an_event_are_told_of() -> None:
    words, daily = replace(LOAD, key="d2", title="Diary"), replace(LOAD, key="d3", title="Meter book")
    daily_row = ROW.model_copy(update={"expected": 0, "present": 0, "quantity": "temperature", "resolution_s": 86_400})
    event = replace(EVENT, counts=(*EVENT.counts, ("d2", ()), ("d3", (daily_row,))))
    found = lacks(datasets=(LOAD, words, daily), events=(event,))
    assert [(lack.kind, lack.message) for lack in found] == [
        (LackKind.GAPS, "No numbers that could be counted: Diary."),
        (LackKind.COARSE, "Its readings are further apart than these hours are long: Meter book."),
    ]


def test_an_event_of_an_asset_is_covered_by_that_assets_readings_alone() -> None:
    battery = replace(LOAD, key="d2", title="Battery log", assets=(), period=None)
    found = lacks(datasets=(LOAD, battery), events=(replace(EVENT, asset="battery"),))
    assert [(lack.kind, lack.message) for lack in found] == [
        (LackKind.UNCOVERED, "No readings of battery are there for the hours of this event.")
    ]
    assert lacks(events=(replace(EVENT, asset="main INCOMER"),)) == []


def test_an_event_of_an_asset_that_no_dataset_names_is_a_lack_of_its_own() -> None:
    found = lacks(events=(replace(EVENT, asset="Thermal store of the pool"),))
    assert found == [
        Lack(
            LackKind.UNKNOWN_ASSET,
            "Event 1, 18 Nov 2025, 17:00 to 19:00 GMT",
            "No published dataset with readings says that it is of Thermal store of the pool.",
            "Log its data, or write the event’s asset as a dataset’s title or its entry in the log has it.",
            "/trials/A1/#events",
        )
    ]


@pytest.mark.parametrize(
    ("asset", "is_of_it"),
    [
        ("main incomer", True),
        ("School", True),
        ("MAIN_Incomer", True),
        ("oo", False),
        ("load school", False),
        ("School load 2", False),
        ("+", False),
        ("", True),
    ],
)
def test_a_dataset_is_of_an_asset_whose_whole_words_it_has_in_their_order(asset: str, is_of_it: bool) -> None:
    assert concerned(asset, [LOAD]) == ([LOAD] if is_of_it else [])


def test_readings_at_no_steady_step_that_end_within_an_event_are_told_of() -> None:
    uneven = ROW.model_copy(update={"resolution_s": None, "expected": None})
    ends = replace(LOAD, period=Window(START - timedelta(days=30), START + timedelta(hours=1)))
    found = lacks(events=with_rows(uneven), datasets=(ends,))
    assert [(lack.kind, lack.message) for lack in found] == [
        (LackKind.GAPS, "Its readings begin or end within the hours of this event.")
    ]
    assert lacks(events=with_rows(uneven)) == []


def with_rows(*rows: SeriesCount) -> tuple[EventFacts, ...]:
    return (replace(EVENT, counts=(("d1", rows),)),)


def test_gaps_in_an_event_are_named_with_their_series_and_times() -> None:
    gap = Gap(start=START, end=START + timedelta(minutes=30), missing=1)
    short = ROW.model_copy(update={"gaps": (gap,), "series": "meter 7"})
    found = lacks(events=with_rows(ROW, short))
    assert [(lack.kind, lack.message, lack.path) for lack in found] == [
        (
            LackKind.GAPS,
            "1 of 2 series have gaps: Power of meter 7 from 18 Nov 2025, 17:00 to 17:30 GMT (1 reading).",
            "/datasets/d1/",
        )
    ]


def test_whoever_may_not_have_the_data_is_told_neither_series_nor_times_of_gaps() -> None:
    gap = Gap(start=START, end=START + timedelta(minutes=30), missing=1)
    short = ROW.model_copy(update={"gaps": (gap,), "series": "meter 7"})
    found = lacks(events=with_rows(short), datasets=(replace(LOAD, shows_readings=False),))
    assert [lack.message for lack in found] == ["Some of its readings are missing in the hours of this event."]


def test_a_baselining_period_is_as_short_as_its_worst_channel_but_one_dataset_is_enough() -> None:
    nine = ROW.model_copy(update={"days": DAYS[1:]})
    voltage = ROW.model_copy(update={"days": (), "quantity": "voltage"})
    found = lacks(events=with_rows(ROW, nine, voltage))
    assert [(lack.kind, lack.message) for lack in found] == [
        (LackKind.BASELINE, "9 of 10 days like it were measured before it, most in School load.")
    ]
    other = replace(LOAD, key="d2", title="Substation")
    both = (replace(EVENT, counts=(("d1", (nine,)), ("d2", (ROW,)))),)
    assert lacks(events=both, datasets=(LOAD, other)) == []
    assert lacks(events=with_rows(nine), validation=Validation(baseline_days=9)) == []


def test_hourly_readings_are_too_far_apart_where_half_hours_are_asked_for() -> None:
    found = lacks(events=with_rows(ROW.model_copy(update={"resolution_s": 3600})))
    assert [(lack.kind, lack.message) for lack in found] == [
        (LackKind.COARSE, "Power comes at steps of 1 hour in School load; 30 minutes or less are asked for.")
    ]


def test_a_dataset_below_the_level_asked_for_is_told_what_is_next() -> None:
    low = replace(LOAD, level=2, level_missing=("Describe every column.",))
    found = lacks(datasets=(low,), validation=Validation(level=3))
    assert [(lack.kind, lack.message, lack.next_step) for lack in found] == [
        (
            LackKind.LEVEL,
            "Its level of provenancing is 2; the project asks for 3.",
            "Complete its description, and publish a new version. Next: Describe every column.",
        )
    ]
    assert lacks(datasets=(low,)) == []


def test_entries_on_their_way_are_told_with_the_page_where_they_go_on() -> None:
    draft = replace(
        LOAD, key="d3", title="Heat pump", is_published=False, state="waiting for review", questions=2,
        unread=("a.csv",), work_path="/share/X1/",
    )  # fmt: skip
    found = lacks(datasets=(LOAD, draft))
    assert [(lack.kind, lack.where, lack.path) for lack in found] == [
        (LackKind.NOT_PUBLISHED, "Heat pump", "/share/X1/"),
        (LackKind.QUESTIONS, "Heat pump", "/share/X1/"),
        (LackKind.NOT_READ, "Heat pump", "/share/X1/"),
    ]
    assert found[1].message == "2 questions about how its files are read are still open."


@pytest.mark.parametrize(
    ("agreements", "said"),
    [
        ((), "for this trial is not noted"),
        ((Agreement(partner="HLC"),), "is not signed yet"),
        ((Agreement(partner="hlc", signed=date(2026, 1, 2)),), "is signed only on 2 Jan 2026"),
        ((Agreement(partner="HLC", signed=date(2025, 1, 1), until=date(2025, 12, 31)),), "ran out on 31 Dec 2025"),
        ((Agreement(partner="HLC", signed=date(2026, 1, 1), until=date(2026, 1, 1)),), ""),
    ],
    ids=["none", "unsigned", "later", "run out", "holds"],
)
def test_data_under_no_open_licence_need_an_agreement_that_holds_today(
    agreements: tuple[Agreement, ...], said: str
) -> None:
    closed = (replace(LOAD, is_licence_open=False),)
    assert lacks(datasets=closed, agreements=agreements, tells_agreements=False) == []
    found = lacks(datasets=closed, agreements=agreements)
    assert kinds(found) == ([LackKind.AGREEMENT] if said else [])
    assert all(said in lack.message for lack in found)


def test_a_trial_without_events_says_so_first() -> None:
    found = lacks(events=(), datasets=())
    assert kinds(found) == [LackKind.NO_EVENT, LackKind.NOTHING_LOGGED, LackKind.NOTHING_LOGGED]
