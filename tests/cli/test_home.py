"""The data folder is made once, keeps its key to itself, and nothing else is ever removed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from fairwatt.cli import home as homes
from fairwatt.core.errors import Conflict, FairwattError, StorageFull


def test_a_new_data_folder_has_a_key_that_only_its_owner_can_read(tmp_path: Path) -> None:
    home = homes.make_home(tmp_path / "data")

    key = home / "secret_key"
    assert len(key.read_text().strip()) >= 64
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_second_start_keeps_the_key(tmp_path: Path) -> None:
    first = (homes.make_home(tmp_path / "data") / "secret_key").read_text()

    assert (homes.make_home(tmp_path / "data") / "secret_key").read_text() == first


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    keys = {(homes.make_home(tmp_path / name) / "secret_key").read_text() for name in ("a", "b")}

    assert len(keys) == 2


def test_a_file_in_the_place_of_the_folder_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")

    with pytest.raises(Conflict, match=r"data is a file\. Choose a folder with --home DIR\.$"):
        homes.make_home(tmp_path / "data")


def test_too_little_space_is_told_before_anything_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "MINIMUM_FREE_BYTES", 2**62)

    with pytest.raises(StorageFull, match=r"^Only [\d,]+ MiB are free at .*data; 1,024 are needed"):
        homes.make_home(tmp_path / "data")


@pytest.mark.parametrize(
    ("number", "kind", "advice"),
    [(errno.ENOSPC, StorageFull, "Free some space."), (errno.EROFS, Conflict, "Choose another with --home DIR.")],
)
def test_a_folder_that_cannot_be_made_is_told_with_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[FairwattError], advice: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(kind) as told:
        homes.make_home(tmp_path / "data")

    assert str(told.value) == f"{tmp_path / 'data'} could not be made: {os.strerror(number)}. {advice}"


def test_reset_removes_a_data_folder(tmp_path: Path) -> None:
    home = homes.make_home(tmp_path / "data")

    homes.reset_home(home)

    assert not home.exists()


def test_reset_leaves_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_bytes(b"jpg")

    with pytest.raises(Conflict, match="is not a data folder of Fairwatt, so it was not removed"):
        homes.reset_home(tmp_path / "photos")

    assert (tmp_path / "photos" / "one.jpg").exists()
