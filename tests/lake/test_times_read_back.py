"""Whatever way times are written, a file that is inspected, answered truthfully and ingested gives back the truth."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairwatt.core.files import FileSample, How, Inspection, apply_answers, inspect_file
from tests.lake.reading_back import read, simple

Write = Callable[[datetime], str]
LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
SERIAL_ORIGIN = datetime(1899, 12, 30)


def formed(form: str) -> Write:
    return lambda moment: moment.strftime(form)


def serial(decimals: int) -> Write:
    return lambda moment: f"{(moment.replace(tzinfo=None) - SERIAL_ORIGIN) / timedelta(days=1):.{decimals}f}"


def short(moment: datetime) -> str:
    return f"{moment.day}/{moment.month}/{moment.year} {moment.hour}:{moment.minute:02}"


def american(moment: datetime) -> str:
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment.month}/{moment.day}/{moment.year} {moment.hour % 12 or 12}:{moment.minute:02}:00 {half}"


def bare_midnights(moment: datetime) -> str:
    return moment.strftime("%d/%m/%Y" if moment.hour == moment.minute == 0 else "%d/%m/%Y %H:%M:%S")


def some_seconds(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M" if moment.minute == 0 else "%Y-%m-%d %H:%M:%S")


def by_turns(moment: datetime) -> str:
    return moment.isoformat(sep="T" if moment.hour % 2 else " ", timespec="seconds")[:19]


# The ways of a local clock: name, how a time is written, whether the day stands first (None: no matter).
LOCAL: dict[str, tuple[Write, bool | None]] = {
    "iso": (formed("%Y-%m-%d %H:%M:%S"), None),
    "iso t": (formed("%Y-%m-%dT%H:%M"), None),
    "joiners by turns": (by_turns, None),
    "slashes": (formed("%d/%m/%Y %H:%M"), True),
    "american": (american, False),
    "american padded": (formed("%m/%d/%Y %H:%M"), False),
    "short": (short, True),
    "two digits": (formed("%d-%m-%y %H:%M"), True),
    "points": (formed("%d.%m.%Y %H:%M:%S"), True),
    "named month": (formed("%d-%b-%Y %H:%M"), None),
    "long month": (formed("%d %B %Y %H:%M"), None),
    "month first by name": (formed("%b %d, %Y %I:%M %p"), None),
    "weekday": (formed("%a %d/%m/%Y %H:%M"), True),
    "compact": (formed("%Y%m%dT%H%M"), None),
    "digits": (formed("%Y%m%d%H%M"), None),
    "seven digits": (formed("%Y-%m-%d %H:%M:%S.0000000"), None),
    "nine digits": (formed("%Y-%m-%d %H:%M:%S.123456000"), None),
    "comma": (formed("%Y-%m-%d %H:%M:%S,000"), None),
    "bare midnights": (bare_midnights, True),
    "some seconds": (some_seconds, None),
    "serial": (serial(11), None),
    "serial short": (serial(7), None),
}
# Those that say their instant.
ABSOLUTE: dict[str, Write] = {
    "offset": lambda moment: moment.isoformat(),
    "offset of hours": lambda moment: moment.isoformat(sep=" ")[:-3],
    "zulu": lambda moment: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    "name": lambda moment: (
        f"{moment:%d %b %Y %H:%M} {moment.astimezone(LONDON).tzname()}"
        if moment.tzinfo is LONDON
        else f"{moment:%d %b %Y %H:%M} UTC"
    ),
    "java": lambda moment: f"{moment.isoformat()}[{moment.tzinfo}]",
    "seconds": lambda moment: str(int(moment.timestamp())),
    "milliseconds": lambda moment: str(int(moment.timestamp()) * 1_000),
    "nanoseconds": lambda moment: str(int(moment.timestamp()) * 10**9),
    "exponent": lambda moment: f"{moment.timestamp() / 1e9!r}e9",
}
CHANGES = [datetime(2021, 3, 28, 1, tzinfo=UTC), datetime(2021, 10, 31, 1, tzinfo=UTC)]


@dataclass(frozen=True)
class Case:
    """A truth and how it is written."""

    starts: list[datetime]
    step: timedelta
    meters: int
    zone: ZoneInfo
    way: str
    at_end: bool
    order: str
    dropped: frozenset[int]

    @property
    def kept(self) -> list[datetime]:
        return [start for number, start in enumerate(self.starts) if number not in self.dropped]

    def write(self) -> tuple[bytes, list[tuple[str, datetime, float]]]:
        """The file's bytes, and its truth: meter, start in UTC, value."""
        written = LOCAL[self.way][0] if self.way in LOCAL else ABSOLUTE[self.way]
        meters = [f"M{number}" for number in range(self.meters)]
        truth = [(m, t, (i * 7 + j) / 8) for i, t in enumerate(self.kept) for j, m in enumerate(meters)]
        rows = sorted(truth) if self.order == "after each other" else list(truth)
        if self.order == "newest first":
            rows.reverse()
        head = f"{'Period ending' if self.at_end else 'Timestamp'}{',Meter' if self.meters > 1 else ''},kWh"
        lines = [head]
        for meter, start, value in rows:
            moment = (start + self.step if self.at_end else start).astimezone(self.zone)
            text = written(moment)
            lines.append(f'"{text}"{f",{meter}" if self.meters > 1 else ""},{value}')
        return "\n".join([*lines, ""]).encode(), truth


