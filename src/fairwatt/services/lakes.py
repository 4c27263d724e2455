"""The one lake of this process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from fairwatt.lake import Lake


def get_lake() -> Lake:
    """The lake in the data folder; one object a process and folder, safe to use from several threads."""
    return _open(Path(settings.FAIRWATT_HOME) / "lake", settings.FAIRWATT_KEPT_EXPORTS_BYTES)


@lru_cache(maxsize=4)
def _open(root: Path, kept_bytes: int) -> Lake:
    return Lake(root, kept_bytes=kept_bytes)
