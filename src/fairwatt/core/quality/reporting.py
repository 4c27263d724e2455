"""From counts and detections to the report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np

from fairwatt.core.findings import Severity
from fairwatt.core.quality.checks.missing import CLASSES
from fairwatt.core.quality.codes import CODES, Code
from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.readings import Channel
from fairwatt.core.quality.report import (
    Block,
    ChannelHealth,
    Class,
    Day,
    HealthFinding,
    HealthReport,
    Score,
    Scores,
)
from fairwatt.core.quality.tally import ChannelTally, Tally
from fairwatt.core.quality.wording import say, say_values

MOST_PLACES = 10_000  # of a finding
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def make_report(
    *,
    name: str,
    channels: Sequence[Channel],
    tally: Tally,
    detections: Sequence[Detections],
    step: int,
    series: int,
    extent: tuple[int, int] | None,
    bands: Mapping[str, tuple[float, float]],
) -> HealthReport:
    """Put the report together."""
    marks = _marks(detections)
    healths = tuple(_channel(one, tally, marks[one.field]) for one in channels)
    findings = _findings(channels, tally, detections, bands)
    return HealthReport(
        name=name,
        rows=tally.rows,
        series=series,
        start=_moment(extent[0]) if extent else None,
        end=_moment(extent[1] + max(step, 0)) if extent else None,
        step_s=step / 1e6 if step else None,
        scores=_scores_of_all(tally, marks),
        channels=healths,
        findings=findings,
        calendar=_calendar(tally, len(channels)) if extent else (),
    )


def _marks(detections: Sequence[Detections]) -> dict[str, int]:
    """How many marks of missing values each channel has."""
    found: dict[str, int] = defaultdict(int)
    for one in detections:
        if one.code == "sentinel-values":
            found[one.channel] += one.total
    return found


def _scores(counts: ChannelTally, expected: int, tally: Tally, marks: int) -> Scores:
    there = counts.present + marks
    judged = tally.rows - tally.loose_rows
    return Scores(
        completeness=Score.of(counts.present, expected) if tally.is_even or not counts.present else Score.of(0, 0),
        validity=Score.of(counts.present - counts.doubted, there),
        regularity=Score.of(judged - tally.odd_rows, judged),
        plausibility=Score.of(counts.checked - counts.implausible, counts.checked),
    )


def _scores_of_all(tally: Tally, marks: dict[str, int]) -> Scores:
    every = ChannelTally()
    for one in tally.channels.values():
        every.present += one.present
        every.doubted += one.doubted
        every.implausible += min(one.implausible, one.checked)
        every.checked += one.checked
    return _scores(every, tally.expected * len(tally.channels), tally, sum(marks.values()))


def _channel(channel: Channel, tally: Tally, marks: int) -> ChannelHealth:
    counts = tally.channels[channel.field]
    is_there = counts.present > 0
    shares = [
        None if wanted < 1 else min(1.0, float(have / wanted))
        for have, wanted in zip(counts.strip, tally.strip_expected, strict=True)
    ]
    return ChannelHealth(
        field=channel.field,
        name=channel.label,
        quantity=channel.quantity,
        unit=channel.unit,
        expected=max(tally.expected, counts.present),
        present=counts.present,
        doubted=counts.doubted + marks,
        implausible=min(counts.implausible, counts.checked),
        minimum=counts.minimum if is_there else None,
        mean=counts.total / counts.present if is_there else None,
        maximum=counts.maximum if is_there else None,
        scores=_scores(counts, tally.expected, tally, marks),
        strip=tuple(shares),
    )


def _calendar(tally: Tally, channels: int) -> tuple[Day, ...]:
    wanted = tally.days_expected * channels
    return tuple(
        Day(day=date(1970, 1, 1) + timedelta(days=int(tally.first_day) + i), share=min(1.0, float(have / want)))
        for i, (have, want) in enumerate(zip(tally.days, wanted, strict=True))
        if want > 0
    )


def _findings(
    channels: Sequence[Channel],
    tally: Tally,
    detections: Sequence[Detections],
    bands: Mapping[str, tuple[float, float]],
) -> tuple[HealthFinding, ...]:
    known = {one.field: one for one in channels}
    order = {one.field: i for i, one in enumerate(channels)}
    groups: dict[tuple[str, str], list[Detections]] = defaultdict(list)
    for one in detections:
        groups[one.code, one.channel].append(one)
    found = [
        _finding(CODES[code], known.get(field), some, tally, bands.get(field)) for (code, field), some in groups.items()
    ]
    found += [_empty(one, tally.rows) for one in channels if tally.rows and not tally.channels[one.field].present]
    return tuple(sorted(found, key=lambda f: (_RANK[f.severity], -f.share, f.code, order.get(f.channel, -1))))


def _empty(channel: Channel, rows: int) -> HealthFinding:
    code = CODES["empty-channel"]
    return HealthFinding(
        code=code.code, title=code.title, severity=code.severity, aspect=code.aspect, channel=channel.field,
        name=channel.label, count=rows, blocks=1, share=1.0, message=say(code.code, count=rows, blocks=1, evidence=0),
        evidence_is=code.evidence, threshold=code.threshold,
    )  # fmt: skip


def _finding(
    code: Code, about: Channel | None, some: Sequence[Detections], tally: Tally, band: tuple[float, float] | None
) -> HealthFinding:
    channel = some[0].channel
    count, blocks = sum(one.total for one in some), sum(len(one) for one in some)
    evidence = max((float(e) for one in some for e in (one.evidence.max(), one.evidence.min())), key=abs)
    is_missing = code.code in {"missing-rows", "missing-values"}
    base = max(tally.expected, tally.rows) if is_missing or not channel else tally.channels[channel].present
    places: list[Block] = []
    for one in some:
        places += _places(one, MOST_PLACES - len(places))
    return HealthFinding(
        code=code.code,
        title=code.title,
        severity=code.severity,
        aspect=code.aspect,
        channel=channel,
        name=about.label if about else "",
        count=count,
        blocks=blocks,
        share=min(1.0, count / base) if base else 0.0,
        message=say(code.code, count=count, blocks=blocks, evidence=evidence)
        + say_values(code.code, np.concatenate([one.value for one in some]), about.unit if about else "", band),
        evidence_is=code.evidence,
        threshold=code.threshold,
        classes=_classes(some) if is_missing else (),
        places=tuple(places),
        cut=blocks > len(places),
    )


def _classes(some: Sequence[Detections]) -> tuple[Class, ...]:
    counts = np.concatenate([one.count for one in some])
    found = []
    for least, most, name in CLASSES:
        own = counts[(counts >= least) & (counts <= (most or np.iinfo(np.int64).max))]
        found.append(Class(name=name, blocks=len(own), count=int(own.sum())))
    return tuple(found)


def _places(found: Detections, most: int) -> list[Block]:
    values = found.value if len(found.value) else np.full(len(found), np.nan)
    rows = zip(found.begin, found.end, found.row, found.rows, found.count, found.evidence, values, strict=True)
    return [
        Block(
            series=found.series,
            start=_moment(int(begin)),
            end=_moment(int(end)),
            row=int(row),
            rows=int(size),
            count=int(count),
            evidence=float(f"{evidence:.6g}"),
            value=float(value) if np.isfinite(value) else None,
        )
        for (begin, end, row, size, count, evidence, value), _ in zip(rows, range(max(0, most)), strict=False)
    ]


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=int(micros))
