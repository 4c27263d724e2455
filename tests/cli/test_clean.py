"""What `fairwatt clean` writes: a row a value with all rows of the grid, LEO's labels and log, by recipes."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from fairwatt.core.cleaning.leo_labels import parse_label
from tests.cli.reading import demand, half_hours, run, run_alone, write_meter

ANSWERS = ("--answer", "time_zone=UTC", "--answer", "stamp=start")
LOG_HEAD = (
    "File name,Date Cleaned,Columns Cleaned,Num of Single/Two Missing Values,Num of Multiple Missing Values,"
    "Num of Outliers,Num of Large Gaps,Num of Format Errors,Linear Interpolation,Spline Interpolation,"
    "Hr_Day Filling,Week Filling,Format corrections"
)


def _meter(path: Path, *, count: int = 480) -> Path:
    """A meter with a blank, words, five missing rows and a repeat."""
    lines = write_meter(path, count=count).read_text().splitlines()
    lines[10] = lines[10].partition(",")[0] + ","
    lines[31] = lines[31].partition(",")[0] + ",broken"
    del lines[20:25]
    lines.insert(51, lines[50])
    path.write_text("\n".join(lines) + "\n")
    return path


def _log(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_of_the_grid_is_there_with_what_was_done(tmp_path: Path) -> None:
    path, out = _meter(tmp_path / "meter.csv"), tmp_path / "cleaned.parquet"

    answer = run_alone("clean", path, "--out", out, *ANSWERS)

    table = pl.read_parquet(out)
    assert (answer.code, answer.err) == (0, "")
    assert table.columns == ["series", "start", "channel", "raw", "cleaned", "finding", "fix", "p10", "p90"]
    kept = table.filter(pl.col("fix") != "dropped")
    starts = [moment.strftime("%Y-%m-%d %H:%M") for moment in kept["start"]]
    assert starts == half_hours(480, start="2021-06-07 00:00")
    gone = {9, *range(19, 24), 30}
    assert kept["raw"].to_list() == [None if i in gone else demand(i) for i in range(480)]
    assert {kept["finding"][i] for i in range(19, 24)} == {"missing-rows"}
    assert (kept["finding"][9], kept["finding"][30]) == ("missing-values", "not-a-number")
    assert all(kept["cleaned"][i] == demand(i) for i in range(480) if i not in gone and not kept["fix"][i])
    for i in gone:
        assert kept["fix"][i]
        assert kept["fix"][i] == "refused" or kept["p10"][i] <= kept["cleaned"][i] <= kept["p90"][i]
    assert table.filter(pl.col("fix") == "dropped")["finding"].to_list() == ["duplicate-rows"]
    assert path.read_text().count("broken") == 1  # the file itself stays as it is


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("labels", ["", "leo"])
def test_the_same_recipe_and_readings_make_the_same_bytes(tmp_path: Path, ending: str, labels: str) -> None:
    path, recipe = _meter(tmp_path / "meter.csv"), tmp_path / "recipe.toml"
    first, second = (tmp_path / f"{name}.{ending}" for name in ("first", "second"))

    run("clean", path, "--out", first, "--labels", labels, "--save-recipe", recipe, *ANSWERS)
    run("clean", path, "--out", second, "--labels", labels, "--recipe", recipe, *ANSWERS)

    assert first.read_bytes() == second.read_bytes()
    assert list(tmp_path.glob("*.part")) == []


def test_leo_s_labels_stand_beside_raw_and_cleaned_columns(tmp_path: Path) -> None:
    path, out = _meter(tmp_path / "meter.csv"), tmp_path / "leo.csv"

    answer = run("clean", path, "--out", out, "--labels", "leo", "--log", tmp_path / "log.csv", *ANSWERS)

    rows = _log(out)
    assert answer.code == 0
    assert list(rows[0]) == ["start", "Demand (kW)", "Demand (kW)_cl", "Errors", "Solutions"]
    assert len(rows) == 480
    wanted = {9: "10000", 30: "10001", **dict.fromkeys(range(19, 24), "01000")}
    assert [row["Errors"] for row in rows] == [wanted.get(i, "00000") for i in range(480)]
    assert rows[30]["Solutions"][4] == "1"
    gone = set(wanted)
    assert [row["Demand (kW)"] for row in rows] == ["" if i in gone else str(demand(i)) for i in range(480)]
    for i, row in enumerate(rows):
        assert (row["Solutions"] == "00000") == (row["Demand (kW)"] == row["Demand (kW)_cl"]), i


def test_leo_s_log_has_its_thirteen_columns_and_a_line_for_each_time(tmp_path: Path) -> None:
    path, log = _meter(tmp_path / "meter.csv"), tmp_path / "log.csv"

    run("clean", path, "--out", tmp_path / "a.parquet", "--log", log, *ANSWERS)
    run("clean", path, "--out", tmp_path / "b.parquet", "--labels", "leo", "--log", log, *ANSWERS)

    assert log.read_text().splitlines()[0] == LOG_HEAD
    first, second = _log(log)
    assert {key: value for key, value in first.items() if key != "Date Cleaned"} == {
        key: value for key, value in second.items() if key != "Date Cleaned"
    }
    assert list(first.values())[2:8] == ["Demand (kW)", "2", "1", "0", "0", "1"]
    assert first["Format corrections"] == "1"

    other = run("clean", path, "--out", tmp_path / "c.parquet", "--log", log, "--solutions", "printed", *ANSWERS)
    assert other.code == 2
    assert "is no log of this kind" in other.err


def test_a_recipe_is_obeyed(tmp_path: Path) -> None:
    path, recipe, out = _meter(tmp_path / "meter.csv"), tmp_path / "recipe.toml", tmp_path / "out.parquet"
    recipe.write_text("""
        name = "mine"
        version = "3"
        [[steps]]
        finding = "missing-values"
        action = "mend"
        fix = "linear"
        [[steps]]
        finding = "missing-rows"
        action = "mend"
        fix = "refuse"
        [[steps]]
        finding = "*"
        action = "mark"
    """)

    answer = run("clean", path, "--out", out, "--recipe", recipe, "--json", *ANSWERS)

    told = answer.report
    assert (told["recipe"]["name"], told["recipe"]["version"]) == ("mine", "3")
    assert told["rows"] == {"read": 476, "missing": 5, "dropped": 1}
    assert told["refusals"]["total"] == 1
    table = pl.read_parquet(out).filter(pl.col("fix") != "dropped")
    assert table["cleaned"][9] == pytest.approx((demand(8) + demand(10)) / 2)
    assert table["fix"][9] == "linear"
    assert set(table["fix"][19:24]) == {"refused"}
    assert table["cleaned"][19:24].null_count() == 5
    provenance = json.loads(pq.read_schema(out).metadata[b"fairwatt:cleaning"])
    assert provenance["recipe"] == told["recipe"]
    assert provenance["source"] == {"file": "meter.csv", "sha256": told["sha256"]}


def test_several_meters_of_one_file_are_cleaned_apart_and_named(tmp_path: Path) -> None:
    rows = [f"M{meter},{time},{demand(i + meter):.1f}" for meter in (1, 2) for i, time in enumerate(half_hours(240))]
    del rows[100:102]
    path = tmp_path / "meters.csv"
    path.write_text("\n".join(["Meter,Start time,Demand (kW)", *rows]) + "\n")

    run("clean", path, "--out", tmp_path / "long.parquet", "--accept-guesses")
    run("clean", path, "--out", tmp_path / "leo.parquet", "--labels", "leo", "--accept-guesses")

    long, leo = (pl.read_parquet(tmp_path / name) for name in ("long.parquet", "leo.parquet"))
    assert Counter(long["series"]) == Counter(leo["series"]) == {"M1": 240, "M2": 240}
    assert long["raw"].null_count() == 2
    assert long.filter(pl.col("raw").is_null())["series"].to_list() == ["M1", "M1"]


def test_open_questions_are_named_and_exit_is_three(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")

    answer = run("clean", path, "--out", tmp_path / "out.parquet", "--json")

    assert answer.code == 3
    assert "time_zone" in answer.report["open_questions"]
    assert (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--out", "x.txt"), ("--out", "absent/x.parquet"), ("--labels", "mine"), ("--solutions", "other"),
        ("--recipe", "absent.toml"), ("--place", "north"),
    ],
)  # fmt: skip
def test_a_wrong_option_exits_with_two_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: tuple[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_meter(tmp_path / "meter.csv")
    out = () if wrong[0] == "--out" else ("--out", "x.parquet")

    assert run("clean", path, *out, *wrong, *ANSWERS).code == 2
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["meter.csv"]


def test_the_file_itself_is_never_written_over_and_junk_is_unreadable(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")
    junk = tmp_path / "junk.bin"
    junk.write_bytes(bytes(range(256)) * 8)

    assert run("clean", path, "--out", path, *ANSWERS).code == 2
    assert run("clean", junk, "--out", tmp_path / "out.parquet").code == 2
    assert path.read_text().startswith("Start time")


@pytest.mark.real_data
def test_leo_s_test_file_has_leo_s_own_counts_of_gaps(real_data: Path, tmp_path: Path) -> None:
    out, log = tmp_path / "leo.parquet", tmp_path / "log.csv"

    run("clean", real_data / "leo" / "error_testing.csv", "--out", out, "--labels", "leo", "--log", log)

    (line,) = _log(log)
    assert list(line.values())[3:5] == ["15", "6"]  # blocks of one or two, and of three to ten
    assert (line["Num of Large Gaps"], line["Num of Format Errors"]) == ("2", "8")
    table = pl.read_parquet(out)
    assert table.height == 86_460
    first = table.row(2, named=True)  # 23:59:06: L1 is blank up to 23:59:17, L2 and L3 are there
    assert first["Peak Voltage L1N Avg"] is None
    assert first["Errors"] == "000100000000000"
    assert parse_label(first["Solutions"])[1:] == [(False,) * 5] * 2
    high = table.filter(pl.col("Peak Voltage L1N Avg") == 9_000)
    assert high.height == 5
    assert set(high["Errors"].str.slice(0, 5)) == {"00100"}
    assert high["Peak Voltage L1N Avg_cl"].is_between(330, 350).all()


@pytest.mark.real_data
def test_leo_s_bad_day_and_its_tab_separated_trial_of_141_channels_are_cleaned(real_data: Path, tmp_path: Path) -> None:
    leo, log = real_data / "leo", tmp_path / "log.csv"
    day_file, trial_file = leo / "data0123_session3.csv", leo / "MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt"
    run("clean", day_file, "--out", tmp_path / "day.csv", "--labels", "leo", "--log", log)
    trial = run("clean", trial_file, "--out", tmp_path / "trial.parquet", "--labels", "leo", "--accept-guesses")

    (line,) = _log(log)
    # demand: blanks of 4, 1, 1, 4 and 1 rows; price: of 2 and 6
    assert list(line.values())[3:5] == ["4", "3"]
    day = _log(tmp_path / "day.csv")
    assert [row["Errors"][:5] for row in day if row["demand (kW)"] == "999.0"] == ["00100"] * 3
    assert trial.code == 0
    table = pl.read_parquet(tmp_path / "trial.parquet")
    assert (table.height, set(table["Errors"].str.len_chars())) == (2_295, {5 * 141})
