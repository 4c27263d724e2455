"""The report on a file: what ``fairwatt inspect --json`` prints, documented field by field.

The shape is stable: fields may be added, but none is renamed, removed or given another meaning while
``schema_version`` stays the same. What is not known is null; a code that is empty elsewhere is null here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from fairwatt.core.files.inspection import Inspection
from fairwatt.core.files.profile import ChannelRule, Dialect, How, ImportProfile, Kind, Question
from fairwatt.core.files.series import BETWEEN
from fairwatt.core.findings import Finding, without_repeats
from fairwatt.core.periods import format_duration
from fairwatt.core.units import UNITS

SCHEMA_VERSION = 1
_MOST_SERIES = 100
_MONTHS = {1: "P1M", 3: "P3M", 6: "P6M", 12: "P1Y"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ZonePart(_Part):
    """The clock that the times follow."""

    value: str | None = Field(description="An IANA name; the guess where nobody has said so yet; null without either.")
    how: str = Field(
        description="`read` in the file, `inferred` from its times, `guessed`, or `confirmed` by a person."
    )
    confidence: float = Field(description="How sure that is, 0 to 1.")
    why: str = Field(description="The evidence, one sentence.")


class TimestampPart(_Part):
    """Where a row's time stands, how it is written, and from when to when the readings go."""

    columns: list[str] = Field(description="The names of the columns that hold it: one, or date and time.")
    format: str = Field(
        description="How it is written, as strptime spells it; or `epoch_s`, `epoch_ms`, `epoch_us`, `excel_serial`, "
        "`excel_serial_1904`, `matlab_datenum`, `julian_day`, `modified_julian_day`."
    )
    day_first: bool | None = Field(description="Whether the day stands before the month; null where that is no matter.")
    time_zone: ZonePart = Field(description="The clock.")
    stamp: Literal["start", "end"] = Field(description="Whether a time marks the start or the end of its interval.")
    resolution: str | None = Field(
        description="The usual step, ISO 8601 (`PT30M`, `P1M` for months of the calendar); null where there is none."
    )
    start: str | None = Field(
        description="Start of the first interval: in UTC (`…Z`) where the zone is known, else as the file's clock "
        "shows it, without offset."
    )
    end: str | None = Field(
        description="End of the last interval (half-open: the first instant after it), as `start`; without an even "
        "step the last time itself."
    )
    extent_exact: bool = Field(description="Whether every row was looked at for `start` and `end`.")
    formats: list[str] = Field(description="Further ways in which some cells are written.")
    day_first_why: str = Field(description="Why the day is taken to stand first, or the month; empty where no matter.")
    stamp_how: str = Field(description="How `stamp` is known: `read`, `inferred`, `assumed`, `guessed` or `confirmed`.")
    stamp_why: str = Field(description="The evidence, one sentence.")
    resolution_why: str = Field(description="Where there is no even step, why.")


class SeriesPart(_Part):
    """Which meters the rows belong to."""

    column: str | None = Field(description="The column that says so; null where the file is of one meter.")
    name: str | None = Field(description="The meter's name, where there is one and the file says it.")
    kind: str | None = Field(
        description="`mpan` or `mprn` where these are supply numbers, `person` where they name people: personal."
    )
    count: int = Field(description="How many there are among the rows looked at.")
    names: list[str] = Field(description="The first hundred, sorted; none of them where they are personal.")


class ChannelPart(_Part):
    """One column of readings."""

    name: str = Field(description="As the file spells it.")
    column: str = Field(description="The column of the file that holds it, by name.")
    quantity: str | None = Field(description="What is measured: a code of the nomenclature (`power`, `energy`…).")
    unit: str | None = Field(description="As people write it (`kW`, `kWh`, `£/MWh`, `°C`).")
    multiplier: float = Field(description="The file's number times this is in the unit.")
    direction: str | None = Field(description="`import`, `export` or `net`.")
    statistic: str | None = Field(description="`min`, `mean`, `max`, `sum`, `count` or `last` of the interval.")
    kind: Literal["number", "register", "text", "boolean"] = Field(
        description="What its values are; a register is a running total, as a meter's dial shows."
    )
    field: str = Field(description="Its column in the readings that `fairwatt convert` writes.")
    position: int = Field(description="The column's position, from 0.")
    unit_code: str | None = Field(description="The unit's code in the nomenclature (`kw`, `kwh`, `gbp_per_mwh`…).")
    unit_uri: str | None = Field(description="The unit's QUDT address, where it has one.")
    null_values: list[str] = Field(description="Numbers that stand for a missing value (999, -1…).")
    how: str = Field(description="How quantity and unit are known: `read`, `inferred`, `guessed` or `confirmed`.")
    why: str = Field(description="The evidence, one sentence.")
    confidence: float = Field(description="How sure that is, 0 to 1.")


