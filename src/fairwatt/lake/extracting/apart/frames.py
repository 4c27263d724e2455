"""Write the readings of a JSON file whose rows are in no one array as text: ``python frames.py FILE FOLDER``.

Knows features of a map with times among their properties, data frames of dashboards (a schema, and an array a field),
histories (an array of records for each thing), and arrays of like records by name. ``manifest.json`` names the table;
it names none where the file is something else, which :mod:`records` may know.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

MOST_COLUMNS = 4_000
_LOOKED_AT = 5_000  # objects and arrays
_TIME_KEY = re.compile(
    r"(?i)(.*_)?(time|timestamp|times|date|datetime|timestamps|epoch|ts|t|start|starttime|last_changed|from)"
)
_UNIT_KEYS = ("unit_of_measurement", "unit", "units", "uom")
_SAID_ONCE = frozenset(
    {*_UNIT_KEYS, "entity_id", "friendly_name", "name", "id", "device", "device_id", "meter", "meter_id"}
)
# How dashboards call units.
_UNIT_NAMES = {
    "watt": "W", "kwatt": "kW", "megwatt": "MW", "watth": "Wh", "kwatth": "kWh", "megwatth": "MWh", "volt": "V",
    "kvolt": "kV", "amp": "A", "hertz": "Hz", "celsius": "°C", "fahrenheit": "°F", "percent": "%", "voltamp": "VA",
    "kvoltamp": "kVA", "voltampreact": "var", "kvoltampreact": "kvar", "voltamphreact": "varh", "Wm2": "W/m²",
    "humidity": "%", "currencyGBP": "£", "currencyEUR": "€", "velocityms": "m/s", "pressurehpa": "hPa",
}  # fmt: skip


class Number(str):
    """A number as it is written."""

    __slots__ = ()


@dataclass
class Table:
    """A table found."""

    names: list[str]
    rows: list[list[Any]]
    title: str = ""


def text_of(value: Any) -> str:
    """A value as a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return " ".join(text.replace("\0", "").split()) if any(c < " " for c in text) else text


def find_table(value: Any) -> Table | None:
    """The table of a file, or None where it is of no form known here."""
    if (found := of_features(value)) is not None:
        return found
    waiting = [value]
    for _ in range(_LOOKED_AT):
        if not waiting:
            return None
        one = waiting.pop(0)
        if (found := of_frames(one) or of_histories(one) or of_names(one)) is not None:
            return found if len(found.rows) >= _longest(value) else None
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) and len(one) < 50 else ()
        waiting += [each for each in inner if isinstance(each, dict | list)]
    return None


def _longest(value: Any) -> int:
    """How long the longest array of a file is, as far as it is looked through: the table of it all is no shorter."""
    longest, waiting = 0, [value]
    for _ in range(_LOOKED_AT):
        if not waiting:
            break
        one = waiting.pop(0)
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        longest = max(longest, len(one) if isinstance(one, list) else 0)
        waiting += [each for each in inner if isinstance(each, dict | list)]
    return longest


def of_features(value: Any) -> Table | None:
    """A row for each feature: its properties, and its place where no property tells the places apart."""
    features = value.get("features") if isinstance(value, dict) and value.get("type") == "FeatureCollection" else None
    there = [one for one in features or () if isinstance(one, dict) and isinstance(one.get("properties"), dict)]
    if not there:
        return None
    names = _keys([one["properties"] for one in there])
    rows = [[one["properties"].get(name) for name in names] for one in there]
    places = [_place(one.get("geometry")) for one in there]
    if len(set(places)) > 1 and not any(_tells(column, places) for column in zip(*rows, strict=True)):
        names, rows = ["location", *names], [[place, *row] for place, row in zip(places, rows, strict=True)]
    return Table(names, rows)


def _place(geometry: Any) -> str:
    """A point's coordinates as text; "" of any other geometry."""
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    is_point = isinstance(geometry, dict) and geometry.get("type") == "Point" and isinstance(coordinates, list)
    return ", ".join(str(one) for one in reversed((coordinates or [])[:2])) if is_point else ""


def _tells(column: Sequence[Any], places: Sequence[str]) -> bool:
    """Whether a property has one value for each place."""
    values = [text_of(one) for one in column]
    pairs = set(zip(values, places, strict=True))
    return len(pairs) == len(set(values)) == len(set(places))


def of_frames(value: Any) -> Table | None:
    """Data frames: one with its fields as columns, or several of a time and a value each, one after another."""
    frames = value.get("frames") if isinstance(value, dict) else None
    if not isinstance(frames, list) or not frames or not all(map(_is_frame, frames)):
        return None
    if len(frames) == 1:
        fields, values = frames[0]["schema"]["fields"], frames[0]["data"]["values"]
        names = [_with_unit(_name_of(one, frames[0]), _unit_of(one)) for one in fields]
        return Table(names, [list(row) for row in zip_longest(*values)], str(frames[0]["schema"].get("name") or ""))
    rows: list[list[Any]] = []
    for frame in frames:
        fields, values = frame["schema"]["fields"], frame["data"]["values"]
        times = next((at for at, one in enumerate(fields) if one.get("type") == "time"), None)
        if times is None:
            return None
        for at, one in enumerate(fields):
            if at != times:
                name, unit = _name_of(one, frame), _unit_of(one)
                rows += [[time, name, value, unit] for time, value in zip(values[times], values[at], strict=False)]
    return Table(["time", "name", "value", "unit"], rows)


