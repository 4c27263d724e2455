"""What tests wait for that another thread, process or machine does: asked again and again, with much patience."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 240  # of what comes for sure, on a machine that may be slow and busy; only a test that fails waits so long
_Found = TypeVar("_Found")


def until(look: Callable[[], _Found], every_s: float = 0.02) -> _Found:
    """Look again and again until there is something, and answer with it."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {PATIENCE_S} s"
        time.sleep(every_s)
    return found
