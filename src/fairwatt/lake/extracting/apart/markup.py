"""Write the table of an XML file as text: ``python markup.py FILE FOLDER MOST_BYTES``.

Of a larger file, only so many of its first bytes are read.

A table is what repeats: elements of one path, a row each, with the texts and attributes in them and what the elements
around them say before. Two formats are known by their own rules: Green Button (ESPI), whose values have a power of ten
and a number for their unit, and the documents of European market data, whose points have a position in a period.
Entities are refused: no energy data need them, and a few lines of them can ask for all the memory there is.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from xml.parsers import expat

CHUNK_BYTES = 1 << 20
LOOKED_AT = 8 << 20  # bytes by which the element that repeats is found
MOST_COLUMNS = 2_000
DEEPEST = 64
FEWEST_ROWS = 3
LONGEST = 2_000
# What Green Button's numbers of units mean, and which way its numbers of directions count.
UNITS = {"72": "Wh", "38": "W", "61": "VA", "63": "var", "71": "VAh", "73": "varh", "29": "V", "5": "A", "33": "Hz",
         "42": "m3", "119": "ft3", "132": "Btu", "169": "therm", "31": "J", "23": "degC"}  # fmt: skip
FLOWS = {"1": "import", "19": "export", "4": "net"}
MARKET_UNITS = {"MAW": "MW", "KWT": "kW", "MWH": "MWh", "KWH": "kWh"}
MINUTES = {"PT1M": 1, "PT5M": 5, "PT10M": 10, "PT15M": 15, "PT30M": 30, "PT60M": 60, "PT1H": 60}
Path_ = tuple[str, ...]
Row = dict[str, str]
Take = Callable[[Row, Row], None]


class TooDeepError(Exception):
    """Elements stand in one another more deeply than in any file of data."""


class HasEntitiesError(Exception):
    """The file defines entities."""


class UnlearnedError(Exception):
    """A row says what those looked at did not: the columns must be found by all of them."""


class UnclearError(Exception):
    """The file holds several kinds of readings, and what tells them apart is not read here."""


@dataclass
class Level:
    """An open element: its name, its texts, what it has said so far, and whether rows stand in it."""

    name: str
    texts: list[str] = field(default_factory=list)
    said: Row = field(default_factory=dict)
    has_rows: bool = False


class Walker:
    """Hands over the elements of one path as rows, each with what the elements around say before it."""

    def __init__(self, path: Path_, take: Take) -> None:
        self._sought, self._take = path, take
        self._levels: list[Level] = []
        self._around: Row | None = None  # what the elements around a row say, until one of them says more
        self._met = 0  # how many of the open elements are those sought, from the outermost on

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if len(self._levels) >= DEEPEST:
            raise TooDeepError
        own = {local(key): text[:LONGEST] for key, text in attributes.items() if not key.startswith("xmlns")}
        name, depth = local(tag), len(self._levels)
        if self._met == depth < len(self._sought) and self._sought[depth] == name:
            self._met += 1
        if depth < len(self._sought) - 1:
            self._around = None
        self._levels.append(Level(name, said=own))

    def text(self, text: str) -> None:
        """Text stands in the innermost element."""
        if self._levels and len(self._levels[-1].texts) < LONGEST:
            self._levels[-1].texts.append(text)

    def end(self, _tag: str) -> None:
        """An element ends: it is a row, or says something of the one around it."""
        depth = len(self._levels)
        is_row = depth == self._met == len(self._sought)
        is_inside = depth > self._met == len(self._sought)
        self._met = min(self._met, depth - 1)
        level = self._levels.pop()
        text = " ".join("".join(level.texts).split())[:LONGEST]
        if is_row:
            if self._around is None:
                self._around = {f"{one.name}.{key}": said for one in self._levels for key, said in one.said.items()}
            self._take({**level.said, **({level.name: text} if text else {})}, self._around)
        elif not is_inside:
            self._around = None
        if is_row or level.has_rows or not self._levels:
            for around_it in self._levels:
                around_it.has_rows = True
            return
        outer = self._levels[-1].said
        if text:
            self._note(outer, level.name, text, is_inside=is_inside)
        for key, one in level.said.items():
            self._note(outer, f"{level.name}.{key}", one, is_inside=is_inside)

    @staticmethod
    def _note(said: Row, key: str, text: str, *, is_inside: bool) -> None:
        """What comes twice in a row is told twice; around rows, the last one holds."""
        if len(said) < MOST_COLUMNS:
            said[f"{key} (2)" if is_inside and key in said else key] = text


def local(tag: str) -> str:
    """A name without its prefix."""
    return tag.rpartition(":")[2]


def refuse(*_: object) -> None:
    """Refuse a declaration of an entity."""
    raise HasEntitiesError


def walk(path: Path, start: Callable[..., None], end: Callable[..., None], *, most: int = sys.maxsize) -> None:
    """Read up to so many bytes of a file, calling ``start`` and ``end``, and the walker's ``text`` where it has one."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, refuse
    if (walker := getattr(start, "__self__", None)) is not None:
        parser.CharacterDataHandler = walker.text
    with path.open("rb") as file:
        while (chunk := file.read(min(CHUNK_BYTES, most))) and most > 0:
            parser.Parse(chunk, False)
            most -= len(chunk)
        if most > 0:
            parser.Parse(b"", True)


