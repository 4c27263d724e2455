"""Fixtures and small makers for the lake's tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

import polars as pl
import pytest

from fairwatt.core.files.profile import ChannelRule, Dialect, ImportProfile, TimestampRule
from fairwatt.lake import IngestResult, Lake
from tests import servers

STAMP = "%Y-%m-%d %H:%M:%S"


def _make_profile(
    fields: Sequence[str],
    *,
    zone: str | None = "UTC",
    stamp: str = STAMP,
    stamp_columns: tuple[int, ...] = (0,),
    series_column: int | None = None,
    decimals: int | None = 1,
    resolution_s: float | None = None,
    dialect: Dialect | None = None,
    **rule: object,
) -> ImportProfile:
    """A profile of a file whose first columns are the stamp (and the series), and whose others are ``fields``."""
    taken = [*stamp_columns, *([series_column] if series_column is not None else [])]
    first = max(taken) + 1
    return ImportProfile(
        dialect=dialect or Dialect(),
        columns=first + len(fields),
        timestamp=TimestampRule(columns=stamp_columns, format=stamp, time_zone=zone, **rule),
        series_column=series_column,
        resolution_s=resolution_s,
        channels=tuple(
            ChannelRule(name=field.replace("_", " ").title(), column=first + i, field=field, decimals=decimals)
            for i, field in enumerate(fields)
        ),
    )


@pytest.fixture(scope="session")
def make_profile() -> Callable[..., ImportProfile]:
    """Make a profile: see ``_make_profile``."""
    return _make_profile


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    return Lake(tmp_path / "lake", memory_limit="200MB", threads=2)


Ingest = Callable[..., IngestResult]


@pytest.fixture
def ingest(lake: Lake, tmp_path: Path) -> Ingest:
    """Write lines as a file and ingest it."""

    def write_and_ingest(lines: Sequence[str] | bytes, profile: ImportProfile, **where: object) -> IngestResult:
        path = tmp_path / "some.csv"
        data = lines if isinstance(lines, bytes) else ("\n".join(lines) + "\n").encode()
        path.write_bytes(data)
        options = {"table": "t", "source": "s", "name": "some.csv"} | where
        return lake.ingest(path, profile, **options)

    return write_and_ingest


@pytest.fixture
def read_all(lake: Lake) -> Callable[..., pl.DataFrame]:
    """Read the readings of a table as the lake streams them."""

    def read(table: str = "t", **options: object) -> pl.DataFrame:
        fields = options.pop("fields", None) or list(lake.fields(table))
        batches = list(lake.batches(table, fields=fields, **options))
        return pl.concat([pl.DataFrame(batch) for batch in batches]) if batches else pl.DataFrame()

    return read


@pytest.fixture
def open_lake(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Lake]:
    """Open the lake of this test in the store of a kind: ``disk``, ``s3`` or ``azure``; again for another machine."""
    servers.know(monkeypatch)
    prefix = uuid4().hex

    def open_it(kind: str, machine: str = "one", **options: object) -> Lake:
        store = "" if kind == "disk" else servers.setting(kind, request.getfixturevalue(f"{kind}_gate"), prefix)
        home = tmp_path / (machine if store else "one")
        return Lake(home, memory_limit="200MB", threads=2, store=store, **options)

    return open_it
