"""Write the readings of a JSON file whose rows are in no one array as text: ``python frames.py FILE FOLDER [SKETCH]``.

Knows features of a map with times among their properties, data frames of dashboards (a schema, and an array a field),
histories (an array of records for each thing), and arrays of like records by name. ``manifest.json`` names the table;
it names none where the file is something else, which :mod:`records` may know.

A sketch is the same file with the first items of each array: what it is follows from there, and the file itself is
gone through. Without one it is held.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from fairwatt.lake.json_documents.answers import has_series
from fairwatt.lake.json_documents.rows import MOST_COLUMNS
from fairwatt.lake.json_documents.text import Document, Path_, along, items_of, record_of, text_of

_LOOKED_AT = 5_000  # objects and arrays
_FEW = 50  # items of an array, to look into each
_TIME_KEY = re.compile(
    r"(?i)(.*_)?(time|timestamp|times|date|datetime|timestamps|epoch|ts|t|start|starttime|last_changed|from)"
)
_UNIT_KEYS = ("unit_of_measurement", "unit", "units", "uom")
_SAID_ONCE = frozenset(
    {*_UNIT_KEYS, "entity_id", "friendly_name", "name", "id", "device", "device_id", "meter", "meter_id"}
)
_NAMING_KEY = re.compile(  # of whose readings they are
    r"(?i)(.*_)?(id|name|entity|sensor|device|meter|serial|mpan|mprn|site|series|channel|location|node|asset|key|label|tag)"
    r"|.*[a-z]Id"
)
# How dashboards call units.
_UNIT_NAMES = {
    "watt": "W", "kwatt": "kW", "megwatt": "MW", "watth": "Wh", "kwatth": "kWh", "megwatth": "MWh", "volt": "V",
    "kvolt": "kV", "amp": "A", "hertz": "Hz", "celsius": "°C", "fahrenheit": "°F", "percent": "%", "voltamp": "VA",
    "kvoltamp": "kVA", "voltampreact": "var", "kvoltampreact": "kvar", "voltamphreact": "varh", "Wm2": "W/m²",
    "humidity": "%", "currencyGBP": "£", "currencyEUR": "€", "velocityms": "m/s", "pressurehpa": "hPa",
}  # fmt: skip


Records = Callable[[], Iterator[dict[str, Any]]]
_MOST_PLACES = 100_000


@dataclass
class Table:
    """A table found: its rows are made when they are asked for."""

    names: list[str]
    rows: Iterator[Sequence[Any]]
    title: str = ""


def find_table(document: Document) -> Table | None:
    """The table of a file, or None where it is of no form known here."""
    if _are_features(document.sketch) and not has_series(document.sketch):
        return of_features(document)
    waiting: deque[tuple[Path_, Any]] = deque([((), document.sketch)])
    for _ in range(_LOOKED_AT):
        if not waiting:
            return None
        path, one = waiting.popleft()
        if (form := _form_of(one)) is not None:
            count, read = form
            return read(document, path, one) if count >= _longest(document.sketch) else None
        inner = _inner(one) if isinstance(one, dict) or len(one) < _FEW else ()
        waiting.extend(((*path, name), each) for name, each in inner)
    return None


def _inner(value: Any) -> Iterator[tuple[str, Any]]:
    """The arrays and objects in an array or object, with what leads there."""
    named = value.items() if isinstance(value, dict) else ((f"{place}", one) for place, one in enumerate(value))
    return ((name, one) for name, one in named if isinstance(one, dict | list))


def _form_of(value: Any) -> tuple[int, Callable[[Document, Path_, Any], Table]] | None:
    """How many rows a value makes that is of a form known here, and what reads it."""
    if (count := _rows_of_frames(value)) is not None:
        return count, of_frames
    if isinstance(value, list) and value and all(map(_are_records, value)):
        return sum(map(len, value)), of_histories
    if _are_named(value):
        return sum(map(len, value.values())), of_names
    return None


def _longest(value: Any) -> int:
    """How long the longest array of a file is, as far as it is looked through: the table of it all is no shorter."""
    longest = 0
    waiting = deque([value])
    for _ in range(_LOOKED_AT):
        if not waiting:
            break
        one = waiting.popleft()
        longest = max(longest, len(one) if isinstance(one, list) else 0)
        waiting.extend(each for _, each in _inner(one))
    return longest


def _are_features(value: Any) -> bool:
    features = value.get("features") if isinstance(value, dict) and value.get("type") == "FeatureCollection" else None
    return any(isinstance(one, dict) and isinstance(one.get("properties"), dict) for one in items_of(features))


def of_features(document: Document) -> Table:
    """A row for each feature: its properties, and its place where no property tells the places apart."""

    def features() -> Iterator[tuple[str, dict[str, Any]]]:
        for one in map(record_of, document.items(("features",))):
            if isinstance(one.get("properties"), dict):
                yield _place(one.get("geometry")), one["properties"]

    places = _Places()
    for place, properties in features():
        places.add(place, properties)
    names = places.names
    if places.are_told:
        return Table(names, ([one.get(name) for name in names] for _, one in features()))
    return Table(["location", *names], ([place, *(one.get(name) for name in names)] for place, one in features()))


def _place(geometry: Any) -> str:
    """A point's coordinates as text; "" of any other geometry."""
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    is_point = isinstance(geometry, dict) and geometry.get("type") == "Point" and isinstance(coordinates, list)
    return ", ".join(str(one) for one in reversed((coordinates or [])[:2])) if is_point else ""


