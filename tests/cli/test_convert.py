"""What `fairwatt convert` writes, when it refuses, and that the same profile and bytes give the same file."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairwatt.core.files.profile_text import parse_profile
from tests.cli.reading import demand, half_hours, run, run_alone, write_meter


def test_readings_come_out_in_utc_with_decimals_and_units(tmp_path: Path) -> None:
    path, out = write_meter(tmp_path / "meter.csv", count=4), tmp_path / "meter.parquet"

    answer = run_alone("convert", path, "--out", out, "--answer", "time_zone=Europe/London", "--answer", "stamp=start")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"{out}: 4 rows of 1 channel, 2021-06-06T23:00:00Z to 2021-06-07T01:00:00Z\n"
    table = pq.read_table(out)
    begin = datetime(2021, 6, 6, 23, tzinfo=UTC)
    assert table.to_pydict() == {
        "series": ["", "", "", ""],
        "start": [begin + i * timedelta(minutes=30) for i in range(4)],
        "demand_kw": [Decimal("0.0"), Decimal("3.5"), Decimal("0.5"), Decimal("4.0")],
    }
    assert table.schema.field("start").type == pa.timestamp("us", tz="UTC")
    words = table.schema.field("demand_kw").metadata
    assert words == words | {
        b"name": b"Demand (kW)",
        b"quantity": b"power",
        b"unit": b"kW",
        b"unit_code": b"kw",
        b"kind": b"number",
    }
    metadata = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    profile = parse_profile(metadata["fairwatt:profile"])
    assert metadata["fairwatt:profile_sha256"] == profile.digest
    assert profile.timestamp.time_zone == "Europe/London"
    assert metadata["fairwatt:source_name"] == "meter.csv"
    assert json.loads(metadata["fairwatt:channels"])["demand_kw"]["unit"] == "kW"


def test_open_questions_stop_it_with_3_and_what_to_answer(tmp_path: Path) -> None:
    path, out = write_meter(tmp_path / "meter.csv"), tmp_path / "meter.parquet"

    answer = run_alone("convert", path, "--out", out)

    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith("fairwatt: 1 question is open, so nothing was written.")
    assert "--answer time_zone=Europe/London" in answer.err
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["meter.csv"]


def test_guesses_are_accepted_only_when_told_and_are_said(tmp_path: Path) -> None:
    path, out = write_meter(tmp_path / "meter.csv"), tmp_path / "meter.parquet"

    answer = run("convert", path, "--out", out, "--accept-guesses")

    assert answer.code == 0
    assert "Guessed: time_zone=Europe/London" in answer.err.splitlines()
    profile = parse_profile(pq.read_schema(out).metadata[b"fairwatt:profile"])
    assert (profile.timestamp.time_zone, profile.timestamp.time_zone_how) == ("Europe/London", "guessed")


def test_both_clock_changes_come_out_right(tmp_path: Path) -> None:
    spring = [t for t in half_hours(48, start="2021-03-28 00:00") if not "2021-03-28 01" <= t < "2021-03-28 02"]
    autumn = half_hours(4, start="2021-10-31 00:00") + half_hours(46, start="2021-10-31 01:00")
    for name, times, first in (("spring", spring, "2021-03-28"), ("autumn", autumn, "2021-10-30T23:00")):
        path, out = tmp_path / f"{name}.csv", tmp_path / f"{name}.parquet"
        path.write_text(
            "\n".join(["Start time,Demand (kW)", *(f"{t},{demand(i)}" for i, t in enumerate(times))]) + "\n"
        )

        answer = run("convert", path, "--out", out, "--answer", "time_zone=Europe/London")

        assert answer.code == 0
        found = pq.read_table(out).to_pydict()
        begin = datetime.fromisoformat(first).replace(tzinfo=UTC)
        assert found["start"] == [begin + i * timedelta(minutes=30) for i in range(len(times))]
        assert found["demand_kw"] == [Decimal(str(demand(i))) for i in range(len(times))]
    assert (len(spring), len(autumn)) == (46, 50)


def test_several_meters_and_times_out_of_order_are_sorted_with_ties_as_in_the_file(tmp_path: Path) -> None:
    path, out = tmp_path / "meters.csv", tmp_path / "meters.parquet"
    times = half_hours(48)
    rows = [f"{meter},{t},{demand(i)}" for meter in ("B7", "A1") for i, t in enumerate(times)]
    rows.append(f"B7,{times[3]},2.5")  # again, with another value
    path.write_text("\n".join(["Meter,Start time,Energy (kWh)", *rows]) + "\n")

    answer = run("convert", path, "--out", out, "--answer", "time_zone=UTC")

    assert answer.code == 0
    found = pq.read_table(out).to_pydict()
    assert found["series"] == ["A1"] * 48 + ["B7"] * 49
    assert found["start"] == [*sorted(found["start"][:48]), *sorted(found["start"][48:])]
    assert found["energy_kwh"][48 + 3 : 48 + 5] == [Decimal("4.0"), Decimal("2.5")]
    assert "duplicate-stamps" in answer.err


def test_the_same_profile_and_bytes_give_the_same_file(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv", count=4_992, start="2020-01-01 00:00")
    saved = tmp_path / "meter.toml"
    run("convert", path, "--out", tmp_path / "1.parquet", "--answer", "time_zone=UTC", "--save-profile", saved)

    run("convert", path, "--out", tmp_path / "2.parquet", "--profile", saved)
    run_alone("convert", path, "--out", tmp_path / "3.parquet", "--profile", saved)

    first = (tmp_path / "1.parquet").read_bytes()
    assert first == (tmp_path / "2.parquet").read_bytes() == (tmp_path / "3.parquet").read_bytes()


@pytest.mark.parametrize(
    ("head", "cells", "answers"),
    [
        ("Time (UTC)", "{time:%Y-%m-%d %H:%M};{n},137", ["decimal=,"]),
        ("Time (UTC)", "{time:%Y-%m-%d %H:%M};{n},137", ["decimal=."]),
        ("Time", "{time:%H:%M};1.{n}", ["date=2024-05-20", "time_zone=UTC"]),
    ],
    ids=["a decimal comma", "a comma between thousands", "times without dates"],
)
def test_a_profile_saved_from_answers_writes_the_same_file_again(
    tmp_path: Path, head: str, cells: str, answers: list[str]
) -> None:
    path, saved = tmp_path / "meter.csv", tmp_path / "meter.toml"
    begin = datetime(2024, 5, 20, tzinfo=UTC)
    rows = [cells.format(time=begin + n * timedelta(minutes=30), n=n * 4 % 7 + 1) for n in range(12)]
    path.write_text("\n".join([f"{head};Demand (kWh)", *rows, ""]))
    given = [word for answer in [*answers, "stamp=start"] for word in ("--answer", answer)]

    told = run("convert", path, "--out", tmp_path / "1.parquet", *given, "--save-profile", saved)
    again = run("convert", path, "--out", tmp_path / "2.parquet", "--profile", saved)

    assert (told.code, again.code) == (0, 0)
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()


def test_what_is_guessed_is_not_said_to_be_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "meter.csv"
    path.write_text("\n".join(["Time,Demand (kW)", *(f"{time},1.{n % 7}" for n, time in enumerate(half_hours(960)))]))

    (table,) = run("inspect", path, "--json").report["tables"]
    run("convert", path, "--out", tmp_path / "m.parquet", "--accept-guesses", "--save-profile", tmp_path / "m.toml")
    rule = parse_profile((tmp_path / "m.toml").read_text()).timestamp

    assert {question["id"] for question in table["questions"]} == {"time_zone", "stamp"}
    assert table["timestamp"]["stamp_how"] == "guessed"
    assert (rule.stamp_how, rule.time_zone_how) == ("guessed", "guessed")
    assert "A person" not in f"{rule.stamp_why} {rule.time_zone_why}"


def test_a_saved_profile_reads_the_next_month_without_a_question(tmp_path: Path) -> None:
    saved, out = tmp_path / "meter.json", tmp_path / "july.parquet"
    june = write_meter(tmp_path / "june.csv", start="2021-06-01 00:00")
    july = tmp_path / "july.csv"  # written by another program: with a mark, and other line ends
    july.write_bytes(b"\xef\xbb\xbf" + write_meter(july, start="2021-07-01 00:00").read_bytes().replace(b"\n", b"\r\n"))
    run("inspect", june, "--answer", "time_zone=Europe/London", "--save-profile", saved)

    answer = run("convert", july, "--out", out, "--profile", saved)

    assert answer.code == 0
    assert pq.read_table(out)["start"][0].as_py() == datetime(2021, 6, 30, 23, tzinfo=UTC)


def test_a_profile_saved_without_a_clock_still_asks_for_it(tmp_path: Path) -> None:
    path, saved, out = write_meter(tmp_path / "m.csv"), tmp_path / "m.toml", tmp_path / "m.parquet"
    run("inspect", path, "--save-profile", saved)

    asked = run("convert", path, "--out", out, "--profile", saved)
    answered = run("convert", path, "--out", out, "--profile", saved, "--answer", "time_zone=UTC")

    assert (asked.code, answered.code) == (3, 0)


def test_numbers_are_floats_and_decimals_where_those_are_wanted(tmp_path: Path) -> None:
    path, out = write_meter(tmp_path / "meter.csv", count=4), tmp_path / "meter.parquet"
    exact = tmp_path / "exact.parquet"

    answers = ("--answer", "time_zone=UTC", "--answer", "stamp=start")
    run("convert", path, "--out", out, *answers)
    run("convert", path, "--out", exact, *answers, "--decimal")

    column = pq.read_table(out)["demand_kw"]
    assert (column.type, column.to_pylist()) == (pa.float64(), [0.0, 3.5, 0.5, 4.0])
    column = pq.read_table(exact)["demand_kw"]
    assert (str(column.type), column.to_pylist()) == (
        "decimal128(18, 1)",
        [Decimal("0.0"), Decimal("3.5"), Decimal("0.5"), Decimal("4.0")],
    )


def test_a_number_of_too_many_digits_for_a_float_stays_a_decimal(tmp_path: Path) -> None:
    path, out = tmp_path / "meter.csv", tmp_path / "meter.parquet"
    rows = [f"{t},{123_456_789_012_345 + i}.25" for i, t in enumerate(half_hours(48))]
    path.write_text("\n".join(["Start time,Energy (kWh)", *rows]) + "\n")

    run("convert", path, "--out", out, "--answer", "time_zone=UTC", "--accept-guesses")

    assert pq.read_table(out)["energy_kwh"][0].as_py() == Decimal("123456789012345.25")


def test_what_a_number_means_may_stay_open_and_is_left_unsaid(tmp_path: Path) -> None:
    path, out = tmp_path / "meter.csv", tmp_path / "meter.parquet"
    path.write_text(
        "\n".join(["Start time,Demand", *(f"{t},{demand(i)}" for i, t in enumerate(half_hours(48)))]) + "\n"
    )

    answer = run("convert", path, "--out", out, "--answer", "time_zone=UTC")

    assert answer.code == 3
    table = pq.read_table(out)
    assert table["demand"].to_pylist() == [float(demand(i)) for i in range(48)]
    assert b"unit" not in (table.schema.field("demand").metadata or {})


def test_csv_has_the_same_readings(tmp_path: Path) -> None:
    path, out = tmp_path / "meter.csv", tmp_path / "readings.csv"
    rows = [f'"Osney, {i % 2}",{t},{"" if i == 1 else demand(i * i)}' for i, t in enumerate(half_hours(48))]
    path.write_text("\n".join(["Meter,Start time,Energy (kWh)", *rows]) + "\n")

    answer = run("convert", path, "--out", out, "--answer", "time_zone=UTC", "--answer", "stamp=start")

    assert answer.code == 0
    with out.open(newline="") as file:
        found = list(csv.reader(file))
    assert found[:3] == [
        ["series", "start", "energy_kwh"],
        ["Osney, 0", "2021-01-04T00:00:00Z", "0.0"],
        ["Osney, 0", "2021-01-04T01:00:00Z", "1.0"],
    ]
    assert found[25] == ["Osney, 1", "2021-01-04T00:30:00Z", ""]
    assert len(found) == 49


def test_json_tells_the_outcome(tmp_path: Path) -> None:
    path, out = write_meter(tmp_path / "meter.csv"), tmp_path / "meter.parquet"

    closed = run("convert", path, "--out", out, "--json", "--answer", "time_zone=UTC")
    asking = run("convert", path, "--out", tmp_path / "other.parquet", "--json")

    assert (closed.code, asking.code) == (0, 3)
    told = closed.report
    assert told["written"] == {
        "path": str(out),
        "bytes": out.stat().st_size,
        "rows": 96,
        "series": 1,
        "start": "2021-06-07T00:00:00Z",
        "end": "2021-06-09T00:00:00Z",
    }
    assert told["channels"] == {"demand_kw": {"unit": "kW", "quantity": "power"}}
    assert (told["questions"], told["findings"], told["notes"]) == ([], [], [])
    assert asking.report["written"] is None
    assert [question["id"] for question in asking.report["questions"]] == ["time_zone"]


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("readings.xlsx", "readings.xlsx must end with .parquet or .csv"),
        ("no/such/folder/readings.parquet", "There is no folder"),
    ],
)
def test_a_wrong_target_is_said_and_nothing_is_written(tmp_path: Path, out: str, said: str) -> None:
    path = write_meter(tmp_path / "meter.csv")

    answer = run("convert", path, "--out", tmp_path / out, "--answer", "time_zone=UTC")

    assert answer.code == 2
    assert said in answer.err
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["meter.csv"]


def test_what_holds_no_readings_is_not_converted(tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    path.write_text("Site,Capacity (MVA)\nOsney,45\nRose Hill,30\nBlackbird Leys,22\n")

    answer = run("convert", path, "--out", tmp_path / "sites.parquet", "--json")

    assert answer.code == 2
    assert answer.report["error"]["what"].startswith("sites.csv holds no readings that can be converted.")


def test_a_failure_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "meter.parquet"
    out.write_bytes(b"old")
    path = tmp_path / "bad.csv"
    path.write_text("Start time,Demand (kW)\n" + "2021-01-01 00:00,1\n" * 3)
    saved = tmp_path / "p.toml"
    run("inspect", write_meter(tmp_path / "meter.csv"), "--answer", "time_zone=UTC", "--save-profile", saved)
    path.write_text("Start time,Demand (kW)\n" + "".join(f"not a time,{i}\n" for i in range(50)))

    answer = run("convert", path, "--out", out, "--profile", saved)

    assert answer.code == 2
    assert "has a time that is written" in answer.err
    assert out.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_file_is_never_written_over_itself(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")
    before = path.read_bytes()

    answer = run("convert", path, "--out", path, "--answer", "time_zone=UTC")

    assert (answer.code, path.read_bytes()) == (2, before)
    assert "is the file itself, which is never written over. Give another name with --out." in answer.err