@st.composite
def cases(draw: st.DrawFn) -> Case:
    step = timedelta(minutes=draw(st.sampled_from([10, 15, 30, 60])))
    count = draw(st.integers(100, 260))
    middle = draw(st.sampled_from([*CHANGES, datetime(2021, 1, 20, tzinfo=UTC), datetime(2020, 7, 3, tzinfo=UTC)]))
    before = draw(st.integers(20, count - 20))
    starts = [middle + (number - before) * step for number in range(count)]
    near = {n for n, t in enumerate(starts) if any(abs(t - change) <= timedelta(hours=3) for change in CHANGES)}
    dropped = draw(st.frozensets(st.integers(2, count - 3), max_size=6)) - near  # those would change the evidence
    zone = ZoneInfo(draw(st.sampled_from(["UTC", "Europe/London"])))
    way = draw(st.sampled_from([*LOCAL, *ABSOLUTE]))
    meters = draw(st.sampled_from([1, 1, 2, 3]))
    orders = ["oldest first", "newest first", *(["after each other"] if meters > 1 else [])]
    return Case(starts, step, meters, zone, way, draw(st.booleans()), draw(st.sampled_from(orders)), dropped)


def truthful(found: Inspection, case: Case) -> dict[str, str]:
    """The answers that somebody who knows the truth gives."""
    day_first = LOCAL[case.way][1] if case.way in LOCAL else None
    known = {
        "time_zone": str(case.zone),
        "stamp": "end" if case.at_end else "start",
        "day_first": "true" if day_first else "false",
    }
    return {q.id: known.get(q.id, q.guess) for q in found.questions}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(case=cases())
def test_the_truth_comes_back_from_every_way_of_writing_it(case: Case) -> None:
    data, truth = case.write()
    found = inspect_file(FileSample.of(data), name="x.csv")
    assert found.profile is not None, found.findings
    if case.way in ABSOLUTE:
        assert "time_zone" not in {q.id for q in found.questions}
    profile = apply_answers(found.profile, truthful(found, case), found.questions)
    with tempfile.TemporaryDirectory() as name:
        result, rows = read(Path(name), data, profile)
    if case.way == "nine digits":
        truth = [(meter, start + timedelta(microseconds=123_456), value) for meter, start, value in truth]
    assert rows == sorted(truth)
    assert (result.resolution_s, result.duplicate_count) == (case.step.total_seconds(), 0)
    missing = len(case.dropped & frozenset(range(len(case.starts)))) * case.meters
    assert sum(finding.count for finding in result.findings if finding.code == "gaps") <= missing
    told = {finding.code for finding in result.findings} - {"gaps", "out-of-order", "repeated-local-times"}
    assert told - {"mixed-time-forms"} == set()


