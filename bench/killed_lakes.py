"""What the processes do that :mod:`bench.bench_kills` kills, and what must be true of their lake afterwards.

Every source is read again and again, each time with one number as its value in all its rows: so each row says which
version it is of. A process tells what it is about to do (``try``), and what was acknowledged (``done``).
"""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable

from fairwatt.core.errors import Conflict
from fairwatt.core.files.profile import ChannelRule, ImportProfile, Kind, TimestampRule
from fairwatt.lake import Lake
from fairwatt.lake.deltalog import batch_of
from fairwatt.lake.live.points import Points

Tell = Callable[[str], None]
Rows = dict[tuple[str, str], dict[float, int]]

FIRST = datetime(2024, 1, 31, 21, tzinfo=UTC)  # so that files lie over the end of a month
LATER = datetime(2100, 1, 1, tzinfo=UTC)
ROWS = 21_600  # at a second: so many that rollups are made
FEW = 150
TABLE = "t"
FEED = "feed"
PROFILE = ImportProfile(
    columns=3,
    timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M:%S", time_zone="UTC"),
    series_column=1,
    resolution_s=1,
    channels=(ChannelRule(name="Power", column=2, field="kw", decimals=0),),
)


def open_lake(root: Path) -> Lake:
    """The lake, small."""
    return Lake(root, memory_limit="200MB", threads=1)


def add(
    lake: Lake, source: str, version: int, tell: Tell, *, rows: int = ROWS, series: tuple[str, ...] = ("m",)
) -> None:
    """Ingest a source, in the place of what came of it before."""
    tell(f"try {source} {version}")
    path = lake.root.parent / f"{source}.csv"
    with path.open("w") as file:
        file.write("time,meter,kw\n")
        for number in range(rows):
            at = FIRST + timedelta(seconds=number)
            file.writelines(f"{at:%Y-%m-%d %H:%M:%S},{one},{version}\n" for one in series)
    lake.ingest(path, PROFILE, table=TABLE, source=source, name=path.name)
    tell(f"done {source} {version}")


def ingest(root: Path, number: int, tell: Tell) -> None:
    """Read three files again and again."""
    lake = open_lake(root)
    for version in itertools.count(number + 1):
        add(lake, f"s{version % 3}", version, tell)


def compact(root: Path, number: int, tell: Tell) -> None:
    """Let small files come, merge them, write them anew and let go of the old."""
    lake, chance = open_lake(root), random.Random(number)
    for version in itertools.count(number + 1):
        if not version % 3 or number + 1 == version:
            add(lake, f"c{version % 7}", version, tell, rows=FEW)
        tend(lake, chance)
        tell("tended")


def tend(lake: Lake, chance: random.Random) -> None:
    """One piece of upkeep; another writer may be first."""
    what = chance.random()
    try:
        if what < 0.6:
            lake.upkeep.merge(TABLE, least=2)
        elif what < 0.8:
            lake.upkeep.recode(TABLE, level=chance.randrange(1, 20))
        else:
            lake.upkeep.vacuum(TABLE, keep=timedelta(0), published=(), at=LATER)
    except Conflict:
        return


def keep_tending(root: Path, number: int, tell: Tell) -> None:
    """Tend a lake in which others write."""
    lake, chance = open_lake(root), random.Random(number)
    tell("begun")
    while True:
        tend(lake, chance)
        tell("tended")


def erase(root: Path, number: int, tell: Tell) -> None:
    """Let files come of a meter that stays and one that goes, merge them, and erase meters and files."""
    lake = open_lake(root)
    for version in itertools.count(number + 1):
        gone = f"gone{version}"
        for part in range(2):
            add(lake, f"e{version}-{part}", version, tell, rows=FEW, series=("m", gone))
        if version % 2:
            lake.upkeep.merge(TABLE, least=2)
        tell(f"erasing series {gone}")
        lake.upkeep.erase_series(TABLE, gone)
        tell(f"erased series {gone}")
        tell(f"erasing source e{version}-1")
        lake.upkeep.erase_source(TABLE, f"e{version}-1")
        tell(f"erased source e{version}-1")


