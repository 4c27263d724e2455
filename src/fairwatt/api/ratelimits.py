"""How often a person, a token or an address may ask: one token bucket each, in this process's memory.

No request writes to the database for it. With several server processes each keeps its own buckets, so the
true limit is the stated one times the number of processes; docs/reference/api.md says so.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from django.conf import settings

from fairwatt.core.errors import TooManyRequests

REQUESTS_PER_MINUTE = 600
WRITES_PER_MINUTE = 6_000  # of one deploy token's dataset
REFUSALS_PER_MINUTE = 10
REFUSALS_BURST = 30
MAX_BUCKETS = 20_000


class Buckets:
    """A token bucket for each key: ``burst`` at once, ``per_minute`` in the long run.

    Parameters
    ----------
    per_minute
        Requests per minute that refill a bucket.
    burst
        Requests a full bucket holds.
    clock
        Seconds from any origin, never going back.
    """

    def __init__(self, *, per_minute: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._lock = Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Take one request from the bucket of ``key``.

        Raises
        ------
        TooManyRequests
            Where it is empty; ``retry_after_s`` says when it holds one again.
        """
        with self._lock:
            level = self._level(key)
            if level < 1:
                raise self._refusal(level)
            self._levels[key] = (level - 1, self._clock())
            self._levels.move_to_end(key)
            while len(self._levels) > MAX_BUCKETS:
                self._levels.popitem(last=False)  # whoever asked longest ago: its bucket has refilled most

    def check(self, key: str) -> None:
        """Raise like :meth:`take`, taking nothing."""
        with self._lock:
            level = self._level(key)
            if level < 1:
                raise self._refusal(level)

    def _level(self, key: str) -> float:
        level, at = self._levels.get(key, (self._burst, self._clock()))
        return min(self._burst, level + (self._clock() - at) * self._per_s)

    def _refusal(self, level: float) -> TooManyRequests:
        wait_s = max(1, math.ceil((1 - level) / self._per_s))
        return TooManyRequests("You have asked more often than this server answers.", retry_after_s=wait_s)


class Limits:
    """The limits of this process: requests and harvests by asker, live writes by token, refusals by address."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Fill every bucket and read the setting anew (for tests, and after a change of settings)."""
        per_minute = float(getattr(settings, "FAIRWATT_API_REQUESTS_PER_MINUTE", REQUESTS_PER_MINUTE))
        self.requests = Buckets(per_minute=per_minute, burst=per_minute)
        self.harvests = Buckets(per_minute=10 * per_minute, burst=10 * per_minute)
        self.writes = Buckets(per_minute=WRITES_PER_MINUTE, burst=WRITES_PER_MINUTE)
        self.refusals = Buckets(per_minute=REFUSALS_PER_MINUTE, burst=REFUSALS_BURST)


limits = Limits()
