"""Programs that read tables from afar: polars, curl, and whoever asks for the end of a Parquet file first.

DuckDB reads such addresses with its extension httpfs, which is not part of the package and can't be fetched without
network: it asks as the last test does.
"""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import httpx
import polars as pl
import pyarrow.parquet as pq
import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from fairwatt.records.models import AuditEvent, Dataset
from fairwatt.services.actors import Actor
from fairwatt.services.tokens import create_token
from tests.services import stock
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]
DAYS = 400
MANY_DAYS = 4_000  # so that a part is less than the 64 kB that readers take of the end at first
ROWS = DAYS * 48


def readings(days: int = DAYS, **release: object) -> Dataset:
    dataset = stock.dataset("School load", release=release)
    stock.half_hours(stock.file(dataset), days=days, text=True)
    return dataset


@pytest.fixture
def open_readings(transactional_db: None) -> Dataset:
    return readings(public=stock.NOW - stock.DAY)


@pytest.fixture
def shared(transactional_db: None) -> tuple[Dataset, dict[str, str]]:
    """Readings for partners alone, and a partner's token as headers."""
    partner = stock.person("pat", organization=stock.organization("TCC"))
    _, secret = create_token(actor=Actor(user=partner), name="t", scopes=("read",), days=1, at=timezone.now())
    dataset = readings(MANY_DAYS, partner=stock.NOW - stock.DAY)
    return dataset, {"Authorization": f"Bearer {secret}"}


class FarFile(io.RawIOBase):
    """A file at an address, of which only the parts that are read are fetched; as fsspec and httpfs do it."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url, self._headers = url, headers
        asked = httpx.head(url, headers=headers, timeout=PATIENCE_S).raise_for_status()
        assert asked.headers["accept-ranges"] == "bytes"
        self._size, self._tag = int(asked.headers["content-length"]), asked.headers["etag"]
        self._at = 0
        self.fetched = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: bytearray) -> int:
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        part = {"Range": f"bytes={self._at}-{end - 1}", "If-Range": self._tag}
        answer = httpx.get(self._url, headers={**self._headers, **part}, timeout=PATIENCE_S)
        assert answer.status_code == 206
        assert answer.headers["content-range"] == f"bytes {self._at}-{end - 1}/{self._size}"
        buffer[: end - self._at] = answer.content
        self.fetched += end - self._at
        self._at = end
        return len(answer.content)


@pytest.mark.parametrize("path", ["/api/v1/datasets/{}/readings.parquet", "/datasets/{}/readings.parquet",
                                  "/api/v1/datasets/{}/readings?format=parquet"])  # fmt: skip
def test_polars_scans_and_reads_an_address(live_server: LiveServer, open_readings: Dataset, path: str) -> None:
    address = live_server.url + path.format(open_readings.key)

    late = pl.scan_parquet(address).filter(pl.col("active_power_l1_kw") >= 1919).select("active_power_l1_kw").collect()
    whole = pl.read_parquet(address)

    assert late["active_power_l1_kw"].cast(pl.Float64).to_list() == [1919 + step / 10 for step in range(10)]
    assert whole.height == ROWS
    assert AuditEvent.objects.filter(verb="readings.downloaded").count() == 1  # by one asker, on one day


def test_who_has_a_token_reads_the_parts_it_needs(
    live_server: LiveServer, shared: tuple[Dataset, dict[str, str]]
) -> None:
    dataset, token = shared
    address = f"{live_server.url}/api/v1/datasets/{dataset.key}/readings.parquet"
    assert httpx.head(address, timeout=PATIENCE_S).status_code == 401

    far = FarFile(address, token)
    table = pq.ParquetFile(far, pre_buffer=False).read(columns=["active_power_l1_kw"])

    assert table.num_rows == MANY_DAYS * 48
    whole = httpx.get(address, headers=token, timeout=PATIENCE_S).content
    assert 0 < far.fetched < len(whole)
    assert pl.read_parquet(io.BytesIO(whole)).height == MANY_DAYS * 48
    dataset.release_rules.update(available_from=None)
    owned = httpx.get(address, headers={**token, "Range": "bytes=0-3"}, timeout=PATIENCE_S)
    assert owned.status_code == 206  # the provider's own people always may
    dataset.provider = stock.organization("GRID")
    dataset.save()
    assert httpx.get(address, headers={**token, "Range": "bytes=0-3"}, timeout=PATIENCE_S).status_code == 403


def test_curl_goes_on_where_it_stopped(
    live_server: LiveServer, shared: tuple[Dataset, dict[str, str]], tmp_path: Path
) -> None:
    dataset, token = shared
    address = f"{live_server.url}/api/v1/datasets/{dataset.key}/readings.csv"
    whole = httpx.get(address, headers=token, timeout=PATIENCE_S).content
    half = tmp_path / "half.csv"
    half.write_bytes(whole[: len(whole) // 3])
    curl = ["curl", "--silent", "--fail", "--header", f"Authorization: {token['Authorization']}"]

    subprocess.run([*curl, "--continue-at", "-", "--output", str(half), address], check=True)
    parts = subprocess.run([*curl, "--range", "0-99", address], check=True, capture_output=True).stdout

    assert half.read_bytes() == whole
    assert len(whole.splitlines()) == MANY_DAYS * 48 + 1
    assert parts == whole[:100]


def test_a_download_that_is_broken_off_is_gone_on_with_byte_for_byte(
    live_server: LiveServer, open_readings: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairwatt.lake.store.SMALL_EXPORT", 0)  # so that the first one is streamed
    address = f"{live_server.url}/api/v1/datasets/{open_readings.key}/readings.csv"
    with httpx.stream("GET", address, timeout=PATIENCE_S) as answer:
        assert "content-length" not in answer.headers
        begun = next(answer.iter_raw(10_000))

    rest = httpx.get(address, headers={"Range": f"bytes={len(begun)}-"}, timeout=PATIENCE_S)

    assert rest.status_code == 206
    assert begun + rest.content == httpx.get(address, timeout=PATIENCE_S).content


def test_the_end_of_a_parquet_file_can_be_had_first(live_server: LiveServer, open_readings: Dataset) -> None:
    address = f"{live_server.url}/api/v1/datasets/{open_readings.key}/readings.parquet"

    end = httpx.get(address, headers={"Range": "bytes=-8"}, timeout=PATIENCE_S)

    assert (end.status_code, end.content[4:]) == (206, b"PAR1")
