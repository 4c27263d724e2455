"""InfluxDB's line protocol: ``measurement,tag=value field=1.5,other="text" 1700000000000000000``.

The series of a point is its measurement with its tags, sorted, as InfluxDB names it; where it has a tag ``series``,
that tag's value alone. A field called ``value`` is named after its measurement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fairwatt.core.errors import InvalidInput
from fairwatt.lake.live.points import Points, Value, scaled_time

_ESCAPED = re.compile(r"\\([,= \\])")
_ESCAPED_TEXT = re.compile(r'\\(["\\])')
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d{1,20}")
_BOOLEANS = {"t": True, "T": True, "true": True, "True": True, "TRUE": True} | {
    "f": False, "F": False, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_SHOWN = 80
_PARTS = 3  # key, fields, time


class MalformedLine(InvalidInput):
    """A line that is no line protocol."""


def parse_lines(text: str, *, precision: str, now_us: int) -> Points:
    """Parse line protocol; a point without a time is of now.

    Raises
    ------
    MalformedLine
        Where a line is none; ``where["line"]`` is its number.
    """
    points = Points("line")
    keys: dict[str, tuple[str, str]] = {}
    for number, line in _lines_of(text):
        try:
            key, fields, stamp = _parts_of(line)
            known = keys.get(key)
            if known is None:
                known = keys[key] = _parse_key(key)
            series, measurement = known
            values = _parse_fields(fields, measurement)
            at = now_us if not stamp else scaled_time(_stamp(stamp), precision)
        except ValueError as error:
            shown = line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
            raise MalformedLine(f"unable to parse '{shown}': {error}", where={"line": number}) from None
        points.add(number, at, series, values.items())
    return points


def _lines_of(text: str) -> Iterator[tuple[int, str]]:
    """The lines that hold a point, with their numbers; a line end within quotes is part of its text."""
    held, begun = "", 0
    for number, part in enumerate(text.split("\n"), start=1):
        if not held and (not part.strip() or part.lstrip().startswith("#")):
            continue
        begun = begun if held else number
        held = f"{held}\n{part}" if held else part
        if '"' in held and _quotes(held) % 2:
            continue
        yield begun, held.strip(" \r\t")
        held = ""
    if held:
        yield begun, held.strip()


def _quotes(text: str) -> int:
    return text.replace("\\\\", "").replace('\\"', "").count('"')


def _parts_of(line: str) -> tuple[str, str, str]:
    """The key, the fields and the time of a line."""
    parts = line.split() if "\\" not in line and '"' not in line else _cut(line, " ")
    if len(parts) < _PARTS - 1:
        raise ValueError("missing fields")
    if len(parts) > _PARTS:
        raise ValueError("bad timestamp")
    return parts[0], parts[1], parts[2] if len(parts) == _PARTS else ""


def _cut(text: str, sign: str) -> list[str]:
    """Cut at signs that are neither escaped nor between quotes; blanks that follow each other count once.

    Quotes begin a text only where a field's value begins: in names they are letters like others.
    """
    parts: list[str] = []
    begin = at = 0
    in_fields = sign == ","
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            at += 2
            continue
        if letter == '"' and (in_fields or parts) and at and text[at - 1] == "=":
            at = _after_text(text, at)
            continue
        if letter == sign:
            parts.append(text[begin:at])
            begin = at + 1
        at += 1
    parts.append(text[begin:])
    return [part for part in parts if part] if sign == " " else parts


def _after_text(text: str, at: int) -> int:
    """Where a quoted text that begins at ``at`` has ended."""
    at += 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == '"':
            return at + 1
        at += 1
    raise ValueError("unbalanced quotes")


def _pair(text: str) -> tuple[str, str]:
    """Name and value around the first sign of equality that is not escaped."""
    if "\\" not in text:
        name, sign, value = text.partition("=")
        return (name, value) if sign else (text, "")
    found = re.search(r"(?<!\\)=", text)
    return (_plain(text[: found.start()]), text[found.end() :]) if found else (text, "")


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _parse_key(key: str) -> tuple[str, str]:
    """The series and the measurement of a point."""
    first, *pairs = _cut(key, ",") if "\\" in key else key.split(",")
    measurement = _plain(first)
    if not measurement:
        raise ValueError("missing measurement")
    tags: dict[str, str] = {}
    for pair in pairs:
        name, value = _pair(pair)
        if not name:
            raise ValueError("missing tag key")
        if not value:
            raise ValueError("missing tag value")
        if name in tags:
            raise ValueError("duplicate tags")
        tags[name] = _plain(value)
    series = tags.get("series")
    if series is None:
        series = ",".join([measurement, *(f"{name}={value}" for name, value in sorted(tags.items()))])
    return series, measurement


def _parse_fields(text: str, measurement: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for part in _cut(text, ",") if "\\" in text or '"' in text else text.split(","):
        name, value = _pair(part)
        if not name:
            raise ValueError("missing field key")
        if not value:
            raise ValueError("missing field value")
        values[measurement if name == "value" else name] = _parse_value(value)
    return values


def _parse_value(text: str) -> Value:
    if text[0] == '"':
        if len(text) < 2 or text[-1] != '"':  # noqa: PLR2004 - a quote at either end
            raise ValueError("unbalanced quotes")
        return _ESCAPED_TEXT.sub(r"\1", text[1:-1])
    if _NUMBER.fullmatch(text):
        return float(text)
    if text[-1] in "iu" and _WHOLE.fullmatch(text[:-1]):
        return int(text[:-1])
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    raise ValueError(f"invalid field value '{text[:30]}'")


def _stamp(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"bad timestamp '{text[:30]}'")
    return int(text)
