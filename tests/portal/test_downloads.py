"""Downloads: the exact bytes with ranges, streamed readings, refusals that say how to get access."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client

from fairwatt.core.files.profile import ChannelRule, ImportProfile, TimestampRule
from fairwatt.records.models import AuditEvent, Dataset, File
from fairwatt.services.lakes import get_lake
from tests.portal.pages_stock import OPEN, PARTNERS_ONLY, file_of, published
from tests.services import stock

pytestmark = pytest.mark.django_db


def body(answer: Any) -> bytes:
    """Read an answer to its end and close it, without closing the test's own transaction as its end would."""
    content = b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)
    return content


def bytes_of(file: File) -> bytes:
    return get_lake().raw.path(file.sha256).read_bytes()


def test_the_original_is_what_came_under_its_own_name(client: Client) -> None:
    file = file_of(published())
    File.objects.filter(pk=file.pk).update(name="Zähler “Süd”.csv")

    answer = client.get(f"/files/{file.key}/original")

    assert body(answer) == bytes_of(file)
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('Zähler “Süd”.csv')}"
    assert answer["ETag"] == f'"{file.sha256}"'
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Repr-Digest"].startswith("sha-256=:")
    assert f'/files/{file.key}/?format=jsonld>; rel="describedby"' in answer["Link"]


@pytest.mark.parametrize(
    ("wanted", "part"), [("bytes=0-3", slice(0, 4)), ("bytes=-5", slice(-5, None)), ("bytes=10-", slice(10, None))]
)
def test_a_range_of_the_original_is_that_range(client: Client, wanted: str, part: slice) -> None:
    file = file_of(published())

    answer = client.get(f"/files/{file.key}/original", headers={"range": wanted})

    assert (answer.status_code, body(answer)) == (206, bytes_of(file)[part])


def test_who_has_the_file_already_gets_no_bytes(client: Client) -> None:
    file = file_of(published())

    answer = client.get(f"/files/{file.key}/original", headers={"if-none-match": f'"{file.sha256}"'})

    assert (answer.status_code, body(answer)) == (304, b"")


def test_the_headers_alone_tell_size_and_ranges(client: Client) -> None:
    file = file_of(published())

    answer = client.head(f"/files/{file.key}/original")

    assert (answer["Content-Length"], answer["Accept-Ranges"]) == (str(file.size), "bytes")


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml"])
def test_markup_is_never_served_as_markup(client: Client, media_type: str) -> None:
    file = file_of(published())
    File.objects.filter(pk=file.pk).update(media_type=media_type)

    answer = client.get(f"/files/{file.key}/original")

    body(answer)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_download_is_logged_once_however_many_ranges_it_takes(client: Client) -> None:
    file = file_of(published())

    for wanted in ("bytes=0-9", "bytes=10-19", "bytes=20-"):
        body(client.get(f"/files/{file.key}/original", headers={"range": wanted}))

    assert AuditEvent.objects.filter(verb="file.downloaded").count() == 1


def test_readings_come_whole_as_csv_and_parquet(client: Client) -> None:
    dataset = published()

    rows = list(csv.DictReader(io.StringIO(body(client.get(f"/datasets/{dataset.key}/readings.csv")).decode())))
    frame = pl.read_parquet(io.BytesIO(body(client.get(f"/datasets/{dataset.key}/readings.parquet"))))

    assert (len(rows), rows[0]["start"], rows[47]["active_power_l1_kw"]) == (48, "2020-06-01T00:00:00Z", "4.7")
    assert (frame.height, float(frame["active_power_l1_kw"].sum())) == (48, pytest.approx(112.8))


def test_a_part_of_the_readings_is_half_open(client: Client) -> None:
    dataset = published()
    window = {"start": "2020-06-01T01:00:00Z", "end": "2020-06-01T02:00:00Z", "channels": "active_power_l1_kw"}

    text = body(client.get(f"/datasets/{dataset.key}/readings.csv", window)).decode()

    assert [row["start"] for row in csv.DictReader(io.StringIO(text))] == [
        "2020-06-01T01:00:00Z",
        "2020-06-01T01:30:00Z",
    ]


def test_the_readings_of_one_file_carry_its_name(client: Client) -> None:
    file = file_of(published())

    answer = client.get(f"/files/{file.key}/readings.csv")

    assert file.key in answer["Content-Disposition"]
    assert len(body(answer).splitlines()) == 49


@pytest.mark.parametrize(
    "path", ["/files/{file}/original", "/datasets/{dataset}/readings.csv", "/files/{file}/readings.csv"]
)
def test_a_refusal_is_a_real_one_and_says_how_to_get_access(client: Client, path: str) -> None:
    dataset = published(release=PARTNERS_ONLY)
    address = path.format(file=file_of(dataset).key, dataset=dataset.key)

    for_people = client.get(address, headers={"accept": "text/html"})
    for_programs = client.get(address, headers={"accept": "*/*"})
    outsider = stock.person("robin")
    client.force_login(outsider, backend="django.contrib.auth.backends.ModelBackend")
    known = client.get(address, headers={"accept": "text/html"})

    assert for_people.status_code == 401
    page = for_people.content.decode()
    assert f'href="/accounts/login/?next={quote(address, safe="")}"' in page
    assert "Only project partners may download these data." in page
    assert for_programs["Content-Type"] == "application/problem+json"
    assert for_programs.json()["next"]
    assert known.status_code == 403
    assert "data@testshire.example" in known.content.decode()


