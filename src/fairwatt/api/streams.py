"""Send bytes whose number nobody knows beforehand, so that a failure on the way can't pass for the end.

The web server that the platform runs on ends a response cleanly when the application fails in the middle of
it, so a cut table would look whole. Two things are done about it. What has been sent is spoilt in a way that
its format's readers refuse: a CSV ends in a quote that is never closed, JSON stays open, an Arrow stream
announces a message that never comes, a Parquet file lacks its footer. And the connection is cut where it is
the only one from that address, so that HTTP itself reports the cut.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from fairwatt.api.sockets import own_sockets
from fairwatt.api.turns import Turn, take_turn

logger = logging.getLogger(__name__)

_PIECE_BYTES: Final = 256 * 1024
_NOTICE: Final = "The transfer broke off here. What came before is not all. "
_SPOILERS: Final[dict[str, bytes]] = {
    "text/csv": f'\r\n"{_NOTICE}'.encode(),
    "application/json": f"\n{_NOTICE}".encode(),
    "application/vnd.apache.arrow.stream": b"\xff\xff\xff\xff\xff\xff\xff\x7f",
    "application/vnd.apache.parquet": _NOTICE.encode(),
}


def stream_response(
    request: HttpRequest, chunks: Iterable[bytes], *, media_type: str, filename: str
) -> StreamingHttpResponse:
    """Answer with ``chunks`` as they come, as a file to be saved.

    The first chunk is made before the answer begins, so that what fails at once is an error with its status.
    For HEAD nothing is made.

    Parameters
    ----------
    media_type
        Of the whole; parameters such as ``charset`` may follow.
    filename
        What the download is called.

    Raises
    ------
    FairwattError
        What making the first chunk raises.
    TooManyRequests
        Where this server, or whoever asks, has as many long answers under way as it may.
    """
    body = Guarded(
        chunks,
        spoiler=_SPOILERS.get(media_type.split(";", maxsplit=1)[0].strip(), _NOTICE.encode()),
        break_off=lambda: cut_connection(request),
        turn=take_turn(request) if request.method != "HEAD" else None,
    )
    if request.method != "HEAD":
        body.begin()
    response = StreamingHttpResponse(body, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


class Guarded:
    """Chunks that end in a spoiler and a broken connection where making them fails.

    Parameters
    ----------
    chunks
        What to send.
    spoiler
        What no reader of the format takes for an end.
    break_off
        Called after the spoiler has been handed on.
    turn
        Given back at the end, whoever comes to it.
    """

    def __init__(
        self, chunks: Iterable[bytes], *, spoiler: bytes, break_off: Callable[[], object], turn: Turn | None = None
    ) -> None:
        self._chunks = iter(chunks)
        self._spoiler = spoiler
        self._break_off = break_off
        self._turn = turn
        self._first: bytes | None = None

    def begin(self) -> None:
        """Make the first chunk; what it raises is raised here."""
        try:
            self._first = next(self._chunks, b"")
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        try:
            if self._first is not None:
                yield from _pieces(self._first)
                self._first = None
            for chunk in self._chunks:
                yield from _pieces(chunk)
        except Exception:
            logger.exception("a transfer broke off")
            yield self._spoiler
            self._break_off()
            raise
        finally:
            self._give_back()

    def close(self) -> None:
        """Let go of whatever makes the chunks."""
        close = getattr(self._chunks, "close", None)
        try:
            if close is not None:
                close()
        finally:
            self._give_back()

    def _give_back(self) -> None:
        if self._turn is not None:
            self._turn.give_back()


def _pieces(chunk: bytes) -> Iterator[bytes]:
    """A chunk in pieces: the server takes several ahead of the reader, and keeps them."""
    for at in range(0, len(chunk), _PIECE_BYTES):
        yield chunk[at : at + _PIECE_BYTES]


def cut_connection(request: HttpRequest) -> bool:
    """Cut the connection that ``request`` came by, where it can be told from others; say whether it was.

    The server does not tell the application which of its sockets carries a request, only the address at the
    other end: where several connections come from there (a proxy), none is touched.
    """
    address = request.META.get("REMOTE_ADDR", "")
    found = [duplicate for duplicate in own_sockets() if _comes_from(duplicate, address)]
    try:
        if len(found) != 1 or not address:
            return False
        found[0].shutdown(socket.SHUT_RDWR)
    except OSError:
        return False
    finally:
        for duplicate in found:
            duplicate.close()
    return True


def _comes_from(candidate: socket.socket, address: str) -> bool:
    try:
        local, peer = candidate.getsockname(), candidate.getpeername()
        is_ours = candidate.family in {socket.AF_INET, socket.AF_INET6} and peer[0] == address
        if is_ours and _is_server_side(local[1]):
            return True
    except (OSError, IndexError):
        pass
    candidate.close()
    return False


def _is_server_side(port: int) -> bool:
    """Say whether a local port is one we listen on, not one that a client of ours was given."""
    for candidate in own_sockets():
        with candidate:
            try:
                is_listening = bool(candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
                if is_listening and candidate.getsockname()[1] == port:
                    return True
            except (OSError, IndexError):
                continue
    return False
