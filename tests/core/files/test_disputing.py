"""A saved profile, and the next file that shows what the profile's first file could not show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fairwatt.core.files import FileSample, ImportProfile, Inspection, Question, apply_answers, inspect_file
from fairwatt.core.files.answering_times import AGREED
from fairwatt.core.files.disputing import find_disputes, is_same_clock
from fairwatt.core.files.fitting import fit_profile, misfit_of
from fairwatt.core.files.profile import How

LONDON = "Europe/London"
PLAIN, SPRING, AUTUMN = date(2021, 1, 18), date(2021, 3, 26), date(2021, 10, 29)


def looked(head: str, rows: Iterable[str], *, name: str = "file.csv") -> Inspection:
    return inspect_file(FileSample.of("\n".join([head, *rows, ""]).encode()), name=name)


def saved(first: Inspection, **answers: str) -> ImportProfile:
    """The profile of a first file: its guesses, but for what somebody answers otherwise."""
    assert first.profile is not None
    guesses = {question.id: question.guess for question in first.questions}
    return apply_answers(first.profile, {**guesses, **answers})


def asked(profile: ImportProfile, following: Inspection) -> dict[str, str]:
    assert misfit_of(profile, following) == ""
    return {question.id: question.guess for question in find_disputes(profile, following)}


def disputed(profile: ImportProfile, following: Inspection) -> Question:
    (question,) = find_disputes(profile, following)
    return question


def fitted(profile: ImportProfile, following: Inspection) -> ImportProfile:
    return fit_profile(profile, following, name="next.csv")


def numbered(first: date, *, by: str, days: int = 5, count: int = 48, rows: int | None = None) -> Inspection:
    """Half-hours by number, counted by ``elapsed`` time or by the ``clock``'s; ``even`` days have the same each."""
    cells = [
        f"{day:%d/%m/%Y},{number},{(number * 7 + day.day) % 19 / 10}"
        for day in (first + timedelta(days=n) for n in range(days))
        for number in numbers_of(day, by, count)
    ]
    return looked("Date,Period,Energy (kWh)", cells[:rows])


def numbers_of(day: date, by: str, count: int) -> list[int]:
    every = list(range(1, count + 1))
    if by == "even" or day not in {date(2021, 3, 28), date(2021, 10, 31)}:
        return every
    if day.month == 3:
        return every[:-2] if by == "elapsed" else [n for n in every if n not in {3, 4}]
    return [*every, 49, 50] if by == "elapsed" else [*every[:4], *every[2:]]


@pytest.mark.parametrize("first", [SPRING, AUTUMN])
@pytest.mark.parametrize("by", ["elapsed", "clock"])
def test_what_a_first_day_of_a_clock_change_shows_takes_the_place_of_what_was_assumed(by: str, first: date) -> None:
    profile = saved(numbered(PLAIN, by=by), time_zone=LONDON)
    assert profile.timestamp.periods is not None
    assert profile.timestamp.periods.counts_how is How.ASSUMED

    following = numbered(first, by=by)
    read = fitted(profile, following)

    assert read.timestamp.periods is not None
    assert (read.timestamp.periods.counts, read.timestamp.periods.counts_how) == (by, How.INFERRED)
    assert asked(profile, following) == {}


def test_a_clock_change_that_shows_nothing_is_asked_about_where_the_counting_was_assumed() -> None:
    profile = saved(numbered(PLAIN, by="elapsed"), time_zone=LONDON)
    half_a_day = numbered(date(2021, 3, 28), by="even", days=1, rows=20)

    assert disputed(profile, half_a_day).id == "counts"
    assert asked(apply_answers(profile, {"counts": "clock"}), half_a_day) == {}  # a person has said so


def test_days_that_know_no_clock_changes_are_not_read_by_the_british_clock_unasked() -> None:
    profile = saved(numbered(PLAIN, by="elapsed"), time_zone=LONDON)

    assert asked(profile, numbered(SPRING, by="even")) == {"time_zone": "UTC"}


@pytest.mark.parametrize(("first", "then"), [("elapsed", "clock"), ("clock", "elapsed")])
def test_a_counting_that_was_seen_is_not_given_up_without_asking(first: str, then: str) -> None:
    profile = saved(numbered(SPRING, by=first))

    question = disputed(profile, numbered(AUTUMN, by=then))

    assert (question.id, question.guess) == ("counts", then)
    assert "But the saved profile says that they count" in question.why


