"""Which column tells the meters of a file apart, and in which order a meter's rows stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fairwatt.core.files import FileSample
from fairwatt.core.files.layout import Layout, find_layout
from fairwatt.core.files.series import order_of
from tests.core.files.samples import csv, half_hours, inspect, profile_of


def rows_of(*meters: str, count: int = 120) -> list[str]:
    return [f"{meter},{row}" for meter in meters for row in half_hours(count, form="%Y-%m-%dT%H:%M:%SZ")]


def layout_of(data: bytes) -> Layout:
    layout = find_layout(FileSample.of(data), name="x.csv", max_columns=100)
    assert layout is not None
    return layout


def test_meters_one_after_another_are_told_apart_by_the_column_that_differs() -> None:
    rows = [f"SSEN,{row}" for row in rows_of("000200200402", "000200200403")]
    profile = profile_of(csv("dno_alias,lv_feeder_unique_id,time,kWh", *rows))
    assert profile.series_column == 1


def test_one_meter_may_stand_in_a_column_of_its_own() -> None:
    assert profile_of(csv("dno_alias,time,kWh", *rows_of("SSEN"))).series_column == 0


def test_the_length_of_intervals_is_no_meters_name() -> None:
    """As the European transparency platform writes it beside the areas that have it."""
    rows = [f"PT30M,{row}" for row in rows_of("10YGB----------A")] + [
        f"PT60M,{row}" for row in rows_of("10YFR-RTE------C")
    ]
    profile = profile_of(csv("ResolutionCode,AreaCode,DateTime(UTC),TotalLoad[MW]", *rows))
    assert (profile.series_column, profile.series_parts) == (1, ())


def test_numbers_of_meters_need_no_name() -> None:
    profile = profile_of(csv(*rows_of("10047", "10048")))
    assert (profile.series_column, profile.timestamp.columns, [c.column for c in profile.channels]) == (0, (1,), [2])


def test_the_hour_that_comes_twice_stays_in_the_order_of_the_file() -> None:
    clock = ["01:00", "01:30", "01:00", "01:30", "02:00", "02:30", *(f"{h:02}:00" for h in range(3, 24))]
    rows = [f"2021-10-31 {at},{n}" for n, at in enumerate(clock)]
    layout = layout_of(csv("time,kWh", *rows))
    minutes = np.array([int(at[:2]) * 60 + int(at[3:]) for at in clock], dtype=np.int64)
    (run,) = order_of(layout, (minutes,), ())(np.arange(len(clock), dtype=np.float64))
    assert run.tolist() == list(range(len(clock)))
    (back,) = order_of(layout, (minutes[::-1].copy(),), ())(np.arange(len(clock), dtype=np.float64))
    assert back.tolist() == list(range(len(clock)))[::-1]


def test_rows_in_no_order_are_put_in_order_of_time() -> None:
    layout = layout_of(csv("time,kWh", *half_hours(6)))
    stamps = np.array([30, 0, 90, 60, 150, 120], dtype=np.int64)
    (run,) = order_of(layout, (stamps,), ())(np.arange(6, dtype=np.float64))
    assert run.tolist() == [1, 0, 3, 2, 5, 4]


def paired(heads: str, sites: tuple[str, ...], meters: tuple[str, ...]) -> bytes:
    rows = [
        f"{site},{meter},2021-01-{4 + n // 48:02} {n % 48 // 2:02}:{n % 2 * 30:02},{n * 37 % 97 / 50}"
        for site in sites
        for meter in meters
        for n in range(60)
    ]
    return csv(f"{heads},Timestamp,Import (kWh)", *rows)


@pytest.mark.parametrize(
    ("heads", "sites", "meters"),
    [
        ("Site,Meter", ("Grange", "Mill"), ("Main", "PV")),
        ("Feeder,Phase", ("F1", "F2", "F3"), ("L1", "L2", "L3")),
        ("substation_id,feeder_id", ("1001", "1002"), ("1", "2")),
    ],
)
def test_two_columns_tell_series_apart_where_one_does_not(
    heads: str, sites: tuple[str, ...], meters: tuple[str, ...]
) -> None:
    profile = profile_of(paired(heads, sites, meters))
    assert (profile.series_column, profile.series_parts) == (0, (1,))
    assert [channel.name for channel in profile.channels] == ["Import (kWh)"]


def test_one_column_is_enough_where_the_other_goes_with_it() -> None:
    profile = profile_of(paired("Site,Meter", ("Grange",), ("Main", "PV")))
    assert (profile.series_column, profile.series_parts) == (1, ())


def local_rows(meter: str, count: int, minutes: int) -> list[str]:
    """A meter's rows by the British clock, from an hour before midnight of the day on which it goes back."""
    first = datetime(2021, 10, 30, 22, tzinfo=UTC)
    times = [(first + timedelta(minutes=minutes * n)).astimezone(ZoneInfo("Europe/London")) for n in range(count)]
    return [f"{meter},{time:%Y-%m-%d %H:%M},{(n * 37 + len(meter)) % 97 / 50}" for n, time in enumerate(times)]


