"""How a received file's text is a table in the words of CSV on the Web, told from how it was read.

Less is said rather than more: what the import profile, the first rows and the findings do not bear out is a column of
text, and a file that a plain reader of CSV would read otherwise than the platform did has no description at all.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence

from fairwatt.core.files.privacy import METER_POINTS, PERSONAL_COLUMNS
from fairwatt.core.files.profile import ChannelRule, Compression, Dialect, ImportProfile, Kind, TableRule
from fairwatt.core.metadata.tables import Datatype, TableColumn, TableEntry
from fairwatt.records.models import File

_DELIMITERS = frozenset(",;\t|")
_QUOTES = frozenset({'"', "'"})
_ENCODINGS = {  # Python's names: those of the Encoding Standard, which CSVW uses
    "utf-8": "utf-8", "utf-8-sig": "utf-8", "ascii": "utf-8", "cp1252": "windows-1252", "iso8859-1": "windows-1252",
    "iso8859-15": "iso-8859-15", "cp1250": "windows-1250", "cp1251": "windows-1251",
}  # fmt: skip
_OTHER_TEXT = frozenset(  # findings after which the file is not simply a table, or tells of people
    {
        "ragged-row", "repeated-header", "other-heading", "repeated-columns", "other-record-count", "columns-left-out",
        "marks-beside-values", "other-than-named", "meter-point-numbers", "no-header", "days-left-out",
    }
)  # fmt: skip
_NO_HEADINGS = frozenset({METER_POINTS, PERSONAL_COLUMNS, "no-header"})
_OTHER_TIMES = frozenset({"bad-stamp", "mixed-time-forms", "day-order-contradicted", "repeated-local-times"})
_OTHER_VALUES = frozenset(
    {"mixed-types", "not-a-number", "odd-digits", "mixed-decimal-marks", "mixed-units", "marks-for-nought"}
)
_DATES = ("yyyy-MM-dd", "yyyyMMdd", *(m.join(o) for m in "-/." for o in (("dd", "MM", "yyyy"), ("MM", "dd", "yyyy"))))
_TIMES = ("HH:mm:ss", "HHmmss", "HH:mm", "HHmm")
_MARKS = {"%Y": "yyyy", "%m": "MM", "%d": "dd", "%H": "HH", "%M": "mm", "%S": "ss", "%z": "XXX"}
_DIGITS = {"yyyy": r"\d{4}", "XXX": r"(Z|[+-]\d\d:\d\d)"}
_MARK = re.compile("yyyy|MM|dd|HH|mm|ss|XXX")


def headings_of(file: File) -> tuple[str, ...]:
    """The headings of a table that holds no readings; none where it has none, or where it tells of people."""
    codes = {str(finding.code) for finding in file.findings.all()}
    if file.kind != File.Kind.TABLE or file.original_erased_at is not None or codes & _NO_HEADINGS:
        return ()
    return tuple(dict.fromkeys(str(title) for title in (file.sample or {}).get("columns", ()) if title))


def table_of(file: File) -> TableEntry | None:
    """Describe a file's text; None where it is no plain text of one table, or CSVW has no words for it."""
    if not file.profile or file.original_erased_at is not None:
        return None
    profile = ImportProfile.model_validate(file.profile)
    sample = file.sample or {}
    titles, rows = [str(title) for title in sample.get("columns", ())], sample.get("rows", ())
    findings = [(str(finding.code), str(finding.channel)) for finding in file.findings.all()]
    return describe_table(profile, titles=titles, rows=rows, findings=findings)


def describe_table(
    profile: ImportProfile, *, titles: Sequence[str], rows: Sequence[Sequence[str]], findings: Iterable[tuple[str, str]]
) -> TableEntry | None:
    """Describe a table by the profile that it was read by, its headings, its first rows and what was noticed.

    Parameters
    ----------
    findings
        Code and channel of each; the channel is "" where it is of the whole file.
    """
    dialect, found = profile.dialect, list(findings)
    codes = {code for code, _ in found}
    is_plain = not profile.format and profile.table == TableRule() and profile.spread is None
    has_periods = profile.timestamp.periods is not None
    if (
        not is_plain
        or has_periods
        or codes & _OTHER_TEXT
        or not _is_csvw(dialect)
        or not _are_headings(profile, titles)
    ):
        return None
    columns = [TableColumn(title=title) for title in titles]
    for place, datatype, pattern in _times(profile, rows) if not codes & _OTHER_TIMES else ():
        columns[place] = columns[place].model_copy(update={"datatype": datatype, "format": pattern})
    for rule in profile.channels:
        if rule.column < len(columns):
            doubtful = {code for code, channel in found if channel in {rule.name, ""}} & _OTHER_VALUES
            columns[rule.column] = _column(rule, columns[rule.column], dialect, is_sure=not doubtful)
    return TableEntry(
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        encoding=_ENCODINGS[codecs.lookup(dialect.encoding).name],
        skip_rows=dialect.skip_lines,
        missing=dialect.null_texts,
        columns=tuple(columns),
    )


