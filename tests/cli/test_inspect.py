"""What `fairwatt inspect` says, to people and to programs, and how it exits."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

from fairwatt.core.files.profile_text import parse_profile
from tests.cli.reading import demand, half_hours, run, run_alone, write_meter

FIRST_TABLE = 0


def test_a_file_with_an_open_question_is_told_whole_and_exits_with_3(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")

    answer = run_alone("inspect", path, "--json")

    assert (answer.code, answer.err) == (3, "")
    report = answer.report
    (table,) = report.pop("tables")
    assert report == {
        "schema_version": 1,
        "name": "meter.csv",
        "size": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "kind": "readings",
        "format": "CSV",
        "media_type": "text/csv",
        "encoding": "utf-8",
        "compression": "none",
        "member": None,
        "delimiter": ",",
        "header_rows": 1,
        "findings": [],
        "description": {},
    }
    assert (table["rows"], table["rows_exact"], table["shape"], table["kind"]) == (96, True, "rows", "readings")
    assert table["columns"] == ["Start time", "Demand (kW)"]
    times = table["timestamp"]
    assert times["columns"] == ["Start time"]
    assert times["format"] == "%Y-%m-%d %H:%M"
    assert times["day_first"] is None
    assert times["time_zone"]["value"] == "Europe/London"
    assert times["time_zone"]["how"] == "guessed"
    assert 0 < times["time_zone"]["confidence"] < 0.8
    assert (times["stamp"], times["resolution"]) == ("start", "PT30M")
    assert (times["start"], times["end"]) == ("2021-06-07T00:00:00", "2021-06-09T00:00:00")
    (channel,) = table["channels"]
    assert {key: channel[key] for key in ("name", "column", "quantity", "unit", "multiplier", "kind", "field")} == {
        "name": "Demand (kW)",
        "column": "Demand (kW)",
        "quantity": "power",
        "unit": "kW",
        "multiplier": 1.0,
        "kind": "number",
        "field": "demand_kw",
    }
    assert table["nulls"] == []
    assert [question["id"] for question in table["questions"]] == ["time_zone"]
    (question,) = table["questions"]
    assert question["guess"] in [choice["value"] for choice in question["choices"]]
    assert question["why"]


def test_with_the_answer_it_is_sure_and_tells_the_period_in_utc(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")

    answer = run_alone("inspect", path, "--json", "--answer", "time_zone=Europe/London")

    assert answer.code == 0
    table = answer.report["tables"][FIRST_TABLE]
    times = table["timestamp"]
    assert table["questions"] == []
    assert (times["start"], times["end"]) == ("2021-06-06T23:00:00Z", "2021-06-08T23:00:00Z")
    assert times["time_zone"] == {
        "value": "Europe/London",
        "how": "confirmed",
        "confidence": 1.0,
        "why": times["time_zone"]["why"],
    }


def test_people_get_each_question_with_the_answer_to_give(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")

    answer = run_alone("inspect", path)

    assert answer.code == 3
    lines = answer.out.splitlines()
    assert lines[:4] == [
        "meter.csv",
        "CSV, 2.0 kB, utf-8, comma, 1 header row",
        "",
        "96 rows of readings, one every 30 minutes",
    ]
    assert "  from      Mon 2021-06-07 00:00  (as the file's clock shows)" in lines
    assert "  to        Wed 2021-06-09 00:00" in lines
    assert "  demand_kw  Demand (kW)  power     kW" in answer.out
    assert "       --answer time_zone=Europe/London  UK clock time (GMT in winter, BST in summer)" in lines
    assert "--out meter.parquet" in answer.out
    assert lines[-1].endswith("--answer time_zone=Europe/London")
    assert all(len(line) <= 110 for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_what_the_rows_hold_is_found_with_its_places(tmp_path: Path) -> None:
    times = half_hours(96, start="2021-01-04 00:00")
    rows = [f"{moment},{demand(i):.1f}" for i, moment in enumerate(times)]
    rows[10] = f"{times[10]},n/a"
    rows[20] = f"{times[20]},oops"
    rows[30] = rows[29]
    path = tmp_path / "meter.csv"
    path.write_text("\n".join(["Start time,Demand (kW)", *rows]) + "\n")

    answer = run("inspect", path, "--json", "--answer", "time_zone=UTC")

    table = answer.report["tables"][FIRST_TABLE]
    found = {(f["code"], f["channel"]): (f["count"], f["where"]) for f in table["findings"]}
    assert found[("gaps", None)][0] == 1
    assert found[("duplicate-stamps", None)] == (1, ["line 32 (2021-01-04 14:30:00 UTC)"])
    assert found[("missing-values", "Demand (kW)")] == (2, ["line 12", "line 22"])
    assert "n/a" in table["nulls"]
    assert table["rows"] == 96


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (["tiem_zone=UTC"], "There is no question 'tiem_zone'. The questions are: time_zone."),
        (["time_zone=Mars/Base"], "There is no time zone 'Mars/Base'."),
        (["time_zone"], "'time_zone' is no answer. Write it as --answer time_zone=UTC."),
        (["time_zone=UTC", "time_zone=Europe/London"], "There are two answers to time_zone. Give one."),
        (["unit:demand_kw=parsec"], "There is no unit 'parsec'."),
        (["unit:nothing=kw"], "There is no channel 'nothing'."),
        (["table=Sheet 9"], "The file has no table 'Sheet 9'."),
    ],
)
def test_a_wrong_answer_is_one_clear_line(tmp_path: Path, answers: list[str], said: str) -> None:
    path = write_meter(tmp_path / "meter.csv")

    answer = run("inspect", path, *(part for one in answers for part in ("--answer", one)))

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_a_unit_can_be_said_though_nobody_asked(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")

    answer = run("inspect", path, "--json", "--answer", "time_zone=UTC", "--answer", "unit:demand_kw=mw")

    (channel,) = answer.report["tables"][FIRST_TABLE]["channels"]
    assert (channel["unit"], channel["how"], answer.code) == ("MW", "confirmed", 0)


def test_times_with_offsets_need_no_zone_and_say_so(tmp_path: Path) -> None:
    rows = [f"{moment}:00+01:00,1.5" for moment in half_hours(48, start="2021-06-07 00:00", form="%Y-%m-%dT%H:%M")]
    path = tmp_path / "meter.csv"
    path.write_text("\n".join(["Start time,Demand (kW)", *rows]) + "\n")

    plain = run("inspect", path, "--json")
    answered = run("inspect", path, "--answer", "time_zone=Europe/Paris")

    times = plain.report["tables"][FIRST_TABLE]["timestamp"]
    assert (plain.code, times["start"], times["end"]) == (0, "2021-06-06T23:00:00Z", "2021-06-07T23:00:00Z")
    assert answered.code == 0
    assert "the answer to time_zone is not needed" in " ".join(answered.out.split())


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.csv", b"", "empty.csv is empty."),
        ("head.csv", b"Start time,Demand (kW)\n", "head.csv"),
        ("noise.bin", bytes(range(256)) * 8, "noise.bin is of no format known here."),
        ("noise.csv", bytes(range(256)) * 8, "does not hold text"),
        ("cut.csv.gz", gzip.compress(b"Time,kW\n" * 500, mtime=0)[:40], "cut off or damaged"),
    ],
)
def test_what_cannot_be_read_exits_with_2_and_the_reason(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)

    answer = run("inspect", path, "--json")

    assert answer.code == 2
    assert set(answer.report) == {"schema_version", "error"}
    error = answer.report["error"]
    assert set(error) == {"what", "where", "next_step"}
    assert said in error["what"]
    assert answer.err.startswith("fairwatt: ")
    assert error["what"] in answer.err


def test_a_file_that_is_not_there_exits_with_2(tmp_path: Path) -> None:
    answer = run("inspect", tmp_path / "gone.csv", "--json")

    assert (answer.code, answer.report["error"]["what"]) == (
        2,
        f"{tmp_path / 'gone.csv'} can't be read: No such file or directory.",
    )


def test_packed_files_say_so_and_are_looked_into(tmp_path: Path) -> None:
    plain = write_meter(tmp_path / "meter.csv")
    (tmp_path / "meter.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    with zipfile.ZipFile(tmp_path / "meter.zip", "w") as archive:
        archive.write(plain, "inner/meter.csv")

    packed = run("inspect", tmp_path / "meter.csv.gz", "--json").report
    zipped = run("inspect", tmp_path / "meter.zip", "--json").report

    assert (packed["compression"], packed["format"], packed["tables"][0]["rows"]) == ("gzip", "CSV", 96)
    assert (zipped["compression"], zipped["tables"][0]["rows"]) == ("zip", 96)


def test_a_table_without_readings_has_its_columns_and_rows_and_no_questions(tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    path.write_text("Site;Capacity (MVA)\nOsney;45\nRose Hill;30\nBlackbird Leys;22\n")

    answer = run("inspect", path, "--json")

    assert answer.code == 0
    report = answer.report
    (table,) = report["tables"]
    assert (report["kind"], report["delimiter"], report["header_rows"]) == ("table", ";", 1)
    assert (table["rows"], table["timestamp"], table["channels"], table["questions"]) == (3, None, [], [])
    assert table["columns"] == ["Site", "Capacity (MVA)"]


def test_a_document_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")

    answer = run("inspect", path, "--json")

    assert answer.code == 0
    assert (answer.report["kind"], answer.report["format"], answer.report["tables"]) == ("document", "PDF", [])


def test_standard_input_can_be_looked_at(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")

    answer = run_alone("inspect", "-", "--json", stdin=path.read_bytes())

    assert (answer.code, answer.report["name"], answer.report["tables"][0]["rows"]) == (3, "standard input", 96)


def test_the_profile_can_be_saved_and_given_again(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")
    saved = tmp_path / "meter.toml"

    first = run("inspect", path, "--json", "--answer", "time_zone=UTC", "--save-profile", saved)
    again = run("inspect", path, "--json", "--profile", saved)

    assert (first.code, again.code) == (0, 0)
    assert parse_profile(saved.read_bytes()).digest == first.report["tables"][0]["profile_sha256"]
    assert again.report == first.report


def test_a_profile_for_another_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    saved = tmp_path / "meter.toml"
    run("inspect", write_meter(tmp_path / "meter.csv"), "--answer", "time_zone=UTC", "--save-profile", saved)
    other = write_meter(tmp_path / "other.csv", head="Start time,Export (kW)")

    answer = run("inspect", other, "--profile", saved)

    assert answer.code == 2
    assert (
        "The profile does not fit other.csv. It is for ‘Demand (kW)’ in column 2, the file has ‘Export (kW)’"
        in answer.err
    )


def test_a_large_file_is_sampled_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "long.csv"
    times = half_hours(100_000, start="2015-01-01 00:00")
    path.write_text("\n".join(["Start time,Demand (kW)", *(f"{moment},1.25" for moment in times)]) + "\n")
    monkeypatch.setattr("fairwatt.lake.surveying.WHOLE_BYTES", 1 << 20)

    sampled = run("inspect", path, "--json", "--answer", "time_zone=UTC").report
    whole = run("inspect", path, "--json", "--answer", "time_zone=UTC", "--whole").report

    (table,) = sampled["tables"]
    assert (table["rows_exact"], table["timestamp"]["extent_exact"], sampled["sha256"]) == (False, False, None)
    assert abs(table["rows"] - 100_000) < 1_000
    assert table["timestamp"]["start"] == "2015-01-01T00:00:00Z"
    assert table["timestamp"]["end"] == whole["tables"][0]["timestamp"]["end"] == "2020-09-14T08:00:00Z"
    assert (whole["tables"][0]["rows"], whole["tables"][0]["rows_exact"]) == (100_000, True)
    assert whole["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_django_is_loaded_and_nothing_is_left_behind(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    code = (
        "import sys\nfrom fairwatt.cli.app import app\n"
        f"sys.argv = ['fairwatt', 'inspect', {str(path)!r}]\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "print(sorted(m for m in ('django', 'polars', 'pandas', 'dash', 'deltalake') if m in sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout.splitlines()[-1] == "[]"
    assert list(temporary.iterdir()) == []


def test_help_needs_no_engine() -> None:
    code = (
        "import sys\nfrom fairwatt.cli.app import app\nsys.argv = ['fairwatt', '--help']\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('numpy', 'duckdb', 'pyarrow', 'django', 'httpx') if m in sys.modules])"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.splitlines()[-1] == "[]"


def test_an_engines_own_error_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise duckdb.IOException("the disk is on fire\nand more")

    monkeypatch.setattr("fairwatt.lake.surveying.survey_table", fail)

    answer = run("inspect", write_meter(tmp_path / "meter.csv"), "--json")

    assert answer.code == 2
    assert answer.report["error"]["what"] == "The file can't be read (IOException: the disk is on fire)."


def test_an_open_question_about_starts_and_ends_shows_its_guess_as_one(tmp_path: Path) -> None:
    path = write_meter(tmp_path / "meter.csv", start="2021-06-07 00:30", head="Time,Demand (kW)")

    [table] = run("inspect", path, "--json").report["tables"]

    assert [question["id"] for question in table["questions"]] == ["time_zone", "stamp"]
    times = table["timestamp"]
    assert (times["stamp"], times["stamp_how"], times["start"]) == ("end", "guessed", "2021-06-07T00:00:00")
    assert times["stamp_why"] == "The first time is 30 minutes after midnight and the last is midnight."
