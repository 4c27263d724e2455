"""Downloads: original bytes and readings, both with ranges."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from fairwatt.api.handing_out import begins_download, needs_file, send_readings
from fairwatt.api.parameters import check_known, split_names
from fairwatt.api.ranges import serve_file
from fairwatt.api.v1.instants import check_zone, parse_period
from fairwatt.core.identifiers import ark_of
from fairwatt.portal.pages.landing import point_back
from fairwatt.portal.pages.signed_in import actor_of
from fairwatt.services.datasets import get_file, open_original
from fairwatt.services.links import absolute, dataset_path, file_path
from fairwatt.services.projects import get_project
from fairwatt.services.readings import ReadingSelection, hand_out_readings

_KNOWN = ("channels", "start", "end", "resolution", "aggregate", "series", "zone")


@require_safe
def download_original(request: HttpRequest, key: str) -> HttpResponseBase:
    """Hand out the bytes of a file as they were received: never shown in the page, whole or in ranges."""
    original = open_original(
        actor=actor_of(request),
        file_key=key,
        at=timezone.now(),
        is_first=begins_download(request),
        is_download=request.method == "GET",
    )
    response = serve_file(
        request,
        path=original.path,
        read=original.read,
        name=original.name,
        size=original.size,
        sha256=original.sha256,
        media_type=original.media_type,
    )
    _point_back(response, page=file_path(key), key=key, dataset_key=original.dataset_key)
    return response


@require_safe
def download_readings(request: HttpRequest, key: str, ending: str) -> HttpResponseBase:
    """Hand a dataset's readings out: all of them, or those that the address asks for."""
    response = _send(request, dataset_key=key, ending=ending, at=timezone.now())
    _point_back(response, page=dataset_path(key), key=key, dataset_key=key)
    return response


@require_safe
def download_file_readings(request: HttpRequest, key: str, ending: str) -> HttpResponseBase:
    """Hand the readings of one file out."""
    at = timezone.now()
    dataset_key = get_file(actor=actor_of(request), key=key, at=at).dataset.key
    response = _send(request, dataset_key=dataset_key, ending=ending, at=at, file_key=key)
    _point_back(response, page=file_path(key), key=key, dataset_key=dataset_key)
    return response


def _send(
    request: HttpRequest, *, dataset_key: str, ending: str, at: datetime, file_key: str | None = None
) -> HttpResponseBase:
    check_known(request, _KNOWN)
    start, end = parse_period(request.GET.get("start"), request.GET.get("end"))
    selection = ReadingSelection(
        fields=split_names(request.GET.getlist("channels")),
        start=start,
        end=end,
        resolution=request.GET.get("resolution") or "raw",
        statistics=split_names(request.GET.getlist("aggregate")) or (),
        format=ending,
        zone=check_zone(request.GET.get("zone") or "UTC"),
        file_key=file_key,
        series=[name for name in request.GET.getlist("series") if name] or None,
    )
    handed = hand_out_readings(
        actor=actor_of(request),
        dataset_key=dataset_key,
        selection=selection,
        at=at,
        as_file=needs_file(request),
        is_first=begins_download(request),
        is_download=request.method == "GET",
    )
    return send_readings(request, handed)


def _point_back(response: HttpResponseBase, *, page: str, key: str, dataset_key: str) -> None:
    pid = absolute(f"/{ark_of(get_project().identifiers.naan, key)}")
    point_back(response, page=absolute(page), pid_url=pid, dataset=absolute(dataset_path(dataset_key)))
