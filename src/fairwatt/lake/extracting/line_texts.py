"""Files in InfluxDB's line protocol, written out as plain tables: a row a point, a column a field."""

from __future__ import annotations

import re
from pathlib import Path

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.profile import TableRule
from fairwatt.core.files.sampling import FileSample
from fairwatt.lake.engine import moment_of
from fairwatt.lake.extracting.tables import Place, TextTable
from fairwatt.lake.extracting.writing import one_line, text_writer
from fairwatt.lake.live.line_points import parse_lines
from fairwatt.lake.live.points import Value

LINES = "line protocol"
_LINE = re.compile(rb"[^\s,=#][^\s=]*(?:,[^\s=]+=[^\s]+)*[ \t]+[^\s=]+=\S.*[ \t](-?\d{10,19})\s*")
_LOOKED_AT = 50
_MOST_BYTES = 64 << 20  # held in memory
_PRECISIONS = {10: "s", 13: "ms", 16: "us", 19: "ns"}  # by the digits of a time of our age


def extract_lines(path: Path, sample: FileSample, *, work: Path) -> list[TextTable]:
    """The table of a text in line protocol; none where it is none, or has no times of its own."""
    lines = [line for line in sample.head.split(b"\n")[: _LOOKED_AT + 1] if line.strip() and not line.startswith(b"#")]
    look = lines[:-1] or lines
    matches = [_LINE.fullmatch(line) for line in look]
    digits = {len(match[1].lstrip(b"-")) for match in matches if match is not None}
    if not look or None in matches or len(digits) != 1 or not digits <= _PRECISIONS.keys():
        return []
    if path.stat().st_size > _MOST_BYTES:
        return []
    text = path.read_bytes().decode("utf-8", errors="replace")
    try:
        points = parse_lines(text, precision=_PRECISIONS[digits.pop()], now_us=0)
    except InvalidInput:
        return []
    points.pad()
    target = work / "lines.txt"
    places: list[Place] = []
    with text_writer(target) as write:
        write(["series", "time", *map(one_line, points.columns)])
        for number, (line, start, series) in enumerate(zip(points.places, points.starts, points.series, strict=True)):
            values = [_cell(column[number]) for column in points.columns.values()]
            write([one_line(series), moment_of(start).isoformat().replace("+00:00", "Z"), *values])
            written = number + 2
            if not places or places[-1].row + written - places[-1].line != line:
                places.append(Place(written, line, "", "line"))
    rule = TableRule(parts=(LINES,))
    return [TextTable(target, rule, "points", dialect_is_plain=True, places=tuple(places))]


def _cell(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else one_line(value) if isinstance(value, str) else repr(value)
