"""The pages of docs/generate.py about reading a file: the report of `inspect`, and the import profile."""

from __future__ import annotations

import inspect
import types
import typing
from enum import StrEnum
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from fairwatt.core.files import profile, report
from fairwatt.core.files.profile_text import COMMENTS, write_toml

_REPORT = (
    (report.FileReport, "The report"),
    (report.TablePart, "`tables[]`"),
    (report.TimestampPart, "`tables[].timestamp`"),
    (report.ZonePart, "`tables[].timestamp.time_zone`"),
    (report.SeriesPart, "`tables[].series`"),
    (report.ChannelPart, "`tables[].channels[]`"),
    (report.FindingPart, "`findings[]`, `tables[].findings[]`"),
    (report.QuestionPart, "`tables[].questions[]`"),
    (report.ChoicePart, "`tables[].questions[].choices[]`"),
)
_PROFILE = (
    ("", profile.ImportProfile, "The document"),
    ("table", profile.TableRule, "`[table]`"),
    ("dialect", profile.Dialect, "`[dialect]`"),
    ("timestamp", profile.TimestampRule, "`[timestamp]`"),
    ("timestamp.periods", profile.PeriodRule, "`[timestamp.periods]`"),
    ("spread", profile.SpreadRule, "`[spread]`"),
    ("channels", profile.ChannelRule, "`[[channels]]`"),
)
_REPORT_HEAD = """\
# The report of `fairwatt inspect`

`fairwatt inspect FILE --json` prints this document. Fields may be added; none is renamed, removed or given another
meaning while `schema_version` stays the same. What is not known is `null`. While a question is open, the value that
it is about is the guess: `time_zone.how` is `guessed`, and `start` and `end` have no offset.

Exit codes: **0** nothing is open; **3** questions are open (all is printed the same); **2** the file can't be read.
Then the output is `{"schema_version": 1, "error": {"what", "where", "next_step"}}`, and the reason stands on the
error output.

How to work with it: [read a file without the portal](../how-to/read-a-file.md).
"""
_CONVERT_TAIL = """\
## What `fairwatt convert --json` prints

| field | type | what |
|---|---|---|
| `schema_version` | whole number | Of this document. |
| `written` | object or null | `path`, `bytes`, `rows`, `series` (how many), `start` and `end` (UTC, half-open); null \
while a question is open whose answer changes a time or a value. |
| `profile_sha256` | text | The digest of the import profile that the readings were made by. |
| `channels` | object | By field: `unit` and `quantity`, null where unknown. |
| `findings` | list | As above, of all rows. |
| `questions` | list | As above: the open ones. |
| `notes` | list of text | What was guessed with `--accept-guesses`, or answered needlessly. |

## What stands in the Parquet file

Columns `series` (text: the meter, empty where the file names none), `start` (timestamp in UTC: the interval's start),
then one column for each channel by its `field`, in the order of `series` and `start`, rows of one time in the file's
order. Numbers are 64-bit floats (`--decimal`: decimals with the digits that were logged), text and booleans as they
are, missing is null. Each field's metadata say its `name`, `quantity`, `unit`, `direction`, `statistic` and `kind`;
the file's metadata hold `fairwatt:profile_sha256`, `fairwatt:profile` (JSON), `fairwatt:channels` (JSON, by field),
`fairwatt:source_name` and `fairwatt:source_sha256`. The same profile and the same bytes give the same Parquet file,
byte for byte, as long as the versions of Fairwatt and its libraries are the same; the same readings always.
"""
_PROFILE_HEAD = """\
# The import profile

Everything that was chosen in order to read a file, in one small document. It is inferred from the file, confirmed by
answering its questions, and saved (`fairwatt convert … --save-profile P.toml`); with `--profile P.toml` it reads the
next file of the same logger without a question. **The same profile and the same bytes always give the same
readings.** The certificate of a dataset names the profile by its digest, the sha256 of its canonical JSON.

TOML and JSON say the same; in TOML most defaults are left out. An entry that is not listed here is refused, so that a
slip of the pen is found at once. Positions count from 0. What the file at hand decides for itself is not taken from a
saved profile: encoding, packing, line ends, lines before the header, names of sheets. A profile that does not fit a
file (other columns, other names, dates the other way round) is refused, saying why.
"""


