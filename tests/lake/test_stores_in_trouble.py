"""A store that is away, refuses us or is careless: said in words, nothing lost, and gone on with by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from fairwatt.core.errors import Conflict, StoreAway, StoreRefused
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import Lake
from fairwatt.lake.stores import address
from tests.servers import AWS_SECRET, Gate
from tests.waiting import until

MakeProfile = Callable[..., ImportProfile]
OpenLake = Callable[..., Lake]
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
ROWS = 300_000
EXPIRED = b"<?xml version='1.0'?><Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message>"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv"
    path.write_text("time,kw\n2020-01-01 00:00:00,1.5\n2020-01-01 00:00:01,2.5\n")
    return path


@pytest.fixture
def profile(make_profile: MakeProfile) -> ImportProfile:
    return make_profile(["kw"])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that give up at once, so that a test need not wait for them."""
    for name in ("READING", "WRITING"):
        monkeypatch.setattr(f"fairwatt.lake.stores.objects.{name}", address.Patience(retries=0, most_s=1, each_s=60))
    monkeypatch.setattr("fairwatt.lake.stores.objects._PAUSE_S", 0.0)


def total(lake: Lake) -> int:
    """How many readings the table holds."""
    return lake.window("t", fields=["kw"], points=10).total


def test_a_store_that_does_not_enforce_conditional_puts_is_refused(
    open_lake: OpenLake, s3_gate: Gate, small: Path, profile: ImportProfile
) -> None:
    lake = open_lake("s3")
    s3_gate.dropped = frozenset({"if-none-match"})
    with pytest.raises(Conflict, match="does not enforce conditional puts"):
        lake.store.check()
    with pytest.raises(Conflict, match="does not enforce conditional puts"):
        lake.ingest(small, profile, table="t", source="s", name="small.csv")
    assert list(lake.store.walk(lake.store.root)) == []


@pytest.mark.parametrize("kind", ["s3", "azure"])
def test_a_store_that_enforces_them_is_taken_and_nothing_is_left_of_the_try(kind: str, open_lake: OpenLake) -> None:
    lake = open_lake(kind)
    lake.store.check()
    assert list(lake.store.walk(lake.store.root)) == []


@pytest.mark.usefixtures("impatient")
def test_readers_are_told_that_the_store_is_away_and_read_on_when_it_is_back(
    open_lake: OpenLake, s3_gate: Gate, small: Path, profile: ImportProfile
) -> None:
    lake = open_lake("s3")
    lake.ingest(small, profile, table="t", source="s", name="small.csv")
    reader = open_lake("s3", "another")
    s3_gate.is_shut = True
    for _ in range(2):
        with pytest.raises(StoreAway, match="does not answer") as caught:
            total(reader)
        assert type(caught.value) is StoreAway
    s3_gate.is_shut = False
    assert total(reader) == 2


