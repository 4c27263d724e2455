"""Wide half-hours: a row a day, its intervals side by side, under every heading that suppliers use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from bench.variants import packing
from bench.variants.making import LOCAL
from bench.variants.moments import period_of
from bench.variants.packing import Cell
from bench.variants.recipes import readings_of
from bench.variants.truth import ENERGY, Channel, Truth, make_truth
from bench.variants.variant import Variant, Wanted

_DAY_MINUTES = 1_440


def _clock(minutes: int, form: str, *, last: str = "24:00") -> str:
    if minutes == _DAY_MINUTES:
        return last
    return datetime(2000, 1, 1, minutes // 60, minutes % 60).strftime(form)


@dataclass(frozen=True, slots=True)
class Heading:
    """How the columns of a day's intervals are named: by number from 1, or by the minutes of their start or end."""

    name: str
    head: Callable[[int], str]
    by_clock: bool = False
    unit_in_head: str = ""


def _starts(form: str) -> Callable[[int], str]:
    return lambda number: _clock((number - 1) * 30, form)


def _ends(form: str, last: str) -> Callable[[int], str]:
    return lambda number: _clock(number * 30, form, last=last)


def _span(number: int) -> str:
    return f"{_clock((number - 1) * 30, '%H:%M')}-{_clock(number * 30, '%H:%M', last='00:00')}"


HEADINGS: Mapping[str, Heading] = {
    heading.name: heading
    for heading in (
        Heading("starts", _starts("%H:%M"), by_clock=True),
        Heading("starts-seconds", _starts("%H:%M:%S"), by_clock=True),
        Heading("starts-digits", _starts("%H%M"), by_clock=True),
        Heading("ends-24", _ends("%H:%M", "24:00"), by_clock=True),
        Heading("ends-00", _ends("%H:%M", "00:00"), by_clock=True),
        Heading("ends-digits", _ends("%H%M", "2400"), by_clock=True),
        Heading("spans", _span, by_clock=True),
        Heading("hh", lambda n: f"HH{n}"),
        Heading("hh-padded", lambda n: f"HH{n:02}"),
        Heading("hh-blank", lambda n: f"HH {n:02}"),
        Heading("numbers", str),
        Heading("sp", lambda n: f"SP{n}"),
        Heading("period", lambda n: f"Period {n}"),
        Heading("k", lambda n: f"K{n}"),
        Heading("kwh-number", lambda n: f"kWh_{n}"),
        Heading("hh-kwh", lambda n: f"HH{n:02} (kWh)"),
        Heading("starts-kwh", lambda n: f"{_clock((n - 1) * 30, '%H:%M')} kWh", by_clock=True),
        Heading("interval", lambda n: f"Interval{n:02}"),
        Heading("hr", lambda n: f"hr{_clock((n - 1) * 30, '%H%M')}", by_clock=True),
        Heading("t", lambda n: f"T{_clock((n - 1) * 30, '%H%M')}", by_clock=True),
    )
}

LEADS: Mapping[str, tuple[str, ...]] = {
    "date": ("Date",),
    "mpan": ("MPAN", "Reading Date"),
    "report": ("Site", "MPAN", "Meter Serial", "Date", "Unit"),
    "channel": ("Meter", "Measurement", "Date"),
}
DATE_FORMS: Mapping[str, str] = {"iso": "%Y-%m-%d", "uk": "%d/%m/%Y", "short": "%d-%b-%y", "digits": "%Y%m%d"}
_MPANS = ("2000012345672", "1200098765433")


@dataclass(frozen=True, slots=True)
class WideRecipe:
    """One choice in every dimension of a wide table."""

    heading: str = "starts"
    lead: str = "date"
    dates: str = "uk"
    period: str = "plain"
    meters: int = 1
    has_total: bool = False
    has_flags: bool = False
    container: str = "text"
    delimiter: str = ","
    line_end: str = "\n"
    null: str = ""
    order: str = "forward"
    seed: int = 1

    @property
    def name(self) -> str:
        """All of it."""
        flags = "".join(
            f" {word}"
            for word, on in (
                ("total", self.has_total),
                ("flags", self.has_flags),
                (self.container, self.container != "text"),
                ("reversed", self.order != "forward"),
            )
            if on
        )
        return f"wide {self.heading} {self.lead} {self.dates} {self.period} ×{self.meters}{flags}"


