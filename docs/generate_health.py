"""The page of docs/generate.py about the health scan: its codes, limits and report."""

from __future__ import annotations

import inspect
import math
import types
import typing
from enum import StrEnum
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from fairwatt.core.findings import Finding, Severity
from fairwatt.core.quality import report
from fairwatt.core.quality.checks.limits import TABLE
from fairwatt.core.quality.codes import CODES, Aspect
from fairwatt.core.quality.detections import Detections
from fairwatt.core.units import QUANTITIES, UNITS

_REPORT = (
    (report.HealthReport, "The report"),
    (report.Scores, "`scores`, `channels[].scores`"),
    (report.Score, "`scores.*`"),
    (report.ChannelHealth, "`channels[]`"),
    (report.HealthFinding, "`findings[]`"),
    (report.Class, "`findings[].classes[]`"),
    (report.Block, "`findings[].places[]`"),
    (report.Day, "`calendar[]`"),
    (Finding, "`reading[]`"),
)
_HEAD = """# The health scan

`fairwatt health FILE` reads a file as `convert` does and says how complete, valid, regular and plausible its readings
are, and where they are not. Nothing is changed and nothing is filled in. A file that `convert` wrote is scanned as it
is; any other is read first, by the likely answers where questions are open (`open_questions` names them, and the exit
code is 3 unless `--accept-guesses` is given). Numbers that stand for missing values are left in, so that their places
can be told.

| exit code | |
|---|---|
| 0 | scanned; findings don't change it |
| 2 | the file can't be read, or an option is wrong |
| 3 | scanned by likely answers to open questions |

`--json` prints the report below with `open_questions` and `notes` (lists of texts) beside its fields. `--html` and
`--pdf` write it for people, `--detections` writes **every** place as Parquet or CSV; the report itself holds up to
10,000 places of each finding.

## Codes

What a code counts against: a score, or none where it only tells.

"""
_METHODS = """## How outliers are told from life

1. What is usual at a time of day (medians of the six weeks around, working days and weekends apart) is taken off where
   readings are ten minutes apart or more and there are two weeks of them.
2. A value's height over *both* sides is measured: an opening with flat windows of two and of four values takes off
   what is at most one, or three, values wide. One giant changes nothing beside it, so that none hides another.
3. Heights are divided by what is usual at their place and hour (the 80th percentile of heights nearby, never below a
   half of what is usual at that hour).
4. How far natural heights reach is followed along their own tail, in two ways: a generalised Pareto tail through
   quantiles, with the share of false alarms held at 1 % (Benjamini & Hochberg); and a comparison by likelihood of one
   kind of height with two. Heavy tails raise the threshold.
5. Excursions as high as three lasting steps of the channel are no outliers (something is switched), nor those of a
   kind of their own (or more than 3 in 1,000 values) that come in bursts, keep hours of the day or are all of one
   height. At steps of 5 seconds and less, what stands where the level changes for longer is the inrush of what starts
   there; a single use between two rests, of a size and at an hour that the channel often shows, is a use.
6. Runs of up to 60 values further than four times the width of the middle 98 % from it are outliers, however wide.
7. Values beyond an empty range are outliers however many they are (up to two fifths on a side): the range is twice as
   wide as all nearer values reach from the median, and those beyond it come and go within three values. Heights that
   come again and again, but not in one and the same number, are appliances: then the next empty range further out
   counts. Runs of up to 60 values beyond half an empty range of all others (up to one in 200 values) are outliers
   too.
8. Of a running total, what it grew by from one step to the next is looked at; not over an outage, a reset or the row
   behind one.

Limits: a value that the channel shows anyway at that hour can't be told from life; a home's half-hours reach far.
Of fewer than about 200 values no tail is known, and only four times the usual threshold is told of.

## Limits of quantities

In the quantity's default unit; values are converted. Voltages are held against the nominal voltage that their median is
nearest to (230, 400 V: +10 %/-6 %; 6.6 to 132 kV: ±6 %; 25 kV of railways: -24 %/+10 %; peaks: √2 times as high; 6.35
and 19.05 kV: between a phase and earth). Beyond twice the highest allowed voltage none is possible. A voltage near no
nominal one isn't judged. A solar plant's power may reach 1.5 times its own usual high (the 99th percentile), where two
weeks of it are known.

"""
_NOT_YET = """## What it does not find yet

- **Slips shorter than a day** are missed in about every eighth home's load (tables below), those of running totals
  always; so are stretches that make up half of a series or more, and slips by other factors than 1,000. Signs are only
  judged in series of a week or more with 98 % of their values on one side, from an hour on.
- **Spikes within a channel's own reach.** A home's half-hour of one to two times its highest real one is found one time
  in four; single half-hours of several kilowatts among others of the same height never.
- **Marks such as 999 among whole numbers that reach as far**: nothing parts them from readings. A lone negative mark in
  a load that is never negative is found.
- **Some false outliers** remain: rare uses of a home that is mostly empty, gusts of cloud or rain. Look at the places
  before you take any away.
- **Stuck values of a minute or less in a clear sky's solar power**: where values creep by one digit, short stuck runs
  and natural ones are alike, and some natural ones are told of. A series that was written only on change and filled up
  holds long runs of equal values, and they are told of.
- **A dead logger that reads nought in a channel that often rests at nought** is told of where it rests far longer than
  ever else; a charger or solar plant switched off for days looks the same.
- **A step of level** is looked for between days only, ten on either side.
- **How much grew in a running total over an outage**, and whether its fall was a full dial, a reset or a glitch.
- **An infinite value in a text file** is told of as a cell that is no number, and as a missing value.
- Windows of 2^19 rows: outliers, triangles, twins and nights are judged by a window's own statistics. Runs of equal
  values, days, slips, signs, repeats, missing rows and all counts are of the whole series.

The limits of stuck values, marks, drift, nights, unit slips, signs and disagreement are our own, set by trying series
with known faults; where a method or limit is from elsewhere, the table of codes names it.

## How well it finds them

Measured by `python -m bench.bench_health --from-seed 100 --seeds 2`: seeds and homes that nothing was set by, unless
the line says so. Missing rows and values: all, in every series.

| made series, with gaps, outliers, marks, stuck runs put in | outliers, F1 | marks, F1 | stuck runs, F1 |
|---|---|---|---|
| feeder, heavy tails, wandering, voltage, net flow, whole numbers; at each step | 0.996-1.000 | 1.000 | 1.000 |
| solar plant, half-hours / minutes / seconds | 1.000 / 1.000 / 1.000 | 1.000 | 0.44 / 0.79 / 0.15 |
| home with appliances, half-hours / minutes / seconds | 0.72 / 0.81 / 0.996 | 1.000 | 0.994-1.000 |

Outliers of 5 to 12 standard deviations; in the two homes of half-hours and minutes most of those missed are no higher
than the home's own appliances.

| real series, as they are | rows | outliers told of | of 5 to 12 widths put in, F1 | giants put in, F1 |
|---|---|---|---|---|
| Stentaway demand | 46,704 | 3 | 0.979 | 0.979 |
| Stentaway solar | 46,668 | 0 | 0.989 | 1.000 |
| Geevor, Staplegrove feeders | 64,987 | 1 | 0.98-1.00 | 1.000 |
| a home's week of seconds | 604,800 | 0 | 0.889 | 0.998 |
| 66 homes of London, half-hours | 1,119,836 | 112 | 0.571 (median) | 1.000 (median) |
| LEO's power-quality logger, 141 channels of 5 s | 2,295 | 26, in 11 channels | | |

| stretch of a real home: share of its rows found | × 1,000 | ÷ 1,000 | other sign |
|---|---|---|---|
| 6 hours, 32 homes held back | 0.84 | 0.91 | 0.88 |
| a day | 0.97 | 0.97 | 0.97 |
| a week | 0.97 | 0.97 | 0.97 |
| 60 days | 0.99 | 1.00 | 0.97 |
| a week, 33 homes it was set by | 1.00 | 1.00 | 1.00 |

None was told of outside these stretches, nor in any home, feeder or solar plant as it is.

Time and memory on two cores, other work beside: 31 days of seconds of a home in memory 0.7 s; LEO's file of 141
channels 0.7-1.0 s for the scan alone, 3.5-4.7 s as `fairwatt health` with reading the file; a year of seconds (31.6
million rows) of two channels from a file that `convert` wrote 18 s and 507 MiB, with a profiler running.

"""
_PORTAL = """## In the portal

Each file is scanned by the worker once its readings are there; files that were read before there was a scan follow by
themselves. Its report has an address that stays, `/health-reports/KEY/`, with `.json`, `.html` and `.pdf`, and says
what was found then: a later scan is another report. `/datasets/KEY/health/` lists those of a dataset, and lets
whoever is signed in have all its readings scanned together; `/tools/health/` lists the datasets that one may have.
Reports tell values: they are for those who may have the readings, and are deleted when any part of the dataset's
readings is erased. Each place leads to Explore with its period. A report keeps up to 500 places of each finding.

"""
_CLEANING = """## For those who build on it

`fairwatt.core.quality.scan_health(readings)` gives a `Scan` with the report and `detections`: one `Detections` for each
code, series and channel. Its blocks are arrays, the i-th block is the i-th of each:

"""


