"""Times whose fraction of a second is sometimes left out, as ISO writers do for whole seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairwatt.core.files import ImportProfile
from fairwatt.lake import Lake


@pytest.mark.parametrize(("zone", "form"), [("", "%Y-%m-%d %H:%M:%S.%f"), ("Z", "%Y-%m-%d %H:%M:%S.%f%z")])
def test_a_time_without_its_fraction_is_read_like_the_others(
    lake: Lake, tmp_path: Path, make_profile: Callable[..., ImportProfile], zone: str, form: str
) -> None:
    path = tmp_path / "meter.csv"
    path.write_text(
        f"time,kw\n2024-02-12 00:00:00{zone},1.5\n2024-02-12 00:00:00.500{zone},2.5\n2024-02-12 00:00:01{zone},3.5\n"
    )

    result = lake.ingest(path, make_profile(["kw"], stamp=form), table="t", source="s", name="meter.csv")

    assert (result.rows, result.findings) == (3, ())
    assert result.first == datetime(2024, 2, 12, tzinfo=UTC)
    assert result.last == datetime(2024, 2, 12, 0, 0, 1, tzinfo=UTC)