def write_live(root: Path, number: int, tell: Tell) -> None:
    """Write numbered readings, correct some of them, and drain beside it."""
    lake, chance = open_lake(root), random.Random(number)
    first = int((root / "next").read_text()) if (root / "next").exists() else 0

    def write() -> None:
        for begin in itertools.count(first, 5):
            rows = [(n, 0) for n in range(begin, begin + 5)]
            if begin >= first + 40:
                rows.append((begin - 40, int(begin % 3 == 0)))  # again, or corrected
            for n, revision in rows:
                tell(f"try live {n} {revision}")
            lake.live_log.append(TABLE, FEED, payload(rows))
            for n, revision in rows:
                tell(f"done live {n} {revision}")
            time.sleep(0.002)

    lake.clear_abandoned()
    threading.Thread(target=write, daemon=True).start()
    with lake.drain(lambda _table, _source: True) as drain:
        while True:
            fault = drain.run_round(fold_all=chance.random() < 0.4).fault
            if fault is not None and not isinstance(fault, Conflict):
                raise fault


def payload(rows: list[tuple[int, int]]) -> bytes:
    """Readings as the log keeps them."""
    points = Points()
    for place, (number, revision) in enumerate(rows):
        at = FIRST + timedelta(seconds=number / 4)
        points.add(place, round(at.timestamp() * 1e6), "live", [("kw", number), ("revision", revision)])
    points.pad()
    return points.to_arrow({"kw": ("kw", Kind.NUMBER), "revision": ("revision", Kind.NUMBER)})


WORKS = {
    "ingest": (ingest,),
    "compaction": (compact,),
    "erasure": (erase,),
    "live": (write_live,),
    "together": (ingest, write_live, keep_tending),
}


@dataclass
class Told:
    """What processes told before they died."""

    tried: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    erasing: set[tuple[str, str]] = field(default_factory=set)
    erased: set[tuple[str, str]] = field(default_factory=set)
    live_tried: dict[int, int] = field(default_factory=dict)
    live_done: dict[int, int] = field(default_factory=dict)
    count: int = 0

    @classmethod
    def of(cls, lines: list[str]) -> Told:
        """Read what they told; a line that the kill cut off tells nothing."""
        told = cls()
        for line in lines:
            match line.split():
                case ["try" | "done" as how, "live", number, revision]:
                    live = told.live_tried if how == "try" else told.live_done
                    live[int(number)] = max(live.get(int(number), 0), int(revision))
                    told.count += how == "done"
                case ["try" | "done" as how, source, version]:
                    (told.tried if how == "try" else told.done)[source] = int(version)
                    told.count += how == "done"
                case ["erasing", kind, name]:
                    told.erasing.add((kind, name))
                case ["erased", kind, name]:
                    told.erased.add((kind, name))
                    told.count += 1
        return told


def count_acknowledged(lines: list[str]) -> int:
    """How much was acknowledged."""
    return Told.of(lines).count


def look(root: Path, lines: list[str], *, is_thorough: bool) -> dict[str, Any]:
    """Open the lake anew, clear away what the dead left behind, and compare all with what they told."""
    told, problems = Told.of(lines), list[str]()
    lake = open_lake(root)
    lake.clear_abandoned()
    if told.live_tried:
        with lake.drain(lambda _table, _source: True) as drain:
            drain.run_round()
            fault = drain.run_round(fold_all=is_thorough).fault
            problems += [f"draining: {fault!r}"] if fault else []
        (root / "next").write_text(str(max(told.live_tried) + 1))
    problems += _look_at_rows(lake, told)
    problems += _end_erasures(lake, told)
    if is_thorough:
        lake.upkeep.vacuum(TABLE, keep=timedelta(0), published=(), at=LATER)
        problems += [f"{damage.place}: {damage.said}" for damage in lake.upkeep.check(TABLE).damages]
        problems += _look_at_rows(lake, told)
    problems += _left_about(lake, is_swept=is_thorough)
    return {"problems": problems}


def _look_at_rows(lake: Lake, told: Told) -> Iterator[str]:
    """Each source whole and of one version that was tried, no older than the one acknowledged."""
    there = set(lake.sources(TABLE)) if lake.fields(TABLE) else set()
    gone = {name for kind, name in told.erased if kind == "source"}
    going = {name for kind, name in told.erasing if kind == "source"} - gone
    yield from (f"lost: {source}" for source in told.done.keys() - there - gone - going)
    yield from (f"erased and there: {source}" for source in there & gone)
    for source in sorted(there - {FEED}):
        yield from _look_at_source(lake, source, told)
    if told.live_tried:
        yield from _look_at_live(lake, told)


