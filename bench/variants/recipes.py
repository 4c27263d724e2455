"""Recipes: every way to write times crossed with every way to write values, heads, text and containers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal

from bench.variants import packing
from bench.variants.moments import TimeForm, form_of
from bench.variants.packing import Cell
from bench.variants.truth import (
    CARBON,
    CURRENT,
    ENERGY,
    EXPORT,
    IRRADIANCE,
    POWER,
    PRICE,
    REGISTER,
    TEMPERATURE,
    VOLTAGE,
    Channel,
    Truth,
    make_truth,
)
from bench.variants.variant import Variant, Wanted
from bench.variants.writing import NOTES, NUMBER_FORMS, PREAMBLES, UNIT_PLACES

WATTS = Channel("Demand", "power", "w", "W", decimals=1, low=-2_400.0, high=8_900.0)
CHANNEL_SETS: Mapping[str, tuple[Channel, ...]] = {
    "energy": (ENERGY,),
    "both-ways": (Channel("Import", "energy", "kwh", "kWh", direction="import", high=1.9), EXPORT),
    "power": (POWER,),
    "watts": (WATTS,),
    "electrical": (VOLTAGE, CURRENT, POWER),
    "price": (PRICE,),
    "weather": (TEMPERATURE, IRRADIANCE),
    "carbon": (CARBON,),
    "register": (REGISTER,),
}
METERS: Mapping[str, tuple[str, ...]] = {
    "one": ("",),
    "named": ("Grange Road", "Mill Lane", "Town Hall"),
    "numbered": ("10047", "10048"),
}
_ENDINGS = {",": "csv", ";": "csv", "\t": "txt", "|": "csv"}


@dataclass(frozen=True)
class Recipe:
    """One choice in every dimension."""

    form: str = "iso-z"
    channels: str = "energy"
    period: str = "plain"
    step_s: int = 1800
    meters: str = "one"
    numbers: str = "plain"
    null: str = ""
    sentinel: str = ""
    units: str = "brackets"
    preamble: str = "none"
    notes: str = "none"
    has_head: bool = True
    row_numbers: bool = False
    order: str = "forward"
    holes: bool = True
    delimiter: str = ","
    line_end: str = "\n"
    encoding: str = "utf-8"
    quoted: bool = False
    first_line: str = ""
    compression: str = "none"
    container: str = "text"
    seed: int = 1

    @property
    def name(self) -> str:
        """What differs from a plain file."""
        plain = Recipe()
        said = [
            f"{f.name}={getattr(self, f.name)!r}"
            for f in fields(self)
            if getattr(self, f.name) != getattr(plain, f.name) and f.name != "seed"
        ]
        return " ".join(said) or "plain"


def why_impossible(recipe: Recipe) -> str:
    """Why no truthful file of this recipe can be written, or read by anybody; "" where it can."""
    form, numbers = form_of(recipe.form), NUMBER_FORMS[recipe.numbers]
    channels = CHANNEL_SETS[recipe.channels]
    changes = recipe.period in {"spring", "autumn"}
    rules = {
        "the time form is too coarse": recipe.step_s < form.least_step_s or recipe.step_s % form.least_step_s,
        "the time form has one step": form.only_steps and recipe.step_s not in form.only_steps,
        "order alone tells the hours apart": form.needs_order and changes and recipe.order == "shuffled",
        "a dial alone is read at its time, which ends no interval": recipe.channels == "register"
        and recipe.form in {"end-stamped-utc", "end-stamped-silent"},
        "the comma is taken": recipe.delimiter not in numbers.delimiters,
        "the channels are not written so": not all(map(numbers.fits, channels)),
        "no sign for the null": recipe.null and recipe.numbers not in {"plain", "decimal-comma", "trimmed"},
        "the characters are not in the encoding": not _can_encode(recipe, channels),
        "a head is needed": not recipe.has_head and recipe.units != "nowhere",
        "the workbook has no text dialect": recipe.container != "text"
        and (
            recipe.encoding != "utf-8" or recipe.delimiter != "," or recipe.compression != "none" or recipe.first_line
        ),
        "records need a head": recipe.container == "json"
        and (not recipe.has_head or recipe.units.startswith("second")),
        "records have no preamble": recipe.container == "json" and (recipe.preamble, recipe.notes) != ("none", "none"),
        "a row of units needs units": recipe.units == "underscore" and any("/" in c.symbol for c in channels),
        "a second of nothing": recipe.sentinel and recipe.null,
        "UTF-16 has its own line ends": recipe.encoding.startswith("utf-16") and recipe.line_end == "\r\r\n",
    }
    return next((reason for reason, holds in rules.items() if holds), "")


def _can_encode(recipe: Recipe, channels: tuple[Channel, ...]) -> bool:
    symbols = "".join(c.symbol for c in channels) + "£"
    try:
        symbols.encode(recipe.encoding)
    except UnicodeEncodeError:
        return False
    return True


def build(recipe: Recipe, *, group: str = "crossed", name: str = "") -> Variant:
    """Write a recipe's file."""
    truth = make_truth(
        recipe.seed,
        CHANNEL_SETS[recipe.channels],
        period=recipe.period,
        step_s=recipe.step_s,
        series=METERS[recipe.meters],
        most_rows=400 if recipe.step_s >= 60 else 900,
        holes=recipe.holes,
    )
    form = form_of(recipe.form)
    grid = _grid(recipe, truth, form)
    data, filename = _pack(recipe, grid)
    return Variant(
        name=name or recipe.name,
        filename=filename,
        data=data,
        wanted=tuple(_wanted(recipe, c) for c in truth.channels),
        readings=readings_of(truth),
        answers=dict(form.answers) | ({"null_values": recipe.sentinel} if recipe.sentinel else {}),
        sure=form.sure if form.sure and recipe.has_head else frozenset(),
        group=group,
    )