def why_impossible(recipe: WideRecipe) -> str:
    """Why no truthful file of this recipe can be written; "" where it can."""
    if HEADINGS[recipe.heading].by_clock and recipe.period == "autumn":
        return "a clock's 48 half-hours can't hold 50"
    if recipe.meters > 1 and recipe.lead == "date":
        return "several meters need a column that says which"
    if recipe.container != "text" and (recipe.delimiter != "," or recipe.line_end != "\n"):
        return "a workbook has no text dialect"
    return ""


def build(recipe: WideRecipe, *, name: str = "") -> Variant:
    """Write a wide table."""
    channel = Channel("kWh", ENERGY.quantity, ENERGY.unit, "kWh", high=1.9)
    mpans = _MPANS[: recipe.meters]
    truth = make_truth(recipe.seed, (channel,), period=recipe.period, series=mpans, days=6)
    grid = _grid(recipe, truth)
    if recipe.container == "text":
        data, filename = packing.text(grid, delimiter=recipe.delimiter, line_end=recipe.line_end), "hh.csv"
    else:
        data = (packing.xlsx if recipe.container == "xlsx" else packing.ods)({"HH data": grid})
        filename = f"hh.{recipe.container}"
    counts = "clock" if HEADINGS[recipe.heading].by_clock else "elapsed"
    return Variant(
        name=name or recipe.name,
        filename=filename,
        data=data,
        wanted=(Wanted("", "energy", "kwh"),),
        readings=readings_of(truth),
        answers=LOCAL | {"counts": counts, "series_kind": "mpan" if "MPAN" in LEADS[recipe.lead] else ""},
        sure=frozenset({"stamp"}) | (frozenset({"day_first"}) if recipe.dates != "uk" else frozenset()),
        group="wide half-hours",
    )


def _grid(recipe: WideRecipe, truth: Truth) -> list[list[Cell]]:
    heading = HEADINGS[recipe.heading]
    slots = 50 if recipe.period == "autumn" else 48
    heads: list[Cell] = list(LEADS[recipe.lead])
    for number in range(1, slots + 1):
        heads += [heading.head(number), *(["Flag"] if recipe.has_flags else [])]
    rows = _days(recipe, truth, slots)
    if recipe.has_total:
        heads.append("Total")
    return [heads, *(reversed(rows) if recipe.order == "reversed" else rows)]


def _days(recipe: WideRecipe, truth: Truth, slots: int) -> list[list[Cell]]:
    heading = HEADINGS[recipe.heading]
    days: dict[tuple[str, str], dict[int, Decimal]] = {}
    for (series, start), (value,) in truth.rows.items():
        local = truth.local(start)
        number = (local.hour * 60 + local.minute) // 30 + 1 if heading.by_clock else period_of(truth, start)
        day = days.setdefault((series, local.strftime(DATE_FORMS[recipe.dates])), {})
        if value is not None:
            day[number] = value
    rows: list[list[Cell]] = []
    for (series, date), values in days.items():
        row: list[Cell] = list(_lead_cells(recipe.lead, series, date))
        for number in range(1, slots + 1):
            cell: Cell = values.get(number, recipe.null)
            row += [cell, *(["A" if number in values else "M"] if recipe.has_flags else [])]
        if recipe.has_total:
            row.append(sum(values.values(), Decimal(0)))
        rows.append(row)
    return rows


def _lead_cells(lead: str, series: str, date: str) -> tuple[str, ...]:
    return {
        "date": (date,),
        "mpan": (series, date),
        "report": ("Grange Road", series, f"E14UP0{series[:4]}", date, "kWh"),
        "channel": (series, "Active import kWh", date),
    }[lead]


def _take_turns(turn: int, heading: str, period: str) -> Variant | None:
    """A heading with leads, dates and containers taking turns."""
    recipe = WideRecipe(
        heading=heading,
        lead=list(LEADS)[turn % 4],
        dates=list(DATE_FORMS)[(turn // 2) % 4],
        period=period,
        meters=2 if turn % 4 and turn % 3 == 0 else 1,
        has_total=turn % 5 == 0,
        has_flags=turn % 7 == 3,
        container=("text", "text", "xlsx", "text", "ods")[turn % 5],
        order="reversed" if turn % 6 == 5 else "forward",
        seed=turn,
    )
    return None if why_impossible(recipe) else build(recipe)


WIDE: Mapping[str, Callable[[str], Variant | None]] = {
    f"wide {heading}": partial(_take_turns, turn, heading) for turn, heading in enumerate(HEADINGS)
}
