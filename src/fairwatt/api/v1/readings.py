"""Readings: the channels of a dataset, and their values in any window, resolution and format."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from fairwatt.api.authentication import Caller, actor_of
from fairwatt.api.streams import stream_response
from fairwatt.api.v1 import presenting, schemas
from fairwatt.api.v1.declaring import answers, bodies, open_to_all
from fairwatt.api.v1.instants import check_zone, parse_period
from fairwatt.api.v1.negotiating import choose_media_type
from fairwatt.services.readings import MEDIA_TYPES, ChannelInfo, list_channels, stream_readings

router = Router(tags=["Reading"])
_BARE = {name: media_type.split(";")[0] for name, media_type in MEDIA_TYPES.items()}
_OFFERED = {_BARE[name]: name for name in ("json", "csv", "parquet", "arrow")}


class Selection(Schema):
    """Which readings."""

    channels: list[str] = Field(
        [], max_length=4_000, description="Fields of the dataset's channels, with commas between; all without."
    )
    start: str = Field("", max_length=60, description="First instant, ISO 8601 with an offset: 2019-11-18T00:00:00Z.")
    end: str = Field("", max_length=60, description="End of the half-open period; not part of it.")
    resolution: str = Field(
        "raw", max_length=40, description="'raw', or an ISO 8601 duration to which numbers are averaged: PT30M, P1D."
    )
    format: Literal["", "csv", "json", "parquet", "arrow"] = Field(
        "", description="The form; without it the Accept header decides, JSON where that has no wish."
    )
    zone: str = Field("UTC", max_length=60, description="The time zone in which CSV and JSON write times.")
    file: str = Field("", max_length=40, description="Only the readings of this file.")
    series: list[str] = Field([], max_length=1_000, description="Only these meters, where files hold several.")


@router.get(
    "/datasets/{key}/channels",
    auth=Caller("read"),
    response=answers(schemas.ChannelPage, 404),
    url_name="dataset-channels",
    operation_id="list_channels",
    summary="A dataset's channels",
    openapi_extra=open_to_all(),
)
def read_channels(request: HttpRequest, key: str) -> schemas.ChannelPage:
    """List the channels with quantity, unit and what they hold. Whoever may see the dataset may see them."""
    found = list_channels(actor=actor_of(request), dataset_key=key, at=timezone.now())
    return schemas.ChannelPage(items=[_channel(channel) for channel in found])


@router.get(
    "/datasets/{key}/readings",
    auth=Caller("read"),
    response=answers({200: None}, 404, 406, 410),
    url_name="dataset-readings",
    operation_id="read_readings",
    summary="A dataset's readings",
    openapi_extra=open_to_all() | bodies(*_OFFERED),
)
def read_readings(request: HttpRequest, key: str, selection: Query[Selection]) -> HttpResponseBase:
    """Stream the readings of [start, end), all of them.

    Each row has ``start`` and a column for each channel; with a resolution, each channel has its mean (``…_mean``),
    lowest (``…_min``) and highest reading (``…_max``), and the number of readings behind them (``…_count``).

    Times without an offset are refused. A transfer that fails on its way breaks off: it never looks complete.
    """
    start, end = parse_period(selection.start, selection.end)
    chosen = selection.format or _OFFERED[choose_media_type(request, tuple(_OFFERED))]
    stream = stream_readings(
        actor=actor_of(request),
        dataset_key=key,
        fields=_split(selection.channels),
        start=start,
        end=end,
        resolution=selection.resolution,
        format=chosen,
        at=timezone.now(),
        zone=check_zone(selection.zone),
        file_key=selection.file or None,
        series=[name for name in selection.series if name] or None,
        is_download=request.method == "GET",
    )
    answer = stream_response(request, stream.chunks, media_type=stream.media_type, filename=stream.filename)
    described = presenting.address(request, "dataset-certificate", key)
    answer["Link"] = f'<{described}>; rel="describedby"; type="application/ld+json"'
    return answer


router.api_operation(
    ["HEAD"],
    "/datasets/{key}/readings",
    auth=Caller("read"),
    response=answers({200: None}),
    include_in_schema=False,
)(read_readings)


def _split(channels: list[str]) -> list[str] | None:
    names = [name.strip() for text in channels for name in text.split(",")]
    return [name for name in names if name] or None


def _channel(channel: ChannelInfo) -> schemas.ChannelOut:
    return schemas.ChannelOut(
        field=channel.field,
        name=channel.name,
        quantity=channel.quantity,
        unit=channel.unit,
        unit_label=channel.unit_symbol,
        direction=channel.direction,
        statistic=channel.statistic,
        resolution=presenting.resolution(channel.resolution_s),
        count=channel.count,
        missing=channel.missing,
        minimum=channel.minimum,
        mean=channel.mean,
        maximum=channel.maximum,
    )