def stamped(
    first: str,
    *,
    zone: str = LONDON,
    step: int = 30,
    rows: int = 240,
    form: str = "%d/%m/%Y %H:%M",
    head: str = "Time",
    end: bool = False,
) -> Inspection:
    begin = datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
    moments = [begin + timedelta(minutes=step * (n + end)) for n in range(rows)]
    return looked(
        f"{head},Demand (kW)",
        [f"{moment.astimezone(ZoneInfo(zone)):{form}},{(n * 7) % 23 / 10}" for n, moment in enumerate(moments)],
    )


@pytest.mark.parametrize(("said", "shown"), [("UTC", LONDON), (LONDON, "UTC")])
@pytest.mark.parametrize("first", ["2021-03-26", "2021-10-29"])
def test_a_clock_that_the_times_deny_is_asked_about(said: str, shown: str, first: str) -> None:
    profile = saved(stamped("2021-01-18"), time_zone=said)

    question = disputed(profile, stamped(first, zone=shown))

    assert (question.id, question.guess) == ("time_zone", shown)
    assert f"But the saved profile says {said}." in question.why


def test_a_clock_that_the_times_confirm_is_not_asked_about() -> None:
    for said, shown in ((LONDON, LONDON), ("UTC", "UTC"), ("Europe/Jersey", LONDON)):
        profile = saved(stamped("2021-01-18"), time_zone=said)
        assert asked(profile, stamped("2021-03-26", zone=shown)) == {}
        assert asked(profile, stamped("2021-07-18", zone=shown)) == {}


def test_a_line_that_names_another_clock_than_the_profile_is_asked_about() -> None:
    """A portal's export of June says that its times are in UTC; that of January said nothing."""
    begin = datetime(2021, 6, 18)
    rows = [f"{begin + timedelta(minutes=30 * n):%d/%m/%Y %H:%M},{n % 23 / 10}" for n in range(240)]
    june = looked("All times in UTC\nTime,Demand (kW)", rows)
    question = disputed(saved(stamped("2021-01-18"), time_zone=LONDON), june)
    assert (question.id, question.guess) == ("time_zone", "UTC")
    assert asked(saved(june, time_zone=LONDON), june) == {}, "whoever said so had the line before them"


@pytest.mark.parametrize(("said", "shown"), [("UTC", LONDON), (LONDON, "UTC"), ("Europe/Paris", "UTC")])
def test_a_clock_that_was_told_against_what_the_same_times_show_is_not_asked_again(said: str, shown: str) -> None:
    first, winter = stamped("2021-10-29", zone=shown), stamped("2021-01-18")
    assert asked(saved(first, time_zone=said), first) == {}
    assert asked(saved(winter, time_zone=said), first) == {"time_zone": shown}


def turned(*, is_turned: bool, days: int = 60) -> Inspection:
    """Days as they were logged, or as they come from a spreadsheet of another country."""
    dates = [date(2024, 1, 1) + timedelta(days=n) for n in range(days)]
    cells = [f"{day:%m/%d/%Y}" if is_turned and day.day <= 12 else f"{day:%d/%m/%Y}" for day in dates]
    return looked("Time (UTC),Demand (kWh)", [f"{cell},{(n * 7) % 23 / 10}" for n, cell in enumerate(cells)])


def test_dates_of_which_some_were_turned_are_asked_about_unless_the_profile_was_made_of_such() -> None:
    plain, mixed = turned(is_turned=False), turned(is_turned=True)
    assert asked(saved(plain), mixed) == {"day_first": "mixed"}
    assert asked(saved(mixed), mixed) == {}
    assert asked(saved(mixed), plain) == {"day_first": "true"}
    assert asked(saved(mixed, day_first="true"), mixed) == {}


def test_zones_that_never_differed_are_one_clock() -> None:
    assert is_same_clock(LONDON, "Europe/Jersey")
    assert is_same_clock("UTC", "Etc/UTC")
    assert not is_same_clock("UTC", "Etc/GMT-1")
    assert not is_same_clock(LONDON, "Europe/Paris")


def test_stamps_that_seem_to_mark_ends_are_asked_about_where_starts_were_guessed() -> None:
    first, ends = stamped("2021-01-18"), stamped("2021-02-18", end=True)
    assert [question.id for question in first.questions] == ["time_zone", "stamp"]
    profile = saved(first, time_zone="UTC")
    assert (profile.timestamp.stamp_how, profile.timestamp.stamp_why) == (How.CONFIRMED, AGREED)

    assert asked(profile, ends) == {"stamp": "end"}
    assert asked(profile, stamped("2021-02-18", end=True, rows=41)) == {}  # one edge shows little
    assert asked(apply_answers(profile, {"stamp": "start"}), ends) == {}  # who says so of a guess that was made


