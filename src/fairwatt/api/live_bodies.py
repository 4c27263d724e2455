"""Bodies of live readings: bounded, packed or not, with or without a length."""

from __future__ import annotations

import zlib
from http import HTTPStatus

from django.http import HttpRequest
from django.utils import timezone

from fairwatt.api.authentication import client_address
from fairwatt.api.ratelimits import limits
from fairwatt.core.errors import InvalidInput, NotSignedIn, TooLarge
from fairwatt.services.actors import WRITE, Actor
from fairwatt.services.tokens import authenticate_token

MOST_SENT = 8 << 20
MOST_UNPACKED = 24 << 20
_PIECE = 1 << 16
_GZIP = 16 + zlib.MAX_WBITS


class UnknownPacking(InvalidInput):
    """A body is packed in a way that is not taken."""

    http_status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE.value


def authenticate_writer(request: HttpRequest, *schemes: str) -> Actor:
    """Find out whose token writes, and count the request against that token.

    Parameters
    ----------
    schemes
        Of the Authorization header, in small letters: ``bearer``; Influx clients say ``token``.

    Raises
    ------
    NotSignedIn
        Where there is no such token.
    NotAllowed
        Where it does not write.
    TooManyRequests
        Where it has used up its share.
    """
    address = client_address(request) or "unknown"
    limits.refusals.check(address)
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    try:
        if scheme.lower() not in schemes or not secret:
            raise NotSignedIn(
                "Live readings need a deploy token.",
                next_step=f"Send it as 'Authorization: {schemes[0].capitalize()} fwt_…'; "
                "it is made on the dataset's page, under “Live feed”.",
            )
        actor = authenticate_token(secret=secret, at=timezone.now(), scopes=(WRITE,), address=address)
    except NotSignedIn:
        limits.refusals.take(address)
        raise
    limits.writes.take(f"{actor.user.pk if actor.user else ''}:{actor.dataset_id}")
    return actor


def read_body(request: HttpRequest) -> bytes:
    """Read a body whole, unpacked where it is gzip; never more than the bounds.

    Raises
    ------
    TooLarge
        Where it is larger, as sent or unpacked.
    InvalidInput
        Where it is cut off, or its packing is damaged or unknown.
    """
    sent = _read_sent(request)
    packing = request.headers.get("Content-Encoding", "identity").strip().lower()
    if packing in {"", "identity"}:
        return sent
    if packing not in {"gzip", "x-gzip"}:
        raise UnknownPacking(f"A body packed as '{packing[:30]}' is not taken.", next_step="Send it plain, or as gzip.")
    return _unpacked(sent)


def _read_sent(request: HttpRequest) -> bytes:
    is_chunked = "Content-Length" not in request.headers
    # Django reads as far as Content-Length says; without one the server's own stream ends with the body.
    source = request.environ["wsgi.input"] if is_chunked and hasattr(request, "environ") else request
    length = 0 if is_chunked else int(request.headers.get("Content-Length") or 0)
    if length > MOST_SENT:
        raise _too_large(MOST_SENT)
    pieces: list[bytes] = []
    size = 0
    while piece := source.read(_PIECE):
        size += len(piece)
        if size > MOST_SENT:
            raise _too_large(MOST_SENT)
        pieces.append(piece)
    if size < length:
        raise InvalidInput("The body was cut off on its way; nothing of it was kept.", next_step="Send it again.")
    return b"".join(pieces)


def _unpacked(sent: bytes) -> bytes:
    pieces: list[bytes] = []
    size, rest = 0, sent
    try:
        while rest:
            engine = zlib.decompressobj(_GZIP)
            piece = engine.decompress(rest, MOST_UNPACKED - size + 1)
            size += len(piece)
            if size > MOST_UNPACKED:
                raise _too_large(MOST_UNPACKED)
            if not engine.eof:
                raise InvalidInput("The gzip of the body is cut off; nothing of it was kept.")
            pieces.append(piece)
            rest = engine.unused_data
    except zlib.error as error:
        raise InvalidInput(f"The body is no gzip: {error}.", where={"header": "Content-Encoding"}) from None
    return b"".join(pieces)


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than {most >> 20} MiB.", next_step="Send the readings in several requests, or as gzip."
    )
