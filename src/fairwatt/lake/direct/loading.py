"""A whole file into parts, several spans side by side."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from fairwatt.core.errors import Cancelled
from fairwatt.lake.direct.blocks import Unplain, block_of
from fairwatt.lake.direct.cuts import Span, data_span, plan_spans, stamp_cuts
from fairwatt.lake.direct.freeing import memory_kept_at_hand
from fairwatt.lake.direct.reading import PartReader
from fairwatt.lake.direct.recipe import Part, Recipe
from fairwatt.lake.direct.stamps import read_stamps
from fairwatt.lake.disk import make_folder
from fairwatt.lake.engine import Patient, open_engine
from fairwatt.lake.limits import Limits

_POLL_S = 0.1
_MOST_BYTES = 128 << 20  # of a part's text
_LEAST_BYTES = 48 << 20  # smaller parts would be many files to read
_SHARES = 4  # parts for each worker, so that none waits long for the last
_TAIL = 1 << 16
_ENGINE_ERRORS = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfMemoryException)


def read_parts(path: Path, recipe: Recipe, *, work: Path, patient: Patient, limits: Limits) -> tuple[Part, ...]:
    """Read a file into Parquet files in ``work``, in the order of the file.

    Raises
    ------
    Unplain
        Where the file holds something that only the way by text can read.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        spans = _spans(path, handle, recipe, limits)
        if not spans:
            raise Unplain("no rows")
        crew = _Crew(recipe, handle, make_folder(work / "parts"), limits, sum(span.size for span in spans))
        with memory_kept_at_hand():
            parts = crew.read(spans, patient)
    finally:
        os.close(handle)
    row, numbered = 0, []
    for part in parts:
        numbered.append(replace(part, row=row))
        row += part.rows
    return tuple(numbered)


def _spans(path: Path, handle: int, recipe: Recipe, limits: Limits) -> list[Span]:
    span = data_span(path, recipe.profile)

    def stamp_at(line: bytes) -> int | None:
        return _stamp_of(line, recipe)

    ends = _line_at(handle, span.begin, span.end), _last_line(handle, span)
    first, last = map(stamp_at, ends)
    cuts: list[int] = []
    if first is not None and last is not None and _is_of_one_meter(ends, recipe):
        cuts = stamp_cuts(recipe.profile, first, last, zone=recipe.zone, shift=recipe.shift)
    size = min(_MOST_BYTES, max(_LEAST_BYTES, span.size // (limits.threads * _SHARES)))
    return plan_spans(path, span, cuts=cuts, stamp_at=stamp_at, size=size)


def _is_of_one_meter(lines: tuple[bytes, bytes], recipe: Recipe) -> bool:
    """Whether two plain lines name the same meter: of others, months do not follow each other."""
    column = recipe.profile.series_column
    if column is None:
        return True
    blocks = [block_of(line, recipe.layout) for line in lines]
    one, other = (block.text.data[block.starts[column, 0] : block.ends[column, 0]].tobytes() for block in blocks)
    return one == other


def _line_at(handle: int, at: int, end: int) -> bytes:
    ahead = os.pread(handle, min(_TAIL, max(0, end - at)), at)
    return ahead[: ahead.find(b"\n") + 1]


def _last_line(handle: int, span: Span) -> bytes:
    begin = max(span.begin, span.end - _TAIL)
    lines = os.pread(handle, span.end - begin, begin).rstrip(b"\r\n")
    return lines[lines.rfind(b"\n") + 1 :] + b"\n"


def _stamp_of(line: bytes, recipe: Recipe) -> int | None:
    """The stamp of one line as it is written; None where it is not plain."""
    try:
        block = block_of(line, recipe.layout)
    except Unplain:
        return None
    cells = [(block.starts[column], block.ends[column]) for column in recipe.profile.timestamp.columns]
    stamps, odd = read_stamps(block.text, cells, recipe.forms)
    return None if odd is not None else int(stamps[0])


@dataclass(slots=True)
class _Crew:
    """Workers, each with an engine of its own, that read the spans of one file."""

    recipe: Recipe
    handle: int
    work: Path
    limits: Limits
    size: int
    _done: int = 0
    _is_over: bool = False
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _engines: list[duckdb.DuckDBPyConnection] = field(default_factory=list)

    def read(self, spans: list[Span], patient: Patient) -> list[Part]:
        """Read all spans; the parts come in the order of the spans."""
        workers = min(self.limits.workers, len(spans))
        with self._engines_for(workers), ThreadPoolExecutor(workers, thread_name_prefix="lake-part") as pool:
            futures = [pool.submit(self._read, number, span) for number, span in enumerate(spans)]
            try:
                self._watch(futures, patient)
            except BaseException:
                self._stop(futures)
                raise
            return [future.result() for future in futures]

    @contextmanager
    def _engines_for(self, workers: int) -> Iterator[None]:
        memory = self.limits.shared_by(workers)
        self._engines = [
            open_engine(memory_limit=memory, threads=1, scratch=self.work / f"scratch-{number}")
            for number in range(workers)
        ]
        free = list(self._engines)
        try:
            yield
        finally:
            for engine in free:
                engine.close()

    def _watch(self, futures: list[Future[Part]], patient: Patient) -> None:
        left = set(futures)
        while left:
            done, left = wait(left, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            patient.check(0.5 * min(1.0, self._done / self.size), "Reading rows")

    def _stop(self, futures: list[Future[Part]]) -> None:
        self._is_over = True
        for future in futures:
            future.cancel()
        wait(futures)

    def _read(self, number: int, span: Span) -> Part:
        with self._guard:
            engine = self._engines.pop()
        work = make_folder(self.work / f"{number:05d}")
        try:
            reader = PartReader(self.recipe, engine, self.handle, work, self._go_on, self.limits.is_little)
            return reader.write(span, work / "part.parquet")
        except _ENGINE_ERRORS as error:
            raise Unplain(str(error)) from error
        finally:
            with self._guard:
                self._engines.append(engine)

    def _go_on(self, size: int) -> None:
        if self._is_over:
            raise Cancelled("The reading was given up.")
        self._done += size