def rows_of(path: Path, sought: Path_, take: Take, *, most: int = sys.maxsize) -> None:
    """Hand over the rows of a file, or of its first bytes."""
    walker = Walker(sought, take)
    walk(path, walker.start, walker.end, most=most)


def find_repeated(path: Path, most: int = LOOKED_AT) -> Path_ | None:
    """The path of the elements that are rows: those that come most often and hold several values, the outermost."""
    counts: Counter[Path_] = Counter()
    place: list[str] = []
    values: list[int] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        place.append(local(tag))
        if len(place) > DEEPEST:
            raise TooDeepError
        values.append(sum(not key.startswith("xmlns") for key in attributes))

    def end(_tag: str) -> None:
        own = values.pop()
        if own > 1 and len(place) > 1:
            counts[tuple(place)] += 1
        place.pop()
        if values:
            values[-1] += max(1, own)

    walk(path, start, end, most=min(most, LOOKED_AT))
    if not counts or (most := max(counts.values())) < FEWEST_ROWS:
        return None
    often = [found for found, count in counts.items() if count >= 0.9 * most]
    return min(often, key=lambda found: (len(found), found))


@dataclass
class Table:
    """What is written: columns, how rows are handed over one after the other, and lines that stand around them."""

    names: list[str]
    fill: Callable[[Callable[[Sequence[str]], object]], None]
    title: str = ""
    notes: list[str] = field(default_factory=list)


def any_table(path: Path, sought: Path_, most: int, *, learns: int = LOOKED_AT) -> Table | None:
    """The table of any XML by its first bytes; what is the same around all rows is a note and no column.

    None where it has too many columns.
    """
    own: dict[str, None] = {}
    around: dict[str, set[str]] = {}

    def learn(row: Row, outer: Row) -> None:
        own.update(dict.fromkeys(row))
        for key, one in outer.items():
            seen = around.setdefault(key, set())
            if len(seen) < 2:  # more than one is enough
                seen.add(one)

    rows_of(path, sought, learn, most=min(most, learns))
    names, outer = list(own), [key for key, seen in around.items() if len(seen) > 1]
    if len(names) + len(outer) > MOST_COLUMNS:
        return None
    vary, same = frozenset(outer), {key: next(iter(seen)) for key, seen in around.items() if len(seen) == 1}
    notes = [f"{key}: {one}"[:500] for key, one in same.items()][:30]

    def fill(write: Callable[[Sequence[str]], object]) -> None:
        def take(row: Row, told: Row) -> None:
            if not row.keys() <= own.keys() or any(
                same.get(key) != one for key, one in told.items() if key not in vary
            ):
                raise UnlearnedError
            write([*(told.get(key, "") for key in outer), *(row.get(name, "") for name in names)])

        rows_of(path, sought, take, most=most)

    return Table([*outer, *names], fill, sought[-1], notes)


_READINGS = ("feed", "entry", "content", "IntervalBlock", "IntervalReading")


