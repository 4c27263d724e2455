"""Forms that meters, portals and programs export, each in a few rows: what is asked of them, and what is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.lake.extracting.conftest import Read

Reader = Callable[..., Read]
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
SHOWN = [f"{(BEGIN + n * timedelta(minutes=30)):%d/%m/%Y %H:%M}" for n in range(60)]
POWERS = [f"{n % 7 + 0.25:.2f}" for n in range(60)]


def lines(head: str, rows: Iterable[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


def asked(found: Read) -> tuple[str, ...]:
    """What was asked but for starts and ends, which are no matter here."""
    return tuple(one for one in found.asked if one != "stamp")


def mondays(first: str, count: int) -> list[object]:
    begin = date.fromisoformat(first)
    return [f"{begin + timedelta(days=7 * n)}T00:00:00Z" for n in range(count)]


@pytest.mark.parametrize(
    ("head", "days", "starts"),
    [
        (
            "Year,Week No",
            [(2020, n) for n in range(40, 54)] + [(2021, n) for n in range(1, 4)],  # 2020 has 53 weeks
            mondays("2020-09-28", 17),
        ),
        ("year,week_number", [(2023, n) for n in range(1, 53)], mondays("2023-01-02", 52)),
        (
            "YEAR,DOY",
            [(2024, n) for n in range(58, 64)],
            [f"2024-{day}T00:00:00Z" for day in ("02-27", "02-28", "02-29", "03-01", "03-02", "03-03")],
        ),
        (
            "YEAR,DOY,HR",
            [(2023, n // 24 + 31, n % 24) for n in range(48)],
            [f"2023-{'01-31' if n < 24 else '02-01'}T{n % 24:02}:00:00Z" for n in range(48)],
        ),
        (
            "YEAR,MO,DY,HR",
            [(2023, 1, n // 24 + 1, n % 24) for n in range(72)],
            [f"2023-01-0{n // 24 + 1}T{n % 24:02}:00:00Z" for n in range(72)],
        ),
    ],
    ids=["weeks over a new year", "weeks of a year", "days of a leap year", "hours of days of a year", "short names"],
)
def test_times_in_parts_are_put_together(
    read: Reader, head: str, days: list[tuple[int, ...]], starts: list[object]
) -> None:
    rows = [f"{','.join(map(str, day))},{n * 3 % 7}.5" for n, day in enumerate(days)]
    found = read(lines(f"{head},Demand (MWh)", rows), "demand.csv", time_zone="UTC")
    assert (asked(found), found.column(1)) == (("time_zone",), starts)
    assert found.column(2) == [n * 3 % 7 + 0.5 for n in range(len(days))]
    assert ("weeks-by-number" in found.codes) == ("eek" in head)


@pytest.mark.parametrize("gap", [" ", ""])
def test_zones_in_brackets_behind_both_ends_are_read(read: Reader, gap: str) -> None:
    """Prices of intervals through the spring change, as the European transparency platform writes them."""
    begin = datetime(2024, 3, 30, 20, tzinfo=UTC)

    def shown(hour: int) -> str:
        local = (begin + timedelta(hours=hour)).astimezone(ZoneInfo("Europe/Berlin"))
        return f"{local:%d/%m/%Y %H:%M:%S}{gap}({local.tzname()})"

    rows = [f"{shown(n)} - {shown(n + 1)},{50 + n % 9}.5" for n in range(12)]
    found = read(lines("MTU (CET/CEST),Day-ahead Price (EUR/MWh)", rows), "prices.csv")
    assert asked(found) == ()
    assert found.column(1) == [f"{begin + timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ}" for n in range(12)]
    assert list(found.units.values()) == ["eur_per_mwh"]


@pytest.mark.parametrize("said", ["[dd.MM.yyyy HH:mm]", "dd/mm/yyyy hh:mm"])
def test_the_order_of_day_and_month_in_the_row_of_units_is_believed(read: Reader, said: str) -> None:
    mark = "." if "." in said else "/"
    rows = [f"{time.replace('/', mark)},{v}" for time, v in zip(SHOWN[:12], POWERS, strict=False)]
    found = read(lines("Date and time,Consumption", [f"{said},[Wh]", *rows]), "logger.csv", time_zone="UTC")
    assert (asked(found), found.units) == (("time_zone",), {"Consumption": "wh"})
    assert found.column(1)[:2] == ["2024-03-01T00:00:00Z", "2024-03-01T00:30:00Z"]


def test_solar_time_is_no_clock_of_ours(read: Reader) -> None:
    rows = [f"2023-06-0{1 + n // 24} {n % 24:02}:00,{n % 7}" for n in range(48)]
    found = read(lines("Time Zone: Local Solar Time (LST)\ntime,ghi (W/m2)", rows), "sun.csv")
    assert "time_zone" in asked(found)


ISO = [f"{BEGIN + n * timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}" for n in range(61)]
SECONDS = [1_709_251_200 + n * 1_800 for n in range(60)]
SAWTOOTH = [n * 3 % 7 + 0.25 for n in range(60)]
ANSWERS: dict[str, tuple[object, dict[str, str]]] = {
    "seconds and values, their unit beside them": (
        {"name": "import", "data": [list(one) for one in zip(SECONDS, SAWTOOTH, strict=True)], "units": "kWh"},
        {"value (kWh)": "kwh"},
    ),
    "values of meters, their unit above them": (
        {
            "powerDetails": {
                "unit": "W",
                "meters": [
                    {"type": kind, "values": [{"date": t, "value": v} for t, v in zip(ISO, SAWTOOTH, strict=False)]}
                    for kind in ("Purchased", "FeedIn")
                ],
            }
        },
        {"Purchased (W)": "w", "FeedIn (W)": "w"},
    ),
    "columns described elsewhere": (
        {
            "outputs": {"hourly": [{"time": t, "P": v, "T2m": v} for t, v in zip(ISO, SAWTOOTH, strict=False)]},
            "meta": {"variables": {"P": {"text": "power", "units": "W"}, "T2m": {"units": "degree Celsius"}}},
        },
        {"P (W)": "w", "T2m (degree Celsius)": "degc"},
    ),
    "shares by their names": (
        {
            "data": [
                {"from": t, "to": end, "mix": [{"fuel": "gas", "perc": v}, {"fuel": "wind", "perc": 100 - v}]}
                for t, end, v in zip(ISO, ISO[1:], SAWTOOTH, strict=False)
            ]
        },
        {"mix.gas (%)": "percent", "mix.wind (%)": "percent"},
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_units_of_answers_are_found_where_they_stand(read: Reader, name: str) -> None:
    answer, units = ANSWERS[name]
    found = read(json.dumps(answer), "answer.json")
    assert (asked(found), found.units) == ((), units)
    assert (found.column(1), found.column(2)) == (ISO[:60], SAWTOOTH)


def test_a_historians_state_in_a_numbers_place_is_a_missing_value(read: Reader) -> None:
    state = {"Name": "Bad Input", "Value": 255, "IsSystem": True}
    items = [
        {"Timestamp": t, "Value": state if n == 5 else v, "UnitsAbbreviation": "MW", "Good": n != 5}
        for n, (t, v) in enumerate(zip(ISO, SAWTOOTH, strict=False))
    ]
    found = read(json.dumps({"Items": items}), "historian.json")
    assert (asked(found), list(found.units.values())) == ((), ["mw"])
    assert found.column(2) == [None if n == 5 else v for n, v in enumerate(SAWTOOTH)]


def test_ends_in_milliseconds_are_no_readings(read: Reader) -> None:
    records = [
        {"start": s * 1000, "end": s * 1000 + 1_800_000, "mean": v} for s, v in zip(SECONDS, SAWTOOTH, strict=True)
    ]
    found = read(json.dumps({"sensor.voltage": records}), "statistics.json")
    assert (asked(found), list(found.units), found.resolution) == (("unit:mean",), ["mean"], (1800.0, 0))
    assert found.column(1) == ISO[:60]


def test_a_stations_first_years_without_sun_and_with_estimates_are_read(read: Reader) -> None:
    rows = [
        f"   {1950 + n // 12}  {n % 12 + 1:2d}   {'---' if n < 30 else 12.5}   {n % 7 + 0.5:4.1f}*   ---   {n % 5:3d}"
        for n in range(36)
    ]
    head = ["Armagh", "Missing data is marked by  ---.", "   yyyy  mm   tmax    tmin    sun   rain",
            "              degC    degC  hours     mm"]  # fmt: skip
    found = read("\n".join([*head, *rows, ""]), "station.txt")
    assert (found.column(1)[0], len(found.rows), found.resolution) == ("1950-01-01T00:00:00Z", 36, (None, 1))
    assert [row[2:4] for row in found.rows] == [(None if n < 30 else 12.5, n % 7 + 0.5) for n in range(36)]


def test_numbers_with_their_unit_in_the_cells_are_no_names(read: Reader) -> None:
    rows = [f'"{time}","{n * 3 % 7 + 0.25:.2f} kW"' for n, time in enumerate(SHOWN)]
    found = read(lines('"Time","Main meter"', rows), "panel.csv", time_zone="UTC")
    assert (asked(found), found.units) == (("time_zone",), {"Main meter": "kw"})
    assert found.column(2) == SAWTOOTH


@pytest.mark.parametrize("name", ["EMBEDDED_SOLAR_FORECAST", "Solar capacity"])
def test_forecasts_of_solar_power_are_no_sunshine(read: Reader, name: str) -> None:
    rows = [f"{time},{n * 7 % 13 * 100}" for n, time in enumerate(SHOWN)]
    found = read(lines(f"Time (UTC),{name}", rows), "embedded.csv")
    assert asked(found) == (f"unit:{name.lower().replace(' ', '_')}",)
