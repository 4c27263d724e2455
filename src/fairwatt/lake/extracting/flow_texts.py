"""Data flows of British settlement (files that begin with ``ZHV|``), written out as plain tables.

Half-hourly advances (D0036, D0275, D0379) name a meter point with what is measured, then a date, then one line for each
half-hour with a flag and a value. Register readings (D0010) name a meter point, a meter, and the readings of its
registers. The groups have other numbers from flow to flow; their fields are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fairwatt.core.files.profile import TableRule
from fairwatt.core.files.sampling import FileSample
from fairwatt.core.findings import Finding
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting.tables import Place, TextTable
from fairwatt.lake.extracting.writing import Row, text_writer

FLOW = "flow"
_HEAD = re.compile(rb"\s*ZHV\|[^|\n]*\|(?P<flow>D\d{4})\d{3}\|")
_HALF_HOURLY, _REGISTERS = frozenset({"D0036", "D0275", "D0379"}), frozenset({"D0010"})
_UNITS = {"AI": "kWh", "AE": "kWh", "RI": "kvarh", "RE": "kvarh"}
_PERIODS = frozenset({46, 48, 50})
_MPAN, _DATE = re.compile(r"\d{13}"), re.compile(r"(?:19|20)\d{6}")
_TIME = re.compile(r"(?:19|20)\d{6}(?:\d{6})?")
_VALUE = re.compile(r"-?\d+(?:\.\d+)?")
_CHECKED_LINES = 100_000


def extract_flow(path: Path, sample: FileSample, *, work: Path, patient: Patient) -> list[TextTable]:
    """The table of a data flow of readings; none where the file is no such flow."""
    match = _HEAD.match(sample.head)
    flow = match["flow"].decode() if match is not None else ""
    if flow not in _HALF_HOURLY | _REGISTERS:
        return []
    target = work / "flow.txt"
    taken = _Taken()
    with path.open(encoding="cp1252", errors="replace", newline=None) as file, text_writer(target) as write:
        records = _records(file, patient)
        if flow in _REGISTERS:
            _write_registers(records, write, taken)
        else:
            _write_half_hours(records, write, taken)
    places = tuple(Place(written, line, "", "line") for written, line in taken.places)
    rule = TableRule(parts=(FLOW,))
    return [TextTable(target, rule, flow, dialect_is_plain=True, places=places, findings=taken.findings())]


@dataclass(slots=True)
class _Taken:
    """How far the table is written, from which lines, and what was left out."""

    line: int = 1
    places: list[tuple[int, int]] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    days: int = 0

    def note(self, source: int) -> None:
        """Take note of a row written from a line of the flow."""
        self.line += 1
        if not self.places or self.places[-1][1] + self.line - self.places[-1][0] != source:
            self.places.append((self.line, source))

    def leave_out(self, source: int) -> None:
        """Take note of a day that is left out, by its line."""
        self.days += 1
        if len(self.left_out) < 10:  # as many as a finding shows
            self.left_out.append(source)

    def findings(self) -> tuple[Finding, ...]:
        """The finding ``days-left-out``, where there are any."""
        if not self.days:
            return ()
        message = (
            "Days have another number of half-hours than 46, 48 or 50, so that it can't be said which are there. They "
            "are left out of the readings; the original file keeps all."
        )
        where = tuple(f"line {line:,}" for line in self.left_out)
        return (Finding(code="days-left-out", count=self.days, where=where, message=message),)


def _records(lines: Iterator[str], patient: Patient) -> Iterator[tuple[int, list[str]]]:
    """The fields of each line behind its group, with the line's number."""
    for number, line in enumerate(lines, start=1):
        if number % _CHECKED_LINES == 0:
            patient.check(0.0, "Reading the data flow")
        group, *fields = (part.strip() for part in line.strip().split("|"))
        if group and not group.startswith("Z"):
            yield number, fields


def _write_half_hours(records: Iterator[tuple[int, list[str]]], write: Row, taken: _Taken) -> None:
    write(["mpan", "measurement quantity", "unit", "settlement date", "settlement period", "value", "flag"])
    point = quantity = day = ""
    values: list[tuple[int, str, str]] = []

    def finish() -> None:
        if values and point and day and len(values) in _PERIODS:
            date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
            for period, (number, flag, value) in enumerate(values, start=1):
                write([point, quantity, _UNITS.get(quantity, ""), date, str(period), value, flag])
                taken.note(number)
        elif values:
            taken.leave_out(values[0][0])
        values.clear()

    for number, fields in records:
        first, second = (*fields, "", "")[:2]
        if _MPAN.fullmatch(first):
            finish()
            point, quantity, day = first, second if second in _UNITS else quantity, ""
        elif first in _UNITS and not _VALUE.fullmatch(second):
            finish()
            quantity, day = first, ""
        elif _DATE.fullmatch(first) and not second:
            finish()
            day = first
        elif len(first) <= 1 and (not second or _VALUE.fullmatch(second)):
            values.append((number, first, second))
    finish()


def _write_registers(records: Iterator[tuple[int, list[str]]], write: Row, taken: _Taken) -> None:
    write(["meter register", "reading time", "meter reading", "mpan", "type"])
    point = meter = ""
    for number, fields in records:
        if _MPAN.fullmatch(fields[0]):
            point, meter = fields[0], ""
        elif len(fields) > 2 and _TIME.fullmatch(fields[1]) and _VALUE.fullmatch(fields[2]):
            write([f"{meter} {fields[0]}", _said(fields[1]), fields[2], point, _kind(fields)])
            taken.note(number)
        elif point and not meter:
            meter = fields[0]


def _said(digits: str) -> str:
    day = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"
    return f"{day} {digits[8:10] or '00'}:{digits[10:12] or '00'}:{digits[12:14] or '00'}"


def _kind(fields: Sequence[str]) -> str:
    """How a reading was taken: the last field that holds anything."""
    return next((text for text in reversed(fields[3:]) if text), "")
