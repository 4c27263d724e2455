"""Line protocol at /api/v2/write, as InfluxDB's clients send it and read its answers."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from fairwatt.records.models import Dataset, User
from fairwatt.services.actors import Actor
from fairwatt.services.lakes import get_lake
from fairwatt.services.live_draining import drain_now
from fairwatt.services.live_feeds import make_deploy_token, open_live_feed
from tests.services import stock

Write = Callable[..., Any]
SECOND = 1_777_636_800  # 2026-05-01T12:00:00Z


@pytest.fixture
def dataset(partner: User) -> Dataset:
    owner = stock.dataset("Roof of the school", created_by=partner, identifier="MVS1_P1_TCC")
    open_live_feed(actor=Actor(user=partner), dataset_key=owner.key, at=timezone.now())
    return owner


@pytest.fixture
def write(ask: Client, dataset: Dataset, partner: User) -> Write:
    secret = make_deploy_token(
        actor=Actor(user=partner), dataset_key=dataset.key, name="telegraf", days=30, at=timezone.now()
    )[1]

    def post(lines: str | bytes, query: str = "precision=s", bucket: str = dataset.key, **headers: str) -> Any:
        return ask.post(
            f"/api/v2/write?org=any&bucket={bucket}&{query}",
            lines,
            content_type="text/plain; charset=utf-8",
            headers={"Authorization": f"Token {secret}", **headers},
        )

    return post


def _rows(dataset: Dataset) -> list[dict[str, Any]]:
    drain_now(at=timezone.now())
    lake = get_lake()
    fields = list(lake.fields(dataset.table))
    rows = [row for batch in lake.batches(dataset.table, fields=fields) for row in batch.to_pylist()] if fields else []
    return [{key: float(v) if hasattr(v, "as_tuple") else v for key, v in row.items() if v is not None} for row in rows]


@pytest.mark.parametrize(
    ("query", "stamp"),
    [
        ("precision=s", f"{SECOND}"),
        ("precision=ms", f"{SECOND}000"),
        ("precision=us", f"{SECOND}000000"),
        ("precision=ns", f"{SECOND}000000999"),
        ("", f"{SECOND}000000000"),
    ],
)
def test_a_point_is_kept_whatever_its_precision(write: Write, dataset: Dataset, query: str, stamp: str) -> None:
    answer = write(f"meter,series=m1 power_kw=1.5,count=3i,on=t {stamp}", query)

    assert (answer.status_code, answer.content) == (204, b"")
    assert _rows(dataset) == [
        {"start": datetime(2026, 5, 1, 12, tzinfo=UTC), "power_kw": 1.5, "count": 3.0, "on": True}
    ]


def test_the_bucket_may_be_the_identifier_and_the_body_gzip_and_a_point_without_time_is_of_now(
    write: Write, dataset: Dataset
) -> None:
    lines = gzip.compress(b"# a comment\n\nweather,site=a\\ b,floor=1 value=21.5\r\n")

    assert write(lines, bucket="MVS1_P1_TCC", **{"Content-Encoding": "gzip"}).status_code == 204
    (row,) = _rows(dataset)
    assert row.keys() == {"start", "weather"}
    assert abs(row["start"] - timezone.now()) < timedelta(minutes=1)
    assert get_lake().series(dataset.table) == ["weather,floor=1,site=a b"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("meter", "missing fields"),
        (",a=b v=1", "missing measurement"),
        ("meter,a= v=1", "missing tag value"),
        ("meter,a=1,a=2 v=1", "duplicate tags"),
        ("meter v=", "missing field value"),
        ("meter v=NaN", "invalid field value"),
        ("meter v=1 12.5", "bad timestamp"),
        ("meter v=1 1 2", "bad timestamp"),
        ('meter v="open 1', "unbalanced quotes"),
    ],
)
def test_a_malformed_line_refuses_the_whole_and_is_named(write: Write, dataset: Dataset, line: str, said: str) -> None:
    answer = write(f"meter v=1 {SECOND}\n{line}")

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert answer.json()["line"] == 2
    assert said in answer.json()["message"]
    assert _rows(dataset) == []


def test_points_that_do_not_fit_are_left_out_and_the_rest_is_kept(write: Write, dataset: Dataset) -> None:
    write(f"meter kw=1 {SECOND}")
    answer = write(f'meter kw="two" {SECOND + 1}\nmeter kw=3 {SECOND + 2}\nmeter kw=4 {SECOND * 1_000}')

    assert answer.status_code == 422
    assert answer.json()["code"] == "unprocessable entity"
    assert "partial write" in answer.json()["message"]
    assert "dropped=2" in answer.json()["message"]
    assert [row["kw"] for row in _rows(dataset)] == [1.0, 3.0]


def test_refusals_have_influxs_shape(ask: Client, write: Write) -> None:
    nobody = ask.post("/api/v2/write?bucket=x", "m v=1", content_type="text/plain")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthorized")
    assert (write("m v=1", bucket="nothing").status_code, write("m v=1", bucket="").status_code) == (404, 400)
    assert write("m v=1", bucket="%00").status_code == 404
    assert write("m v=1", "precision=h").json()["code"] == "invalid"
    assert write(b"\xff").status_code == 400
    large = write(b" " * ((8 << 20) + 1))
    assert (large.status_code, large.json()["code"]) == (413, "request too large")
    assert ask.get("/api/v2/write").status_code == 405
