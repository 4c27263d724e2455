"""From a file on a partner's disk to readings in an analyst's program, all by the client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from fairwatt.client import Client, Dataset
from fairwatt.client.uploads import Memory
from fairwatt.core.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn
from fairwatt.records.models import Deposit, User
from fairwatt.services.actors import Actor
from fairwatt.services.projects import sync_project
from fairwatt.services.reviews import approve_deposit
from fairwatt.services.worker import run_pending
from tests.services import stock

FIRST = datetime(2019, 11, 18, tzinfo=UTC)
ROWS = 2_000
STEP = timedelta(seconds=30)
ANSWERS: dict[str, dict[str, Any]] = {
    "trial": {"trial": "A1.2.1"},
    "procedures": {"procedures": ["P1"]},
    "procedure-p1": {"asset": "The battery", "metering_point": "incomer"},
    "about": {"title": "Battery at the school", "description": "Import at the incomer."},
    "access": {"licence": "CC-BY-4.0", "public": "now"},
}


def table() -> str:
    lines = ["start time,Import Power (kW),Voltage (V)"]
    for row in range(ROWS):
        at = FIRST + row * STEP
        power = "" if row == 7 else f"{row % 50 / 10:.1f}"
        lines.append(f"{at:%d/%m/%Y %H:%M:%S},{power},{230 + row % 3}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "battery.csv"
    path.write_text(table())
    return path


@pytest.fixture
def manager(transactional_db: None) -> User:
    return stock.person("mia", is_manager=True)


@pytest.fixture
def published(client: Client, path: Path, memory: Memory, manager: User) -> Dataset:
    """A dataset that was logged, sent, read, answered about, handed in and published."""
    sync_project(at=timezone.now())
    deposit = client.start_deposit("foreground", ANSWERS)
    receipt = client.upload(path, deposit.code, memory=memory)
    run_pending()
    asked = client.deposit(deposit.code).files[0]
    assert [question.id for question in asked.questions] == ["time_zone"], asked
    client.answer_questions(receipt.file, {"time_zone": "UTC"})
    run_pending()
    read = client.deposit(deposit.code)
    assert [task.state for task in read.tasks] == ["done"] * (len(read.tasks) - 1) + ["todo"], read.tasks
    assert client.submit_deposit(deposit.code).state == "submitted"
    approve_deposit(actor=Actor(user=manager), code=deposit.code, at=timezone.now())
    return client.dataset(read.dataset)


def test_what_was_sent_is_found_read_and_fetched_by_anybody(
    published: Dataset, live_server: LiveServer, path: Path, tmp_path: Path
) -> None:
    with Client(live_server.url) as anybody:
        (found,) = anybody.datasets("battery", origin="foreground", quantity="power")
        assert (found.id, found.title, found.access) == (published.id, "Battery at the school", "open")
        assert found.landing_page.endswith(f"/datasets/{found.id}/")
        assert found.resolution == "PT30S"
        assert (found.period_start, found.period_end) == (FIRST, FIRST + ROWS * STEP)
        assert anybody.certificate(found.id)["@type"] == ["Dataset", "prov:Entity"]

        (file,) = anybody.files(found.id)
        assert (file.state, file.rows, file.sha256) == ("read", ROWS, sha256(path.read_bytes()).hexdigest())
        fetched = anybody.download(file.id, tmp_path / "copy.csv")
        assert fetched.read_bytes() == path.read_bytes()

        channels = {channel.name: channel for channel in anybody.channels(found.id)}
        power = channels["Import Power (kW)"]
        assert (power.quantity, power.unit, power.missing) == ("power", "kw", 1)

        frame = anybody.readings(found.id, channels=[power.field])
        assert frame.height == ROWS
        assert frame["start"].dtype == pl.Datetime("us", "UTC")
        assert frame["start"][0] == FIRST
        assert frame[power.field].null_count() == 1
        assert float(frame[power.field][9]) == 0.9

        window = anybody.readings(
            found.id,
            channels=[power.field],
            start=FIRST + timedelta(minutes=30),
            end=FIRST + timedelta(hours=1, minutes=30),
            resolution="PT30M",
        )
        assert window["start"].to_list() == [FIRST + timedelta(minutes=m) for m in (30, 60)]
        means = [sum(row % 50 / 10 for row in range(begin, begin + 60)) / 60 for begin in (60, 120)]
        assert [float(value) for value in window[f"{power.field}_mean"]] == pytest.approx(means, abs=1e-3)
        assert window[f"{power.field}_count"].to_list() == [60, 60]


def test_a_window_without_readings_is_an_empty_frame(client: Client, published: Dataset) -> None:
    frame = client.readings(published.id, start=FIRST - timedelta(days=2), end=FIRST - timedelta(days=1))
    assert frame.height == 0
    assert "start" in frame.columns


def test_wrong_questions_are_answered_by_what_to_do(client: Client, published: Dataset) -> None:
    with pytest.raises(InvalidInput, match="no channel 'nonsense'") as unknown:
        client.readings(published.id, channels=["nonsense"])
    assert unknown.value.where == {"channel": "nonsense"}
    assert "Its channels are" in unknown.value.next_step
    with pytest.raises(InvalidInput, match="no time zone"):
        client.readings(published.id, start=datetime(2019, 11, 18))
    with pytest.raises(InvalidInput, match="resolution"):
        client.readings(published.id, resolution="half an hour")
    with pytest.raises(NotFound):
        client.dataset("nonsense")


def test_a_draft_is_nobodys_business(live_server: LiveServer, client: Client) -> None:
    deposit = client.start_deposit("foreground")
    with Client(live_server.url) as anybody:
        with pytest.raises(NotSignedIn):
            anybody.deposit(deposit.code)
        with pytest.raises(NotFound):
            anybody.dataset(deposit.dataset)
        assert list(anybody.datasets()) == []


def test_data_that_are_not_open_say_how_to_get_them(
    live_server: LiveServer, client: Client, published: Dataset
) -> None:
    from fairwatt.records.models import ReleaseRule  # noqa: PLC0415

    ReleaseRule.objects.filter(dataset__key=published.id, audience="public").delete()
    ReleaseRule.objects.update_or_create(
        dataset_id=_pk(published), audience="partner", defaults={"available_from": FIRST}
    )
    with Client(live_server.url) as anybody:
        dataset = anybody.dataset(published.id)
        assert (dataset.access, dataset.may_read) == ("shared", False)
        with pytest.raises(NotSignedIn) as refused:
            anybody.readings(published.id)
        assert "token" in refused.value.next_step
    assert client.dataset(published.id).may_read
    ReleaseRule.objects.filter(dataset_id=_pk(published)).delete()
    with Client(live_server.url) as anybody, pytest.raises(NotAllowed):
        anybody.readings(published.id)


def test_an_entry_is_begun_with_all_its_answers_or_not_at_all(client: Client) -> None:
    sync_project(at=timezone.now())
    wrong = ANSWERS | {"access": {"licence": "no such licence", "public": "now"}}
    with pytest.raises(InvalidInput) as refused:
        client.start_deposit("foreground", wrong)
    assert "licence" in str(refused.value.where)
    with pytest.raises(InvalidInput, match="no step 'nonsense'"):
        client.start_deposit("foreground", {"nonsense": {}})
    assert not Deposit.objects.exists()
    deposit = client.start_deposit("foreground", ANSWERS)
    assert {task.slug: task.state for task in deposit.tasks} == {
        "origin": "done",
        "trial": "done",
        "procedures": "done",
        "procedure-p1": "done",
        "about": "done",
        "access": "done",
        "files": "todo",
        "check": "blocked",
    }
    assert [entry.code for entry in client.deposits()] == [deposit.code]


def _pk(dataset: Dataset) -> int:
    from fairwatt.records.models import Dataset as Record  # noqa: PLC0415

    return Record.objects.get(key=dataset.id).pk
