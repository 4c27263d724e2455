"""Work behind everybody's back: done one after another by a thread that keeps nobody from ending."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Behind:
    """A queue of small work whose failure nobody minds.

    Parameters
    ----------
    most
        How much waits at most; what is added beyond it is forgotten.
    """

    def __init__(self, name: str, most: int = 10_000) -> None:
        self._name = name
        self._waiting: deque[Callable[[], object]] = deque(maxlen=most)
        self._guard = threading.Lock()
        self._is_busy = False

    def add(self, work: Callable[[], object]) -> None:
        """Have something done soon."""
        with self._guard:
            self._waiting.append(work)
            if not self._is_busy:
                self._is_busy = True
                threading.Thread(target=self._go_on, name=self._name, daemon=True).start()

    def _go_on(self) -> None:
        while True:
            with self._guard:
                if not self._waiting:
                    self._is_busy = False
                    return
                work = self._waiting.popleft()
            try:
                work()
            except Exception:
                logger.exception("work behind everybody's back failed")
