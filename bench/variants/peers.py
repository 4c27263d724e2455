"""The usual readers, judged by the same files.

They are judged kindly. None of them asks anything, so each is given for nothing what it can't know: the clock of the
place, the hour that comes twice, whether stamps mark ends, which column tells the meters apart; units are not looked
at. A text that stays a text, and a table that stays wide, is a refusal. Wrong is only what comes out as a time or a
number and is not the truth.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import logging
import tempfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import clevercsv
import duckdb
import pandas as pd
import polars as pl
from frictionless import Resource

from bench.variants.judging import Found, FoundChannel, Judgment, Number, Refusal, Verdict, judge, match_channels
from bench.variants.variant import Variant

Columns = Mapping[str, Sequence[object]]
Read = Callable[[Path], Columns]
_WIDE = 46


def _duckdb(path: Path) -> Columns:
    reader = {".parquet": "read_parquet", ".json": "read_json_auto", ".jsonl": "read_json_auto"}
    with duckdb.connect(config={"threads": "1"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = f"SELECT * FROM {reader.get(path.suffix, 'read_csv')}('{path}')"
        frame = pl.DataFrame(connection.execute(query).to_arrow_table())
    return {name: frame[name].to_list() for name in frame.columns}


def _frictionless(path: Path) -> Columns:
    resource = Resource(path=path.name, basepath=str(path.parent))
    rows = resource.read_rows()
    names = list(resource.schema.field_names)
    return {name: [row.get(name) for row in rows] for name in names}


def _clevercsv(path: Path) -> Columns:
    frame = clevercsv.read_dataframe(str(path), num_chars=20_000)
    return _with_dates(frame)


def _polars(path: Path) -> Columns:
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
    elif path.suffix in {".xlsx", ".ods"}:
        frame = pl.read_excel(path, engine="calamine")
    elif path.suffix == ".json":
        frame = pl.read_json(path)
    else:
        frame = pl.read_csv(path, try_parse_dates=True)
    return {name: frame[name].to_list() for name in frame.columns}


def _pandas(path: Path) -> Columns:
    if path.suffix == ".parquet":
        return _with_dates(pd.read_parquet(path))
    if path.suffix in {".xlsx", ".ods"}:
        return _with_dates(pd.read_excel(path, engine="calamine"))
    if path.suffix in {".json", ".jsonl"}:
        return _with_dates(pd.read_json(path, lines=path.suffix == ".jsonl"))
    return _with_dates(pd.read_csv(path, sep=None, engine="python"))


def _with_dates(frame: pd.DataFrame) -> Columns:
    """Each column of texts that all read as times, as times: what ``parse_dates`` does."""
    columns: dict[str, Sequence[object]] = {}
    for place, name in enumerate(frame.columns):
        cells = frame.iloc[:, place]
        if cells.dtype == object or isinstance(cells.dtype, pd.StringDtype):
            with contextlib.suppress(ValueError, TypeError, OverflowError):
                cells = pd.to_datetime(cells)
        columns[str(name)] = [None if pd.isna(cell) else cell for cell in cells.tolist()]
    return columns


PEERS: Mapping[str, Read] = {
    "DuckDB": _duckdb,
    "frictionless": _frictionless,
    "clevercsv + pandas": _clevercsv,
    "polars": _polars,
    "pandas": _pandas,
}


def judge_peer(read: Read, variant: Variant) -> Judgment:
    """Read a variant's file with a peer and judge it kindly."""
    with tempfile.TemporaryDirectory(prefix="fairwatt-peer-") as folder, _in_silence():
        path = Path(folder) / variant.filename
        path.write_bytes(variant.data)
        try:
            columns = read(_unpacked(path))
        except Exception as error:
            return Judgment(Verdict.REFUSED, f"{type(error).__name__}: {str(error)[:200]}")
    found = _found(columns, variant)
    return found if isinstance(found, Judgment) else judge(variant, found)


def _unpacked(path: Path) -> Path:
    """Packing is taken off for the peers that don't do it themselves."""
    if path.suffix == ".gz":
        target = path.with_suffix("")
        target.write_bytes(gzip.decompress(path.read_bytes()))
        return target
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return Path(archive.extract(archive.namelist()[0], path.parent))
    return path


