"""The pages of health reports: what was found, where it is in the chart, and the report in other forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from fairwatt.core.files.profile import ChannelRule, ImportProfile, TimestampRule
from fairwatt.core.quality.report import HealthReport
from fairwatt.records.models import Dataset, HealthScan
from fairwatt.services.announcements import readings_stored
from fairwatt.services.worker import run_pending
from tests.portal.pages_stock import OPEN, file_of, signed_in
from tests.services import stock
from tests.services.stock import NOW

pytestmark = pytest.mark.django_db

DAYS = 20
PROFILE = ImportProfile(
    columns=2,
    timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M", time_zone="UTC"),
    channels=(ChannelRule(name="Voltage <L1>", column=1, field="v", quantity="voltage", unit="v", decimals=1),),
    resolution_s=1800,
)


def _clock() -> datetime:
    return NOW


@pytest.fixture
def scan() -> HealthScan:
    """Twenty days of voltage: one value of 310 V, one row missing."""
    dataset = stock.dataset("School voltage", release=OPEN)
    lines = [
        f"2020-06-{row // 48 + 1:02} {row % 48 // 2:02}:{row % 2 * 30:02},{310.0 if row == 500 else 238 + row % 7 / 2}"
        for row in range(48 * DAYS)
        if row != 700
    ]
    stock.fill_lake(stock.file(dataset, "school.csv"), PROFILE, "\n".join(["Time,Voltage", *lines]) + "\n")
    Dataset.objects.filter(pk=dataset.pk).update(readings_total=48 * DAYS - 1)
    readings_stored.send(sender=None, file_key=file_of(dataset).key, at=NOW)
    run_pending(clock=_clock)
    return HealthScan.objects.get()


def _page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_report_says_what_was_found_and_leads_to_the_place_in_the_chart(client: Client, scan: HealthScan) -> None:
    page = _page(client, f"/health-reports/{scan.key}/")
    assert "Found: 310 V; allowed: 216.2 to 253 V." in page
    assert "1 row is missing in 1 place." in page
    assert "Voltage &lt;L1&gt;" in page
    assert "<L1>" not in page
    start, end = "2020-06-10T22:00:00Z", "2020-06-11T22:30:00Z"  # a day around half past ten on the 11th
    assert f"/tools/explore/?dataset={scan.dataset.key}&amp;file={file_of(scan.dataset).key}" in page
    assert f"channels=v&amp;start={start}&amp;end={end}" in page
    assert "19 of 20 days (UTC) are complete." in page


def test_a_report_comes_as_json_page_and_pdf(client: Client, scan: HealthScan) -> None:
    answer = client.get(f"/health-reports/{scan.key}.json")
    assert HealthReport.model_validate_json(answer.content).rows == 48 * DAYS - 1
    page = client.get(f"/health-reports/{scan.key}.html")
    assert page["Content-Disposition"].startswith("attachment")
    assert page.content.startswith(b"<!doctype html>")
    assert client.get(f"/health-reports/{scan.key}.pdf").content.startswith(b"%PDF")


def test_reports_are_linked_where_the_data_are(client: Client, scan: HealthScan) -> None:
    dataset, address = scan.dataset, f"/health-reports/{scan.key}/"
    assert f'href="/datasets/{dataset.key}/health/"' in _page(client, f"/datasets/{dataset.key}/")
    assert f'href="{address}"' in _page(client, f"/datasets/{dataset.key}/health/")
    assert f'href="{address}"' in _page(client, f"/files/{file_of(dataset).key}/")
    assert f'href="{address}"' in _page(client, "/tools/health/")


def test_whoever_has_signed_in_may_have_all_readings_scanned(client: Client, scan: HealthScan) -> None:
    address = f"/datasets/{scan.dataset.key}/health/scan/"
    assert client.post(address)["Location"].startswith("/accounts/login/")
    browser: Any = signed_in(client, stock.person("ola"))
    assert browser.post(address)["Location"] == f"/datasets/{scan.dataset.key}/health/"
    assert "Being scanned" in _page(browser, f"/datasets/{scan.dataset.key}/health/")
    run_pending(clock=timezone.now)
    assert HealthScan.objects.filter(file=None).count() == 1
