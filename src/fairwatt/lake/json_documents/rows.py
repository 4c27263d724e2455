"""Records of JSON as rows: objects in them spread out, and a column for each name, whenever it comes."""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from fairwatt.lake.json_documents.text import Document, Large, Number, Path_, items_of, members_of, text_of

MOST_COLUMNS = 4_000
_MOST_LABELS = 60
_DEEPEST = 4  # objects in one another that are spread out
_SHARES = ("perc", "percent", "percentage", "pct")


def is_scalar(value: Any) -> bool:
    """Whether a value fits into a cell."""
    return not isinstance(value, dict | list)


def is_number(value: Any) -> bool:
    """Whether a value is a number."""
    return isinstance(value, Number | int | float) and not isinstance(value, bool)


def flat(record: dict[str, Any], inner: str = "", depth: int = _DEEPEST) -> dict[str, Any]:
    """A record with the objects in it spread out, by some levels; ``inner`` names an array to be left out."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        if key == inner:
            continue
        if isinstance(value, dict) and {"Name", "Value", "IsSystem"} <= value.keys():
            found[key] = value["Name"]  # a historian's state in a number's place
        elif isinstance(value, dict):
            inside = flat(value, depth=depth - 1) if depth > 1 else value
            found.update({f"{key}.{name}": one for name, one in inside.items()})
        elif (told := labelled(value)) is not None:
            found.update({f"{key}.{label}": one for label, one in told.items()})
        else:
            found[key] = value
    return found


def labelled(value: Any) -> dict[str, Any] | None:
    """The numbers of an array of objects with a label and a number each, such as a mix of fuels; None of others."""
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_LABELS:
        return None
    if not isinstance(value[0], dict) or len(value[0]) != len(("label", "number")):
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


def keys_of(records: Sequence[dict[str, Any]]) -> list[str]:
    """The names in records, in the order in which they come."""
    found: dict[str, None] = {}
    for record in records:
        found.update(dict.fromkeys(record))
    return list(found)[:MOST_COLUMNS]


def rows_of(
    records: Iterator[dict[str, Any]],
    names: list[str],
    titles: list[str] | None = None,
    left_out: frozenset[str] = frozenset(),
) -> Iterator[Sequence[Any]]:
    """Records as rows; a name that comes late makes a further column, and so a further one of the titles."""
    known = {*names, *left_out}
    names = names if titles is None else list(names)
    for record in records:
        if not record.keys() <= known and len(names) < MOST_COLUMNS:
            late = [name for name in record if name not in known][: MOST_COLUMNS - len(names)]
            known.update(late)
            names += late
            if titles is not None:
                titles += late
        yield [record.get(name) for name in names]


class Nested:
    """Records that hold an array each, as rows; names that come late make further columns."""

    def __init__(
        self,
        document: Document,
        inner: str,
        outer: list[str],
        names: list[str],
        titles: list[str],
        *,
        are_records: bool,
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        self._document, self._inner, self._titles, self._are_records = document, inner, titles, are_records
        self._outer = {name: at for at, name in enumerate(outer)}
        self._names = {name: at for at, name in enumerate(names)}
        self._first, self._left_out = (len(outer), len(names)), left_out
        self._late: list[tuple[bool, int]] = []  # of which names, and the place among them

    def rows(self, path: Path_) -> Iterator[Sequence[Any]]:
        """A row for each of the arrays' items, with what its record says."""
        for one in self._document.items(path):
            if isinstance(one, Large):
                yield from self._rows_of_large(one)
            elif isinstance(one, dict):
                own = self._values(flat(one, self._inner), self._outer, is_outer=True)
                yield from (self._row(own, cells) for cells in self._cells(one.get(self._inner)))

    def _rows_of_large(self, record: Large) -> Iterator[Sequence[Any]]:
        """The same of a record that is not held: what it says may stand behind its array."""
        own: dict[str, Any] = {}
        csv.field_size_limit(sys.maxsize)
        folder = self._document.folder
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace", newline="", dir=folder) as aside:
            write = csv.writer(aside).writerow
            for name, value in members_of(record):
                if name == self._inner:
                    for cells in self._cells(value):
                        write([text_of(cell) for cell in cells])
                elif not isinstance(value, Large):
                    own[name] = value
            aside.seek(0)
            told = self._values(flat(own, self._inner), self._outer, is_outer=True)
            yield from (self._row(told, cells) for cells in csv.reader(aside))

    def _cells(self, array: Any) -> Iterator[list[Any]]:
        for item in items_of(array):
            if self._are_records and isinstance(item, dict):
                yield self._values(flat(item), self._names, is_outer=False)
            elif isinstance(item, list):
                yield item

    def _values(self, record: dict[str, Any], names: dict[str, int], *, is_outer: bool) -> list[Any]:
        if not record.keys() <= names.keys() and (is_outer or self._are_records):
            for name in record:
                if name not in names and name not in self._left_out and len(self._titles) < MOST_COLUMNS:
                    self._late.append((is_outer, len(names)))
                    names[name] = len(names)
                    self._titles.append(f"{self._inner}.{name}" if name in self._titles else name)
        return [record.get(name) for name in names]

    def _row(self, own: list[Any], cells: list[Any]) -> list[Any]:
        outer, inner = self._first
        if not self._are_records:
            return [*own[:outer], *cells]
        late = [_at(own if is_outer else cells, at) for is_outer, at in self._late]
        return [*own[:outer], *cells[:inner], *late]


def _at(cells: Sequence[Any], at: int) -> Any:
    return cells[at] if at < len(cells) else None
