"""Health reports: the tool's page, those of a dataset, and each one as a page, JSON, HTML and PDF."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from fairwatt.core.findings import Severity
from fairwatt.core.quality.page import draw_strip, draw_years, say_classes, say_share, write_page
from fairwatt.core.quality.report import Block, ChannelHealth, HealthFinding, HealthReport
from fairwatt.portal.documents.health_pdf import write_health_pdf
from fairwatt.portal.pages.signed_in import actor_of, signed_in
from fairwatt.records.models import HealthScan
from fairwatt.services.actors import Actor
from fairwatt.services.health_scans import (
    get_scan,
    is_scanning,
    list_scannable,
    list_scans,
    report_of,
    request_scan,
)
from fairwatt.tools.explore.view import View, format_view

MOST_SHOWN = 50  # places of a finding; all that are kept are in the JSON
_SIDES = 2.0  # how much more than a place is shown of a chart, on either side
_LEAST_STEPS = 24
_MEDIA = {
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}
_MEANS = {
    "completeness": "of the values that there should be are there",
    "validity": "are no outlier, stuck value or mark of a missing one",
    "regularity": "of the rows are on an even grid, without repeats",
    "plausibility": "of those that could be judged contradict nothing",
}


class ShownPlace(NamedTuple):
    """A place of a finding, and the address of a chart that shows it."""

    place: Block
    chart: str


class ShownFinding(NamedTuple):
    """A finding with its first places."""

    finding: HealthFinding
    name: str
    classes: str
    places: list[ShownPlace]
    more: int


class ShownChannel(NamedTuple):
    """A channel with its picture and scores in words."""

    channel: ChannelHealth
    strip: SafeString
    complete: str
    valid: str
    plausible: str


@require_safe
def show_tool(request: HttpRequest) -> HttpResponse:
    """List what the reader may have scanned, each with its newest report."""
    rows = list_scannable(actor=actor_of(request), at=timezone.now())
    return render(
        request, "portal/health/tool.html", {"rows": rows, "page": "health", "crumbs": [("Health of readings", "")]}
    )


@require_safe
def show_reports(request: HttpRequest, key: str) -> HttpResponse:
    """List the reports of a dataset and its files."""
    dataset, scans = list_scans(actor=actor_of(request), dataset_key=key, at=timezone.now())
    context = {
        "dataset": dataset,
        "scans": scans,
        "is_scanning": is_scanning(dataset),
        "page": "catalogue",
        "crumbs": [(dataset.title, reverse("dataset", args=[key])), ("Health of its readings", "")],
    }
    return render(request, "portal/health/reports.html", context)


@require_POST
@signed_in
def scan(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """Have all readings of a dataset scanned."""
    request_scan(actor=actor, dataset_key=key, at=timezone.now())
    messages.success(request, "The readings are being scanned. The report will stand here.")
    return redirect("dataset_health", key=key)


@require_safe
def show_report(request: HttpRequest, key: str) -> HttpResponse:
    """Show a report: scores, every finding with its places in the chart, each channel, and each day."""
    found = get_scan(actor=actor_of(request), key=key, at=timezone.now())
    report = report_of(found)
    context = {
        "scan": found,
        "report": report,
        "dataset": found.dataset,
        "scores": [(name, say_share(score), _MEANS[name], score) for name, score in report.scores],
        "findings": [_shown(found, report, one) for one in report.findings],
        "reading": [one for one in report.reading if one.severity is not Severity.INFO],
        "channels": [_channel(one) for one in report.channels],
        "years": [(year, SafeString(picture)) for year, picture in draw_years(report.calendar)],
        "whole": sum(day.share == 1 for day in report.calendar),
        "page": "catalogue",
        "crumbs": list(_crumbs(found)),
    }
    return render(request, "portal/health/report.html", context)


@require_safe
def download_report(request: HttpRequest, key: str, ending: str) -> HttpResponse:
    """Hand a report out as JSON, as a page of its own, or as PDF."""
    found = get_scan(actor=actor_of(request), key=key, at=timezone.now())
    response = HttpResponse(_written(report_of(found), ending), content_type=_MEDIA[ending])
    if ending != "json":
        response["Content-Disposition"] = f'attachment; filename="health-{found.key[:8]}.{ending}"'
    return response


def _written(report: HealthReport, ending: str) -> bytes:
    if ending == "json":
        return report.model_dump_json(indent=2).encode()
    if ending == "html":
        return write_page(report).encode()
    return write_health_pdf(report)


def _crumbs(found: HealthScan) -> Iterator[tuple[str, str]]:
    yield found.dataset.title, reverse("dataset", args=[found.dataset.key])
    yield "Health of its readings", reverse("dataset_health", args=[found.dataset.key])
    yield (found.file.name if found.file else "All readings"), ""


def _shown(found: HealthScan, report: HealthReport, one: HealthFinding) -> ShownFinding:
    places = [ShownPlace(place, _chart(found, report, one, place)) for place in one.places[:MOST_SHOWN]]
    return ShownFinding(one, one.name, say_classes(one), places, one.blocks - len(places))


def _chart(found: HealthScan, report: HealthReport, one: HealthFinding, place: Block) -> str:
    """Where Explore shows a place, with as much again before and behind it."""
    field = one.channel or (report.channels[0].field if report.channels else "")
    around = max(_SIDES * (place.end - place.start), timedelta(seconds=_LEAST_STEPS * (report.step_s or 60.0)))
    view = View(
        dataset=found.dataset.key,
        file=found.file.key if found.file else "",
        meter=place.series,
        channels=(field,) if field else (),
        start=place.start - around,
        end=place.end + around,
    )
    return f"/tools/explore/{format_view(view)}"


def _channel(one: ChannelHealth) -> ShownChannel:
    scores = one.scores
    strip = SafeString(draw_strip(one))  # names in it are escaped
    return ShownChannel(
        one, strip, say_share(scores.completeness), say_share(scores.validity), say_share(scores.plausibility)
    )
