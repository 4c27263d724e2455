"""The health of readings: checks find blocks of doubtful readings, scores say how much is sound."""

from __future__ import annotations

from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.readings import Channel, Readings, ReadingsInMemory, Window
from fairwatt.core.quality.report import HealthReport
from fairwatt.core.quality.scanning import Scan, ScanOptions, scan_health

__all__ = [
    "Channel",
    "Detections",
    "HealthReport",
    "Readings",
    "ReadingsInMemory",
    "Scan",
    "ScanOptions",
    "Window",
    "scan_health",
]
