"""Whatever a file holds and wherever it is cut, reading it by whole arrays gives what reading it by its text gives."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairwatt.core.errors import FairwattError
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import IngestResult, Lake

LONDON = ZoneInfo("Europe/London")
STARTS = (
    datetime(2021, 1, 31, 22, 30, tzinfo=UTC),
    datetime(2021, 3, 27, 23, 0, tzinfo=UTC),
    datetime(2021, 10, 30, 22, 0, tzinfo=UTC),
    datetime(1969, 12, 31, 20, 0, tzinfo=UTC),
)
UNITS = ("5", "5 kWh", "kWh", "kWh 5", "-£5", "£-5.5", "£ +5", "5kW h", " 5  kWh ", "£5 kWh", "1e3 kWh", "n/a kWh", "£")
WORDS = (
    "n/a", "", " ", "-", "1,5", "1e3", "+4", ".5", "5.", "-0.0", "007", "999", "1.23456", "1 2", "0x1",
    "nan", " 1.5", "2.5  ",
    " n/a ", "+ 4", "+-4", " +7.25 ", "\t3.5",
)  # fmt: skip
LONG = ("12345678.5", "-123456789012.3", "12345678901234567.1", "0.00000000000000000001", "99999999999999999.9")
BAD_TIMES = ("", "soon", "2021-13-01 00:00:00", "2021-02-29 00:00:00", "24:00:00", "1666-01-01 00:00:00")
QUOTED = ('"', '"1.0"', 'a"b', '"1\n2"', '""', '"1" ', '"1,2;3"', '"1,', ';2"')
STATES = (
    "idle",
    " idle",
    "running fast",
    "",
    "n/a",
    "-",
    "é\u00a0",
    "a much longer text than names of meters are " * 2,
)
ANSWERS = ("on", "OFF", "true", "0", "Yes", "", "n/a", "maybe", " f ", "\tt", "tr\u00fce")
Row = tuple[str, str, str, str, str, str]


@dataclass(frozen=True)
class Case:
    """How a file is written and what is wrong with it."""

    seed: int
    rows: int = 150
    zone: str = "UTC"
    form: str = "%Y-%m-%d %H:%M:%S"
    step_s: int = 1_800
    stamp: str = "start"
    resolution_s: float | None = None
    meters: int = 0
    by_meter: bool = False
    faults: tuple[str, ...] = ()
    line_end: str = "\n"
    has_last_end: bool = True
    preamble: int = 0
    header: int = 1
    comma: bool = False
    quoted: bool = False
    quoted_marks: bool = False
    words: bool = False
    decimals: tuple[int | None, int | None] = (1, 3)
    null_values: tuple[str, ...] = ()
    null_texts: tuple[str, ...] = ()
    affixes: tuple[str, ...] = ()

    @property
    def delimiter(self) -> str:
        return ";" if self.comma else ","

    def profile(self) -> ImportProfile:
        words = 2 * self.words  # columns before all others
        first = words + 1 + bool(self.meters)
        channels: list[dict[str, object]] = [
            {"name": f, "field": f, "column": first + i, "decimals": self.decimals[i],
             "null_values": self.null_values if i == 0 else (), "affixes": self.affixes if i == 1 else ()}
            for i, f in enumerate("xy")
        ]  # fmt: skip
        if self.words:
            channels.insert(0, {"name": "state", "field": "state", "column": 0, "kind": "text"})
            channels.insert(2, {"name": "answer", "field": "answer", "column": 1, "kind": "boolean"})
        return ImportProfile.model_validate(
            {
                "dialect": {
                    "delimiter": self.delimiter, "line_end": self.line_end, "skip_lines": self.preamble,
                    "header_lines": self.header, "decimal_mark": "," if self.comma else ".",
                    "null_texts": self.null_texts,
                },
                "columns": first + 2,
                "timestamp": {
                    "columns": (words + bool(self.meters),), "format": self.form, "time_zone": self.zone,
                    "stamp": self.stamp,
                },
                "series_column": words if self.meters else None,
                "series": "" if self.meters else "only",
                "resolution_s": self.resolution_s,
                "channels": channels,
            }
        )  # fmt: skip

    def text(self) -> bytes:
        chance = random.Random(self.seed)
        lines = [self._line(row) for row in self._rows(chance)]
        spoil(lines, self, chance)
        head = [f"logger {n}" if n % 2 else "" for n in range(self.preamble)] + ["a,b,c"] * self.header
        end = self.line_end
        body = end.join([*head, *lines]) + (end if self.has_last_end else "")
        return body.encode() + (end * 2 if "blank end" in self.faults else "").encode()

    def _rows(self, chance: random.Random) -> list[Row]:
        start = chance.choice(STARTS)
        clock = ZoneInfo(self.zone)
        meters = [f"m{n} é" if n == 1 else f"meter-{n:02}-of-many" for n in range(self.meters)] or [""]
        rows = []
        for n in range(max(1, self.rows // len(meters))):
            at = (start + timedelta(seconds=n * self.step_s)).astimezone(clock).strftime(self.form)
            for meter in meters:
                numbers = f"{chance.randrange(-99, 999) / 10}", f"{n / 1000:.3f}"
                rows.append((chance.choice(STATES), chance.choice(ANSWERS[: 5 + n % 7]), meter, at, *numbers))
        return sorted(rows, key=lambda row: row[2]) if self.by_meter else rows

    def _line(self, row: Row) -> str:
        state, answer, meter, at, x, y = row
        values = [value.replace(".", ",") if self.comma else value for value in (x, y)]
        unit = next(iter(self.affixes), "")
        values[1] = f"{unit}{values[1]}" if unit == "£" else f"{values[1]} {unit}" if unit else values[1]
        if self.quoted and self.quoted_marks:
            state = state.replace("fast", f"fast{self.delimiter} then slow{self.delimiter}")
        cells = [*((state, answer) if self.words else ()), *([meter] if self.meters else []), at, *values]
        return self.delimiter.join(f'"{cell}"' if self.quoted else cell for cell in cells)


def point_of(case: Case, text: str) -> str:
    return text.replace(".", "," if case.comma else ".")


SPOILT: dict[str, Callable[[list[str], Case, random.Random], list[str]]] = {
    "odd cell": lambda cells, _, chance: [*cells[:-1], chance.choice(WORDS)],
    "odd first cell": lambda cells, _, chance: [*cells[:-2], chance.choice(WORDS), cells[-1]],
    "other unit": lambda cells, _, chance: [*cells[:-1], chance.choice(UNITS)],
    "long cell": lambda cells, case, chance: [*cells[:-1], point_of(case, chance.choice(LONG))],
    "long first cell": lambda cells, case, chance: [*cells[:-2], point_of(case, chance.choice(LONG)), cells[-1]],
    "missing": lambda cells, _, __: [*cells[:-1], ""],
    "bad time": lambda cells, _, chance: [*cells[:-3], chance.choice(BAD_TIMES), *cells[-2:]],
    "ragged": lambda cells, _, chance: cells[:-1] if chance.random() < 0.5 else [*cells, "1"],
    "quote": lambda cells, _, chance: [*cells[:-1], chance.choice(QUOTED)],
    "carriage return": lambda cells, _, __: [*cells[:-1], cells[-1] + "\r"],
    "null byte": lambda cells, _, __: [*cells[:-1], cells[-1] + "\0"],
    "not utf-8": lambda cells, _, __: [*cells[:-1], cells[-1] + "ÿ"],
}
MOVED: dict[str, Callable[[list[str], int, random.Random], None]] = {
    "repeat": lambda lines, at, chance: lines.insert(at, lines[chance.randrange(len(lines))]),
    "blank": lambda lines, at, _: lines.insert(at, ""),
    "jump": lambda lines, at, chance: lines.insert(chance.randrange(len(lines)), lines.pop(at)),
    "gap": lambda lines, at, _: lines.__delitem__(slice(max(1, at), at + 3)),
}


def spoil(lines: list[str], case: Case, chance: random.Random) -> None:
    """Put the faults of a case into its lines."""
    for fault in case.faults:
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(lines))
            if fault in MOVED:
                MOVED[fault](lines, at, chance)
            elif fault in SPOILT:
                cells = lines[at].split(case.delimiter)
                lines[at] = case.delimiter.join(SPOILT[fault](cells, case, chance))


FAULTS = (*SPOILT, *MOVED, "blank end")
CASES = st.builds(
    Case,
    seed=st.integers(0, 2**32),
    rows=st.sampled_from([1, 2, 40, 150]),
    zone=st.sampled_from(["UTC", "Europe/London", "Etc/GMT-3"]),
    form=st.sampled_from(["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S.%f"]),
    step_s=st.sampled_from([60, 600, 1_800, 7_201]),
    stamp=st.sampled_from(["start", "start", "end"]),
    resolution_s=st.sampled_from([None, 1_800.0, 600.0]),
    meters=st.sampled_from([0, 0, 1, 3]),
    by_meter=st.booleans(),
    faults=st.lists(st.sampled_from(FAULTS), max_size=3, unique=True).map(tuple),
    line_end=st.sampled_from(["\n", "\r\n"]),
    has_last_end=st.booleans(),
    preamble=st.integers(0, 3),
    header=st.integers(0, 1),
    comma=st.booleans(),
    quoted=st.booleans(),
    quoted_marks=st.booleans(),
    words=st.booleans(),
    decimals=st.sampled_from([(1, 3), (0, 3), (None, 3), (1, None), (4, 17)]),
    null_values=st.sampled_from([(), ("999", "12.5"), ("-1",)]),
    affixes=st.sampled_from([(), (), ("kWh",), ("kWh", "kW", ""), ("£", "")]),
    null_texts=st.sampled_from([(), ("n/a", "-", "nan"), ("12.5", "007", "1,5", " ")]),
)


@contextmanager
def looked_at_in_small_batches() -> Iterator[None]:
    """Go through times and make rollups as if files were long, whichever way they are read."""
    small = {
        "fairwatt.lake.rollups.LEAST_ROWS": 20,
        "fairwatt.lake.direct.levels._VALUES_AT_ONCE": 20,
        "fairwatt.lake.timeline.BATCH_ROWS": 30,
        "fairwatt.lake.timeline._LONG": 5,
    }
    with ExitStack() as stack:
        for name, size in small.items():
            stack.enter_context(mock.patch(name, size))
        yield


@contextmanager
def cut_small(*, part: int, block: int) -> Iterator[None]:
    """Cut files as if they were large."""
    small = {
        "fairwatt.lake.direct.loading._LEAST_BYTES": part,
        "fairwatt.lake.direct.loading._MOST_BYTES": part,
        "fairwatt.lake.direct.cuts._LEAST_BYTES": part,
        "fairwatt.lake.direct.reading.BLOCK_BYTES": block,
    }
    with ExitStack() as stack:
        for name, size in small.items():
            stack.enter_context(mock.patch(name, size))
        yield


def outcome(case: Case, folder: Path, table: str) -> object:
    """All that an ingest says and stores, sizes left out; or how it fails."""
    path = folder / "some.csv"
    path.write_bytes(case.text().replace("ÿ".encode(), b"\xff"))
    lake = Lake(folder / "lake", memory_limit="200MB", threads=2)
    try:
        result = lake.ingest(path, case.profile(), table=table, source="s", name="some.csv")
    except FairwattError as error:
        return type(error), error.message
    return rounded(result), stored(lake, table, "readings"), stored(lake, table, "rollups")


def stored(lake: Lake, table: str, kind: str) -> object:
    """Every stored row with its types, and in which month it lies."""
    files = sorted(str(path) for path in (lake.root / "tables" / table / kind).rglob("*.parquet"))
    if not files:
        return None
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.sql(
            f"SELECT * REPLACE (CAST(start AS VARCHAR) AS start) FROM read_parquet({files}, hive_partitioning = true) "
            "ORDER BY ALL"
        )
        return rows.columns, [str(kind) for kind in rows.types], [tuple(map(said, row)) for row in rows.fetchall()]


def said(value: object) -> str:
    """A value exactly, and a sum of floats as far as their order does not matter."""
    return f"{value:.12g}" if isinstance(value, float) else repr(value)


def rounded(result: IngestResult) -> IngestResult:
    """The result without what depends on sizes or on the order in which floats are added."""
    channels = tuple(
        replace(one, mean=None if one.mean is None else float(f"{one.mean:.12g}")) for one in result.channels
    )
    return replace(result, channels=channels, stored_bytes=0, rollup_bytes=0)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=CASES, part=st.integers(300, 6_000), block=st.integers(200, 3_000))
def test_both_ways_say_and_store_the_same(case: Case, part: int, block: int) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        with looked_at_in_small_batches(), cut_small(part=part, block=block):
            directly = outcome(case, Path(one), "t")
        with looked_at_in_small_batches(), mock.patch("fairwatt.lake.staging._fill_directly", return_value=False):
            by_text = outcome(case, Path(other), "t")
    assert directly == by_text
