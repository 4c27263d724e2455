"""Flat files of Britain's balancing mechanism (``HDR,…``, a record a line, ``FTR,count``), written out as plain tables.

They have no heads. A record begins with its type, mostly followed by the settlement date and period; what stands behind
them is named where the type is known, and else by its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fairwatt.core.files.profile import TableRule
from fairwatt.core.files.sampling import FileSample
from fairwatt.core.findings import Finding, Severity
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting.tables import Place, TextTable
from fairwatt.lake.extracting.writing import text_writer

PUBLISHED = "published"
_HEAD = re.compile(rb"\s*HDR\s*,[^\n]*\n\s*(?P<type>[A-Z][A-Z0-9_]{1,11})\s*,\s*(?:19|20)\d{6}")
_DAY, _PERIOD, _INSTANT = re.compile(r"(?:19|20)\d{6}"), re.compile(r"[1-9]|[1-4]\d|50"), re.compile(r"(?:19|20)\d{12}")
_CHECKED_LINES = 100_000
_FUELS = ["CCGT", "OIL", "COAL", "NUCLEAR", "WIND", "PS", "NPSHYD", "OCGT", "OTHER", "INTFR", "INTIRL", "INTNED",
          "INTEW", "BIOMASS", "INTNEM", "INTELEC", "INTIFA2", "INTNSL", "INTVKL", "INTGRNL"]  # fmt: skip
_OF_FUELS = [f"{fuel} (MW)" for fuel in _FUELS]
_LOOKED_AT = 200
_KNOWN = {
    "FUELHH": ["settlement date", "settlement period", *_OF_FUELS],
    "FUELINST": ["settlement date", "settlement period", "time", *_OF_FUELS],
    "FREQ": ["time", "frequency (Hz)"],
}


def extract_published(path: Path, sample: FileSample, *, work: Path, patient: Patient) -> list[TextTable]:
    """The table of such a file; none where it is none, or holds records of several types."""
    head = sample.head.removeprefix(b"\xef\xbb\xbf")
    if (match := _HEAD.match(head)) is None:
        return []
    kind = match["type"].decode()
    look = [cells for _, cells in _records(head.decode("cp1252", errors="replace").splitlines()[:_LOOKED_AT])]
    form = _form_of(kind, [cells[1:] for cells in look if cells[0] == kind])
    target, taken = work / "published.txt", _Taken(form)
    with path.open(encoding="cp1252", errors="replace", newline=None) as file, text_writer(target) as write:
        write([form.heads[c] for c in form.kept])
        for line, cells in _records(file):
            if line % _CHECKED_LINES == 0:
                patient.check(0.0, "Reading the records")
            if cells[0] == "FTR":
                taken.said = cells[1] if len(cells) > 1 else ""
            elif cells[0] != kind:
                return []
            else:
                write([_shown(cells[c + 1]) if c + 1 < len(cells) else "" for c in form.kept])
                taken.note(line)
    title = head.split(b"\n", 1)[0].decode("cp1252", errors="replace").partition(",")[2].strip()
    rule = TableRule(parts=(PUBLISHED,))
    return [TextTable(target, rule, title[:100] or kind, True, tuple(taken.places), (), taken.findings())]


@dataclass(frozen=True, slots=True)
class _Form:
    """What a record's cells are called, and which of them are written out."""

    heads: list[str]
    kept: list[int]

    @property
    def left_out(self) -> list[str]:
        """What the other cells are called."""
        return [head for place, head in enumerate(self.heads) if place not in self.kept]


def _form_of(kind: str, records: Sequence[Sequence[str]]) -> _Form:
    """The form of a type's records.

    An instant beside a settlement period of its own is when the record was made or published, and no time of its
    values; where periods have several records, it tells them apart.
    """
    first, width = records[0], max(map(len, records))
    is_numbered = all(len(one) > 1 and _PERIOD.fullmatch(one[1]) for one in records)
    known = _KNOWN.get(kind)
    if known is None:
        known = ["settlement date", "settlement period"] if is_numbered else ["date"]
        known = known if _DAY.fullmatch(first[0]) else ["time"]
    instants = [c for c in range(len(known), len(first)) if _INSTANT.fullmatch(first[c])]
    heads = [*known, *(f"Column {c + 2}" for c in range(len(known), width))][:width]
    is_told = len({tuple(one[:2]) for one in records}) == len(records)
    if is_numbered and is_told:
        return _Form(heads, [c for c in range(width) if c not in instants and heads[c] != "time"])
    for place in instants:
        heads[place] = "time" if place == instants[0] else f"time {place + 2}"
    return _Form(heads, list(range(width)))


@dataclass(slots=True)
class _Taken:
    """From which lines records were taken, and how many the file says that it has."""

    form: _Form
    line: int = 1
    said: str = ""
    places: list[Place] = field(default_factory=list)

    def note(self, source: int) -> None:
        """Take note of a row written from a line of the file."""
        self.line += 1
        if not self.places or self.places[-1].row + self.line - self.places[-1].line != source:
            self.places.append(Place(self.line, source, "", "line"))

    def findings(self) -> tuple[Finding, ...]:
        """What to tell of columns that are left out, and where the last line counts other records than there are."""
        found, there = [], self.line - 1
        if names := self.form.left_out:
            message = "These columns hold when a record was made, and no reading. The original file keeps them."
            where = tuple(f"‘{name}’" for name in names)
            found.append(
                Finding(code="columns-left-out", severity=Severity.INFO, count=len(names), where=where, message=message)
            )
        if not self.said.isdecimal() or int(self.said) != there:
            said = (
                f"says that it has {self.said} records" if self.said else "does not end with the count of its records"
            )
            message = f"The file {said}, and holds {there:,}: it may have been cut off on its way."
            found.append(Finding(code="other-record-count", message=message))
        return tuple(found)


def _records(lines: Iterator[str] | Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is no heading, with its number."""
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip().strip('"') for cell in line.strip().removeprefix("\ufeff").split(",")]
        if cells[0] and cells[0].removeprefix("ï»¿") != "HDR":
            yield number, cells


def _shown(cell: str) -> str:
    """An instant or a day as any reader knows it; other cells as they are."""
    if _INSTANT.fullmatch(cell):
        day, clock = cell[:8], cell[8:]
        return f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:]}"
    return f"{cell[:4]}-{cell[4:6]}-{cell[6:]}" if _DAY.fullmatch(cell) else cell
