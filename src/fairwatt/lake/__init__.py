"""Bytes at rest: raw files by sha256, readings as open tables with rollups, one query door.

Each name is imported when it is first asked for: the command line reads a file without the engines of the tables.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fairwatt.lake.opening import Readable
    from fairwatt.lake.raw import RawFile, RawStore, hash_file
    from fairwatt.lake.results import ChannelSummary, IngestResult, WindowFrame
    from fairwatt.lake.sampling import sample_file
    from fairwatt.lake.store import Lake

# Read when Arrow first asks for memory. Its own pools keep what was let go of: an ingest peaks 40-80 MB higher with
# them, and takes as long.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

__all__ = [
    "ChannelSummary",
    "IngestResult",
    "Lake",
    "RawFile",
    "RawStore",
    "Readable",
    "WindowFrame",
    "hash_file",
    "sample_file",
]
_HOMES = {
    "ChannelSummary": "results",
    "IngestResult": "results",
    "Lake": "store",
    "RawFile": "raw",
    "RawStore": "raw",
    "Readable": "opening",
    "WindowFrame": "results",
    "hash_file": "raw",
    "sample_file": "sampling",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