HALF_HOURS = [datetime(2021, 6, 11, tzinfo=UTC) + number * timedelta(minutes=30) for number in range(200)]


@pytest.mark.parametrize(
    ("head", "written"),
    [
        ("Date,Time", lambda t: f"{t:%d/%m/%Y},{t:%H:%M}"),
        ("Time,Date", lambda t: f"{t:%H:%M:%S},{t:%d/%m/%Y}"),
        ("Date,Time", lambda t: f"{t:%Y-%m-%d} 00:00:00,1899-12-30 {t:%H:%M:%S}"),
        ("Date,Time", lambda t: f"{t:%d/%m/%Y},1900-01-00 {t:%H:%M}"),
        ("Date,Time", lambda t: f"{t:%d/%m/%Y},{t.hour * 100 + t.minute}"),
        ("Date,Time", lambda t: f"{t:%Y%m%d},{t:%H%M}"),
        ("Date,Time", lambda t: "{},{:.7f}".format(*divmod((t.replace(tzinfo=None) - SERIAL_ORIGIN) / DAY, 1))),
        ("Date,From,To", lambda t: f"{t:%d/%m/%Y},{t:%H:%M},{t + timedelta(minutes=30):%H:%M}"),
        ("Interval start,Interval end", lambda t: f"{t:%d/%m/%Y %H:%M},{t + timedelta(minutes=30):%d/%m/%Y %H:%M}"),
    ],
)
def test_date_and_time_apart_in_any_order_are_one_time(head: str, written: Write) -> None:
    rows = [f"{written(start)},1.5" for start in HALF_HOURS]
    _, starts = simple(rows, f"{head},kWh", {"time_zone": "UTC"})
    assert starts == HALF_HOURS


@pytest.mark.parametrize(("summer", "winter"), [("BST", "GMT"), ("1", "0")])
def test_an_hour_sorted_by_its_clock_is_told_apart_by_the_mark_beside_it(summer: str, winter: str) -> None:
    starts = [datetime(2021, 10, 29, tzinfo=UTC) + number * timedelta(minutes=30) for number in range(200)]
    local = [(start.astimezone(LONDON), number) for number, start in enumerate(starts)]
    ordered = sorted(local, key=lambda one: (one[0].replace(tzinfo=None, fold=0), -one[0].fold))
    rows = [f"{at:%d/%m/%Y %H:%M},{summer if at.dst() else winter},{number}" for at, number in ordered]
    data = "\n".join(["Time,DST,kWh", *rows, ""]).encode()
    found = inspect_file(FileSample.of(data), name="x.csv")
    assert found.profile is not None
    profile = apply_answers(found.profile, {q.id: q.guess for q in found.questions}, found.questions)
    with tempfile.TemporaryDirectory() as name:
        result, read_back = read(Path(name), data, profile)
    assert [(start, value) for _, start, value in read_back] == list(zip(starts, map(float, range(200)), strict=True))
    assert result.duplicate_count == 0


def test_last_seconds_of_intervals_are_their_ends() -> None:
    rows = [f"{start + timedelta(minutes=29, seconds=59):%d/%m/%Y %H:%M:%S},1" for start in HALF_HOURS]
    result, starts = simple(rows, "Time,kWh", {"time_zone": "UTC"})
    assert (starts, [f.code for f in result.findings]) == (HALF_HOURS, [])


