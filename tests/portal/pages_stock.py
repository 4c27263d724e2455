"""Published datasets with readings, certificates and files, as pages show them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.test import Client

from fairwatt.records.models import Dataset, File, User
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from tests.services import stock

OPEN = {"public": stock.NOW - stock.DAY, "external": stock.NOW - stock.DAY, "partner": stock.NOW - stock.DAY}
PARTNERS_ONLY: dict[str, datetime | None] = {"partner": stock.NOW - stock.DAY}
CLOSED: dict[str, datetime | None] = {}


def published(title: str = "School load", *, release: dict[str, Any] | None = None, **fields: Any) -> Dataset:
    """A published dataset of one file with a day of half-hourly power, and its certificate."""
    dataset = stock.dataset(
        title,
        release=OPEN if release is None else release,
        identifier=fields.pop("identifier", "MVSA1.2.1-P1-TCC-D001"),
        description=fields.pop("description", "Active power of a primary school’s main incomer."),
        **fields,
    )
    file = stock.file(dataset, "school.csv")
    stock.half_hours(file)
    file.refresh_from_db()
    Dataset.objects.filter(pk=dataset.pk).update(
        file_count=1,
        formats=["CSV"],
        quantities=["power"],
        rows_total=48,
        readings_total=48,
        bytes_total=file.size,
        period_start=file.period_start,
        period_end=file.period_end,
        resolution_s=1800,
        coverage=[1.0] * 60,
    )
    dataset.refresh_from_db()
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW - stock.DAY, note="First version")
    return dataset


def file_of(dataset: Dataset) -> File:
    """Its only file."""
    return File.objects.get(dataset=dataset)


def signed_in(client: Client, user: User) -> Client:
    """The same browser, signed in."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


OWN_WORDS = """

[audiences.public]
name = "the public"
description = "Everybody on the web."

[audiences.partner]
name = "LEO partners"

[audiences.manager]
name = "LEO data stewards"
"""


def own_words(settings: Any, folder: Path) -> None:
    """Let the project call its audiences otherwise."""
    text = Path(settings.FAIRWATT_PROJECT_FILE).read_text()
    settings.FAIRWATT_PROJECT_FILE = folder / "project.toml"
    settings.FAIRWATT_PROJECT_FILE.write_text(text + OWN_WORDS)
