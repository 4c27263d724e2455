"""The page of docs/generate.py about the health scan: its codes, limits and report."""

from __future__ import annotations

import inspect
import math
import types
import typing
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from fairwatt.core.findings import Finding
from fairwatt.core.quality import report
from fairwatt.core.quality.checks.limits import TABLE
from fairwatt.core.quality.codes import CODES
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
5. Excursions as high as three lasting steps of the channel are no outliers (something is switched), nor those of a kind
   of their own (or more than 3 in 1,000 values) that come in bursts, keep hours of the day or are all of one height.
6. Runs of up to 60 values further than four times the width of the middle 98 % from it are outliers, however wide.
7. Values beyond an empty range are outliers however many they are (up to two fifths on a side): the range is twice as
   wide as all nearer values reach from the median, and those beyond it come and go within three values.
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

- **A unit slip of less than a day**, and a quarter to a third of a longer one in a home's load: days are judged one by
  one, so that one slip may be told of in several pieces. Slips of running totals aren't looked for.
- **Spikes within a channel's own reach.** A home's half-hour of one and a half times its highest real one is often
  missed, and so are plateaus of 4 to 60 values that are no four widths away.
- **Marks such as 999 or 9999 among values that reach as far**: nothing parts them from readings. A lone negative mark
  in a load that is never negative is found.
- **Some false outliers**: an appliance's start of a few seconds at 1-second steps, rare short uses of a home that is
  mostly empty, gusts of cloud or rain. Look at the places before you take any away.
- **A dead logger that reads nought in a channel that often rests at nought** is told of where it rests far longer than
  ever else; a charger or solar plant switched off for days looks the same.
- **Signs turned for less than two days of half-hours, or for more than 30 % of the time.**
- **A step of level below 20 % of the level** (a tap change, 5 V at 240 V).
- **How much grew in a running total over an outage**, and whether its fall was a full dial, a reset or a glitch.
- **An infinite value in a text file** is told of as a cell that is no number, and as a missing value.
- Windows of 2^20 rows: outliers, triangles, twins and nights are judged by a window's own statistics. Runs of equal
  values, days, repeats, missing rows and all counts are of the whole series.

The limits of stuck values, marks, drift, nights, unit slips, signs and disagreement are our own, set by trying series
with known faults; where a method or limit is from elsewhere, the table of codes names it.

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
        note + _HEAD + "\n".join(rows) + "\n\n" + _NOT_YET + _METHODS + "\n".join(limits)
        + "\n\n## The report as JSON\n\n"
        f"Version {report.SCHEMA_VERSION}. Times are ISO 8601 in UTC; periods are half-open.\n\n{parts}\n"
        + _CLEANING + f"```\n{arrays}\n```\n"
    )  # fmt: skip


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
