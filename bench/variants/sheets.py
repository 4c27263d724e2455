"""Look-alikes of workbooks: typed dates, titles above the table, merged heads, a month a sheet, tables side by side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from bench.variants import packing
from bench.variants.making import LOCAL, made
from bench.variants.packing import Cell
from bench.variants.truth import CURRENT, ENERGY, POWER, PRICE, TEMPERATURE, VOLTAGE, Truth, make_truth
from bench.variants.variant import Variant

_SURE = frozenset({"day_first"})


def _at(truth: Truth, start: int) -> datetime:
    return truth.local(start).replace(tzinfo=None)


def _rows(truth: Truth) -> list[list[Cell]]:
    return [[_at(truth, s), *values] for s, values in truth.of_series("")]


def _typed(period: str) -> Variant:
    truth = make_truth(91, (POWER, VOLTAGE), period=period)
    grid = [["Date/Time", "Active Power (kW)", "Voltage (V)"], *_rows(truth)]
    return made(
        "workbook",
        "export.xlsx",
        packing.xlsx({"Sheet1": grid}),
        truth,
        ("Active Power (kW)", "Voltage (V)"),
        LOCAL,
        sure=_SURE,
        group="workbooks",
    )


def _typed_ods(period: str) -> Variant:
    truth = make_truth(92, (ENERGY,), period=period)
    grid = [["Timestamp", "Energy (kWh)"], *_rows(truth)]
    return made(
        "OpenDocument workbook",
        "export.ods",
        packing.ods({"Sheet1": grid}),
        truth,
        ("Energy (kWh)",),
        LOCAL,
        sure=_SURE,
        group="workbooks",
    )


def _preamble(period: str) -> Variant:
    truth = make_truth(93, (ENERGY,), period=period)
    before: list[list[Cell]] = [["Half hourly data"], [], ["Site", "Town Hall"], ["MPAN", "2000012345672"], []]
    grid = [*before, ["", "Date & Time", "Consumption (kWh)"], *([None, *row] for row in _rows(truth))]
    return made(
        "workbook with a title",
        "report.xlsx",
        packing.xlsx({"Report": grid}),
        truth,
        ("Consumption (kWh)",),
        LOCAL,
        sure=_SURE,
        group="workbooks",
    )


def _date_and_time(period: str) -> Variant:
    """Dates as days, times as parts of a day: both numbers in the workbook."""
    truth = make_truth(94, (CURRENT,), period=period, step_s=900)
    rows: list[list[Cell]] = []
    for s, values in truth.of_series(""):
        at = _at(truth, s)
        rows.append([at.replace(hour=0, minute=0), f"{at:%H:%M}", *values])
    grid = [["Date", "Time", "Current (A)"], *rows]
    return made(
        "workbook with date and time apart",
        "current.xlsx",
        packing.xlsx({"Log": grid}),
        truth,
        ("Current (A)",),
        LOCAL,
        sure=_SURE,
        group="workbooks",
    )


def _merged(period: str) -> Variant:
    """A head of two rows: the site merged over its columns, the quantity under it."""
    truth = make_truth(95, (POWER, VOLTAGE), period=period)
    heads: list[list[Cell]] = [["", "Feeder 1", ""], ["Time", "Active Power (kW)", "Voltage (V)"]]
    data = packing.xlsx({"Sheet1": [*heads, *_rows(truth)]}, merged=["B1:C1"])
    return made(
        "workbook with a merged head",
        "feeders.xlsx",
        data,
        truth,
        ("Active Power (kW)", "Voltage (V)"),
        LOCAL,
        sure=_SURE,
        group="workbooks",
    )


def _month_a_sheet(period: str) -> Variant:
    """A sheet for each day here, as others have one for each month."""
    truth = make_truth(96, (ENERGY,), period=period)
    sheets: dict[str, list[list[Cell]]] = {}
    for row in _rows(truth):
        at = row[0]
        assert isinstance(at, datetime)
        sheets.setdefault(f"{at:%d %b}", [["Date/Time", "kWh"]]).append(row)
    return made(
        "workbook with a sheet a month",
        "year.xlsx",
        packing.xlsx(sheets),
        truth,
        ("kWh",),
        LOCAL,
        sure=_SURE,
        group="workbooks",
    )


def _side_by_side(period: str) -> Variant:
    """Two tables in one sheet with an empty column between them; the first is meant."""
    truth = make_truth(97, (POWER,), period=period)
    other = make_truth(98, (PRICE,), period=period)
    right = [["Time", "Price (£/MWh)"], *_rows(other)]
    left = [["Time", "Active Power (kW)"], *_rows(truth)]
    grid: list[list[Cell]] = [
        [*(left[i] if i < len(left) else [None, None]), None, *(right[i] if i < len(right) else [])]
        for i in range(max(len(left), len(right)))
    ]
    return made(
        "tables side by side",
        "both.xlsx",
        packing.xlsx({"Data": grid}),
        truth,
        ("Active Power (kW)",),
        LOCAL | {"table": "Active Power"},
        sure=_SURE,
        group="workbooks",
    )


def _two_tables(period: str) -> Variant:
    """Different tables in two sheets; the second is meant."""
    truth = make_truth(99, (TEMPERATURE,), period=period)
    other = make_truth(100, (POWER,), period=period)
    sheets = {
        "Power": [["Time", "Active Power (kW)"], *_rows(other)],
        "Weather": [["Time", "Outside Temperature (°C)"], *_rows(truth)],
    }
    return made(
        "different tables in sheets",
        "two.xlsx",
        packing.xlsx(sheets),
        truth,
        ("Outside Temperature (°C)",),
        LOCAL | {"table": "Weather"},
        sure=_SURE,
        group="workbooks",
    )


def _texts(period: str) -> Variant:
    """A workbook whose times and numbers are all texts."""
    truth = make_truth(101, (ENERGY,), period=period)
    rows: list[list[Cell]] = [
        [f"{truth.local(s):%d/%m/%Y %H:%M}", "n/a" if v is None else str(v)] for s, (v,) in truth.of_series("")
    ]
    return made(
        "workbook of texts",
        "texts.xlsx",
        packing.xlsx({"Sheet1": [["Date", "kWh"], *rows]}),
        truth,
        ("kWh",),
        LOCAL,
        group="workbooks",
    )


def _notes_below(period: str) -> Variant:
    truth = make_truth(102, (ENERGY,), period=period)
    after: list[list[Cell]] = [[], ["Notes"], ["1. Values are provisional."], ["2. Times are local."]]
    grid = [["Date/Time", "Consumption (kWh)"], *_rows(truth), *after]
    return made(
        "workbook with notes below",
        "notes.xlsx",
        packing.xlsx({"Data": grid}),
        truth,
        ("Consumption (kWh)",),
        LOCAL,
        sure=_SURE,
        group="workbooks",
    )


def _serials(period: str) -> Variant:
    """Times that have lost their format: numbers of days."""
    truth = make_truth(103, (ENERGY,), period=period)
    rows: list[list[Cell]] = [[packing.serial_of(_at(truth, s)), *values] for s, values in truth.of_series("")]
    return made(
        "workbook with bare day numbers",
        "bare.xlsx",
        packing.xlsx({"Sheet1": [["Date/Time", "Consumption (kWh)"], *rows]}),
        truth,
        ("Consumption (kWh)",),
        LOCAL,
        sure=_SURE,
        group="workbooks",
    )


def _wide_months(period: str) -> Variant:
    """A sheet a month, a row a day, a column a half-hour, and a summary in front."""
    truth = make_truth(104, (ENERGY,), period=period, days=6)
    slots = 50 if period == "autumn" else 48
    sheets: dict[str, list[list[Cell]]] = {"Summary": [["Month", "Total kWh"], ["All", _sum_of(truth)]]}
    days: dict[datetime, list[Cell]] = {}
    for s, (v,) in truth.of_series(""):
        midnight = _at(truth, s).replace(hour=0, minute=0)
        begin = truth.local(s).replace(hour=0, minute=0, fold=0).timestamp()
        days.setdefault(midnight, [None] * slots)[int(s - begin) // 1800] = v
    for place, (day, values) in enumerate(days.items()):
        sheet = sheets.setdefault(
            "First" if place < 3 else "Second", [["Date", *(f"HH{n:02}" for n in range(1, slots + 1))]]
        )
        sheet.append([day, *values])
    return made(
        "wide half-hours in sheets", "hh.xlsx", packing.xlsx(sheets), truth, ("",), LOCAL, sure=_SURE, group="workbooks"
    )


def _sum_of(truth: Truth) -> Decimal:
    """All of a truth's first channel."""
    return sum((row[0] for row in truth.rows.values() if row[0] is not None), Decimal(0))


def _readme_first(period: str) -> Variant:
    truth = make_truth(105, (POWER,), period=period, step_s=900)
    about: list[list[Cell]] = [["About this workbook"], ["Prepared for the trial."], ["Contact", "data@example.org"]]
    sheets = {"Read me": about, "Data": [["Timestamp", "Active Power (kW)"], *_rows(truth)]}
    return made(
        "workbook with a page of words first",
        "trial.xlsx",
        packing.xlsx(sheets),
        truth,
        ("Active Power (kW)",),
        LOCAL,
        sure=_SURE,
        group="workbooks",
    )


SHEETS: tuple[Callable[[str], Variant], ...] = (
    _typed,
    _typed_ods,
    _preamble,
    _date_and_time,
    _merged,
    _month_a_sheet,
    _side_by_side,
    _two_tables,
    _texts,
    _notes_below,
    _serials,
    _wide_months,
    _readme_first,
)
