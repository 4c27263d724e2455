"""Streams of readings: every format says the same, in constant memory, and an empty one is still valid."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.core.files.profile import ImportProfile, Kind
from fairwatt.core.resolutions import Resolution
from fairwatt.lake import IngestResult, Lake

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]
HALF_HOUR, MINUTE = Resolution.of_seconds(1800), Resolution.of_seconds(60)
FORMATS = ["csv", "json", "parquet", "arrow"]


def decoded(form: str, data: bytes) -> list[dict[str, object]]:
    if form == "csv":
        return list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    if form == "json":
        return json.loads(data, parse_float=Decimal)
    table = pq.read_table(io.BytesIO(data)) if form == "parquet" else pa.ipc.open_stream(data).read_all()
    return pl.DataFrame(table).to_dicts()


def export(lake: Lake, form: str, **options: object) -> list[dict[str, object]]:
    options = {"fields": list(lake.fields("t"))} | options
    return decoded(form, b"".join(lake.export("t", format=form, **options).stream()))


@pytest.fixture
def meters(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> Lake:
    """Two meters around a spring clock change, with a missing value."""
    rows = ['2020-03-29 00:30:00,"a, ""x""",1.50', "2020-03-29 01:00:00,b,", "2020-03-29 01:30:00,b,-0.25"]
    ingest(["time,meter,kw", *rows], make_profile(["kw"], series_column=1, decimals=2))
    return lake


def test_every_format_holds_the_same_readings(meters: Lake) -> None:
    start = [datetime(2020, 3, 29, 0, 30, tzinfo=UTC) + timedelta(minutes=30) * i for i in range(3)]
    series = ['a, "x"', "b", "b"]
    values = [Decimal("1.50"), None, Decimal("-0.25")]
    typed = [{"start": s, "series": m, "kw": v} for s, m, v in zip(start, series, values, strict=True)]
    iso = [s.strftime("%Y-%m-%dT%H:%M:%SZ") for s in start]
    assert export(meters, "parquet") == typed
    assert export(meters, "arrow") == typed
    assert export(meters, "json") == [row | {"start": s} for row, s in zip(typed, iso, strict=True)]
    assert export(meters, "csv") == [
        row | {"start": s, "kw": v} for row, s, v in zip(typed, iso, ["1.50", "", "-0.25"], strict=True)
    ]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_times_can_be_had_in_a_zone_with_their_offset(meters: Lake, form: str) -> None:
    assert [row["start"] for row in export(meters, form, zone="Europe/London")] == [
        "2020-03-29T00:30:00+00:00", "2020-03-29T02:00:00+01:00", "2020-03-29T02:30:00+01:00",
    ]  # fmt: skip
    assert export(meters, form, zone="America/St_Johns")[0]["start"] == "2020-03-28T22:00:00-02:30"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("resolution", [None, Resolution.of_seconds(3600)])
def test_an_empty_selection_is_valid_and_has_its_columns(
    meters: Lake, form: str, resolution: Resolution | None
) -> None:
    past = datetime(1999, 1, 1, tzinfo=UTC)
    asked = meters.export("t", format=form, fields=["kw"], start=past, end=past, resolution=resolution)
    data = b"".join(asked.stream())
    assert decoded(form, data) == []
    names = ["kw"] if resolution is None else ["kw_mean", "kw_min", "kw_max", "kw_count"]
    if form == "csv":
        assert data.decode() == ",".join(["start", "series", *names]) + "\r\n"
    if form == "parquet":
        assert pq.read_schema(io.BytesIO(data)).names == ["start", "series", *names]


@pytest.mark.parametrize("form", FORMATS)
def test_buckets_are_aligned_in_utc_and_weighted_by_readings(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake, form: str
) -> None:
    first = datetime(2020, 1, 31, 23, 50, tzinfo=UTC)
    stamps = [first + timedelta(minutes=5 * i) for i in range(6)]
    ingest(["time,kw", *(f"{s:%Y-%m-%d %H:%M:%S},{i}" for i, s in enumerate(stamps))], make_profile(["kw"]))
    rows = export(
        lake, form, resolution=HALF_HOUR, statistics=["count", "sum", "mean"], start=first + timedelta(minutes=5)
    )
    assert [[float(row[f"kw_{s}"]) for s in ("count", "sum", "mean")] for row in rows] == [[1, 1, 1], [4, 14, 3.5]]
    starts = [str(row["start"]).replace(" ", "T")[:16] for row in rows]
    assert starts == ["2020-01-31T23:30", "2020-02-01T00:00"]


