"""Downloads: original bytes with ranges, and readings as CSV or Parquet, streamed."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from fairwatt.api.ranges import serve_file
from fairwatt.api.streams import stream_response
from fairwatt.api.v1.instants import parse_period
from fairwatt.core.identifiers import ark_of
from fairwatt.portal.pages.landing import point_back
from fairwatt.portal.pages.signed_in import actor_of
from fairwatt.services.datasets import get_file, open_original
from fairwatt.services.links import absolute, dataset_path, file_path
from fairwatt.services.projects import get_project
from fairwatt.services.readings import ReadingStream, stream_readings


@require_safe
def download_original(request: HttpRequest, key: str) -> HttpResponseBase:
    """Hand out the bytes of a file as they were received: never shown in the page, whole or in ranges."""
    original = open_original(
        actor=actor_of(request),
        file_key=key,
        at=timezone.now(),
        is_first=_is_first(request),
        is_download=request.method == "GET",
    )
    response = serve_file(
        request,
        path=original.path,
        name=original.name,
        size=original.size,
        sha256=original.sha256,
        media_type=original.media_type,
    )
    _point_back(response, page=file_path(key), key=key, dataset_key=original.dataset_key)
    return response


@require_safe
def download_readings(request: HttpRequest, key: str, ending: str) -> HttpResponseBase:
    """Stream a dataset's readings out: all of them, or those that the address asks for."""
    response = _stream(request, _ask(request, dataset_key=key, ending=ending, at=timezone.now()))
    _point_back(response, page=dataset_path(key), key=key, dataset_key=key)
    return response


@require_safe
def download_file_readings(request: HttpRequest, key: str, ending: str) -> HttpResponseBase:
    """Stream the readings of one file."""
    at = timezone.now()
    dataset_key = get_file(actor=actor_of(request), key=key, at=at).dataset.key
    response = _stream(request, _ask(request, dataset_key=dataset_key, ending=ending, at=at, file_key=key))
    _point_back(response, page=file_path(key), key=key, dataset_key=dataset_key)
    return response


def _ask(
    request: HttpRequest, *, dataset_key: str, ending: str, at: datetime, file_key: str | None = None
) -> ReadingStream:
    start, end = parse_period(request.GET.get("start"), request.GET.get("end"))
    fields = [field for text in request.GET.getlist("channels") for field in text.split(",") if field]
    return stream_readings(
        actor=actor_of(request),
        dataset_key=dataset_key,
        fields=fields or None,
        start=start,
        end=end,
        resolution=request.GET.get("resolution", "raw"),
        format=ending,
        at=at,
        zone=request.GET.get("zone", "UTC"),
        file_key=file_key,
        is_download=request.method == "GET",
    )


def _stream(request: HttpRequest, stream: ReadingStream) -> StreamingHttpResponse:
    response = stream_response(request, stream.chunks, media_type=stream.media_type, filename=stream.filename)
    response["Cache-Control"] = "private, no-cache"
    return response


def _is_first(request: HttpRequest) -> bool:
    """Whether this begins a download, by its headers: what looks like later ranges or a question for news does not."""
    wanted = request.headers.get("Range", "bytes=0-")
    return wanted.startswith("bytes=0-") and "If-None-Match" not in request.headers


def _point_back(response: HttpResponseBase, *, page: str, key: str, dataset_key: str) -> None:
    pid = absolute(f"/{ark_of(get_project().identifiers.naan, key)}")
    point_back(response, page=absolute(page), pid_url=pid, dataset=absolute(dataset_path(dataset_key)))
