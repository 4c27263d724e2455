"""A network that breaks: a relay that cuts connections after so many bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Relay:
    """Hand bytes on between a client and a server, and cut some connections.

    Parameters
    ----------
    target
        The server's address.
    cuts
        For each connection in turn, after how many bytes it is cut: those of the client (``up``) or of the
        server (``down``). None, and every connection beyond the list, is never cut.
    """

    def __init__(self, target: str, cuts: list[tuple[str, int] | None]) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 80)
        self._cuts = list(cuts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut_count = 0
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=10)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            cut = self._cuts.pop(0) if self._cuts else None
            far = socket.create_connection(self._target)
            for side, source, sink in (("up", near, far), ("down", far, near)):
                limit = cut[1] if cut and cut[0] == side else None
                thread = threading.Thread(target=self._pump, args=(source, sink, limit), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pump(self, source: socket.socket, sink: socket.socket, limit: int | None) -> None:
        passed = 0
        with suppress(OSError):
            while piece := source.recv(16_384):
                if limit is not None and passed + len(piece) >= limit:
                    sink.sendall(piece[: limit - passed])
                    self.cut_count += 1
                    break
                sink.sendall(piece)
                passed += len(piece)
        for side in (source, sink):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            source.close()


@contextmanager
def relay(target: str, cuts: list[tuple[str, int] | None]) -> Iterator[Relay]:
    """Run a relay for as long as the block lasts."""
    running = Relay(target, cuts)
    try:
        yield running
    finally:
        running.close()
