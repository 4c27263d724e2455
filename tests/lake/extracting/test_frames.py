"""JSON whose rows are in no one array, and maps whose features are readings."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fairwatt.lake.looking import FileLook
from tests.lake.extracting.conftest import Read

Look = Callable[..., FileLook]
Texts = Callable[..., dict[str, list[str]]]
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
TIMES = [f"{BEGIN + n * timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}" for n in range(12)]
MILLIS = [1_709_251_200_000 + n * 1_800_000 for n in range(12)]
POWERS = [n / 4 for n in range(12)]
BOUNDS = (-1.3, 51.7, -1.25, 51.75)


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def feature(place: list[float], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": place}}


def collection(features: list[dict[str, Any]]) -> bytes:
    return dumped({"type": "FeatureCollection", "features": features})


def frame(name: str, unit: str, **labels: str) -> dict[str, Any]:
    fields = [
        {"name": "Time", "type": "time"},
        {"name": "Value", "type": "number", "labels": labels, "config": {"unit": unit}},
    ]
    return {"schema": {"refId": "A", "name": name, "fields": fields}, "data": {"values": [MILLIS, POWERS]}}


def test_features_with_times_are_readings_of_their_sensors(read: Callable[..., Read], look: Look) -> None:
    places = {"A": [-1.25, 51.75], "B": [-1.3, 51.7]}
    features = [
        feature(at, sensor=name, time=t, kW=v)
        for name, at in places.items()
        for t, v in zip(TIMES, POWERS, strict=True)
    ]
    found = look(collection(features), "sensors.geojson")
    assert (found.format, found.inspection.kind, found.description["bounds"]) == (
        "GeoJSON", "readings", BOUNDS,
    )  # fmt: skip
    assert found.inspection.extent == found.description

    readings = read(collection(features), "sensors.geojson")
    assert (readings.asked, readings.units, len(readings.rows)) == (("stamp",), {"kW": "kw"}, 24)
    assert (readings.rows[1], readings.rows[-1]) == (
        ("A", "2024-03-01T00:30:00Z", 0.25), ("B", "2024-03-01T05:30:00Z", 2.75),
    )  # fmt: skip


def test_features_without_a_name_are_told_apart_by_their_place(read: Callable[..., Read]) -> None:
    features = [feature([x, 51.7], time=t, kW=v) for x in (-1.25, -1.3) for t, v in zip(TIMES, POWERS, strict=True)]
    readings = read(collection(features), "sensors.geojson")
    assert set(readings.column(0)) == {"51.7, -1.25", "51.7, -1.3"}
    assert len(readings.rows) == 24


def test_a_value_that_a_record_lacks_is_missing_and_not_the_first_ones(read: Callable[..., Read]) -> None:
    records = [{"time": t, "import_kwh": v} for t, v in zip(TIMES, POWERS, strict=True)]
    del records[3]["import_kwh"]
    readings = read(json.dumps([[{**records[0], "fault": "E42"}, *records[1:]]]), "history.json")
    assert readings.rows[0] == ("", "2024-03-01T00:00:00Z", 0.0, "E42")
    assert readings.rows[3] == ("", "2024-03-01T01:30:00Z", None, None)


def test_features_of_which_each_has_a_date_of_its_own_stay_a_map(look: Look) -> None:
    days = ["2001-05-04", "1987-02-01", "2015-11-30", "1999-07-07", "2010-03-01", "1960-01-05"]
    features = [feature([-1, 51 + n / 10], name=f"Site {n}", opened=day, mw=3 * n) for n, day in enumerate(days)]
    found = look(collection(features), "sites.geojson")
    assert (found.main, found.inspection.kind, found.description["features"]) == (None, "spatial", 6)


def test_a_geopackage_of_readings_is_readings(read: Callable[..., Read], tmp_path: Path) -> None:
    path = tmp_path / "made.gpkg"
    pyogrio = pytest.importorskip("pyogrio")
    np = pytest.importorskip("numpy")
    times = np.array([t.rstrip("Z") for t in TIMES] * 2, dtype="datetime64[ms]")
    names = np.array(["A"] * 12 + ["B"] * 12, dtype=object)
    point = bytes.fromhex("0101000000000000000000f0bf0000000000804940")  # -1, 51
    points = np.array([point] * 24, dtype=object)
    columns = [names, times, np.array(POWERS * 2)]
    pyogrio.raw.write(
        path, points, columns, ["sensor", "time", "kW"], geometry_type="Point", crs="EPSG:4326", driver="GPKG"
    )

    readings = read(path.read_bytes(), "made.gpkg", time_zone="UTC")

    assert (readings.asked, readings.units) == (("time_zone", "stamp"), {"kW": "kw"})
    assert (len(readings.rows), readings.rows[-1]) == (24, ("B", "2024-03-01T05:30:00Z", 2.75))


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (
            {"results": {"A": {"frames": [frame("power", "watt", site="hall")]}}},
            ["Time,power hall (W)", "1709251200000,0.0"],
        ),
        (
            {"results": {"A": {"frames": [frame("power", "watt"), frame("temp", "celsius")]}}},
            ["time,name,value,unit", "1709251200000,power,0.0,W"],
        ),
        (
            [
                [
                    {"entity_id": "sensor.power", "state": "0.5", "attributes": {"unit_of_measurement": "kW"},
                     "last_changed": TIMES[0], "last_updated": TIMES[1]},
                    *({"state": "0.75", "last_changed": t} for t in TIMES[1:]),
                ]
            ],
            ["entity_id,value (kW),last_changed", f"sensor.power,0.5,{TIMES[0]}", f"sensor.power,0.75,{TIMES[1]}"],
        ),
        (
            {name: [{"start": t, "end": t + 1_800_000, "mean": v} for t, v in zip(MILLIS, POWERS, strict=True)]
             for name in ("volts", "amps")},
            ["name,start,end,mean", "volts,1709251200000,1709253000000,0.0"],
        ),
    ],
    ids=["a frame", "several frames", "a history", "records by name"],
)  # fmt: skip
def test_rows_that_are_in_no_one_array_are_one_table(texts: Texts, value: Any, lines: list[str]) -> None:
    [found] = texts(dumped(value), "answer.json").values()
    assert found[: len(lines)] == lines
    assert (len(found) - 1) % 12 == 0


def test_a_dashboards_frames_keep_the_units_of_each(read: Callable[..., Read]) -> None:
    value = {"results": {"A": {"frames": [frame("power", "watt"), frame("temp", "celsius")]}}}
    readings = read(dumped(value), "answer.json")
    assert (readings.asked, readings.units) == (("stamp",), {"power": "w", "temp": "degc"})
    assert readings.rows[1] == ("", "2024-03-01T00:30:00Z", 0.25, 0.25)


def test_numbers_of_frames_are_written_as_the_file_has_them(texts: Texts) -> None:
    rows = ",".join(f'{{"start": {t}, "end": {t + 1}, "mean": 1.10}}' for t in MILLIS)
    [lines] = texts(f'{{"a": [{rows}], "b": [{rows}]}}'.encode(), "answer.json").values()
    assert lines[1] == "a,1709251200000,1709251200001,1.10"


@pytest.mark.parametrize(
    ("first", "second"),
    [(range(12), range(12)), (range(6), range(6, 12)), (range(12), range(3, 5)), (range(3), range(3)), ([0], range(9))],
    ids=["at the same times", "one after the other", "a short one", "three rows each", "a single one"],
)
def test_histories_that_nobody_names_are_kept_apart(
    read: Callable[..., Read], first: Sequence[int], second: Sequence[int]
) -> None:
    arrays = [
        [{"last_changed": TIMES[n], "state": f"{n * factor / 4}"} for n in rows]
        for factor, rows in ((1, first), (3, second))
    ]
    readings = read(json.dumps(arrays), "history.json")
    assert readings.rows == [
        (f"{number}", TIMES[n], n * factor / 4)
        for number, factor, rows in ((1, 1, first), (2, 3, second))
        for n in rows
    ]
    assert "meters" not in readings.asked
