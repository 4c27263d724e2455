"""Typeset a health report as tagged PDF."""

from __future__ import annotations

from datetime import date

from fairwatt.core.quality.page import MOST_YEARS, findings_in_short, say_moment, say_number, say_share
from fairwatt.core.quality.report import ChannelHealth, Day, HealthReport
from fairwatt.portal.documents.typesetting import typeset

MOST_FINDINGS = 200


def write_health_pdf(report: HealthReport) -> bytes:
    """Typeset a report.

    Returns
    -------
    bytes
        A PDF with its fonts embedded; PDF/UA-1 where our font has every sign of the text.
    """
    return typeset("health.typ", _texts(report))


def _texts(report: HealthReport) -> dict[str, object]:
    period = f", {say_moment(report.start)} to {say_moment(report.end)}" if report.start and report.end else ""
    findings = list(findings_in_short(report))
    more = len(findings) - MOST_FINDINGS
    return {
        "title": f"Health of {report.name}" if report.name else "Health of readings",
        "subtitle": f"{report.rows:,} rows{period}",
        "scores": [
            {"name": name.capitalize(), "share": say_share(score), "of": f"{score.good:,} of {score.total:,}"}
            for name, score in report.scores
        ],
        "findings": [
            {"severity": severity.capitalize(), "what": what, "message": message}
            for severity, what, message in findings[:MOST_FINDINGS]
        ],
        "more": f"and {more:,} more, in the report as a page or as JSON" if more > 0 else "",
        "channels": [_channel(one) for one in report.channels],
        "years": [_year(year, report.calendar) for year in sorted({d.day.year for d in report.calendar})[-MOST_YEARS:]],
    }


def _year(year: int, calendar: tuple[Day, ...]) -> dict[str, object]:
    """A year's days as cells: week, weekday, and what of the day is there."""
    days = [one for one in calendar if one.day.year == year]
    first = date(year, 1, 1).weekday()
    cells = [[*divmod(one.day.timetuple().tm_yday - 1 + first, 7), one.share] for one in days]
    whole = sum(one.share == 1 for one in days)
    return {"name": str(year), "said": f"{whole:,} of {len(days):,} days (UTC) are complete", "cells": cells}


def _channel(one: ChannelHealth) -> dict[str, object]:
    return {
        "name": one.name,
        "strip": list(one.strip),
        "complete": say_share(one.scores.completeness),
        "valid": say_share(one.scores.validity),
        "plausible": say_share(one.scores.plausibility),
        "ends": [say_number(value) for value in (one.minimum, one.mean, one.maximum)],
    }
