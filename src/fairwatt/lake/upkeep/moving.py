"""Copy a lake's originals and tables from one store to another, each file verified on arrival."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fairwatt.core.errors import DamagedData
from fairwatt.lake.stores import Store
from fairwatt.lake.work import WorkFolder

FOLDERS = ("raw", "tables")


@dataclass(frozen=True, slots=True)
class Moved:
    """What was copied, what the other store had already, and received files that wait for the present one still."""

    files: int = 0
    size: int = 0
    there_already: int = 0
    waiting: int = 0


def copy_store(
    source: Store, target: Store, *, work: Path, check: Callable[[float], object] = lambda _share: None
) -> Moved:
    """Copy what ``source`` keeps to ``target``; what is there already with the same bytes is left as it is.

    May be run again, and goes on where it was stopped. Nobody may write to ``source`` during the last run.

    Parameters
    ----------
    check
        Called before each file with the share done, 0-1; may raise to stop.

    Raises
    ------
    DamagedData
        Where a file did not arrive as it was.
    """
    target.check()
    found = [one for folder in FOLDERS for one in source.walk(source.root / folder)]
    # Logs go last: a table that is named by its log has all its files.
    found.sort(key=lambda one: ("_delta_log" in one.path.parts, str(one.path)))
    total = sum(one.size for one in found) or 1
    files = size = done = there = 0
    with WorkFolder.new(work) as folder:
        for one in found:
            check(done / total)
            done += one.size
            place = target.root / one.path.relative_to(source.root)
            digest = _hash(source, one.path, one.size)
            if _is_there(target, place, digest, one.size):
                there += 1
                continue
            half = folder.path / "moving"
            with half.open("wb") as out:
                out.writelines(source.stream(one.path, 0, one.size))
            target.take({place: half}, is_frozen=place.is_relative_to(target.root / "raw"))
            if not _is_there(target, place, digest, one.size):
                raise DamagedData(
                    f"{place.name} did not arrive in the other store as it was.",
                    where={"file": str(one.path.relative_to(source.root))},
                    next_step="Nothing was switched. Check the other store, then move again.",
                )
            files, size = files + 1, size + one.size
    return Moved(files, size, there)


def _is_there(store: Store, path: Path, digest: str, size: int) -> bool:
    try:
        return store.size(path) == size and _hash(store, path, size) == digest
    except FileNotFoundError:
        return False


def _hash(store: Store, path: Path, size: int) -> str:
    digest = sha256()
    for chunk in store.stream(path, 0, size):
        digest.update(chunk)
    return digest.hexdigest()