@contextlib.contextmanager
def _in_silence() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def _found(columns: Columns, variant: Variant) -> Found | Judgment | Refusal:
    stamps = _stamps(columns)
    if stamps is None:
        return Refusal("no column came out as times")
    numbers = {name: cells for name, cells in columns.items() if _are_numbers(cells)}
    if len(numbers) >= _WIDE:
        return Refusal("the table stays wide")
    channels = tuple(FoundChannel(name) for name in numbers)
    places = match_channels(variant.wanted, channels)
    for wanted, place in zip(variant.wanted, places, strict=True):
        if place is None or (wanted.head and place is not None and not _is_named(wanted.head, channels[place].name)):
            return Refusal(f"{wanted.head!r} did not come out as numbers")
    series = _series(columns, variant)
    starts = _starts(stamps, series, variant)
    readings: dict[tuple[str, float, int], Number] = {}
    repeated = 0
    for place, cells in enumerate(numbers.values()):
        for name, at, cell in zip(series, starts, cells, strict=False):
            value = _number(cell)
            if value is not None and at is not None:
                repeated += (name, at, place) in readings
                readings[name, at, place] = value
    is_naive = any(stamp is not None and stamp.tzinfo is None for stamp in stamps)
    return Found(channels, readings, ("time_zone",) if is_naive else (), (), repeated)


def _is_named(head: str, name: str) -> bool:
    wanted, found = ("".join(c for c in text.casefold() if c.isalnum()) for text in (head, name))
    return wanted == found or wanted in found


def _stamps(columns: Columns) -> list[datetime | None] | None:
    """The first column of times; a column of dates joined with one of times of day where there are both."""
    dates: Sequence[object] | None = None
    for cells in columns.values():
        filled = [cell for cell in cells if cell is not None]
        if not filled:
            continue
        if all(isinstance(cell, datetime) for cell in filled) and not _are_days(filled):
            return [cell if isinstance(cell, datetime) else None for cell in cells]
        if all(isinstance(cell, date) for cell in filled):
            dates = dates if dates is not None else cells
        elif dates is not None and all(isinstance(cell, time) for cell in filled):
            return [
                datetime.combine(day, clock) if isinstance(day, date) and isinstance(clock, time) else None
                for day, clock in zip(dates, cells, strict=True)
            ]
    return None if dates is None else [_midnight(day) for day in dates]


def _are_days(cells: Sequence[object]) -> bool:
    return all(isinstance(c, datetime) and c.time() == time(0) and c.tzinfo is None for c in cells)


def _midnight(day: object) -> datetime | None:
    if isinstance(day, datetime):
        return day
    return datetime.combine(day, time(0)) if isinstance(day, date) else None


def _are_numbers(cells: Sequence[object]) -> bool:
    filled = [cell for cell in cells if cell is not None]
    return bool(filled) and all(
        isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) for cell in filled
    )


def _number(cell: object) -> Number | None:
    if not isinstance(cell, int | float | Decimal) or cell != cell:  # noqa: PLR0124 - not a number
        return None
    return cell


def _series(columns: Columns, variant: Variant) -> list[str]:
    """The column whose texts are the true meters."""
    true = {name for name, _, _ in variant.readings}
    count = max(map(len, columns.values()), default=0)
    if len(true) == 1:
        return [""] * count
    for cells in columns.values():
        texts = [str(cell) for cell in cells]
        if set(texts) == true:
            return texts
    return [""] * count


def _starts(stamps: Sequence[datetime | None], series: Sequence[str], variant: Variant) -> list[float | None]:
    zone = ZoneInfo(variant.answers.get("time_zone", "UTC"))
    told: Counter[tuple[str, datetime]] = Counter()
    filled = [stamp for stamp in stamps if stamp is not None]
    falling = len(filled) > 1 and filled[0].replace(tzinfo=None) > filled[-1].replace(tzinfo=None)
    found: list[float | None] = []
    for name, stamp in zip(series, stamps, strict=False):
        if stamp is None:
            found.append(None)
            continue
        fold = 0
        if stamp.tzinfo is None:
            fold = min(1, told[name, stamp])
            told[name, stamp] += 1
            fold = (1 - fold) if falling and _comes_twice(stamp, zone) else fold
        found.append(_seconds(stamp, zone, fold))
    return _shifted(found, variant) if variant.answers.get("stamp") == "end" else found


def _comes_twice(stamp: datetime, zone: tzinfo) -> bool:
    local = stamp.replace(tzinfo=zone)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _seconds(stamp: datetime, zone: tzinfo, fold: int) -> float:
    aware = stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=zone, fold=fold)
    return aware.astimezone(UTC).timestamp()


def _shifted(found: Sequence[float | None], variant: Variant) -> list[float | None]:
    """By the step of the truth: the least distance between two starts."""
    starts = sorted({start for _, start, _ in variant.readings})
    step = min(after - before for before, after in pairwise(starts))
    return [None if at is None else at - step for at in found]