def _is_frame(frame: Any) -> bool:
    schema, data = (frame.get("schema"), frame.get("data")) if isinstance(frame, dict) else (None, None)
    fields = schema.get("fields") if isinstance(schema, dict) else None
    values = data.get("values") if isinstance(data, dict) else None
    return (
        isinstance(fields, list)
        and isinstance(values, list)
        and len(fields) == len(values) > 1
        and all(isinstance(one, dict) for one in fields)
        and all(isinstance(one, list) for one in values)
    )


def _name_of(field: dict[str, Any], frame: dict[str, Any]) -> str:
    """A field as a dashboard shows it: its name, or its frame's where it is a mere value, and its labels."""
    config = field.get("config")
    shown = config.get("displayName") or config.get("displayNameFromDS") if isinstance(config, dict) else ""
    name = str(shown or field.get("name") or "")
    if name.casefold() in {"value", ""}:
        name = str(frame["schema"].get("name") or frame["schema"].get("refId") or name)
    labels = field.get("labels")
    said = [str(one) for one in labels.values()] if isinstance(labels, dict) and not shown else []
    return " ".join([name, *(one for one in said if one not in name)])


def _unit_of(field: dict[str, Any]) -> str:
    config = field.get("config")
    unit = config.get("unit") if isinstance(config, dict) else None
    return _UNIT_NAMES.get(unit, "") if isinstance(unit, str) else ""


def _with_unit(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def of_histories(value: Any) -> Table | None:
    """An array of records for each thing, as a home's history has them: whose they are, and in which unit, the first
    record may say for all of them; a value never."""
    if not isinstance(value, list) or not value or not all(_are_records(one) for one in value):
        return None
    rows: list[dict[str, Any]] = []
    for array in value:
        first = _spread(array[0])
        kept = {key: one for key, one in first.items() if key in _SAID_ONCE}
        rows += [{**kept, **_spread(record)} for record in array]
    return _of_rows([_as_state(row) for row in rows])


def _as_state(row: dict[str, Any]) -> dict[str, Any]:
    """A state's row without when it was last looked at, which is no change of it; with a unit it is a value."""
    if "last_changed" not in row or "state" not in row:
        return row
    names = {"state": "value"} if "unit" in row else {}
    seen = {"last_updated", "last_reported"}
    return {names.get(key, key): one for key, one in row.items() if key not in seen}


def _spread(record: dict[str, Any]) -> dict[str, Any]:
    """A record; of an object in it nothing but a unit."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            if unit := next((value[name] for name in _UNIT_KEYS if isinstance(value.get(name), str)), ""):
                found["unit"] = unit
        elif not isinstance(value, list):
            found[key] = value
    return found


def of_names(value: Any) -> Table | None:
    """Arrays of like records by name, each with a time: a row for each record, with its name."""
    if not isinstance(value, dict) or len(value) < 2 or not all(_are_records(one) for one in value.values()):
        return None
    keys = list(next(iter(value.values()))[0])
    if len(keys) < 2 or not any(_TIME_KEY.fullmatch(key) for key in keys):  # a time, and a value at least
        return None
    if any(list(record) != keys for array in value.values() for record in array):
        return None
    return _of_rows([{"name": name, **_spread(record)} for name, array in value.items() for record in array])


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _of_rows(rows: Sequence[dict[str, Any]]) -> Table:
    names = _keys(rows)
    units = {row.get("unit") for row in rows}
    if "value" not in names or len(units) != 1 or not all(isinstance(one, str) for one in units):
        return Table(names, [[row.get(name) for name in names] for row in rows])
    kept = [name for name in names if name != "unit"]
    titles = [_with_unit(name, str(*units)) if name == "value" else name for name in kept]
    return Table(titles, [[row.get(name) for name in kept] for row in rows])


def _keys(records: Sequence[dict[str, Any]]) -> list[str]:
    found: dict[str, None] = {}
    for record in records:
        found.update(dict.fromkeys(record))
    return list(found)[:MOST_COLUMNS]


def write_table(table: Table, target: Path) -> None:
    """Write a table."""
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows(_cells(table))


def _cells(table: Table) -> Iterator[list[str]]:
    yield [text_of(name) for name in table.names]
    for row in table.rows:
        yield [text_of(value) for value in row]


def main(path: Path, folder: Path) -> dict[str, object]:
    """Write the table; return the manifest."""
    text = path.read_bytes().decode("utf-8-sig")
    table = find_table(json.loads(text, parse_float=Number, parse_int=Number, parse_constant=lambda _: None))
    if table is None or not table.rows:
        return {"tables": []}
    write_table(table, folder / "0.txt")
    return {"tables": [{"file": "0.txt", "title": table.title, "rows": len(table.rows)}]}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; what is no such file is left to others."""
    path, folder = Path(arguments[0]), Path(arguments[1])
    try:
        manifest = main(path, folder)
    except (MemoryError, ValueError, RecursionError):
        manifest = {"tables": []}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