def _is_csvw(dialect: Dialect) -> bool:
    try:
        known = codecs.lookup(dialect.encoding).name in _ENCODINGS
    except LookupError:
        known = False
    is_text = dialect.compression is Compression.NONE and dialect.line_end != "\r\r\n"
    return (
        known
        and is_text
        and dialect.delimiter in _DELIMITERS
        and dialect.quote in _QUOTES
        and dialect.header_lines == 1
    )


def _are_headings(profile: ImportProfile, titles: Sequence[str]) -> bool:
    """Whether there is a heading for each column, all of them different: a reader tells columns by them."""
    return len(titles) == profile.columns and all(titles) and len(set(titles)) == len(titles)


def _column(rule: ChannelRule, column: TableColumn, dialect: Dialect, *, is_sure: bool) -> TableColumn:
    """A channel's column; a number where every cell is one as it stands, else text."""
    is_number = rule.kind is Kind.NUMBER and is_sure and not rule.affixes and not rule.notation
    if not is_number or dialect.thousands_mark in {" ", "'", "_"}:
        return column.model_copy(update={"field": rule.field})
    signs = {"decimal": dialect.decimal_mark, "group": dialect.thousands_mark}
    return column.model_copy(update={"field": rule.field, "datatype": "number", **signs})


def _times(profile: ImportProfile, rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, Datatype, str]]:
    """The columns of times that CSVW has a pattern for, where all first rows are written so."""
    rule = profile.timestamp
    wanted = _pattern_of(rule.format)
    parts = [wanted] if len(rule.columns) == 1 else wanted.split(" ")
    if rule.formats or not wanted or len(parts) != len(rule.columns):
        return
    for place, pattern in zip(rule.columns, parts, strict=True):
        datatype = _datatype_of(pattern)
        cells = [row[place].strip() for row in rows if place < len(row)]
        if datatype is not None and cells and all(_regex_of(pattern).fullmatch(cell) for cell in cells):
            yield place, datatype, pattern


def _pattern_of(form: str) -> str:
    """A strptime format as a pattern of CSVW's; "" where it has a mark that these don't have.

    >>> _pattern_of("%d/%m/%Y %H:%M"), _pattern_of("%d %b %Y")
    ('dd/MM/yyyy HH:mm', '')
    """
    pattern = re.sub("%.", lambda mark: _MARKS.get(mark[0], "?"), form)
    return "" if "?" in pattern or "%" not in form else pattern


def _datatype_of(pattern: str) -> Datatype | None:
    """What a pattern writes, of those in https://www.w3.org/TR/tabular-data-model/#formats-for-dates-and-times."""
    bare = pattern.removesuffix("XXX").rstrip()
    if bare in _DATES:
        return "date"
    if bare in _TIMES:
        return "time"
    date, _, time = bare.replace("T", " ").partition(" ")
    return "dateTime" if date in _DATES and time in _TIMES else None


def _regex_of(pattern: str) -> re.Pattern[str]:
    """What is written by a pattern; the hour 24 is none of CSVW's.

    >>> bool(_regex_of("dd/MM/yyyy HH:mm").fullmatch("18/11/2019 09:30"))
    True
    """
    text = _MARK.sub(lambda mark: f"\0{mark[0]}\0", pattern)
    parts = [
        (r"([01]\d|2[0-3])" if part == "HH" else _DIGITS.get(part, r"\d\d")) if place % 2 else re.escape(part)
        for place, part in enumerate(text.split("\0"))
    ]
    return re.compile("".join(parts), re.ASCII)
