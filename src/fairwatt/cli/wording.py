"""The report on a file in words, for a terminal: plain, aligned, as wide as the terminal is."""

from __future__ import annotations

import re
import shlex
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fairwatt.cli.upload import say_size

if TYPE_CHECKING:
    from fairwatt.core.files.report import ChannelPart, FileReport, FindingPart, QuestionPart, TablePart

_WIDEST, _NARROWEST = 110, 60
_MOST_CHANNELS = 40
_MOST_COLUMNS = 20
_MOST_CHOICES = 6
_MOST_PLACES = 3
_MARKS = {"error": "✗", "warning": "!", "info": "·"}
_ORDER = {"error": 0, "warning": 1, "info": 2}
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}
_SHAPES = {
    "day_rows": "a row for each day, its intervals side by side",
    "periods": "a date and an interval's number in each row",
    "value_rows": "a row for each value",
}
_LABEL = 9
_LONGEST = 400
_NAMES, _WIDEST_NAME, _NARROWEST_NAME = 2, 38, 14
_CALENDAR = {"P1M": "month", "P3M": "quarter", "P1Y": "year"}


def say_report(report: FileReport, *, file: str, answers: Sequence[str], notes: Iterable[str] = ()) -> str:
    """The whole report.

    Parameters
    ----------
    report
        What is said.
    file
        The file as it was named on the command line, and
    answers
        the answers given there: for the command that comes next.
    notes
        What else should be said.
    """
    width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((100, 24)).columns))
    lines = [report.name, _what(report), *_description(report, width)]
    for table in report.tables:
        lines += ["", *_table(table, width, is_titled=len(report.tables) > 1 or table.title not in {None, "Table"})]
    if report.findings:
        lines += ["", "About the file", *_findings(report.findings, width)]
    lines += [line for note in notes for line in ("", *textwrap.wrap(note, width))]
    return "\n".join([*lines, *_next(report, file, answers, width)]) + "\n"


def _what(report: FileReport) -> str:
    packed = f"{report.compression} of " if report.compression != "none" else ""
    said = [f"{packed}{report.format}", say_size(report.size), report.encoding or ""]
    if report.delimiter is not None:
        said.append(_DELIMITERS.get(report.delimiter, report.delimiter))
    if report.header_rows is not None and report.delimiter is not None:
        said.append(_count(report.header_rows, "header row") if report.header_rows else "no header")
    if not report.tables:
        said.append({"document": "kept as a document", "spatial": "spatial data"}.get(report.kind, report.kind))
    return ", ".join(part for part in said if part)


def _count(number: int, word: str) -> str:
    return f"1 {word}" if number == 1 else f"{number:,} {word}s"


def _description(report: FileReport, width: int) -> Iterator[str]:
    for key, value in report.description.items():
        if value not in (None, "", [], {}, ()):
            yield from _labelled(key.replace("_", " "), _described(value)[:_LONGEST], width, wide=14)


def _described(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} ({_described(one)})" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_described, value))
    if isinstance(value, float):
        return f"{value:,.8g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _labelled(label: str, text: str, width: int, *, wide: int = _LABEL) -> list[str]:
    first = f"  {label:<{wide}} "
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=" " * len(first)) or [first.rstrip()]


def _table(table: TablePart, width: int, *, is_titled: bool) -> Iterator[str]:
    if is_titled:
        yield f"Table ‘{table.title or '1'}’"
    about = "" if table.rows_exact else "about "
    if table.timestamp is None:
        rows = f"{about}{_count(table.rows, 'row')}" if table.rows is not None else "rows"
        yield f"{rows} of {_count(len(table.columns), 'column')}, no readings"
        names = ", ".join(table.columns[:_MOST_COLUMNS])
        more = f" and {len(table.columns) - _MOST_COLUMNS} more" if len(table.columns) > _MOST_COLUMNS else ""
        yield from _labelled("columns", names + more, width)
    else:
        yield from _readings(table, width, about)
    if not table.rows_exact:
        yield from ("", "Only samples were read, as the table is large: --whole reads every row.")
    if table.findings:
        yield from ("", "Noticed", *_findings(table.findings, width))
    if table.questions:
        yield from ("", _count(len(table.questions), "question"))
        for number, question in enumerate(table.questions, start=1):
            yield from _question(number, question, width)


