"""Rows of cells as bytes: delimited text in all its dialects, workbooks, JSON, Parquet, NetCDF, packed or not."""

from __future__ import annotations

import csv
import gzip
import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import pyarrow.parquet as pq

Cell = str | Decimal | datetime | None
Grid = Sequence[Sequence[Cell]]

_EXCEL_ZERO = datetime(1899, 12, 30)


def say(cell: Cell) -> str:
    """A cell as plain text."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return format(cell, "f") if isinstance(cell, Decimal) else cell


def text(
    grid: Grid, *, delimiter: str = ",", line_end: str = "\n", encoding: str = "utf-8", quoted: bool = False,
    last_end: bool = True,
) -> bytes:  # fmt: skip
    """Delimited text."""
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    )
    for row in grid:
        writer.writerow([say(cell) for cell in row])
    lines = out.getvalue().replace("\n", line_end)
    if encoding == "utf-16-be":
        return b"\xfe\xff" + lines.encode(encoding)
    return (lines if last_end else lines.removesuffix(line_end)).encode(encoding)


def gzipped(data: bytes) -> bytes:
    """The bytes in a gzip."""
    return gzip.compress(data, mtime=0)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def xlsx(sheets: Mapping[str, Grid], *, merged: Sequence[str] = ()) -> bytes:
    """A workbook as spreadsheets write it; ``merged`` ranges are those of the first sheet."""
    shared: dict[str, int] = {}
    parts: dict[str, str] = {}
    for number, grid in enumerate(sheets.values(), start=1):
        rows = "".join(
            f'<row r="{r}">{"".join(_xlsx_cell(cell, r, c, shared) for c, cell in enumerate(row))}</row>'
            for r, row in enumerate(grid, start=1)
        )
        ranges = "".join(f'<mergeCell ref="{one}"/>' for one in merged if number == 1)
        tail = f'<mergeCells count="{len(merged)}">{ranges}</mergeCells>' if ranges else ""
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{tail}</worksheet>'
        )
    names = list(sheets)
    strings = "".join(f'<si><t xml:space="preserve">{escape(one)}</t></si>' for one in shared)
    parts["xl/sharedStrings.xml"] = f'{_XML}<sst xmlns="{_MAIN}">{strings}</sst>'
    parts["xl/styles.xml"] = _STYLES
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(names, start=1)
    )
    parts["xl/workbook.xml"] = (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
    )
    targets = [(f"worksheets/sheet{i}.xml", "worksheet") for i in range(1, len(names) + 1)]
    parts["xl/_rels/workbook.xml.rels"] = _relations(
        [*targets, ("styles.xml", "styles"), ("sharedStrings.xml", "sharedStrings")]
    )
    parts["_rels/.rels"] = _relations([("xl/workbook.xml", "officeDocument")])
    kinds = "".join(
        f'<Override PartName="/{path}" ContentType="{_KIND}.{_KINDS[path.split("/")[1].partition(".")[0]]}+xml"/>'
        for path in parts
        if path.startswith("xl/") and "_rels" not in path
    )
    parts["[Content_Types].xml"] = (
        f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{kinds}</Types>'
    )
    order = ["[Content_Types].xml", *(path for path in parts if path != "[Content_Types].xml")]
    return zipped({path: parts[path].encode() for path in order})


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_KINDS = {"worksheets": "worksheet", "sharedStrings": "sharedStrings", "styles": "styles", "workbook": "sheet.main"}
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2">'
    '<xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (target, kind) in enumerate(targets, start=1)
    )
    return f'{_XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'


def _xlsx_cell(cell: Cell, row: int, column: int, shared: dict[str, int]) -> str:
    place = f"{_letters(column)}{row}"
    if cell is None or cell == "":
        return ""
    if isinstance(cell, datetime):
        return f'<c r="{place}" s="1"><v>{serial(cell)}</v></c>'
    if isinstance(cell, Decimal):
        return f'<c r="{place}"><v>{float(cell)!r}</v></c>'
    return f'<c r="{place}" t="s"><v>{shared.setdefault(cell, len(shared))}</v></c>'


def serial(at: datetime) -> str:
    """A spreadsheet's number for a naive time, with the digits that spreadsheets keep."""
    return repr(float(f"{(at - _EXCEL_ZERO).total_seconds() / 86_400:.15g}"))


