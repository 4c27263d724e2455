"""Data folders of our own to measure in, and a published dataset in one, filled straight from a generator."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.inputs import make_input

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2021, 3, 1, tzinfo=UTC)
RESOLUTIONS = {"year": 1.0, "wide": 1.0, "homes": 1800.0}


@contextmanager
def empty_home() -> Iterator[Path]:
    """A data folder with an empty database that this process's Django is set up for, once a process; it goes again."""
    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-", ignore_cleanup_errors=True) as home:
        os.environ["FAIRWATT_HOME"] = home
        os.environ["FAIRWATT_SECRET_KEY"] = secrets.token_urlsafe(40)
        os.environ["FAIRWATT_PROJECT_FILE"] = str(ROOT / "tests" / "project.toml")
        os.environ["DJANGO_SETTINGS_MODULE"] = "fairwatt.portal.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        yield Path(home)


def stock_dataset(name: str, folder: Path, share: float) -> str:
    """Make an input (see :mod:`bench.inputs`), take it into the lake, and publish its dataset; return the key.

    Django must be set up for the portal's data folder.
    """
    from fairwatt.core.identifiers import new_key
    from fairwatt.records.models import Channel, Dataset, File, Organization
    from fairwatt.services.dataset_channels import store_dataset_channels
    from fairwatt.services.lakes import get_lake

    path, profile = make_input(name, folder, share)
    key, file_key = new_key(3 * 10**9 + len(name)), new_key(4 * 10**9 + len(name))
    dataset = Dataset.objects.create(
        key=key, table=key, title=f"The {name} of the benchmarks", origin="background", state="published",
        provider=Organization.objects.all()[0], created_at=NOW, updated_at=NOW, published_at=NOW, file_count=1,
    )  # fmt: skip
    result = get_lake().ingest(path, profile, table=key, source=file_key, name=path.name)
    path.unlink()
    file = File.objects.create(
        dataset=dataset, key=file_key, name=path.name, position=1, sha256=f"{len(name):064x}", size=10**6, format="CSV",
        media_type="text/csv", kind="readings", state="read", rows=result.rows, received_at=NOW, read_at=NOW,
        series_count=len(result.series), period_start=result.first, period_end=result.period_end,
    )  # fmt: skip
    for place, (rule, found) in enumerate(zip(profile.channels, result.channels, strict=True)):
        Channel.objects.create(
            file=file, position=place, name=rule.name, field=rule.field, kind="number", count=found.count,
            minimum=found.minimum, mean=found.mean, maximum=found.maximum, resolution_s=RESOLUTIONS[name],
        )  # fmt: skip
    store_dataset_channels(dataset)
    dataset.rows_total, dataset.readings_total = result.rows, result.readings
    dataset.save()
    return str(key)
