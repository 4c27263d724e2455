"""Errors that formulas left (#N/A, #DIV/0!) in workbooks of binary records: XLS, and XLSB.

The library that reads these workbooks shows such a cell as blank; here its text is looked up.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

Faults = dict[int, dict[int, str]]  # by row and column, from 0
MOST_BYTES = 256 << 20  # of a stream of records; larger ones are not gone through
MOST_FAULTS = 200_000
COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_TEXTS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
_LAST_SECTOR = 0xFFFFFFFA  # numbers from here on are no sectors
_NAMES = ("Workbook", "Book")
_BEGIN, _END, _SHEET, _VALUE, _FORMULA = 0x0809, 0x000A, 0x0085, 0x0205, 0x0006  # records of XLS
_NEW_FORM = 0x0600
_IS_FAULT = 2  # of what a formula gives
_MORE = 0x80  # another byte follows
_ROW, _CELL, _RESULT, _BUNDLE = 0, 3, 11, 156  # records of XLSB
_BOOK, _LINKS = "xl/workbook.bin", "xl/_rels/workbook.bin.rels"
_LINK = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")


def faults_in_xls(path: Path) -> dict[str, Faults]:
    """By sheet, the errors in an XLS's cells; raises struct.error, ValueError or IndexError where it is damaged."""
    data = _stream(path)
    sheets: dict[str, int] = {}
    for kind, at, size in _records(data, 0):
        if kind == _BEGIN and struct.unpack_from("<H", data, at)[0] != _NEW_FORM:
            return {}
        if kind == _SHEET:
            length, is_wide = data[at + 6], data[at + 7] & 1
            text = data[at + 8 : at + 8 + length * (1 + is_wide)]
            sheets[text.decode("utf-16-le" if is_wide else "latin-1")] = struct.unpack_from("<I", data, at)[0]
        if kind == _END or at + size >= len(data):
            break
    return {name: found for name, begin in sheets.items() if (found := _faults_from(data, begin))}


def _faults_from(data: bytes, begin: int) -> Faults:
    found: Faults = {}
    depth = count = 0
    for kind, at, _ in _records(data, begin):
        depth += (kind == _BEGIN) - (kind == _END)
        if depth <= 0 or count > MOST_FAULTS:
            break
        if kind == _VALUE and data[at + 7]:
            code = data[at + 6]
        elif kind == _FORMULA and data[at + 12 : at + 14] == b"\xff\xff" and data[at + 6] == _IS_FAULT:
            code = data[at + 8]
        else:
            continue
        row, column = struct.unpack_from("<HH", data, at)
        count += _note(found, row, column, code)
    return found


def _note(found: Faults, row: int, column: int, code: int) -> int:
    if code in _TEXTS:
        found.setdefault(row, {})[column] = _TEXTS[code]
    return 1


def _records(data: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and size of each record's content."""
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        yield kind, at + 4, size
        at += 4 + size


def _stream(path: Path) -> bytes:
    """The workbook's records, out of the sectors of a compound file."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError("it is too large")
    data = path.read_bytes()
    size, small = 1 << min(12, data[30]), 1 << min(9, data[32])
    count, first = struct.unpack_from("<I", data, 44)[0], struct.unpack_from("<I", data, 48)[0]
    tables = _tables(data, size)[:count]
    following = [one for table in tables for one in struct.unpack_from(f"<{size // 4}I", data, (table + 1) * size)]
    folder = _chained(data, following, first, size, size)
    root, found = folder[:128], b""
    for at in range(0, len(folder) - 127, 128):
        length = struct.unpack_from("<H", folder, at + 64)[0]
        if folder[at : at + max(0, length - 2)].decode("utf-16-le", errors="replace") in _NAMES:
            found = folder[at : at + 128]
            break
    if not found:
        raise ValueError("it holds no workbook")
    begin, length = struct.unpack_from("<II", found, 116)
    if length >= struct.unpack_from("<I", data, 56)[0]:
        return _chained(data, following, begin, size, size)[:length]
    held = _chained(data, following, struct.unpack_from("<I", root, 116)[0], size, size)
    places = _chained(data, following, struct.unpack_from("<I", data, 60)[0], size, size)
    own = list(struct.unpack_from(f"<{len(places) // 4}I", places))
    return _chained(held, own, begin, small, 0)[:length]


def _tables(data: bytes, size: int) -> list[int]:
    """The sectors that say which sector follows which."""
    tables = list(struct.unpack_from("<109I", data, 76))
    at, left = struct.unpack_from("<II", data, 68)
    for _ in range(min(left, len(data) // size)):
        if at >= _LAST_SECTOR:
            break
        *more, at = struct.unpack_from(f"<{size // 4}I", data, (at + 1) * size)
        tables += more
    return [table for table in tables if table < _LAST_SECTOR]


def _chained(data: bytes, following: list[int], at: int, size: int, head: int) -> bytes:
    """The sectors that follow one another from one on."""
    pieces: list[bytes] = []
    while at < _LAST_SECTOR and len(pieces) <= len(following):
        pieces.append(data[at * size + head : (at + 1) * size + head])
        at = following[at]
    return b"".join(pieces)


def faults_in_xlsb(book: zipfile.ZipFile) -> dict[str, Faults]:
    """By sheet, the errors in an XLSB's cells; raises as :func:`faults_in_xls`, or KeyError."""
    links = book.read(_LINKS).decode("utf-8", errors="replace")
    targets = {_said(tag, "Id"): str(PurePosixPath("xl") / _said(tag, "Target")) for tag in _LINK.findall(links)}
    found: dict[str, Faults] = {}
    for kind, content in _parts(book, _BOOK):
        if kind == _BUNDLE:
            link, end = _wide_text(content, 8)
            name, _ = _wide_text(content, end)
            if faults := _faults_of_part(book, targets.get(link, "")):
                found[name] = faults
    return found


def _faults_of_part(book: zipfile.ZipFile, part: str) -> Faults:
    found: Faults = {}
    row = count = 0
    for kind, content in _parts(book, part) if part in book.namelist() else ():
        if kind == _ROW:
            row = struct.unpack_from("<I", content)[0]
        elif kind in {_CELL, _RESULT}:
            count += _note(found, row, struct.unpack_from("<I", content)[0], content[8])
        if count > MOST_FAULTS:
            break
    return found


def _said(tag: str, name: str) -> str:
    match = re.search(rf'\s{name}="/?(?:xl/)?([^"]*)"', tag)
    return match[1] if match else ""


def _wide_text(content: bytes, at: int) -> tuple[str, int]:
    length = struct.unpack_from("<I", content, at)[0]
    end = at + 4 + 2 * length
    return content[at + 4 : end].decode("utf-16-le", errors="replace"), end


def _parts(book: zipfile.ZipFile, part: str) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each record of a part."""
    if book.getinfo(part).file_size > MOST_BYTES:
        raise ValueError("it is too large")
    data, at = book.read(part), 0
    while at < len(data):
        kind, at = _varying(data, at, 2)
        size, at = _varying(data, at, 4)
        yield kind, data[at : at + size]
        at += size


def _varying(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A whole number of seven bits a byte, and where it ends."""
    value = 0
    for place in range(most):
        byte = data[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < _MORE:
            return value, at + place + 1
    return value, at + most