def _type(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is typing.Literal:
        return "one of " + ", ".join(f"`{_visible(value)}`" for value in get_args(annotation))
    if origin in (tuple, list):
        inner = get_args(annotation)[0]
        return "list" if isinstance(inner, type) and issubclass(inner, BaseModel) else f"list of {_type(inner)}"
    if origin in (typing.Union, types.UnionType):
        named = [_type(one) for one in get_args(annotation) if one is not type(None)]
        return " or ".join([*named, "null"] if type(None) in get_args(annotation) else named)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return "one of " + ", ".join(f"`{value}`" for value in annotation)
    if origin is dict or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return "object"
    return {str: "text", int: "whole number", float: "number", bool: "true or false"}.get(annotation, "text")


def _visible(value: Any) -> str:
    text = str(value)
    return text.encode("unicode_escape").decode() if not text.isprintable() else text or "''"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    default = field.default
    if default is None or isinstance(default, BaseModel):
        return "left out"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, str):
        return f"`{_visible(default)}`" if default else "empty"
    return "none" if default == () else f"`{default}`"


def _table(head: str, rows: list[str]) -> str:
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *rows]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _first_sentence(model: type[BaseModel]) -> str:
    return (inspect.getdoc(model) or "").split("\n\n")[0].replace("\n", " ").replace("``", "`")


def inspect_page(note: str) -> str:
    """The report, field by field."""
    parts = [note + _REPORT_HEAD]
    for model, heading in _REPORT:
        rows = [
            f"| `{name}` | {_cell(_type(field.annotation))} | {_cell(field.description or '')} |"
            for name, field in model.model_fields.items()
        ]
        parts.append(f"## {heading}\n\n{_first_sentence(model)}\n\n" + _table("| field | type | what |", rows))
    return "\n".join([*parts, _CONVERT_TAIL])


def profile_page(note: str) -> str:
    """The import profile, entry by entry, and an example."""
    parts = [note + _PROFILE_HEAD]
    for path, model, heading in _PROFILE:
        rows = [
            f"| `{name}` | {_cell(_type(field.annotation))} | {_cell(_default(field))} | "
            f"{_cell(COMMENTS[path].get(name, 'see below'))} |"
            for name, field in model.model_fields.items()
        ]
        parts.append(
            f"## {heading}\n\n{_first_sentence(model)}\n\n" + _table("| entry | type | default | what |", rows)
        )
    parts.append(f"## An example\n\n```toml\n{write_toml(_EXAMPLE)}```\n")
    return "\n".join(parts)


_EXAMPLE = profile.ImportProfile(
    dialect=profile.Dialect(encoding="utf-8-sig", line_end="\r\n", null_texts=("n/a", "-")),
    columns=4,
    timestamp=profile.TimestampRule(
        columns=(0, 1),
        format="%d/%m/%Y %H:%M",
        day_first=True,
        time_zone="Europe/London",
        time_zone_how=profile.How.CONFIRMED,
        stamp="end",
    ),
    channels=(
        profile.ChannelRule(
            name="Import (kWh)",
            column=2,
            field="import_kwh",
            quantity="energy",
            unit="kwh",
            direction="import",
            statistic="sum",
            decimals=3,
            how=profile.How.READ,
            why="The header says kWh.",
            confidence=1.0,
        ),
        profile.ChannelRule(
            name="Voltage",
            column=3,
            field="voltage",
            quantity="voltage",
            unit="v",
            decimals=1,
            null_values=("999",),
            why="Values are about 241, as volts in a low-voltage network are.",
            confidence=0.95,
        ),
    ),
    resolution_s=1800.0,
)
