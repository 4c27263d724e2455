"""Plain tables in unusual wrappings: XML, values by their times, archives in layers, odd bytes, units beside values."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable

from bench.variants import packing
from bench.variants.making import IN_UTC, SURE_TIMES, made
from bench.variants.moments import form_of
from bench.variants.truth import ENERGY, EXPORT, POWER, VOLTAGE, Truth, make_truth
from bench.variants.variant import Variant

_HEADS = ("Active Power (kW)", "Voltage (V)")


def _rows(truth: Truth) -> list[list[str]]:
    """A row for each time, its cells blank where there is no value."""
    return [
        [form_of("iso-z").write(truth, start)[0], *("" if value is None else str(value) for value in values)]
        for start, values in truth.of_series("")
    ]


def _csv(truth: Truth) -> bytes:
    return "".join(f"{','.join(row)}\n" for row in [["Time", *_HEADS], *_rows(truth)]).encode()


def _wrapped(name: str, filename: str, seed: int, wrap: Callable[[bytes], bytes], period: str) -> Variant:
    truth = make_truth(seed, (POWER, VOLTAGE), period=period)
    return made(name, filename, wrap(_csv(truth)), truth, _HEADS, IN_UTC, sure=SURE_TIMES, group="wrapped")


def _xml_rows(period: str) -> Variant:
    truth = make_truth(171, (ENERGY, EXPORT), period=period)
    tags = ("time", "consumption_kWh", "export_kWh")
    rows = "".join(
        f"<reading>{''.join(f'<{tag}>{cell}</{tag}>' for tag, cell in zip(tags, row, strict=True))}</reading>"
        for row in _rows(truth)
    )
    data = f'<?xml version="1.0"?>\n<export><site>Rose Hill</site><readings>{rows}</readings></export>'.encode()
    return made("XML", "export.xml", data, truth, tags[1:], IN_UTC, sure=SURE_TIMES, group="wrapped")


def _json_by_time(period: str) -> Variant:
    truth = make_truth(172, (POWER, VOLTAGE), period=period)
    heads = ("power_kw", "voltage_v")
    values = {row[0]: {h: v for h, v in zip(heads, row[1:], strict=True) if v} for row in _rows(truth)}
    return made(
        "by time", "data.json", packing.json_text(values), truth, heads, IN_UTC, sure=SURE_TIMES, group="wrapped"
    )


def _unit_beside(period: str) -> Variant:
    truth = make_truth(173, (ENERGY,), period=period)
    lines = [["Time", "Consumption", "Unit"], *([*row, "kWh"] for row in _rows(truth))]
    data = "".join(f"{','.join(line)}\n" for line in lines).encode()
    return made(
        "unit beside", "meter.csv", data, truth, ("Consumption",), IN_UTC, sure=SURE_TIMES | {"unit"}, group="wrapped"
    )


def _tar_gz(period: str) -> Variant:
    def wrap(data: bytes) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            info = tarfile.TarInfo("site/readings.csv")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        return buffer.getvalue()

    return _wrapped("tar gz", "readings.tar.gz", 174, wrap, period)


def _gzip_in_zip(period: str) -> Variant:
    def wrap(data: bytes) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("readings.csv.gz", gzip.compress(data))
        return buffer.getvalue()

    return _wrapped("gzip in zip", "readings.zip", 175, wrap, period)


def _utf_32(period: str) -> Variant:
    return _wrapped("utf 32", "readings.csv", 176, lambda data: data.decode().encode("utf-32"), period)


def _zeros_behind(period: str) -> Variant:
    return _wrapped("zeros behind", "readings.csv", 177, lambda data: data + b"\n" + bytes(4_096), period)


def _lines_in_quotes(period: str) -> Variant:
    def wrap(data: bytes) -> bytes:
        return "".join(f'"{line}"\n' for line in data.decode().splitlines()).encode()

    return _wrapped("lines in quotes", "readings.csv", 178, wrap, period)


def _comments_inside(period: str) -> Variant:
    def wrap(data: bytes) -> bytes:
        lines = data.decode().splitlines()
        for at in (60, 90, 91):
            lines.insert(at, "# logger restarted, battery low")
        return "\n".join([*lines, ""]).encode()

    return _wrapped("comments inside", "readings.csv", 179, wrap, period)


WRAPPED: tuple[Callable[[str], Variant], ...] = (
    _xml_rows,
    _json_by_time,
    _unit_beside,
    _tar_gz,
    _gzip_in_zip,
    _utf_32,
    _zeros_behind,
    _lines_in_quotes,
    _comments_inside,
)
