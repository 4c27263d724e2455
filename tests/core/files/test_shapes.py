"""Which tables are days side by side, numbered intervals or single values, and which only look a little like them."""

from __future__ import annotations

import pytest

from fairwatt.core.files.profile import ImportProfile
from tests.core.files.samples import csv, half_hours, inspect, profile_of

DAYS = [f"{day:02}/01/2021" for day in range(11, 25)]
HALF_HOURS = ",".join(f"HH{n}" for n in range(1, 49))
CELLS = ",".join(f"0.{n * 7 % 48:02}" for n in range(48))


def shape_of(profile: ImportProfile) -> tuple[bool, bool, bool]:
    """Whether a profile has a day's intervals as columns, numbers of intervals, rows of single values."""
    periods = profile.timestamp.periods
    return (
        periods is not None and bool(periods.slots),
        periods is not None and periods.column is not None,
        profile.spread is not None,
    )


def test_a_wide_table_says_where_its_values_stand() -> None:
    rows = [f"2000012345672,{day},{CELLS},12.5" for day in DAYS]
    found = inspect(csv(f"MPAN,Reading Date,{HALF_HOURS},Total", *rows))
    profile = found.profile
    assert profile is not None
    assert shape_of(profile) == (True, False, False)
    assert (profile.columns, profile.series_column, profile.resolution_s) == (51, 0, 1800.0)
    assert (profile.timestamp.columns, profile.timestamp.format, profile.timestamp.stamp) == ((1,), "%d/%m/%Y", "start")
    (channel,) = profile.channels
    assert (channel.column, channel.quantity, channel.unit, channel.decimals) == (51, "energy", "kwh", 2)
    assert [(q.id, q.guess) for q in found.questions] == [("time_zone", "Europe/London"), ("unit:value", "kwh")]
    (left_out,) = [f for f in found.findings if f.code == "columns-left-out"]
    assert (left_out.count, left_out.where) == (1, ("‘Total’",))


def test_the_order_of_day_and_month_is_asked_where_both_fit() -> None:
    found = inspect(csv(f"Date,{HALF_HOURS}", *[f"0{month}/0{month}/2021,{CELLS}" for month in range(1, 4)]))
    assert "day_first" in {q.id for q in found.questions}


def test_a_unit_in_the_headings_is_not_asked() -> None:
    heads = ",".join(f"kWh_{n}" for n in range(1, 49))
    found = inspect(csv(f"Date,{heads}", *[f"{day},{CELLS}" for day in DAYS]))
    assert found.profile is not None
    assert [(c.name, c.field, c.unit) for c in found.profile.channels] == [("kWh", "kwh", "kwh")]
    assert [q.id for q in found.questions] == ["time_zone"]


def test_a_date_in_utc_by_its_name_is_not_asked_about() -> None:
    found = inspect(csv(f"Date (UTC),{HALF_HOURS}", *[f"{day},{CELLS}" for day in DAYS]))
    assert found.profile is not None
    assert (found.profile.timestamp.time_zone, found.profile.timestamp.time_zone_how) == ("UTC", "read")
    assert "time_zone" not in {q.id for q in found.questions}


def test_settlement_periods_are_british_without_being_asked() -> None:
    rows = [f"2021-01-{day},{period},1.5" for day in range(11, 15) for period in range(1, 49)]
    found = inspect(csv("settlementDate,settlementPeriod,MWh", *rows))
    assert found.profile is not None
    rule = found.profile.timestamp
    assert (rule.time_zone, rule.time_zone_how, rule.time_zone_confidence) == ("Europe/London", "inferred", 0.9)
    assert shape_of(found.profile) == (False, True, False)
    assert "time_zone" not in {q.id for q in found.questions}


def test_times_of_their_own_are_believed_before_settlement_periods() -> None:
    rows = [
        f"2021-01-04,{n + 1},2021-01-04T{n // 2:02}:{n % 2 * 30:02}:00Z,1.5" for n in range(48)
    ]  # fmt: skip
    profile = profile_of(csv("settlementDate,settlementPeriod,startTime,MW", *rows))
    assert (profile.timestamp.columns, profile.timestamp.periods, profile.timestamp.time_zone) == ((2,), None, "UTC")


def test_a_row_for_each_value_names_its_channels() -> None:
    rows = [f"{stamp},{name},{value},{unit}" for stamp, _ in (row.split(",") for row in half_hours(30))
            for name, value, unit in (("Demand", "1.5", "kW"), ("Voltage", "241.2", "V"))]  # fmt: skip
    profile = profile_of(csv("time,variable,value,unit", *rows))
    assert shape_of(profile) == (False, False, True)
    assert [(c.name, c.label, c.column, c.quantity, c.unit) for c in profile.channels] == [
        ("Demand", "Demand [kW]", 4, "power", "kw"),
        ("Voltage", "Voltage [V]", 5, "voltage", "v"),
    ]
    assert profile.spread is not None
    assert (profile.spread.name_column, profile.spread.value_column, profile.spread.unit_column) == (1, 2, 3)
    assert profile.resolution_s == 1800.0


@pytest.mark.parametrize(
    "data",
    [
        csv("time,state,kW", *[f"{row},{'charging' if n % 3 else 'idle'},1.{n}" for n, row in
            enumerate(stamp.split(",")[0] for stamp in half_hours(60))]),
        csv("home,time,kWh", *[f"{home},{row}" for home in ("North", "South") for row in half_hours(40)]),
        csv("time,kW,Period", *[f"{row},{n % 48 + 1}" for n, row in enumerate(half_hours(100))]),
        csv("Date,kWh,Period", *[f"{day},1.5,{n + 1}" for n, day in enumerate(DAYS)]),
        csv(f"time,{','.join(f'Harmonic {n}' for n in range(1, 51))}",
            *[f"{row},{','.join(['0.1'] * 49)}" for row in half_hours(60)]),
        csv("Date,kWh", *[f"{day},{n}.5" for n, day in enumerate(DAYS)]),
    ],
    ids=["a state that changes", "two homes", "times and a number", "a day each", "harmonics", "days"],
)  # fmt: skip
def test_plain_tables_stay_plain(data: bytes) -> None:
    assert shape_of(profile_of(data)) == (False, False, False)


def test_two_values_a_row_are_not_single_values() -> None:
    rows = [f"{row.split(',')[0]},{way},1.5,240.1" for row in half_hours(40) for way in ("import", "export")]
    profile = profile_of(csv("time,direction,kWh,V", *rows))
    assert shape_of(profile) == (False, False, False)
    assert profile.series_column == 1


def test_numbered_half_hours_are_seen_where_values_bear_their_unit() -> None:
    rows = [
        f"{meter},{day:02}/06/2021,{number},{number * 7 % 13 / 10} kWh"
        for meter in ("10047", "10048")
        for day in (13, 14, 15)
        for number in range(1, 49)
    ]
    profile = profile_of(csv("Meter,Date,Period,Consumption", *rows))
    assert (profile.resolution_s, profile.series_column) == (1_800.0, 0)
    assert [(channel.name, channel.unit) for channel in profile.channels] == [("Consumption", "kwh")]
