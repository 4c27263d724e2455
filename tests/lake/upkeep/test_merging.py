"""Small files become one a month, and nothing that is asked is answered otherwise."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from fairwatt.core.errors import Cancelled, Conflict
from fairwatt.lake import Lake
from fairwatt.lake.engine import Patient
from tests.lake.upkeep.daily import A_DAY, DAYS, Daily, same
from tests.waiting import PATIENCE_S

ALL = dict.fromkeys(range(DAYS), 1)


def test_eight_days_become_two_months_with_the_same_bytes(daily: Daily) -> None:
    before, part = daily.csv(), daily.csv(sources=["d3", "d6"])
    window = daily.lake.window("t", fields=["kw"], points=40)
    merged = daily.lake.upkeep.merge("t", least=2)
    assert (merged.files_before, merged.files_after) == (DAYS, 2)
    assert merged.bytes_after < merged.bytes_before
    assert daily.csv() == before
    assert daily.csv(sources=["d3", "d6"]) == part
    assert same(daily.rows(), daily.truth(ALL))
    after = daily.lake.window("t", fields=["kw"], points=40)
    assert (after.total, after.columns["kw_count"].sum()) == (window.total, DAYS * A_DAY * 2)
    assert daily.lake.sources("t") == sorted(f"d{day}" for day in range(DAYS))
    assert daily.lake.series_by_source("t")["d7"] == ("a", "b")
    assert not daily.lake.upkeep.merge("t", least=2), "there is nothing left to merge"


def test_few_files_are_left_as_they_are(daily: Daily) -> None:
    assert not daily.lake.upkeep.wants_merging("t", least=6)
    assert not daily.lake.upkeep.merge("t", least=6)
    assert daily.lake.upkeep.wants_merging("t", least=5), "January has five"


def test_a_day_that_is_read_again_takes_the_place_of_its_own_rows_alone(daily: Daily) -> None:
    daily.lake.upkeep.merge("t", least=2)
    daily.add(3, factor=2)
    assert same(daily.rows(), daily.truth(ALL | {3: 2}))
    assert same(daily.rows(sources=["d3"]), daily.truth({3: 2}))
    assert daily.lake.upkeep.merge("t", least=1).files_before == 2, "it joins its month again"
    assert same(daily.rows(), daily.truth(ALL | {3: 2}))


def test_a_day_can_be_taken_out_of_a_merged_month(daily: Daily) -> None:
    daily.lake.upkeep.merge("t", least=2)
    assert daily.lake.remove_source("t", "d3")
    assert not daily.lake.remove_source("t", "d3")
    left = {day: 1 for day in ALL if day != 3}
    assert same(daily.rows(), daily.truth(left))
    assert "d3" not in daily.lake.sources("t")


def test_new_days_join_the_month_that_was_merged_before(daily: Daily) -> None:
    daily.lake.upkeep.merge("t", least=2)
    daily.add(8)
    daily.add(9)
    merged = daily.lake.upkeep.merge("t", least=2)
    assert (merged.files_before, merged.files_after) == (3, 1)
    assert same(daily.rows(), daily.truth(ALL | {8: 1, 9: 1}))


def test_rollups_of_a_merged_month_say_what_its_readings_do(empty: Daily) -> None:
    for day in range(3):
        empty.add(day)
    lake = empty.lake
    before = lake.window("t", fields=["kw"], points=3)
    lake.upkeep.merge("t", least=2)
    after = lake.window("t", fields=["kw"], points=3)
    for name in ("kw_min", "kw_max", "kw_mean", "kw_count"):
        assert after.columns[name].tolist() == pytest.approx(before.columns[name].tolist())
    assert not lake.upkeep.check("t").damages


def test_a_wider_type_reaches_merged_files_too(daily: Daily) -> None:
    daily.lake.upkeep.merge("t", least=2)
    daily.add(8, decimals=3)
    assert same(daily.rows(), daily.truth(ALL | {8: 1}))
    assert daily.lake.fields("t") == {"kw": "DECIMAL(18,3)"}


def test_a_merge_that_is_cancelled_changes_nothing(daily: Daily) -> None:
    before = daily.lake.version("t")
    with pytest.raises(Cancelled):
        daily.lake.upkeep.merge("t", least=2, patient=Patient(is_cancelled=lambda: True))
    assert daily.lake.version("t") == before
    assert len(daily.files()) == DAYS


def test_of_two_merges_at_once_exactly_one_wins_and_an_ingest_between_loses_nothing(daily: Daily) -> None:
    others = [daily.lake, Lake(daily.lake.root, memory_limit="200MB")]
    ready, outcomes = threading.Barrier(3), []

    def merge(lake: Lake) -> None:
        waited = False

        def wait(share: float, _stage: str) -> None:
            nonlocal waited
            if share > 0 and not waited:  # both have read what there is
                waited = True
                ready.wait(PATIENCE_S)

        try:
            outcomes.append(bool(lake.upkeep.merge("t", least=2, patient=Patient(on_progress=wait))))
        except Conflict:
            outcomes.append(False)

    threads = [threading.Thread(target=merge, args=(lake,)) for lake in others]
    for thread in threads:
        thread.start()
    ready.wait(PATIENCE_S)
    daily.add(8)
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, True]
    assert same(daily.rows(), daily.truth(ALL | {8: 1}))


MERGING = """
import sys
from pathlib import Path
from fairwatt.core.errors import Conflict
from fairwatt.lake import Lake
lake = Lake(Path(sys.argv[1]), memory_limit="200MB", threads=1)
try:
    print("merged" if lake.upkeep.merge("t", least=2) else "nothing")
except Conflict:
    print("overtaken")
"""


def test_two_processes_that_merge_while_a_third_ingests_lose_nothing(daily: Daily) -> None:
    command = [sys.executable, "-c", MERGING, str(daily.lake.root)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    daily.add(8)
    daily.add(3, factor=2)
    outcomes = [process.communicate()[0].strip() for process in processes]
    assert set(outcomes) <= {"merged", "nothing", "overtaken"}
    assert all(process.returncode == 0 for process in processes)
    assert same(daily.rows(), daily.truth(ALL | {8: 1, 3: 2}))
    daily.lake.upkeep.merge("t", least=1)
    assert len(daily.lake.upkeep.check("t").damages) == 0
    assert same(daily.rows(), daily.truth(ALL | {8: 1, 3: 2}))


def test_a_day_that_is_read_again_during_a_merge_is_not_undone_by_it(daily: Daily) -> None:
    def read_again(share: float, _stage: str) -> None:
        if share > 0.9:
            daily.add(3, factor=2)

    with pytest.raises(Conflict):
        daily.lake.upkeep.merge("t", least=2, patient=Patient(on_progress=read_again))
    assert same(daily.rows(), daily.truth(ALL | {3: 2}))