def test_a_withdrawn_file_is_gone(client: Client) -> None:
    dataset = published()
    Dataset.objects.filter(pk=dataset.pk).update(
        state="withdrawn", withdrawn_at=stock.NOW, withdrawal_reason="Wrong clock."
    )

    answer = client.get(f"/files/{file_of(dataset).key}/original", headers={"accept": "*/*"})

    assert (answer.status_code, answer["Content-Type"]) == (410, "application/problem+json")
    assert "Wrong clock." in answer.json()["detail"]


def test_a_window_that_runs_backwards_is_told(client: Client) -> None:
    dataset = published()

    answer = client.get(
        f"/datasets/{dataset.key}/readings.csv", {"start": "2021-01-01T00:00:00Z", "end": "2020-01-01T00:00:00Z"}
    )

    assert answer.status_code == 422


def test_asking_about_a_download_is_no_download_in_the_log(client: Client) -> None:
    address = f"/datasets/{published().key}/readings.csv"

    asked = client.head(address)
    before = AuditEvent.objects.filter(verb="readings.downloaded").count()
    body(client.get(address))

    assert (asked.status_code, before) == (200, 0)
    assert AuditEvent.objects.filter(verb="readings.downloaded").count() == 1


def test_readings_have_a_length_a_tag_and_ranges(client: Client) -> None:
    address = f"/datasets/{published().key}/readings.parquet"
    whole = client.get(address)
    content = body(whole)

    asked = client.head(address)
    part = client.get(address, headers={"range": "bytes=-8", "if-range": whole["ETag"]})
    news = client.get(address, headers={"if-none-match": whole["ETag"]})

    assert whole["Content-Length"] == asked["Content-Length"] == str(len(content))
    assert (asked["Accept-Ranges"], asked["ETag"]) == ("bytes", whole["ETag"])
    assert (part.status_code, body(part)) == (206, content[-8:])
    assert (news.status_code, body(news)) == (304, b"")
    assert AuditEvent.objects.filter(verb="readings.downloaded").count() == 1


def test_readings_can_be_had_of_one_meter_and_averaged(client: Client) -> None:
    dataset = stock.dataset(release={"public": stock.NOW - stock.DAY})
    profile = ImportProfile(
        columns=3,
        timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M", time_zone="UTC"),
        series_column=1,
        channels=(ChannelRule(name="kWh", column=2, field="kwh", quantity="energy", unit="kwh", decimals=1),),
        resolution_s=1800,
    )
    lines = [f"2020-06-01 0{hour}:{minute},{meter},{value}.0" for hour in (0, 1) for minute in ("00", "30")
             for meter, value in (("a", 1), ("b", hour + 2))]  # fmt: skip
    file = stock.file(dataset, "meters.csv")
    stock.fill_lake(file, profile, "\n".join(["Time,Meter,kWh", *lines]) + "\n")
    query = {"series": "b", "resolution": "PT1H", "channels": "kwh"}

    for address in (f"/datasets/{dataset.key}/readings.csv", f"/files/{file.key}/readings.csv"):
        rows = list(csv.DictReader(io.StringIO(body(client.get(address, query)).decode())))
        assert [(row["start"], row["kwh_mean"], row["kwh_count"]) for row in rows] == [
            ("2020-06-01T00:00:00Z", "2.0", "2"),
            ("2020-06-01T01:00:00Z", "3.0", "2"),
        ]


def test_a_parameter_that_nobody_knows_is_refused(client: Client) -> None:
    address = f"/datasets/{published().key}/readings.csv"

    answer = client.get(address, {"serie": "b"}, headers={"accept": "*/*"})

    assert answer.status_code == 422
    assert answer.json()["detail"] == "There is no parameter 'serie' here."
    assert answer.json()["next"].startswith("Did you mean 'series'?")


def test_words_of_readings_are_handed_out_letter_for_letter(client: Client) -> None:
    """A program that reads the file must find what was logged; see docs/how-to/use-the-api.md."""
    dataset = stock.dataset(release=OPEN)
    notes = ("=1+1", "-5 °C", "+44", "@home")
    rule = ChannelRule(name="Note", column=1, field="note", kind="text")
    times = TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M", time_zone="UTC")
    lines = ["time,note", *(f"2020-06-01 0{hour}:00,{note}" for hour, note in enumerate(notes)), ""]
    profile = ImportProfile(columns=2, timestamp=times, channels=(rule,), resolution_s=3600)
    stock.fill_lake(stock.file(dataset), profile, "\n".join(lines))
    sent = body(client.get(f"/datasets/{dataset.key}/readings.csv")).decode()
    assert [line.partition(",")[2] for line in sent.splitlines()] == ["note", *notes]
