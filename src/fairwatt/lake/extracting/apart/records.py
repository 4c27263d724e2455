"""Write the tables of a JSON file as text: ``python records.py FILE FOLDER [SKETCH]``.

Knows arrays of records, one record a line, arrays side by side, names with rows of values, rows of values alone, and
records that hold arrays of records; and the answers of CKAN and Opendatasoft. ``manifest.json`` names the tables.

A sketch is the same file with the first items of each array: what it is follows from there, and the file itself is
gone through. Without one it is held.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, pairwise, zip_longest
from pathlib import Path
from typing import Any

from fairwatt.lake.json_documents.answers import plain_answer
from fairwatt.lake.json_documents.rows import Nested, flat, is_number, is_scalar, keys_of, labelled, rows_of
from fairwatt.lake.json_documents.text import (
    Document,
    Large,
    Number,
    Path_,
    check_text,
    encoding_of,
    items_of,
    members_of,
    record_of,
    text_of,
)

LARGE_BYTES = 24 << 20  # of a file that is not held
LONGEST_RECORD = 24 << 20  # characters of one that stands on a line
KEPT_ITEMS = 300  # of each array, to know it by
MOST_TABLES = 50
_EPOCH_MS = 100_000_000_000
_EPOCH_S = (6.3e8, 4.1e9)  # 1990 to 2100
_NOTE = 500
_LOOKED_AT = 500  # objects, for a description of the columns
_TIME_KEY = re.compile(r"\d{4}-\d\d-\d\d(?:$|[T ]\d)|\d\d?[/.]\d\d?[/.]\d{4}(?:$|[T ]\d)|\d{8}T?\d{4}")
_CKAN_OWN = frozenset({"_id", "_full_text", "rank"})
_UNIT_KEYS = ("units", "unit", "uom", "unitofmeasure", "measurementunit")
_TIME_NAMES = re.compile(r"(?i)(time|ts|timestamp|times|timestamps|date|datetime|t|epoch)")
_TITLE_KEYS = ("name", "title", "timeseriesname", "id", "meter", "mpan", "series", "label")


@dataclass
class Table:
    """A table found: its rows are made when they are asked for."""

    path: Path_
    names: list[str]
    rows: Iterator[Sequence[Any]]
    title: str = ""
    has_header: bool = True
    notes: list[str] = field(default_factory=list)


def find_tables(document: Document) -> Iterator[Table]:
    """The tables of a file, from the outside to the inside."""
    waiting: deque[tuple[Path_, Any, dict[str, Any]]] = deque([((), document.sketch, {})])
    for _ in range(5_000):
        if not waiting:
            return
        path, value, context = waiting.popleft()
        if isinstance(value, list):
            if (table := _of_array(document, path, value, context)) is not None:
                yield table
            continue
        if not isinstance(value, dict):
            continue
        if (table := _of_object(document, path, value, context)) is not None:
            yield table
            continue
        is_answer = isinstance(value.get("records"), list) and isinstance(value.get("fields"), list)
        own = {key: one for key, one in value.items() if not isinstance(one, list) or key == "fields"}
        for key, one in value.items():
            if isinstance(one, dict | list) and not (is_answer and key == "fields"):
                waiting.append(((*path, key), one, {**context, **own}))


def _of_object(document: Document, path: Path_, value: dict[str, Any], context: dict[str, Any]) -> Table | None:
    """An object of arrays side by side, or of names and rows."""
    names, data = value.get("columns"), value.get("data", value.get("rows", value.get("values")))
    where = next((key for key in ("data", "rows", "values") if value.get(key) is data), "data")
    if _are_names(names) and isinstance(data, list) and data and all(isinstance(row, list) for row in data):
        rows = document.items((*path, where))
        titles = [_name_of(name) for name in names or ()]
        index = value.get("index")
        is_count = isinstance(index, list) and list(map(str, index)) == list(map(str, range(len(index))))
        if isinstance(index, list) and len(index) == len(data) and not is_count:
            paired = zip(document.items((*path, "index")), rows, strict=False)
            return Table(path, ["index", *titles], ([first, *row] for first, row in paired))
        return Table(path, titles, (row for row in rows if isinstance(row, list)))
    if _is_side_by_side(value):
        keys = [key for key, one in value.items() if isinstance(one, list)]
        units = _sibling_units(path, context)
        titles = [_with_unit(key, units.get(key)) for key in keys]
        notes = _notes({**context, **value})
        return Table(path, titles, document.side_by_side(path, keys), notes=notes)
    return _time_beside(document, path, value) or _ofkeys_of(document, path, value)


def _time_beside(document: Document, path: Path_, value: dict[str, Any]) -> Table | None:
    """An array of times beside an object of arrays: ``{"time": […], "values": {"kW": […]}}``."""
    times = {key: one for key, one in value.items() if isinstance(one, list) and _TIME_NAMES.fullmatch(key)}
    groups = {key: one for key, one in value.items() if isinstance(one, dict)}
    columns = {**times, **next(iter(groups.values()))} if len(times) == len(groups) == 1 else {}
    if not columns or not all(isinstance(one, list) for one in columns.values()) or not _is_side_by_side(columns):
        return None
    if document.is_held:
        return Table(path, list(columns), zip_longest(*columns.values()), notes=_notes(value))

    def arrays() -> Iterator[tuple[str, Iterator[Any]]]:
        for key, one in document.members(path):
            if key in times:
                yield key, items_of(one)
            elif key in groups:
                yield from ((name, items_of(inner)) for name, inner in members_of(one))

    return Table(path, list(columns), document.beside(arrays(), list(columns)), notes=_notes(value))


def _ofkeys_of(document: Document, path: Path_, value: dict[str, Any]) -> Table | None:
    """An object whose keys are times, or the columns of objects whose keys are rows."""
    keys = list(value)
    if len(keys) > 1 and all(map(_is_time, keys[:KEPT_ITEMS])) and not any(isinstance(v, list) for v in value.values()):
        first = [flat(one) if isinstance(one, dict) else {"value": one} for one in islice(value.values(), KEPT_ITEMS)]
        titles = ["time", *keys_of(first)]
        return Table(path, titles, rows_of(map(_timed, document.members(path)), titles))
    if _is_keyed(value):
        return Table(path, ["index", *keys], document.beside(_keyed(document, path), ["index", *keys]))
    return None


def _timed(member: tuple[str, Any]) -> dict[str, Any]:
    key, one = member
    return {"time": key, **(flat(record_of(one)) if isinstance(one, dict | Large) else {"value": one})}


def _keyed(document: Document, path: Path_) -> Iterator[tuple[str, Iterator[Any]]]:
    """The columns of objects whose keys are rows, these first; they are the same in each column."""
    marks: list[int] = []

    def marked(column: Any) -> Iterator[tuple[str, Any]]:
        mark = 0
        for key, one in members_of(column):
            mark = hash((mark, key))
            yield key, one
        marks.append(mark)

    for _, column in islice(document.members(path), 1):
        yield "index", (key for key, _ in members_of(column))
    for name, column in document.members(path):
        yield name, (one for _, one in marked(column))
        if marks[-1] != marks[0]:
            raise ValueError(f"the rows of ‘{name}’ are not those of the other columns")


def _is_time(key: str) -> bool:
    """Whether a key is a date or a count of seconds or milliseconds since 1970."""
    return bool(_TIME_KEY.match(key)) or (key.isdigit() and len(key) in {10, 13})


def _are_names(names: Any) -> bool:
    return isinstance(names, list) and bool(names) and all(isinstance(n, str) or "name" in _dict(n) for n in names)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _name_of(name: Any) -> str:
    return _with_unit(str(name.get("name", "")), name.get("unit")) if isinstance(name, dict) else str(name)


def _is_side_by_side(value: dict[str, Any]) -> bool:
    arrays = [one for one in value.values() if isinstance(one, list)]
    if len(arrays) < 2 or not all(arrays):  # side by side takes two
        return False
    lengths = {min(len(one), KEPT_ITEMS) for one in arrays}
    return len(lengths) == 1 and all(is_scalar(item) for one in arrays for item in one[:KEPT_ITEMS])


def _is_keyed(value: dict[str, Any]) -> bool:
    """Whether an object holds a column a key, each an object with the same keys of rows."""
    columns = list(value.values())
    if not columns or not all(isinstance(one, dict) and len(one) > 1 for one in columns):
        return False
    keys = list(columns[0])
    if len(columns) == 1 and not all(map(_is_time, keys[:KEPT_ITEMS])):
        return False
    return all(list(one) == keys for one in columns) and all(is_scalar(v) for one in columns for v in one.values())


def _sibling_units(path: Path_, context: dict[str, Any]) -> dict[str, Any]:
    return _dict(context.get(f"{path[-1]}_units")) if path else {}


def _with_unit(name: str, unit: Any) -> str:
    if not isinstance(unit, str) or not unit.strip() or unit.strip().casefold() in name.casefold():
        return name
    return name if "iso" in unit.casefold() or "time" in unit.casefold() else f"{name} ({unit.strip()})"


def _of_array(document: Document, path: Path_, value: list[Any], context: dict[str, Any]) -> Table | None:
    objects = [item for item in value if isinstance(item, dict)]
    if objects and len(objects) * 2 >= len(value):
        return _of_records(document, path, objects, context)
    rows = [item for item in value if isinstance(item, list)]
    if rows and len(rows) * 2 >= len(value):
        return _of_rows(document, path, rows, context)
    return None


def _of_records(document: Document, path: Path_, objects: list[dict[str, Any]], context: dict[str, Any]) -> Table:
    if all("recordid" in one and isinstance(one.get("fields"), dict) for one in objects):
        own = [_dict(one["fields"]) for one in objects]  # Opendatasoft's first interface
        names = keys_of(own)
        rows = rows_of((record_of(record_of(one).get("fields")) for one in document.items(path)), names)
        return Table(path, names, rows, notes=_notes(context))
    if (framed := _key_of_frames(objects)) is not None:
        path, objects = (*path, "*", framed), [one for outer in objects for one in outer[framed]]
    inner = _inner_array(objects)
    if inner:
        return _of_nested(document, path, objects, inner, context)
    names = keys_of([flat(one) for one in objects])
    fields = _ckan_fields(path, context)
    if fields:
        names = [name for name in names if name not in _CKAN_OWN]
    titles = [_with_unit(name, fields.get(name)) for name in names]
    titles = _value_with_unit(titles, objects, names, context)
    described = _described(document.sketch, names)
    titles = [_with_unit(title, described.get(name)) for title, name in zip(titles, names, strict=True)]
    records = map(flat, filter(None, map(record_of, document.items(path))))
    rows = rows_of(records, names, titles, left_out=_CKAN_OWN if fields else frozenset())
    return Table(path, titles, rows, title=_title(context), notes=_notes(context))


def _key_of_frames(objects: Sequence[dict[str, Any]]) -> str | None:
    """The key under which each object has an array of names with rows of values, as a database of series answers."""
    framed = [key for key, one in objects[0].items() if isinstance(one, list) and one and "columns" in _dict(one[0])]
    return next((key for key in framed if all(isinstance(one.get(key), list) for one in objects)), None)


def _inner_array(objects: Sequence[dict[str, Any]]) -> str:
    """The one key that holds an array of records or rows in the objects of an array; "" where there is none."""
    sizes: dict[str, int] = {}
    for one in objects:
        for key, value in one.items():
            if labelled(value) is not None:
                continue
            if isinstance(value, list) and value and all(isinstance(item, dict | list) for item in value):
                sizes[key] = sizes.get(key, 0) + len(value)
    large = [key for key, size in sizes.items() if size > 2 * len(objects) or (size > 2 and len(objects) < 3)]
    return large[0] if len(large) == 1 else ""


def _of_nested(
    document: Document, path: Path_, objects: list[dict[str, Any]], inner: str, context: dict[str, Any]
) -> Table:
    """Records that hold an array each: a row for each of the array's, with what its record says."""
    outer = keys_of([flat(one, inner) for one in objects])
    heads = objects[0].get("columns")
    first = next(item for one in objects for item in one.get(inner) or ())
    shown: list[str] | None = None
    left_out: frozenset[str] = frozenset()
    if isinstance(first, dict):
        inside = [flat(item) for one in objects for item in one.get(inner) or () if isinstance(item, dict)]
        names = keys_of(inside)
        shown = _value_with_unit(list(names), inside, names, context)
    elif _are_names(heads) and all(one.get("columns") == heads for one in objects):
        outer.remove("columns")
        left_out = frozenset({"columns"})
        names = list(map(_name_of, heads or ()))
    else:
        names = _row_names([item for one in objects for item in one.get(inner) or () if isinstance(item, list)])

    titles = [*outer, *(f"{inner}.{name}" if name in outer else name for name in shown or names)]
    are_records = isinstance(first, dict)
    nested = Nested(document, inner, outer, names, titles, are_records=are_records, left_out=left_out)
    return Table(path, titles, nested.rows(path), title=_title(context), notes=_notes(context))


