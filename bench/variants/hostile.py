"""Files that mean harm, or were harmed: each a handful of bytes that ask for much."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from bench.variants import packing

_ROWS = [["time", "kW"], *([f"2021-01-0{d} 0{h}:00:00", "1.5"] for d in range(1, 9) for h in range(10))]
Make = Callable[[], bytes]


def good_text() -> bytes:
    """A small file that is read right."""
    return packing.text(_ROWS)


def _with_member(data: bytes, path: str, content: bytes) -> bytes:
    """A zip with one member's content put in the place of another's."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == path else old.read(name))
    return out.getvalue()


def _sheet(rows: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def _workbook(rows: str) -> bytes:
    return _with_member(packing.xlsx({"Sheet1": _ROWS}), "xl/worksheets/sheet1.xml", _sheet(rows))


def _far_corner() -> bytes:
    """Two cells, one in each corner of the largest sheet there can be."""
    return _workbook('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>')


def _repeated_text() -> bytes:
    """One long text that 200,000 cells share: 6 GB when written out."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = f'<?xml version="1.0"?><sst xmlns="{main}"><si><t>{"x" * 30_000}</t></si></sst>'.encode()
    cells = "".join(f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c></row>' for r in range(1, 200_001))
    return _with_member(_workbook(cells), "xl/sharedStrings.xml", strings)


def _billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a0 "lol">{entities}]>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&a9;</t></is></c></row>'
    sheet = f'{head}<worksheet xmlns="{main}"><sheetData>{row}</sheetData></worksheet>'.encode()
    return _with_member(packing.xlsx({"Sheet1": _ROWS}), "xl/worksheets/sheet1.xml", sheet)


def _ods_repeated() -> bytes:
    """One cell that says it is repeated over the whole sheet."""
    data = packing.ods({"Sheet1": [["kW"], [Decimal(1)]]})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read("content.xml").decode()
    content = content.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="1048576">').replace(
        "<table:table-cell ", '<table:table-cell table:number-columns-repeated="16384" '
    )
    return _with_member(data, "content.xml", content.encode())


def _sheet_bomb() -> bytes:
    """A sheet of 300 MB of blanks."""
    return _workbook(" " * 300_000_000)


def _zip_in_zip() -> bytes:
    data = good_text()
    for depth in range(40):
        data = packing.zipped({f"inner{depth}.zip" if depth else "data.csv": data})
    return data


def _many_members() -> bytes:
    return packing.zipped({f"f{i}.csv": good_text() if i % 1_000 == 0 else b"" for i in range(20_000)})


def _escaping_members() -> bytes:
    return packing.zipped({"../../../etc/passwd.csv": good_text(), "/tmp/evil.csv": good_text()})


def _huge_numbers() -> bytes:
    cells = ["9" * 5_000, "1e999999999", "1e-999999999", "-" + "0" * 9_000, "0x" + "f" * 99, "1" + "_000" * 500]
    rows = [[time, cells[i % len(cells)]] for i, (time, _) in enumerate(_ROWS[1:])]
    return packing.text([_ROWS[0], *rows])


def _records(value: object) -> bytes:
    return json.dumps([{"time": "2021-01-01T00:00:00Z", "kW": value}] * 50).encode()


HOSTILE: Mapping[str, Make] = {
    "20,000 columns.csv": lambda: packing.text([[f"c{i}" for i in range(20_000)], ["1"] * 20_000]),
    "2 million delimiters.csv": lambda: b"time" + b"," * 2_000_000 + b"\n",
    "one long line.csv": lambda: b"time,kW\n" + b"1.25 " * 8_000_000,
    "one long cell.csv": lambda: good_text() + b'2021-02-01 00:00:00,"' + b"7" * 9_000_000 + b'"\n',
    "open quote.csv": lambda: good_text().replace(b"1.5", b'"1.5', 1) + good_text() * 2_000,
    "only quotes.csv": lambda: b'"' * 3_000_000,
    "nuls.csv": lambda: good_text() + b"\x00" * 2_000_000,
    "nuls between.csv": lambda: good_text().replace(b",", b"\x00,\x00"),
    "half a character.csv": lambda: good_text().decode().encode("utf-16")[:-1],
    "lone surrogates.csv": lambda: b"\xff\xfe" + b"\x00\xd8" * 5_000,
    "only line ends.csv": lambda: b"\r\r\n" * 1_000_000,
    "digits for a regular expression.csv": lambda: b"time,v\n" + b"\n".join([b"1" * 3_000 + b"x,1"] * 200),
    "blanks for a regular expression.csv": lambda: b"time,v\n" + b"\n".join([b" " * 3_000 + b"x,1"] * 200),
    "huge numbers.csv": _huge_numbers,
    "years out of range.csv": lambda: b"time,kW\n" + b"".join(b"9999-12-31 23:%02d:00,1\n" % m for m in range(60)),
    "epoch out of range.csv": lambda: b"epoch,kW\n" + b"".join(b"%d,1\n" % (10**18 + m) for m in range(60)),
    "deep arrays.json": lambda: b"[" * 200_000,
    "deep arrays, closed.json": lambda: b"[" * 100_000 + b"]" * 100_000,
    "deep objects.json": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "huge number.json": lambda: _records(1).replace(b": 1}", b": 1e999999999}"),
    "long number.json": lambda: _records(1).replace(b": 1}", b": " + b"9" * 100_000 + b"}"),
    "nested values.json": lambda: _records({"a": [{"b": [1, 2, {"c": None}]}] * 40}),
    "many keys.json": lambda: json.dumps([{"time": "2021-01-01", f"k{i}": i} for i in range(6_000)]).encode(),
    "open string.json": lambda: b'[{"time": "' + b"x" * 5_000_000,
    "gzip of nothing but blanks.csv.gz": lambda: gzip.compress(b" " * 400_000_000, 9),
    "gzip cut.csv.gz": lambda: gzip.compress(good_text() * 500)[:-9],
    "zip in zip in zip.zip": _zip_in_zip,
    "many members.zip": _many_members,
    "escaping members.zip": _escaping_members,
    "far corner.xlsx": _far_corner,
    "repeated text.xlsx": _repeated_text,
    "laughs.xlsx": _billion_laughs,
    "blanks.xlsx": _sheet_bomb,
    "no sheet.xlsx": lambda: _with_member(packing.xlsx({"A": _ROWS}), "xl/worksheets/sheet1.xml", b""),
    "repeated cells.ods": _ods_repeated,
    "parquet of nothing.parquet": lambda: b"PAR1" + b"\x00" * 400 + b"\xff\xff\xff\x7fPAR1",
    "netcdf of much.nc": lambda: b"CDF\x01\x00\x00\x00\x00\x00\x00\x00\x0a\x7f\xff\xff\xff" + b"\x00" * 60,
    "hdf.nc": lambda: b"\x89HDF\r\n\x1a\n" + b"\x00" * 500,
    "sqlite.db": lambda: b"SQLite format 3\x00" + b"\x10\x00" + b"\xff" * 4_000,
    "pdf.pdf": lambda: b"%PDF-1.7\n" + b"1 0 obj<</Length 99999999>>stream\n" * 2_000,
}


def harmed(data: bytes, chance: Iterator[int]) -> bytes:
    """The bytes with a run cut out, some bits turned, or a piece put somewhere else, as ``chance`` draws."""
    size = max(1, len(data))
    kind, at, more = next(chance) % 4, next(chance) % size, next(chance)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + data[at + more % size :]
    if kind == 2:
        changed = bytearray(data)
        for _ in range(1 + more % 8):
            changed[next(chance) % size] ^= 1 << next(chance) % 8
        return bytes(changed)
    piece = data[at : at + more % 400]
    to = next(chance) % size
    return data[:to] + piece + data[to:]