@pytest.mark.parametrize("minutes", [10, 30, 60])
@pytest.mark.parametrize("order", ["below one another", "by turns", "from the newest"])
@pytest.mark.parametrize("name", ["Meter", "Site"])
def test_meters_with_a_few_rows_over_the_hour_that_clocks_repeat_keep_their_names(
    minutes: int, order: str, name: str
) -> None:
    for count in (4, 6, 7, 10, 16, 40):
        each = [local_rows(meter, count, minutes) for meter in ("A1", "B20", "C300")]
        rows = [row for some in each for row in some]
        rows = [row for turn in zip(*each, strict=True) for row in turn] if order == "by turns" else rows
        found = inspect(csv(f"{name},Time,Import (kWh)", *(rows[::-1] if order == "from the newest" else rows)))
        assert found.profile is not None, count
        assert (found.profile.series_column, found.profile.resolution_s) == (0, minutes * 60)
        assert "meters" not in {q.id for q in found.questions}


@pytest.mark.parametrize("minutes", [10, 30, 60])
@pytest.mark.parametrize("count", [4, 5, 6, 7, 8, 12])
def test_a_few_rows_of_one_meter_over_the_hour_that_clocks_repeat_are_readings(count: int, minutes: int) -> None:
    rows = [f"{row.partition(',')[2]},day" for row in local_rows("A1", count, minutes)]
    found = inspect(csv("Time,Import (kWh),Band", *rows))
    assert found.profile is not None
    assert (found.profile.series_column, found.profile.resolution_s) == (None, minutes * 60)
    assert "meters" not in {q.id for q in found.questions}


SNAPSHOTS: dict[str, tuple[str, Callable[[int], str]]] = {
    "one day": ("Meter,Date,Reading (kWh)", lambda n: f"M{n},2021-03-01,{900 + n * 37}.5"),
    "one minute, the date first": ("Date,Meter,Reading (kWh)", lambda n: f"2021-03-01 09:00,M{n},{900 + n * 37}.5"),
    "serial numbers": ("Date,Serial no,Meter reading", lambda n: f"2021-03-01,210{n:05},{900 + n * 37}"),
    "no unit": ("Meter,Date,Reading", lambda n: f"M{n},2021-03-01,{900 + n * 37}"),
    "a note beside it": (
        "Flat,Date,Reading (kWh),Note",
        lambda n: f"Flat {n},2021-03-01,{900 + n * 37},{'ok' * (n % 2)}",
    ),
    "on a round": ("Meter,Time,Power (kW)", lambda n: f"M{n},2021-03-01 09:{n * 7 % 60:02}:13,{n * 37 % 11}.5"),
}


@pytest.mark.parametrize("name", SNAPSHOTS)
@pytest.mark.parametrize("count", [2, 5, 12, 40])
def test_meters_that_were_read_once_each_are_told_apart(name: str, count: int) -> None:
    head, line = SNAPSHOTS[name]
    found = inspect(csv(head, *(line(n) for n in range(count))))
    assert found.profile is not None
    assert found.profile.series_column == next(n for n, c in enumerate(head.split(",")) if c in _METERS)
    assert found.profile.resolution_s is None
    assert [c.is_register for c in found.profile.channels if c.kind == "number"] == [name != "on a round"]
    asks = {q.id for q in found.questions if q.id.startswith("register:")}
    assert asks == ASKED.get(name, {"register:reading_kwh"})


ASKED: dict[str, set[str]] = {"serial numbers": set(), "on a round": set(), "no unit": {"register:reading"}}
_METERS = frozenset({"Meter", "Serial no", "Flat"})


@pytest.mark.parametrize(
    ("head", "line"),
    [
        (
            "Site,Commissioned,Capacity (kW)",
            lambda n: f"Site {n},2021-{n * 5 % 12 + 1:02}-{n * 11 % 28 + 1:02},{n * 7 % 90}",
        ),
        ("Substation,Updated,Capacity (kW)", lambda n: f"Site {n},2021-03-01,{n * 7 % 90}"),
        ("Site,Date,Rooms", lambda n: f"Site {n},2021-03-01,{n * 7 % 90}"),
        ("Site,Last date,Last reading,Date,Reading", lambda n: f"S{n},2021-02-01,{n * 71},2021-03-01,{n * 73}"),
        ("Asset,Owner,Town,Date,Power (kW)", lambda n: f"A{n},Owner {n},Town {n % 9},2021-03-01,{n * 7 % 90}"),
    ],
)
def test_a_list_of_things_with_one_date_is_no_reading_of_meters(head: str, line: Callable[[int], str]) -> None:
    assert inspect(csv(head, *(line(n) for n in range(40)))).kind == "table"