class FindingPart(_Part):
    """Something noticed; the codes are documented in findings.md."""

    code: str = Field(description="Stable, such as `duplicate-stamps`.")
    count: int = Field(description="How many cells, rows or places are concerned.")
    where: list[str] = Field(description="The first places, at most ten.")
    message: str = Field(description="What was found and what was done about it.")
    severity: str = Field(description="`info`, `warning` or `error`.")
    channel: str | None = Field(description="The channel's name; null where the whole table or file is meant.")


class ChoicePart(_Part):
    """A possible answer."""

    value: str = Field(description="What is given after `--answer id=`.")
    label: str = Field(description="What it means.")


class QuestionPart(_Part):
    """What the file can't tell."""

    id: str = Field(description="Stable: `time_zone`, `day_first`, `stamp`, `table`, `unit:<field>`…")
    guess: str = Field(description="The likely answer.")
    why: str = Field(description="Why it is likely.")
    choices: list[ChoicePart] = Field(description="The possible answers; none where any text will do.")
    text: str = Field(description="The question.")
    confidence: float = Field(description="How likely the guess is, 0 to 1.")


class TablePart(_Part):
    """One table of the file."""

    rows: int | None = Field(description="Rows of data in the table as it is written.")
    timestamp: TimestampPart | None = Field(description="The rows' time; null in a table that holds no readings.")
    channels: list[ChannelPart] = Field(description="Its columns of readings.")
    nulls: list[str] = Field(description="Words and numbers in it that stand for a missing value.")
    findings: list[FindingPart] = Field(description="What was noticed.")
    questions: list[QuestionPart] = Field(description="The open questions.")
    title: str | None = Field(description="The sheet's or member's name; null where the file is the table.")
    parts: list[str] = Field(description="The sheets, members or pointers that hold it, one after the other.")
    kind: Literal["readings", "table"] = Field(description="Whether it holds readings.")
    shape: Literal["rows", "day_rows", "periods", "value_rows"] | None = Field(
        description="`rows`: a row for each time. `day_rows`: a row for each day, its intervals side by side. "
        "`periods`: a date and an interval's number in each row. `value_rows`: a row for each value."
    )
    columns: list[str] = Field(description="The columns' names.")
    header_rows: int | None = Field(description="Lines of its header.")
    readings: int | None = Field(
        description="Rows that `fairwatt convert` writes: more than `rows` where a row holds a whole day."
    )
    rows_exact: bool = Field(description="Whether every row was counted; else `rows` is an estimate.")
    series: SeriesPart | None = Field(description="Which meters its rows belong to.")
    profile_sha256: str | None = Field(description="The import profile's digest, as guessed where questions are open.")
    profile: dict[str, Any] | None = Field(description="The import profile: see import-profile.md.")