def test_long_streams_come_in_order_and_in_parts(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> None:
    first = datetime(2020, 1, 31, 12, tzinfo=UTC)
    for source, part in (("a", range(0, 300_000, 2)), ("b", range(1, 300_000, 2))):
        rows = [f"{first + timedelta(seconds=i):%Y-%m-%d %H:%M:%S},{i}" for i in part]
        ingest(["time,kw", *rows], make_profile(["kw"]), source=source)
    batches = list(lake.batches("t", fields=["kw"]))
    assert len(batches) > 2
    assert max(len(batch) for batch in batches) <= 122_880
    assert pl.concat([pl.DataFrame(b) for b in batches])["kw"].cast(pl.Int64).to_list() == list(range(300_000))
    chunks = list(lake.export("t", format="csv", fields=["kw"]).stream())
    assert len(chunks) > 2
    assert len(b"".join(chunks).splitlines()) == 300_001
    assert len(json.loads(b"".join(lake.export("t", format="json", fields=["kw"]).stream()))) == 300_000


def test_a_stream_that_is_closed_early_blocks_nobody(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> None:
    rows = [f"{datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=i):%Y-%m-%d %H:%M:%S},1" for i in range(150_000)]
    ingest(["time,kw", *rows], make_profile(["kw"]))
    for form in FORMATS:
        stream = lake.export("t", format=form, fields=["kw"]).stream()
        next(stream)
        next(stream)
        stream.close()
    assert lake.window("t", fields=["kw"], points=10).total == 150_000


def test_words_and_truths_are_written_safely(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> None:
    profile = make_profile(["note", "is_on"])
    kinds = (Kind.TEXT, Kind.BOOLEAN)
    rules = tuple(r.model_copy(update={"kind": k}) for r, k in zip(profile.channels, kinds, strict=True))
    ingest(
        ["time,note,on", '2020-01-01 00:00:00,"say ""hi"", \u00a3\\",true', "2020-01-01 00:00:01,,"],
        profile.model_copy(update={"channels": rules}),
    )
    assert [row["note"] for row in export(lake, "json")] == ['say "hi", £\\', None]
    assert [row["is_on"] for row in export(lake, "json")] == [True, None]
    assert [(row["note"], row["is_on"]) for row in export(lake, "csv")] == [('say "hi", £\\', "true"), ("", "")]
    with pytest.raises(InvalidInput, match="no mean"):
        lake.export("t", format="csv", fields=["note"], resolution=MINUTE)


def test_what_is_asked_is_checked_before_the_first_byte(meters: Lake) -> None:
    with pytest.raises(NotFound, match="no channel 'x'"):
        meters.export("t", format="csv", fields=["x"])
    with pytest.raises(InvalidInput, match="as 'xml'"):
        meters.export("t", format="xml", fields=["kw"])
    with pytest.raises(InvalidInput, match="no time zone"):
        meters.export("t", format="csv", fields=["kw"], zone="Mars/Olympus'")
    with pytest.raises(InvalidInput, match="no statistic"):
        meters.export("t", format="csv", fields=["kw"], resolution=MINUTE, statistics=["median"])


@pytest.mark.parametrize("form", FORMATS)
def test_files_that_follow_one_another_come_in_the_order_of_time(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake, form: str
) -> None:
    """Two files of a month with one channel, and one in the middle with another: nothing is sorted, or all is."""
    first = datetime(2020, 1, 1, tzinfo=UTC)
    for source, (begin, field) in {"b": (400, "kw"), "a": (0, "kw"), "c": (200, "v")}.items():
        lines = [f"{first + timedelta(seconds=begin + i):%Y-%m-%d %H:%M:%S},{i}" for i in range(200)]
        ingest([f"time,{field}", *lines], make_profile([field]), source=source)
    iso = [(first + timedelta(seconds=i)).strftime("%Y-%m-%dT%H:%M:%S") for i in range(600)]
    for fields, there in {("kw",): [*range(200), *range(400, 600)], ("kw", "v"): range(600)}.items():
        rows = export(lake, form, fields=fields, sources=["a", "b"] if fields == ("kw",) else None)
        assert [str(row["start"]).replace(" ", "T")[:19] for row in rows] == [iso[i] for i in there]
        assert [row["kw"] not in {None, ""} for row in rows] == [not 200 <= i < 400 for i in there]
        assert [float(row["kw"] or row.get("v") or 0) for row in rows] == [i % 200 for i in there]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_local_times_change_their_offset_at_the_very_reading(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake, form: str
) -> None:
    """Both clock changes of a year in one answer of half-hours, and of months."""
    stamps = [datetime(2021, 3, 28, 0, 30, tzinfo=UTC), datetime(2021, 3, 28, 1, tzinfo=UTC)]
    stamps += [datetime(2021, 10, 31, 0, 59, 59, tzinfo=UTC), datetime(2021, 10, 31, 1, tzinfo=UTC)]
    ingest(["time,kw", *(f"{at:%Y-%m-%d %H:%M:%S},1" for at in stamps)], make_profile(["kw"]))
    assert [row["start"] for row in export(lake, form, zone="Europe/London")] == [
        "2021-03-28T00:30:00+00:00", "2021-03-28T02:00:00+01:00",
        "2021-10-31T01:59:59+01:00", "2021-10-31T01:00:00+00:00",
    ]  # fmt: skip
    half_hours = export(lake, form, zone="Europe/London", resolution=HALF_HOUR, statistics=["count"])
    assert [row["start"] for row in half_hours] == [
        "2021-03-28T00:30:00+00:00", "2021-03-28T02:00:00+01:00",
        "2021-10-31T01:30:00+01:00", "2021-10-31T01:00:00+00:00",
    ]  # fmt: skip
    months = export(lake, form, zone="Europe/London", resolution=Resolution.parse("P1M", "Europe/London"))
    assert [row["start"] for row in months] == ["2021-03-01T00:00:00+00:00", "2021-10-01T00:00:00+01:00"]
