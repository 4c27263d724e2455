"""Scans of a dataset's readings, for whoever may have them."""

from __future__ import annotations

import polars as pl
import pytest

from fairwatt.core.errors import InvalidInput, NotAllowed
from fairwatt.services.actors import Actor
from fairwatt.services.bulk import scan_readings
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),  # how Ibis asks for a schema
]


def test_scans_say_how_the_readings_are() -> None:
    pytest.importorskip("ibis")
    row = stock.dataset(release={"partner": NOW - DAY})
    stock.half_hours(stock.file(row))
    system = Actor.system()

    def scan(name: str, **asked: str) -> pl.DataFrame:
        return pl.DataFrame(scan_readings(actor=system, dataset_key=row.key, scan=name, at=NOW, **asked))

    health = scan("health")
    assert health.select("rows", "expected", "gaps", "active_power_l1_kw_missing").rows() == [(48, 48, 0, 0)]
    assert scan("sums")["active_power_l1_kw_n"].to_list() == [48]
    assert scan("rollups", resolution="PT1H")["rows"].to_list() == [2] * 24
    for name, resolution in (("rollups", "raw"), ("rollups", "PT0.5S"), ("rollups", "P1M"), ("moods", "P1D")):
        with pytest.raises(InvalidInput):
            scan(name, resolution=resolution)
    with pytest.raises(NotAllowed):
        scan_readings(actor=stock.actor(stock.person()), dataset_key=row.key, scan="sums", at=NOW)
