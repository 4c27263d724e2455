"""Records for tests: people, organisations, and datasets with files, channels and release rules."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from fairwatt.core.files.profile import ChannelRule, ImportProfile, TimestampRule
from fairwatt.core.identifiers import new_key
from fairwatt.records.models import (
    Channel,
    Dataset,
    File,
    FileFinding,
    Membership,
    Organization,
    Procedure,
    ReleaseRule,
    Trial,
    User,
)
from fairwatt.services.actors import Actor
from fairwatt.services.dataset_channels import store_dataset_channels
from fairwatt.services.lakes import get_lake

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
_numbers = itertools.count(1_000_003, 7_919)


def key() -> str:
    return new_key(next(_numbers))


def person(name: str = "ann", *, organization: Organization | None = None, **fields: Any) -> User:
    user = User.objects.create_user(f"{name}-{next(_numbers)}@people.example", name=name, **fields)
    if organization is not None:
        Membership.objects.create(user=user, organization=organization)
    return user


def actor(user: User | None = None, *scopes: str) -> Actor:
    return Actor(user=user, scopes=frozenset(scopes) if scopes else None)


def organization(code: str = "TCC", *, is_partner: bool = True, name: str = "") -> Organization:
    return Organization.objects.get_or_create(
        code=code, defaults={"name": name or f"The {code} organisation", "is_partner": is_partner}
    )[0]


def trial(code: str = "A1.2.1", procedures: Mapping[str, str] | None = None) -> Trial:
    row, _ = Trial.objects.get_or_create(code=code, defaults={"title": f"Trial {code}"})
    for name, title in (procedures or {"P1": "Baseline the asset"}).items():
        Procedure.objects.get_or_create(trial=row, code=name, defaults={"title": title})
    return row


def dataset(
    title: str = "School load",
    *,
    release: Mapping[str, datetime | None] | None = None,
    procedures: tuple[Procedure, ...] = (),
    **fields: Any,
) -> Dataset:
    """A published foreground dataset of TCC, open to nobody unless ``release`` says so."""
    name = key()
    defaults: dict[str, Any] = {
        "key": name,
        "title": title,
        "origin": "foreground",
        "state": "published",
        "published_at": NOW - DAY,
        "created_at": NOW - 10 * DAY,
        "updated_at": NOW - DAY,
        "table": name,
        "licence": "CC-BY-4.0",
    }
    if "provider" not in fields:
        defaults["provider"] = organization()
    row = Dataset.objects.create(**{**defaults, **fields})
    row.procedures.set(procedures)
    for audience, available_from in (release or {}).items():
        ReleaseRule.objects.create(dataset=row, audience=audience, available_from=available_from)
    return row


def file(owner: Dataset, name: str = "meter.csv", **fields: Any) -> File:
    """A file that has been read: an hour of half-hours with one channel of power."""
    content = f"{name}{next(_numbers)}".encode()
    defaults: dict[str, Any] = {
        "key": key(),
        "name": name,
        "original_name": name,
        "position": owner.files.count() + 1,
        "sha256": sha256(content).hexdigest(),
        "size": len(content),
        "media_type": "text/csv",
        "format": "CSV",
        "kind": "readings",
        "state": "read",
        "received_at": NOW - 10 * DAY,
        "read_at": NOW - 9 * DAY,
        "period_start": datetime(2019, 11, 18, 11, tzinfo=UTC),
        "period_end": datetime(2019, 11, 18, 12, tzinfo=UTC),
        "resolution_s": 1800.0,
        "rows": 2,
    }
    return File.objects.create(dataset=owner, **{**defaults, **fields})


def channel(owner: File, name: str = "Active Power L1", field: str = "active_power_l1_kw", **fields: Any) -> Channel:
    defaults: dict[str, Any] = {
        "position": owner.channels.count() + 1,
        "quantity": "power",
        "unit": "kw",
        "count": 2,
        "minimum": 1.0,
        "mean": 2.0,
        "maximum": 3.0,
        "resolution_s": 1800.0,
        "how": "inferred",
        "confidence": 0.9,
    }
    row = Channel.objects.create(file=owner, name=name, field=field, **{**defaults, **fields})
    store_dataset_channels(owner.dataset)
    return row


def finding(owner: File, code: str = "missing-values", **fields: Any) -> FileFinding:
    defaults = {"severity": "warning", "count": 3, "message": "Three readings are missing.", "where": ["line 4"]}
    return FileFinding.objects.create(file=owner, code=code, **{**defaults, **fields})


def half_hours(
    owner: File, *, days: int = 1, begin: datetime = datetime(2020, 6, 1, tzinfo=UTC), text: bool = False
) -> None:
    """Put readings of a file into the lake, a half-hour each: power counting up in tenths of a kW, and a note."""
    stamps = [begin + timedelta(minutes=30 * step) for step in range(48 * days)]
    header = "Time,Active Power L1" + (",Note" if text else "")
    lines = [f"{at:%Y-%m-%d %H:%M},{step / 10}" + (f",n{step}" if text else "") for step, at in enumerate(stamps)]
    rules = [
        ChannelRule(
            name="Active Power L1", column=1, field="active_power_l1_kw", quantity="power", unit="kw", decimals=1
        )
    ]
    if text:
        rules.append(ChannelRule(name="Note", column=2, field="note", kind="text"))
    profile = ImportProfile(
        columns=2 + text,
        timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M", time_zone="UTC"),
        channels=tuple(rules),
        resolution_s=1800,
    )
    fill_lake(owner, profile, "\n".join([header, *lines]) + "\n")


def fill_lake(owner: File, profile: ImportProfile, content: str) -> None:
    """Take ``content`` into the lake as the file's bytes and readings, and note its channels."""
    path = Path(settings.FAIRWATT_HOME) / f"{owner.key}.csv"
    path.write_text(content)
    kept = get_lake().raw.add(path)
    with get_lake().readable(kept.sha256, max_ratio=200, name=owner.name) as readable:
        result = get_lake().ingest(readable.path, profile, table=owner.dataset.table, source=owner.key, name=owner.name)
    owner.sha256, owner.size, owner.rows = kept.sha256, kept.size, result.rows
    owner.period_start, owner.period_end = result.first, result.period_end
    owner.profile = profile.model_dump(mode="json")
    owner.save()
    for rule in profile.channels:
        channel(owner, rule.name, rule.field, kind=rule.kind, quantity=rule.quantity, unit=rule.unit, count=result.rows)
