"""A trial for tests: datasets with originals that are there, readings, procedures, and certificates."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from fairwatt.core.metadata.event_files import EventValues
from fairwatt.records.models import Dataset, Trial
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.lakes import get_lake
from tests.services import stock

CODE = "T9.1"
BEGIN = datetime(2020, 6, 1, tzinfo=UTC)  # a Monday
START = datetime(2020, 6, 16, 17, tzinfo=UTC)  # a Tuesday
EVENT = EventValues("Event 1", START, START + timedelta(hours=2))
OPEN = dict.fromkeys(("public", "external", "partner"), datetime(2020, 1, 1, tzinfo=UTC))


def trial() -> Trial:
    return stock.trial(CODE, {"P1": "Baseline the site", "P5": "Deliver the service"})


def logged(
    title: str = "School load", *, procedure: str = "P1", release: Any = None, days: int = 20, **fields: Any
) -> Dataset:
    """A published dataset of the trial: one file as received, and half-hourly power from the 1st of June 2020."""
    dataset = stock.dataset(
        title,
        trial=trial(),
        procedures=tuple(trial().procedures.filter(code=procedure)),
        release=OPEN if release is None else release,
        description="Active power at the main incomer of a school, every half hour, in June 2020.",
        details=[
            {"procedure": procedure, "slug": "asset", "label": "Which asset was metered?", "value": f"Asset of {title}"}
        ],
        **fields,
    )
    content = f"Time,Power\n{title}\n".encode() * 50
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raw"
        path.write_bytes(content)
        get_lake().raw.add(path)
    file = stock.file(dataset, "school.csv", sha256=sha256(content).hexdigest(), size=len(content))
    stock.half_hours(file, days=days, begin=BEGIN)
    update_totals(dataset, at=stock.NOW)
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW - stock.DAY, note="First version")
    dataset.refresh_from_db()
    return dataset
