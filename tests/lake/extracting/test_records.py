"""JSON: whatever shape a table has in it, its rows come out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files.profile import TableRule
from fairwatt.lake.extracting.apart import records
from fairwatt.lake.looking import FileLook

Look = Callable[..., FileLook]
Texts = Callable[..., dict[str, list[str]]]
TIMES = [(datetime(2021, 1, 1) + n * timedelta(minutes=30)).isoformat() + "Z" for n in range(48)]
VALUES = [n / 4 for n in range(48)]
PAIRS = list(zip(TIMES, VALUES, strict=True))
MILLIS = [1_609_459_200_000 + n * 1_800_000 for n in range(48)]


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


SHAPES: dict[str, tuple[Any, str, str, str]] = {
    "records": ([{"t": t, "kW": v} for t, v in PAIRS], "t,kW", "2021-01-01T00:00:00Z,0.0", ""),
    "records in records": (
        [{"t": t, "power": {"kW": v, "ok": True}, "none": None} for t, v in PAIRS],
        "t,power.kW,power.ok,none", "2021-01-01T00:00:00Z,0.0,true,", "",
    ),
    "arrays side by side": ({"time": TIMES, "kW": VALUES}, "time,kW", "2021-01-01T00:00:00Z,0.0", ""),
    "arrays with their units": (
        {"lat": 51.7, "hourly_units": {"time": "iso8601", "temp": "°C"}, "hourly": {"time": TIMES, "temp": VALUES}},
        "time,temp (°C)", "2021-01-01T00:00:00Z,0.0", "/hourly",
    ),
    "names and rows": (
        {"columns": ["time", "kW"], "index": list(range(48)), "data": [list(p) for p in PAIRS]},
        "time,kW", "2021-01-01T00:00:00Z,0.0", "",
    ),
    "names and rows with an index of times": (
        {"columns": ["kW"], "index": TIMES, "data": [[v] for v in VALUES]},
        "index,kW", "2021-01-01T00:00:00Z,0.0", "",
    ),
    "a heading and rows": ([["time", "kW"], *map(list, PAIRS)], "time,kW", "2021-01-01T00:00:00Z,0.0", ""),
    "points of a chart": (
        [[m, v] for m, v in zip(MILLIS, VALUES, strict=True)], "time,value", "1609459200000,0.0", "",
    ),
    "Opendatasoft, first interface": (
        {"nhits": 48, "records": [{"recordid": "x", "fields": {"t": t, "kWh": v}, "geometry": {}} for t, v in PAIRS]},
        "t,kWh", "2021-01-01T00:00:00Z,0.0", "/records",
    ),
    "Opendatasoft, second interface": (
        {"total_count": 48, "results": [{"t": t, "kWh": v, "at": {"lon": -1.2, "lat": 51.7}} for t, v in PAIRS]},
        "t,kWh,at.lon,at.lat", "2021-01-01T00:00:00Z,0.0,-1.2,51.7", "/results",
    ),
    "CKAN with rows of values": (
        {"result": {"fields": [{"id": "t"}, {"id": "kW"}], "records": [list(p) for p in PAIRS]}},
        "t,kW", "2021-01-01T00:00:00Z,0.0", "/result/records",
    ),
    "a unit beside the readings": (
        {"name": "Meter 7", "unit": "kWh", "readings": [{"at": t, "value": v} for t, v in PAIRS]},
        "at,value (kWh)", "2021-01-01T00:00:00Z,0.0", "/readings",
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_every_usual_shape_is_a_table(look: Look, shape: str) -> None:
    value, header, first, pointer = SHAPES[shape]
    found = look(dumped(value), "answer.json")
    [table] = found.tables
    lines = table.table.path.read_text().splitlines()
    assert (lines[0], lines[1], len(lines)) == (header, first, 49)
    assert table.table.rule == TableRule(parts=(pointer,) if pointer else ())
    assert (found.format, table.inspection.kind, table.inspection.format) == ("JSON", "readings", "JSON")
    assert table.inspection.profile is not None
    assert table.inspection.profile.timestamp.time_zone == "UTC"
    assert table.table.place_of(3) == ("record 3" if shape == "a heading and rows" else "record 2")


def test_one_record_a_line(texts: Texts) -> None:
    data = "\n".join(json.dumps({"t": t, "kW": v}) for t, v in PAIRS).encode()
    [lines] = texts(data, "answer.ndjson").values()
    assert (lines[0], lines[48], len(lines)) == ("t,kW", "2021-01-01T23:30:00Z,11.75", 49)


def test_numbers_are_written_as_the_file_has_them(texts: Texts) -> None:
    rows = ",".join(f'{{"t":"{t}","a":0.10,"b":1e-7,"c":12345678901234567890,"d":-0}}' for t in TIMES)
    [lines] = texts(f"[{rows}]".encode(), "answer.json").values()
    assert lines[1] == "2021-01-01T00:00:00Z,0.10,1e-7,12345678901234567890,-0"


def test_records_that_hold_records_are_a_row_each_with_their_meter(look: Look) -> None:
    value = {"results": [{"meter": m, "readings": [{"t": t, "kwh": v} for t, v in PAIRS]} for m in ("A", "B")]}
    [table] = look(dumped(value), "answer.json").tables
    lines = table.table.path.read_text().splitlines()
    assert (lines[0], lines[1], lines[49], len(lines)) == (
        "meter,t,kwh",
        "A,2021-01-01T00:00:00Z,0.0",
        "B,2021-01-01T00:00:00Z,0.0",
        97,
    )
    assert table.inspection.profile is not None
    assert table.inspection.profile.series_column == 0


def test_a_large_file_is_streamed_to_the_same_text(texts: Texts, tmp_path: Path) -> None:
    record = {"t": "", "kW": 1.25, "note": "x" * 500}
    value = {"about": "large", "data": [{**record, "t": t} for t in TIMES * 1_100]}
    data = dumped(value)
    assert len(data) > 24 << 20
    lines = texts(data, "large.json")["data"]
    assert (len(lines), lines[1][:26], lines[-1][:26]) == (
        52_801,
        "2021-01-01T00:00:00Z,1.25,",
        "2021-01-01T23:30:00Z,1.25,",
    )


@pytest.mark.parametrize("value", [{"a": 1}, [1, 2, 3], "words", {"t": "2021-01-01"}])
def test_json_without_a_table_is_a_document(look: Look, value: Any) -> None:
    found = look(dumped(value), "answer.json")
    assert (found.main, found.inspection.kind) == (None, "document")


@pytest.mark.parametrize(
    ("data", "said"),
    [(b'[{"a": 1}, {"a": ', "wrong at line 1"), (b"[" * 100_000, "recursion"), (b'{"a": "\xff\xfe"}', "decode")],
)
def test_json_that_breaks_off_is_told(look: Look, data: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        look(data, "answer.json")


@pytest.mark.real_data
def test_a_half_hourly_series_of_a_substation(look: Look, real_data: Path) -> None:
    [table] = look((real_data / "api_captures/TimeSeries_10.json").read_bytes(), "TimeSeries_10.json").tables
    lines = table.table.path.read_text().splitlines()
    assert lines[:2] == ["value (MW),startTime,endTime", "1.386,2026-03-05 12:30:00+0000,2026-03-05 13:00:00+0000"]
    assert (table.title, table.inspection.kind) == ("SPILSBY 33 11kV S STN", "readings")
    assert "Units: MW" in table.table.notes


@pytest.mark.real_data
def test_the_constraint_costs_of_a_year(look: Look, real_data: Path) -> None:
    data = (real_data / "api_captures/constraint_breakdown_2020_2021.json").read_bytes()
    [table] = look(data, "constraint_breakdown_2020_2021.json").tables
    lines = table.table.path.read_text().splitlines()
    assert lines[0].startswith("Date,Reducing largest loss cost (£),Increasing system inertia cost (£),")
    assert lines[1] == "2020-04-01T00:00:00,546073,0,26090,1283322,-14289,0,3320,-22660"
    assert len(lines) == 366
    assert table.inspection.profile is not None
    assert [c.unit for c in table.inspection.profile.channels] == ["gbp"] * 4 + ["mwh"] * 4


HALF_HOURS = [f"2021-01-0{1 + n // 48}T{n % 48 // 2:02}:{n % 2 * 30:02}:00Z" for n in range(96)]


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({time: n / 2 for n, time in enumerate(HALF_HOURS)}, ["time,value", f"{HALF_HOURS[0]},0.0"]),
        (
            {time: {"kW": n / 2, "at": {"V": 230}} for n, time in enumerate(HALF_HOURS)},
            ["time,kW,at.V", f"{HALF_HOURS[0]},0.0,230"],
        ),
        ({"kW": {str(1609459200000 + n * 1800000): n for n in range(96)}}, ["index,kW", "1609459200000,0"]),
        (
            {
                "results": [
                    {
                        "statement_id": 0,
                        "series": [
                            {
                                "name": "power",
                                "tags": {"meter": meter},
                                "columns": ["time", "kW"],
                                "values": [[time, n] for n, time in enumerate(HALF_HOURS)],
                            }
                            for meter in ("m1", "m2")
                        ],
                    }
                ]
            },
            ["name,tags.meter,time,kW", f"power,m1,{HALF_HOURS[0]},0"],
        ),
    ],
    ids=["time to value", "time to record", "column to times", "frames of series"],
)
def test_values_by_their_times_and_frames_of_series_are_tables(texts: Texts, value: object, lines: list[str]) -> None:
    [found] = texts(json.dumps(value).encode(), "a.json").values()
    assert (found[:2], (len(found) - 1) % 96) == (lines, 0)


def test_times_may_stand_beside_an_object_of_arrays(texts: Texts) -> None:
    found = texts(dumped({"site": "Hub", "time": TIMES, "values": {"power_kw": VALUES, "voltage_v": VALUES}}), "a.json")
    [lines] = found.values()
    assert (lines[0], lines[2], len(lines)) == ("time,power_kw,voltage_v", f"{TIMES[1]},0.25,0.25", 49)


def test_pairs_of_time_and_value_by_name_are_one_table(texts: Texts) -> None:
    pairs = [{"ts": at, "value": value} for at, value in zip(MILLIS, VALUES, strict=True)]
    [lines] = texts(dumped({"power": pairs, "voltage": pairs[:5]}), "telemetry.json").values()
    assert (lines[0], lines[1], lines[-1], len(lines)) == (
        "name,ts,value", f"power,{MILLIS[0]},0.0", f"voltage,{MILLIS[4]},1.0", 54,
    )  # fmt: skip


def test_one_long_line_is_not_read_at_once_to_see_whether_it_is_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "LONGEST_RECORD", 10_000)
    path = tmp_path / "t.json"
    path.write_text('{"a": "' + "1" * 20_000 + '"}\n{"a": "2"}\n')
    assert not records.is_lines(path)
