"""A portal with an entry of each kind, visited once: what an assessor was answered is kept for all tests."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import xlsxwriter
from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker

from fairwatt.records.models import Dataset, TrialPackage
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from fairwatt.services.lakes import get_lake
from fairwatt.services.live_feeds import open_live_feed
from tests.fair.harvesting import Harvest, harvest
from tests.fair.visiting import BASE, Visits
from tests.portal.pages_stock import OPEN, PARTNERS_ONLY, file_of, published
from tests.services import stock
from tests.services.trial_stock import CODE, logged

KINDS = (
    "dataset",
    "older version",
    "file",
    "bare",
    "restricted",
    "restricted file",
    "embargoed",
    "withdrawn",
    "background",
    "map",
    "map without attributes",
    "workbook",
    "live feed",
    "package",
)
EMBARGOED: dict[str, datetime | None] = {"public": datetime(2100, 1, 1, tzinfo=UTC)}


def numbered(number: int, title: str, **fields: Any) -> Dataset:
    """A published dataset with an identifier of its own."""
    return published(title, identifier=f"MVSA1.2.1-P1-TCC-D{number:03}", **fields)


def kept(title: str, name: str, content: bytes, **fields: Any) -> Dataset:
    """A published dataset of one open file that holds no readings, its bytes as they are."""
    dataset = stock.dataset(title, release=OPEN, identifier="", description=f"{title} of the wards of Testshire.")
    path = Path(settings.FAIRWATT_HOME) / name
    path.write_bytes(content)
    stored = get_lake().raw.add(path)
    stock.file(dataset, name, sha256=stored.sha256, size=len(content), rows=0, period_start=None, **fields)
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW - stock.DAY, note="First version")
    return dataset


def mapped(title: str, name: str, attributes: dict[str, str]) -> Dataset:
    """A map of one point."""
    point = {"type": "Feature", "properties": attributes, "geometry": {"type": "Point", "coordinates": [-1.2, 51.7]}}
    content = json.dumps({"type": "FeatureCollection", "features": [point]}).encode()
    extent = {"crs": "EPSG:4326", "fields": list(attributes)}
    return kept(
        title, name, content, kind="spatial", format="GeoJSON", media_type="application/geo+json", extent=extent
    )


def workbook() -> Dataset:
    """A table of costs, in a workbook."""
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as written:
        sheet = written.add_worksheet("Costs")
        sheet.write_row(0, 0, ["Item", "Cost in pounds"])
        sheet.write_row(1, 0, ["Charger", 950])
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sample = {"columns": ["Item", "Cost in pounds"], "rows": [["Charger", "950"]], "columns_total": 2}
    return kept(
        "Costs", "costs.xlsx", book.getvalue(), kind="table", format="XLSX", media_type=media_type, sample=sample
    )


def live() -> Dataset:
    """A dataset that takes live readings."""
    dataset = numbered(7, "Feeder, live")
    open_live_feed(actor=stock.actor(stock.person("liv", is_manager=True)), dataset_key=dataset.key, at=stock.NOW)
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW, note="Live from now on")
    return dataset


def package(client: Client) -> TrialPackage:
    """What everyone may have of a trial."""
    logged("School in a trial")
    b"".join(client.get(f"/trials/{CODE}/package.zip").streaming_content)
    return TrialPackage.objects.get()


def make_kinds(client: Client) -> dict[str, str]:
    """One entry of each kind, by the PID that it is asked for by."""
    public = numbered(1, "School load", keywords=["school", "load"])
    older = public.versions.get()
    file = file_of(public)
    issue_version(actor=Actor.system(), dataset=public, at=stock.NOW, note="A second look")
    gone = numbered(2, "Withdrawn")
    Dataset.objects.filter(pk=gone.pk).update(state="withdrawn", withdrawn_at=stock.NOW)
    elsewhere = stock.dataset("Wards", release=OPEN, origin="background", link="https://elsewhere.example/wards")
    issue_version(actor=Actor.system(), dataset=elsewhere, at=stock.NOW)
    keys = {
        "dataset": public.key,
        "older version": older.key,
        "file": file.key,
        "bare": numbered(3, "Bare", provider=None, licence="OGL-UK-3.0", description="").key,
        "restricted": numbered(4, "Partners only", release=PARTNERS_ONLY).key,
        "restricted file": file_of(numbered(5, "For partners", release=PARTNERS_ONLY)).key,
        "embargoed": numbered(6, "Embargoed", release=EMBARGOED).key,
        "withdrawn": gone.key,
        "background": elsewhere.key,
        "map": mapped("Wards", "wards.geojson", {"ward": "Rose Hill"}).key,
        "map without attributes": mapped("Substations", "points.geojson", {}).key,
        "workbook": workbook().key,
        "live feed": live().key,
        "package": package(client).key,
    }
    addresses = {kind: f"{BASE}/ark:/99999/{key}" for kind, key in keys.items()}
    return {**addresses, "trial": f"{BASE}/trials/{CODE}/"}  # which has no identifier but its address


class Visited(NamedTuple):
    """A kind of entry: where it was asked for, and what an assessor makes of it."""

    address: str
    harvest: Harvest


class Portal(NamedTuple):
    """What a portal with an entry of each kind answered, to whoever asks again."""

    visits: Visits
    kinds: dict[str, Visited]


@pytest.fixture(scope="session")
def portal(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Portal:
    """Ask a portal everything that an assessor asks; nothing of it stays in the database."""
    home, client = tmp_path_factory.mktemp("visited"), Client()
    visits = Visits(client)
    with django_db_blocker.unblock(), override_settings(FAIRWATT_HOME=Path(home)), transaction.atomic():
        kinds = {kind: Visited(address, harvest(visits, address)) for kind, address in make_kinds(client).items()}
        transaction.set_rollback(True)
    visits.client = None
    return Portal(visits, kinds)


@pytest.fixture(scope="session")
def harvests(portal: Portal) -> dict[str, Harvest]:
    """What an assessor makes of each kind of entry."""
    return {kind: one.harvest for kind, one in portal.kinds.items()}
