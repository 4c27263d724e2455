"""Forms from the field of energy, written by hand as their makers write them: what is asked, and what is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.lake.extracting.conftest import Read

Reader = Callable[..., Read]
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)


def times(count: int, minutes: float = 30, form: str = "%Y-%m-%dT%H:%M:%SZ") -> list[str]:
    return [f"{BEGIN + n * timedelta(minutes=minutes):{form}}" for n in range(count)]


def saw(n: int) -> float:
    """A value that goes up and down."""
    return n * 3 % 7 + 0.25


def lines(head: str, rows: Iterable[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


@pytest.mark.parametrize(
    ("head", "cells", "starts"),
    [
        (
            "Week",
            [f"Week {n} 2023" for n in (9, 10, 11, 12)],
            ["2023-02-27", "2023-03-06", "2023-03-13", "2023-03-20"],
        ),
        (
            "Year,Week,Day",
            [f"2023,10,{n}" for n in range(1, 8)],
            [f"2023-03-{n:02}" for n in range(6, 13)],
        ),
        (
            "Year,Week,Day",
            [f"2023,10,{day}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")],
            [f"2023-03-{n:02}" for n in range(6, 13)],
        ),
    ],
    ids=["weeks in words", "weekdays by number", "weekdays by name"],
)
def test_weeks_and_weekdays_are_days_and_it_is_said_how_they_are_counted(
    read: Reader, head: str, cells: list[str], starts: list[str]
) -> None:
    found = read(
        lines(f"{head},Used (kWh)", [f"{c},{saw(n)}" for n, c in enumerate(cells)]), "use.csv", time_zone="UTC"
    )
    assert found.column(1) == [f"{day}T00:00:00Z" for day in starts]
    assert found.column(2) == [saw(n) for n in range(len(cells))]
    assert "weeks-by-number" in found.codes


def test_billing_months_of_six_digits_are_months(read: Reader) -> None:
    rows = [f"{year}{month:02},{saw(month)},£{month}.20" for year in (2022, 2023) for month in range(1, 13)]
    found = read(lines("Billing month,Used (kWh),Charge", rows), "bills.csv")
    assert (found.asked, found.resolution) == ((), (None, 1))
    assert found.column(1)[:4] == [  # April begins at British midnight
        *(f"2022-0{n}-01T00:00:00Z" for n in (1, 2, 3)),
        "2022-03-31T23:00:00Z",
    ]
    assert found.units == {"Used (kWh)": "kwh", "Charge": "gbp"}


@pytest.mark.parametrize(("ms", "second"), [("0msec", "00Z"), ("250msec", "00Z"), ("40 msec", "00Z")])
def test_milliseconds_behind_a_time_are_read(read: Reader, ms: str, second: str) -> None:
    rows = [f"13/03/2024\t{n // 6:02}:{n % 6}0:00 {ms}\t{240 + saw(n)}" for n in range(60)]
    found = read(lines("Date\tTime\tVrms AN Avg", ["\t\tV", *rows]), "power.txt", time_zone="UTC")
    assert found.column(1)[:2] == [f"2024-03-13T00:00:{second}", f"2024-03-13T00:10:{second}"]
    assert found.units == {"Vrms AN Avg": "v"}


@pytest.mark.parametrize("values", [[f"{300 + n % 40}" for n in range(120)], [f"{300 + n}.5" for n in range(120)]])
def test_values_that_rise_by_one_are_no_count_of_rows(read: Reader, values: list[str]) -> None:
    found = read(lines("time,mains", [f"{t},{v}" for t, v in zip(times(120, 1), values, strict=True)]), "home.csv")
    assert "unit:mains" in found.asked


def test_values_under_seconds_since_a_start_are_read_through_the_day(read: Reader) -> None:
    """An inverter's day of British summer time."""
    values = {str(300 * n): saw(n) for n in range(288)}
    channel = {"EnergyReal_WAC_Sum_Produced": {"Unit": "Wh", "Values": values}}
    data = {"inverter/1": {"Start": "2024-06-12T00:00:00+01:00", "Data": channel}}
    found = read(json.dumps({"Body": {"Data": data}}), "archive.json")
    assert found.units == {"EnergyReal_WAC_Sum_Produced (Wh)": "wh"}
    assert (found.column(1)[0], found.column(1)[-1], len(found.rows)) == (
        "2024-06-11T23:00:00Z", "2024-06-12T22:55:00Z", 288,
    )  # fmt: skip
    assert (set(found.column(0)), found.column(2)) == ({"inverter/1"}, [saw(n) for n in range(288)])