def _readings(table: TablePart, width: int, about: str) -> Iterator[str]:
    from fairwatt.core.files.form_words import say_form

    time = table.timestamp
    assert time is not None
    step = f", one every {_say_iso(time.resolution)}" if time.resolution else ", at no even step"
    readings = f": {table.readings:,} readings" if table.readings not in {None, table.rows} else " of readings"
    yield f"{about}{_count(table.rows or 0, 'row')}{readings}{step}"
    if table.shape in _SHAPES:
        yield from _labelled("shape", _SHAPES[table.shape], width)
    clock = "UTC" if (time.start or "").endswith("Z") else "as the file's clock shows"
    exact = "" if time.extent_exact else ", by samples"
    yield from _labelled("from", f"{_say_time(time.start)}  ({clock}{exact})", width)
    yield from _labelled("to", _say_time(time.end), width)
    columns = " and ".join(f"‘{name}’" for name in time.columns)
    yield from _labelled("time", f"{columns}, written {say_form(time.format)}, the {time.stamp} of its interval", width)
    zone = time.time_zone
    sure = f"{zone.how}, {zone.confidence:.0%} sure" if zone.confidence < 1 else zone.how
    yield from _labelled("clock", f"{zone.value or 'unknown'}  ({sure})", width)
    yield from _series(table, width)
    if table.nulls:
        yield from _labelled("missing", ", ".join(f"‘{text}’" for text in table.nulls[:_MOST_COLUMNS]), width)
    yield from ("", _count(len(table.channels), "channel"))
    yield from _channels(table.channels, width)


def _series(table: TablePart, width: int) -> Iterator[str]:
    series = table.series
    if series is None or (series.column is None and series.name is None):
        return
    if series.column is None:
        yield from _labelled("meter", str(series.name), width)
        return
    names = ", ".join(series.names[:5]) + (", …" if series.count > 5 else "")  # noqa: PLR2004 - enough to recognise
    kind = f", {series.kind.upper()}s: personal" if series.kind else ""
    about = "" if table.rows_exact else "at least "
    shown = f" ({names})" if names else ""
    yield from _labelled("meters", f"{about}{series.count:,} in ‘{series.column}’{kind}{shown}", width)


def _say_time(text: str | None) -> str:
    if text is None:
        return "unknown"
    moment = datetime.fromisoformat(text).replace(tzinfo=None)
    written = moment.isoformat(sep=" ")
    written = written.rstrip("0") if moment.microsecond else written
    return f"{moment:%a} {written[:-3] if written.endswith(':00') and not moment.second else written}"


def _say_iso(text: str) -> str:
    from fairwatt.core.periods import parse_resolution, say_duration

    if text in _CALENDAR:
        return _CALENDAR[text]
    seconds = parse_resolution(text)
    return say_duration(seconds) if seconds else text


def _channels(channels: Sequence[ChannelPart], width: int) -> Iterator[str]:
    rows = [("field", "in the file", "quantity", "unit", "direction", "statistic", "known")]
    rows += [_channel(channel) for channel in channels[:_MOST_CHANNELS]]
    kept = [i for i in range(len(rows[0])) if any(row[i] for row in rows[1:])]
    widths = {i: min(max(len(row[i]) for row in rows), _WIDEST_NAME if i < _NAMES else 24) for i in kept}
    over = sum(widths.values()) + 2 * len(kept) - width
    # Too wide: the names in the file give way, as the fields are what an answer or a program asks for.
    if over > 0 and all(_is_same_name(channel) for channel in channels[:_MOST_CHANNELS]):
        del widths[1]
    elif over > 0:
        cut = min(over, max(0, widths[1] - _NARROWEST_NAME))
        widths[1] -= cut
        widths[0] = max(_NARROWEST_NAME, widths[0] - (over - cut))
    for row in rows:
        yield "  " + "  ".join(_cell(row[i], wide) for i, wide in widths.items()).rstrip()
    if len(channels) > _MOST_CHANNELS:
        yield f"  … and {len(channels) - _MOST_CHANNELS} more; --json has them all"


