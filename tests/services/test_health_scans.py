"""Readings are scanned as they arrive; the report is for whoever may have them, and goes when they are erased."""

from __future__ import annotations

from datetime import datetime

import pytest

from fairwatt.core.errors import NotAllowed, NotFound, NotSignedIn
from fairwatt.core.files.profile import ChannelRule, ImportProfile, TimestampRule
from fairwatt.records.models import Dataset, HealthScan, Job
from fairwatt.services.actors import Actor
from fairwatt.services.announcements import readings_stored
from fairwatt.services.erasures import order_erasure
from fairwatt.services.health_scans import (
    SCAN,
    get_scan,
    latest_scan,
    list_scannable,
    list_scans,
    report_of,
    request_scan,
    schedule_scans,
)
from fairwatt.services.worker import run_pending
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db

NOBODY = Actor.anonymous()


def _clock() -> datetime:
    return NOW


def _dataset(*, is_open: bool = True) -> Dataset:
    dataset = stock.dataset(release={"public": NOW - DAY} if is_open else {})
    stock.half_hours(stock.file(dataset, "one.csv"))
    Dataset.objects.filter(pk=dataset.pk).update(readings_total=48)
    dataset.refresh_from_db()
    return dataset


def _scanned(dataset: Dataset) -> HealthScan:
    file = dataset.files.get()
    readings_stored.send(sender=None, file_key=file.key, at=NOW)
    run_pending(clock=_clock)
    return HealthScan.objects.get(dataset=dataset)


def test_a_file_is_scanned_when_its_readings_are_there() -> None:
    scan = _scanned(_dataset())
    report = report_of(scan)
    assert scan.file is not None
    assert (report.name, report.rows, report.step_s) == (scan.file.name, 48, 1_800)
    assert report.scores.completeness.share == 1.0
    assert {one.quantity for one in report.channels} == {"power"}
    assert get_scan(actor=NOBODY, key=scan.key, at=NOW) == scan
    assert latest_scan(scan.dataset) == scan


def test_asking_twice_while_it_waits_is_one_job() -> None:
    file = _dataset().files.get()
    for _ in range(2):
        readings_stored.send(sender=None, file_key=file.key, at=NOW)
    assert Job.objects.filter(kind=SCAN).count() == 1


def test_all_files_together_are_scanned_when_somebody_asks_and_each_report_stays() -> None:
    dataset = _dataset()
    first = _scanned(dataset)
    user = stock.person("ola")
    request_scan(actor=Actor(user=user), dataset_key=dataset.key, at=NOW)
    run_pending(clock=_clock)
    _, scans = list_scans(actor=NOBODY, dataset_key=dataset.key, at=NOW)
    assert len(scans) == 2
    assert {scan.file for scan in scans} == {first.file, None}
    with pytest.raises(NotSignedIn):
        request_scan(actor=NOBODY, dataset_key=dataset.key, at=NOW)


def test_a_report_is_for_those_who_may_have_the_readings() -> None:
    scan = _scanned(_dataset(is_open=False))
    stranger = Actor(user=stock.person("ola"))
    with pytest.raises(NotAllowed):
        get_scan(actor=stranger, key=scan.key, at=NOW)
    assert list_scannable(actor=stranger, at=NOW) == []
    Dataset.objects.filter(pk=scan.dataset_id).update(state="draft")
    with pytest.raises(NotFound, match="no such health report"):
        get_scan(actor=stranger, key=scan.key, at=NOW)


def test_what_a_person_may_have_is_listed_with_its_newest_report() -> None:
    scan = _scanned(_dataset())
    other = _dataset()
    assert list_scannable(actor=NOBODY, at=NOW) in (
        [(scan.dataset, scan), (other, None)],
        [(other, None), (scan.dataset, scan)],
    )


def test_files_that_were_read_before_there_was_a_scan_are_scanned_once() -> None:
    dataset = _dataset()
    assert schedule_scans(at=NOW) == 1
    assert schedule_scans(at=NOW) == 0
    run_pending(clock=_clock)
    assert HealthScan.objects.filter(file__dataset=dataset).count() == 1
    assert schedule_scans(at=NOW) == 0


def test_meters_of_one_table_are_scanned_each_for_itself() -> None:
    dataset = stock.dataset(release={"public": NOW - DAY})
    profile = ImportProfile(
        columns=3,
        timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M", time_zone="UTC"),
        series_column=1,
        channels=(ChannelRule(name="kWh", column=2, field="kwh", quantity="energy", unit="kwh", decimals=1),),
        resolution_s=1800,
    )
    rows = [f"2020-06-01 {i // 2:02}:{i % 2 * 30:02},{name},{i / 10}" for i in range(48) for name in ("b", "a")]
    stock.fill_lake(stock.file(dataset, "meters.csv"), profile, "\n".join(["Time,Meter,kWh", *rows]) + "\n")
    report = report_of(_scanned(dataset))
    assert (report.series, report.rows, report.step_s) == (2, 96, 1_800)
    assert report.scores.completeness.share == report.scores.regularity.share == 1.0


def test_a_report_goes_when_its_readings_are_erased() -> None:
    scan = _scanned(_dataset())
    manager = Actor(user=stock.person("mia", is_manager=True))
    order_erasure(
        actor=manager, dataset_key=scan.dataset.key, kind="file", target=scan.file.key if scan.file else "",
        reason="The school asked for it.", confirmation=scan.file.name if scan.file else "", at=NOW,
    )  # fmt: skip
    run_pending(clock=_clock)
    assert not HealthScan.objects.exists()
