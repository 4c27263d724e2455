"""Erasing for good: who may, what it needs, what is left of it anywhere, and what stays on record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings
from django.core.cache import cache

from fairwatt.core.errors import Conflict, Gone, InvalidInput, NotAllowed, NotFound
from fairwatt.core.files.profile import ChannelRule, ImportProfile, TimestampRule
from fairwatt.records.models import AuditEvent, Dataset, Erasure, File, Job
from fairwatt.services import erasures, upkeep
from fairwatt.services.access import DataWithdrawn
from fairwatt.services.certificates import get_certificate, issue_version
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.datasets import open_original
from fairwatt.services.files import enqueue_reading
from fairwatt.services.lakes import get_lake
from fairwatt.services.live_feeds import open_live_feed
from fairwatt.services.readings import ReadingSelection, get_window, hand_out_readings
from fairwatt.services.worker import run_pending
from tests.services import stock
from tests.services.entries import manager

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
WHY = "A household withdrew its consent."
SECRET = "meter-of-the-miller-family"
PROFILE = ImportProfile(
    columns=3,
    timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M:%S", time_zone="UTC"),
    series_column=1,
    resolution_s=600,
    channels=(ChannelRule(name="Power", column=2, field="kw", decimals=1, quantity="power", unit="kw"),),
)


def content(day: int, meters: tuple[str, ...]) -> str:
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)
    rows = [
        f"{at + timedelta(minutes=10 * n):%Y-%m-%d %H:%M:%S},{meter},{n * (5 if meter == SECRET else 1) / 10}"
        for n in range(144)
        for meter in meters
    ]
    return "\n".join(["time,meter,kw", *rows]) + "\n"


@pytest.fixture
def owner() -> Dataset:
    """Three days: the first two of two meters, the third of one; published as version 1."""
    dataset = stock.dataset("Homes", release={"public": NOW - stock.DAY}, identifier="LEOD7")
    for day, meters in enumerate([(SECRET, "b"), (SECRET, "b"), ("b",)]):
        file = stock.file(dataset, f"day {day}.csv", sample={"columns": ["meter"], "rows": [[SECRET]]})
        stock.fill_lake(file, PROFILE, content(day, meters))
        stock.finding(file, message=f"{SECRET} is odd.")
    update_totals(dataset, at=NOW)
    issue_version(actor=manager(), dataset=dataset, at=NOW)
    return dataset


def work() -> None:
    run_pending(worker="tests", clock=lambda: NOW)
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}, Job.objects.values_list("error", flat=True)


def order(owner: Dataset, kind: str, target: str = "", **changes: object) -> Erasure:
    wanted = {"reason": WHY, "confirmation": erasures.confirmation_of(owner, kind, target), "actor": manager()}
    return erasures.order_erasure(
        dataset_key=owner.key,
        kind=kind,
        target=target,
        at=NOW,
        **{**wanted, **changes},
    )


def traces(text: str) -> list[str]:
    """The files of the lake that hold a text as it is, or packed in Parquet."""
    found = []
    for path in (Path(settings.FAIRWATT_HOME) / "lake").rglob("*"):
        if path.is_file() and text.encode() in path.read_bytes():
            found.append(str(path))
        elif path.suffix == ".parquet" and "_delta_log" not in path.parts:
            frame = pl.read_parquet(path, hive_partitioning=False)
            if text in frame["series"].to_list():
                found.append(str(path))
    return found


@pytest.mark.parametrize("merged", [False, True])
def test_a_series_is_in_no_byte_any_more_and_the_others_stay(owner: Dataset, merged: bool) -> None:
    mel = manager()
    if merged:
        upkeep.request_upkeep(actor=mel, what="merge", dataset_key=owner.key, at=NOW)
        work()
    hand_out_readings(actor=mel, dataset_key=owner.key, selection=ReadingSelection(), at=NOW)
    cache.set("picture", SECRET)
    assert traces(SECRET)
    erasure = order(owner, "series", SECRET)
    work()
    erasure.refresh_from_db()
    assert traces(SECRET) == []
    assert cache.get("picture") is None
    assert get_lake().series(owner.table) == ["b"]
    assert get_window(actor=mel, dataset_key=owner.key, fields=["kw"], at=NOW).total == 3 * 144
    days = list(owner.files.order_by("position"))
    assert [file.original_erased_at for file in days] == [NOW, NOW, None]
    assert [file.rows for file in days] == [144, 144, 144]
    assert [file.channels.get().maximum for file in days[:2]] == [14.3, 14.3]
    assert SECRET not in json.dumps([[file.sample, file.inspected, file.original_name] for file in days[:2]])
    assert not owner.files.first().findings.exists()
    assert erasure.finished_at == NOW
    assert (erasure.removed["rows"], erasure.removed["originals"]) == (288, 2)
    assert erasure.removed["bytes"] > 0
    with pytest.raises(Gone):
        open_original(actor=mel, file_key=days[0].key, at=NOW)
    with pytest.raises(Gone):
        hand_out_readings(actor=mel, dataset_key=owner.key, selection=ReadingSelection(version=1), at=NOW)


def test_the_record_says_who_when_why_and_how_much_but_does_not_name_the_series(owner: Dataset) -> None:
    mel = manager()
    order(owner, "series", SECRET, actor=mel)
    work()
    events = AuditEvent.objects.filter(verb__startswith="erasure.").order_by("pk")
    assert [(event.verb, event.actor_label, event.dataset_key) for event in events] == [
        ("erasure.ordered", mel.label, owner.key),
        ("erasure.finished", mel.label, owner.key),
    ]
    told = events[1].detail
    assert (told["reason"], told["target"]) == (WHY, sha256(SECRET.encode()).hexdigest())
    assert told["removed"]["rows"] == 288
    everything = json.dumps(
        [*AuditEvent.objects.values("detail", "subject_label"), *Erasure.objects.values("target", "label")]
    )
    assert SECRET not in everything


def test_a_file_is_gone_with_its_original_and_its_page_stays(owner: Dataset) -> None:
    mel, file = manager(), owner.files.get(name="day 1.csv")
    digest = file.sha256
    order(owner, "file", file.key)
    work()
    file.refresh_from_db()
    assert not get_lake().raw.exists(digest)
    assert file.key not in get_lake().sources(owner.table)
    assert (file.erased_at, file.rows, file.sample, file.channels.count()) == (NOW, 0, {}, 0)
    assert get_window(actor=mel, dataset_key=owner.key, fields=["kw"], at=NOW).total == 288 + 144, "day 0 and day 2"
    assert get_certificate(actor=mel, key=file.key, at=NOW).title
    with pytest.raises(Gone, match="erased on 1 June 2026"):
        open_original(actor=mel, file_key=file.key, at=NOW)
    with pytest.raises(Conflict, match="erased already"):
        order(owner, "file", file.key)
    with pytest.raises(Conflict, match="can't be read again"):
        enqueue_reading(file, created_by=None, at=NOW)


def test_bytes_that_another_dataset_received_too_stay_for_it(owner: Dataset) -> None:
    file, other = owner.files.get(name="day 1.csv"), stock.dataset("Other")
    stock.file(other, sha256=file.sha256, size=file.size)
    erasure = order(owner, "file", file.key)
    work()
    erasure.refresh_from_db()
    assert get_lake().raw.exists(file.sha256)
    assert erasure.removed["originals"] == 0


def test_a_dataset_is_gone_for_everybody_and_its_certificate_stays(owner: Dataset) -> None:
    mel, digests = manager(), list(owner.files.values_list("sha256", flat=True))
    order(owner, "dataset")
    for asker in (mel, stock.actor()):
        with pytest.raises(DataWithdrawn):
            get_window(actor=asker, dataset_key=owner.key, fields=["kw"], at=NOW)
    work()
    owner.refresh_from_db()
    assert (owner.state, owner.erased_at) == ("withdrawn", NOW)
    assert owner.withdrawal_reason == f"Erased. {WHY}"
    assert traces("b") == []
    assert not any(get_lake().raw.exists(digest) for digest in digests)
    assert get_certificate(actor=stock.actor(), key=owner.key, at=NOW).title == "Homes"
    assert (owner.rows_total, owner.readings_total) == (0, 0)
    with pytest.raises(DataWithdrawn, match="erased on 1 June 2026, for good"):
        get_window(actor=mel, dataset_key=owner.key, fields=["kw"], at=NOW)


def test_what_came_live_has_no_original_to_hand_out_or_to_erase(owner: Dataset) -> None:
    open_live_feed(actor=manager(), dataset_key=owner.key, at=NOW)
    live = owner.files.get(sha256="")
    with pytest.raises(NotFound, match="there is no file as it was sent") as caught:
        open_original(actor=manager(), file_key=live.key, at=NOW)
    assert caught.value.next_step == "Download its readings instead."
    shown = get_certificate(actor=manager(), key=live.key, at=NOW)
    assert [(file.sha256, file.download_url) for file in shown.files] == [("", "")]

    done = order(owner, "dataset")
    work()
    done.refresh_from_db()
    assert (done.finished_at, done.removed["originals"]) == (NOW, 3)


def test_it_needs_a_manager_a_reason_and_the_very_words(owner: Dataset) -> None:
    with pytest.raises(NotAllowed):
        order(owner, "dataset", actor=stock.actor(stock.person(organization=owner.provider)))
    with pytest.raises(NotAllowed):
        order(owner, "dataset", actor=stock.actor(stock.person(is_manager=True), "read"))
    with pytest.raises(InvalidInput, match="Say why"):
        order(owner, "dataset", reason="  no ")
    with pytest.raises(InvalidInput, match="type LEOD7 exactly"):
        order(owner, "dataset", confirmation="leod7")
    with pytest.raises(NotFound, match="no such series"):
        order(owner, "series", "somebody else")
    with pytest.raises(NotFound):
        order(owner, "file", stock.file(stock.dataset("Other")).key, confirmation="meter.csv")
    assert not Erasure.objects.exists()
    assert not Job.objects.exists()
    assert traces(SECRET)


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("series", "_erase_in_lake"),
        ("series", "_forget_rows"),
        ("series", "remove_raw_if_unused"),
        ("series", "_finish"),
        ("file", "_erase_in_lake"),
        ("dataset", "_forget_rows"),
    ],
)
def test_whoever_dies_on_the_way_is_followed_by_another_that_ends_it(
    owner: Dataset, kind: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is cut off right after each of its steps, once; then it is done from the beginning."""
    target = {"series": SECRET, "file": owner.files.get(name="day 0.csv").key, "dataset": ""}[kind]
    erasure = order(owner, kind, target)
    done, died = getattr(erasures, step), []

    def die(*args: object, **kwargs: object) -> object:
        result = done(*args, **kwargs)
        if not died:
            died.append(step)
            raise RuntimeError("killed")
        return result

    monkeypatch.setattr(erasures, step, die)
    run_pending(worker="tests", clock=lambda: NOW)
    run_pending(worker="tests", clock=lambda: NOW + timedelta(minutes=1))
    erasure.refresh_from_db()
    assert died
    assert erasure.finished_at is not None
    rows = {"series": 288, "file": 288, "dataset": 288 + 288 + 144}[kind]
    assert erasure.removed["rows"] == rows
    assert traces(SECRET) == ([] if kind != "file" else traces(SECRET))
    gone = File.objects.filter(dataset=owner, original_erased_at__isnull=False)
    assert gone.count() == {"series": 2, "file": 1, "dataset": 3}[kind]
    assert not any(get_lake().raw.exists(file.sha256) for file in gone)
    assert AuditEvent.objects.filter(verb="erasure.finished").count() == 1


def test_an_order_whose_job_was_lost_is_carried_out_all_the_same(owner: Dataset) -> None:
    erasure = order(owner, "dataset")
    Job.objects.all().delete()
    upkeep.schedule_upkeep(at=NOW)
    work()
    erasure.refresh_from_db()
    assert erasure.finished_at == NOW