@dataclass
class Entries:
    """What the entries of a Green Button feed say of one another.

    ``kinds`` are the types of readings by the address of their entry, ``kind_of`` the address of the type that each
    reading's entry names; ``points`` are the addresses of usage points.
    """

    kinds: dict[str, Row] = field(default_factory=dict)
    kind_of: dict[str, str] = field(default_factory=dict)
    points: list[str] = field(default_factory=list)
    levels: list[str] = field(default_factory=list)
    links: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    said: Row = field(default_factory=dict)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        name = local(tag)
        self.levels.append(name)
        if len(self.levels) > DEEPEST:
            raise TooDeepError
        if name == "entry":
            self.links = {}
        elif name == "link" and "href" in attributes:
            self.links.setdefault(attributes.get("rel", ""), []).append(attributes["href"])
        elif name == "ReadingType":
            self.said = {}
        self.texts = []

    def text(self, text: str) -> None:
        """Text stands in the innermost element."""
        if len(self.texts) < LONGEST:
            self.texts.append(text)

    def end(self, _tag: str) -> None:
        """An element ends."""
        name = self.levels.pop()
        own = next(iter(self.links.get("self", ())), "")
        if self.levels and self.levels[-1] == "ReadingType":
            self.said[name] = "".join(self.texts).strip()
        elif name == "ReadingType":
            self.kinds[own or str(len(self.kinds))] = self.said
        elif name == "UsagePoint":
            self.points.append(own)
        elif name == "MeterReading":
            kind = next((href for href in self.links.get("related", ()) if "/ReadingType/" in href), "")
            self.kind_of[own] = kind


def green_button(path: Path, most: int) -> Table:
    """The table of a Green Button file: start, and the value in its unit; of several kinds a row for each value."""
    told = Entries()
    walk(path, told.start, told.end, most=most)
    names = {address: _said_of(kind) for address, kind in told.kinds.items()}
    if len(set(names.values())) == 1 and len(told.points) <= 1:
        unit, flow, factor = next(iter(names.values()))
        value = f"value ({unit})" if unit else "value"

        def fill(write: Callable[[Sequence[str]], object]) -> None:
            def take(row: Row, _outer: Row) -> None:
                write([row.get("timePeriod.start", ""), _scaled(row, factor)])

            rows_of(path, _READINGS, take, most=most)

        return Table(["start", " ".join(part for part in (flow, value) if part)], fill, "Green Button")
    return _of_kinds(path, told, names, most)


_Said = tuple[str, str, int]  # a kind of readings: its unit, which way they count, and their power of ten


def _said_of(kind: Row) -> _Said:
    flow = FLOWS.get(kind.get("flowDirection", ""), "")
    return UNITS.get(kind.get("uom", ""), ""), flow, int(kind.get("powerOfTenMultiplier") or 0)


def _scaled(row: Row, power: int) -> str:
    value = row.get("value", "")
    return f"{Decimal(value).scaleb(power):f}" if value else ""


def _of_kinds(path: Path, told: Entries, names: dict[str, _Said], most: int) -> Table:
    """Readings of several kinds or usage points, each block's by the address of its entry."""
    readings = {address: names[kind] for address, kind in told.kind_of.items() if kind in names}
    points = {address: address.partition("/MeterReading/")[0].rpartition("/")[2] for address in readings}
    heads = {(points[address], *said[:2]) for address, said in readings.items()}
    if not readings or "" in readings or len(heads) < len(readings):  # two kinds alike: of other lengths, perhaps
        raise UnclearError

    def fill(write: Callable[[Sequence[str]], object]) -> None:
        def take(row: Row, outer: Row) -> None:
            block = outer.get("entry.link.href", "")
            own = max((a for a in readings if block == a or block.startswith(f"{a}/")), key=len, default="")
            if not own:
                raise UnclearError
            unit, flow, power = readings[own]
            name = " ".join(part for part in (flow, "value") if part)
            write([points[own], row.get("timePeriod.start", ""), name, unit, _scaled(row, power)])

        rows_of(path, _READINGS, take, most=most)

    return Table(["meter", "start", "reading", "unit", "value"], fill, "Green Button")