def test_objects_in_objects_of_a_record_are_spread_out(read: Reader) -> None:
    records = [
        {"time": at, "power": {"solar": {"power": n * 7 % 90}, "battery": {"percent": 50, "power": n * 3 % 70}}}
        for n, at in enumerate(times(48, 5))
    ]
    found = read(json.dumps({"data": records}), "inverter.json", **{"unit:power_solar_power": "w"})
    assert list(found.units) == ["power.solar.power", "power.battery.percent", "power.battery.power"]
    assert found.column(2) == [n * 7 % 90 for n in range(48)]
    assert found.column(4) == [n * 3 % 70 for n in range(48)]


def flat_file(title: str, records: list[str], *, said: int | None = None) -> str:
    """A flat file of the balancing mechanism."""
    return lines(f"HDR,{title}", [*records, f"FTR,{len(records) if said is None else said}"])


def periods(count: int) -> list[str]:
    return [f"{20240330 + n // 48},{n % 48 + 1}" for n in range(count)]


def test_generation_by_fuel_has_its_names_units_and_settlement_periods(read: Reader) -> None:
    """Over the day of 46 half-hours, as it was published without heads."""
    days = [*periods(96)[:48], *(f"20240331,{n}" for n in range(1, 47)), "20240401,1"]
    records = [f"FUELHH,{day},{12_000 + n % 9},0,300,5000,{3_000 + n * 7 % 90}" for n, day in enumerate(days)]
    found = read(flat_file("HALF HOURLY OUTTURN GENERATION BY FUEL TYPE", records), "fuelhh.csv")
    assert found.asked == ()
    assert found.units == dict.fromkeys((f"{f} (MW)" for f in ("CCGT", "OIL", "COAL", "NUCLEAR", "WIND")), "mw")
    assert (found.column(1)[0], found.column(1)[47], found.column(1)[48], found.column(1)[-1]) == (
        "2024-03-30T00:00:00Z", "2024-03-30T23:30:00Z", "2024-03-31T00:00:00Z", "2024-03-31T23:00:00Z",
    )  # fmt: skip
    assert found.column(6) == [3_000 + n * 7 % 90 for n in range(95)]


def test_an_instant_beside_a_settlement_period_is_no_time_of_its_value_but_where_periods_have_several(
    read: Reader,
) -> None:
    instants = [f"2024033{n // 48}{n % 48 // 2:02}4500" for n in range(60)]
    made = [f"INDO,{day},{at},{30_000 + saw(n)}" for n, (day, at) in enumerate(zip(periods(60), instants, strict=True))]
    found = read(flat_file("INITIAL DEMAND OUTTURN", made), "indo.csv", **{"unit:column_5": "mw"})
    assert (found.asked, found.column(1)[:2]) == (("unit:column_5",), ["2024-03-30T00:00:00Z", "2024-03-30T00:30:00Z"])
    assert "columns-left-out" in found.codes
    instants = [f"20240330{n // 12:02}{n % 12 * 5:02}00" for n in range(60)]
    spot = [f"FUELINST,20240330,{n // 6 + 1},{at},{900 + saw(n)}" for n, at in enumerate(instants)]
    found = read(flat_file("FUEL INSTANTANEOUS", spot), "fuelinst.csv", time_zone="UTC")
    assert found.column(1)[:3] == [f"2024-03-30T00:{minute:02}:00Z" for minute in (0, 5, 10)]


@pytest.mark.parametrize(("said", "is_told"), [(40, False), (41, True)])
def test_a_file_that_counts_other_records_than_it_holds_is_told_of(read: Reader, said: int, is_told: bool) -> None:
    records = [f"FREQ,202403300000{n:02},50.0{n % 9}" for n in range(40)]
    found = read(flat_file("SYSTEM FREQUENCY", records, said=said), "freq.csv", time_zone="UTC")
    assert (found.units, "other-record-count" in found.codes) == ({"frequency (Hz)": "hz"}, is_told)


def test_bids_and_offers_are_told_apart_by_unit_and_pair(read: Reader) -> None:
    rows = [
        f"BOD,2024-03-01,{n + 1},{at},{level},{end},{level},{pair},{price + n},{price - 5},{unit},T_{unit}"
        for n, (at, end) in enumerate(zip(times(12), times(13)[1:], strict=True))
        for unit in ("DRAXX-1", "WBURB-2")
        for pair, level, price in ((-1, -50, 20.5), (1, 50, 80.25))
    ]
    head = "Dataset,SettlementDate,SettlementPeriod,TimeFrom,LevelFrom,TimeTo,LevelTo,PairId,Offer,Bid,"
    found = read(lines(f"{head}NationalGridBmUnit,BmUnit", rows), "bod.csv")
    of_one = [row for row in found.rows if row[0] == "-1 / WBURB-2"]
    assert {str(row[0]) for row in found.rows} == {f"{n} / {unit}" for n in (-1, 1) for unit in ("DRAXX-1", "WBURB-2")}
    assert [(row[1], row[7], row[8]) for row in of_one] == [(at, 20.5 + n, 15.5) for n, at in enumerate(times(12))]
    assert {q for q in found.asked if not q.startswith(("unit:", "direction:"))} <= {"stamp"}


