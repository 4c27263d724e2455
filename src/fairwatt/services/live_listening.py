"""Live readings by MQTT: messages of the project file's topics, acknowledged to the broker once they are on the disk.

A message that can't be used is told in the log and acknowledged: sent again it would be no better. While the platform
takes no readings nothing is acknowledged, so that the broker keeps what comes (QoS 1 and 2).
"""

from __future__ import annotations

import json
import logging
import os
import queue
import ssl
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import close_old_connections, connections
from django.db.models import Q
from django.utils import timezone
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from fairwatt.core.errors import FairwattError, Overloaded
from fairwatt.core.project.live import Mqtt
from fairwatt.lake.engine import micros_of
from fairwatt.lake.live.line_points import parse_lines
from fairwatt.lake.live.payloads import parse_json
from fairwatt.lake.live.points import Points, Value
from fairwatt.records.models import LiveFeed
from fairwatt.services.lakes import get_lake
from fairwatt.services.live_feeds import no_feed
from fairwatt.services.live_writing import accept_points
from fairwatt.services.projects import get_project

log = logging.getLogger(__name__)

MOST_TOGETHER = 500  # messages that share an fsync
MOST_WAITING = 5_000
WAIT_S = 0.2
KEEP_ALIVE_S = 60
LONGEST_PAUSE_S = 30
_MOST_REMEMBERED = 10_000
_WORDS: dict[str, Value] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a broker, as far as its readings are concerned; ``at`` is when it arrived."""

    topic: str
    payload: bytes
    at: datetime
    is_repeat: bool = False
    is_retained: bool = False


def points_of(entry: Mqtt, message: Message) -> Points | None:
    """The points of a message; None where it holds none of its own (a value that the broker had kept).

    Raises
    ------
    InvalidInput
        Where the payload is not what the entry says.
    """
    names, at = entry.names_in(message.topic), message.at
    series = names.get("series") or entry.series
    if entry.payload == "lines":
        return parse_lines(message.payload.decode(), precision=entry.precision, now_us=micros_of(at))
    if entry.payload == "value":
        if message.is_retained:
            return None
        points = Points("record")
        text = message.payload.decode().strip()
        points.add(1, micros_of(at), series, [(names.get("field") or entry.field, _value_of(text))])
        return points
    return parse_json(_completed(message.payload, series, at), precision=entry.precision)


def _value_of(text: str) -> Value:
    try:
        return float(text)
    except ValueError:
        return _WORDS.get(text.lower(), text)


def _completed(payload: bytes, series: str, at: datetime) -> bytes:
    """Records with the time of their arrival and the series of their topic, where they say none themselves."""
    try:
        found = json.loads(payload)
    except ValueError:
        return payload  # the parser says what is wrong with it
    records = found.get("readings", found) if isinstance(found, dict) else found
    records = [records] if isinstance(records, dict) else records
    if not isinstance(records, list):
        return payload
    defaults: dict[str, Any] = {"series": series} if series else {}
    whole = [
        ({} if {"start", "time", "timestamp"} & record.keys() else {"start": at.isoformat()}) | defaults | record
        if isinstance(record, dict)
        else record
        for record in records
    ]
    return json.dumps(whole).encode()


class Intake:
    """Puts messages of one entry into its dataset's feed."""

    def __init__(self, entry: Mqtt) -> None:
        self.entry = entry
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def take(self, messages: Iterable[Message]) -> int:
        """Write the readings of messages down; returns once they are on the disk, with how many messages held any.

        Raises
        ------
        Overloaded
            Where the platform takes no more for now: none of the messages may be acknowledged.
        """
        feed = self._find_feed()
        get_lake().live_log.refuse_when_full(feed.dataset.table)
        taken = 0
        for message in messages:
            try:
                taken += self._take_one(feed, message)
            except Overloaded:
                raise
            except (FairwattError, UnicodeDecodeError) as error:
                log.warning("MQTT %s: a message on %s can't be used: %s", self.entry.name, message.topic, error)
        get_lake().live_log.sync()
        return taken

    def _take_one(self, feed: LiveFeed, message: Message) -> bool:
        mark = sha256(message.topic.encode() + b"\0" + message.payload).digest()
        if message.is_repeat and mark in self._seen:
            return False
        points = points_of(self.entry, message)
        if points is None:
            return False
        accept_points(feed, points, at=message.at, waits=False)
        self._seen[mark] = None
        while len(self._seen) > _MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _find_feed(self) -> LiveFeed:
        name = self.entry.dataset
        named = Q(dataset__key=name) | Q(dataset__identifier=name)
        feed = LiveFeed.objects.select_related("dataset", "file").filter(named, closed_at=None).first()
        if feed is None:
            raise no_feed(name)
        return feed