def market_document(path: Path, sought: Path_, most: int) -> Table:
    """The table of a document of European market data: its points with the times that their positions mean."""
    heads: dict[str, None] = {}
    periods: dict[tuple[str, ...], list[tuple[int, Row]]] = {}

    def take(row: Row, outer: Row) -> None:
        told = {key.rpartition("TimeSeries.")[2]: one for key, one in outer.items() if key.startswith("TimeSeries.")}
        begin, step = outer.get("Period.timeInterval.start", ""), outer.get("Period.resolution", "")
        end, curve = outer.get("Period.timeInterval.end", ""), told.get("curveType", "")
        unit = told.get("quantity_Measure_Unit.name") or told.get("price_Measure_Unit.name", "")
        kind = next((told[key] for key in ("MktPSRType.psrType", "businessType") if key in told), "")
        heads.update(dict.fromkeys(f"{key}\n{_market_unit(told, key, unit)}" for key in row if key != "position"))
        periods.setdefault((told.get("mRID", ""), kind, begin, end, step, curve), []).append(
            (int(row["position"]), row)
        )

    rows_of(path, sought, take, most=most)
    if any(key[4] not in MINUTES for key in periods):
        raise UnclearError
    fields = [head.partition("\n")[0] for head in heads]
    if len(set(fields)) < len(fields):
        raise UnclearError

    def fill(write: Callable[[Sequence[str]], object]) -> None:
        for (series, kind, begin, end, step, curve), points in periods.items():
            minutes = timedelta(minutes=MINUTES[step])
            start = datetime.fromisoformat(begin)
            last = (datetime.fromisoformat(end) - start) // minutes if end else points[-1][0]
            for (at, row), (following, _) in pairwise([*points, (last + 1, {})]):
                until = following if curve == "A03" else at + 1  # a point holds until the next one says otherwise
                for position in range(at, until):
                    moment = (start + (position - 1) * minutes).isoformat().replace("+00:00", "Z")
                    write([series, kind, moment, *(row.get(name, "") for name in fields)])

    names = [" ".join(part for part in head.split("\n") if part) for head in heads]
    return Table(["series", "type", "start", *names], fill, "TimeSeries")


def _market_unit(told: Row, key: str, unit: str) -> str:
    """A unit as it is written behind a name: a price's with its currency."""
    measure = MARKET_UNITS.get(unit, unit)
    if "price" in key and "currency_Unit.name" in told:
        return f"({told['currency_Unit.name']}/{measure})"
    return f"({measure})" if measure else ""


def find_table(path: Path, most: int) -> Table | None:
    """The table of a file; None where nothing in it repeats."""
    sought = find_repeated(path, most)
    if sought is None:
        return None
    if sought[0] == "feed" and "IntervalReading" in sought:
        return green_button(path, most)
    if sought[0].endswith("MarketDocument") and sought[-1] == "Point":
        return market_document(path, sought, most)
    return any_table(path, sought, most)


def write_table(table: Table, target: Path) -> int:
    """Write a table; return its rows."""
    count = 0
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.names)

        def write(cells: Sequence[str]) -> None:
            nonlocal count
            count += 1
            writer.writerow(cells)

        table.fill(write)
    return count


def main(path: Path, folder: Path, most: int) -> dict[str, object]:
    """Write the table; return the manifest."""
    target, table = folder / "0.txt", find_table(path, most)
    if table is None:
        return {"tables": []}
    try:
        count = write_table(table, target)
    except UnlearnedError:
        table = any_table(path, find_repeated(path) or (), most, learns=most)
        if table is None:
            return {"tables": []}
        count = write_table(table, target)
    told: dict[str, object] = {"file": target.name, "title": table.title, "rows": count, "notes": table.notes}
    if (size := path.stat().st_size) > most:
        told |= {"rows_written": count, "rows": count * size // most, "beginning": most}
    return {"tables": [told] if count else []}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; say in the manifest what went wrong."""
    path, folder, most = Path(arguments[0]), Path(arguments[1]), int(arguments[2])
    manifest: dict[str, object]
    try:
        manifest = main(path, folder, most)
    except MemoryError:
        manifest = {"error": "too-large", "detail": "reading it takes more memory than it may"}
    except UnclearError:
        manifest = {"tables": [], "description": {"unread": "it holds several kinds of readings, told apart by links"}}
    except (HasEntitiesError, TooDeepError):
        manifest = {"tables": [], "description": {"unread": "it defines entities, or is nested too deeply"}}
    except (expat.ExpatError, ValueError, InvalidOperation, OverflowError, KeyError, LookupError) as error:
        manifest = {"tables": [], "description": {"unreadable": " ".join(str(error).split())[:200]}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