PAIRED = {
    "tags over times": ["S1.TX1.MW,,S1.TX1.KV,"],
    "tags over values": ["Timestamp,S1.TX1.MW,Timestamp,S1.TX1.KV"],
    "tags over both, heads below": ["S1.TX1.MW,S1.TX1.MW,S1.TX1.KV,S1.TX1.KV", "Timestamp,Value,Timestamp,Value"],
}


@pytest.mark.parametrize("heads", PAIRED.values(), ids=PAIRED)
def test_each_tag_of_a_historian_keeps_its_own_times(read: Reader, heads: list[str]) -> None:
    own, later = times(48, form="%d-%b-%y %H:%M:%S"), times(49, 30, "%d-%b-%y %H:05:00")
    rows = [f"{a},{saw(n)},{f'{later[2 * n]},{11 + n % 3 / 10}' if n < 24 else ','}" for n, a in enumerate(own)]
    found = read(lines(heads[0], [*heads[1:], *rows]), "datalink.csv", time_zone="UTC")
    assert found.units == {"S1.TX1.MW": "mw", "S1.TX1.KV": "kv"}
    megawatts = [(row[1], row[2]) for row in found.rows if row[2] is not None]
    kilovolts = [(row[1], row[3]) for row in found.rows if row[3] is not None]
    assert megawatts == [(at, saw(n)) for n, at in enumerate(times(48))]
    assert kilovolts == [(f"2024-03-01T{n:02}:05:00Z", 11 + n % 3 / 10) for n in range(24)]


def test_a_peak_with_its_own_time_is_no_pair_of_a_historian(read: Reader) -> None:
    rows = [f"{day} 00:00,{saw(n)},{day} 17:{n:02},{9 + saw(n)}" for n in range(1, 29) for day in [f"2024-02-{n:02}"]]
    found = read(lines("Date,Energy (kWh),Time of peak,Peak (kW)", rows), "days.csv", time_zone="UTC")
    assert found.column(2) == [saw(n) for n in range(1, 29)]
    assert [str(row[4]) for row in found.rows] == [str(9 + saw(n)) for n in range(1, 29)]


def test_the_hour_that_clocks_repeat_stays_in_its_two_passes_for_every_tag(read: Reader) -> None:
    """Half-hours of one tag and hours of another, on British clocks through the autumn change."""
    begin = datetime(2023, 10, 28, 22, tzinfo=UTC)
    halves = [begin + n * timedelta(minutes=30) for n in range(12)]
    shown = [f"{at.astimezone(ZoneInfo('Europe/London')):%d-%b-%y %H:%M:%S}" for at in halves]
    rows = [f"{time},{saw(n)},{f'{shown[2 * n]},{n}.5' if n < 6 else ','}" for n, time in enumerate(shown)]
    found = read(lines("Time,A.MW,Time,B.MW", rows), "autumn.csv", time_zone="Europe/London")
    every = [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in halves]
    assert [(row[1], row[2]) for row in found.rows] == [(at, saw(n)) for n, at in enumerate(every)]
    assert [(row[1], row[3]) for row in found.rows if row[3] is not None] == [(every[2 * n], n + 0.5) for n in range(6)]


@pytest.mark.parametrize(
    ("head", "row", "names"),
    [
        (
            ",Temperature,Humidity\nTime,°C,%RH",
            "{n},{t:%d/%m/%Y %H:%M:%S},{a} °C,{b} %RH",
            {"Temperature °C": "degc", "Humidity %RH": "percent"},
        ),
        (
            '"time","load_kw","volts"',
            '"{n}","{t:%Y-%m-%d %H:%M}",{a},{b}',
            {"load_kw": "kw", "volts": "v"},
        ),
    ],
    ids=["a logger's two heads", "a statistics program's row numbers"],
)
def test_a_header_that_lacks_the_numbers_of_rows_stands_over_its_own_columns(
    read: Reader, head: str, row: str, names: dict[str, str]
) -> None:
    begin = datetime(2024, 3, 13, tzinfo=UTC)
    rows = [row.format(n=n + 1, t=begin + n * timedelta(minutes=10), a=20 + saw(n), b=240 + saw(n)) for n in range(60)]
    found = read(lines(head, rows), "logger.csv", time_zone="UTC")
    assert found.units == names
    assert [(r[1], r[2], r[3]) for r in found.rows[:2]] == [
        ("2024-03-13T00:00:00Z", 20.25, 240.25),
        ("2024-03-13T00:10:00Z", 23.25, 243.25),
    ]
    assert len(found.rows) == 60


