"""The members of an archive, zip or tar: listed once, and read one at a time."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

MOST_MEMBERS = 10_000
_NO_FILES = frozenset({".DS_Store", "Thumbs.db"})


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its name there, whether it is locked, and how it is opened.

    The name is only looked up and shown, never made into a path.
    """

    name: str
    is_locked: bool
    open: Callable[[], IO[bytes]]


@contextmanager
def opened_archive(path: Path, form: str) -> Iterator[list[Member]]:
    """The files of an archive, one more than are read where there are so many; folders, links and what a Mac adds
    are left out.

    Parameters
    ----------
    form
        ``zip`` or ``tar``.
    """
    if form == "tar":
        with tarfile.open(path, "r:") as tar:
            yield list(_of_tar(tar))
        return
    with zipfile.ZipFile(path) as archive:
        files = (info for info in archive.infolist() if not info.is_dir() and _is_meant(info.filename))
        yield [Member(info.filename, bool(info.flag_bits & 1), _opener(archive, info)) for info in files]


def _of_tar(tar: tarfile.TarFile) -> Iterator[Member]:
    count = 0
    for info in tar:
        if info.isfile() and _is_meant(info.name):
            yield Member(info.name, False, _tar_opener(tar, info))
            count += 1
        if count > MOST_MEMBERS:
            return


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(info)


def _tar_opener(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    return lambda: cast("IO[bytes]", tar.extractfile(info))


def _is_meant(name: str) -> bool:
    path = PurePosixPath(name)
    return not name.startswith("__MACOSX/") and path.name not in _NO_FILES and not path.name.startswith("._")