def _of_rows(document: Document, path: Path_, rows: list[list[Any]], context: dict[str, Any]) -> Table | None:
    if not all(is_scalar(cell) for row in rows for cell in row) or max(map(len, rows)) < 2:  # no table
        return None
    stream = (row for row in document.items(path) if isinstance(row, list))
    fields = context.get("fields")
    if isinstance(fields, list) and len(fields) == len(rows[0]) and all("id" in _dict(one) for one in fields):
        return Table(path, [str(one["id"]) for one in fields], stream, notes=_notes(context))
    if all(isinstance(cell, str) and not isinstance(cell, Number) for cell in rows[0]) and len(rows) > 1:
        return Table(path, [], stream, title=_title(context), has_header=False, notes=_notes(context))
    names = _value_with_unit(_row_names(rows), [], [], context)
    return Table(path, names, stream, title=_title(context), notes=_notes(context))


def _row_names(rows: Sequence[Sequence[Any]]) -> list[str]:
    width = max(map(len, rows))
    firsts = [row[0] for row in rows if row]
    is_time = all(isinstance(v, str) and not isinstance(v, Number) for v in firsts) or (
        all(map(is_number, firsts)) and _are_instants([float(str(v)) for v in firsts])
    )
    if width == 2 and is_time:  # a time and its value, as charts have them
        return ["time", "value"]
    return [("time" if is_time and not c else f"column {c + 1}") for c in range(width)]


