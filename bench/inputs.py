"""Seeded inputs: the same bytes on every machine.

year
    One meter, a year at a second: 31,536,000 rows × kW (3 decimals) and V (1 decimal), about 1.1 GB of CSV.
wide
    A logger of 143 columns at a second, eleven days, about 1 GB of tab-separated text.
homes
    1,000 homes, half-hourly for a year, as long CSV: 17,520,000 rows.
feeders
    A day of low-voltage feeders, half-hourly, with SSEN's columns and bars between cells: about 1 GB.
places
    A day of low-voltage feeders as NGED publishes it: commas between cells, and a place in quotes with a comma in it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from fairwatt.core.files import ImportProfile

WIDE_CHANNELS = 141
_NOISE = "(hash(i * 7919 + {salt}) % 1000) / 1000.0"


def make_input(name: str, folder: Path, share: float) -> tuple[Path, ImportProfile]:
    """Write an input, ``share`` of its full length, and return it with its import profile."""
    path = folder / f"{name}.csv"
    with duckdb.connect(config={"threads": "2", "preserve_insertion_order": "true"}) as connection:
        connection.execute(_QUERIES[name](share, path))
    return path, _PROFILES[name]()


def _stamp(first: str, step_s: int) -> str:
    moment = f"TIMESTAMP '{first}' + i * INTERVAL {step_s} SECOND"
    return f"strftime({moment}, '%d/%m/%Y') AS Date, strftime({moment}, '%H:%M:%S') AS Time"


def _year(share: float, path: Path) -> str:
    load = f"3 + 2 * sin(i / 7000.0) + 0.2 * {_NOISE.format(salt=1)} + CASE WHEN i % 977 = 0 THEN 5 ELSE 0 END"
    volts = f"240 + 3 * sin(i / 9000.0) + 0.8 * {_NOISE.format(salt=2)}"
    return (
        f"COPY (SELECT {_stamp('2019-01-01', 1)}, ({load})::DECIMAL(9,3) AS kW, ({volts})::DECIMAL(9,1) AS V "
        f"FROM range({round(31_536_000 * share)}) t(i)) TO '{path}' (HEADER)"
    )


def _wide(share: float, path: Path) -> str:
    channels = ", ".join(
        f"({k} + {1 + k % 5} * sin(i / {500 + 10 * k}.0) + 0.3 * {_NOISE.format(salt=k)})::DECIMAL(12,{1 + k % 3}) "
        f'AS "Channel {k} Avg"'
        for k in range(WIDE_CHANNELS)
    )
    rows = f"SELECT {_stamp('2019-01-01', 1)}, {channels} FROM range({round(950_400 * share)}) t(i)"
    return f"COPY ({rows}) TO '{path}' (HEADER, DELIMITER '\t')"


def _homes(share: float, path: Path) -> str:
    homes = max(1, round(1_000 * share))
    return (
        f"COPY (SELECT 'home' || lpad(CAST(h AS VARCHAR), 4, '0') AS home, "
        f"strftime(TIMESTAMP '2019-01-01' + i * INTERVAL 30 MINUTE, '%Y-%m-%d %H:%M:%S') AS time, "
        f"(0.1 + (hash(h * 17520 + i) % 900) / 1000.0)::DECIMAL(9,3) AS kwh "
        f"FROM range({homes}) a(h), range(17520) b(i) ORDER BY h, i) TO '{path}' (HEADER)"
    )


def _feeders(share: float, path: Path) -> str:
    day = "TIMESTAMP '2024-02-12' + i * INTERVAL 30 MINUTE"
    return (
        f"COPY (SELECT printf('SSEN-%010d', f) AS dataset_id, 'SSEN' AS dno_alias, "
        f"printf('%08d', f // 4) AS secondary_substation_id, "
        f"printf('SUBSTATION %d', f // 4) AS secondary_substation_name, "
        f"printf('%02d', f % 4) AS lv_feeder_id, '' AS lv_feeder_name, "
        f"printf('51.%06d,-1.%06d', hash(f) % 999999, hash(f + 1) % 999999) AS substation_geo_location, "
        f"5 + hash(f) % 60 AS aggregated_device_count_active, "
        f"(800 + hash(f * 48 + i) % 90000) / 10.0 AS total_consumption_active_import, "
        f"strftime({day}, '%Y-%m-%dT%H:%M:%S.000Z') AS data_collection_log_timestamp, "
        f"'2024-02-13T06:00:00.000Z' AS insert_time, '2024-02-13T06:00:00.000Z' AS last_modified_time "
        f"FROM range({max(1, round(110_000 * share))}) a(f), range(48) b(i) ORDER BY f, i) TO '{path}' "
        f"(HEADER, DELIMITER '|')"
    )


def _places(share: float, path: Path) -> str:
    day = "TIMESTAMP '2024-01-01' + i * INTERVAL 30 MINUTE"
    return (
        f"COPY (SELECT printf('NGED_%06d_%d_Jan_2024', f // 4, f % 4) AS dataset_id, "
        f"'National Grid Electricity Distribution' AS dno_name, 'NGED' AS dno_alias, "
        f"printf('%06d', f // 4) AS secondary_substation_id, "
        f"printf('SEMPERS CLOSE %d - FS TRAN', f // 4) AS secondary_substation_name, "
        f"f % 4 AS LV_feeder_ID, f % 4 AS LV_feeder_name, "
        f"printf('53.%06d, -.%06d', hash(f // 4) % 999999, hash(f // 4 + 1) % 999999) AS substation_geo_location, "
        f"5 + hash(f) % 60 AS aggregated_device_count_Active, "
        f"(8000 + hash(f * 48 + i) % 90000)::DECIMAL(9,1) AS Primary_consumption_active_import, "
        f"strftime({day}, '%Y-%m-%d %H:%M:%S+00:00') AS data_collection_log_timestamp, "
        f"'2024-02-25 11:01:49+00:00' AS Insert_time, '2024-03-01 13:39:13+00:00' AS last_modified_time "
        f"FROM range({max(1, round(90_000 * share))}) a(f), range(48) b(i) ORDER BY f, i) TO '{path}' (HEADER)"
    )


def _places_profile() -> ImportProfile:
    stamp = {"columns": (10,), "format": "%Y-%m-%d %H:%M:%S%z", "time_zone": "UTC"}
    profile = _profile([("Devices", 0), ("Consumption Wh", 1)], first=8, timestamp=stamp, series_column=0)
    return profile.model_copy(update={"columns": 13})


def _feeder_profile() -> ImportProfile:
    stamp = {"columns": (9,), "format": "%Y-%m-%dT%H:%M:%S.%fZ", "time_zone": "UTC"}
    profile = _profile(
        [("Devices", 0), ("Consumption Wh", 1)], first=7, timestamp=stamp, series_column=0, delimiter="|"
    )
    return profile.model_copy(update={"columns": 12})


def _profile(columns: list[tuple[str, int]], *, first: int, delimiter: str = ",", **more: object) -> ImportProfile:
    stamp = more.pop("timestamp", {"columns": (0, 1), "format": "%d/%m/%Y %H:%M:%S", "time_zone": "UTC"})
    channels = [
        {"name": name, "field": name.lower().replace(" ", "_"), "column": first + i, "decimals": decimals}
        for i, (name, decimals) in enumerate(columns)
    ]
    return ImportProfile.model_validate(
        {"dialect": {"delimiter": delimiter}, "columns": first + len(columns), "timestamp": stamp, "channels": channels}
        | more
    )


def _long_profile() -> ImportProfile:
    stamp = {"columns": (1,), "format": "%Y-%m-%d %H:%M:%S", "time_zone": "UTC"}
    return _profile([("kwh", 3)], first=2, timestamp=stamp, series_column=0)


_QUERIES = {"year": _year, "wide": _wide, "homes": _homes, "feeders": _feeders, "places": _places}
_PROFILES = {
    "year": lambda: _profile([("kW", 3), ("V", 1)], first=2),
    "wide": lambda: _profile([(f"Channel {k} Avg", 1 + k % 3) for k in range(WIDE_CHANNELS)], first=2, delimiter="\t"),
    "homes": _long_profile,
    "feeders": _feeder_profile,
    "places": _places_profile,
}
