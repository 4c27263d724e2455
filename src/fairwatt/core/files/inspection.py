"""Inspect a received file: what it is, how to read it, and what only a person can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files.channels import Channels, find_channels
from fairwatt.core.files.encodings import decode_piece, find_encoding
from fairwatt.core.files.fields import make_names
from fairwatt.core.files.file_times import FileTimes, NoTimes
from fairwatt.core.files.half_days import find_half_days
from fairwatt.core.files.headings import heading_findings
from fairwatt.core.files.intervals import judge_lengths
from fairwatt.core.files.layout import Layout, find_layout
from fairwatt.core.files.legends import nil_finding, with_legend
from fairwatt.core.files.listing import find_listed
from fairwatt.core.files.marks import Marks
from fairwatt.core.files.privacy import (
    columns_with_points,
    find_personal,
    hold_mpans,
    holds_mpan,
    people_findings,
    points_finding,
    said_points,
)
from fairwatt.core.files.profile import How, ImportProfile, Kind, Question
from fairwatt.core.files.recognition import recognise_kind
from fairwatt.core.files.reshaped import Shape
from fairwatt.core.files.restarts import ask_meters, part_runs
from fairwatt.core.files.row_ways import ask_ways
from fairwatt.core.files.said_scales import ask_said_scales
from fairwatt.core.files.sampling import FileSample
from fairwatt.core.files.sessions import are_sessions
from fairwatt.core.files.shapes import find_shape
from fairwatt.core.files.spatial import describe_geojson
from fairwatt.core.files.summer_marks import read_by_marks
from fairwatt.core.files.swallowed_rows import swallowed_findings
from fairwatt.core.files.time_rules import choose_time_rule
from fairwatt.core.files.timed_rows import timed_rows
from fairwatt.core.files.times import find_times
from fairwatt.core.files.unread_clocks import find_unread_clock, name_unread_clock
from fairwatt.core.files.unsaid_starts import ask_unsaid_start
from fairwatt.core.findings import Finding, Severity

PREVIEW_ROWS = 20
_PREVIEW_CELL = 200
_MOST_STATES = 50  # different texts up to which a column of words is a state that readings can have
_SPATIAL = {"GeoJSON", "GeoPackage", "Shapefile", "KMZ"}
_DOCUMENTS = {"PDF", "PNG", "JPEG", "GIF", "TIFF", "HTML", "SVG", "XML", "DOCX", "PPTX", "JSON", "Text", "Office 97"}
_TEXTS = {"GeoJSON", "HTML", "JSON", "SVG", "Text", "XML"}
_TABLES = {"XLSX", "ODS", "Parquet", "Arrow", "NetCDF", "SQLite"}
_PACKED_OTHERWISE = {"7z", "RAR", "LZ4", "compress"}
_ACTIVE = {"HTML", "SVG", "XML"}
_TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".dat", ".json", ".geojson")
_SHEET_ENDINGS = (".xls", ".xlsx")
_PAGE_AS_SHEET = (
    "{name} is named as a spreadsheet, but is a web page, as some programs export tables. Open it in a spreadsheet "
    "program and save it as .xlsx or .csv, and upload that."
)
_TWO_CLOCKS = (
    "Some times of ‘{column}’ say their zone (‘{example}’) and others do not (‘{other}’), so that nobody can tell "
    "which clock those follow. The file is kept and shown as a table; export it with one way of writing times."
)
_TABLE_ENDINGS = (".csv", ".tsv", ".tab")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found out about a file.

    Attributes
    ----------
    kind
        ``readings``, ``spatial``, ``table``, ``document`` or ``unknown``.
    format, media_type
        As :func:`fairwatt.core.files.recognise_kind` says.
    profile
        How to read the readings; None for other kinds. Its ``time_zone`` is None until somebody answers.
    questions
        What only a person can tell.
    findings
        What was noticed; documented in docs/reference/findings.md.
    columns, rows
        The table's columns and first rows (at most 20) as they are written.
    extent
        Of a spatial file, see :func:`fairwatt.core.files.describe_geojson`.
    """

    kind: str
    format: str
    media_type: str
    profile: ImportProfile | None = None
    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    extent: dict[str, object] = field(default_factory=dict)


