"""Small files that are inspected, answered, ingested and read back."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from fairwatt.core.files import FileSample, ImportProfile, apply_answers, inspect_file
from fairwatt.lake import IngestResult, Lake


def read(folder: Path, data: bytes, profile: ImportProfile) -> tuple[IngestResult, list[tuple[str, datetime, float]]]:
    """Ingest a file of one channel: what was found, and meter, start and value of its readings."""
    path = folder / "x.csv"
    path.write_bytes(data)
    lake = Lake(folder / "lake", memory_limit="200MB", threads=1)
    result = lake.ingest(path, profile, table="t", source="s", name="x.csv")
    (field,) = lake.fields("t")
    frame = pl.concat([pl.DataFrame(batch) for batch in lake.batches("t", fields=[field])])
    series = frame["series"].to_list() if "series" in frame.columns else ["M0"] * len(frame)
    return result, sorted(zip(series, frame["start"].to_list(), map(float, frame[field].to_list()), strict=True))


def simple(lines: list[str], head: str, answers: dict[str, str] | None = None) -> tuple[IngestResult, list[datetime]]:
    """Read a file of one channel, its questions answered as given or as guessed: what was found, and its starts."""
    data = "\n".join([head, *lines, ""]).encode()
    found = inspect_file(FileSample.of(data), name="x.csv")
    assert found.profile is not None, found.findings
    given_answers = {q.id: (answers or {}).get(q.id, q.guess) for q in found.questions} | (answers or {})
    with tempfile.TemporaryDirectory() as name:
        result, rows = read(Path(name), data, apply_answers(found.profile, given_answers, found.questions))
    of_times = tuple(finding for finding in result.findings if not finding.channel)
    return replace(result, findings=of_times), [start for _, start, _ in rows]