Arrival = tuple[MQTTMessage, datetime]


class Listener:
    """One connection to a broker, for one entry of the project file."""

    def __init__(self, entry: Mqtt) -> None:
        self.entry, self.intake = entry, Intake(entry)
        self._waiting: queue.Queue[Arrival] = queue.Queue(MOST_WAITING)
        self._stop = threading.Event()
        # A lasting session: what comes while nobody listens is kept by the broker.
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"fairwatt-{entry.name}", clean_session=False, manual_ack=True
        )
        self.client.on_connect = self._on_connect
        self.client.on_message = self._on_message
        self.client.reconnect_delay_set(min_delay=1, max_delay=LONGEST_PAUSE_S)
        if entry.username:
            self.client.username_pw_set(entry.username, os.environ.get(entry.password_env) or None)
        if entry.tls:
            self.client.tls_set(ca_certs=entry.ca_file or None, cert_reqs=ssl.CERT_REQUIRED)
        self._thread = threading.Thread(target=self._run, name=f"mqtt-{entry.name}", daemon=True)

    def start(self) -> None:
        """Connect, now or as soon as the broker is there, and take what comes."""
        self.client.connect_async(self.entry.host, self.entry.port, keepalive=KEEP_ALIVE_S)
        self._thread.start()
        self.client.loop_start()

    def stop(self) -> None:
        """Disconnect; what was not acknowledged comes again."""
        self._stop.set()
        self.client.disconnect()
        self.client.loop_stop()
        self._thread.join(timeout=5)

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.error("MQTT %s: the broker refused the connection: %s", self.entry.name, reason)
            return
        log.info("MQTT %s: listening to %s", self.entry.name, self.entry.subscription)
        client.subscribe(self.entry.subscription, qos=self.entry.qos)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        arrival = (message, timezone.now())  # tried again, its readings are the same
        while not self._stop.is_set():
            try:
                self._waiting.put(arrival, timeout=1)
            except queue.Full:  # the broker waits with us
                continue
            return

    def _run(self) -> None:
        pause_s = 1.0
        while not self._stop.is_set():
            batch = self._next_batch()
            while batch and not self._stop.is_set():
                try:
                    self._take(batch)
                    batch, pause_s = [], 1.0
                except Exception as error:  # nothing is acknowledged: it is tried again, and the broker keeps the rest
                    if isinstance(error, FairwattError):
                        log.warning("MQTT %s: %s", self.entry.name, error)
                    else:
                        log.exception("MQTT %s: messages could not be taken; trying again", self.entry.name)
                    connections.close_all()
                    self._stop.wait(pause_s)
                    pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        connections.close_all()

    def _next_batch(self) -> list[Arrival]:
        try:
            batch = [self._waiting.get(timeout=WAIT_S)]
        except queue.Empty:
            return []
        while len(batch) < MOST_TOGETHER:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _take(self, batch: Sequence[Arrival]) -> None:
        close_old_connections()
        self.intake.take(
            Message(one.topic, bytes(one.payload), at, bool(one.dup), bool(one.retain)) for one, at in batch
        )
        for one, _ in batch:
            self.client.ack(one.mid, one.qos)


def listen(stop: threading.Event, entries: Sequence[Mqtt] | None = None) -> int:
    """Listen to all brokers of the project file until ``stop`` is set; return how many there were."""
    listeners = [Listener(entry) for entry in (get_project().mqtt if entries is None else entries)]
    for listener in listeners:
        listener.start()
    try:
        if listeners:
            stop.wait()
    finally:
        for listener in listeners:
            listener.stop()
    return len(listeners)