@pytest.mark.parametrize(
    "early", [timedelta(), timedelta(seconds=1), timedelta(minutes=1)], ids=["whole", "1 s", "1 min"]
)
def test_months_named_by_their_ends_begin_by_the_calendar(early: timedelta) -> None:
    firsts = [datetime(2020 + n // 12, n % 12 + 1, 1, tzinfo=LONDON) for n in range(16)]
    rows = [f"{first.replace(tzinfo=None) - early:%d/%m/%Y %H:%M:%S},1" for first in firsts[1:]]
    result, starts = simple(rows, "Period end,kWh")
    assert [start.astimezone(LONDON) for start in starts] == firsts[:-1]
    assert [f.code for f in result.findings] == []


@pytest.mark.parametrize(
    "early", [timedelta(), timedelta(seconds=1), timedelta(minutes=1)], ids=["whole", "1 s", "1 min"]
)
@pytest.mark.parametrize("first", [datetime(2026, 3, 20), datetime(2026, 10, 17)], ids=["spring", "autumn"])
def test_days_named_by_their_ends_begin_at_midnight_whether_they_have_24_hours_or_not(
    first: datetime, early: timedelta
) -> None:
    days = [first + n * DAY for n in range(20)]
    rows = [f"{day + DAY - early:%d/%m/%Y %H:%M:%S},{1 + day.day % 7}" for day in days]
    result, starts = simple(rows, "Period end,kWh", {"time_zone": "Europe/London"})
    assert [start.astimezone(LONDON).replace(tzinfo=None) for start in starts] == days
    assert [f.code for f in result.findings] == []


@pytest.mark.parametrize(
    ("first", "hour"), [(datetime(2026, 3, 20), 5), (datetime(2015, 3, 20), 6)], ids=["new", "old"]
)
def test_gas_days_begin_in_the_morning_by_the_british_clock(first: datetime, hour: int) -> None:
    days = [first + n * DAY for n in range(20)]  # over the clock change in spring
    data = "\n".join(["Gas Day,Gas kWh", *(f"{day:%d/%m/%Y},{1000 + day.day}" for day in days), ""]).encode()
    found = inspect_file(FileSample.of(data), name="x.csv")
    assert found.profile is not None
    assert {q.id: q.guess for q in found.questions}["day_begins"] == f"{hour:02}:00"
    profile = apply_answers(found.profile, {q.id: q.guess for q in found.questions}, found.questions)
    with tempfile.TemporaryDirectory() as name:
        _, rows = read(Path(name), data, profile)
    assert [start for _, start, _ in rows] == [day.replace(hour=hour, tzinfo=LONDON).astimezone(UTC) for day in days]


@pytest.mark.parametrize("form", ["%d/%m/%Y 24:00", "%d/%m/%Y 24:00:00"])
def test_the_hour_24_is_the_next_midnight_and_says_that_times_are_ends(form: str) -> None:
    ends = [start + timedelta(minutes=30) for start in HALF_HOURS]
    form_of = "%d/%m/%Y %H:%M:%S" if form.endswith(":00:00") else "%d/%m/%Y %H:%M"
    rows = [f"{(end - DAY).strftime(form) if end.hour == end.minute == 0 else end.strftime(form_of)},1" for end in ends]
    result, starts = simple(rows, "Time,kWh", {"time_zone": "UTC"})
    assert (starts, [f.code for f in result.findings]) == (HALF_HOURS, [])


def test_an_hour_24_that_is_no_midnight_is_no_time() -> None:
    rows = [f"{start:%d/%m/%Y %H:%M},1" for start in HALF_HOURS] + ["16/06/2021 24:30,1"]
    result, starts = simple(rows, "Time,kWh", {"time_zone": "UTC"})
    (bad,) = [f for f in result.findings if f.code == "bad-stamp"]
    assert (len(starts), bad.count, bad.where) == (200, 1, ("line 202",))


def test_compact_times_are_only_read_whole() -> None:
    rows = [f"{start:%Y%m%d %H%M},1" for start in HALF_HOURS] + ["20210616 030,1", "2021061 0030,1"]
    result, starts = simple(rows, "Time,kWh", {"time_zone": "UTC"})
    assert (len(starts), [(f.code, f.count) for f in result.findings]) == (200, [("bad-stamp", 2)])


def test_repeats_that_say_the_same_are_told_from_those_that_do_not() -> None:
    rows = [f"{start:%Y-%m-%d %H:%M},1.5" for start in HALF_HOURS]
    result, _ = simple([*rows[:60], rows[59], rows[59].replace("1.5", "9.5"), *rows[60:]], "Time,kWh")
    twice, conflicting = result.findings
    assert (twice.code, twice.count, twice.severity) == ("duplicate-stamps", 2, "warning")
    assert "1 of them say the same again, 1 hold other values." in twice.message
    assert (conflicting.code, conflicting.count, conflicting.where) == ("conflicting-duplicates", 1, ("line 63",))
    result, _ = simple([*rows[:60], rows[59], *rows[60:]], "Time,kWh")
    (same,) = result.findings
    assert (same.code, same.severity) == ("duplicate-stamps", "info")
    assert "They say the same again." in same.message


def test_a_logger_whose_clock_was_not_set_is_told_of() -> None:
    rows = ["01/01/1901 00:00:00,7", *(f"{start:%d/%m/%Y %H:%M:%S},1" for start in HALF_HOURS)]
    result, starts = simple(rows, "Time,kWh")
    (finding,) = result.findings
    assert (finding.code, finding.where) == ("stamp-out-of-range", ("line 2 (01/01/1901 00:00:00)",))
    assert len(starts) == 200


def test_dates_of_the_other_order_deep_in_a_file_are_told_as_an_error() -> None:
    days = [datetime(2021, 2, 1, tzinfo=UTC) + number * timedelta(hours=1) for number in range(24 * 5)]
    rows = [f"{start:%d/%m/%Y %H:%M},1" for start in days] + ["02/13/2021 00:00,1"]
    result, _ = simple(rows, "Time,kWh", {"time_zone": "UTC", "day_first": "true"})
    (finding,) = [f for f in result.findings if f.code == "day-order-contradicted"]
    assert (finding.severity, finding.where) == ("error", ("line 122 (02/13/2021 00:00)",))
    assert "No date shows that it is as it was read." in finding.message


@pytest.mark.parametrize(("written_in", "said", "is_told"), [("Europe/London", "UTC", True), ("UTC", "UTC", False),
                                                            ("UTC", "Europe/London", True),
                                                            ("Europe/London", "Europe/London", False)])  # fmt: skip
@pytest.mark.parametrize("change", CHANGES)
def test_a_clock_other_than_the_one_said_is_told(change: datetime, written_in: str, said: str, is_told: bool) -> None:
    starts = [change + number * timedelta(minutes=30) for number in range(-80, 80)]
    rows = [f"{start.astimezone(ZoneInfo(written_in)):%Y-%m-%d %H:%M},1" for start in starts]
    result, _ = simple(rows, "Time,kWh", {"time_zone": said})
    told = {f.code for f in result.findings}
    assert ("other-clock" in told) == is_told


def test_rows_in_no_order_are_read_and_a_repeated_hour_in_them_is_doubted() -> None:
    starts = [CHANGES[1] + number * timedelta(minutes=30) for number in range(-80, 80)]
    rows = [f"{start.astimezone(LONDON):%Y-%m-%d %H:%M},{number}" for number, start in enumerate(starts)]
    random.Random(5).shuffle(rows)
    result, read_back = simple(rows, "Time,kWh", {"time_zone": "Europe/London"})
    assert read_back == starts
    (finding,) = [f for f in result.findings if f.code == "repeated-local-times"]
    assert finding.severity == "warning"


def test_a_stamp_off_the_grid_is_shown_as_it_is_written() -> None:
    rows = [f"{start:%d/%m/%Y %H:%M:%S},1" for start in HALF_HOURS]
    rows[50] = "12/06/2021 01:07:27,1"
    result, _ = simple(rows, "Period ending,kWh", {"time_zone": "Europe/London"})
    (finding,) = [f for f in result.findings if f.code == "off-grid-stamps"]
    assert finding.where == ("line 52 (2021-06-12 01:07:27 as written)",)


def test_ends_of_intervals_of_no_known_length_are_told() -> None:
    chance = random.Random(1)
    moments = [HALF_HOURS[0] + timedelta(seconds=at) for at in sorted(chance.sample(range(90_000), 300))]
    result, starts = simple([f"{t:%Y-%m-%d %H:%M:%S},1" for t in moments], "Period ending,kWh", {"time_zone": "UTC"})
    assert (starts, [f.code for f in result.findings]) == (moments, ["interval-unknown"])


def test_the_clock_that_a_file_shows_can_be_answered_otherwise() -> None:
    starts = [CHANGES[1] + number * timedelta(minutes=30) for number in range(-80, 80)]
    data = "\n".join(["Time,kWh", *(f"{t.astimezone(LONDON):%Y-%m-%d %H:%M},1" for t in starts), ""]).encode()
    found = inspect_file(FileSample.of(data), name="x.csv")
    assert found.profile is not None
    assert found.profile.timestamp.time_zone_how is How.INFERRED
    assert [question.id for question in found.questions] == ["stamp"]  # it begins and ends within a day
    profile = apply_answers(found.profile, {"time_zone": "Europe/Dublin"}, found.questions)
    assert (profile.timestamp.time_zone, profile.timestamp.time_zone_how) == ("Europe/Dublin", How.CONFIRMED)


def test_months_end_with_the_calendar_and_a_missing_month_is_a_gap() -> None:
    rows = [f"01/{month:02}/{year},{month}.5" for year in (2019, 2020, 2021) for month in range(1, 13)]
    del rows[20]
    result, starts = simple(rows, "Month,kWh", {"time_zone": "Europe/London", "day_first": "true"})
    assert (starts[0], starts[-1]) == (datetime(2019, 1, 1, tzinfo=UTC), datetime(2021, 12, 1, tzinfo=UTC))
    assert (starts[6], result.period_end) == (datetime(2019, 6, 30, 23, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC))
    (gap,) = result.findings
    assert (gap.code, gap.count, gap.where) == ("gaps", 1, ("after 2020-08 (1 missing)",))


def test_a_midnight_that_no_sample_shows_may_be_its_date_alone() -> None:
    moments = [datetime(2021, 6, 11, 22, tzinfo=UTC) + number * timedelta(seconds=1) for number in range(60)]
    data = "\n".join(["Time,kW", *(f"{t:%d/%m/%Y %H:%M:%S},1" for t in moments), ""]).encode()
    found = inspect_file(FileSample.of(data), name="x.csv")
    assert found.profile is not None
    assert found.profile.timestamp.formats == ("%d/%m/%Y",)


def test_times_that_all_say_gmt_but_change_are_read_as_answered() -> None:
    moments = [CHANGES[1] + number * timedelta(minutes=30) for number in range(-80, 80)]
    rows = [f"{moment.astimezone(LONDON):%d/%m/%Y %H:%M} GMT,1" for moment in moments]
    _, starts = simple(rows, "Time,kWh", {"time_zone": "Europe/London"})
    assert starts == moments
    _, starts = simple(rows, "Time,kWh", {"time_zone": "UTC"})
    assert starts[0] == moments[0] + timedelta(hours=1)  # as it is written


def test_times_without_a_date_begin_anew_each_day_from_the_day_answered() -> None:
    moments = [CHANGES[1] + number * timedelta(minutes=30) for number in range(-60, 60)]  # over the clock change
    rows = [f"{moment.astimezone(LONDON):%H:%M},1" for moment in moments]
    rows[20] = "--,1"
    first = f"{moments[0].astimezone(LONDON):%Y-%m-%d}"
    _, starts = simple(rows, "Time,kW", {"time_zone": "Europe/London", "date": first, "stamp": "start"})
    assert starts == [*moments[:20], *moments[21:]]


def test_a_days_end_as_its_hour_24_begins_no_day_of_its_own() -> None:
    rows = [f"{hour:02}:00,1" for _ in range(3) for hour in range(1, 25)]
    _, starts = simple(rows, "Time,kW", {"time_zone": "UTC", "date": "2020-09-01", "stamp": "start"})
    assert starts == [datetime(2020, 9, 1, 1, tzinfo=UTC) + number * timedelta(hours=1) for number in range(72)]