def _are_instants(numbers: Sequence[float]) -> bool:
    """Whether numbers are milliseconds since 1970, or seconds that go on or back from row to row."""
    if all(abs(number) > _EPOCH_MS for number in numbers):
        return True
    steps = [after - before for before, after in pairwise(numbers)]
    runs = len(steps) > 1 and (min(steps) > 0 or max(steps) < 0)
    return runs and all(_EPOCH_S[0] < number < _EPOCH_S[1] for number in numbers)


def _ckan_fields(path: Path_, context: dict[str, Any]) -> dict[str, Any]:
    """Units by column, where the file is an answer of CKAN's datastore."""
    fields = context.get("fields")
    if not (path and path[-1] == "records" and isinstance(fields, list)):
        return {}
    return {str(_dict(one).get("id", "")): _dict(_dict(one).get("info")).get("unit") or "" for one in fields}


def _described(sketch: Any, names: Sequence[str]) -> dict[str, Any]:
    """Units by column, where the file describes its columns somewhere: ``{"P": {"units": "W"}, …}``."""
    waiting = deque([sketch])
    for _ in range(_LOOKED_AT):
        if not waiting:
            return {}
        value = waiting.popleft()
        inner = [one for one in _dict(value).values() if isinstance(one, dict)]
        own = {name: value[name] for name in names if isinstance(_dict(value).get(name), dict)}
        units = {name: next((one[key] for key in ("units", "unit") if key in one), None) for name, one in own.items()}
        if sum(isinstance(unit, str) for unit in units.values()) * 2 > len(names):
            return units
        waiting.extend(inner)
    return {}


