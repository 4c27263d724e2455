"""The scripts of Dash and its components: compressed once a process, kept by browsers for a year."""

from __future__ import annotations

import gzip
import mimetypes
import pkgutil
from functools import lru_cache
from hashlib import sha256

import brotli
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags, quote_etag

YEAR_S = 31_536_000
SMALLEST_COMPRESSED = 1_000  # bytes: below it the header costs more than it saves
_ENCODERS = {
    # Somebody waits for it, once a process: the highest qualities take five times as long for a twentieth of the size.
    "br": lambda data: brotli.compress(data, quality=6),
    "gzip": lambda data: gzip.compress(data, 6, mtime=0),
}


def choose_encoding(request: HttpRequest) -> str:
    """``br``, ``gzip`` or "" (as it is), by what the browser takes; a quality of 0 is a no."""
    accepted = set()
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, weight = part.strip().partition(";")
        if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            accepted.add(name.strip())
    return next((name for name in _ENCODERS if name in accepted), "")


@lru_cache(maxsize=128)
def _read(package: str, path: str, encoding: str) -> tuple[bytes, str]:
    data = pkgutil.get_data(package, path)
    if data is None:
        raise FileNotFoundError(f"{package}/{path}")
    if encoding:
        data = _ENCODERS[encoding](data)
    return data, quote_etag(sha256(data).hexdigest()[:32])


def compress_bundle(package: str, path: str) -> None:
    """Compress a packaged file as every browser of today takes it, ahead of the first that asks."""
    _read(package, path, "br")


def serve_bundle(request: HttpRequest, package: str, path: str, *, immutable: bool) -> HttpResponse:
    """Answer one packaged file, compressed as the browser takes it, 304 where it has it already.

    Parameters
    ----------
    package, path
        An importable package and a file in it; the caller has checked that it may be served.
    immutable
        Whether its address changes with its content.
    """
    encoding = choose_encoding(request)
    data, etag = _read(package, path, encoding)
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        response = HttpResponse(data, content_type=kind)
        if encoding:
            response["Content-Encoding"] = encoding
    response["ETag"] = etag
    response["Vary"] = "Accept-Encoding"
    if immutable:
        patch_cache_control(response, public=True, max_age=YEAR_S, immutable=True)
    else:
        patch_cache_control(response, no_cache=True)
    return response


def compress_answer(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Compress the JSON of a callback.

    It is safe to do so: only a page of this host can call (CSRF), and the answer holds no secret besides the
    data asked for.
    """
    response["Vary"] = "Accept-Encoding"
    patch_cache_control(response, private=True, no_store=True)
    if len(response.content) < SMALLEST_COMPRESSED or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return response
    response.content = gzip.compress(response.content, 4, mtime=0)
    response["Content-Encoding"] = "gzip"
    return response
