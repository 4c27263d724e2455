"""The real files are read right: LEO's loggers, Low Carbon London's homes, Western Power's feeders, boundaries."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from fairwatt.core.files import FileSample, How, Inspection, inspect_file

pytestmark = pytest.mark.real_data
HEAD = 1 << 20


def inspect(path: Path) -> Inspection:
    data = path.read_bytes()
    if len(data) <= HEAD:
        return inspect_file(FileSample.of(data), name=path.name)
    room = len(data) - HEAD
    middles = tuple((at, data[at : at + 65_536]) for at in range(HEAD, len(data) - 65_536, max(room // 5, 1)))
    sample = FileSample(head=data[:HEAD], tail=data[-65_536:], middles=middles, size=len(data), complete=False)
    return inspect_file(sample, name=path.name)


def test_the_leo_logger_file(real_data: Path) -> None:
    found = inspect(real_data / "leo" / "MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt")
    profile = found.profile
    assert profile is not None
    assert (found.kind, found.format, profile.columns, len(profile.channels)) == ("readings", "TSV", 143, 141)
    rule = profile.timestamp
    assert (rule.columns, rule.format, rule.day_first) == ((0, 1), "%d/%m/%Y %H:%M:%S", True)
    assert (profile.resolution_s, profile.series_column, profile.dialect.line_end) == (5.0, None, "\r\n")
    assert Counter(c.statistic for c in profile.channels) == {"min": 47, "mean": 47, "max": 47}
    by_name = {c.name: (c.quantity, c.unit) for c in profile.channels}
    assert by_name["Voltage L1N Avg"] == ("voltage", "v")
    assert by_name["Current N Max"] == ("current", "a")
    assert by_name["Frequency Min"] == ("frequency", "hz")
    assert by_name["Active Power Total Avg"] == ("power", "w")
    assert by_name["VA Full Classic L1N Avg"] == ("apparent_power", "va")
    assert by_name["VAR Classic Total Max"] == ("reactive_power", "var")
    assert by_name["PF Classic L2N Min"] == ("power_factor", "fraction")
    assert by_name["Cos Phi Classic Total Avg"] == ("cos_phi", "fraction")
    assert by_name["Active Energy Total Max"] == ("energy", "wh")
    assert by_name["Reactive Energy L3N Avg"] == ("reactive_energy", "varh")
    assert by_name["THD V L1N Avg"] == ("harmonic_distortion", "percent")
    assert [(q.id, q.guess) for q in found.questions] == [
        ("time_zone", "Europe/London"),
        ("direction:active_power_l1n_min", "net"),
    ]
    assert found.findings == ()
    assert found.rows[0][:3] == ("18/11/2019", "11:45:43", "244.845")


@pytest.mark.parametrize("name", ["error_testing", "error_testing_small", "error_testing_smallest"])
def test_the_one_second_day_has_its_late_null_text(real_data: Path, name: str) -> None:
    found = inspect(real_data / "leo" / f"{name}.csv")
    profile = found.profile
    assert profile is not None
    assert "n/a" in profile.dialect.null_texts
    assert profile.resolution_s == 1.0
    assert [(c.field, c.quantity, c.unit, c.statistic, c.decimals) for c in profile.channels] == [
        (f"peak_voltage_l{n}n_avg", "voltage", "v", "mean", 1) for n in (1, 2, 3)
    ]


def test_the_price_file_has_an_unnamed_time_and_ends_at_midnight(real_data: Path) -> None:
    found = inspect(real_data / "leo" / "Price_session2.csv")
    profile = found.profile
    assert profile is not None
    assert (profile.timestamp.columns, profile.channels[0].unit, found.columns) == (
        (0,),
        "gbp_per_mwh",
        ("Column 1", "Price (£/MWh)"),
    )
    assert [(q.id, q.guess) for q in found.questions] == [("time_zone", "Europe/London"), ("stamp", "end")]


def test_times_of_day_without_a_date_are_asked_for_theirs(real_data: Path) -> None:
    found = inspect(real_data / "leo" / "data0123_session3.csv")
    assert found.profile is not None
    assert (found.kind, found.profile.timestamp.format, found.profile.resolution_s) == ("readings", "%H:%M:%S", 3600)
    assert [(q.id, q.guess) for q in found.questions] == [
        ("date", ""),
        ("time_zone", "Europe/London"),
        ("null_values:demand_kw", "999"),
        ("stamp", "start"),
    ]


def test_homes_as_published_and_one_by_one(real_data: Path) -> None:
    paths = [
        real_data / "lcl" / "MAC000002_as_published.csv",
        *sorted((real_data / "lcl" / "single_home_files").glob("*.csv")),
    ]
    for path in paths:
        found = inspect(path)
        profile = found.profile
        assert profile is not None
        assert (profile.series_column, profile.timestamp.columns, profile.resolution_s) == (0, (1,), 1800.0)
        assert [(c.quantity, c.unit, c.statistic, c.how) for c in profile.channels] == [
            ("energy", "kwh", "sum", How.READ)
        ]
        # The published file ends at midnight; the others are a year cut out of such ones, and look otherwise.
        stamp = "end" if path == paths[0] else "start"
        assert [(q.id, q.guess) for q in found.questions] == [("time_zone", "UTC"), ("stamp", stamp)]
        assert "Null" in profile.dialect.null_texts
    published = inspect(paths[0]).profile
    assert published is not None
    assert published.timestamp.format == "%Y-%m-%d %H:%M:%S.%f"


def test_feeders_and_weather(real_data: Path) -> None:
    expected = {
        "stentaway_demand": [("power", "mw")],
        "stentaway_pv": [("irradiance", "w_per_m2"), ("power", "mw"), ("temperature", "degc")],
        "stentaway_weather": [("temperature", "degc")] * 6 + [("irradiance", "w_per_m2")] * 6,
        "geevor_half_hourly_mw": [("power", "mw")],
        "staplegrove_half_hourly_mw_august": [("power", "mw")],
    }
    for name, channels in expected.items():
        found = inspect(real_data / "wpd" / f"{name}.csv")
        assert found.profile is not None
        assert [(c.quantity, c.unit) for c in found.profile.channels] == channels
    assert [q.id for q in inspect(real_data / "wpd" / "geevor_half_hourly_mw.csv").questions] == [
        "time_zone",
        "unit:value",
        "stamp",  # it begins at 13:00 and ends at 10:00, which tells nothing
    ]


def test_dumps_without_a_header(real_data: Path) -> None:
    for path in sorted((real_data / "home_1s").glob("dump_*.csv")):
        found = inspect(path)
        assert found.profile is not None
        assert (found.profile.dialect.header_lines, found.profile.resolution_s) == (0, None)
        assert [q.id for q in found.questions] == ["time_zone", "unit:column_2"]
        assert [f.code for f in found.findings] == ["no-header"]


def test_boundaries_are_spatial(real_data: Path) -> None:
    counts: Counter[str] = Counter()
    for path in sorted((real_data / "geo" / "oxfordshire").glob("*.json")):
        found = inspect(path)
        assert (found.kind, found.extent["crs"]) == ("spatial", "EPSG:4326")
        west, south, east, north = found.extent["bounds"]
        assert -2 < west < east < -0.8
        assert 51.4 < south < north < 52.2
        counts[path.name.split("_")[0]] += found.extent["features"]
    assert counts == {"lsoa": 407, "msoa": 86, "wards": 137}


def test_bids_and_offers_are_of_a_unit_and_a_pair_each(real_data: Path) -> None:
    """4,459 rows: at one o'clock and half past (British time), of up to ten pairs of each unit."""
    found = inspect(real_data / "gb/elexon_bid_offer_2020-07-07.csv")
    assert found.profile is not None
    columns = [found.columns[c] for c in (found.profile.series_column, *found.profile.series_parts) if c is not None]
    assert (columns, found.profile.timestamp.columns) == (["pair_id", "nationalGridBmUnit"], (3,))
    assert (found.profile.timestamp.time_zone, found.profile.resolution_s) == ("UTC", 1_800)
    asked = {question.id for question in found.questions}
    assert {"unit:offer_price", "unit:level_from", "direction:level_from", "null_values:offer_price"} <= asked


def test_registers_and_network_tables_are_tables(real_data: Path) -> None:
    tables = [
        *sorted((real_data / "network").glob("*.csv")),
        real_data / "gb/renewable_energy_planning_database_2024q2.csv",
    ]
    for path in tables:
        found = inspect(path)
        assert (path.name, found.kind, found.profile) == (path.name, "table", None)
        assert found.rows


def test_network_operators_feeder_files_say_their_zone_and_their_series(real_data: Path) -> None:
    for name, stamp in (
        ("2024-02-12_head", "end"),  # ten rows from 00:30
        ("aggregated-smart-meter-data-lv-feeder-2024-01-part0000_head", "start"),  # from midnight
    ):
        found = inspect(real_data / "api_captures" / f"{name}.csv")
        assert found.profile is not None
        assert (found.profile.timestamp.time_zone, found.profile.series_column) == ("UTC", 0)
        assert [(question.id, question.guess) for question in found.questions] == [("stamp", stamp)]
        units = {c.field: c.unit for c in found.profile.channels}
        assert units["total_consumption_active_import"] == "wh"


def test_nothing_real_is_a_crash(real_data: Path) -> None:
    for path in sorted(real_data.rglob("*")):
        if path.is_file():
            inspect(path)