def readings_of(truth: Truth) -> dict[tuple[str, int, int], Decimal]:
    """The truth as a judge compares it."""
    return {
        (series, start, place): value
        for (series, start), row in truth.rows.items()
        for place, value in enumerate(row)
        if value is not None
    }


def _wanted(recipe: Recipe, channel: Channel) -> Wanted:
    head = UNIT_PLACES[recipe.units].head(channel) if recipe.has_head else ""
    return Wanted(head, channel.quantity, channel.unit, channel.direction, channel.is_register)


def _grid(recipe: Recipe, truth: Truth, form: TimeForm) -> list[list[Cell]]:
    body = _body(recipe, truth, form)
    place = UNIT_PLACES[recipe.units]
    several = len(truth.series) > 1
    lead = [*(["No."] if recipe.row_numbers else []), *(["Meter"] if several else []), *form.heads]
    heads: list[list[Cell]] = []
    if recipe.has_head:
        heads.append([*lead, *map(place.head, truth.channels)])
        if place.row is not None:
            heads.append([*[""] * len(lead), *map(place.row, truth.channels)])
    before = [list(row) for row in PREAMBLES[recipe.preamble]]
    after = [list(row) for row in NOTES[recipe.notes]]
    return [*before, *heads, *body, *after]


def _body(recipe: Recipe, truth: Truth, form: TimeForm) -> list[list[Cell]]:
    several = len(truth.series) > 1
    rows: list[list[Cell]] = []
    for (series, start), values in truth.rows.items():
        times = form.write(truth, start)
        cells = [_value(recipe, value, channel) for value, channel in zip(values, truth.channels, strict=True)]
        rows.append([*([series] if several else []), *times, *cells])
    if recipe.order == "reversed":
        rows.reverse()
    elif recipe.order == "shuffled":
        random.Random(recipe.seed).shuffle(rows)
    if recipe.row_numbers:
        rows = [[str(i), *row] for i, row in enumerate(rows, start=1)]
    return rows


def _value(recipe: Recipe, value: Decimal | None, channel: Channel) -> Cell:
    if value is None:
        return recipe.sentinel or recipe.null
    is_typed = recipe.container != "text" and recipe.numbers == "plain"
    return value if is_typed else NUMBER_FORMS[recipe.numbers].write(value, channel)


def _pack(recipe: Recipe, grid: list[list[Cell]]) -> tuple[bytes, str]:
    if recipe.container == "xlsx":
        return packing.xlsx({"Data": grid}), "export.xlsx"
    if recipe.container == "ods":
        return packing.ods({"Data": grid}), "export.ods"
    if recipe.container == "json":
        heads = [packing.say(cell) for cell in grid[0]]
        records = [dict(zip(heads, (None if cell == "" else cell for cell in row), strict=True)) for row in grid[1:]]
        return packing.json_text(records), "export.json"
    data = packing.text(
        grid, delimiter=recipe.delimiter, line_end=recipe.line_end, encoding=recipe.encoding, quoted=recipe.quoted
    )
    if recipe.first_line:
        data = (recipe.first_line + recipe.line_end).encode(recipe.encoding) + data
    name = f"export.{_ENDINGS[recipe.delimiter]}"
    if recipe.compression == "gzip":
        return packing.gzipped(data), f"{name}.gz"
    if recipe.compression == "zip":
        return packing.zipped({name: data}), "export.zip"
    return data, name