def _value_with_unit(
    titles: list[str], objects: Sequence[dict[str, Any]], names: Sequence[str], context: dict[str, Any]
) -> list[str]:
    """The one column of numbers with the unit that the object around the records tells."""
    unit = next((one for key, one in context.items() if key.casefold().replace("_", "") in _UNIT_KEYS), None)
    if not isinstance(unit, str):
        return titles
    if not names:
        return [_with_unit(title, unit) if title == "value" else title for title in titles]
    numeric = [c for c, name in enumerate(names) if any(is_number(one.get(name)) for one in objects)]
    if len(numeric) != 1:
        return titles
    return [_with_unit(title, unit) if c == numeric[0] else title for c, title in enumerate(titles)]


def _title(context: dict[str, Any]) -> str:
    named = {key.casefold().replace("_", ""): one for key, one in context.items()}
    return next((str(named[key])[:100] for key in _TITLE_KEYS if is_scalar(named.get(key)) and named.get(key)), "")


def _notes(context: dict[str, Any]) -> list[str]:
    told = [(key, one) for key, one in context.items() if is_scalar(one) and one is not None]
    return [f"{key}: {text_of(one)}"[:_NOTE] for key, one in told[:30]]


def read_lines(path: Path) -> Iterator[Any]:
    """The values of a file with one a line."""
    with path.open(encoding=encoding_of(path), errors="replace") as file:
        for line in file:
            bare = line.strip().removeprefix("\ufeff")
            if bare:
                yield json.loads(bare, parse_float=Number, parse_int=Number, parse_constant=lambda _: None)


