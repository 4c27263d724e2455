"""Write the tables of a JSON file as text: ``python records.py FILE FOLDER``.

Knows arrays of records, one record a line, arrays side by side, names with rows of values, rows of values alone, and
records that hold arrays of records; and the answers of CKAN and Opendatasoft. ``manifest.json`` names the tables.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice, pairwise, zip_longest
from pathlib import Path
from typing import Any

import ijson

SMALL_BYTES = 24 << 20  # up to this size a file is held in memory
KEPT_ITEMS = 300  # of each array, to know it by
MOST_TABLES = 50
MOST_COLUMNS = 4_000
_EPOCH_MS = 100_000_000_000
_EPOCH_S = (6.3e8, 4.1e9)  # 1990 to 2100
_NOTE = 500
_LOOKED_AT = 500  # objects, for a description of the columns
_MOST_LABELS = 60
_SHARES = ("perc", "percent", "percentage", "pct")
_TIME_KEY = re.compile(r"\d{4}-\d\d-\d\d(?:$|[T ]\d)|\d\d?[/.]\d\d?[/.]\d{4}(?:$|[T ]\d)|\d{8}T?\d{4}")
_CKAN_OWN = frozenset({"_id", "_full_text", "rank"})
_UNIT_KEYS = ("units", "unit", "uom", "unitofmeasure", "measurementunit")
_TIME_NAMES = re.compile(r"(?i)(time|ts|timestamp|times|timestamps|date|datetime|t|epoch)")
_TITLE_KEYS = ("name", "title", "timeseriesname", "id", "meter", "mpan", "series", "label")
Path_ = tuple[str, ...]


class Number(str):
    """A number as it is written."""

    __slots__ = ()


@dataclass
class Table:
    """A table found: its rows are made when they are asked for."""

    path: Path_
    names: list[str]
    rows: Iterator[Sequence[Any]]
    title: str = ""
    has_header: bool = True
    notes: list[str] = field(default_factory=list)


class Document:
    """A JSON file: held in memory where it is small, else walked through."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.is_small = path.stat().st_size <= SMALL_BYTES
        self.skeleton: Any = self._load() if self.is_small else _skeleton(path)

    def _load(self) -> Any:
        text = self._path.read_bytes().decode(_encoding(self._path))
        return json.loads(
            text.removeprefix("\ufeff"), parse_float=Number, parse_int=Number, parse_constant=lambda _: None
        )

    def items(self, path: Path_) -> Iterator[Any]:
        """The items of the array at ``path``; ``*`` stands for each item of an array on the way."""
        if self.is_small:
            yield from _walk(self.skeleton, path)
            return
        with self._path.open("rb") as file:
            _skip_mark(file)
            prefix = ".".join("item" if part == "*" else part for part in (*path, "*"))
            yield from ijson.items(file, prefix)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be" if head[:1] == b"\0" else "utf-8"


def _skip_mark(file: Any) -> None:
    if file.read(3) != b"\xef\xbb\xbf":
        file.seek(0)