class _Places:
    """Which properties of features have one value for each place."""

    def __init__(self) -> None:
        self._places: set[str] = set()
        self._told: dict[str, dict[str, str] | None] = {}  # by property, each value's place; None where it has several

    @property
    def names(self) -> list[str]:
        """The properties."""
        return list(self._told)[:MOST_COLUMNS]

    @property
    def are_told(self) -> bool:
        """Whether there is one place only, or a property that tells them apart."""
        count = len(self._places)
        return count <= 1 or any(told is not None and len(told) == count for told in self._told.values())

    def add(self, place: str, properties: dict[str, Any]) -> None:
        """Take note of a feature."""
        if len(self._told) < MOST_COLUMNS and not properties.keys() <= self._told.keys():
            late = [name for name in properties if name not in self._told]  # no feature before has it
            for name in late:
                self._told[name] = dict.fromkeys([""][: len(self._places)], next(iter(self._places), ""))
                if len(self._places) > 1:
                    self._told[name] = None
        if len(self._places) <= _MOST_PLACES:
            self._places.add(place)
        for name, told in self._told.items():
            if told is None:
                continue
            if told.setdefault(text_of(properties.get(name)), place) != place or len(told) > _MOST_PLACES:
                self._told[name] = None


def _rows_of_frames(value: Any) -> int | None:
    """How many rows data frames make; None of anything else."""
    frames = value.get("frames") if isinstance(value, dict) else None
    if not isinstance(frames, list) or not frames or not all(map(_is_frame, frames)):
        return None
    if len(frames) == 1:
        return max(map(len, frames[0]["data"]["values"]))
    if any(_time_of(frame) is None for frame in frames):
        return None
    values = ((frame["data"]["values"], _time_of(frame)) for frame in frames)
    return sum(min(len(one), len(all_[at or 0])) for all_, at in values for n, one in enumerate(all_) if n != at)


def _time_of(frame: dict[str, Any]) -> int | None:
    return next((at for at, one in enumerate(frame["schema"]["fields"]) if one.get("type") == "time"), None)


def of_frames(document: Document, path: Path_, value: Any) -> Table:
    """Data frames: one with its fields as columns, or several of a time and a value each, one after another."""
    frames = value["frames"]
    if len(frames) > 1:
        return Table(["time", "name", "value", "unit"], _rows_by_field(document, path, frames))
    fields = frames[0]["schema"]["fields"]
    names = [_with_unit(_name_of(one, frames[0]), _unit_of(one)) for one in fields]
    return Table(names, _rows_side_by_side(document, path), str(frames[0]["schema"].get("name") or ""))


def _rows_side_by_side(document: Document, path: Path_) -> Iterator[Sequence[Any]]:
    for frame in document.items((*path, "frames")):
        yield from zip_longest(*_set_aside(document, frame))