def inspect_file(
    sample: FileSample,
    *,
    name: str,
    max_columns: int = 4_000,
    notes: Sequence[str] = (),
    layout: Layout | None = None,
) -> Inspection:
    """Inspect a file by samples of its bytes.

    Parameters
    ----------
    sample
        Samples of the decompressed bytes.
    name
        The file's name: for messages, and for a unit it may hold.
    max_columns
        How many columns are allowed.
    notes
        Lines that stand beside the table in the container from which it was written out.
    layout
        How the sample is laid out, where that has been found already.

    Raises
    ------
    UnreadableFile
        Where the file is empty, holds a header only, is separated in two ways, or claims to be text and is not.
    TooLarge
        Where it has more than ``max_columns`` columns.
    """
    form, media_type = recognise_kind(sample.head)
    if form == "empty" or not sample.head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise UnreadableFile(
            f"{name} is empty.",
            where={"file": name},
            next_step="Check the file where it came from and upload it again.",
        )
    if form == "unknown":
        return _unknown(name, media_type)
    if form == "GeoJSON":
        return _looked_through(_spatial(sample, form, media_type), sample, name)
    if form in {"CSV", "TSV", "Text"}:
        layout = layout or find_layout(sample, name=name, max_columns=max_columns)
        if layout is None:
            return _looked_through(_kept("Text", "text/plain", name), sample, name)
        layout = with_legend(replace(layout, notes=(*notes, *layout.notes)))
        found = _delimited(layout, form, media_type, name=name)
        return found if found.kind != "document" else _looked_through(found, sample, name)
    return _looked_through(_kept(form, media_type, name), sample, name)


def _looked_through(found: Inspection, sample: FileSample, name: str) -> Inspection:
    """The same with a warning where numbers of supply points stand in the text of a file that is no table."""
    text = decode_piece(sample.head, find_encoding(sample), is_first=True) if found.format in _TEXTS else ""
    if not hold_mpans([text]) and not holds_mpan(name):
        return found
    who = "The text holds" if hold_mpans([text]) else "The file’s name holds"
    return replace(found, findings=(*found.findings, said_points(who)))


def _unknown(name: str, media_type: str) -> Inspection:
    if name.lower().endswith(_TEXT_ENDINGS):
        raise UnreadableFile(
            f"{name} does not hold text: its bytes are not those of a {name.rpartition('.')[2].upper()} file.",
            where={"file": name},
            next_step="It may be damaged, encrypted or named wrongly. Export it again and upload it again.",
        )
    finding = Finding(
        code="unrecognised-format",
        message="The file's format is not known here. It is kept as it is and can be downloaded.",
    )
    return Inspection("unknown", "unknown", media_type, findings=(finding,))


def _kept(form: str, media_type: str, name: str) -> Inspection:
    kind = next(
        (k for k, forms in (("spatial", _SPATIAL), ("document", _DOCUMENTS), ("table", _TABLES)) if form in forms),
        "unknown",
    )
    message = f"{form} files are kept as they are and can be downloaded; their content is not read."
    if is_packed := form in _PACKED_OTHERWISE:
        message = (
            f"What is packed as {form} is not unpacked here, so nothing in it is read. Unpack it and upload the files "
            "themselves, or pack them as zip, tar or gzip."
        )
    findings = [Finding(code="not-read", severity=Severity.WARNING if is_packed else Severity.INFO, message=message)]
    if form in _ACTIVE:
        findings.append(
            Finding(
                code="active-content",
                severity=Severity.INFO,
                message=f"{form} files can hold scripts, so the portal never shows them; they are only downloaded.",
            )
        )
    if form == "HTML" and name.lower().endswith(_SHEET_ENDINGS):
        findings.append(Finding(code="other-than-named", message=_PAGE_AS_SHEET.format(name=name)))
    if form != "Text" and name.lower().endswith(_TABLE_ENDINGS):
        findings.append(
            Finding(
                code="other-than-named",
                message=f"{name} is named as a table of text, but holds {form}: perhaps something else was saved in "
                "its place. Open it to see what it is, and upload the table itself.",
            )
        )
    return Inspection(kind, form, media_type, findings=tuple(findings))