def test_stamps_that_seem_to_mark_starts_are_asked_about_where_the_first_file_marked_ends() -> None:
    profile = saved(stamped("2021-01-18", end=True), time_zone="UTC", stamp="end")

    assert asked(profile, stamped("2021-02-18")) == {"stamp": "start"}
    assert asked(profile, stamped("2021-02-18", rows=41)) == {}


def test_ends_that_a_person_has_told_of_days_that_look_like_starts_are_not_doubted_for_the_next_ones() -> None:
    profile = saved(stamped("2021-01-18"), time_zone="UTC", stamp="end")

    assert asked(profile, stamped("2021-02-18")) == {}


def test_a_head_of_the_times_that_has_changed_is_a_misfit() -> None:
    profile = saved(stamped("2021-01-18", head="Start time"), time_zone="UTC")

    assert misfit_of(profile, stamped("2021-01-18", head="End time")) == (
        "It is for times in ‘Start time’, the file has ‘End time’ in that column."
    )


def test_ends_of_intervals_are_a_step_of_this_file_after_their_starts() -> None:
    profile = saved(stamped("2021-01-18", head="Period ending", end=True), time_zone="UTC")
    assert profile.resolution_s == 1_800

    assert fitted(profile, stamped("2021-02-18", head="Period ending", step=10, end=True)).resolution_s == 600
    assert fitted(profile, stamped("2021-02-18", head="Period ending", step=60, end=True)).resolution_s == 3_600
    few = stamped("2021-02-18", head="Period ending", step=60, rows=4, end=True)  # every other row may be missing
    assert fitted(profile, few).resolution_s == 1_800


def test_dates_in_another_order_are_a_misfit_where_the_first_file_left_it_open() -> None:
    small = "2021-06-03"  # no day beyond the twelfth
    profile = saved(stamped(small, rows=200), time_zone="UTC", day_first="true")

    assert misfit_of(profile, stamped("2021-01-18", form="%m/%d/%Y %H:%M")) == (
        "It is for dates with the day first, the file has the month first."
    )


@pytest.mark.parametrize(("mine", "theirs"), [("%y-%m-%d %H:%M", "%d-%m-%y %H:%M"), ("%Y-%m-%d", "%d.%m.%Y")])
def test_dates_written_otherwise_are_a_misfit(mine: str, theirs: str) -> None:
    step = 30 if "H" in mine else 1_440
    profile = saved(stamped("2021-01-18", form=mine, step=step), time_zone="UTC")

    assert misfit_of(profile, stamped("2021-01-18", form=theirs, step=step)) != ""


def epochs(factor: int) -> Inspection:
    return looked("time,power (kW)", [f"{(1_610_000_000 + n * 60) * factor},{n % 17}" for n in range(200)])


def test_seconds_since_1970_are_not_read_as_milliseconds() -> None:
    assert "milliseconds since 1970, those of the file are written as seconds since 1970" in misfit_of(
        saved(epochs(1_000)), epochs(1)
    )


def measured(values: Iterable[object], *, head: str = "Energy (kWh)", delimiter: str = ",") -> Inspection:
    begin = datetime.fromisoformat("2021-01-18")
    rows = [f"{begin + timedelta(minutes=30 * n):%Y-%m-%d %H:%M}Z{delimiter}{v}" for n, v in enumerate(values)]
    return looked(f"start{delimiter}{head}", rows)


def some(n: int = 200) -> list[float]:
    return [(i * 37) % 101 / 10 + 0.1 for i in range(n)]


def test_a_mark_for_missing_values_that_is_new_is_asked_about() -> None:
    profile = saved(measured(some()))
    following = measured([*some(), 99, *some()])
    own = {question.id: question.guess for question in following.questions}
    assert own == {"null_values:energy_kwh": "99"}  # alone, the file would be asked about too

    assert asked(profile, following) == own
    kept = apply_answers(fitted(profile, following), {"null_values:energy_kwh": ""})
    assert asked(kept, following) == {}  # somebody has said that it was measured


def test_marks_for_missing_values_that_are_sure_are_marks_in_the_next_file_too() -> None:
    head = "Temperature (°C)"
    profile = saved(measured(some(), head=head))
    following = measured([-999 if n % 9 == 3 else v for n, v in enumerate(some())], head=head)

    assert following.questions == ()
    assert fitted(profile, following).channels[0].null_values == ("-999",)


