"""What `fairwatt align` says of two files, and what it writes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.cli.reading import run, run_alone
from tests.core.alignment.made import cut, make_load, noisy

ANSWERS = ("--answer-a", "time_zone=UTC", "--answer-b", "time_zone=UTC", "--accept-guesses")


def _write(path: Path, values: np.ndarray, *, step_s: int = 10, name: str = "Power (kW)", zone: str = "Z") -> Path:
    begin = datetime(2022, 3, 1, tzinfo=UTC)
    rows = [
        f"{(begin + i * timedelta(seconds=step_s)).strftime('%Y-%m-%dT%H:%M:%S')}{zone},{value:.3f}"
        for i, value in enumerate(values)
    ]
    path.write_text("\n".join([f"Start time,{name}", *rows]) + "\n")
    return path


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("meters")
    load = make_load(4_000, seed=21) + 300
    late = noisy(cut(np.roll(load, 6)), seed=22)
    return _write(folder / "a.csv", cut(load)), _write(folder / "b.csv", late)


def test_who_is_behind_is_said_and_exit_is_nought(two: tuple[Path, Path]) -> None:
    answer = run_alone("align", *two, "--accept-guesses")

    assert answer.code == 0
    assert "B is 60" in answer.out
    assert "behind A: what stands at 2022-03-01 00:00:00 in A stands at 2022-03-01 00:01:0" in answer.out
    assert "after   values alike 0.99" in answer.out or "after   values alike 1.0" in answer.out


def test_json_names_offset_files_and_channels(two: tuple[Path, Path]) -> None:
    there, back = (run("align", *both, "--json", "--accept-guesses").report for both in (two, two[::-1]))

    assert there["verdict"] == back["verdict"] == "match"
    assert there["offset_s"] == pytest.approx(60, abs=1)
    assert back["offset_s"] == pytest.approx(-60, abs=1)
    assert (there["a"]["file"], there["b"]["file"], there["a"]["channel"]) == ("a.csv", "b.csv", "Power (kW)")
    assert (there["step_a_s"], there["written"], there["open_questions"]) == (10, None, [])


def test_moved_readings_are_written_with_where_they_come_from(two: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "moved.parquet"

    answer = run("align", *two, "--out", out, "--json", "--accept-guesses")
    again = run("align", two[0], out, "--json", "--accept-guesses")

    table = pq.read_table(out)
    first = table.column("start")[0].as_py()
    assert first == pytest.approx(datetime(2022, 2, 28, 23, 59, tzinfo=UTC), abs=timedelta(seconds=1))
    assert table.num_rows == answer.report["written"]["rows"] == 4_000
    provenance = json.loads(table.schema.metadata[b"fairwatt:alignment"])
    assert provenance["step"] == "shift"
    assert provenance["reference"] == answer.report["a"]
    assert again.report["offset_s"] == pytest.approx(0, abs=1)


def test_unrelated_files_exit_with_three_and_write_nothing(two: tuple[Path, Path], tmp_path: Path) -> None:
    other = _write(tmp_path / "other.csv", cut(make_load(4_000, seed=99)) + 300)
    out = tmp_path / "moved.parquet"

    answer = run("align", two[0], other, "--out", out, "--accept-guesses")

    assert answer.code == 3
    assert "No match" in answer.out
    assert not out.exists()


def test_a_clock_that_only_one_file_leaves_open_makes_it_unsure(two: tuple[Path, Path], tmp_path: Path) -> None:
    load = make_load(4_000, seed=21) + 300
    naive = [_write(tmp_path / f"naive{i}.csv", cut(np.roll(load, i)), zone="") for i in range(2)]

    one, accepted, both = (
        run("align", *files, "--json", *more)
        for files, more in (((two[0], naive[1]), ()), ((two[0], naive[1]), ("--accept-guesses",)), (naive, ()))
    )

    assert (one.code, accepted.code, both.code) == (3, 0, 0)
    assert "b:time_zone" in one.report["open_questions"]
    assert both.report["open_questions"] == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [(("--channel-b", "Voltage"), "has no channel 'Voltage'"), (("--series-a", "M7"), "has no series 'M7'")],
)
def test_a_channel_or_series_that_is_not_there_is_named(
    two: tuple[Path, Path], wrong: tuple[str, str], words: str
) -> None:
    answer = run("align", *two, *wrong)

    assert answer.code == 2
    assert words in answer.err


def test_a_file_that_can_t_be_read_exits_with_two(two: tuple[Path, Path], tmp_path: Path) -> None:
    junk = tmp_path / "junk.bin"
    junk.write_bytes(bytes(range(256)) * 8)

    assert run("align", two[0], junk).code == 2
    assert run("align", tmp_path / "absent.csv", two[1], "--json").code == 2
