"""Live readings by MQTT: with a real broker where Mosquitto is installed, and message by message without one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import timezone
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from fairwatt.core.errors import Overloaded
from fairwatt.core.project.live import Mqtt
from fairwatt.records.models import Dataset
from fairwatt.services.actors import Actor
from fairwatt.services.lakes import get_lake
from fairwatt.services.live_draining import drain_now
from fairwatt.services.live_feeds import open_live_feed
from fairwatt.services.live_listening import Intake, Message, listen
from tests.services import stock
from tests.waiting import PATIENCE_S, until

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
START = "2026-05-01T11:00:00Z"


@pytest.fixture
def dataset(db: None) -> Dataset:
    owner = stock.dataset("Roof of the school", identifier="ROOF")
    open_live_feed(actor=Actor(user=stock.person(is_manager=True)), dataset_key=owner.key, at=timezone.now())
    return owner


def _rows(dataset: Dataset) -> list[tuple[object, ...]]:
    drain_now(at=timezone.now())
    lake = get_lake()
    fields = list(lake.fields(dataset.table))
    rows = [row for batch in lake.batches(dataset.table, fields=fields) for row in batch.to_pylist()] if fields else []
    return [(f"{row['start']:%H:%M}", row.get("series"), *(row[one] for one in fields)) for row in rows]


def _message(topic: str, payload: str, **marks: bool) -> Message:
    return Message(topic, payload.encode(), AT, **marks)


@pytest.mark.parametrize(
    ("entry", "topic", "payload", "field", "series", "at"),
    [
        ({"topic": "site/{series}/readings"}, "site/m7/readings", f'{{"start": "{START}", "power_kw": 2}}',
         "power_kw", "m7", "11:00"),
        ({"topic": "site/#", "series": "all"}, "site/x/y", '[{"power_kw": 2}]', "power_kw", "all", "12:00"),
        ({"topic": "{series}/{field}", "payload": "value"}, "m7/power_kw", "2", "power_kw", "m7", "12:00"),
        ({"topic": "m7/p", "payload": "value", "field": "power_kw"}, "m7/p", " 2.0 ", "power_kw", "", "12:00"),
        ({"topic": "lines", "payload": "lines", "precision": "s"}, "lines", "meter,series=m7 power_kw=2 1777633200",
         "power_kw", "m7", "11:00"),
    ],
)  # fmt: skip
def test_a_message_becomes_a_reading_as_the_project_file_says(  # noqa: PLR0917
    dataset: Dataset, entry: dict[str, str], topic: str, payload: str, field: str, series: str, at: str
) -> None:
    intake = Intake(Mqtt(name="site", host="broker", dataset="ROOF", **entry))

    assert intake.take([_message(topic, payload)]) == 1
    assert [(row[0], float(row[2])) for row in _rows(dataset)] == [(at, 2.0)]
    assert list(get_lake().fields(dataset.table)) == [field]
    assert get_lake().series(dataset.table) == [series]


def test_messages_that_can_not_be_used_are_passed_over_and_others_kept(dataset: Dataset) -> None:
    intake = Intake(Mqtt(name="site", host="broker", dataset=dataset.key, topic="t"))
    good = f'{{"start": "{START}", "a_kw": 1}}'

    taken = intake.take([
        _message("t", "{"), _message("t", '{"start": "never", "a_kw": 1}'), _message("t", good),
        _message("t", good, is_repeat=True), _message("t", "7"),
    ])  # fmt: skip

    assert taken == 1
    assert len(_rows(dataset)) == 1


def test_a_value_that_the_broker_had_kept_has_no_time_and_is_left_out(dataset: Dataset) -> None:
    intake = Intake(Mqtt(name="site", host="broker", dataset="ROOF", topic="{field}", payload="value"))

    assert intake.take([_message("a_kw", "1", is_retained=True)]) == 0
    assert _rows(dataset) == []


def test_while_the_platform_is_behind_no_message_is_taken(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(Mqtt(name="site", host="broker", dataset="ROOF", topic="t"))
    monkeypatch.setattr(get_lake().live_log, "_most_behind", -1)

    with pytest.raises(Overloaded):
        intake.take([_message("t", f'{{"start": "{START}", "a_kw": 1}}')])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """Mosquitto on a free port, which keeps what comes for whoever is away."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("Mosquitto is not installed: .ci/system installs it")
        pytest.skip("Mosquitto is not installed: apt-get install mosquitto")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    with subprocess.Popen(
        [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        until(lambda: _listens(port))
        yield port
        process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_published_while_nobody_listens_comes_later_and_comes_once(broker: int) -> None:
    owner = stock.dataset("Roof of the school", identifier="ROOF")
    open_live_feed(actor=Actor(user=stock.person(is_manager=True)), dataset_key=owner.key, at=timezone.now())
    entry = Mqtt(name="site", host="127.0.0.1", port=broker, dataset="ROOF", topic="site/{series}")
    meter = Client(CallbackAPIVersion.VERSION2, client_id="meter")
    meter.connect("127.0.0.1", broker)
    meter.loop_start()

    def publish(*minutes: int) -> None:
        for minute in minutes:
            payload = f'{{"start": "2026-05-01T11:{minute:02d}:00Z", "power_kw": {minute}}}'
            meter.publish("site/m7", payload, qos=1).wait_for_publish(PATIENCE_S)

    def listening(done: Callable[[], bool]) -> None:
        stop = threading.Event()
        thread = threading.Thread(target=listen, args=(stop, [entry]))
        thread.start()
        until(done)
        stop.set()
        thread.join()

    listening(lambda: publish(0) or bool(_minutes(owner)))
    publish(1, 2, 3)
    listening(lambda: len(_minutes(owner)) >= 4)
    meter.loop_stop()
    meter.disconnect()

    assert _minutes(owner) == [0, 1, 2, 3]


def _minutes(dataset: Dataset) -> list[int]:
    return [int(row[0][3:]) for row in _rows(dataset)]
