"""Numbers that are first written otherwise behind all samples are read, and told of with their places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from fairwatt.core.files.profile import Dialect, How, ImportProfile, PeriodRule, Slot
from fairwatt.lake import IngestResult

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]
KNOWN = Dialect(decimal_how=How.INFERRED)
BEGINS = datetime(2026, 1, 1)


def rows(values: list[str], *, step: int = 30) -> list[str]:
    """A file of one channel."""
    return ["time,kw", *(f"{BEGINS + timedelta(minutes=step * n)},{value}" for n, value in enumerate(values))]


PLAIN = [f"{i % 80 * 10 + 0.5:.1f}" for i in range(200)]


@pytest.mark.parametrize("series", [None, 1], ids=["one meter", "many"])
def test_peaks_from_a_thousand_on_are_read(
    ingest: Ingest, make_profile: MakeProfile, read_all: Callable[..., pl.DataFrame], series: int | None
) -> None:
    values = [*PLAIN, '"1,022.4"', "12.0", '"2,130.75"', "fault"]
    lines = rows(values)
    if series is not None:
        lines = [line.replace(",", ",M1,", 1) for line in lines]
    result = ingest(lines, make_profile(["kw"], decimals=1, dialect=KNOWN, series_column=series))
    (late,) = (f for f in result.findings if f.code == "late-numbers")
    assert (late.channel, late.count, late.where) == ("Kw", 2, ("line 202", "line 204"))
    assert "‘1,022.4’ as 1022.4" in late.message
    assert [(f.count, f.where) for f in result.findings if f.code == "not-a-number"] == [(1, ("line 205",))]
    assert (result.channels[0].count, result.channels[0].maximum) == (203, 2130.75)
    read = read_all()["kw"].to_list()
    assert read[-4:] == [Decimal("1022.40"), Decimal("12.00"), Decimal("2130.75"), None]


def test_minus_values_in_brackets_are_read_and_told_of_what_flows_one_way(
    ingest: Ingest, make_profile: MakeProfile
) -> None:
    profile = make_profile(["kw"], decimals=1, dialect=KNOWN)
    rule = profile.channels[0].model_copy(update={"direction": "import", "signs": "plus"})
    profile = profile.model_copy(update={"channels": (rule,)})
    result = ingest(rows([*PLAIN, "(719.2)", "0.5-"]), profile)
    found = {f.code: (f.count, f.where) for f in result.findings}
    assert found["late-numbers"] == (2, ("line 202", "line 203"))
    assert found["against-its-way"] == (2, ("line 202", "line 203"))
    assert result.channels[0].minimum == -719.2


def test_a_day_s_intervals_side_by_side_are_read_too(ingest: Ingest, make_profile: MakeProfile) -> None:
    slots = tuple(Slot(column=1 + n, offset_s=n * 21_600.0) for n in range(4))
    profile = make_profile(["kw"], decimals=1, dialect=KNOWN, stamp="%Y-%m-%d", periods=PeriodRule(slots=slots))
    rule = profile.channels[0].model_copy(update={"column": 5})
    profile = profile.model_copy(update={"columns": 5, "channels": (rule,)})
    days = [f"{BEGINS.date() + timedelta(days=n)},1.5,2.5,999.5,4.5" for n in range(30)]
    result = ingest(["day,a,b,c,d", *days, '2026-01-31,1.5,"1,022.4",2.5,(4.5)'], profile)
    (late,) = (f for f in result.findings if f.code == "late-numbers")
    assert (late.count, late.where) == (2, ("line 32", "line 32"))
    assert (result.channels[0].minimum, result.channels[0].maximum) == (-4.5, 1022.4)
    assert result.missing_count == 0


def test_a_file_that_is_as_its_profile_says_is_told_nothing(ingest: Ingest, make_profile: MakeProfile) -> None:
    result = ingest(rows([*PLAIN, "n/a", ""]), make_profile(["kw"], decimals=1, dialect=KNOWN))
    assert "late-numbers" not in {f.code for f in result.findings}


def test_many_cells_in_another_unit_are_told_of_together(ingest: Ingest, make_profile: MakeProfile) -> None:
    values = [*PLAIN, *(f"{n / 8:.3f} kW" for n in range(9, 69)), "fault"]
    result = ingest(rows(values), make_profile(["w"], decimals=1, dialect=KNOWN))
    found = [f for f in result.findings if f.code == "not-a-number"]
    assert sum(f.count for f in found) == 61
    assert len(found) <= 3
    (alike,) = (f for f in found if "such as" in f.message)
    assert (alike.channel, len(alike.where), " kW’ are not a number" in alike.message) == ("W", 10, True)
