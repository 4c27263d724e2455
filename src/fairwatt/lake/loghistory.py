"""What a Delta table's log tells of its past: its versions, and for each file the versions that held it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fairwatt.lake.deltalog import DeltaFolder

SUMS = "fairwatt.sums"  # sha256 of each file that an entry adds, as JSON


@dataclass(frozen=True, slots=True)
class Entry:
    """One version: its number, when it was committed by the writer's clock, and what was told with it."""

    version: int
    at: datetime
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FileLife:
    """A file that some version held: from ``added`` to before ``removed``, None where it still does.

    ``sha256`` is "" where it was not noted; ``source`` is its partition's.
    """

    place: str
    source: str
    size: int
    rows: int
    added: int
    removed: int | None
    sha256: str

    def is_in(self, version: int) -> bool:
        """Whether a version holds it."""
        return self.added <= version and (self.removed is None or version < self.removed)


@dataclass(frozen=True, slots=True)
class LogHistory:
    """A table's past, oldest version first."""

    entries: tuple[Entry, ...]
    lives: tuple[FileLife, ...]

    @classmethod
    def of(cls, folder: DeltaFolder) -> LogHistory:
        """Read the whole log; it is never shortened by us."""
        lives: dict[str, FileLife] = {}
        paths = sorted((folder.root / "_delta_log").glob("*.json"))
        entries = [_read_entry(path, int(path.stem), lives) for path in paths if path.stem.isdecimal()]
        return cls(tuple(entries), tuple(lives.values()))

    def replaced_at(self, version: int) -> datetime | None:
        """When the version after this one came, by the latest clock seen until then; None for the present one.

        A clock that was set back makes later versions look older than they are: they count as of the latest
        instant that any earlier version bears, so that nothing is taken for old too soon.
        """
        seen = [entry.at for entry in self.entries if entry.version <= version + 1]
        return max(seen) if self.entries and self.entries[-1].version > version else None


def _read_entry(path: Path, version: int, lives: dict[str, FileLife]) -> Entry:
    actions = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    info: dict[str, Any] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
    told = {key: value for key, value in info.items() if key.startswith("fairwatt.") and isinstance(value, str)}
    sums: dict[str, str] = json.loads(told.get(SUMS, "{}"))
    for action in actions:
        if remove := action.get("remove"):
            place = unquote(remove["path"])
            if place in lives:
                known = lives[place]
                lives[place] = FileLife(place, known.source, known.size, known.rows, known.added, version, known.sha256)
        if add := action.get("add"):
            place = unquote(add["path"])
            rows = json.loads(add.get("stats") or "{}").get("numRecords", 0)
            source = (add.get("partitionValues") or {}).get("source") or ""
            lives[place] = FileLife(place, source, add["size"], rows, version, None, sums.get(place, ""))
    return Entry(version, datetime.fromtimestamp(info.get("timestamp", 0) / 1000, UTC), told)
