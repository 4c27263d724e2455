"""A portal with an entry of each kind, visited once: what an assessor was answered is kept for all tests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker

from fairwatt.records.models import Dataset
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from tests.fair.harvesting import Harvest, harvest
from tests.fair.visiting import BASE, Visits
from tests.portal.pages_stock import OPEN, PARTNERS_ONLY, file_of, published
from tests.services import stock

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
)
EMBARGOED: dict[str, datetime | None] = {"public": datetime(2100, 1, 1, tzinfo=UTC)}


def numbered(number: int, title: str, **fields: Any) -> Dataset:
    """A published dataset with an identifier of its own."""
    return published(title, identifier=f"MVSA1.2.1-P1-TCC-D{number:03}", **fields)


def make_kinds() -> dict[str, str]:
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
    }
    return {kind: f"{BASE}/ark:/99999/{key}" for kind, key in keys.items()}


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
    home, visits = tmp_path_factory.mktemp("visited"), Visits(Client())
    with django_db_blocker.unblock(), override_settings(FAIRWATT_HOME=Path(home)), transaction.atomic():
        kinds = {kind: Visited(address, harvest(visits, address)) for kind, address in make_kinds().items()}
        transaction.set_rollback(True)
    visits.client = None
    return Portal(visits, kinds)


@pytest.fixture(scope="session")
def harvests(portal: Portal) -> dict[str, Harvest]:
    """What an assessor makes of each kind of entry."""
    return {kind: one.harvest for kind, one in portal.kinds.items()}
