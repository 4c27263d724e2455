"""A saved profile, and what the next file holds."""

from __future__ import annotations

import pytest

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files import FileSample, ImportProfile, Inspection, inspect_file
from fairwatt.core.files.fitting import fit_profile


def meters(names: list[str], column: str = "meter", note: str = "") -> Inspection:
    extra = f",{note}" if note else ""
    head = f"{column},time,energy (kWh)" + (",account" if note else "")
    rows = [
        f"{name},2021-06-0{1 + i // 48} {i % 48 // 2:02d}:{i % 2 * 30:02d},{i / 10}{extra}"
        for name in names
        for i in range(96)
    ]
    return inspect_file(FileSample.of("\n".join([head, *rows, ""]).encode()), name="meters.csv")


def profile_of(inspection: Inspection) -> ImportProfile:
    assert inspection.profile is not None
    return inspection.profile


def test_numbers_of_supply_points_stay_personal_though_the_profile_was_made_for_other_meters() -> None:
    saved = profile_of(meters(["M1", "M2", "M3"]))
    following = meters(["1200050000009", "1200010237572", "1200010395951"])

    fitted = fit_profile(saved, following, name="b.csv")

    assert saved.series_kind == ""
    assert profile_of(following).series_kind == "mpan"
    assert (fitted.series_kind, fitted.series_column) == ("mpan", 0)


def test_a_profile_made_for_supply_points_keeps_them_personal() -> None:
    saved = profile_of(meters(["1200050000009", "1200010237572", "1200010395951"]))

    assert fit_profile(saved, meters(["M1", "M2", "M3"]), name="b.csv").series_kind == "mpan"


def test_a_profile_for_other_columns_is_refused_with_the_reason() -> None:
    saved = profile_of(meters(["M1", "M2"]))

    with pytest.raises(InvalidInput, match="It is for 3 columns, the file has 4"):
        fit_profile(saved, meters(["M1", "M2"], note="A1"), name="b.csv")
