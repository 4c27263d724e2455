"""Which columns beside a time and its values say whose a value is, what it is of and in which unit."""

from __future__ import annotations

import pytest

from tests.core.files.samples import csv, half_hours, profile_of

_WAYS = (("Import", "0.42"), ("Export", "1.41"))


def _tall(header: str, rest: str, labels: tuple[tuple[str, str], ...] = _WAYS) -> bytes:
    """A row for each half hour and label; ``rest`` follows each value."""
    stamps = [row.split(",")[0] for row in half_hours(96, form="%d/%m/%Y %H:%M")]
    return csv(header, *(f"{stamp},{label},{value},{rest}" for stamp in stamps for label, value in labels))


@pytest.mark.parametrize("flag", ["A", "V", "W", "m", "%"])
def test_a_letter_beside_values_is_a_flag_and_no_unit(flag: str) -> None:
    profile = profile_of(_tall("Timestamp,Direction,kWh,Flag", flag))
    assert [(c.unit, c.direction) for c in profile.channels] == [("kwh", "import"), ("kwh", "export")]
    assert profile.spread is not None
    assert profile.spread.unit_column is None


def test_a_letter_beside_values_without_a_unit_leaves_it_unknown() -> None:
    profile = profile_of(_tall("Timestamp,Direction,Value,Quality", "A"))
    assert [c.unit for c in profile.channels] == ["", ""]


@pytest.mark.parametrize(("header", "rest"), [("Flag,Unit", "A,kWh"), ("Unit,Flag", "kWh,A")])
def test_a_column_of_units_is_found_beside_flags(header: str, rest: str) -> None:
    profile = profile_of(_tall(f"Timestamp,Direction,Value,{header}", rest))
    assert [(c.unit, c.direction) for c in profile.channels] == [("kwh", "import"), ("kwh", "export")]


def test_a_letter_under_a_heading_of_units_is_one() -> None:
    profile = profile_of(_tall("Timestamp,Channel,Value,Unit", "A", (("Feeder", "12.1"), ("Neutral", "0.3"))))
    assert [c.unit for c in profile.channels] == ["a", "a"]


@pytest.mark.parametrize("head", ["Interval end", "HH ending", "To"])
def test_units_beside_values_count_where_the_only_times_are_ends(head: str) -> None:
    profile = profile_of(_tall(f"{head},Register,Value,Unit", "kWh"))
    assert [(c.unit, c.direction) for c in profile.channels] == [("kwh", "import"), ("kwh", "export")]
    assert (profile.series_column, profile.timestamp.stamp) == (None, "end")


@pytest.mark.parametrize("types", [("Import",), ("Import", "Export")], ids=["one way", "both ways"])
def test_types_of_reads_name_the_channels_beside_the_number_of_supply_and_meter(types: tuple[str, ...]) -> None:
    """ESB Networks gives every Irish customer a file such as this one."""
    stamps = [row.split(",")[0] for row in half_hours(96, form="%d-%m-%Y %H:%M")][::-1]
    rows = [f"10012345678,000000000023456789,0.654,Active {way} Interval (kW),{at}" for at in stamps for way in types]
    profile = profile_of(csv("MPRN,Meter Serial Number,Read Value,Read Type,Read Date and End Time", *rows))
    assert [(c.name, c.unit, c.direction) for c in profile.channels] == [
        (f"Active {way} Interval (kW)", "kw", way.lower()) for way in types
    ]
    assert (profile.series_column, profile.series_kind, profile.timestamp.stamp) == (0, "mprn", "end")


@pytest.mark.parametrize("value", ["Power kW", "Value"])
def test_words_for_statistics_name_channels_and_no_meters(value: str) -> None:
    labels = (("Min", "1.702"), ("Max", "2.702"), ("Avg", "2.202"))
    profile = profile_of(_tall(f"Timestamp,Statistic,{value},Note", "ok", labels))
    assert [(c.name, c.statistic) for c in profile.channels] == [
        (f"{value} Min", "min"), (f"{value} Max", "max"), (f"{value} Avg", "mean"),
    ]  # fmt: skip
    assert profile.series_column is None