def is_lines(path: Path) -> bool:
    """Whether each of the first lines is a record of its own."""
    with path.open("rb") as file:
        if (
            len(file.readline(LONGEST_RECORD)) == LONGEST_RECORD
        ):  # no record is as long, and it may be all of a large file
            return False
    try:
        first = list(islice(read_lines(path), 2))
    except (ValueError, RecursionError):
        return False
    return len(first) == 2 and all(isinstance(one, dict) for one in first)  # the first two lines


def table_of_lines(path: Path) -> Table:
    """The table of a file with one record a line."""
    values = map(flat, filter(_dict, read_lines(path)))
    first = list(islice(values, KEPT_ITEMS))
    names = keys_of(first)
    return Table((), names, rows_of(chain(first, values), names))


def write_table(table: Table, target: Path) -> int:
    """Write a table; return its rows."""
    count = 0
    width = len(table.names)
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if table.has_header:
            writer.writerow([text_of(name) for name in table.names])
        for row in table.rows:
            cells = [text_of(value) for value in row]
            if table.has_header and len(cells) < width:
                cells += [""] * (width - len(cells))
            writer.writerow(cells)
            count += 1
    if len(table.names) > width:
        _widen(table.names, target)
    return count


def _widen(names: Sequence[str], target: Path) -> None:
    """Give every row the columns that came late."""
    narrow = target.with_suffix(".narrow")
    target.rename(narrow)
    csv.field_size_limit(sys.maxsize)
    with narrow.open(encoding="utf-8", newline="") as old, target.open("w", encoding="utf-8", newline="") as new:
        writer = csv.writer(new, lineterminator="\n")
        writer.writerow([text_of(name) for name in names])
        rows = csv.reader(old)
        next(rows)
        writer.writerows(row + [""] * (len(names) - len(row)) for row in rows)
    narrow.unlink()


def main(path: Path, folder: Path, sketch: Path | None) -> dict[str, object]:
    """Write all tables; return the manifest."""
    if sketch is None and is_lines(path):
        tables: Iterator[Table] = iter([table_of_lines(path)])
    elif sketch is None and path.stat().st_size > LARGE_BYTES:
        check_text(path)
        return {"error": "too-large", "detail": "its arrays and objects are too many, or nested too deeply"}
    else:
        document = Document(path, folder, sketch)
        if document.is_held:
            document.sketch = plain_answer(document.sketch)
        tables = find_tables(document)
    found: list[dict[str, object]] = []
    for number, table in enumerate(islice(tables, MOST_TABLES)):
        rows = write_table(table, folder / f"{number}.txt")
        if rows:
            pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in table.path)
            found.append(
                {
                    "file": f"{number}.txt",
                    "pointer": pointer,
                    "title": table.title or (table.path[-1] if table.path else ""),
                    "rows": rows,
                    "first_row": 1 + table.has_header,
                    "notes": table.notes,
                }
            )
    return {"tables": found}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; say in the manifest what went wrong."""
    path, folder, *sketch = map(Path, arguments)
    try:
        manifest = main(path, folder, sketch[0] if sketch else None)
    except MemoryError:
        manifest = {"error": "too-large", "detail": "reading it takes more memory than it may"}
    except json.JSONDecodeError as error:
        manifest = {"error": "damaged", "detail": f"it breaks off or is wrong at line {error.lineno:,}"}
    except (ValueError, RecursionError, ArithmeticError) as error:
        manifest = {"error": "damaged", "detail": " ".join(str(error).split())[:200]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