class FileReport(_Part):
    """The report on a file."""

    schema_version: int = Field(default=SCHEMA_VERSION, description="Of this document.")
    name: str = Field(description="The file's name.")
    size: int = Field(description="Its bytes as received.")
    sha256: str | None = Field(description="Of the bytes as received; null of a large file unless `--whole` is given.")
    kind: str = Field(description="`readings`, `table`, `spatial`, `document` or `unknown`.")
    format: str = Field(description="By its bytes: `CSV`, `TSV`, `XLSX`, `Parquet`, `PDF`…")
    media_type: str = Field(description="Its media type.")
    encoding: str | None = Field(description="Of a text file: `utf-8`, `utf-8-sig` (with a mark), `cp1252`, `utf-16`…")
    compression: str = Field(description="`none`, `gzip`, `zip`, `bzip2`, `xz` or `zstd`.")
    member: str | None = Field(description="The file's name inside a zip of one file.")
    delimiter: str | None = Field(description="Of a delimited text file.")
    header_rows: int | None = Field(description="Lines of the first table's header; 0 where there is none.")
    tables: list[TablePart] = Field(description="Its tables, the one that a deposit takes first.")
    findings: list[FindingPart] = Field(description="What was noticed about the file as a whole.")
    description: dict[str, Any] = Field(description="What else it says of itself: pages, title, extent…")


class Surveyed(Protocol):
    """What a survey of a table's rows found; see :mod:`fairwatt.lake.surveying`."""

    @property
    def rows(self) -> int: ...
    @property
    def readings(self) -> int: ...
    @property
    def is_exact(self) -> bool: ...
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def resolution_s(self) -> float | None: ...
    @property
    def null_texts(self) -> tuple[str, ...]: ...
    @property
    def series(self) -> tuple[str, ...]: ...
    @property
    def findings(self) -> tuple[Finding, ...]: ...


def table_part(
    inspection: Inspection,
    *,
    title: str,
    questions: Sequence[Question],
    profile: ImportProfile | None,
    survey: Surveyed | None,
    dialect: Dialect | None = None,
    rows: int | None = None,
) -> TablePart:
    """Report on one table.

    Parameters
    ----------
    inspection
        What its samples said.
    title
        What a person would call it.
    questions
        The open ones.
    profile
        How it is read, with the answers so far; None for a table without readings.
    survey
        What its rows showed; None for a table without readings.
    dialect, rows
        Of a table without readings: how it is written, and how many rows it has.
    """
    names = inspection.columns
    dialect = profile.dialect if profile is not None else dialect
    of_rows = survey.findings if survey is not None else ()
    findings = [*without_repeats(inspection.findings, of_rows), *of_rows]
    return TablePart(
        rows=survey.rows if survey is not None else rows,
        timestamp=_timestamp(profile, names, questions, survey) if profile is not None else None,
        channels=[_channel(rule, names) for rule in profile.channels] if profile is not None else [],
        nulls=_nulls(profile, survey),
        findings=[finding_part(finding) for finding in findings],
        questions=[question_part(question) for question in questions],
        title=title or None,
        parts=list(profile.table.parts) if profile is not None else [],
        kind="readings" if profile is not None else "table",
        shape=_shape(profile) if profile is not None else None,
        columns=list(names),
        header_rows=dialect.header_lines if dialect is not None else None,
        readings=survey.readings if survey is not None else None,
        rows_exact=survey is None or survey.is_exact,
        series=_series(profile, names, survey) if profile is not None and survey is not None else None,
        profile_sha256=profile.digest if profile is not None else None,
        profile=profile.model_dump(mode="json") if profile is not None else None,
    )


def _shape(profile: ImportProfile) -> Literal["rows", "day_rows", "periods", "value_rows"]:
    if profile.spread is not None:
        return "value_rows"
    if profile.timestamp.periods is None:
        return "rows"
    return "day_rows" if profile.timestamp.periods.slots else "periods"


def _name(column: int, names: Sequence[str]) -> str:
    return names[column] if column < len(names) else f"Column {column + 1}"


def _timestamp(
    profile: ImportProfile, names: Sequence[str], questions: Sequence[Question], survey: Surveyed | None
) -> TimestampPart:
    rule = profile.timestamp
    step = survey.resolution_s if survey is not None else profile.resolution_s
    is_dated = rule.first_date is not None or not rule.is_dateless
    asked = next((question for question in questions if question.id == "stamp"), None)
    return TimestampPart(
        columns=[_name(column, names) for column in rule.columns],
        format=rule.format,
        day_first=rule.day_first,
        time_zone=_zone(profile, questions),
        stamp=rule.stamp,
        resolution=_MONTHS.get(profile.calendar_months) or (format_duration(step) if step else None),
        start=written_time(survey.start) if survey is not None and is_dated else None,
        end=written_time(survey.end) if survey is not None and is_dated else None,
        extent_exact=survey is not None and survey.is_exact,
        formats=list(rule.formats),
        day_first_why=rule.order_why,
        stamp_how=rule.stamp_how if asked is None else How.GUESSED,
        stamp_why=rule.stamp_why if asked is None else asked.why,
        resolution_why=profile.resolution_why,
    )


