"""Cut a large workbook of XML parts (XLSX, XLSM) into small workbooks of some rows each.

A library that reads workbooks holds a sheet as a whole, which takes many times the file's size. Each slice is a
workbook of its own, with the styles of the whole and the texts that its cells name; so a sheet of any size is read a
slice at a time, and every cell reads the same as it would in the whole.
"""

from __future__ import annotations

import io
import mmap
import re
import zipfile
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path, PurePosixPath
from typing import IO

from fairwatt.lake.inflating import open_member

SLICE_BYTES = 4 << 20
SLICE_CELLS = 1 << 20  # from a slice's first row and column to its last
LONGEST_ROW = 64 << 20
LAST_ROW = 1 << 20
WIDEST = 1 << 14  # columns
_FEW_TEXTS = 1 << 20  # bytes; so few go with each slice as they are
_MOST_PART = 16 << 20  # of the lists of sheets, and of styles
_WIDTHS = ((re.compile(rb'\sr=["\'][A-Z]{3}\d'), WIDEST), (re.compile(rb'\sr=["\'][A-Z]{2}\d'), 702))
_NARROW = 26  # columns with one letter
_NUMBER = re.compile(rb'\br=["\'](\d{1,8})["\']')
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_DATA = re.compile(rb"<(\w+:)?sheetData\b[^>]*?(/?)>")
_ROOT = re.compile(rb"<(?:\w+:)?worksheet\b[^>]*>")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref=["\']([A-Z]{1,3})(\d+):[A-Z]{1,3}(\d+)["\']')
_TEXT = re.compile(rb"<(?:\w+:)?si(?=[\s>/])")
_TEXTS_HEAD = re.compile(rb"<(?:\w+:)?sst\b[^>]*>")
_CELL_TEXT = re.compile(
    rb'(\st=["\']s["\'][^>]*>\s*(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?v>\s*)(\d+)'
)
_NAMED = (b' t="s"', b" t='s'")
_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_LONGEST_MARK = 64  # bytes of a tag that may stand across two chunks


class OddBookError(Exception):
    """A workbook is not laid out as it can be cut."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows of a sheet as a workbook of their own.

    Attributes
    ----------
    book
        The workbook's bytes.
    xml
        The rows as they stand in the sheet.
    offset
        How many rows stand above the first of the slice that its own numbers do not count.
    """

    book: bytes
    xml: bytes
    offset: int


def parts_of_sheets(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Each sheet's name and the name of its part."""
    names = set(book.namelist())
    if _BOOK not in names or _LINKS not in names:
        return
    targets = {_attribute(tag, "Id"): _attribute(tag, "Target") for tag in _RELATION.findall(_text(book, _LINKS))}
    for tag in _SHEET.findall(_text(book, _BOOK)):
        target = targets.get(_attribute(tag, r"\w+:id"), "")
        part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        if target and part in names:
            yield _attribute(tag, "name"), part


def _text(book: zipfile.ZipFile, part: str) -> str:
    with book.open(part) as file:
        return file.read(_MOST_PART).decode("utf-8", errors="replace")


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\s{name}="([^"]*)"', tag)
    return unescape(match[1]) if match else ""


class LargeBook:
    """A workbook that is read in slices; use as a context manager.

    Parameters
    ----------
    path
        The workbook.
    folder
        Where its texts are unpacked.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self._book = zipfile.ZipFile(path)
        self.parts = dict(parts_of_sheets(self._book))
        texts = next((name for name in self._book.namelist() if name.casefold() == "xl/sharedstrings.xml"), "")
        self._texts_part = texts
        self._texts = _Texts(self._book, texts, folder / "texts.xml") if texts else None
        self.size = sum(self._book.getinfo(part).file_size for part in {*self.parts.values(), *filter(None, [texts])})
        self._common: list[tuple[str, bytes]] = []

    def __enter__(self) -> LargeBook:
        return self

    def __exit__(self, *_: object) -> None:
        if self._texts is not None:
            self._texts.close()
        self._book.close()

    def size_of(self, sheet: str) -> int:
        """The bytes of a sheet's XML."""
        return self._book.getinfo(self.parts[sheet]).file_size

    def without_rows(self) -> bytes:
        """The workbook with empty sheets, to be asked for their names."""
        empty = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
        return self._packed([(part, empty) for part in self.parts.values()])

    def slices(self, sheet: str, most: int | None = None) -> tuple[Iterator[Slice], SheetXml]:
        """The rows of a sheet in slices, and its XML, which tells of itself when they are done.

        Parameters
        ----------
        most
            About how many bytes of XML are enough; all of it by default.
        """
        xml = SheetXml(self._book, self.parts[sheet], most)
        return self._slices(sheet, xml), xml

    def _slices(self, sheet: str, xml: SheetXml) -> Iterator[Slice]:
        for block in xml.blocks():
            for piece, offset in xml.cut(block):
                rows, texts = self._named(piece)
                made = [(self.parts[sheet], xml.around(rows)), *([(self._texts_part, texts)] if texts else [])]
                yield Slice(self._packed(made), piece, offset)

    def _named(self, rows: bytes) -> tuple[bytes, bytes]:
        """The rows with the texts that their cells name, numbered anew."""
        if self._texts is None or not any(mark in rows for mark in _NAMED):
            return rows, b""
        if self._texts.is_small:
            return rows, self._texts.whole()
        found = _CELL_TEXT.findall(rows)
        if len(found) != sum(map(rows.count, _NAMED)):
            raise OddBookError("cells name their texts in a way that is not known")
        wanted = sorted({int(number) for _, number in found})
        order = {number: place for place, number in enumerate(wanted)}

        def renumbered(cell: re.Match[bytes]) -> bytes:
            return cell[1] + b"%d" % order[int(cell[2])]

        return _CELL_TEXT.sub(renumbered, rows), self._texts.some(wanted)

    def _packed(self, parts: Sequence[tuple[str, bytes]]) -> bytes:
        if not self._common:
            left_out = {*self.parts.values(), self._texts_part}
            wanted = ("[content_types].xml", "_rels/.rels", _BOOK, _LINKS, "xl/styles.xml")
            names = [name for name in self._book.namelist() if name.casefold() in wanted and name not in left_out]
            if any(self._book.getinfo(name).file_size > _MOST_PART for name in names):
                raise OddBookError("its lists are too long")
            self._common = [(name, self._book.read(name)) for name in names]
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
            for name, data in (*self._common, *parts):
                made.writestr(name, data)
        return buffer.getvalue()


