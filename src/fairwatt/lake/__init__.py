"""Bytes at rest: raw files by sha256, readings as open tables with rollups, one query door."""

from __future__ import annotations

from fairwatt.lake.opening import Readable
from fairwatt.lake.raw import RawFile, RawStore, hash_file
from fairwatt.lake.results import ChannelSummary, IngestResult, WindowFrame
from fairwatt.lake.sampling import sample_file
from fairwatt.lake.store import Lake

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
