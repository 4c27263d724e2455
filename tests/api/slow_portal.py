"""A server with one page and one endless download, for tests of readers that are slow."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"], FAIRWATT_DOWNLOADS_AT_ONCE=5, ROOT_URLCONF=__name__, SECRET_KEY="x", SESSION_COOKIE_NAME="s"
)

from fairwatt.api import turns  # noqa: E402 - its settings first
from fairwatt.api.streams import stream_response  # noqa: E402
from fairwatt.core.errors import TooManyRequests  # noqa: E402

turns.WAIT_S = 0.1
under_way: list[object] = []


def endless() -> Iterator[bytes]:
    mark = object()
    under_way.append(mark)
    try:
        while True:
            yield b"x" * 65_536
    finally:
        under_way.remove(mark)


def answer_page(request: HttpRequest) -> HttpResponse:
    del request
    return HttpResponse(str(len(under_way)))


def answer_download(request: HttpRequest) -> HttpResponseBase:
    try:
        return stream_response(request, endless(), media_type="text/csv", filename="x.csv")
    except TooManyRequests as error:
        return HttpResponse(error.message, status=429)


def answer_hurry(request: HttpRequest) -> HttpResponse:
    """From now on, whoever takes nothing for a second is cut off."""
    del request
    turns.STALLED_MS = 1_000
    return HttpResponse()


urlpatterns = [path("hurry", answer_hurry), path("", answer_page), path("download", answer_download)]
application = get_wsgi_application()
