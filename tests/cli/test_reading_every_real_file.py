"""Every real file is read as it looks to somebody who opens it.

What is expected stands here as it was found by looking: with a pager, a spreadsheet, or by counting lines. Of files
that take long, the first lines are read; those have been counted too.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.cli.reading import run

pytestmark = pytest.mark.real_data
Channels = dict[str, tuple[str | None, str | None]]
LINES = 2_001  # of a large file: a header and two thousand rows


@dataclass(frozen=True)
class Seen:
    """What a look at a file of readings shows.

    ``start`` and ``end`` are without offset where the file does not say its clock; ``gaps`` are the readings missing
    between them, None where they were not counted.
    """

    rows: int
    columns: tuple[str, ...]
    step: str | None
    start: str
    end: str
    channels: Channels
    zone: str | None = None
    series: tuple[str, ...] = ()
    gaps: int | None = 0
    form: str = "CSV"
    answers: tuple[str, ...] = ()
    lines: int | None = None


def half_hours(rows: int, start: str, end: str, channels: Channels, **others: Any) -> Seen:
    return Seen(rows, ("time",), "PT30M", start, end, channels, **others)


def home(name: str, rows: int, gaps: int) -> Seen:
    """A home's half-hours of 2013, as its own files have them; of 17,520."""
    return Seen(
        rows, ("tstp",), "PT30M", "2013-01-01T00:00:00", "2014-01-01T00:00:00", {"energy(kWh/hh)": ("energy", "kWh")},
        series=(name,), gaps=gaps,
    )  # fmt: skip


def dump(start: str, end: str) -> Seen:
    return Seen(2_001, ("Column 1",), None, start, end, {"Column 2": ("power", "W")}, lines=LINES)


