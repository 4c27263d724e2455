"""The members of an archive, zip or tar: listed once, and read one at a time."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from fairwatt.lake.inflating import open_member

MOST_MEMBERS = 10_000
FEW_MEMBERS, FEW_BYTES = 60, 64 << 20  # up to so many, and so large together, all are looked at
_OF_EACH_FORM = 8
_MOST_FORMS = 12
_DIGITS = re.compile(r"\d+")
_NO_FILES = frozenset({".DS_Store", "Thumbs.db"})


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its name there, its bytes as the archive says, whether it is locked, how it is opened.

    The name is only looked up and shown, never made into a path.
    """

    name: str
    size: int
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
        yield [
            Member(info.filename, info.file_size, bool(info.flag_bits & 1), _opener(archive, info)) for info in files
        ]


def some_of(found: Sequence[Member]) -> list[Member]:
    """Members enough to know the others by: of the names that differ in their digits only, some from the first to the
    last; of an archive of few small files, all."""
    if len(found) <= FEW_MEMBERS and sum(member.size for member in found) <= FEW_BYTES:
        return list(found)
    forms: dict[str, list[int]] = {}
    for number, member in enumerate(found):
        forms.setdefault(_DIGITS.sub("0", member.name), []).append(number)
    if len(forms) > _MOST_FORMS:  # names tell nothing: endings do
        forms = {}
        for number, member in enumerate(found):
            forms.setdefault(PurePosixPath(member.name).suffix.casefold(), []).append(number)
    largest = sorted(forms.values(), key=len, reverse=True)[:_MOST_FORMS]
    chosen = {
        numbers[(len(numbers) - 1) * place // (_OF_EACH_FORM - 1)]
        for numbers in largest
        for place in range(_OF_EACH_FORM)
    }
    return [found[number] for number in sorted(chosen)]


def _of_tar(tar: tarfile.TarFile) -> Iterator[Member]:
    count = 0
    for info in tar:
        if info.isfile() and _is_meant(info.name):
            yield Member(info.name, info.size, False, _tar_opener(tar, info))
            count += 1
        if count > MOST_MEMBERS:
            return


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: open_member(archive, info)


def _tar_opener(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    return lambda: cast("IO[bytes]", tar.extractfile(info))


def _is_meant(name: str) -> bool:
    path = PurePosixPath(name)
    return not name.startswith("__MACOSX/") and path.name not in _NO_FILES and not path.name.startswith("._")