def _zone(profile: ImportProfile, questions: Sequence[Question]) -> ZonePart:
    rule = profile.timestamp
    asked = next((question for question in questions if question.id == "time_zone"), None)
    if rule.time_zone is None:
        guess, why, confidence = (asked.guess, asked.why, asked.confidence) if asked else (None, "", 0.0)
        return ZonePart(value=guess, how=How.GUESSED, confidence=confidence, why=why)
    is_said = rule.time_zone_how in {How.READ, How.CONFIRMED}
    confidence = rule.time_zone_confidence or (1.0 if is_said else 0.5)
    return ZonePart(value=rule.time_zone, how=rule.time_zone_how, confidence=confidence, why=rule.time_zone_why)


def written_time(moment: datetime) -> str:
    """A moment as the report writes it: ISO 8601, with Z in UTC, without offset where no zone is known."""
    return moment.isoformat().replace("+00:00", "Z")


def _channel(rule: ChannelRule, names: Sequence[str]) -> ChannelPart:
    unit = UNITS.get(rule.unit)
    return ChannelPart(
        name=rule.name,
        column=_name(rule.column, names) if rule.column < len(names) else rule.name,
        quantity=rule.quantity or None,
        unit=(unit.symbol or unit.code) if unit is not None else None,
        multiplier=rule.multiplier,
        direction=rule.direction or None,
        statistic=rule.statistic or None,
        kind=kind_of(rule),
        field=rule.field,
        position=rule.column,
        unit_code=unit.code if unit is not None else None,
        unit_uri=(unit.qudt_uri or None) if unit is not None else None,
        null_values=list(rule.null_values),
        how=rule.how,
        why=rule.why,
        confidence=rule.confidence,
    )


def kind_of(rule: ChannelRule) -> Literal["number", "register", "text", "boolean"]:
    """What a channel's values are."""
    if rule.kind is Kind.TEXT:
        return "text"
    if rule.kind is Kind.BOOLEAN:
        return "boolean"
    return "register" if rule.is_register else "number"


def _nulls(profile: ImportProfile | None, survey: Surveyed | None) -> list[str]:
    if profile is None:
        return []
    found = set(survey.null_texts) if survey is not None else set()
    return sorted(found.union(*(rule.null_values for rule in profile.channels)))


def _series(profile: ImportProfile, names: Sequence[str], survey: Surveyed) -> SeriesPart:
    column = profile.series_column
    is_personal = bool(profile.series_kind)
    return SeriesPart(
        column=BETWEEN.join(_name(c, names) for c in (column, *profile.series_parts)) if column is not None else None,
        name=None if is_personal else profile.series or None,
        kind=profile.series_kind or None,
        count=len(survey.series),
        names=[] if is_personal else [name for name in survey.series[:_MOST_SERIES] if name],
    )


def finding_part(finding: Finding) -> FindingPart:
    """A finding as it is reported."""
    return FindingPart(
        code=finding.code,
        count=finding.count,
        where=list(finding.where),
        message=finding.message,
        severity=finding.severity,
        channel=finding.channel or None,
    )


def question_part(question: Question) -> QuestionPart:
    """A question as it is reported."""
    return QuestionPart(
        id=question.id,
        guess=question.guess,
        why=question.why,
        choices=[ChoicePart(value=value, label=label) for value, label in question.choices],
        text=question.text,
        confidence=question.confidence,
    )


def report_error(message: str, *, where: Mapping[str, object], next_step: str) -> dict[str, Any]:
    """What is printed in the report's place where a file can't be read."""
    return {
        "schema_version": SCHEMA_VERSION,
        "error": {"what": message, "where": {key: str(value) for key, value in where.items()}, "next_step": next_step},
    }