def serial_of(at: datetime) -> Decimal:
    """The same as a number's cell."""
    return Decimal(serial(at))


def _letters(column: int) -> str:
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def ods(sheets: Mapping[str, Grid]) -> bytes:
    """An OpenDocument spreadsheet."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in grid)
        + "</table:table>"
        for name, grid in sheets.items()
    )
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content{spaces} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" m:version="1.2">'
        f'<m:file-entry m:full-path="/" m:media-type="{kind}"/>'
        '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), kind, zipfile.ZIP_STORED)
        archive.writestr(zipfile.ZipInfo("content.xml"), content)
        archive.writestr(zipfile.ZipInfo("META-INF/manifest.xml"), manifest)
    return out.getvalue()


def _ods_cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    shown = f"<text:p>{escape(say(cell))}</text:p>"
    if isinstance(cell, datetime):
        kind = f'"date" office:date-value="{cell.isoformat()}"'
    elif isinstance(cell, Decimal):
        kind = f'"float" office:value="{cell}"'
    else:
        kind = '"string"'
    return f"<table:table-cell office:value-type={kind}>{shown}</table:table-cell>"


def json_text(value: object) -> bytes:
    """JSON; decimals as numbers."""
    return json.dumps(value, default=_json_value).encode()


def _json_value(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return say(value)


def parquet(columns: Mapping[str, Sequence[object]], types: Mapping[str, pa.DataType]) -> bytes:
    """A Parquet file."""
    out = io.BytesIO()
    pq.write_table(pa.table({name: pa.array(cells, types[name]) for name, cells in columns.items()}), out)
    return out.getvalue()


def netcdf(
    seconds: Sequence[int], variables: Mapping[str, tuple[str, str, Sequence[float]]], *, since: datetime
) -> bytes:
    """A NetCDF classic file of one dimension ``time``; variables are name → (units, long name, values).

    Parameters
    ----------
    seconds
        Times since ``since``.
    """
    text_units = f"seconds since {since.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    columns: list[tuple[str, dict[str, str], Sequence[float]]] = [
        ("time", {"units": text_units, "standard_name": "time", "calendar": "standard"}, seconds),
        *(
            (name, {"units": units, "long_name": long} | {"_FillValue": ""}, values)
            for name, (units, long, values) in variables.items()
        ),
    ]
    count = len(seconds)
    size = count * 8
    head_size = len(_netcdf_head(columns, count, [0] * len(columns)))
    begins = [head_size + i * size for i in range(len(columns))]
    body = b"".join(struct.pack(f">{count}d", *values) for _, _, values in columns)
    return _netcdf_head(columns, count, begins) + body


NETCDF_FILL = -9999.0


def _netcdf_head(
    columns: Sequence[tuple[str, dict[str, str], Sequence[float]]], count: int, begins: Sequence[int]
) -> bytes:
    parts = [
        b"CDF\x01",
        struct.pack(">i", 0),
        struct.pack(">ii", 10, 1),
        _netcdf_name("time"),
        struct.pack(">i", count),
    ]
    parts.append(struct.pack(">ii", 0, 0))
    parts.append(struct.pack(">ii", 11, len(columns)))
    for (name, attributes, _), begin in zip(columns, begins, strict=True):
        parts += [_netcdf_name(name), struct.pack(">ii", 1, 0), struct.pack(">ii", 12, len(attributes))]
        parts += [_netcdf_attribute(key, value) for key, value in attributes.items()]
        parts.append(struct.pack(">iii", 6, count * 8, begin))
    return b"".join(parts)


def _netcdf_name(name: str) -> bytes:
    return _padded(name.encode())


def _padded(raw: bytes) -> bytes:
    return struct.pack(">i", len(raw)) + raw + b"\x00" * (-len(raw) % 4)


def _netcdf_attribute(key: str, value: str) -> bytes:
    if key == "_FillValue":
        return _netcdf_name(key) + struct.pack(">iid", 6, 1, NETCDF_FILL)
    return _netcdf_name(key) + struct.pack(">i", 2) + _padded(value.encode())
