"""By how much the clock of one meter is behind another's: offset, drift and steps, and whether that is sure."""

from __future__ import annotations

from fairwatt.core.alignment.comparing import align
from fairwatt.core.alignment.grids import Signal
from fairwatt.core.alignment.report import Alignment, Verdict
from fairwatt.core.alignment.shifts import Shift

__all__ = ["Alignment", "Shift", "Signal", "Verdict", "align"]
