"""What `fairwatt health` says of files: scores, places, questions, and the same of what `convert` wrote."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from fairwatt.core.quality import HealthReport
from tests.cli.reading import half_hours, run, run_alone, write_meter

ANSWERS = ("--answer", "time_zone=UTC", "--answer", "stamp=start")


def _report(out: str) -> HealthReport:
    told = json.loads(out)
    return HealthReport.model_validate({name: told[name] for name in HealthReport.model_fields})


def _found(report: HealthReport) -> dict[tuple[str, str], int]:
    return {(finding.code, finding.name): finding.count for finding in report.findings}


def test_a_clean_file_has_whole_scores_and_nothing_found(tmp_path: Path) -> None:
    answer = run_alone("health", write_meter(tmp_path / "meter.csv"), *ANSWERS)

    assert (answer.code, answer.err) == (0, "")
    assert "Completeness    100.00%  96 of 96" in answer.out
    assert answer.out.endswith("Nothing was found.\n")


def test_missing_rows_values_and_repeats_are_said_with_their_places(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")
    lines = path.read_text().splitlines()
    lines[10] = lines[10].partition(",")[0] + ","
    del lines[20:25]
    lines.insert(51, lines[50])
    path.write_text("\n".join(lines) + "\n")

    answer = run("health", path, "--json", *ANSWERS)

    report = _report(answer.out)
    assert answer.code == 0
    assert _found(report) == {
        ("missing-values", "Demand (kW)"): 1,
        ("missing-rows", ""): 5,
        ("duplicate-rows", ""): 1,
    }
    (gap,) = next(finding for finding in report.findings if finding.code == "missing-rows").places
    assert (gap.start.isoformat(), gap.end.isoformat()) == ("2021-06-07T09:30:00+00:00", "2021-06-07T12:00:00+00:00")
    assert (report.scores.completeness.good, report.scores.completeness.total) == (90, 96)
    assert (report.scores.regularity.good, report.scores.regularity.total) == (91, 92)


def test_open_questions_are_named_and_the_scan_is_made_by_likely_answers(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")

    answer = run("health", path, "--json")
    accepted = run("health", path, "--json", "--accept-guesses")

    assert (answer.code, accepted.code) == (3, 0)
    assert "time_zone" in json.loads(answer.out)["open_questions"]
    assert "open question time_zone: read as Europe/London" in answer.err
    assert _report(answer.out).rows == 96


def test_what_convert_wrote_is_scanned_without_reading_it_anew(tmp_path: Path) -> None:
    path, parquet = write_meter(tmp_path / "meter.csv", count=960), tmp_path / "meter.parquet"
    run("convert", path, "--out", parquet, *ANSWERS)

    first, second = (_report(run("health", *which, "--json").out) for which in ((path, *ANSWERS), (parquet,)))

    assert first.model_copy(update={"name": ""}) == second.model_copy(update={"name": ""})


def test_marks_of_missing_values_are_told_of_and_not_counted_as_there(tmp_path: Path) -> None:
    rows = [f"{time},{999 if i in (7, 8, 9) else 10 + i % 7}.25" for i, time in enumerate(half_hours(480))]
    path = tmp_path / "meter.csv"
    path.write_text("\n".join(["Start time,Demand (kW)", *rows]).replace("999.25", "999") + "\n")

    report = _report(run("health", path, "--json", "--accept-guesses").out)

    assert _found(report) == {("sentinel-values", "Demand (kW)"): 3}
    assert report.scores.completeness.good == 477


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_every_place_can_be_written_as_a_table(tmp_path: Path, ending: str) -> None:
    path, out = write_meter(tmp_path / "meter.csv"), tmp_path / f"found.{ending}"
    path.write_text("\n".join(line for i, line in enumerate(path.read_text().splitlines()) if i not in (30, 60)) + "\n")

    run("health", path, "--detections", out, *ANSWERS)

    if ending == "csv":
        with out.open() as file:
            rows = [(row["code"], int(row["row"]), int(row["count"])) for row in csv.DictReader(file)]
    else:
        rows = [(row["code"], row["row"], row["count"]) for row in pq.read_table(out).to_pylist()]
    assert rows == [("missing-rows", 29, 1), ("missing-rows", 58, 1)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [(("--place", "north"), "place"), (("--zone", "Mars/Base"), "zone"), (("--answer", "x"), "answer")],
)
def test_a_wrong_option_is_named(tmp_path: Path, wrong: tuple[str, str], field: str) -> None:
    answer = run("health", write_meter(tmp_path / "meter.csv"), *wrong)
    assert answer.code == 2
    assert field in answer.err or wrong[1] in answer.err


@pytest.mark.real_data
def test_leos_test_file_shows_the_faults_that_leo_put_in(real_data: Path) -> None:
    answer = run("health", real_data / "leo" / "error_testing.csv", "--json", "--accept-guesses")

    report = _report(answer.out)
    blank = {f.name[13:15]: (f.count, f.blocks) for f in report.findings if f.code == "missing-values"}
    assert blank == {"L1": (31, 8), "L2": (29, 7), "L3": (21, 8)}  # empty cells, and n/a
    spikes = {f.name[13:15]: [p for p in f.places if p.count > 1] for f in report.findings if f.code == "outliers"}
    assert {name: [(p.start.strftime("%H:%M:%S"), p.count) for p in places] for name, places in spikes.items()} == {
        "L1": [("00:05:20", 5)],
        "L2": [("00:06:34", 7), ("14:55:16", 5)],
        "L3": [("23:59:29", 6)],
    }
    wrong = {f.name[13:15]: f.count for f in report.findings if f.code == "impossible-value"}
    assert wrong == {"L1": 5, "L2": 12, "L3": 6}  # 9,000 V, 14,000 V and -2,000 V


@pytest.mark.real_data
def test_leos_bad_day_shows_marks_and_the_price_of_four_thousand(real_data: Path) -> None:
    answer = run("health", real_data / "leo" / "data0123_session3.csv", "--json", "--accept-guesses")

    found = _found(_report(answer.out))
    assert found == {
        ("missing-values", "demand (kW)"): 11,
        ("missing-values", "price (£/MWh)"): 8,
        ("outliers", "price (£/MWh)"): 3,
        ("sentinel-values", "demand (kW)"): 3,
    }


def test_what_reading_left_out_stands_in_every_form_of_the_report(tmp_path: Path) -> None:
    path, page = write_meter(tmp_path / "meter.csv"), tmp_path / "meter.html"
    with path.open("a") as file:
        file.write("no time,1\n")

    answer = run("health", path, "--json", "--html", page, *ANSWERS)

    (one,) = _report(answer.out).reading
    assert (one.code, one.count) == ("bad-stamp", 1)
    assert "is not a time as in the other rows" in page.read_text()
    words = run("health", path, *ANSWERS).out
    assert "bad-stamp: Row 98 of meter.csv" in words
    assert "Nothing was found" not in words
