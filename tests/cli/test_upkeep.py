"""Upkeep from the command line, on a data folder with a dataset of two days."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result
from typer.testing import CliRunner

from fairwatt.cli import upkeep as commands
from fairwatt.lake import Lake
from fairwatt.records.models import Dataset, Erasure
from fairwatt.services.lakes import get_lake
from tests.services.test_upkeep import days, parquet, spoil

pytestmark = pytest.mark.django_db
Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process, which is set up already."""
    monkeypatch.setattr(commands, "_prepare", lambda _home: None)
    return lambda *words: CliRunner().invoke(commands.app, words)


@pytest.fixture
def owner() -> Dataset:
    return days(2, "Homes", identifier="LEOD7")


def test_small_files_are_merged_and_counted(run: Run, owner: Dataset) -> None:
    said = run("run", "merge", "--dataset", owner.key)
    assert (said.exit_code, "Homes: 2 files became 1" in said.output) == (0, True), said.output
    table = run("costs").output.splitlines()
    assert (len(table), table[1].split(",")[:3]) == (3, [owner.key, "LEOD7", "Homes"])


def test_damage_is_said_and_has_an_exit_code_of_its_own(run: Run, owner: Dataset) -> None:
    assert run("status").exit_code == 0
    spoil(parquet(owner)[0])
    assert run("run", "check").exit_code == 0
    said = run("status")
    assert (said.exit_code, said.output.splitlines()[0][:9]) == (10, "✗ Homes: ")


def test_readings_are_written_anew_in_fewer_bytes_or_left_alone(run: Run, owner: Dataset) -> None:
    said = run("run", "recode", "--dataset", owner.key, "--level", "19")
    assert said.exit_code == 0, said.output
    assert "files: " in said.output
    assert get_lake().window(owner.table, fields=["kw"]).total == 288


def test_a_dataset_is_erased_by_its_name_alone(run: Run, owner: Dataset) -> None:
    words = ("erase", owner.key, "--reason", "It was never ours to keep.")
    refused = run(*words, "--confirm", "homes")
    assert refused.exit_code != 0
    assert "type LEOD7 exactly" in str(refused.exception)
    assert run(*words, "--confirm", "LEOD7").exit_code == 0
    assert Erasure.objects.get().finished_at is not None
    assert parquet(owner) == []


def test_all_is_copied_to_another_place_and_read_there(run: Run, owner: Dataset, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("other")
    first = run("move", str(folder))
    assert "copied and verified, 0 there before" in first.stdout
    count = len([path for path in folder.rglob("*") if path.is_file()])
    assert run("move", str(folder)).stdout.startswith(f"0 files (0 bytes) copied and verified, {count} there")
    there = Lake(folder)
    assert there.window(owner.table, fields=["kw"]).total == 288
    for file in owner.files.all():
        assert there.upkeep.check_original(file.sha256, file.size) is None
    path = next(folder.rglob("source=*/**/*.parquet"))
    spoil(path)
    assert "1 files" in run("move", str(folder)).stdout, "what is not as it was is copied again"
    assert not Lake(folder).upkeep.check(owner.table).damages
