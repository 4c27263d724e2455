"""A WSGI application whose answer fails in the middle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import django

django.setup()

from django.core.handlers.wsgi import WSGIRequest  # noqa: E402 - after the setup

from fairwatt.api.streams import stream_response  # noqa: E402


def _chunks() -> Iterator[bytes]:
    yield b"start,power_kw\r\n"
    yield b"2019-11-18T11:00:00Z,1.0\r\n" * 100_000
    raise OSError("the disk is gone")


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/csv")])
    if environ["PATH_INFO"] == "/ready":
        return [b"yes"]
    return stream_response(WSGIRequest(environ), _chunks(), media_type="text/csv", filename="readings.csv")
