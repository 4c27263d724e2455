"""The canonical form of readings: the same lines and hash from every format that holds all of them."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import IngestResult, Lake
from fairwatt.lake.canonical import CanonicalDigest, digest_file, digest_of

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]

# written by hand, as docs/reference/certificates.md describes the form
LINES = (
    b"start,series,kw,hz\r\n"
    b'2020-03-29T00:30:00Z,"a, ""x""",1.50,50.01\r\n'
    b"2020-03-29T01:00:00Z,b,,\r\n"
    b"2020-03-29T01:30:00.25Z,b,-0.25,49.90\r\n"
)


@pytest.fixture
def meters(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> Lake:
    rows = [
        '2020-03-29 00:30:00.000,"a, ""x""",1.50,50.01',
        "2020-03-29 01:00:00.000,b,,",
        "2020-03-29 01:30:00.250,b,-0.25,49.90",
    ]
    profile = make_profile(["kw", "hz"], series_column=1, decimals=2, stamp="%Y-%m-%d %H:%M:%S.%f")
    ingest(["time,meter,kw,hz", *rows], profile)
    return lake


def _export(lake: Lake, form: str, folder: Path) -> Path:
    path = folder / f"readings.{form}"
    path.write_bytes(b"".join(lake.export("t", format=form, fields=["kw", "hz"]).stream()))
    return path


def test_the_form_is_as_it_is_described(meters: Lake, tmp_path: Path) -> None:
    assert _export(meters, "csv", tmp_path).read_bytes() == LINES


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_a_file_in_another_format_has_the_hash_of_the_lines(meters: Lake, tmp_path: Path, form: str) -> None:
    wanted = sha256(LINES).hexdigest()
    assert digest_file(_export(meters, form, tmp_path)) == CanonicalDigest(wanted, rows=3)
    assert digest_of(meters.export("t", format="csv", fields=["kw", "hz"])) == wanted


def test_one_changed_value_changes_the_hash(meters: Lake, tmp_path: Path) -> None:
    path = _export(meters, "parquet", tmp_path)
    before = digest_file(path)
    table = pq.read_table(path)
    column = table.column("kw").combine_chunks()
    changed = table.set_column(2, "kw", pa.concat_arrays([column.slice(1), column.slice(1, 1)]))
    pq.write_table(changed, path)
    assert digest_file(path) != before


@pytest.mark.parametrize(
    "content", [b"PAR1 and nothing more", b"start,kw\r\n", b""], ids=["cut-parquet", "text", "empty"]
)
def test_what_is_no_export_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.parquet"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile):
        digest_file(path)


def test_a_table_without_a_start_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"kw": [1.0]}), tmp_path / "other.parquet")
    with pytest.raises(UnreadableFile, match="first column is not their start"):
        digest_file(tmp_path / "other.parquet")
