"""What services announce to whoever listens, above them in the house: they know nobody who does."""

from __future__ import annotations

from django.dispatch import Signal

readings_stored = Signal()  # with ``file_key`` and ``at``, once a file's readings are there for all to see
