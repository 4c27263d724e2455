"""A health report as a web page of its own: no script, no address but its own, readable in print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from html import escape

from fairwatt.core.findings import Finding
from fairwatt.core.quality.report import Block, ChannelHealth, Day, HealthFinding, HealthReport, Score

MOST_SHOWN = 200  # places of a finding
MOST_ON_PAPER = 5
MOST_YEARS = 12  # of the calendar
_WEEKDAYS = ("Mon", "", "Wed", "", "Fri", "", "Sun")
_CELL, _GAP = 10, 2
_MONTHS = 12  # the height of their names
_NONE = "fill-opacity='0.12'"
_STYLE = """
:root{--ink:#12303b;--teal:#00796b;--soft:#5b6f78;--line:#d5dde0;--paper:#fbfcfc;
color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--ink:#e6eef0;--teal:#4db6a8;--soft:#9db0b8;--line:#31454d;--paper:#10191d}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 Inter,system-ui,sans-serif;
font-variant-numeric:tabular-nums}main{max-width:72rem;margin:0 auto;padding:24px 16px 64px}
h1{margin:0;font-size:1.75rem;overflow-wrap:anywhere}
h2{margin:40px 0 8px;font-size:1.25rem}h3{margin:24px 0 4px;font-size:1rem}p{margin:4px 0;max-width:70ch}
.soft{color:var(--soft)}.scores{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:16px;
margin-top:24px}.scores div{border-top:3px solid var(--teal);padding-top:8px}.scores b{display:block;font-size:1.75rem;
line-height:1.2}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:4px 12px 4px 0;vertical-align:top;
border-bottom:1px solid var(--line)}td.n,th.n{text-align:right}.wide{overflow-x:auto}svg{display:block;
color:var(--teal)}
svg text{fill:var(--soft);font-size:9px}.strip{width:16rem;height:20px}
summary{cursor:pointer;
color:var(--teal)}:target{outline:2px solid var(--teal);outline-offset:4px}a{color:var(--teal)}
.mark{font-weight:600}.error .mark{color:#b3261e}@media (prefers-color-scheme:dark){.error .mark{color:#f2b8b5}}
@media print{summary{display:none}body{background:#fff}}
"""


def write_page(report: HealthReport) -> str:
    """The report as HTML.

    Each finding has an address of its own in the page (``#outliers-demand_kw``), and each of its places too.
    """
    title = f"Health of {report.name}" if report.name else "Health of readings"
    body = "".join((
        f"<h1>{escape(title)}</h1><p class='soft'>{escape(_subtitle(report))}</p>",
        _scores(report),
        _findings(report.findings),
        _reading(report.reading),
        _channels(report.channels),
        _calendar(report.calendar),
    ))  # fmt: skip
    return (
        "<!doctype html><html lang='en-GB'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )


def say_share(score: Score) -> str:
    """A score in per cent, never rounded up to all of it.

    Examples
    --------
    >>> say_share(Score.of(99_999_999, 100_000_000)), say_share(Score.of(1, 2)), say_share(Score.of(0, 0))
    ('99.99 %', '50.00 %', 'not judged')
    """
    if score.share is None:
        return "not judged"
    share = score.share if score.good == score.total else min(score.share, 0.9999)
    return f"{share:.2%}".replace("%", " %")


def say_moment(moment: datetime) -> str:
    """A moment as people write it.

    Examples
    --------
    >>> from datetime import UTC
    >>> say_moment(datetime(2019, 11, 18, 11, 45, 43, tzinfo=UTC))
    '18 Nov 2019, 11:45:43 UTC'
    """
    return f"{moment.day} {moment:%b %Y, %H:%M:%S} UTC"


def _subtitle(report: HealthReport) -> str:
    if report.start is None or report.end is None:
        return "No rows."
    step = f"one every {report.step_s:g} s" if report.step_s else "no even step"
    series = f" of {report.series:,} series" if report.series > 1 else ""
    return f"{report.rows:,} rows{series}, {step}, {say_moment(report.start)} to {say_moment(report.end)}"


_MEANS = {
    "completeness": "of the values that there should be are there",
    "validity": "of the values are no outlier, stuck value or mark",
    "regularity": "of the rows are on an even grid, without repeats",
    "plausibility": "of the values that could be judged contradict neither physics nor each other",
}


def _scores(report: HealthReport) -> str:
    cells = "".join(
        f"<div>{escape(name.capitalize())}<b>{say_share(score)}</b><span class='soft'>{_MEANS[name]}: "
        f"{score.good:,} of {score.total:,}</span></div>"
        for name, score in report.scores
    )
    return f"<div class='scores'>{cells}</div>"


def _findings(findings: Sequence[HealthFinding]) -> str:
    if not findings:
        return "<h2>Findings</h2><p>Nothing was found.</p>"
    rows = "".join(
        f"<tr class='{one.severity}'><td class='mark'>{_sign(one)}</td><td><a href='#{_id(one)}'>{escape(one.title)}"
        f"</a></td><td>{escape(one.name)}</td><td class='n'>{one.count:,}</td><td class='n'>{one.blocks:,}</td></tr>"
        for one in findings
    )
    head = "<tr><th>Severity</th><th>What</th><th>Channel</th><th class='n'>Count</th><th class='n'>Places</th></tr>"
    parts = "".join(_finding(one) for one in findings)
    return f"<h2>{_several(len(findings), 'finding')}</h2><div class='wide'><table>{head}{rows}</table></div>{parts}"


def _reading(findings: Sequence[Finding]) -> str:
    """What was found while the file was read: rows and cells of which the readings hold nothing."""
    if not findings:
        return ""
    said = "".join(f"<li>{escape(one.message)}</li>" for one in findings)
    return f"<h2>While the file was read</h2><ul>{said}</ul>"


def _several(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _sign(finding: HealthFinding) -> str:
    return {"error": "✖ Error", "warning": "▲ Warning", "info": "● Info"}[finding.severity]


def _id(finding: HealthFinding) -> str:
    return escape(f"{finding.code}-{finding.channel}".rstrip("-"))


def _finding(one: HealthFinding) -> str:
    name = f": {escape(one.name)}" if one.name else ""
    classes = say_classes(one)
    more = one.blocks - min(len(one.places), MOST_SHOWN)
    rows = "".join(_place(one, number, place) for number, place in enumerate(one.places[:MOST_SHOWN]))
    head = "<tr><th>From</th><th>To</th><th>Series</th><th class='n'>Count</th><th class='n'>Value</th>"
    head += f"<th class='n'>{escape(one.evidence_is)}"
    summary = f"<details><summary>{_several(one.blocks, 'place')}</summary>"
    table = f"{summary}<div class='wide'><table>{head}</th></tr>{rows}</table>"
    rest = f"<p class='soft'>and {more:,} more</p>" if more else ""
    return (
        f"<section id='{_id(one)}'><h3>{escape(one.title)}{name}</h3><p>{escape(one.message)}</p>"
        + (f"<p class='soft'>{escape(classes)}</p>" if classes else "")
        + f"<p class='soft'>Found where: {escape(one.threshold)}.</p>{table}{rest}</div></details></section>"
    )


def say_classes(finding: HealthFinding) -> str:
    """Of missing readings, how many runs of each length there are; otherwise nothing."""
    return ", ".join(f"{_several(c.blocks, 'run')} of {c.name} ({c.count:,})" for c in finding.classes if c.blocks)


def _place(finding: HealthFinding, number: int, place: Block) -> str:
    return (
        f"<tr id='{_id(finding)}-{number}'><td>{say_moment(place.start)}</td><td>{say_moment(place.end)}</td>"
        f"<td>{escape(place.series)}</td><td class='n'>{place.count:,}</td>"
        f"<td class='n'>{say_number(place.value)}</td><td class='n'>{place.evidence:g}</td></tr>"
    )


def _channels(channels: Sequence[ChannelHealth]) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td><td>{draw_strip(one)}</td>"
        f"<td class='n'>{say_share(one.scores.completeness)}</td>"
        f"<td class='n'>{say_share(one.scores.validity)}</td><td class='n'>{say_share(one.scores.plausibility)}</td>"
        f"<td class='n'>{say_number(one.minimum)}</td><td class='n'>{say_number(one.mean)}</td>"
        f"<td class='n'>{say_number(one.maximum)}</td></tr>"
        for one in channels
    )
    heads = "".join(f"<th class='n'>{h}</th>" for h in ("Complete", "Valid", "Plausible", "Least", "Mean", "Most"))
    return (
        f"<h2>{_several(len(channels), 'channel')}</h2><div class='wide'><table>"
        f"<tr><th>Channel</th><th>Coverage</th>{heads}</tr>{rows}</table></div>"
    )


def say_number(value: float | None) -> str:
    """A value in short; a dash where there is none."""
    return "–" if value is None else f"{value:.5g}"


def draw_strip(channel: ChannelHealth) -> str:
    """A channel's coverage over the whole period, as SVG in the colour of the text around it."""
    bars = "".join(
        f"<rect {_NONE} x='{i}' y='0' width='1' height='20'/>"
        f"<rect x='{i}' y='{20 - 20 * share:g}' width='1' height='{20 * share:g}'/>"
        for i, share in enumerate(channel.strip)
        if share is not None
    )
    label = escape(f"Coverage of {channel.name}: {say_share(channel.scores.completeness)}", quote=True)
    return (
        f"<svg class='strip' width='160' height='20' fill='currentColor' viewBox='0 0 {len(channel.strip)} 20' "
        "preserveAspectRatio='none' role='img' "
        f'aria-label="{label}">{bars}</svg>'
    )


def draw_years(days: Sequence[Day]) -> Iterator[tuple[int, str]]:
    """Each of the last years, and its days as SVG in the colour of the text around it."""
    for year in sorted({day.day.year for day in days})[-MOST_YEARS:]:
        yield year, _year(year, [day for day in days if day.day.year == year])


def _calendar(days: Sequence[Day]) -> str:
    if not days:
        return ""
    years = {day.day.year for day in days}
    parts = "".join(f"<h3>{year}</h3><div class='wide'>{picture}</div>" for year, picture in draw_years(days))
    note = f" The last {MOST_YEARS} years are drawn." if len(years) > MOST_YEARS else ""
    whole = sum(day.share == 1 for day in days)
    return (
        f"<h2>Coverage by day</h2><p>{whole:,} of {len(days):,} days (UTC) are complete. "
        f"Full colour is complete, paler is not, grey is none.{note}</p>{parts}"
    )


def _year(year: int, days: Sequence[Day]) -> str:
    """The weeks from the first day to the last, under the names of their months."""
    first, last = days[0].day, days[-1].day
    monday = first - timedelta(days=first.weekday())
    weeks = (last - monday).days // 7 + 1
    wide = 30 + max(weeks, 3) * (_CELL + _GAP)  # as wide as the name of one month
    cells = "".join(_cell(day, monday) for day in days)
    names = "".join(
        f"<text x='0' y='{_MONTHS + i * (_CELL + _GAP) + 9}'>{name}</text>" for i, name in enumerate(_WEEKDAYS) if name
    )
    months, full = _months(first, last, monday), sum(day.share for day in days) / len(days)
    return (
        f"<svg width='{wide}' height='{_MONTHS + 7 * (_CELL + _GAP)}' fill='currentColor' font-size='9' role='img' "
        f"aria-label='Coverage of {year}: {full:.1%} of the readings'>{names}{months}{cells}</svg>"
    )


def _months(first: date, last: date, monday: date) -> str:
    """The months' names, each over the week that its first day is in; of the first one where it has room."""
    begins = [date(first.year, month, 1) for month in range(first.month + 1, last.month + 1)]
    if not begins or (begins[0] - monday).days >= 3 * 7:
        begins.insert(0, first)
    return "".join(f"<text x='{30 + (at - monday).days // 7 * (_CELL + _GAP)}' y='9'>{at:%b}</text>" for at in begins)


def _cell(day: Day, monday: date) -> str:
    week, weekday = divmod((day.day - monday).days, 7)
    place = (
        f"x='{30 + week * (_CELL + _GAP)}' y='{_MONTHS + weekday * (_CELL + _GAP)}' width='{_CELL}' height='{_CELL}'"
    )
    said = f"<title>{day.day.day} {day.day:%b %Y}: {day.share:.1%}</title>"
    opacity = f" fill-opacity='{0.15 + 0.5 * day.share:.2f}'" if 0 < day.share < 1 else ""
    return f"<rect {'' if day.share else f'{_NONE} '}{place}{opacity}>{said}</rect>"


def findings_in_short(report: HealthReport) -> Iterator[tuple[str, str, str]]:
    """Severity, title and what is said of each finding, with its limits and first places: what fits on paper."""
    for one in report.findings:
        places = "; ".join(_period(place) for place in one.places[:MOST_ON_PAPER])
        more = one.blocks - min(len(one.places), MOST_ON_PAPER)
        where = f" {places}{f'; and {more:,} more' if more > 0 else ''}." if places else ""
        text = f"{one.message} Found where: {one.threshold}."
        classes = f" {say_classes(one)}." if one.classes else ""
        yield str(one.severity), f"{one.title}{f': {one.name}' if one.name else ''}", f"{text}{classes}{where}"
    for said in report.reading:
        yield str(said.severity), "While the file was read", said.message


def _period(place: Block) -> str:
    series = f"{place.series}: " if place.series else ""
    return f"{series}{say_moment(place.start)} to {say_moment(place.end)}"