THD, WARMTH = "harmonic_distortion", "temperature"
VOLTS: Channels = {f"Peak Voltage L{n}N Avg": ("voltage", "V") for n in (1, 2, 3)}
MONEY: Channels = {
    f"{what} {sum_} ({unit})": (quantity, unit)
    for sum_, quantity, unit in (("cost", "money", "£"), ("volume", "energy", "MWh"))
    for what in ("Reducing largest loss", "Increasing system inertia", "Voltage constraints", "Thermal constraints")
}
FEEDER: Channels = {
    "primary_consumption_active_import": ("energy", "Wh"),
    "total_consumption_active_import": ("energy", "Wh"),
    "total_consumption_reactive_import": ("reactive_energy", "varh"),
    "aggregated_device_count_active": ("count", "one"),
}
READINGS: dict[str, Seen] = {
    "api_captures/2024-02-12_head.csv": Seen(
        10, ("data_collection_log_timestamp",), "PT30M", "2024-02-12T00:30:00Z", "2024-02-12T05:30:00Z", FEEDER,
        zone="UTC", series=("000200200402",), answers=("stamp=start",),  # it begins at 00:30: perhaps ends
    ),  # its first time, 00:30, is taken for an end until somebody says
    "api_captures/aggregated-smart-meter-data-lv-feeder-2024-01-part0000_head.csv": Seen(
        10, ("data_collection_log_timestamp",), "PT30M", "2024-01-01T00:00:00Z", "2024-01-01T05:00:00Z",
        {f"{name[0].upper()}{name[1:]}": one for name, one in FEEDER.items() if "consumption" in name},
        zone="UTC", series=("NGED_903830_1_Jan_2024",),
    ),
    "api_captures/TimeSeries_10.json": Seen(
        1_000, ("startTime",), "PT30M", "2026-03-05T12:30:00Z", "2026-03-26T08:30:00Z",
        {"value (MW)": ("power", "MW")}, zone="UTC", form="JSON",
    ),
    "api_captures/constraint_breakdown_2020_2021.json": Seen(
        365, ("Date",), "P1D", "2020-04-01T00:00:00", "2021-04-01T00:00:00", MONEY, form="JSON"
    ),
    "leo/MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt": Seen(
        400, ("Date", "Time"), "PT5S", "2019-11-18T11:45:43", "2019-11-18T12:19:03",
        {"Voltage L1N Min": ("voltage", "V"), "Active Power Total Avg": ("power", "W"), "THD V L1N Avg": (THD, "%")},
        form="TSV", lines=401,
    ),
    "leo/Price_session2.csv": Seen(
        48, ("Column 1",), "PT30M", "2019-01-23T00:00:00", "2019-01-24T00:00:00",
        {"Price (£/MWh)": ("price", "£/MWh")},
    ),
    # The first 2,001 lines of all three are the same.
    **{
        f"leo/error_testing{size}.csv": Seen(
            2_000, ("Date", "Time"), "PT1S", "2019-11-17T23:59:04", "2019-11-18T00:32:24", VOLTS, lines=LINES,
        )
        for size in ("", "_small", "_smallest")
    },
    "lcl/MAC000002_as_published.csv": Seen(
        2_000, ("DateTime",), "PT30M", "2012-10-12T00:00:00", "2012-11-23T16:00:00",
        {"KWH/hh (per half hour)": ("energy", "kWh")}, series=("MAC000002",), gaps=None, lines=LINES,
    ),
    "lcl/dtou_tariffs_2013.csv": Seen(
        2_000, ("TariffDateTime",), "PT30M", "2013-01-01T00:00:00", "2013-02-11T16:00:00", {"Tariff": (None, None)},
        lines=LINES,
    ),
    "lcl/single_home_files/MAC000002.csv": home("MAC000002", 17_520, 0),
    "lcl/single_home_files/MAC000003.csv": home("MAC000003", 17_518, 2),
    "lcl/single_home_files/MAC000004.csv": home("MAC000004", 17_519, 1),
    "lcl/single_home_files/MAC000005.csv": home("MAC000005", 17_519, 1),
    "lcl/single_home_files/MAC000007.csv": home("MAC000007", 17_517, 3),
    "wpd/geevor_half_hourly_mw.csv": half_hours(
        2_000, "2019-10-16T13:00:00", "2019-11-27T05:00:00", {"value": ("power", "MW")}, lines=LINES
    ),
    "wpd/staplegrove_half_hourly_mw_august.csv": half_hours(
        1_488, "2021-08-01T00:00:00", "2021-09-01T00:00:00", {"value": ("power", "MW")}
    ),
    "wpd/staplegrove_half_hourly_mw_pre_august.csv": half_hours(
        2_000, "2019-11-01T00:00:00", "2019-12-12T16:00:00", {"value": ("power", "MW")}, lines=LINES
    ),
    "wpd/staplegrove_half_hourly_mw_september.csv": half_hours(
        1_413, "2021-09-01T00:00:00", "2021-09-30T10:30:00", {"value": ("power", "MW")}
    ),
    "wpd/stentaway_demand.csv": Seen(
        2_000, ("datetime",), "PT30M", "2017-11-03T00:00:00", "2017-12-14T16:00:00",
        {"demand_MW": ("power", "MW")}, lines=LINES,
    ),
    "wpd/stentaway_pv.csv": Seen(
        2_000, ("datetime",), "PT30M", "2017-11-03T00:00:00", "2017-12-14T16:00:00",
        {"irradiance_Wm-2": ("irradiance", "W/m²"), "pv_power_mw": ("power", "MW"), "panel_temp_C": (WARMTH, "°C")},
        lines=LINES,
    ),
    "wpd/stentaway_weather.csv": Seen(
        2_000, ("datetime",), "PT1H", "2015-01-01T00:00:00", "2015-03-25T08:00:00",
        {"temp_location3": ("temperature", "°C"), "solar_location1": ("irradiance", "W/m²")}, lines=LINES,
    ),
    "home_1s/dump_2013-11-20.csv": dump("2013-10-17T17:19:07", "2013-10-17T20:59:04"),
    "home_1s/dump_2013-11-28.csv": dump("2013-10-21T19:30:26", "2013-10-21T22:19:34"),
    "home_1s/dump_2014-01-09.csv": dump("2013-12-15T22:15:33", "2013-12-16T11:33:02"),
}  # fmt: skip