def _spatial(sample: FileSample, form: str, media_type: str) -> Inspection:
    if not sample.complete:
        finding = Finding(
            code="extent-unknown",
            severity=Severity.INFO,
            message="The file is large; its features were not counted here.",
        )
        return Inspection("spatial", form, media_type, findings=(finding,))
    extent = describe_geojson(sample.head)
    fields = extent.get("fields")
    names = tuple(fields) if isinstance(fields, dict) else ()
    return Inspection("spatial", form, media_type, columns=names, extent=extent)


def _delimited(layout: Layout, form: str, media_type: str, *, name: str) -> Inspection:
    if layout.dialect.delimiter == "\t":
        form, media_type = "TSV", "text/tab-separated-values"
    else:
        form, media_type = "CSV", "text/csv"
    names, repeated = make_names(layout.names, layout.columns)
    findings = _layout_findings(layout, names, repeated, file_name=name)
    findings += swallowed_findings(layout)
    in_table = [*findings, *people_findings(layout, names, has_readings=False)]
    in_table += _ragged_findings(layout)  # of readings, reading the whole file counts them all
    rows = tuple(tuple(cell[:_PREVIEW_CELL] for cell in row) for row in layout.segments[0][:PREVIEW_ROWS])
    table = Inspection("table", form, media_type, columns=names, rows=rows)
    shape = find_shape(layout, names)
    plain, heads = (layout, names) if shape is None else (shape.layout, shape.names)
    times = _times_of(layout, names, shape, file_name=name)
    if isinstance(times, NoTimes):
        return _as_table(table, in_table, _no_times_finding(times))
    lengths = judge_lengths(layout, times) if shape is None else ""
    if lengths == "events" or (shape is None and are_sessions(layout, names, times)):
        return _as_table(table, in_table, _no_times_finding(NoTimes("events", names[times.columns[0]])))
    plain, times = timed_rows(plain, times)
    times = part_runs(plain, times, is_gathered=shape is not None and shape.spread is not None)
    channels = find_channels(plain, heads, times, file_name=name)
    if not _has_readings(plain, channels, times):
        return _as_table(table, [*in_table, *channels.findings], _no_times_finding(NoTimes("no-readings")))
    if (listed := find_listed(plain, heads, channels.rules, times)) is not None:
        return _as_table(table, [*in_table, *channels.findings], _no_times_finding(NoTimes("list-of-things", listed)))
    if shape is None:
        profile, questions, of_times = _profile(layout, names, times, channels, name)
        findings += [_VARYING] if lengths else []
    else:
        channels = shape.weigh(channels)
        profile, questions, of_times = _profile(plain, heads, times, channels, name)
        profile, questions = shape.place(profile, questions)
        findings = [*shape.without_headings(findings), *shape.findings()]
    profile, questions = ask_unsaid_start(profile, questions, times)
    profile, meters = ask_meters(profile, times if shape is None else _days_of(layout, times, shape))
    turned, of_ways = ask_ways(profile, layout, questions) if shape is None else ((), ())
    questions += (*meters, *turned)
    profile, questions = ask_said_scales(profile, layout, names, questions)
    profile = _with_heads(profile, layout, names)
    findings += [*people_findings(layout, names, has_readings=True), *of_times, *_channel_findings(channels)]
    findings += of_ways
    return Inspection("readings", form, media_type, profile, questions, tuple(findings), names, rows)


def _times_of(layout: Layout, names: Sequence[str], shape: Shape | None, *, file_name: str) -> FileTimes | NoTimes:
    """The times by which a table is read, or why there are none."""
    half = find_half_days(layout, names)
    if half is not None and (shape is None or half not in shape.dates.columns):
        return NoTimes("half-days-apart", names[half])
    times = find_times(layout, names, file_name=file_name) if shape is None else shape.times
    if isinstance(times, NoTimes):
        return name_unread_clock(layout, names, times)
    if (clock := find_unread_clock(layout, names, times, shape)) is not None:
        return NoTimes("unread-times-of-day", names[clock[0]], clock[1])
    return times if shape is not None else read_by_marks(layout, times)


