"""Readings over HTTP: formats, windows, and what is asked wrongly."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from django.http import HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.api.v1.instants import parse_instant
from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.profile import ChannelRule, Dialect, ImportProfile, TimestampRule
from fairwatt.records.models import AuditEvent, Dataset
from fairwatt.services.lakes import get_lake
from tests.services import stock

ROWS = 96
FIRST = datetime(2019, 3, 30, tzinfo=UTC)  # the clocks of Europe/London go forward on the 31st


@pytest.fixture
def readings(db: None, tmp_path: Path) -> Dataset:
    """Two days of half-hours, open to everyone; the eighth value is missing."""
    dataset = stock.dataset("School load", release={"public": stock.NOW - stock.DAY}, table="a" * 32)
    file = stock.file(dataset)
    stock.channel(file, "Active Power", "active_power_kw")
    path = tmp_path / "meter.csv"
    lines = [
        f"2019-03-{30 + row // 48} {row % 48 // 2:02d}:{row % 2 * 30:02d}:00,{'' if row == 7 else row / 10}"
        for row in range(ROWS)
    ]
    path.write_text("time,Active Power\n" + "\n".join(lines) + "\n")
    profile = ImportProfile(
        dialect=Dialect(),
        columns=2,
        timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M:%S", time_zone="UTC"),
        channels=(
            ChannelRule(
                name="Active Power", column=1, field="active_power_kw", quantity="power", unit="kw", decimals=1
            ),
        ),
        resolution_s=1800.0,
    )
    get_lake().ingest(path, profile, table=dataset.table, source=file.key, name="meter.csv")
    return dataset


def get(ask: Client, dataset: Dataset, query: str = "", **headers: str) -> HttpResponse:
    answer: Any = ask.get(f"/api/v1/datasets/{dataset.key}/readings{query}", headers=headers)
    return answer


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_every_format_says_the_same(ask: Client, readings: Dataset) -> None:
    table = pl.read_csv(io.BytesIO(body(get(ask, readings, "?format=csv"))), try_parse_dates=True)
    records = json.loads(body(get(ask, readings, "?format=json")))
    parquet = pl.read_parquet(io.BytesIO(body(get(ask, readings, "?format=parquet"))))
    with pa.ipc.open_stream(body(get(ask, readings, "?format=arrow"))) as reader:
        arrow = reader.read_all()
    values = [None if row == 7 else row / 10 for row in range(ROWS)]
    assert table["active_power_kw"].to_list() == values
    assert [record["active_power_kw"] for record in records] == values
    assert [None if v is None else float(v) for v in parquet["active_power_kw"]] == values
    assert [None if v is None else float(v) for v in arrow["active_power_kw"].to_pylist()] == values
    assert parquet["start"][0] == FIRST
    assert arrow["start"][0].as_py() == FIRST
    assert records[0]["start"] == "2019-03-30T00:00:00Z"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/vnd.apache.arrow.stream;q=0.9, text/csv;q=0.1", "application/vnd.apache.arrow.stream"),
    ],
)
def test_the_accept_header_chooses_the_form(ask: Client, readings: Dataset, accept: str, media_type: str) -> None:
    answer = get(ask, readings, Accept=accept)
    assert answer["Content-Type"] == media_type
    body(answer)
    refused = get(ask, readings, Accept="image/png")
    assert refused.status_code == 406


def test_the_window_is_half_open_and_its_instants_may_have_any_offset(ask: Client, readings: Dataset) -> None:
    for start, end in (
        ("2019-03-30T01:00:00Z", "2019-03-30T02:00:00Z"),
        ("2019-03-30T02:00:00%2B01:00", "2019-03-30T03:00:00%2B01:00"),
        ("2019-03-30T02:00:00+01:00", "2019-03-30T03:00:00+01:00"),  # a + that the address makes a blank
    ):
        records = json.loads(body(get(ask, readings, f"?start={start}&end={end}")))
        assert [record["start"] for record in records] == ["2019-03-30T01:00:00Z", "2019-03-30T01:30:00Z"]


def test_a_resolution_averages_and_counts(ask: Client, readings: Dataset) -> None:
    records = json.loads(body(get(ask, readings, "?resolution=P1D&channels=active_power_kw")))
    assert [record["active_power_kw_count"] for record in records] == [47, 48]
    assert records[1]["active_power_kw_mean"] == pytest.approx(sum(range(48, 96)) / 480)


def test_local_days_and_settlement_periods_go_through_a_clock_change(ask: Client, readings: Dataset) -> None:
    days = json.loads(body(get(ask, readings, "?resolution=P1D&zone=Europe/London&aggregate=count,sum")))
    assert days == [
        {"start": "2019-03-30T00:00:00+00:00", "active_power_kw_count": 47, "active_power_kw_sum": 112.1},
        {"start": "2019-03-31T00:00:00+00:00", "active_power_kw_count": 46, "active_power_kw_sum": 324.3},
        {"start": "2019-04-01T00:00:00+01:00", "active_power_kw_count": 2, "active_power_kw_sum": 18.9},
    ]
    lines = body(get(ask, readings, "?resolution=settlement-period&aggregate=mean&format=csv")).decode().split()
    assert lines[0] == "start,settlement_date,settlement_period,active_power_kw_mean"
    assert [line.split(",")[1:3] for line in lines[49:]] == [
        *(["2019-03-31", str(number)] for number in range(1, 47)), ["2019-04-01", "1"], ["2019-04-01", "2"],
    ]  # fmt: skip
    assert lines[8] == "2019-03-30T03:30:00Z,2019-03-30,8,"


@pytest.mark.parametrize("form", ["csv", "arrow", "parquet"])
def test_a_channel_can_be_laid_wide_with_every_time_there(ask: Client, readings: Dataset, form: str) -> None:
    sent = body(get(ask, readings, f"?shape=wide&channels=active_power_kw&format={form}"))
    read = {"csv": pl.read_csv, "arrow": pl.read_ipc_stream, "parquet": pl.read_parquet}[form]
    frame = read(io.BytesIO(sent))
    assert frame.columns == ["start", "active_power_kw"]  # the one meter has no name
    assert [None if v is None else float(v) for v in frame["active_power_kw"]] == [
        None if row == 7 else row / 10 for row in range(ROWS)
    ]


def test_times_can_be_had_in_a_zone_with_its_offset(ask: Client, readings: Dataset) -> None:
    records = json.loads(body(get(ask, readings, "?zone=Europe/London&start=2019-03-31T00:30:00Z")))
    assert [record["start"] for record in records[:2]] == [
        "2019-03-31T00:30:00+00:00",
        "2019-03-31T02:00:00+01:00",
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start=2019-03-30T00:00:00", "start"),
        ("start=2019-03-30", "start"),
        ("end=tomorrow", "end"),
        ("start=2019-03-30T02:00Z&end=2019-03-30T02:00Z", "end"),
        ("start=0001-01-01T00:00:00%2B23:00", "start"),
        ("resolution=PT", "resolution"),
        ("resolution=-PT1H", "resolution"),
        ("zone=Mars/Olympus", "zone"),
        ("format=xml", "format"),
        ("resolution=P1M1D", "resolution"),
        ("resolution=PT1H&aggregate=median", "aggregate"),
        ("shape=wide&format=json", "format"),
        ("shape=wide&aggregate=min,max&resolution=PT1H&format=csv", "channels"),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_its_place(
    ask: Client, readings: Dataset, query: str, field: str
) -> None:
    answer = get(ask, readings, f"?{query}")
    assert answer.status_code == 422, answer
    assert json.loads(answer.content)["where"]["field"] == field


def test_unknown_channels_and_files_are_refused(ask: Client, readings: Dataset) -> None:
    assert get(ask, readings, "?channels=active_power_kw,nonsense").status_code == 422
    assert get(ask, readings, "?file=nonsense").status_code == 404


def test_head_tells_the_length_and_is_no_download(ask: Client, readings: Dataset) -> None:
    answer = ask.head(f"/api/v1/datasets/{readings.key}/readings?format=csv")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert not AuditEvent.objects.filter(verb="readings.downloaded").exists()
    content = body(get(ask, readings, "?format=csv"))
    assert answer["Content-Length"] == str(len(content))
    assert AuditEvent.objects.filter(verb="readings.downloaded").count() == 1


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "arrow"])
def test_the_readings_have_an_address_that_ends_like_a_file(ask: Client, readings: Dataset, form: str) -> None:
    answer: Any = ask.get(f"/api/v1/datasets/{readings.key}/readings.{form}?start=2019-03-31T00:00:00Z")
    assert body(answer) == body(get(ask, readings, f"?format={form}&start=2019-03-31T00:00:00Z"))
    assert answer["Content-Disposition"] == f'attachment; filename="{readings.key}.{form}"'
    assert ask.get(f"/api/v1/datasets/{readings.key}/readings.xlsx").status_code == 422


def test_what_was_asked_for_before_is_not_sent_again(ask: Client, readings: Dataset) -> None:
    first = get(ask, readings, "?format=csv")
    body(first)
    again = get(ask, readings, "?format=csv", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = get(ask, readings, "?format=json", **{"If-None-Match": first["ETag"]})
    assert other.status_code == 200
    body(other)


@pytest.mark.parametrize("wanted", ["bytes=0-99", "bytes=-8", "bytes=100-"])
def test_a_part_of_the_readings_is_that_part(ask: Client, readings: Dataset, wanted: str) -> None:
    whole = body(get(ask, readings, "?format=parquet"))
    first, last = wanted.removeprefix("bytes=").split("-")
    expected = whole[int(first) : int(last) + 1 if last else None] if first else whole[-int(last) :]

    answer = get(ask, readings, "?format=parquet", Range=wanted)

    assert (answer.status_code, body(answer)) == (206, expected)
    stale = get(ask, readings, "?format=parquet", Range=wanted, **{"If-Range": '"of another time"'})
    assert (stale.status_code, body(stale)) == (200, whole)
    beyond = get(ask, readings, "?format=parquet", Range=f"bytes={len(whole)}-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(whole)}")


def test_what_cannot_be_kept_is_sent_whole_whatever_part_was_asked_for(
    ask: Client, readings: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairwatt.lake.made.MadeExports.has_room", lambda *_, **__: False)

    answer = get(ask, readings, "?format=csv", Range="bytes=0-9")
    asked = ask.head(f"/api/v1/datasets/{readings.key}/readings?format=csv")

    assert (answer.status_code, len(body(answer).splitlines())) == (200, ROWS + 1)
    assert asked.status_code == 200
    assert not {"Content-Length", "Accept-Ranges", "ETag"} & set(asked.headers)


PART = ["channels", "start", "end", "resolution", "aggregate", "shape", "zone", "file", "series", "version"]


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("readings?chanels=active_power_kw", [*PART, "format"]),
        ("readings.csv?format=csv", PART),
        ("files?page=2", ["cursor", "limit"]),
    ],
)
def test_a_parameter_that_nobody_knows_is_refused(ask: Client, readings: Dataset, path: str, known: list[str]) -> None:
    name = path.partition("?")[2].partition("=")[0]

    answer = ask.get(f"/api/v1/datasets/{readings.key}/{path}")

    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert problem["detail"] == f"There is no parameter '{name}' here."
    assert problem["where"] == {"part": "query", "field": name, "known": known}
    assert problem["next"].endswith(f"This address takes: {', '.join(known)}.")
    assert ("Did you mean 'channels'?" in problem["next"]) == (name == "chanels")


def test_the_catalogue_refuses_unknown_parameters_too(ask: Client, db: None) -> None:
    answer = ask.get("/api/v1/datasets", {"query": "school"})
    assert answer.status_code == 422
    assert answer.json()["where"]["field"] == "query"
    assert {"q", "trial", "cursor", "limit", "facets"} <= set(answer.json()["where"]["known"])
    assert ask.get("/api/v1/datasets", {"q": "school", "limit": "1", "facets": "true"}).status_code == 200


@given(
    at=st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)),
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_an_instant_reads_back_whatever_its_offset(at: datetime, minutes: int) -> None:
    sign, whole = "-" if minutes < 0 else "+", abs(minutes)
    text = f"{at.isoformat()}{sign}{whole // 60:02d}:{whole % 60:02d}"
    assert parse_instant(text, field="start") == datetime.fromisoformat(text)
    assert parse_instant(text.replace("+", " "), field="start") == datetime.fromisoformat(text)
    with pytest.raises(InvalidInput):
        parse_instant(at.isoformat(), field="start")