def _look_at_source(lake: Lake, source: str, told: Told) -> Iterator[str]:
    is_small = source[0] in "ce"
    rows = FEW if is_small else ROWS
    frame = _frame(lake, source)
    names = set(lake.series_by_source(TABLE)[source])
    yield from (f"erased and there: {name}" for kind, name in told.erased if kind == "series" and name in names)
    for name in names:
        mine = frame.filter(pl.col("series") == name) if "series" in frame.columns else frame
        versions = mine["kw"].unique().to_list()
        if mine.height != rows or mine["start"].n_unique() != rows or len(versions) != 1:
            yield f"{source} {name}: {mine.height} rows of the versions {versions[:5]} instead of {rows} of one"
        elif not told.done.get(source, 0) <= versions[0] <= told.tried.get(source, 0):
            yield f"{source} {name} is of version {versions[0]}, told {told.done.get(source)}"
    if "m" not in names and ("series", "m") not in told.erasing:
        yield f"{source} has lost the meter that stays"
    window = lake.window(TABLE, fields=["kw"], sources=[source], points=50)  # of rollups where there are any
    if window.total != rows * len(names) or int(window.columns["kw_count"].sum()) != window.total:
        yield f"{source}: a window counts {window.total} rows"


def _frame(lake: Lake, source: str, fields: tuple[str, ...] = ("kw",)) -> pl.DataFrame:
    batches = list(lake.batches(TABLE, fields=list(fields), sources=[source]))
    return pl.concat([pl.DataFrame(batch) for batch in batches])


def _look_at_live(lake: Lake, told: Told) -> Iterator[str]:
    fields = lake.fields(TABLE)
    if not {"kw", "revision"} <= set(fields) or FEED not in lake.sources(TABLE):
        if told.live_done:
            yield "no live reading is there"
        return
    frame = _frame(lake, FEED, ("kw", "revision"))
    found = {int(row["kw"]): int(row["revision"]) for row in frame.to_dicts()}
    if len(found) != frame.height:
        yield f"{frame.height - len(found)} live readings are there twice"
    if lost := told.live_done.keys() - found.keys():
        yield f"{len(lost)} live readings are lost, {min(lost)} the first"
    if strange := found.keys() - told.live_tried.keys():
        yield f"{len(strange)} live readings came from nowhere, {min(strange)} the first"
    for number, revision in found.items():
        if not told.live_done.get(number, 0) <= revision <= told.live_tried.get(number, 0):
            yield f"live reading {number} is of revision {revision}"


def _end_erasures(lake: Lake, told: Told) -> Iterator[str]:
    """Carry out anew what was cut off, as its job does, and look for what was erased in every file of the lake."""
    for kind, name in sorted(told.erasing - told.erased):
        (lake.upkeep.erase_series if kind == "series" else lake.upkeep.erase_source)(TABLE, name)
        told.erased.add((kind, name))
    if not told.erased:
        return
    held: set[tuple[str, str]] = set()
    for path in lake.root.rglob("*.parquet"):
        if "_delta_log" in path.parts:
            continue
        frame = pl.read_parquet(path, hive_partitioning=False)
        held |= {("series", name) for name in frame["series"].unique()}
        held |= {("source", name) for name in frame["_source"].unique()} if "_source" in frame.columns else set()
        held |= {("source", part.removeprefix("source=")) for part in path.parts if part.startswith("source=")}
    yield from (f"erased and in a file: {' '.join(one)}" for one in sorted(held & told.erased))


def _left_about(lake: Lake, *, is_swept: bool) -> Iterator[str]:
    """What no version names, what is half, and work of the dead."""
    yield from (f"left about: {path}" for path in (lake.root / "work").glob("*"))
    for log in (lake.root / "tables").glob("*/*/_delta_log"):
        known = {(log.parent / place).resolve() for place in _ever_added(log)}
        if is_swept:  # what is in the present version, and rollups of its batches that an ingest had begun to replace
            uris = DeltaTable(log.parent.parent / "readings").file_uris()
            present = {batch_of(uri) for uri in uris}
            known = {path for path in known if batch_of(str(path)) in present}
        files = {path.resolve() for path in log.parent.rglob("*") if path.suffix in {".parquet", ".half"}}
        strange = {path for path in files - known if "_delta_log" not in path.parts}
        yield from (f"left about: {path}" for path in sorted(strange))


def _ever_added(log: Path) -> Iterator[str]:
    """The files that any version of a table held."""
    for entry in log.glob("*.json"):
        for line in entry.read_text().splitlines():
            if add := json.loads(line).get("add"):
                yield unquote(add["path"])
