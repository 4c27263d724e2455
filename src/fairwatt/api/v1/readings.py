"""Readings: the channels of a dataset, and their values in any window, resolution and format."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from fairwatt.api.authentication import Caller, actor_of
from fairwatt.api.handing_out import begins_download, needs_file, send_readings
from fairwatt.api.parameters import split_names
from fairwatt.api.v1 import presenting, schemas
from fairwatt.api.v1.declaring import answers, bodies, open_to_all
from fairwatt.api.v1.instants import check_zone, parse_period
from fairwatt.api.v1.negotiating import choose_media_type
from fairwatt.services.readings import (
    MEDIA_TYPES,
    ChannelInfo,
    ReadingSelection,
    hand_out_readings,
    list_channels,
)

router = Router(tags=["Reading"])
_BARE = {name: media_type.split(";")[0] for name, media_type in MEDIA_TYPES.items()}
_OFFERED = {_BARE[name]: name for name in ("json", "csv", "parquet", "arrow")}


class Part(Schema):
    """Which readings."""

    channels: list[str] = Field(
        [], max_length=4_000, description="Fields of the dataset's channels, with commas between; all without."
    )
    start: str = Field("", max_length=60, description="First instant, ISO 8601 with an offset: 2019-11-18T00:00:00Z.")
    end: str = Field("", max_length=60, description="End of the half-open period; not part of it.")
    resolution: str = Field(
        "raw",
        max_length=40,
        description="'raw', an ISO 8601 duration over which numbers are gathered (PT30M, P1D, P1M), or "
        "'settlement-period': the half-hours of Great Britain's settlement days with their dates and numbers.",
    )
    aggregate: list[str] = Field(
        [], max_length=5, description="With a resolution: of mean, min, max, count and sum; the first four without."
    )
    shape: Literal["long", "wide"] = Field(
        "long",
        description="'wide': a column for each meter instead of a row, of one channel and one statistic, with every "
        "time there; as CSV, Parquet or Arrow.",
    )
    zone: str = Field(
        "UTC",
        max_length=60,
        description="The time zone whose days, weeks (from Monday), months and years are meant (P1D, P1W, P1M, P1Y), "
        "and in which CSV and JSON write times.",
    )
    file: str = Field("", max_length=40, description="Only the readings of this file.")
    series: list[str] = Field([], max_length=1_000, description="Only these meters, where files hold several.")
    version: int | None = Field(
        None, ge=1, le=1_000_000, description="Number of a published version, to read it as it was; without it, now."
    )


class Selection(Part):
    """Which readings, and how they are written."""

    format: Literal["", "csv", "json", "parquet", "arrow"] = Field(
        "", description="The form; without it the Accept header decides, JSON where that has no wish."
    )


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
    response=answers({200: None}, 404, 406, 410, 412, 416, 503),
    url_name="dataset-readings",
    operation_id="read_readings",
    summary="A dataset's readings",
    openapi_extra=open_to_all() | bodies(*_OFFERED, partial=True),
)
def read_readings(request: HttpRequest, key: str, selection: Query[Selection]) -> HttpResponseBase:
    """Send the readings of [start, end), all of them.

    Each row has ``start`` and a column for each channel; with a resolution, each channel has its mean (``…_mean``),
    lowest (``…_min``) and highest reading (``…_max``), and the number of readings behind them (``…_count``). Means
    are those of all readings, however many lie in each part. Days and longer are the calendar's in ``zone``; anything
    shorter is counted in UTC, where half-hours are those of Great Britain too.

    Times without an offset are refused. What was asked for before, or is quickly made, has a length, an ``ETag`` and
    ranges; a long answer comes as a stream the first time it is asked for, as Arrow each time. ``HEAD``, ``Range`` and
    ``If-None-Match`` make it first. A transfer that fails on its way breaks off: it never looks complete.
    """
    chosen = selection.format or _OFFERED[choose_media_type(request, tuple(_OFFERED))]
    return _send(request, key, selection, chosen)


@router.get(
    "/datasets/{key}/readings.{ending}",
    auth=Caller("read"),
    response=answers({200: None}, 404, 410, 412, 416, 503),
    url_name="dataset-readings-file",
    operation_id="read_readings_file",
    summary="A dataset's readings as a file",
    openapi_extra=open_to_all() | bodies(*_OFFERED, partial=True),
)
def read_readings_file(
    request: HttpRequest, key: str, ending: Literal["csv", "json", "parquet", "arrow"], selection: Query[Part]
) -> HttpResponseBase:
    """Send the same readings at an address that ends like a file, as programs that read tables from afar expect.

    ``polars.scan_parquet``, DuckDB and others then fetch only those parts of a Parquet file that they need.
    """
    return _send(request, key, selection, ending)


for _path, _view in (("readings", read_readings), ("readings.{ending}", read_readings_file)):
    router.api_operation(
        ["HEAD"],
        f"/datasets/{{key}}/{_path}",
        auth=Caller("read"),
        response=answers({200: None}),
        include_in_schema=False,
    )(_view)


def _send(request: HttpRequest, key: str, part: Part, form: str) -> HttpResponseBase:
    start, end = parse_period(part.start, part.end)
    selection = ReadingSelection(
        fields=split_names(part.channels),
        start=start,
        end=end,
        resolution=part.resolution,
        statistics=split_names(part.aggregate) or (),
        shape=part.shape,
        version=part.version,
        format=form,
        zone=check_zone(part.zone),
        file_key=part.file or None,
        series=[name for name in part.series if name] or None,
    )
    handed = hand_out_readings(
        actor=actor_of(request),
        dataset_key=key,
        selection=selection,
        at=timezone.now(),
        as_file=needs_file(request),
        is_first=begins_download(request),
        is_download=request.method == "GET",
    )
    answer = send_readings(request, handed)
    described = presenting.address(request, "dataset-certificate", key)
    answer["Link"] = f'<{described}>; rel="describedby"; type="application/ld+json"'
    return answer


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