# Lists, registers, workbooks without times: the rows of each table, and a few of its columns.
TABLES: dict[str, tuple[str, list[tuple[int, tuple[str, ...]]]]] = {
    "api_captures/available_files.json": ("JSON", [(228, ("storageClass", "uploaded", "size", "key"))]),
    "network/ssen_substation_heatmap.csv": ("CSV", [(427, ("Primary Substation Name", "Maximum Load (MW)"))]),
    "network/ukpn_embedded_capacity_register.csv": ("CSV", [(1_240, ("Import MPAN / MSID", "Customer Name"))]),
    "network/ukpn_grid_and_primary_sites.csv": ("CSV", [(1_500, ("SiteName", "maxdemandwinter"))]),
    "lcl/households.csv": ("CSV", [(66, ("LCLid", "stdorToU"))]),
    "lcl/uk_bank_holidays_2012_2014.csv": ("CSV", [(25, ("Bank holidays", "Type"))]),
    "leo/Utilisation_hours_profit.xlsx": ("XLSX", [(11, ("Actual Utilisation Hours", "Energy (kWh)"))]),
    "excel/elexon_profile_classes.xlsx": ("XLSX", [(96, ("series", "Settlement_period", "WinterWknd", "AutumnWkd"))]),
}
# Boundaries: coordinate system, features, a field.
MAPS: dict[str, tuple[str, int, str]] = {
    **{
        f"geo/oxfordshire/{kind}_by_lad_E07000{district}.json": ("EPSG:4326", count, field)
        for kind, field, counts in (
            ("lsoa", "LSOA11CD", (93, 83, 89, 76, 66)),
            ("msoa", "MSOA11CD", (19, 18, 20, 14, 15)),
            ("wards", "WD13CD", (28, 24, 29, 29, 27)),
        )
        for district, count in zip(range(177, 182), counts, strict=True)
    },
}
# Told of elsewhere: too large to be read here as a whole, and not to be read by their first lines.
ELSEWHERE = {
    "README.md": "no data",
    "leo/LICENSE.txt": "no data",
    "leo/data0123_session3.csv": "its times have no date: tests.core.files.test_real_files",
    "lcl/homes_2013_half_hourly.parquet": "tests.lake.extracting.test_columns",
    "home_1s/real_power_on_change.parquet": "tests.services.test_real_input",
    "excel/DUKES_5.11_2025.xlsx": "tests.lake.extracting.test_workbook",
    "gb/elexon_bid_offer_2020-07-07.csv": "tests.core.files.test_real_files",
    "gb/renewable_energy_planning_database_2024q2.csv": "tests.core.files.test_real_files",
    "geo/gsp_regions.json": "tests.services.test_real_input",
    "geo/dno_license_areas_epsg27700.json": "tests.services.test_real_input",
}


def told_of(path: Path, folder: Path, lines: int | None = None, answers: tuple[str, ...] = ()) -> dict[str, Any]:
    """The report on a file, or on its first lines."""
    if lines is not None:
        with path.open("rb") as file:
            head = b"".join(islice(file, lines))
        path = folder / path.name
        path.write_bytes(head)
    answer = run("inspect", path, "--json", *(part for one in answers for part in ("--answer", one)))
    is_open = any(table["questions"] for table in answer.report["tables"])
    assert answer.code == (3 if is_open else 0)
    return answer.report


@pytest.mark.parametrize("name", READINGS)
def test_readings_are_seen_as_they_are(real_data: Path, tmp_path: Path, name: str) -> None:
    seen = READINGS[name]
    report = told_of(real_data / name, tmp_path, seen.lines, seen.answers)
    [table] = report["tables"]
    times = table["timestamp"]
    assert (report["kind"], report["format"], table["rows"]) == ("readings", seen.form, seen.rows)
    assert (tuple(times["columns"]), times["resolution"], times["start"]) == (seen.columns, seen.step, seen.start)
    assert times["end"] == seen.end
    says_zone = any(one["id"] == "time_zone" for one in table["questions"])
    assert (times["time_zone"]["value"] if not says_zone else None) == seen.zone
    assert tuple(table["series"]["names"]) == seen.series
    channels = {one["name"]: (one["quantity"], one["unit"]) for one in table["channels"]}
    assert {channel: channels[channel] for channel in seen.channels} == seen.channels
    found = {one["code"]: one for one in table["findings"]}
    if seen.gaps is not None:
        assert ("gaps" in found) == (seen.gaps > 0)
        assert not seen.gaps or f"{seen.gaps} {'is' if seen.gaps == 1 else 'are'} missing" in found["gaps"]["message"]


@pytest.mark.parametrize("name", TABLES)
def test_lists_and_registers_are_tables(real_data: Path, tmp_path: Path, name: str) -> None:
    form, tables = TABLES[name]
    report = told_of(real_data / name, tmp_path)
    assert (report["kind"], report["format"]) == ("table", form)
    for (rows, columns), table in zip(tables, report["tables"], strict=False):
        assert (table["kind"], table["rows"], table["timestamp"]) == ("table", rows, None)
        assert set(columns) <= set(table["columns"])


@pytest.mark.parametrize("name", MAPS)
def test_boundaries_are_maps(real_data: Path, tmp_path: Path, name: str) -> None:
    crs, count, field = MAPS[name]
    report = told_of(real_data / name, tmp_path)
    description = report["description"]
    assert (report["kind"], report["format"], report["tables"]) == ("spatial", "GeoJSON", [])
    assert (description["crs"], description["features"], field in description["fields"]) == (crs, count, True)


def test_no_file_is_forgotten(real_data: Path) -> None:
    there = {str(path.relative_to(real_data)) for path in real_data.rglob("*") if path.is_file()}
    assert there == {*READINGS, *TABLES, *MAPS, *ELSEWHERE}
