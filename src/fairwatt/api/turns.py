"""Turns for long answers: whoever reads slowly holds a thread of the server, and must not hold the last one.

The server sends an answer from one of its threads, which waits where the reader does. So only some of the threads
send long answers at a time, few of them to one asker; whoever comes later waits a moment for a turn, and is then told
to come again. A connection whose reader takes nothing for a minute is ended by the system.
"""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b

from django.conf import settings
from django.http import HttpRequest

from fairwatt.api.sockets import own_sockets
from fairwatt.core.errors import TooManyRequests

FREE_BYTES = 1 << 20  # goes into the buffers of a connection, or nearly
WAIT_S = 3.0
RETRY_S = 10
STALLED_MS = 60_000


class Turn:
    """The right to send one long answer, until it is given back; giving it back twice is no fault."""

    def __init__(self, turns: Turns, asker: str) -> None:
        self._turns, self._asker = turns, asker
        self._is_held = True

    def give_back(self) -> None:
        """Let somebody else send."""
        if self._is_held:
            self._is_held = False
            self._turns.take_back(self._asker)

    __del__ = give_back  # of an answer that nobody asked for a byte of


class Turns:
    """Who sends a long answer now.

    Parameters
    ----------
    most, each
        How many there are at once, and for one asker.
    waiting
        How many may wait for one.
    """

    def __init__(self, *, most: int, each: int, waiting: int = 1) -> None:
        self._most, self._each, self._waiting = most, each, waiting
        self._held: Counter[str] = Counter()
        self._queue = 0
        self._changed = threading.Condition(threading.RLock())  # a collected answer gives back inside our own lock

    def take(self, asker: str, *, wait_s: float) -> Turn:
        """Take a turn, after a moment where that helps.

        Raises
        ------
        TooManyRequests
            Where all turns, or all of this asker, are taken.
        """
        with self._changed:
            if not self._is_free(asker) and self._queue < self._waiting:
                self._queue += 1
                self._changed.wait_for(lambda: self._is_free(asker), wait_s)
                self._queue -= 1
            if not self._is_free(asker):
                raise TooManyRequests(
                    "This server already sends as many long downloads as it can, or as one reader may have at once.",
                    retry_after_s=RETRY_S,
                )
            self._held[asker] += 1
        return Turn(self, asker)

    def take_back(self, asker: str) -> None:
        """Take a turn back from whoever had it."""
        with self._changed:
            self._held[asker] -= 1
            self._held += Counter()  # without those at zero
            self._changed.notify_all()

    def _is_free(self, asker: str) -> bool:
        return self._held.total() < self._most and self._held[asker] < self._each


def take_turn(request: HttpRequest) -> Turn:
    """Take a turn for the long answer to a request, and see to it that a reader who stalls is cut off."""
    turn = _turns().take(_asker_of(request), wait_s=WAIT_S)
    _bound_stalls()
    return turn


_made: list[Turns] = []


def _turns() -> Turns:
    if not _made:
        most = max(1, int(settings.FAIRWATT_DOWNLOADS_AT_ONCE))
        _made.append(Turns(most=most, each=max(1, -(-most // 2))))
    return _made[0]


def _asker_of(request: HttpRequest) -> str:
    """A name for whoever asks: by token, session or address."""
    told = request.headers.get("Authorization") or request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return blake2b(f"{told or request.META.get('REMOTE_ADDR', '')}".encode(), digest_size=16).hexdigest()


def _bound_stalls() -> None:
    """Have the system end those connections whose other end takes nothing for long; Linux can."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is None:
        return
    for one in _served():
        with suppress(OSError):
            one.setsockopt(socket.IPPROTO_TCP, option, STALLED_MS)


def _served() -> Iterator[socket.socket]:
    """Our ends of the connections to the ports that we listen on."""
    found = list(own_sockets())
    try:
        ports = {one.getsockname()[1] for one in found if _listens(one)}
        for one in found:
            with suppress(OSError, IndexError):
                if one.family in {socket.AF_INET, socket.AF_INET6} and one.getsockname()[1] in ports:
                    yield one
    finally:
        for one in found:
            one.close()


def _listens(one: socket.socket) -> bool:
    try:
        return one.family in {socket.AF_INET, socket.AF_INET6} and bool(
            one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        )
    except OSError:
        return False
