"""Serve the bytes of a file: ranges, conditional requests, and digests (RFC 9110, RFC 9530).

Django's own file response ignores ``Range``; programs that read Parquet from far away begin with the file's
last bytes (``bytes=-N``), browsers resume downloads with ``If-Range``. A file's entity tag is its sha256.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import IO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from fairwatt.api.problems import problem
from fairwatt.api.turns import FREE_BYTES, Turn, take_turn
from fairwatt.core.errors import NotFound

PIECE_BYTES = 256 * 1024
_SPEC = re.compile(r"^(\d*)-(\d*)$")
_MARKUP = re.compile("html|svg|[/+]xml")  # workbooks of "openxmlformats" are none


@dataclass(frozen=True)
class Span:
    """Bytes ``start`` to ``end``, half-open."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start


class UnsatisfiableRange(ValueError):  # noqa: N818 - names the state, not a fault of ours
    """None of the asked bytes exist."""


def parse_range(header: str, size: int) -> Span | None:
    """Parse a ``Range`` header for a representation of ``size`` bytes.

    Returns None where the whole is to be sent: no header, another unit than bytes, a header that is none
    (RFC 9110 §14.2 has a server ignore it), or several ranges at once, which this server does not stitch.

    Raises
    ------
    UnsatisfiableRange
        Where the range begins at or after the end, or asks for the last 0 bytes.

    >>> parse_range("bytes=0-3", 10)
    Span(start=0, end=4)
    >>> parse_range("bytes=-4", 10)
    Span(start=6, end=10)
    """
    unit, equals, specs = header.strip().partition("=")
    if not equals or unit.strip().lower() != "bytes" or "," in specs:
        return None
    match = _SPEC.match(specs.strip())
    if match is None or not match.group(0).strip("-"):
        return None
    first, last = match.groups()
    if not first:
        length = int(last[:20])
        if length == 0 or size == 0:
            raise UnsatisfiableRange(header)
        return Span(max(0, size - length), size)
    start = int(first[:20])
    if last and int(last[:20]) < start:
        return None
    if start >= size:
        raise UnsatisfiableRange(header)
    return Span(start, min(int(last[:20]) + 1, size) if last else size)


def etag_of(sha256: str) -> str:
    """The strong entity tag of the bytes with this hash."""
    return f'"{sha256}"'


def digest_header(sha256: str) -> str:
    """The value of ``Repr-Digest`` for a sha256 in hexadecimal (RFC 9530)."""
    return f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:"


def matches_etag(header: str, etag: str, *, weak: bool) -> bool:
    """Say whether an ``If-Match`` or ``If-None-Match`` header names ``etag``.

    ``weak`` allows weak tags to match (If-None-Match, RFC 9110 §8.8.3.2).
    """
    if header.strip() == "*":
        return True
    tags = [tag.strip() for tag in header.split(",")]
    if weak:
        tags = [tag.removeprefix("W/") for tag in tags]
    return etag in tags


def serve_file(
    request: HttpRequest,
    *,
    path: Path | None,
    read: Callable[[int, int], Iterator[bytes]] | None = None,
    name: str,
    size: int,
    sha256: str = "",
    media_type: str,
    etag: str = "",
    cache_control: str = "private, no-cache",
    is_lasting: bool = True,
) -> HttpResponseBase:
    """Answer a GET or HEAD for a stored file.

    Parameters
    ----------
    path
        Where the bytes are; they never change. None where they are not on this machine.
    read
        What yields the bytes from one place to before another, where there is no path.
    name
        What the download is called; it is always an attachment, and markup is never served as such.
    size
        Bytes.
    sha256
        Of the whole, in hexadecimal; it is the entity tag too, where there is no ``etag``.
    media_type
        As recognised from the content.
    etag
        A strong entity tag of just these bytes, where nobody has hashed the whole.
    is_lasting
        False where the address may be of other bytes the next time: a span is given only to who names the tag of what
        they have, else the whole, as parts of two files are none.

    Returns
    -------
    200 with the whole, 206 with a span, 304, 412 or 416. A file shorter than ``size`` breaks the transfer.

    Raises
    ------
    NotFound
        Where the bytes are not there.
    """
    etag = etag or etag_of(sha256)
    answer = _judge_conditions(request, etag) or _send(request, path, read, size=size, etag=etag, is_lasting=is_lasting)
    if answer.status_code in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        answer["Content-Type"] = _safe_media_type(media_type)
        answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"

        answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
        if sha256:
            answer["Repr-Digest"] = digest_header(sha256)
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        answer["Cache-Control"] = cache_control
    answer["ETag"] = etag
    answer["Accept-Ranges"] = "bytes"
    return answer