def test_a_minus_that_is_new_is_asked_about() -> None:
    profile = saved(measured(some(), head="Import (kWh)"))
    following = measured([v - 4 for v in some()], head="Import (kWh)")

    assert list(asked(profile, following)) == ["direction:import_kwh"]
    known = apply_answers(fitted(profile, following), {"direction:import_kwh": "net"})
    assert asked(known, following) == {}


def test_a_running_total_that_could_not_be_seen_is_asked_about() -> None:
    profile = saved(measured([5.0] * 60))
    rising = measured([4_000 + n / 10 for n in range(200)])

    assert asked(profile, rising) == {"register:energy_kwh": "true"}
    assert asked(apply_answers(profile, {"register:energy_kwh": "false"}), rising) == {}


def test_another_unit_in_a_row_of_units_is_asked_about() -> None:
    def file(unit: str) -> Inspection:
        rows = [f"2021-01-{18 + n // 48} {n % 48 // 2:02}:{n % 2 * 30:02}Z,{n * 7 % 11 / 10}" for n in range(192)]
        return looked("time,Demand", [f",({unit})", *rows])

    profile = saved(file("kW"))

    assert asked(profile, file("kW")) == {}
    assert asked(profile, file("MW")) == {"unit:demand": "mw"}


def test_a_unit_that_somebody_corrected_stays_corrected() -> None:
    first = measured(some(), head="Power (kWh)")
    profile = apply_answers(saved(first), {"unit:power_kwh": "kw"})

    assert asked(profile, measured(some(), head="Power (kWh)")) == {}


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ("{:.1f}", "{:.3f}", ""),
        ("{:.1f}", "{:_.1f}", "decimal commas"),
        ("{:_.1f}", "{:.1f}", "decimal points"),
    ],
)
def test_decimal_marks_of_another_kind_are_a_misfit(first: str, then: str, said: str) -> None:
    def file(form: str) -> Inspection:
        comma = "_" in form
        texts = [form.replace("_", "").format(v).replace(".", "," if comma else ".") for v in some()]
        return measured(texts, delimiter=";")

    assert said in misfit_of(saved(file(first)), file(then))
    assert bool(said) == bool(misfit_of(saved(file(first)), file(then)))


def test_an_open_mark_is_asked_about_where_the_first_file_had_no_decimals() -> None:
    whole, open_ones = (
        measured(range(5, 150), delimiter=";"),
        measured([f"{n},125" for n in range(5, 150)], delimiter=";"),
    )
    profile = saved(whole)

    assert asked(profile, open_ones) == {"decimal": ","}


def test_thousands_that_are_new_are_read() -> None:
    profile = saved(measured([f"{v:.1f}" for v in some()], delimiter=";"))

    read = fitted(profile, measured([f"{v * 900:,.1f}" for v in some()], delimiter=";"))

    assert (read.dialect.decimal_mark, read.dialect.thousands_mark) == (".", ",")


def test_meters_that_are_new_are_told_apart() -> None:
    def file(meters: int) -> Inspection:
        return looked(
            "site,time,Energy (kWh)",
            [
                f"{site},2021-01-{18 + n // 48} {n % 48 // 2:02}:{n % 2 * 30:02}Z,{(n * 7 + site) % 13 / 10}"
                for n in range(96)
                for site in range(4_001, 4_001 + meters)
            ],
        )

    read = fitted(saved(file(1)), file(3))

    assert read.series_column == 0
    assert [rule.name for rule in read.channels] == ["Energy (kWh)"]


def wide(starts: bool) -> Inspection:
    clock = [f"{n // 2:02}:{n % 2 * 30:02}" for n in range(48 + 1)]
    heads = clock[:-1] if starts else [*clock[1:-1], "24:00"]
    rows = [f"{18 + n}/01/2021,{','.join(str((n * 7 + i) % 11 / 10) for i in range(48))}" for n in range(6)]
    return looked(f"Date,{','.join(heads)}", rows)


def test_columns_of_other_half_hours_are_a_misfit() -> None:
    profile = saved(wide(starts=True), time_zone="UTC")

    assert misfit_of(profile, wide(starts=True)) == ""
    said = misfit_of(profile, looked(*rows_shifted()))
    assert said == "It is for intervals that stand in other columns than the file's."


def rows_shifted() -> tuple[str, list[str]]:
    clock = [f"{n // 2:02}:{n % 2 * 30:02}" for n in range(48)]
    rows = [f"{18 + n}/01/2021,{','.join(str((n * 7 + i) % 11 / 10) for i in range(48))}" for n in range(6)]
    return f"Date,{','.join([*clock[10:], *clock[:10]])}", rows