def _walk(value: Any, path: Path_) -> Iterator[Any]:
    if not path:
        yield from value if isinstance(value, list) else ()
    elif path[0] == "*":
        for item in value if isinstance(value, list) else ():
            yield from _walk(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _walk(value[path[0]], path[1:])


def _skeleton(path: Path) -> Any:
    """The file's objects, with the first items of each array only."""
    root: list[Any] = []
    stack: list[Any] = [root]
    keys: list[str] = []
    skipped = 0
    with path.open("rb") as file:
        _skip_mark(file)
        for event, value in ijson.basic_parse(file):
            if skipped:
                skipped += (event in {"start_map", "start_array"}) - (event in {"end_map", "end_array"})
                continue
            holder = stack[-1]
            if event == "map_key":
                keys[-1] = value
            elif event in {"end_map", "end_array"}:
                if isinstance(stack.pop(), dict):
                    keys.pop()
            elif isinstance(holder, list) and len(holder) >= KEPT_ITEMS:
                skipped = int(event in {"start_map", "start_array"})
            else:
                new: Any = {} if event == "start_map" else [] if event == "start_array" else value
                if isinstance(holder, dict):
                    holder[keys[-1]] = new
                else:
                    holder.append(new)
                if event in {"start_map", "start_array"}:
                    stack.append(new)
                    if event == "start_map":
                        keys.append("")
    return root[0] if root else None


def is_scalar(value: Any) -> bool:
    """Whether a value fits into a cell."""
    return not isinstance(value, dict | list)


def is_number(value: Any) -> bool:
    """Whether a value is a number."""
    return isinstance(value, Number | int | float | Decimal) and not isinstance(value, bool)


def text_of(value: Any) -> str:
    """A value as a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    text = str(value)
    return " ".join(text.replace("\0", "").split()) if any(c < " " for c in text) else text


def flat(record: dict[str, Any], inner: str = "") -> dict[str, Any]:
    """A record with the objects in it spread out by one level; ``inner`` names an array to be left out."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        if key == inner:
            continue
        if isinstance(value, dict) and {"Name", "Value", "IsSystem"} <= value.keys():
            found[key] = value["Name"]  # a historian's state in a number's place
        elif isinstance(value, dict):
            found.update({f"{key}.{name}": one for name, one in value.items()})
        elif (labelled := _labelled(value)) is not None:
            found.update({f"{key}.{label}": one for label, one in labelled.items()})
        else:
            found[key] = value
    return found


def _labelled(value: Any) -> dict[str, Any] | None:
    """The numbers of an array of objects with a label and a number each, such as a mix of fuels; None of others."""
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_LABELS or len(_dict(value[0])) != 2:  # label, number
        return None
    keys = list(value[0])
    of = next((key for key in keys if is_number(value[0][key])), "")
    label = keys[1 - keys.index(of)] if of else ""
    if not of or not all(isinstance(one, dict) and list(one) == keys and _is_label(one[label]) for one in value):
        return None
    unit = " (%)" if of.casefold() in _SHARES else ""
    found = {f"{one[label]}{unit}": one[of] for one in value}
    return found if len(found) == len(value) else None


def _is_label(value: Any) -> bool:
    """Whether a text is a name, and neither a number nor a time."""
    return isinstance(value, str) and not isinstance(value, Number) and value[:1].isalpha()


def find_tables(document: Document) -> Iterator[Table]:
    """The tables of a file, from the outside to the inside."""
    waiting: list[tuple[Path_, Any, dict[str, Any]]] = [((), document.skeleton, {})]
    for _ in range(5_000):
        if not waiting:
            return
        path, value, context = waiting.pop(0)
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
        rows_of = zip_longest(*(document.items((*path, key)) for key in keys))
        return Table(path, titles, rows_of, notes=notes)
    if document.is_small and (table := _time_beside(path, value)) is not None:
        return table
    return _of_keys(path, value)


def _time_beside(path: Path_, value: dict[str, Any]) -> Table | None:
    """An array of times beside an object of arrays: ``{"time": […], "values": {"kW": […]}}``."""
    times = {key: one for key, one in value.items() if isinstance(one, list) and _TIME_NAMES.fullmatch(key)}
    groups = [one for one in value.values() if isinstance(one, dict)]
    columns = {**times, **groups[0]} if len(times) == len(groups) == 1 else {}
    if not columns or not all(isinstance(one, list) for one in columns.values()) or not _is_side_by_side(columns):
        return None
    return Table(path, list(columns), zip_longest(*columns.values()), notes=_notes(value))


def _of_keys(path: Path_, value: dict[str, Any]) -> Table | None:
    """An object whose keys are times, or the columns of objects whose keys are rows."""
    keys = list(value)
    if len(keys) > 1 and all(map(_is_time, keys[:KEPT_ITEMS])) and not any(isinstance(v, list) for v in value.values()):
        told = {key: flat(one) if isinstance(one, dict) else {"value": one} for key, one in value.items()}
        names = _keys(list(islice(told.values(), KEPT_ITEMS)))
        return Table(path, ["time", *names], ([key, *(one.get(name) for name in names)] for key, one in told.items()))
    if _is_keyed(value):
        index = list(value[keys[0]])
        return Table(path, ["index", *keys], ([at, *(value[key].get(at) for key in keys)] for at in index))
    return None


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
        names = _keys(own)
        rows = ([_dict(one.get("fields")).get(name) for name in names] for one in document.items(path) if _dict(one))
        return Table(path, names, rows, notes=_notes(context))
    if (framed := _key_of_frames(objects)) is not None:
        path, objects = (*path, "*", framed), [one for outer in objects for one in outer[framed]]
    inner = _inner_array(objects)
    if inner:
        return _of_nested(document, path, objects, inner, context)
    names = _keys([flat(one) for one in objects])
    fields = _ckan_fields(path, context)
    if fields:
        names = [name for name in names if name not in _CKAN_OWN]
    titles = [_with_unit(name, fields.get(name)) for name in names]
    titles = _value_with_unit(titles, objects, names, context)
    described = _described(document.skeleton, names)
    titles = [_with_unit(title, described.get(name)) for title, name in zip(titles, names, strict=True)]
    rows = ([record.get(name) for name in names] for record in map(flat, filter(_dict, document.items(path))))
    return Table(path, titles, rows, title=_title(context), notes=_notes(context))


def _key_of_frames(objects: Sequence[dict[str, Any]]) -> str | None:
    """The key under which each object has an array of names with rows of values, as a database of series answers."""
    framed = [key for key, one in objects[0].items() if isinstance(one, list) and one and "columns" in _dict(one[0])]
    return next((key for key in framed if all(isinstance(one.get(key), list) for one in objects)), None)


def _keys(records: Sequence[dict[str, Any]]) -> list[str]:
    found: dict[str, None] = {}
    for record in records:
        found.update(dict.fromkeys(record))
    return list(found)[:MOST_COLUMNS]


def _inner_array(objects: Sequence[dict[str, Any]]) -> str:
    """The one key that holds an array of records or rows in the objects of an array; "" where there is none."""
    sizes: dict[str, int] = {}
    for one in objects:
        for key, value in one.items():
            if _labelled(value) is not None:
                continue
            if isinstance(value, list) and value and all(isinstance(item, dict | list) for item in value):
                sizes[key] = sizes.get(key, 0) + len(value)
    large = [key for key, size in sizes.items() if size > 2 * len(objects) or (size > 2 and len(objects) < 3)]
    return large[0] if len(large) == 1 else ""


def _of_nested(
    document: Document, path: Path_, objects: list[dict[str, Any]], inner: str, context: dict[str, Any]
) -> Table:
    """Records that hold an array each: a row for each of the array's, with what its record says."""
    outer = _keys([flat(one, inner) for one in objects])
    heads = objects[0].get("columns")
    first = next(item for one in objects for item in one.get(inner) or ())
    shown: list[str] | None = None
    if isinstance(first, dict):
        inside = [flat(item) for one in objects for item in one.get(inner) or () if isinstance(item, dict)]
        names = _keys(inside)
        shown = _value_with_unit(list(names), inside, names, context)
    elif _are_names(heads) and all(one.get("columns") == heads for one in objects):
        outer.remove("columns")
        names = list(map(_name_of, heads or ()))
    else:
        names = _row_names([item for one in objects for item in one.get(inner) or () if isinstance(item, list)])

    def rows() -> Iterator[Sequence[Any]]:
        for one in filter(_dict, document.items(path)):
            own = flat(one, inner)
            before = [own.get(name) for name in outer]
            for item in one.get(inner) or ():
                if isinstance(item, dict):
                    told = flat(item)
                    yield [*before, *(told.get(name) for name in names)]
                elif isinstance(item, list):
                    yield [*before, *item]

    titles = [*outer, *(f"{inner}.{name}" if name in outer else name for name in shown or names)]
    return Table(path, titles, rows(), title=_title(context), notes=_notes(context))


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


def _described(skeleton: Any, names: Sequence[str]) -> dict[str, Any]:
    """Units by column, where the file describes its columns somewhere: ``{"P": {"units": "W"}, …}``."""
    waiting = [skeleton]
    for _ in range(_LOOKED_AT):
        if not waiting:
            return {}
        value = waiting.pop(0)
        inner = [one for one in _dict(value).values() if isinstance(one, dict)]
        own = {name: value[name] for name in names if isinstance(_dict(value).get(name), dict)}
        units = {name: next((one[key] for key in ("units", "unit") if key in one), None) for name, one in own.items()}
        if sum(isinstance(unit, str) for unit in units.values()) * 2 > len(names):
            return units
        waiting += inner
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
    with path.open(encoding=_encoding(path), errors="replace") as file:
        for line in file:
            bare = line.strip().removeprefix("\ufeff")
            if bare:
                yield json.loads(bare, parse_float=Number, parse_int=Number, parse_constant=lambda _: None)


def is_lines(path: Path) -> bool:
    """Whether each of the first lines is a record of its own."""
    with path.open("rb") as file:
        if len(file.readline(SMALL_BYTES)) == SMALL_BYTES:  # no record is as long, and it may be all of a large file
            return False
    try:
        first = list(islice(read_lines(path), 2))
    except (ValueError, RecursionError):
        return False
    return len(first) == 2 and all(isinstance(one, dict) for one in first)  # the first two lines


def table_of_lines(path: Path) -> Table:
    """The table of a file with one record a line."""
    values = filter(_dict, read_lines(path))
    first = [flat(one) for one in islice(values, KEPT_ITEMS)]
    names = _keys(first)
    rows = ([record.get(name) for name in names] for record in chain(first, map(flat, values)))
    return Table((), names, rows)


def write_table(table: Table, target: Path) -> int:
    """Write a table; return its rows."""
    count = 0
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if table.has_header:
            writer.writerow([text_of(name) for name in table.names])
        width = len(table.names)
        for row in table.rows:
            cells = [text_of(value) for value in row]
            if table.has_header and len(cells) < width:
                cells += [""] * (width - len(cells))
            writer.writerow(cells)
            count += 1
    return count


def main(path: Path, folder: Path) -> dict[str, object]:
    """Write all tables; return the manifest."""
    tables = [table_of_lines(path)] if is_lines(path) else find_tables(Document(path))
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
    path, folder = Path(arguments[0]), Path(arguments[1])
    try:
        manifest = main(path, folder)
    except MemoryError:
        manifest = {"error": "too-large", "detail": "reading it takes more memory than it may"}
    except json.JSONDecodeError as error:
        manifest = {"error": "damaged", "detail": f"it breaks off or is wrong at line {error.lineno:,}"}
    except (ijson.JSONError, ValueError, RecursionError, ArithmeticError) as error:
        manifest = {"error": "damaged", "detail": " ".join(str(error).split())[:200]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