def _days_of(layout: Layout, times: FileTimes, shape: Shape) -> FileTimes:
    """The times of the file's own rows, where these hold a day or an interval of one each."""
    if shape.periods is None or times.series_column is not None:
        return times
    return part_runs(layout, shape.dates, beside=shape.periods.column)


def _with_heads(profile: ImportProfile, layout: Layout, names: Sequence[str]) -> ImportProfile:
    """The profile with what the columns of its times are called, where the file says it."""
    rule = profile.timestamp
    if not layout.names or (rule.periods is not None and rule.periods.days):
        return profile
    heads = tuple(names[column] for column in rule.columns)
    return profile.model_copy(update={"timestamp": rule.model_copy(update={"heads": heads})})


def _as_table(table: Inspection, findings: Sequence[Finding], reason: Finding) -> Inspection:
    return Inspection(
        table.kind,
        table.format,
        table.media_type,
        findings=(*findings, reason),
        columns=table.columns,
        rows=table.rows,
    )


def _has_readings(layout: Layout, channels: Channels, times: FileTimes) -> bool:
    """Whether there is anything measured: numbers, or text that changes at even steps (a price band, a state)."""
    if any(c.kind is not Kind.TEXT for c in channels.rules):
        return True
    return times.step is not None and any(
        len({cell.strip() for cell in layout.cells(c.column)}) <= _MOST_STATES for c in channels.rules
    )


_NO_TIMES = {
    "no-times": "No column holds dates or times, so the file is kept and shown as a table, not as readings.",
    "times-of-day-only": "The times in ‘{column}’ have no date, so it can't be said when anything was measured. The "
    "file is kept and shown as a table; add a column with the date to have it read as readings.",
    "unread-times-of-day": "‘{column}’ seems to hold the times of day of the dates beside it, but in a form that "
    "is not read (‘{example}’, for example). The file is kept and shown as a table; write times such as 00:30 to have "
    "it read as readings.",
    "hours-of-twelve": "All hours in ‘{column}’ lie between 1 and 12, and each day has them twice: times without AM "
    "and PM, of which nobody can tell the two apart. The file is kept and shown as a table; export it anew with 24 "
    "hours.",
    "half-days-apart": "‘{column}’ says apart from the times which half of the day they are in (AM or PM), and beside "
    "hours and minutes in cells of their own that is not read. The file is kept and shown as a table; write AM or PM "
    "behind each time in its cell (12:30 AM), or the hours up to 24, to have it read as readings.",
    "times-without-order": "The dates in ‘{column}’ do not follow each other from row to row, so they are not the "
    "times of readings. The file is kept and shown as a table.",
    "times-several-at-once": "Each time in ‘{column}’ stands in several rows, and no column says whose they are: of "
    "several meters, perhaps, or of several channels. The file is kept and shown as a table; add a column that names "
    "the meter to have it read as readings.",
    "times-of-two-orders": "Some dates in ‘{column}’ only fit with the day first and others with the month first, and "
    "read either way they do not follow each other: files of two programs were put together, perhaps. The file is kept "
    "and shown as a table; read its parts as files of their own.",
    "times-without-year": "The dates in ‘{column}’ have no year (‘{example}’, for example), so it can't be said when "
    "anything was measured. The file is kept and shown as a table; write the year with each date to have it read as "
    "readings.",
    "midnights-of-the-day-before": "The midnights in ‘{column}’ that close a day stand under that day’s date, and not "
    "under the next one’s, so that they would be read a day too early. The file is kept and shown as a table; write "
    "those as 24:00, or with the date that begins there, to have it read as readings.",
    "list-of-things": "Each row is about a thing or an event, as ‘{column}’ says, and nothing in it was measured at an "
    "even step: this is a list, not readings. The file is kept and shown as a table.",
    "events": "Each row is an event with a start (‘{column}’) and an end of its own, such as a charging session or a "
    "call for flexibility; it is no reading of an even interval. The file is kept and shown as a table.",
    "no-readings": "No column holds numbers that go with the times. The file is kept and shown as a table.",
}