def test_a_store_that_takes_questions_and_says_nothing_is_given_up_on_long_before_a_long_answer_would_be(
    open_lake: OpenLake, s3_gate: Gate, small: Path, profile: ImportProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = open_lake("s3")
    lake.ingest(small, profile, table="t", source="s", name="small.csv")
    assert address.READING.silent_s < address.READING.most_s < address.READING.each_s
    silent = address.Patience(retries=0, most_s=1, each_s=3_600, silent_s=1)
    reader = open_lake("s3", "another")
    monkeypatch.setattr(reader.store, "_hasty", reader.store.address.connect(silent))
    s3_gate.is_silent = True
    with pytest.raises(StoreAway, match="does not answer"):
        total(reader)


def test_after_a_store_did_not_answer_nobody_waits_in_a_queue_for_it(
    open_lake: OpenLake, s3_gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairwatt.lake.stores.objects.READING", address.Patience(retries=0, most_s=1, each_s=60))
    monkeypatch.setattr("fairwatt.lake.stores.objects._PAUSE_S", 600.0)
    lake = open_lake("s3")
    s3_gate.is_shut = True
    with pytest.raises(StoreAway):
        lake.fields("t")
    s3_gate.is_shut = False
    with pytest.raises(StoreAway):
        lake.fields("t")
    assert s3_gate.seen == []


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("passed", [0, 6, 10, 14])
def test_an_ingest_that_the_store_went_away_from_is_whole_or_not_there_and_can_be_done_again(
    passed: int, open_lake: OpenLake, s3_gate: Gate, small: Path, profile: ImportProfile
) -> None:
    lake = open_lake("s3")
    lake.ingest(small, profile, table="t", source="kept", name="small.csv")
    s3_gate.shuts_after = passed
    with pytest.raises(StoreAway):
        lake.ingest(small, profile, table="t", source="new", name="small.csv")
    s3_gate.shuts_after, s3_gate.is_shut = None, False
    assert total(open_lake("s3", "another")) in {2, 4}
    lake.ingest(small, profile, table="t", source="new", name="small.csv")
    assert total(lake) == 4
    assert list((lake.root / "work").iterdir()) == []
    folder, named = lake.store.root / "tables/t/readings", set[str]()
    for version in range(lake.store.open_table(folder).version() + 1):
        named |= {Path(uri).name for uri in lake.store.open_table(folder, version).file_uris()}
    assert {found.path.name for found in lake.store.walk(folder) if found.path.suffix == ".parquet"} == named


@pytest.mark.usefixtures("impatient")
def test_what_is_handed_in_meanwhile_is_kept_here_and_sent_later(
    open_lake: OpenLake, s3_gate: Gate, tmp_path: Path
) -> None:
    lake, data = open_lake("s3"), b"time,kw\n" * 1_000
    arrived = tmp_path / "arrived"
    arrived.write_bytes(data)
    s3_gate.is_shut = True
    name = lake.raw.add(arrived).sha256
    assert name == sha256(data).hexdigest()
    assert (lake.raw.waiting(), lake.raw.size(name)) == (1, len(data))
    assert b"".join(lake.raw.open_range(name)) == lake.raw.path(name).read_bytes() == data
    s3_gate.is_shut = False
    again = open_lake("s3")  # the platform was started anew

    def is_sent() -> bool:
        again.raw.send()
        return again.raw.waiting() == 0

    until(is_sent)
    assert b"".join(open_lake("s3", "another").raw.open_range(name)) == data


def test_a_file_that_arrives_spoilt_is_kept_here_and_sent_again(
    open_lake: OpenLake, s3_gate: Gate, tmp_path: Path
) -> None:
    lake = open_lake("s3")
    arrived = tmp_path / "arrived"
    arrived.write_bytes(b"data")
    lake.store.check()
    place = lake.store.root / "raw" / "x"
    s3_gate.spoilt = 1
    with pytest.raises(StoreAway, match="other bytes than were sent"):
        lake.store.take({place: arrived})
    assert arrived.read_bytes() == b"data"
    assert list(lake.store.walk(lake.store.root)) == []
    lake.store.take({place: arrived})
    assert lake.store.read(place) == b"data"


@pytest.fixture
def filled(open_lake: OpenLake, small: Path, profile: ImportProfile) -> Lake:
    """A lake in S3 with two readings."""
    lake = open_lake("s3")
    lake.ingest(small, profile, table="t", source="s", name="small.csv")
    return lake


@pytest.fixture
def attempts(
    filled: Lake, open_lake: OpenLake, small: Path, profile: ImportProfile
) -> tuple[Callable[[], object], ...]:
    """What somebody may ask of that lake."""
    return (
        lambda: total(filled),
        open_lake("s3", "another").store.check,
        lambda: filled.ingest(small, profile, table="t", source="n", name="small.csv"),
        lambda: filled.raw.size("0" * 64),
        lambda: b"".join(filled.export("t", format="csv", fields=["kw"]).stream()),
    )


@pytest.mark.parametrize("status", [400, 403])
def test_expired_credentials_are_named_and_no_secret_is_shown(
    status: int, attempts: tuple[Callable[[], object], ...], s3_gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    s3_gate.answer = (status, EXPIRED + f"<Key>{AWS_SECRET}</Key></Error>".encode())
    for attempt in attempts:
        with pytest.raises(StoreRefused, match="credentials for the store have expired") as caught:
            attempt()
        logging.getLogger("fairwatt").error("%s", caught.value, exc_info=caught.value)
    assert AWS_SECRET not in caplog.text
    assert "have expired" in caplog.text


def test_neither_tables_nor_names_in_a_store_hold_credentials(filled: Lake) -> None:
    found = list(filled.store.walk(filled.store.root))
    kept = b"".join(filled.store.read(one.path) for one in found) + repr(found).encode()
    assert b"kw" in kept
    assert not any(secret.encode() in kept for secret in (AWS_SECRET, "AKIAEXAMPLE"))


@pytest.fixture
def seconds(tmp_path: Path) -> Path:
    """Some days of one-second readings, in more than one row group."""
    path = tmp_path / "seconds.csv"
    duckdb.sql(
        f"COPY (SELECT strftime(TIMESTAMP '2020-01-01' + to_seconds(i), '%Y-%m-%d %H:%M:%S') AS time, "
        f"(hash(i) % 100000 / 10)::DECIMAL(18,1) AS kw, (hash(i + 1) % 100000 / 10)::DECIMAL(18,1) AS v "
        f"FROM range({ROWS}) t(i)) TO '{path}' (HEADER)"
    )
    return path


@pytest.fixture(params=["s3", "azure"])
def far(
    request: pytest.FixtureRequest, open_lake: OpenLake, seconds: Path, make_profile: MakeProfile
) -> tuple[Lake, Gate]:
    """A lake far away that another machine has filled, and the gate before it."""
    kind = request.param
    open_lake(kind).ingest(seconds, make_profile(["kw", "v"]), table="t", source="s", name="seconds.csv")
    return open_lake(kind, "another"), request.getfixturevalue(f"{kind}_gate")


def test_an_hour_of_a_table_far_away_takes_three_round_trips_at_first_and_then_one(
    far: tuple[Lake, Gate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairwatt.lake.stores.objects.ObjectStore.prefetch", lambda *_: None)
    reader, gate = far
    assert reader.fields("t") == {"kw": "DECIMAL(18,1)", "v": "DECIMAL(18,1)"}

    def asked(hours: int, field: str) -> list[str]:
        gate.seen.clear()
        end = FIRST + timedelta(seconds=ROWS) - timedelta(hours=hours)
        found = reader.window("t", fields=[field], start=end - timedelta(hours=1), end=end, points=4_000)
        assert (found.is_raw, found.total) == (True, 3_600)
        return [seen.split()[0] for seen in gate.seen]

    assert asked(0, "kw") == ["HEAD", "GET", "GET"]  # is there news? the footer; the row group's column
    assert asked(0, "kw") == ["HEAD"]
    assert asked(2, "kw") == ["HEAD"]  # of the same row group
    assert asked(40, "v") == ["HEAD", "GET"]  # of another
    assert not list((reader.store.root / "tables").rglob("*.parquet"))


def test_coarse_windows_of_a_table_far_away_come_from_rollups_that_are_here_already(far: tuple[Lake, Gate]) -> None:
    reader, gate = far
    reader.fields("t")
    rolled = [found.size for found in reader.store.walk(reader.store.root / "tables/t/rollups/source=s")]

    def are_here() -> bool:
        here = [path.stat().st_size for path in (reader.store.root / "tables/t/rollups").rglob("*.parquet")]
        return sorted(here) == sorted(rolled)

    until(are_here)
    gate.seen.clear()
    assert reader.window("t", fields=["kw", "v"], points=100).total == ROWS
    assert all(seen.startswith("HEAD") or "/readings/" in seen for seen in gate.seen)
    assert len(gate.seen) <= 4