def test_days_of_eight_digits_before_times_of_day_need_no_head(read: Reader) -> None:
    rows = [f"{at[:8]},{at[8:]},{saw(n)},{240 + saw(n)}" for n, at in enumerate(times(300, 10, "%Y%m%d%H:%M"))]
    found = read("\n".join([*rows, ""]), "output.csv", time_zone="UTC")
    assert found.column(1)[::144] == ["2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z", "2024-03-03T00:00:00Z"]
    assert found.column(2) == [saw(n) for n in range(300)]


@pytest.mark.parametrize("last", ["00:29:59.999", "00:29:59.999999", "00:29:59", "00:29"])
def test_an_end_may_be_the_last_moment_of_its_interval(read: Reader, last: str) -> None:
    past = timedelta(hours=int(last[:2]), minutes=int(last[3:5]), seconds=float(last[6:] or 0))
    begin = datetime(2024, 3, 13, tzinfo=UTC)
    halves = [begin + n * timedelta(minutes=30) for n in range(96)]
    rows = [f"{at:%Y-%m-%dT%H:%M:%S.%f},{at + past:%Y-%m-%dT%H:%M:%S.%f},{saw(n)}" for n, at in enumerate(halves)]
    found = read(lines("Interval Start,Interval End,Used (kWh)", rows), "use.csv", time_zone="UTC")
    assert (found.resolution, "off-grid-stamps" in found.codes) == ((1_800.0, 0), False)


def test_times_across_the_head_are_those_of_each_row(read: Reader) -> None:
    """As a home's program exports its statistics."""
    head = ",".join(["entity_id,type,unit", *times(24, 60, "%Y-%m-%d %H:%M")])
    rows = [f"sensor.{name},sum,kWh,{','.join(str(saw(n + k)) for n in range(24))}" for k, name in enumerate("ab")]
    for count in (1, 2):
        found = read(lines(head, rows[:count]), "statistics.csv", time_zone="UTC")
        assert list(found.units.values()) == ["kwh"] * count
        assert (found.column(1), found.column(count + 1)) == (times(24, 60), [saw(n + count - 1) for n in range(24)])


def test_codes_that_say_how_and_units_tell_no_meters_apart(read: Reader) -> None:
    rows = [f"{at},{'PN'[n % 3 == 0]},kWh,{saw(n)}" for n, at in enumerate(times(60))]
    found = read(lines("startTime,priceDerivationCode,Unit,value (kWh)", rows), "system.csv")
    assert (set(found.column(0)), found.column(2)) == ({""}, [saw(n) for n in range(60)])


def test_a_time_of_day_beside_a_date_is_never_a_part_of_a_meters_name(read: Reader) -> None:
    """Accepted offers of flexibility: some half-hours of some days, of three units."""
    spans = ("17:00,17:30", "17:30,18:00")
    rows = [
        f"U{unit},2024-03-{13 + day},{spans[half]},{saw(unit + half + day)},Accepted"
        for day in range(4)
        for half in range(2)
        for unit in range(3)
    ]
    found = read(lines("Unit ID,Delivery Date,From (GMT),To (GMT),Delivered (MW),Status", rows), "offers.csv")
    assert [(row[0], row[1], row[2]) for row in found.rows] == [
        (f"U{unit}", f"2024-03-{13 + day}T17:{30 * half:02}:00Z", saw(unit + half + day))
        for unit in range(3)
        for day in range(4)
        for half in range(2)
    ]


def test_quarters_from_one_month_to_another_are_periods(read: Reader) -> None:
    quarters = ["April 2023 - June 2023", "July 2023 - September 2023", "Oct 2023 to Dec 2023", "Jan 2024 – Mar 2024"]
    found = read(lines("Period,Unit rate (p/kWh)", [f"{q},{20 + saw(n)}" for n, q in enumerate(quarters)]), "cap.csv")
    assert (found.resolution, found.units) == ((None, 3), {"Unit rate (p/kWh)": "p_per_kwh"})
    assert found.column(1) == [
        "2023-03-31T23:00:00Z", "2023-06-30T23:00:00Z", "2023-09-30T23:00:00Z", "2024-01-01T00:00:00Z",
    ]  # fmt: skip
