"""One known truth in the shapes that days of readings have: made here, read back by the tests."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from fairwatt.core.files import FileSample, Inspection, apply_answers, inspect_file
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import IngestResult, Lake

LONDON = ZoneInfo("Europe/London")
SPRING = tuple(date(2021, 3, 25) + timedelta(days=n) for n in range(7))  # clocks go forward on the 28th
AUTUMN = tuple(date(2021, 10, 28) + timedelta(days=n) for n in range(7))  # and back on the 31st
BOTH = SPRING + AUTUMN
PLAIN = tuple(date(2021, 1, 18) + timedelta(days=n) for n in range(7))
YEAR = tuple(date(2021, 1, 1) + timedelta(days=n) for n in range(365))
Truth = dict[tuple[str, datetime, str], Decimal | None]


def instants(day: date, minutes: int, *, zone: ZoneInfo | None = LONDON) -> list[datetime]:
    """The starts of a local day's intervals, in UTC; None: days of UTC."""
    tz = zone or UTC
    begin = datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=tz).astimezone(UTC)
    return [begin + timedelta(minutes=n * minutes) for n in range(round((end - begin) / timedelta(minutes=minutes)))]


def make_truth(
    days: Iterable[date],
    *,
    minutes: int = 30,
    meters: tuple[str, ...] = ("",),
    channels: tuple[str, ...] = ("kWh",),
    zone: ZoneInfo | None = LONDON,
    seed: int = 7,
    holes: float = 0.02,
) -> Truth:
    """Seeded values with zeros, negatives and holes, by meter, start and channel."""
    chance = random.Random(seed)
    days = tuple(days)
    return {
        (meter, start, channel): _value(chance, holes)
        for meter in meters
        for day in days
        for start in instants(day, minutes, zone=zone)
        for channel in channels
    }


def _value(chance: random.Random, holes: float) -> Decimal | None:
    if chance.random() < holes:
        return None
    if chance.random() < 0.1:
        return Decimal(0)
    return Decimal(chance.randrange(-200, 5_000)).scaleb(-3)


def shown(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")


def day_rows(truth: Truth, meter: str, channel: str, *, by: str = "elapsed") -> dict[date, dict[int, Decimal | None]]:
    """A channel's values by local day and place in it [minutes]: elapsed since midnight, of the clock, or of UTC."""
    found: dict[date, dict[int, Decimal | None]] = {}
    for (own, start, name), value in truth.items():
        if (own, name) != (meter, channel):
            continue
        local = start if by == "utc" else start.astimezone(LONDON)
        midnight = local.replace(hour=0, minute=0, fold=0)
        elapsed = round((start - midnight.astimezone(UTC)).total_seconds() / 60)
        minute = elapsed if by == "elapsed" else local.hour * 60 + local.minute
        found.setdefault(local.date(), {})[minute] = value
    return found


def wide(
    truth: Truth,
    heads: list[str],
    minutes_of: list[int],
    *,
    by: str = "elapsed",
    lead: Callable[[str, date, str], list[str]],
    lead_heads: list[str],
    after: Callable[[list[str]], list[str]] = lambda _: [],
    after_heads: tuple[str, ...] = (),
    flags: str = "",
) -> str:
    """A row a day, channel and meter."""
    meters = dict.fromkeys(meter for meter, _, _ in truth)
    channels = dict.fromkeys(channel for _, _, channel in truth)
    top = [*lead_heads]
    for head in heads:
        top += [head, *([flags] if flags else [])]
    lines = [",".join([*top, *after_heads])]
    for meter in meters:
        days = {channel: day_rows(truth, meter, channel, by=by) for channel in channels}
        for day in next(iter(days.values())):
            for channel in channels:
                values = [shown(days[channel][day].get(minute)) for minute in minutes_of]
                cells: list[str] = []
                for value in values:
                    cells += [value, *(["A" if value else ""] if flags else [])]
                lines.append(",".join([*lead(meter, day, channel), *cells, *after(values)]))
    return "\n".join(lines) + "\n"


def clock(minute: int, form: str = "{:02}:{:02}") -> str:
    return form.format(minute // 60, minute % 60)


def look(text: str, name: str = "meter.csv") -> Inspection:
    return inspect_file(FileSample.of(text.encode()), name=name)


def read(
    text: str, folder: Path, answers: Mapping[str, str] | None = None, *, name: str = "meter.csv"
) -> tuple[Inspection, ImportProfile, IngestResult, Truth]:
    """Inspect, answer, ingest, and read everything back: by series, start and field."""
    found = look(text, name)
    assert found.profile is not None, found.findings
    given = {q.id: q.guess for q in found.questions if q.id.startswith("unit:")} | dict(answers or {})
    profile = apply_answers(
        found.profile, {key: v for key, v in given.items() if key in {q.id for q in found.questions}}
    )
    path = folder / name
    path.write_bytes(text.encode())
    lake = Lake(folder / "lake", memory_limit="300MB", threads=1)
    result = lake.ingest(path, profile, table="t", source="s", name=name)
    fields = list(lake.fields("t"))
    back: Truth = {}
    for batch in lake.batches("t", fields=fields):
        for row in pl.DataFrame(batch).iter_rows(named=True):
            for field in fields:
                back[row.get("series", ""), row["start"], field] = row[field]
    return found, profile, result, back
