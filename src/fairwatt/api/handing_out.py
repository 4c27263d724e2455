"""Send readings: as a finished file with ranges where there is one, else as a stream while it is made."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from fairwatt.api.ranges import serve_file
from fairwatt.api.streams import stream_response
from fairwatt.services.readings import HandedReadings

_BEGINNING = re.compile(r"bytes=0+-")
_NEEDS_FILE = ("Range", "If-Range", "If-Match", "If-None-Match")


def needs_file(request: HttpRequest) -> bool:
    """Whether a request can only be answered by who knows the whole: its length, its tag, a part of it."""
    return request.method == "HEAD" or any(name in request.headers for name in _NEEDS_FILE)


def begins_download(request: HttpRequest) -> bool:
    """Whether this begins a download, by its headers: what looks like later ranges or a question for news does not."""
    is_beginning = _BEGINNING.match(request.headers.get("Range", "bytes=0-")) is not None
    return is_beginning and "If-None-Match" not in request.headers


def send_readings(request: HttpRequest, handed: HandedReadings) -> HttpResponseBase:
    """Answer with readings that :func:`fairwatt.services.readings.hand_out_readings` handed out.

    Returns
    -------
    What :func:`fairwatt.api.ranges.serve_file` answers with for a finished file; else 200 with a stream, whatever
    range was asked for.
    """
    if handed.path is not None:
        return serve_file(
            request,
            path=handed.path,
            name=handed.filename,
            size=handed.size,
            sha256=handed.sha256,
            media_type=handed.media_type,
        )
    answer = stream_response(request, handed.chunks or (), media_type=handed.media_type, filename=handed.filename)
    answer["Cache-Control"] = "private, no-cache"
    return answer