def health_page(note: str) -> str:
    """The page as Markdown."""
    rows = [
        "| code | severity | score | what | from where on | evidence of a place | source |",
        "|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| `{one.code}` | {one.severity} | {one.aspect if one.aspect != 'none' else ''} | {_cell(one.title)} | "
        f"{_cell(one.threshold)} | {_cell(one.evidence)} | {_cell(one.source)} |"
        for one in CODES.values()
    ]
    limits = ["| quantity | unit | allowed | possible |", "|---|---|---|---|"]
    limits += [
        f"| {quantity} | {UNITS[QUANTITIES[quantity].default_unit].symbol} | {_range(allowed)} | {_range(possible)} |"
        for quantity, (allowed, possible) in TABLE.items()
    ]
    parts = "\n".join(_model(model, title) for model, title in _REPORT)
    arrays = "\n".join(inspect.cleandoc(Detections.__doc__ or "").splitlines()[4:])
    return (
        note + _HEAD + "\n".join(rows) + "\n\n" + _PORTAL + _NOT_YET + _METHODS + "\n".join(limits)
        + "\n\n## The report as JSON\n\n"
        f"Version {report.SCHEMA_VERSION}. Times are ISO 8601 in UTC; periods are half-open. "
        f"`severity` is {_words(Severity)}; `aspect` is {_words(Aspect)}.\n\n{parts}\n"
        + _CLEANING + f"```\n{arrays}\n```\n"
    )  # fmt: skip


