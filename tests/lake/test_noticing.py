"""What is odd about a channel as a whole is told, with its count and its first lines; nothing is changed for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import polars as pl
import pytest

from fairwatt.core.files import ImportProfile
from fairwatt.core.files.profile import Kind
from fairwatt.core.findings import Finding
from fairwatt.lake import IngestResult, dials

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]
START = datetime(2021, 3, 1)


def rows(values: list[str], *, minutes: int = 30) -> list[str]:
    return [
        "time,kw",
        *(f"{START + i * timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S},{v}" for i, v in enumerate(values)),
    ]


def found(result: IngestResult, code: str) -> list[Finding]:
    return [finding for finding in result.findings if finding.code == code]


def with_rule(profile: ImportProfile, **change: object) -> ImportProfile:
    return profile.model_copy(update={"channels": (profile.channels[0].model_copy(update=change),)})


def test_a_slip_of_units_is_told_with_its_day_and_line(ingest: Ingest, make_profile: MakeProfile) -> None:
    kilowatts = [f"{1 + i % 48 / 20:.2f}" for i in range(48 * 5)]
    watts = [f"{1000 + i % 48 * 50}" for i in range(48 * 4)]
    (finding,) = found(ingest(rows(kilowatts + watts), make_profile(["kw"], decimals=2)), "unit-change")
    assert (finding.channel, finding.count, finding.where) == ("Kw", 1, ("line 242",))
    assert finding.message == (
        "From 06/03/2021 on the values of Kw are about 1,000 times as large as those before: probably another unit. "
        "They are kept as they are written; split the file there and say each part's unit."
    )


def test_a_slip_of_units_after_one_day_of_two_is_told_with_its_line(ingest: Ingest, make_profile: MakeProfile) -> None:
    kilowatts = [f"{12 + i * 37 % 48 / 2:.1f}" for i in range(48)]
    watts = [f"{12000 + i * 37 % 48 * 500}" for i in range(48)]
    (finding,) = found(ingest(rows(kilowatts + watts), make_profile(["kw"], decimals=1)), "unit-change")
    assert (finding.channel, finding.count, finding.where) == ("Kw", 1, ("line 50",))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (99_990.0, 0.3, "falls once (from 99,999.8 to 0.3) as a dial does that is full"),
        (500.0, 0.0, "falls once (from 509.8 to 0): it was reset or exchanged, or a reading is wrong"),
        (54_321.0, 12_345.0, "falls once (from 54,330.8 to 12,345): it was reset or exchanged, or a reading is wrong"),
    ],
    ids=["full", "reset", "exchanged"],
)
def test_a_dial_that_falls_is_told_with_its_line(
    ingest: Ingest, make_profile: MakeProfile, before: float, after: float, said: str
) -> None:
    values = [f"{before + i * 0.2:.1f}" for i in range(50)] + [f"{after + i * 0.2:.1f}" for i in range(50)]
    profile = with_rule(make_profile(["kw"], decimals=1), is_register=True)
    (finding,) = found(ingest(rows(values), profile), "register-restarts")
    assert (finding.channel, finding.count, finding.where) == ("Kw", 1, ("line 52",))
    assert said in finding.message


def test_each_of_many_dials_that_fall_is_told_of(
    ingest: Ingest, make_profile: MakeProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dials, "_MOST_TOGETHER", 2)  # two copies of two columns, and one column alone
    names = ["north", "south", "east", "west", "roof"]
    profile = make_profile(names, decimals=1)
    channels = tuple(rule.model_copy(update={"is_register": True}) for rule in profile.channels)
    times = rows([",".join(f"{(100 if i < 40 + at else 0) + i * 0.2:.1f}" for at in range(5)) for i in range(100)])[1:]
    result = ingest([",".join(["time", *names]), *times], profile.model_copy(update={"channels": channels}))
    assert [(one.channel, one.where) for one in found(result, "register-restarts")] == [
        (name.title(), (f"line {42 + at}",)) for at, name in enumerate(names)
    ]


def test_a_dial_that_slips_a_little_does_not_begin_anew(ingest: Ingest, make_profile: MakeProfile) -> None:
    values = [f"{1000 + i * 0.2 - (5 if i == 30 else 0):.1f}" for i in range(100)]
    profile = with_rule(make_profile(["kw"], decimals=1), is_register=True)
    assert found(ingest(rows(values), profile), "register-restarts") == []


@pytest.mark.parametrize(
    "values",
    [
        [f"{max(0, (i % 48) - 20) * 0.1 + 0.001:.3f}" for i in range(48 * 10)],  # the sun, every day
        [("2.500" if i // 48 % 2 else "0.002") for i in range(48 * 12)],  # a device switched on every other day
        ["0.001"] * 48 + ["2.5"] * 48,  # a day of each
        ["3.1"] * 48 * 4 + ["60.2"] * 48 * 4,  # twenty times as much
    ],
)
def test_a_channels_own_changes_are_no_slip(ingest: Ingest, make_profile: MakeProfile, values: list[str]) -> None:
    assert found(ingest(rows(values), make_profile(["kw"], decimals=3)), "unit-change") == []


def test_a_register_that_grows_is_no_slip(ingest: Ingest, make_profile: MakeProfile) -> None:
    values = [f"{0.5 if i < 100 else 900 + i:.1f}" for i in range(400)]
    profile = with_rule(make_profile(["kw"]), is_register=True)
    assert found(ingest(rows(values), profile), "unit-change") == []


def test_a_constant_and_an_empty_column_are_told(ingest: Ingest, make_profile: MakeProfile) -> None:
    result = ingest(["time,a,b", *(f"{row},1.5," for row in (line.split(",")[0] for line in rows(["0"] * 30)[1:]))],
                    make_profile(["a", "b"]))  # fmt: skip
    assert [(f.channel, f.count, f.message) for f in found(result, "constant-column")] == [
        ("A", 30, "All 30 values of A are 1.5.")
    ]
    assert [(f.channel, f.count, f.severity) for f in found(result, "empty-column")] == [("B", 30, "error")]


def test_numbers_that_stand_for_missing_values_are_kept_as_missing_with_their_lines(
    ingest: Ingest, make_profile: MakeProfile, read_all: Callable[..., pl.DataFrame]
) -> None:
    values = ["12.5", "999", "13.5", "999.0", "14.5"]
    result = ingest(rows(values), with_rule(make_profile(["kw"]), null_values=("999",)))
    assert [(f.count, f.where) for f in found(result, "sentinel-values")] == [(1, ("line 3",)), (1, ("line 5",))]
    assert found(result, "missing-values")[0].message == (
        "2 values are missing in Kw (2 marked as missing). Missing stays missing: nothing was filled in."
    )
    assert [None if v is None else float(v) for v in read_all()["kw"].to_list()] == [12.5, None, 13.5, None, 14.5]


def test_a_late_sentinel_is_told_and_kept(ingest: Ingest, make_profile: MakeProfile) -> None:
    result = ingest(rows([f"{i % 7}.5" for i in range(40)] + ["9999"]), make_profile(["kw"]))
    (finding,) = found(result, "possible-sentinel")
    assert (finding.count, finding.where, result.missing_count) == (1, ("line 42",), 0)


def test_words_with_numbers_among_them_are_told(ingest: Ingest, make_profile: MakeProfile) -> None:
    profile = with_rule(make_profile(["kw"]), kind=Kind.TEXT, decimals=None)
    result = ingest(rows(["on", "off"] * 20 + ["17"]), profile)
    assert [(f.count, f.where) for f in found(result, "mixed-types")] == [(1, ("line 42",))]


@pytest.mark.parametrize("direction", ["import", "export"])
def test_minus_values_that_no_sample_showed_are_told_of_what_flows_one_way(
    ingest: Ingest, make_profile: MakeProfile, direction: str
) -> None:
    values = [f"{1 + i % 7 / 4:.2f}" for i in range(300)]
    values[200:203] = ["-1.50", "-2.25", "-0.75"]
    profile = with_rule(make_profile(["kw"], decimals=2), direction=direction, signs="plus")
    (finding,) = found(ingest(rows(values), profile), "against-its-way")
    assert (finding.channel, finding.count, finding.where) == ("Kw", 3, ("line 202", "line 203", "line 204"))
    assert f"read as {direction} alone" in finding.message
    assert "-2.25" in finding.message


def test_minus_values_behind_all_samples_are_told_of_where_no_way_is_known(
    ingest: Ingest, make_profile: MakeProfile
) -> None:
    values = [f"{1 + i % 7 / 4:.2f}" for i in range(300)]
    values[200:203] = ["-1.50", "-2.25", "-0.75"]
    profile = with_rule(make_profile(["kw"], decimals=2), quantity="power", direction="", signs="plus")
    (finding,) = found(ingest(rows(values), profile), "against-its-way")
    assert (finding.count, finding.where) == (3, ("line 202", "line 203", "line 204"))
    assert "is read without a way that it flows, but 3 values have a minus, down to -2.25" in finding.message
    assert "Answer direction:kw (net, perhaps)" in finding.message


@pytest.mark.parametrize(
    "change",
    [{"direction": "net"}, {"direction": "", "signs": "both"}, {"direction": "import", "signs": "both"}],
    ids=["net", "no way", "asked about"],
)
def test_minus_values_of_what_flows_both_ways_are_no_wonder(
    ingest: Ingest, make_profile: MakeProfile, change: dict[str, object]
) -> None:
    values = [f"{i % 7 - 3}.50" for i in range(100)]
    profile = with_rule(make_profile(["kw"], decimals=2), **{"signs": "plus", **change})
    assert found(ingest(rows(values), profile), "against-its-way") == []


def test_a_mark_for_missing_values_that_comes_often_is_told_of(ingest: Ingest, make_profile: MakeProfile) -> None:
    values = [f"{240 + i % 9 / 4:.2f}" for i in range(300)]
    values[200:260] = ["999"] * 60
    profile = with_rule(make_profile(["volts"], decimals=2), quantity="voltage", unit="v")
    (finding,) = found(ingest(rows(values), profile), "possible-sentinel")
    assert (finding.count, finding.where[0]) == (60, "line 202")
    assert "999 comes 60 times" in finding.message
