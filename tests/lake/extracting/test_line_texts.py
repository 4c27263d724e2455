"""Files in line protocol: a series for each set of tags, a channel for each field."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.lake.extracting.conftest import Read

START = 1_673_654_400  # 2023-01-14 00:00 UTC


@pytest.mark.parametrize("digits", ["", "000", "000000000"], ids=["seconds", "milliseconds", "nanoseconds"])
def test_points_become_rows(read: Callable[..., Read], digits: str) -> None:
    lines = [
        f"power,meter={meter} import_w={100 * number + at},volts=230.5 {START + 1800 * at}{digits}"
        for at in range(8)
        for number, meter in enumerate(("m1", "m2"))
    ]
    found = read("\n".join(["# from a collector", *lines, ""]), "power.txt")
    assert (found.asked, found.units) == (("stamp",), {"import_w": "w", "volts": "v"})
    assert found.rows[0] == ("power,meter=m1", "2023-01-14T00:00:00Z", 0.0, 230.5)
    assert found.rows[-1] == ("power,meter=m2", "2023-01-14T03:30:00Z", 107.0, 230.5)
    assert len(found.rows) == 16
