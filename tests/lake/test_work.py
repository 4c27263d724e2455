"""Folders of work in progress: whoever dies over one leaves nothing that stands in anybody's way."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fairwatt.lake import work
from fairwatt.lake.work import Intent, WorkFolder, clear_abandoned


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "work"
    path.mkdir()
    return path


def taken_back(_intent: Intent) -> None:
    raise AssertionError("nothing was announced")


def died_over(root: Path, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of its own begins a batch's folder and is ended by force at a call of the system."""
    child = os.fork()
    if child == 0:

        def end(*_arguments: object, **_named: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr(work.os if at == "open" else work.Path if at == "rename" else work.fcntl, at, end)
        WorkFolder.new(root, "batch")
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


@pytest.mark.parametrize("at", ["open", "flock", "rename"])
def test_a_batch_whose_maker_died_before_its_folder_had_a_name_can_be_begun_again(
    root: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    died_over(root, at, monkeypatch)

    with WorkFolder.new(root, "batch") as folder:
        assert (folder.path, clear_abandoned(root, taken_back)) == (root / "batch", 1)
        assert [entry.name for entry in root.iterdir()] == ["batch"]

    assert list(root.iterdir()) == []


@pytest.mark.parametrize("removals", range(4))
def test_what_is_left_by_whoever_died_removing_a_folder_is_cleared_away(
    root: Path, removals: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = os.fork()
    if child == 0:
        with WorkFolder.new(root) as folder:
            (folder.path / "part").write_text("half")
            (folder.path / "parts").mkdir()
            left = iter(range(removals))

            def end_at_last(remove: Callable[[Path], None]) -> Callable[[Path], None]:
                def step(path: Path) -> None:
                    if next(left, None) is None:
                        os.kill(os.getpid(), signal.SIGKILL)
                    remove(path)

                return step

            for kind in (work, Path):
                for name in {"remove_folder", "unlink", "rmdir"} & set(vars(kind)):
                    monkeypatch.setattr(kind, name, end_at_last(getattr(kind, name)))
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert [len(list(entry.iterdir())) for entry in root.iterdir()] == [3 - removals]

    assert clear_abandoned(root, taken_back) == 1
    assert list(root.iterdir()) == []


def test_a_folder_in_use_is_left_alone(root: Path) -> None:
    with WorkFolder.new(root) as folder:
        (folder.path / "part").write_text("half")

        assert clear_abandoned(root, taken_back) == 0
        assert (folder.path / "part").read_text() == "half"


def test_folders_that_cleaners_meet_in_the_making_are_made_all_the_same(root: Path) -> None:
    done = threading.Event()

    def clean() -> None:
        while not done.is_set():
            clear_abandoned(root, taken_back)
            done.wait(0.001)

    cleaners = [threading.Thread(target=clean) for _ in range(2)]
    for cleaner in cleaners:
        cleaner.start()
    try:
        for _ in range(200):
            with WorkFolder.new(root) as folder:
                (folder.path / "part").write_text("whole")
                assert (folder.path / "part").read_text() == "whole"
    finally:
        done.set()
        for cleaner in cleaners:
            cleaner.join()
    clear_abandoned(root, taken_back)
    assert list(root.iterdir()) == []