def _words(kinds: type[StrEnum]) -> str:
    return ", ".join(f"`{one.value}`" for one in kinds)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _range(pair: tuple[float, float]) -> str:
    low, high = pair
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(high):
        return f"from {low:g}"
    return f"up to {high:g}" if math.isinf(low) else f"{low:g} to {high:g}"


def _model(model: type[BaseModel], title: str) -> str:
    said = inspect.cleandoc(model.__doc__ or "").replace("``", "`")
    first, _, rest = said.partition("\n\nAttributes\n----------\n")
    told = _attributes(rest)
    rows = ["| field | type | what |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        rows.append(f"| `{name}` | {_type(field.annotation)} | {_cell(told.get(name, ''))} |")
    return f"### {title}\n\n{first}\n\n" + "\n".join(rows) + "\n"


def _attributes(text: str) -> dict[str, str]:
    told: dict[str, str] = {}
    names: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(",")]
        elif line.strip():
            for name in names:
                told[name] = f"{told.get(name, '')} {line.strip()}".strip()
    return told


def _type(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in get_args(annotation))
    if origin is tuple:
        return "list of " + _type(get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(one) for one in get_args(annotation))
    if annotation is type(None):
        return "null"
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return plain.get(annotation, getattr(annotation, "__name__", str(annotation)))