def _rows_by_field(document: Document, path: Path_, frames: Sequence[dict[str, Any]]) -> Iterator[Sequence[Any]]:
    for frame, values in zip(frames, document.items((*path, "frames")), strict=False):
        columns, times = _set_aside(document, values), _time_of(frame) or 0
        for at, one in enumerate(frame["schema"]["fields"]):
            if at != times:
                name, unit = _name_of(one, frame), _unit_of(one)
                yield from ([time, name, value, unit] for time, value in zip(columns[times], columns[at], strict=False))


def _set_aside(document: Document, frame: Any) -> list[Iterable[Any]]:
    """The columns of a frame, to be gone through several times: as they are held, or from files."""
    if isinstance(frame, dict) and isinstance(data := frame.get("data"), dict) and isinstance(data["values"], list):
        return list(data["values"])
    return [document.set_aside(f"{n}", items_of(one)) for n, one in enumerate(along(frame, ("data", "values", "*")))]


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


def of_histories(document: Document, path: Path_, value: Any) -> Table:
    """An array of records for each thing, as a home's history has them: whose they are, and in which unit, the first
    record may say for all of them; a value never. Where none says whose they are, the arrays are kept apart by number.
    """
    is_nameless = len(value) > 1 and not any(map(_NAMING_KEY.fullmatch, {key for array in value for key in array[0]}))

    def records() -> Iterator[dict[str, Any]]:
        for number, array in enumerate(document.items(path), start=1):
            kept: dict[str, Any] | None = None
            own = {"series": f"{number}"} if is_nameless else {}
            for record in map(_spread, map(record_of, items_of(array))):
                if kept is None:
                    kept = own | {key: one for key, one in record.items() if key in _SAID_ONCE}
                yield _as_state({**kept, **record})

    return _of_rows(records)


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


def _are_named(value: Any) -> bool:
    """Whether arrays of like records stand side by side by name, each record with a time."""
    if (
        not isinstance(value, dict)
        or len(value) < len(("one", "another"))
        or not all(map(_are_records, value.values()))
    ):
        return False
    keys = list(next(iter(value.values()))[0])
    if len(keys) < len(("time", "value")) or not any(_TIME_KEY.fullmatch(key) for key in keys):
        return False
    return all(list(record) == keys for array in value.values() for record in array)


def of_names(document: Document, path: Path_, _: Any) -> Table:
    """A row for each record of arrays by name, with its name."""

    def records() -> Iterator[dict[str, Any]]:
        for name, array in document.members(path):
            yield from ({"name": name, **_spread(record_of(record))} for record in items_of(array))

    return _of_rows(records)


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _of_rows(records: Records) -> Table:
    names: dict[str, None] = {}
    units: set[Any] = set()
    for record in records():
        names.update(dict.fromkeys(record))
        if len(units) <= 1:
            units.add(text_of(record["unit"]) if isinstance(record.get("unit"), str) else None)
    kept = list(names)[:MOST_COLUMNS]
    if "value" not in kept or len(units) != 1 or None in units:
        return Table(kept, ([record.get(name) for name in kept] for record in records()))
    kept.remove("unit")
    titles = [_with_unit(name, str(*units)) if name == "value" else name for name in kept]
    return Table(titles, ([record.get(name) for name in kept] for record in records()))


def write_table(table: Table, target: Path) -> int:
    """Write a table; return its rows."""
    count = 0
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        write = csv.writer(file, lineterminator="\n").writerow
        write([text_of(name) for name in table.names])
        for row in table.rows:
            write([text_of(value) for value in row])
            count += 1
    return count


def main(path: Path, folder: Path, sketch: Path | None) -> dict[str, object]:
    """Write the table; return the manifest."""
    table = find_table(Document(path, folder, sketch))
    if table is None:
        return {"tables": []}
    rows = write_table(table, folder / "0.txt")
    return {"tables": [{"file": "0.txt", "title": table.title, "rows": rows}] if rows else []}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; what is no such file is left to others."""
    path, folder, *sketch = map(Path, arguments)
    try:
        manifest = main(path, folder, sketch[0] if sketch else None)
    except (MemoryError, ValueError, RecursionError):
        manifest = {"tables": []}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