def _channel(channel: ChannelPart) -> tuple[str, str, str, str, str, str, str]:
    is_measured = channel.kind not in {"text", "boolean"}
    quantity = channel.quantity or ("?" if is_measured else "")
    if channel.kind != "number":
        quantity = f"{quantity} ({channel.kind})".strip()
    unit = channel.unit or ("?" if is_measured else "")
    factor = f" × {channel.multiplier:g}" if channel.multiplier != 1 else ""
    known = f"{channel.how} {channel.confidence:.0%}" if is_measured else ""
    direction, statistic = channel.direction or "", channel.statistic or ""
    return channel.field, channel.name, quantity, unit + factor, direction, statistic, known


def _is_same_name(channel: ChannelPart) -> bool:
    """Whether a field says all that its name says."""
    return re.sub(r"\W+", "_", channel.name.casefold()).strip("_") == channel.field


def _cell(text: str, width: int) -> str:
    text = " ".join(text.split())
    return f"{text if len(text) <= width else text[: width - 1] + '…':<{width}}"


def _findings(findings: Sequence[FindingPart], width: int) -> Iterator[str]:
    for finding in sorted(findings, key=lambda one: _ORDER.get(one.severity, 1)):
        text = f"{finding.message}  [{finding.code}]"
        yield from textwrap.wrap(
            text, width, initial_indent=f"  {_MARKS.get(finding.severity, '!')} ", subsequent_indent="    "
        )
        if finding.where:
            more = " …" if finding.count > _MOST_PLACES else ""
            places = "; ".join(finding.where[:_MOST_PLACES]) + more
            yield from textwrap.wrap(places, width, initial_indent="      ", subsequent_indent="      ")


def _question(number: int, question: QuestionPart, width: int) -> Iterator[str]:
    yield from textwrap.wrap(question.text, width, initial_indent=f"  {number}. ", subsequent_indent="     ")
    guess = f"Likely {question.guess} ({question.confidence:.0%}): {question.why}"
    if question.id == "date" and not question.guess:
        guess = question.why
    yield from textwrap.wrap(guess, width, initial_indent="     ", subsequent_indent="     ")
    choices = sorted(question.choices, key=lambda choice: choice.value != question.guess)
    shown = [(_option(question.id, c.value), c.label) for c in choices[:_MOST_CHOICES]]
    if not shown:
        shown = [(_option(question.id, question.guess), "")]
    wide = max(len(option) for option, _ in shown)
    fits = all(9 + wide + len(label) <= width for _, label in shown)
    for option, label in shown:
        if fits:
            yield f"       {option:<{wide}}  {label}".rstrip()
        else:
            yield f"       {option}"
            yield from textwrap.wrap(label, width, initial_indent=" " * 11, subsequent_indent=" " * 11)
    if len(choices) > _MOST_CHOICES:
        others = ", ".join(c.value for c in choices[_MOST_CHOICES:])
        yield from textwrap.wrap(f"or {others}", width, initial_indent="       ", subsequent_indent="       ")


def _option(key: str, value: str) -> str:
    if key == "date" and not value:
        value = "YYYY-MM-DD"
    return f"--answer {shlex.quote(f'{key}={value}')}"


def say_questions(questions: Sequence[QuestionPart]) -> str:
    """Open questions with the answers that can be given."""
    width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((100, 24)).columns))
    lines = [line for i, q in enumerate(questions, start=1) for line in _question(i, q, width)]
    return "\n".join(lines)


def say_findings(findings: Sequence[FindingPart]) -> str:
    """Findings, the graver first."""
    width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((100, 24)).columns))
    return "\n".join(_findings(findings, width))


def _next(report: FileReport, file: str, answers: Sequence[str], width: int) -> Iterator[str]:
    """The command that converts the file, each open question with the likely answer."""
    first = report.tables[0] if report.tables else None
    if first is None or first.timestamp is None or report.kind != "readings":
        return
    given = [f"--answer {shlex.quote(answer)}" for answer in answers]
    guessed = [_option(question.id, question.guess) for question in first.questions]
    stem = (report.name.rpartition(".")[0] or report.name).replace(" ", "_")
    out = f"{stem}.parquet" if f"{stem}.parquet" != report.name else f"{stem}_readings.parquet"
    words = ["fairwatt convert", shlex.quote(file), f"--out {shlex.quote(out)}", *given, *guessed]
    yield from ("", "Next" if not guessed else "Next, with your own answers in place of the guesses")
    line = "  " + words[0]
    for word in words[1:]:
        if len(line) + len(word) + 3 > width:
            yield line + " \\"
            line = "     "
        line += " " + word
    yield line
