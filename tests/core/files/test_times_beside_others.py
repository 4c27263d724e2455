"""Which column holds the readings' times where others look like times too."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest

from tests.core.files.samples import csv, inspect, profile_of


@pytest.mark.parametrize(
    "heads",
    ["Date,Day,Night", "Reading date,Day (R1),Night (R2)", "Taken at,Day reading,Night reading"],
    ids=["day", "register", "reading"],
)
def test_a_register_of_the_day_is_no_time_beside_a_date(heads: str) -> None:
    days = [date(2026, 5, 1) + timedelta(days=i) for i in range(40)]
    rows = [f"{day:%d/%m/%Y},{45_210 + 9 * i},{12_010 + 4 * i}" for i, day in enumerate(days)]
    found = profile_of(csv(heads, *rows))
    assert found.timestamp.columns == (0,)
    assert [channel.column for channel in found.channels] == [1, 2]


def _halves(form: str, count: int = 96) -> list[str]:
    start = datetime(2026, 5, 13)
    return [f"{start + timedelta(minutes=30 * i):{form}},0.{100 + i}" for i in range(count)]


@pytest.mark.parametrize(
    ("heads", "form", "columns"),
    [
        ("Date,Time,AM/PM,kWh", "%d/%m/%Y,%I:%M,%p", (0, 1, 2)),
        ("Date,Time,Meridiem,Import kWh", "%Y-%m-%d,%I:%M:%S,%p", (0, 1, 2)),
        ("Date Time,AM/PM,kWh", "%d/%m/%Y %I:%M,%p", (0, 1)),
    ],
    ids=["apart", "meridiem", "stamp"],
)
def test_halves_of_the_day_in_a_column_of_their_own_are_part_of_the_time(
    heads: str, form: str, columns: tuple[int, ...]
) -> None:
    profile = profile_of(csv(heads, *_halves(form)))
    assert (profile.timestamp.columns, profile.timestamp.format) == (columns, form.replace(",", " "))
    assert (profile.series_column, len(profile.channels)) == (None, 1)


def test_halves_of_the_day_beside_hours_and_minutes_apart_name_no_meters() -> None:
    found = inspect(csv("Date,Hour,Minute,ampm,kWh", *_halves("%d/%m/%Y,%I,%M,%p")))
    assert (found.kind, found.findings[-1].code) == ("table", "half-days-apart")
    assert found.findings[-1].message.startswith("‘ampm’ says apart from the times")


@pytest.mark.parametrize(
    ("heads", "form"),
    [("Time,Half,kWh", "%Y-%m-%d %H:%M,%p"), ("Time,Half,kWh", "%d/%m/%Y %I:%M %p,%p")],
    ids=["up to 24", "said twice"],
)
def test_halves_of_the_day_that_the_times_say_too_do_no_harm(heads: str, form: str) -> None:
    found = inspect(csv(heads, *_halves(form)))
    assert found.kind == "readings"
    assert found.profile is not None
    assert found.profile.timestamp.columns == (0,)


@pytest.mark.parametrize(
    ("heads", "lag"),
    [
        ("Import date,Reading date,kWh", timedelta(days=1)),
        ("Server time,Device time,kWh", timedelta(hours=1)),
        ("Transmission time,Measurement time,kWh", timedelta(minutes=30)),
        ("Invoice date,Date,kWh", timedelta(days=5)),
    ],
    ids=["taken over", "server", "sent", "billed"],
)
def test_when_a_row_was_stored_or_sent_is_not_when_it_was_measured(heads: str, lag: timedelta) -> None:
    step = timedelta(days=1) if lag >= timedelta(days=1) else timedelta(minutes=30)
    start = datetime(2026, 5, 1)
    rows = [f"{start + i * step + lag:%Y-%m-%d %H:%M},{start + i * step:%Y-%m-%d %H:%M},{i}.25" for i in range(96)]
    rule = profile_of(csv(heads, *rows)).timestamp
    assert (rule.columns, rule.stamp) == ((1,), "start")


@pytest.mark.parametrize("apart", [0, 30], ids=["all at once", "each by itself"])
def test_when_settlement_periods_were_published_is_not_when_they_are(apart: int) -> None:
    published = datetime(2026, 5, 5, 10)
    rows = [
        f"{published + timedelta(minutes=apart * i):%Y-%m-%dT%H:%M:%SZ},2026-05-{i // 48 + 1:02},{i % 48 + 1},{164 + i}"
        for i in range(96)
    ]
    rule = profile_of(csv("publishTime,settlementDate,settlementPeriod,quantity", *rows)).timestamp
    assert rule.periods is not None
    assert (rule.columns, rule.periods.column, rule.periods.step_s) == ((1,), 2, 1_800)


@pytest.mark.parametrize(
    "heads",
    ["Invoice date,Period start,Period end,kWh", "Bill date,Start date,End date,kWh", "Date,Period from,Period to,kWh"],
)
def test_a_bill_is_of_its_period_and_not_of_its_date(heads: str) -> None:
    rows = [f"05/{month + 1:02}/2026,01/{month:02}/2026,01/{month + 1:02}/2026,{300 + month}" for month in range(1, 12)]
    found = profile_of(csv(heads, *rows))
    assert (found.timestamp.columns, found.timestamp.stamp, found.calendar_months) == ((1,), "start", 1)


def test_a_bill_s_period_may_end_with_its_last_day() -> None:
    starts = [date(2026, month, 1) for month in range(1, 13)]
    rows = [
        f"{end + timedelta(days=4):%d/%m/%Y},{start:%d/%m/%Y},{end - timedelta(days=1):%d/%m/%Y},{300 + start.month}"
        for start, end in pairwise(starts)
    ]
    found = profile_of(csv("Bill date,From,To,Units (kWh)", *rows))
    assert (found.timestamp.columns, found.timestamp.stamp, found.calendar_months) == ((1,), "start", 1)


@pytest.mark.parametrize(
    ("heads", "form"),
    [("Meter,Date,End time,kWh", "M01,%d/%m/%Y,%H:%M"), ("Timestamp,kWh", "%d/%m/%Y %H:%M")],
    ids=["apart", "together"],
)
@pytest.mark.parametrize("is_late", [0, 1], ids=["next date", "same date"])
def test_midnights_under_the_date_they_close_are_not_read_a_day_early(heads: str, form: str, is_late: int) -> None:
    ends = [datetime(2026, 5, 13) + timedelta(minutes=30 * i) for i in range(1, 145)]
    shown = [end - timedelta(days=is_late) if end.time() == time(0) else end for end in ends]
    found = inspect(csv(heads, *(f"{end:{form}},1.{100 + i}" for i, end in enumerate(shown))))
    codes = {finding.code for finding in found.findings}
    assert ("midnights-of-the-day-before" in codes, found.kind) == (bool(is_late), "table" if is_late else "readings")


@pytest.mark.parametrize("form", ["%d/%m %H:%M", "%d-%b %H:%M", "%b %d", "%B-%d", "%d %B"])
def test_dates_without_a_year_are_refused_by_that_reason(form: str) -> None:
    step = timedelta(minutes=30) if "%H" in form else timedelta(days=1)
    moments = [datetime(2026, 5, 1) + step * i for i in range(31)]
    found = inspect(csv("Date,kWh", *(f"{at:{form}},{i % 7}.25" for i, at in enumerate(moments))))
    assert (found.kind, found.findings[-1].code) == ("table", "times-without-year")
    assert f"‘{moments[0]:{form}}’" in found.findings[-1].message


def test_rows_of_several_meters_that_nothing_tells_apart_are_refused_by_that_reason() -> None:
    moments = [datetime(2026, 5, 13) + timedelta(minutes=30 * i) for i in range(200)]
    rows = [f"{at:%Y-%m-%d %H:%M},{(i + meter) % 7}.25" for i, at in enumerate(moments) for meter in (0, 3)]
    found = inspect(csv("Time (UTC),kWh", *rows))
    assert (found.kind, found.findings[-1].code) == ("table", "times-several-at-once")


def test_a_month_of_years_of_two_digits_is_one_where_other_months_follow() -> None:
    rows = [f"{date(2019 + n // 12, n % 12 + 1, 1):%b-%y},{n % 7}.25" for n in range(60)]
    assert profile_of(csv("Month,kWh", *rows)).calendar_months == 1


def test_a_file_put_together_of_both_orders_of_day_and_month_is_refused_by_that_reason() -> None:
    moments = [datetime(2026, 8, 1) + timedelta(minutes=30 * i) for i in range(48 * 60)]
    rows = [f"{at:%m/%d/%Y %H:%M},1.25" if at.month == 9 else f"{at:%d/%m/%Y %H:%M},1.25" for at in moments]
    found = inspect(csv("Time,kWh", *rows))
    assert (found.kind, found.findings[-1].code) == ("table", "times-of-two-orders")
