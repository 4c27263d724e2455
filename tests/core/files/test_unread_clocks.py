"""Times of day beside a date are read in whatever form, or refused by name: never taken for meters or channels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pytest

from fairwatt.core.files import Inspection
from fairwatt.core.files.stamps import read_clock, read_moment, tidy
from tests.core.files.samples import csv, inspect

START = datetime(2026, 1, 12)
MOMENTS = [START + timedelta(minutes=30 * i) for i in range(48 * 4)]
FORMS: dict[str, tuple[str, str]] = {  # how a time of day is written, and how it is read
    "points": ("%H.%M.%S", "%H.%M.%S"),
    "dashes": ("%H-%M-%S", "%H-%M-%S"),
    "behind a T": ("T%H:%M", "%H:%M"),
    "before hrs": ("%H%M hrs", "%H:%M"),
    "before hrs, with a mark": ("%H:%M hrs", "%H:%M"),
}


def file_of(write: Callable[[datetime], str], heads: str = "Date,Time") -> Inspection:
    rows = [f"{at:%d/%m/%Y},{write(at)},{1 + i % 7 / 4}" for i, at in enumerate(MOMENTS)]
    return inspect(csv(f"{heads},Import kWh", *rows))


@pytest.mark.parametrize("name", FORMS)
def test_a_time_of_day_in_a_column_of_its_own_is_read(name: str) -> None:
    written, form = FORMS[name]
    found = file_of(lambda at: at.strftime(written))
    assert found.profile is not None, found.findings
    rule = found.profile.timestamp
    assert (rule.columns, rule.format) == ((0, 1), f"%d/%m/%Y {form}")
    assert (found.profile.series_column, found.profile.resolution_s) == (None, 1800.0)
    assert [channel.name for channel in found.profile.channels] == ["Import kWh"]


def test_hour_and_minute_beside_a_date_are_read_together() -> None:
    found = file_of(lambda at: f"{at.hour},{at.minute}", "Date,Hour,Minute")
    assert found.profile is not None, found.findings
    rule = found.profile.timestamp
    assert (rule.columns, rule.format) == ((0, 1, 2), "%d/%m/%Y %H %M")
    assert (found.profile.series_column, found.profile.resolution_s) == (None, 1800.0)
    assert [channel.name for channel in found.profile.channels] == ["Import kWh"]


@pytest.mark.parametrize("head", ["Time", "Hour", "Uhrzeit", "Slot"])
def test_a_time_of_day_that_nobody_can_read_is_named_and_no_meter(head: str) -> None:
    found = file_of(lambda at: f"{at:%H}~{at:%M}", f"Date,{head}")
    assert (found.kind, found.findings[-1].code, found.findings[-1].channel) == ("table", "unread-times-of-day", head)
    assert "‘00~00’" in found.findings[-1].message


@pytest.mark.parametrize("head", ["EFA Block", "efaBlock", "EFA"])
def test_blocks_of_a_day_that_are_not_read_are_named(head: str) -> None:
    rows = [
        f"{START + timedelta(days=day):%Y-%m-%d},{block},{100 + block}" for day in range(20) for block in range(1, 7)
    ]
    found = inspect(csv(f"EFA Date,{head},Cleared MW", *rows))
    assert (found.kind, found.findings[-1].code, found.findings[-1].channel) == ("table", "unread-times-of-day", head)


@pytest.mark.parametrize("head", ["Int", "Reading No", "Interval number"])
def test_numbers_of_half_hours_are_read_under_more_heads(head: str) -> None:
    rows = [f"{START + timedelta(days=day):%d/%m/%Y},{n},{n % 7}.5" for day in range(9) for n in range(1, 49)]
    found = inspect(csv(f"Date,{head},Import kWh", *rows))
    assert found.profile is not None
    assert found.profile.timestamp.periods is not None
    assert (found.profile.timestamp.periods.column, found.profile.resolution_s) == (1, 1800.0)


def test_a_meter_called_by_a_number_is_no_time_of_day() -> None:
    rows = [f"{at:%d/%m/%Y %H:%M},{1001 + meter},{1 + i % 7 / 4}" for i, at in enumerate(MOMENTS) for meter in range(3)]
    found = inspect(csv("Time,Meter,Import kWh", *rows))
    assert found.profile is not None
    assert found.profile.series_column == 1


def test_points_that_are_dates_stay_dates() -> None:
    rows = [f"{START + timedelta(days=i):%d.%m.%y},{1 + i % 7 / 4}" for i in range(40)]
    found = inspect(csv("Date,Import kWh", *rows))
    assert found.profile is not None
    assert found.profile.timestamp.format == "%d.%m.%y"


@pytest.mark.parametrize(
    ("text", "clean", "hours"),
    [
        ("2026-03-29 02:00:00 BST+0100", "2026-03-29 02:00:00 BST", 1),
        ("2026-03-29 02:00:00 GMT+0000", "2026-03-29 02:00:00 GMT+0000", 0),
        ("2026-10-22 00:00:00 +0100 BST", "2026-10-22 00:00:00 +0100", 1),
        ("BST 22/10/2026 00:00", "22/10/2026 00:00 BST", 1),
        ("2026-07-01 00:00 CEST+02:00", "2026-07-01 00:00 CEST", 2),
    ],
)
def test_a_zones_name_beside_its_own_offset_says_one_thing(text: str, clean: str, hours: int) -> None:
    found = read_moment(text)
    assert (tidy(text), found.offset if found else None) == (clean, hours * 3_600_000_000)


@pytest.mark.parametrize("text", ["2026-03-29 02:00:00 BST+0130", "2026-03-29 02:00 CET+3"])
def test_a_zones_name_beside_another_offset_is_no_time(text: str) -> None:
    assert read_moment(text) is None


def test_a_number_of_hours_is_no_time_of_day() -> None:
    assert [read_clock(text) for text in ("1200 h", "1260 hrs", "12000 hrs")] == [None] * 3
    assert np.all([read_clock(text) is not None for text in ("0030 hrs", "2330hrs", "T07:00")])


@pytest.mark.parametrize("heads", ["Date,Hour,Half", "Date,Hour,Quarter", "Date,Hour ending,Half hour"])
def test_parts_of_hours_in_a_column_of_their_own_are_refused_by_its_name(heads: str) -> None:
    share = 4 if "Quarter" in heads else 2
    moments = [START + timedelta(minutes=60 // share * i) for i in range(24 * share * 4)]
    names = ("A", "B") if heads.endswith("Half") else ("1", "2", "3", "4")
    rows = [f"{at:%d/%m/%Y},{at.hour},{names[at.minute * share // 60]},{1 + i % 7 / 4}" for i, at in enumerate(moments)]
    found = inspect(csv(f"{heads},Import kWh", *rows))
    assert (found.kind, found.findings[-1].code) == ("table", "unread-times-of-day")
    assert f"‘{heads.rpartition(',')[2]}’" in found.findings[-1].message


@pytest.mark.parametrize("minute", [0, 30])
def test_minutes_that_never_change_are_parts_of_the_time_too(minute: int) -> None:
    """Weather services write the middles of hours so."""
    rows = [f"{at:%Y,%m,%d},{at.hour},{minute},{1 + i % 7}" for i, at in enumerate(MOMENTS[::2])]
    found = inspect(csv("Year,Month,Day,Hour,Minute,GHI (W/m2)", *rows))
    assert found.profile is not None, found.findings
    assert found.profile.timestamp.format == "%Y %m %d %H %M"
    assert [channel.name for channel in found.profile.channels] == ["GHI (W/m2)"]