class SheetXml:
    """The XML of a sheet, read once from its beginning on.

    Attributes
    ----------
    read
        Bytes of its rows so far.
    is_whole
        Whether all its rows have been read.
    """

    def __init__(self, book: zipfile.ZipFile, part: str, most: int | None) -> None:
        self._book, self._info, self._most = book, book.getinfo(part), most
        self._root, self._prefix = b"<worksheet>", b""
        self._row = re.compile(rb"<row\b([^>]*)>")
        self._after = 0  # rows so far
        self.read = 0
        self.is_whole = False
        self.merged: list[tuple[int, int, int]] = []

    def blocks(self) -> Iterator[bytes]:
        """Whole rows, some megabytes at a time."""
        with open_member(self._book, self._info) as file:
            held = self._head(file)
            closing = b"</%ssheetData" % self._prefix
            ends = b"</%srow>" % self._prefix
            while True:
                if (at := held.find(closing)) >= 0:
                    yield held[:at]
                    self.is_whole = True
                    self._note_merged(held[at:], file)
                    return
                if (end := held.rfind(ends)) >= 0:
                    yield held[: end + len(ends)]
                    held = held[end + len(ends) :]
                    if self._most is not None and self.read >= self._most:
                        self.read -= len(held)
                        return
                elif (begin := held.rfind(b"<%srow" % self._prefix)) > 0:  # blank rows alone
                    held = held[begin:]
                held += self._more(file)
                if len(held) > LONGEST_ROW:
                    raise OddBookError("a row is too long")

    def _head(self, file: IO[bytes]) -> bytes:
        """Go to the first row; returns what was read of the rows."""
        held = self._more(file)
        while (data := _DATA.search(held)) is None:
            if len(held) > LONGEST_ROW:
                raise OddBookError("it has no rows")
            held += self._more(file)
        root = _ROOT.search(held)
        if root is None:
            raise OddBookError("it is no sheet")
        self._root, self._prefix = root[0], data[1] or b""
        self._row = re.compile(rb"<" + re.escape(self._prefix) + rb"row\b([^>]*)>")
        return held[data.end() :] if not data[2] else b"</%ssheetData>" % self._prefix

    def _more(self, file: IO[bytes]) -> bytes:
        chunk = file.read(SLICE_BYTES if self._most is None else min(SLICE_BYTES, self._most))
        self.read += len(chunk)
        if not chunk:
            raise EOFError("the sheet breaks off")
        if self.read > self._info.file_size:
            raise zipfile.BadZipFile("more comes out of the sheet than its workbook says")
        return chunk

    def _note_merged(self, held: bytes, file: IO[bytes]) -> None:
        """Cells merged downwards, which stand behind the rows: (first row, last row, column), from 0."""
        while True:
            end = 0
            for found in _MERGED.finditer(held):
                column, first, last = found[1], int(found[2]), int(found[3])
                end = found.end()
                if last > first:
                    self.merged.append((first - 1, last - 1, column_of(column)))
            if not (chunk := file.read(SLICE_BYTES)):
                return
            held = held[max(end, held.rfind(b"<")) :] + chunk

    def cut(self, block: bytes) -> Iterator[tuple[bytes, int]]:
        """A block in pieces whose cells span no more than they may, with what their rows' own numbers do not count."""
        heads = list(self._row.finditer(block))
        if not heads:
            return
        numbers = [int(found[1]) if (found := _NUMBER.search(head[1])) else 0 for head in heads]
        is_numbered = all(numbers)
        if any(numbers) and not is_numbered:
            raise OddBookError("only some rows have numbers")
        if not is_numbered:
            numbers = list(range(self._after + 1, self._after + 1 + len(heads)))
        rows = self._after
        for number in numbers:
            if number <= rows:
                raise OddBookError("its rows stand in no order")
            rows = number
        if rows > LAST_ROW:
            raise OddBookError("it has more rows than a sheet may have")
        width = next((most for form, most in _WIDTHS if form.search(block)), _NARROW)
        width = max(width, WIDEST if not is_numbered else 0)
        firsts = [place for place, _ in _runs(numbers, max(1, SLICE_CELLS // width))]
        begins = [heads[place].start() for place in firsts]
        for place, begin, end in zip(firsts, begins, [*begins[1:], len(block)], strict=True):
            yield block[begin:end], 0 if is_numbered else numbers[place] - 1
        self._after = rows

    def around(self, rows: bytes) -> bytes:
        """A sheet of some rows."""
        tag = self._prefix
        name = self._root[1 : self._root.find(b"worksheet")] + b"worksheet"
        return b"%s<%ssheetData>%s</%ssheetData></%s>" % (self._root, tag, rows, tag, name)


def _runs(numbers: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """The places at which runs of numbers begin that span no more than so many, with the numbers there."""
    first = -most
    for place, number in enumerate(numbers):
        if number - first >= most:
            first = number
            yield place, number


def column_of(letters: bytes) -> int:
    """A column's position, from 0.

    Examples
    --------
    >>> column_of(b"A"), column_of(b"XFD")
    (0, 16383)
    """
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column - 1


class _Texts:
    """The texts that cells name by their number, unpacked as far as they are asked for."""

    def __init__(self, book: zipfile.ZipFile, part: str, target: Path) -> None:
        self._book, self._info, self._target = book, book.getinfo(part), target
        self.is_small = self._info.file_size <= _FEW_TEXTS
        self._begins = array("Q")
        self._packed: IO[bytes] | None = None
        self._written: IO[bytes] | None = None
        self._map: mmap.mmap | None = None
        self._head = b""
        self._held = b""
        self._size = 0
        self._whole = b""

    def whole(self) -> bytes:
        """All of them, where they are few."""
        self._whole = self._whole or self._book.read(self._info)
        return self._whole

    def some(self, wanted: Sequence[int]) -> bytes:
        """The texts of some numbers, as a part of their own."""
        if not wanted:
            return b""
        self._reach(wanted[-1])
        if wanted[-1] >= len(self._begins):
            raise OddBookError("a cell names a text that is not there")
        if self._map is None or len(self._map) < self._size:
            self._map = mmap.mmap(self._opened().fileno(), 0, access=mmap.ACCESS_READ)
        ends = [self._begins[n + 1] if n + 1 < len(self._begins) else self._size for n in wanted]
        texts = b"".join(self._map[self._begins[n] : end] for n, end in zip(wanted, ends, strict=True))
        name = self._head[1:].split(None, 1)[0].rstrip(b">")
        return b"%s%s</%s>" % (self._head, texts.partition(b"</%s>" % name)[0], name)

    def _opened(self) -> IO[bytes]:
        if self._written is None:
            self._written = self._target.open("w+b")
        return self._written

    def _reach(self, number: int) -> None:
        """Unpack them until the one after a number begins, or to their end."""
        if self._packed is None:
            self._packed = open_member(self._book, self._info)
        written = self._opened()
        while number + 1 >= len(self._begins) and (chunk := self._packed.read(SLICE_BYTES)):
            if self._size + len(chunk) > self._info.file_size:
                raise zipfile.BadZipFile("more comes out of the texts than their workbook says")
            held = self._held + chunk
            if not self._head:
                head = _TEXTS_HEAD.search(held)
                self._head = head[0] if head else b""
            at = self._size - len(self._held)
            last = len(held) - _LONGEST_MARK
            end = 0
            for found in _TEXT.finditer(held):
                if found.start() >= last:  # it may be seen again
                    break
                self._begins.append(at + found.start())
                end = found.end()
            self._held = held[max(end, last) :]
            self._size += len(chunk)
            written.write(chunk)
        self._finish(number)
        written.flush()

    def _finish(self, number: int) -> None:
        """Note the texts of the end, when all are unpacked."""
        if number + 1 < len(self._begins) or not self._held:
            return
        at = self._size - len(self._held)
        self._begins.extend(at + found.start() for found in _TEXT.finditer(self._held))
        self._held = b""

    def close(self) -> None:
        """Let go of the files."""
        for held in (self._map, self._written, self._packed):
            if held is not None:
                held.close()
