"""What a file is and how to read it: kind, dialect, times, zones, units, all in one import profile."""

from __future__ import annotations

from fairwatt.core.files.asking import apply_answers, open_questions
from fairwatt.core.files.inspection import Inspection, inspect_file
from fairwatt.core.files.local_time import LocalClock
from fairwatt.core.files.profile import (
    PROFILE_VERSION,
    ChannelRule,
    Compression,
    Dialect,
    How,
    ImportProfile,
    Kind,
    Question,
    TimestampRule,
)
from fairwatt.core.files.recognition import recognise_kind
from fairwatt.core.files.regularity import StampScan
from fairwatt.core.files.sampling import FileSample
from fairwatt.core.files.spatial import describe_geojson
from fairwatt.core.files.stamp_report import StampReport

__all__ = [
    "PROFILE_VERSION",
    "ChannelRule",
    "Compression",
    "Dialect",
    "FileSample",
    "How",
    "ImportProfile",
    "Inspection",
    "Kind",
    "LocalClock",
    "Question",
    "StampReport",
    "StampScan",
    "TimestampRule",
    "apply_answers",
    "describe_geojson",
    "inspect_file",
    "open_questions",
    "recognise_kind",
]
