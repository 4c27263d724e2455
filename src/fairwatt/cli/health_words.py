"""A health report as text for a terminal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairwatt.core.quality.report import HealthFinding, HealthReport, Score

_SHOWN = 3
_BARS = " ▁▂▃▄▅▆▇█"


def say_health(report: HealthReport) -> str:
    """The report in lines: scores, channels, findings with their first places."""
    lines = [f"{report.name}: {_rows(report)}", ""]
    for name, score in report.scores:
        lines.append(f"  {name.capitalize():<14}{_share(score):>9}  {score.good:,} of {score.total:,}")
    lines.append("")
    wide = max((len(channel.name) for channel in report.channels), default=0)
    for channel in report.channels:
        strip = "".join("·" if part is None else _BARS[round(part * (len(_BARS) - 1))] for part in channel.strip)
        lines.append(f"  {channel.name:<{wide}}  |{strip}|  {_share(channel.scores.validity)} valid")
    lines.append("")
    for finding in report.findings:
        lines += _finding(finding)
    lines += [f"{one.severity.value:<8}{one.code}: {one.message}" for one in report.reading]
    if not report.findings and not report.reading:
        lines.append("Nothing was found.")
    return "\n".join(lines) + "\n"


def _rows(report: HealthReport) -> str:
    if report.start is None or report.end is None:
        return "no rows"
    series = f" of {report.series:,} series" if report.series > 1 else ""
    step = f", one every {report.step_s:g} s" if report.step_s else ", no even step"
    return f"{report.rows:,} rows{series}, {_iso(report.start)} to {_iso(report.end)}{step}"


def _share(score: Score) -> str:
    if score.share is None:
        return "not judged"
    text = f"{score.share:.2%}"
    return "99.99%" if text == "100.00%" and score.good < score.total else text


def _finding(finding: HealthFinding) -> list[str]:
    where = f" {finding.name}:" if finding.channel else ""
    lines = [f"{finding.severity.value:<8}{finding.code}:{where} {finding.message}"]
    if finding.classes:
        runs = ", ".join(f"{one.blocks:,} of {one.name}" for one in finding.classes if one.blocks)
        lines.append(f"        runs: {runs}")
    for place in finding.places[:_SHOWN]:
        series = f"{place.series} " if place.series else ""
        lines.append(f"        {series}{_iso(place.start)} to {_iso(place.end)}, {place.count:,}")
    more = finding.blocks - _SHOWN
    return [*lines, f"        and {more:,} more"] if more > 0 and finding.places else lines


def _iso(moment: datetime) -> str:
    from fairwatt.core.files.report import written_time

    return written_time(moment)