def _judge_conditions(request: HttpRequest, etag: str) -> HttpResponse | None:
    wanted = request.headers.get("If-Match")
    if wanted is not None and not matches_etag(wanted, etag, weak=False):
        return problem(
            status=412,
            code="precondition-failed",
            detail="The file is not the one named in If-Match.",
            next_step="Ask for the file again without If-Match.",
        )
    had = request.headers.get("If-None-Match")
    if had is not None and matches_etag(had, etag, weak=True):
        return HttpResponse(status=304)
    return None


def _send(
    request: HttpRequest,
    path: Path | None,
    read: Callable[[int, int], Iterator[bytes]] | None,
    *,
    size: int,
    etag: str,
    is_lasting: bool,
) -> HttpResponseBase:
    span: Span | None = None
    unnamed = etag if is_lasting or "If-Match" in request.headers else ""
    if request.method == "GET" and request.headers.get("If-Range", unnamed).strip() == etag:
        try:
            span = parse_range(request.headers.get("Range", ""), size)
        except UnsatisfiableRange:
            return problem(
                status=416,
                code="range-not-satisfiable",
                detail=f"The file has {size:,} bytes; none of those asked for are in it.",
                where={"range": request.headers.get("Range", "")[:200], "bytes": size},
                next_step="Ask for a range within the file, or for the whole.",
                headers={"Content-Range": f"bytes */{size}"},
            )
    answer: HttpResponseBase
    whole = span or Span(0, size)
    if request.method == "HEAD":
        if path is not None and not path.is_file():
            raise _gone(path)
        answer = HttpResponse()
    else:
        turn = take_turn(request) if whole.length > FREE_BYTES else None
        answer = StreamingHttpResponse(_Pieces(path, read, whole, turn), status=206 if span else 200)
    answer["Content-Length"] = str(whole.length)
    if span:
        answer["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{size}"
    return answer


class _Pieces:
    """Iterate over a span of a file in pieces; opened at once, so that absence is an error, not a cut."""

    def __init__(
        self,
        path: Path | None,
        read: Callable[[int, int], Iterator[bytes]] | None,
        span: Span,
        turn: Turn | None = None,
    ) -> None:
        self._left, self._turn = span.length, turn
        self._file: IO[bytes] | None = None
        try:
            if path is not None:
                self._file = path.open("rb")
                self._file.seek(span.start)
                self._pieces: Iterator[bytes] = iter(partial(self._file.read, PIECE_BYTES), b"")
            else:
                self._pieces = read(span.start, span.end) if read is not None else iter(())
        except FileNotFoundError as error:
            self._give_back()
            raise _gone(path) from error
        except BaseException:
            self._give_back()
            raise

    def __iter__(self) -> Iterator[bytes]:
        try:
            while self._left:
                piece = next(self._pieces, b"")[: self._left]
                if not piece:
                    raise OSError("the stored file is shorter than its record says")
                self._left -= len(piece)
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._give_back()

    def _give_back(self) -> None:
        if self._turn is not None:
            self._turn.give_back()


def _gone(path: Path | None) -> NotFound:
    return NotFound(
        "The bytes of this file are not in the store.",
        where={"file": path.name} if path is not None else {},
        next_step="Tell the data manager: the store must be restored from its backup.",
    )


def _safe_media_type(media_type: str) -> str:
    kind = media_type.lower().split(";")[0].strip()
    if not kind or _MARKUP.search(kind):
        return "application/octet-stream"
    return media_type