_MENDABLE = frozenset({
    "times-of-day-only", "unread-times-of-day", "hours-of-twelve", "half-days-apart", "midnights-of-the-day-before",
    "times-several-at-once", "times-without-year", "times-of-two-orders",
})  # fmt: skip

_VARYING = Finding(
    code="varying-intervals",
    message="The intervals follow one another and are not equally long. Each value is kept at its interval’s start; "
    "how long it holds is told by the start of the next one.",
)

_NAMED_ONLY = (
    "The column ‘{column}’ is named as a time, but holds none that can be read (‘{example}’, for example). The file is "
    "kept and shown as a table; write times such as 2020-09-01 16:30 to have it read as readings."
)


def _no_times_finding(times: NoTimes) -> Finding:
    severity = Severity.WARNING if times.code in _MENDABLE or times.example else Severity.INFO
    message = _NO_TIMES[times.code].format(column=times.column, example=times.example[:40])
    if times.example and times.code in {"no-times"}:
        message = _NAMED_ONLY.format(column=times.column, example=times.example[:40])
    if times.other:
        message = _TWO_CLOCKS.format(column=times.column, example=times.example[:40], other=times.other[:40])
    return Finding(code=times.code, severity=severity, channel=times.column, message=message)


def _layout_findings(layout: Layout, names: Sequence[str], repeated: Sequence[str], *, file_name: str) -> list[Finding]:
    findings: list[Finding] = []
    if repeated:
        findings.append(
            Finding(
                code="repeated-columns",
                count=len(repeated),
                where=tuple(f"‘{name}’" for name in repeated[:10]),
                message="Columns have the same name. The second and later ones are told apart by a number in brackets.",
            )
        )
    if not layout.names:
        findings.append(
            Finding(
                code="no-header",
                severity=Severity.INFO,
                message="The file has no header; columns are called by their place.",
            )
        )
    findings += heading_findings(layout)
    points = points_finding(
        names,
        find_personal(layout, names),
        inside=columns_with_points(layout),
        in_names=hold_mpans(names),
        above=any(map(holds_mpan, layout.notes)),
        in_file_name=holds_mpan(file_name),
    )
    if points is not None:
        findings.append(points)
    if (nil := nil_finding(layout)) is not None:
        findings.append(nil)
    return findings


def _ragged_findings(layout: Layout) -> list[Finding]:
    if not layout.ragged:
        return []
    return [
        Finding(
            code="ragged-row",
            count=len(layout.ragged),
            where=tuple(f"line {line:,}" for line in layout.ragged[:10]),
            message=f"Among the first rows, some do not have {layout.columns:,} columns as the others do.",
        )
    ]


def _channel_findings(channels: Channels) -> list[Finding]:
    if not channels.odd_nulls:
        return list(channels.findings)
    return [
        *channels.findings,
        Finding(
            code="null-texts",
            severity=Severity.INFO,
            count=len(channels.odd_nulls),
            where=tuple(f"‘{text}’" for text in channels.odd_nulls[:10]),
            message="These words stand among numbers and are read as missing values.",
        ),
    ]


def _how_of(marks: Marks) -> How:
    """How the decimal mark is known."""
    if marks.is_shown:
        return How.INFERRED
    return How.GUESSED if marks.open_example else How.ASSUMED


def _profile(
    layout: Layout, names: Sequence[str], times: FileTimes, channels: Channels, file_name: str
) -> tuple[ImportProfile, tuple[Question, ...], tuple[Finding, ...]]:
    choice = choose_time_rule(layout, names, times, file_name=file_name)
    profile = ImportProfile(
        dialect=layout.dialect.model_copy(
            update={
                "null_texts": channels.null_texts,
                "decimal_mark": channels.marks.decimal,
                "decimal_how": _how_of(channels.marks),
                "thousands_mark": channels.marks.thousands,
            }
        ),
        columns=layout.columns,
        timestamp=choice.rule,
        series_column=times.series_column,
        series_parts=times.series_parts,
        series_kind=channels.personal.series_kind,
        personal_columns=channels.personal.columns,
        channels=channels.rules,
        resolution_s=choice.resolution_s,
        calendar_months=choice.calendar_months,
        resolution_why=choice.resolution_why,
    )
    return profile, (*choice.questions, *channels.questions), choice.findings
