"""Live readings over HTTP: who may send them, what is taken, what is said of what is not, and what is read back."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client
from django.utils import timezone

from fairwatt.api.ratelimits import limits
from fairwatt.lake.live.log import WAITING
from fairwatt.records.models import ApiToken, Channel, Dataset, File, FileFinding, LiveFeed, User
from fairwatt.services.actors import Actor
from fairwatt.services.lakes import get_lake
from fairwatt.services.live_draining import drain_now
from fairwatt.services.live_feeds import close_live_feed, make_deploy_token, open_live_feed
from tests.services import stock

BEGIN = datetime(2026, 5, 1, 12, tzinfo=UTC)
Send = Callable[..., Any]


@pytest.fixture
def dataset(partner: User) -> Dataset:
    """A dataset of the partner's, open to everyone, with a live feed."""
    owner = stock.dataset("Roof of the school", created_by=partner, release={"public": stock.NOW - stock.DAY})
    open_live_feed(actor=Actor(user=partner), dataset_key=owner.key, at=timezone.now())
    return owner


@pytest.fixture
def secret(dataset: Dataset, partner: User) -> str:
    return make_deploy_token(
        actor=Actor(user=partner), dataset_key=dataset.key, name="logger", days=30, at=timezone.now()
    )[1]


@pytest.fixture
def send(ask: Client, dataset: Dataset, secret: str) -> Send:
    """Send readings as the logger does."""

    def post(body: object, kind: str = "application/json", query: str = "", **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return ask.post(
            f"/api/v1/datasets/{dataset.key}/readings{query}",
            data,
            content_type=kind,
            headers={"Authorization": f"Bearer {secret}", **headers},
        )

    return post


def _record(minute: int = 0, **values: object) -> dict[str, object]:
    return {"start": (BEGIN + timedelta(minutes=minute)).isoformat(), **(values or {"power_kw": minute + 0.5})}


def _read(ask: Client, dataset: Dataset, query: str = "") -> list[dict[str, Any]]:
    answer = ask.get(f"/api/v1/datasets/{dataset.key}/readings?format=json{query}")
    found: list[dict[str, Any]] = json.loads(answer.getvalue() if not answer.streaming else b"".join(answer))
    return found


def test_readings_that_were_acknowledged_are_read_back_as_they_came_without_a_commit_to_the_table(
    send: Send, ask: Client, dataset: Dataset
) -> None:
    answer = send([_record(0, power_kw=1.25, state="on"), _record(1, power_kw=2, voltage_v=240.1)])

    assert (answer.status_code, answer.json()) == (202, {"points": 2, "readings": 4})
    done = drain_now(at=timezone.now())
    assert done.folded == ()
    assert _read(ask, dataset) == [
        {"start": "2026-05-01T12:00:00Z", "power_kw": 1.25, "state": "on", "voltage_v": None},
        {"start": "2026-05-01T12:01:00Z", "power_kw": 2.0, "state": None, "voltage_v": 240.1},
    ]
    drain_now(at=timezone.now(), fold_all=True)
    assert [row["power_kw"] for row in _read(ask, dataset)] == [1.25, 2.0]


def test_the_page_says_how_to_connect_and_shows_a_tokens_secret_once(
    client: Client, partner: User, dataset: Dataset, send: Send
) -> None:
    send([_record(0)])
    drain_now(at=timezone.now())
    client.force_login(partner)
    made = client.post(f"/datasets/{dataset.key}/live/", {"name": "roof", "days": "30"}).content.decode()
    again = client.get(f"/datasets/{dataset.key}/live/").content.decode()

    shown = ApiToken.objects.get(name="roof")
    assert made.count(shown.prefix) == 2
    assert again.count(shown.prefix) == 1
    assert f"/api/v1/datasets/{dataset.key}/readings" in again
    assert "1 May 2026" in again
    client.post(f"/datasets/{dataset.key}/live/tokens/{shown.pk}/revoke/")
    client.post(f"/datasets/{dataset.key}/live/close/")
    shown.refresh_from_db()
    assert shown.revoked_at is not None
    assert LiveFeed.objects.get().closed_at is not None
    assert "Live feed" in client.get(f"/datasets/{dataset.key}/").content.decode()
    assert send([_record(1)]).status_code == 409


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", ["json", "object", "ndjson", "csv", "arrow"])
def test_every_form_brings_the_same_readings(
    send: Send, ask: Client, dataset: Dataset, form: str, packed: bool
) -> None:
    records = [_record(0, power_kw=1.5, ok=True) | {"series": "m1"}, _record(30, power_kw=2) | {"series": "m2"}]
    table = pa.table(
        {
            "start": pa.array([BEGIN, BEGIN + timedelta(minutes=30)], pa.timestamp("us", tz="UTC")),
            "series": ["m1", "m2"],
            "power_kw": [1.5, 2.0],
            "ok": [True, None],
        }
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    csv = f"start,series,power_kw,ok\n{records[0]['start']},m1,1.5,true\n{records[1]['start']},m2,2,\n"
    body, kind = {
        "json": (json.dumps(records).encode(), "application/json"),
        "object": (json.dumps({"readings": records}).encode(), "application/json"),
        "ndjson": ("\n".join(map(json.dumps, records)).encode(), "application/x-ndjson"),
        "csv": (csv.encode(), "text/csv"),
        "arrow": (sink.getvalue(), "application/vnd.apache.arrow.stream"),
    }[form]

    answer = send(gzip.compress(body) if packed else body, kind, **({"Content-Encoding": "gzip"} if packed else {}))

    assert (answer.status_code, answer.json()) == (202, {"points": 2, "readings": 3})
    drain_now(at=timezone.now())
    assert _read(ask, dataset) == [
        {"start": "2026-05-01T12:00:00Z", "series": "m1", "power_kw": 1.5, "ok": True},
        {"start": "2026-05-01T12:30:00Z", "series": "m2", "power_kw": 2.0, "ok": None},
    ]


_AHEAD = (datetime.now(UTC) + timedelta(days=2)).isoformat()


@pytest.mark.parametrize(
    ("records", "place", "field", "said"),
    [
        ([_record(0), {"start": "2026-05-01T12:00:00", "a": 1}], 2, "start", "has no zone"),
        ([{"start": "yesterday", "a": 1}], 1, "start", "no time as ISO 8601"),
        ([{"a": 1}], 1, "start", "no time"),
        ([{"start": 1777636800, "a": 1}], 1, "start", "needs its precision"),
        ([_record(0), {"start": _AHEAD, "a": 1}], 2, "start", "more than a day ahead"),
        ([{"start": "1970-01-01T00:00:05Z", "a": 1}], 1, "start", "another precision"),
        ([_record(0, a=1), _record(1, a="x")], 2, "a", "holds numbers"),
        ([_record(0, a=True), _record(1, a=1)], 2, "a", "holds true or false"),
        ([_record(0, a=[1])], 1, "a", "neither a number nor text"),
        ([_record(0, a=2**60)], 1, "a", "more digits"),
        ([_record(0, a=None)], 1, None, "holds no value"),
        ([_record(0) | {"series": 7}], 1, "series", "is text"),
        ([_record(0) | {"series": "a" * 201}], 1, "series", "at most 200"),
        ([7], 1, None, "no object"),
        ([_record(0, note="\ud800")], 1, "note", "no text has"),
        ([_record(0, **{"a\nb": 1})], 1, "a\nb", "is printable"),
    ],
)
def test_what_is_wrong_is_said_with_its_record_and_field_and_nothing_of_the_request_is_kept(  # noqa: PLR0917
    send: Send, ask: Client, dataset: Dataset, records: list[Any], place: int, field: str | None, said: str
) -> None:
    answer = send(records)
    problem = answer.json()

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["where"] == {"record": place} | ({"field": field} if field else {})
    assert said in problem["detail"]
    assert "Nothing of this request was kept" in problem["detail"]
    drain_now(at=timezone.now())
    assert get_lake().fields(dataset.table) == {}


@pytest.mark.parametrize(
    ("body", "kind", "headers", "status", "code"),
    [
        (b"[{", "application/json", {}, 422, "invalid-input"),
        (b'[{"start": "2026-05-01T12:00:00Z", "a": NaN}]', "application/json", {}, 422, "invalid-input"),
        (b"[" * 100_000, "application/json", {}, 422, "invalid-input"),
        (b"a,b\n1,2\n", "text/csv", {}, 422, "invalid-input"),
        (b"\xff\xfe", "text/csv", {}, 422, "invalid-input"),
        (b"no arrow", "application/vnd.apache.arrow.stream", {}, 422, "invalid-input"),
        (b"[]", "text/plain", {}, 415, "invalid-input"),
        (b"[]", "application/json", {"Content-Encoding": "br"}, 415, "invalid-input"),
        (b"[]", "application/json", {"Content-Encoding": "gzip"}, 422, "invalid-input"),
        (gzip.compress(b"[]", mtime=0)[:-9], "application/json", {"Content-Encoding": "gzip"}, 422, "invalid-input"),
        (gzip.compress(b" " * (25 << 20), mtime=0), "application/json", {"Content-Encoding": "gzip"}, 413, "too-large"),
        (b" " * ((8 << 20) + 1), "application/json", {}, 413, "too-large"),
    ],
)
def test_bodies_that_can_not_be_used_are_refused(  # noqa: PLR0917
    send: Send, body: bytes, kind: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = send(body, kind, **headers)

    assert (answer.status_code, answer.json()["type"].rpartition("problem-")[2]) == (status, code)


def test_a_new_field_becomes_a_channel_with_the_unit_of_its_name_or_a_finding(send: Send, dataset: Dataset) -> None:
    send([_record(0, grid_import_kwh=1, voltage_v=240, flow=3.5, state="on")])
    drain_now(at=timezone.now())
    found = {c.field: (c.kind, c.quantity, c.unit, c.direction, c.count) for c in Channel.objects.all()}

    assert found == {
        "grid_import_kwh": ("number", "energy", "kwh", "import", 1),
        "voltage_v": ("number", "voltage", "v", "", 1),
        "flow": ("number", "", "", "", 1),
        "state": ("text", "", "", "", 1),
    }
    assert [(one.code, one.channel) for one in FileFinding.objects.all()] == [("unit-unknown", "flow")]
    assert set(dataset.channels.values_list("field", flat=True)) == set(found)


def test_a_field_whose_plus_is_fed_in_has_no_way_as_its_numbers_stay_as_they_came(send: Send) -> None:
    send([_record(0, net_export_kw=1)])
    drain_now(at=timezone.now())
    assert [(c.quantity, c.unit, c.direction) for c in Channel.objects.all()] == [("power", "kw", "")]


def test_a_channel_keeps_the_kind_that_other_files_of_the_dataset_gave_it(send: Send, dataset: Dataset) -> None:
    stock.channel(stock.file(dataset), "state", "state", kind="text")

    answer = send([_record(0, state=1)])

    assert answer.status_code == 422
    assert "other files of this dataset hold text" in answer.json()["detail"]


def test_a_request_that_names_itself_is_answered_the_same_again_and_adds_nothing(
    send: Send, ask: Client, dataset: Dataset
) -> None:
    key = {"Idempotency-Key": "a1"}
    first, again = send([_record(0)], **key), send([_record(0)], **key)
    other = send([_record(1)], **key)
    drain_now(at=timezone.now())

    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (202, {"points": 1, "readings": 1})
    assert other.status_code == 422
    assert "Another request" in other.json()["detail"]
    assert len(_read(ask, dataset)) == 1
    assert (File.objects.get().rows, LiveFeed.objects.get().repeated) == (1, 0)


def test_only_a_deploy_token_of_this_dataset_writes_and_it_does_nothing_else(
    ask: Client, dataset: Dataset, secret: str, partner: User, bearer: Callable[..., dict[str, str]]
) -> None:
    other = stock.dataset("Other", created_by=partner)
    open_live_feed(actor=Actor(user=partner), dataset_key=other.key, at=timezone.now())

    def status(key: str, headers: dict[str, str]) -> int:
        address = f"/api/v1/datasets/{key}/readings"
        body = json.dumps([_record(0)])
        return ask.post(address, body, content_type="application/json", headers=headers).status_code

    mine = {"Authorization": f"Bearer {secret}"}
    assert status(dataset.key, {}) == 401
    assert status(dataset.key, {"Authorization": "Bearer fwt_nonsense"}) == 401
    assert status(dataset.key, bearer(partner, "read", "deposit")) == 403
    assert status(other.key, mine) == 404
    assert status(dataset.key, mine) == 202
    assert ask.get("/api/v1/account", headers=mine).status_code in {403, 404}
    assert ask.get(f"/api/v1/datasets/{dataset.key}", headers=mine).status_code == 403
    partner.memberships.all().delete()
    Dataset.objects.filter(pk=dataset.pk).update(created_by=None)
    assert status(dataset.key, mine) == 403
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert status(dataset.key, mine) == 401


def test_a_closed_feed_and_a_withdrawn_dataset_take_nothing(send: Send, dataset: Dataset, partner: User) -> None:
    close_live_feed(actor=Actor(user=partner), dataset_key=dataset.key, at=timezone.now())
    assert send([_record(0)]).status_code == 409
    open_live_feed(actor=Actor(user=partner), dataset_key=dataset.key, at=timezone.now())
    assert send([_record(0)]).status_code == 202
    Dataset.objects.filter(pk=dataset.pk).update(state="withdrawn")
    assert send([_record(1)]).status_code == 409


def test_when_the_platform_is_behind_or_asked_too_often_it_says_when_to_come_again(
    send: Send, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = get_lake().live_log
    with monkeypatch.context() as behind:
        behind.setattr(log, "_most_behind", -1)
        behind.setattr(log, "_looked", float("-inf"))
        answer = send([_record(0)])
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    told = log.folder / WAITING
    for table, status in (("another", 202), (dataset.table, 503)):
        told.write_text(json.dumps({table: 300 << 20}))
        log._looked = float("-inf")
        answer = send([_record(0)])
        assert answer.status_code == status
    assert (answer.json()["detail"][:50], answer["Retry-After"]) == (
        "300 MiB of this dataset's readings wait to be put ",
        "60",
    )
    told.unlink()
    log._looked = float("-inf")
    monkeypatch.setattr(limits.writes, "_burst", 1.0)
    monkeypatch.setattr(limits.writes, "_per_s", 0.01)
    limits.writes._levels.clear()
    assert send([_record(0)]).status_code == 202
    assert (refused := send([_record(0)])).status_code == 429
    assert int(refused["Retry-After"]) >= 1


def test_the_number_of_a_supply_point_is_stored_under_another_name(send: Send, dataset: Dataset) -> None:
    number = _mpan("101234567890")
    send([_record(0) | {"series": number}])
    drain_now(at=timezone.now())

    assert [name[:3] for name in get_lake().series(dataset.table)] == ["mp-"]
    assert send([_record(0, **{f"power {number} kw": 1})]).status_code == 422


def _mpan(first_twelve: str) -> str:
    primes = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
    return first_twelve + str(sum(int(d) * p for d, p in zip(first_twelve, primes, strict=True)) % 11 % 10)


def test_what_came_stands_in_the_records_the_catalogue_and_the_window(
    send: Send, ask: Client, dataset: Dataset, partner: User
) -> None:
    send([_record(minute) for minute in range(120)])
    send([_record(0), _record(1, power_kw=9.0)])
    drain_now(at=timezone.now())
    dataset.refresh_from_db()
    file, feed = File.objects.get(), LiveFeed.objects.get()

    assert (file.rows, file.resolution_s, file.last_start) == (120, 60.0, BEGIN + timedelta(minutes=119))
    assert (feed.repeated, feed.corrected) == (1, 1)
    assert (dataset.period_start, dataset.period_end) == (BEGIN, BEGIN + timedelta(minutes=120))
    assert dataset.coverage == [1.0] * 60
    assert (dataset.readings_total, dataset.channels.get().maximum) == (120, 119.5)
    averaged = _read(ask, dataset, "&resolution=PT1H")
    assert [row["power_kw_count"] for row in averaged] == [60, 60]
    assert ask.get(f"/api/v1/datasets/{dataset.key}/certificate").status_code == 200
    assert ask.get(f"/datasets/{dataset.key}/").status_code == 200


def test_the_certificate_of_a_live_dataset_has_no_end_until_its_feed_is_closed(
    send: Send, ask: Client, dataset: Dataset, partner: User
) -> None:
    send([_record(minute) for minute in range(10)])
    drain_now(at=timezone.now())

    def period() -> str:
        answer = ask.get(f"/api/v1/datasets/{dataset.key}/certificate")
        return str(answer.json()["temporalCoverage"])

    growing = period()
    page = ask.get(f"/datasets/{dataset.key}/certificate/").content.decode()
    close_live_feed(actor=Actor(user=partner), dataset_key=dataset.key, at=timezone.now())

    assert growing == "2026-05-01T12:00:00Z/.."
    assert "still growing" in page
    assert period() == "2026-05-01T12:00:00Z/2026-05-01T12:10:00Z"
