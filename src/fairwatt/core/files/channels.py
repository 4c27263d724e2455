"""The channels of a file of readings: each column's kind, quantity, unit, direction, statistic and decimals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwatt.core.files.cells import (
    STANDARD_NULLS,
    DecimalMark,
    ThousandsMark,
    count_decimals,
    is_null,
    is_number,
    to_float,
)
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import (
    LV_FEEDER_FORMAT,
    Meaning,
    group_of,
    is_identity,
    make_fields,
    phase_of,
    read_name,
)
from fairwatt.core.files.profile import ChannelRule, How, Kind
from fairwatt.core.files.reasoning import Reason, Sampled, reason_by_size, reason_units
from fairwatt.core.files.times import FileTimes
from fairwatt.core.units import QUANTITIES, UNITS, find_unit

_NUMERIC = 0.8  # share of a column's filled cells that must be numbers
_NULL_WORDS = 5  # different texts in a column of numbers that may all mean "missing"
_LONGEST_NULL = 24
_BOOLEANS = frozenset({"true", "false"})
_DIGITS = 15  # up to which a double, too, keeps a decimal as it is written; longer ones were printed from doubles
_PER_INTERVAL = re.compile(r"(/|per)\s*(hh|half)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Channels:
    """A file's channels, the texts in them that mean "missing", and the names of channels by group."""

    rules: tuple[ChannelRule, ...]
    null_texts: tuple[str, ...]
    odd_nulls: tuple[str, ...]  # those beyond the standard ones


@dataclass(frozen=True, slots=True)
class _Column:
    column: int
    name: str
    field: str
    kind: Kind
    meaning: Meaning
    decimals: int | None
    values: np.ndarray  # of the first segment
    all_values: np.ndarray


def find_channels(layout: Layout, names: Sequence[str], times: FileTimes, *, file_name: str) -> Channels:
    """Find the channels: every column but those of the times and the series.

    Parameters
    ----------
    layout
        The file's layout with its sampled rows.
    names
        The columns' names, unique.
    times
        Which columns are no channels, and the usual step.
    file_name
        The file's name, which may hold a unit.
    """
    taken = {*times.columns, times.series_column}
    fields = make_fields(names)
    found_nulls: set[str] = set()
    columns: list[_Column] = []
    for c in range(layout.columns):
        if c in taken or _is_padding(layout, names[c], c):
            continue
        column, odd = _read_column(layout, c, names[c], fields[c])
        columns.append(column)
        found_nulls |= odd
    reasons = _reason(columns, times, file_name)
    rules = tuple(_rule(column, reasons.get(column.name)) for column in columns)
    odd_nulls = tuple(sorted(found_nulls))
    return Channels(rules, (*STANDARD_NULLS, *odd_nulls), odd_nulls)


def _is_padding(layout: Layout, name: str, column: int) -> bool:
    """Whether a column is only what a delimiter at the end of each row leaves."""
    is_last = column == layout.columns - 1
    return is_last and name == f"Column {column + 1}" and not any(cell.strip() for cell in layout.cells(column))


@dataclass(frozen=True, slots=True)
class _Texts:
    """The different texts of a column with how often they come: numbers with their values, and others."""

    values: dict[str, float]
    numbers: int
    others: Counter[str]
    has_point: bool
    has_leading_zero: bool

    @property
    def filled(self) -> int:
        return self.numbers + self.others.total()


def _sort_texts(cells: Sequence[str], mark: DecimalMark, thousands: ThousandsMark) -> _Texts:
    """Sort a column's cells by what they are; each different text is looked at once."""
    values: dict[str, float] = {}
    others: Counter[str] = Counter()
    numbers = 0
    for text, count in Counter(cells).items():
        if is_number(text, mark, thousands):
            values[text] = to_float(text, mark, thousands)
            numbers += count
        elif not is_null(text):
            others[text] = count
    return _Texts(
        values=values,
        numbers=numbers,
        others=others,
        has_point=any(mark in text for text in values),
        has_leading_zero=any(len(text) > 1 and text[0] == "0" and text[1].isdigit() for text in values),
    )


def _read_column(layout: Layout, column: int, name: str, field: str) -> tuple[_Column, set[str]]:
    cells = [cell.strip() for cell in layout.cells(column)]
    mark = layout.dialect.decimal_mark
    texts = _sort_texts(cells, mark, layout.dialect.thousands_mark)
    unit_cell = layout.units[column] if column < len(layout.units) else ""
    meaning = read_name(name, units_row=unit_cell)
    kind = _kind(name, meaning, texts)
    odd = set(texts.others) if kind is Kind.NUMBER and _mean_missing(texts.others) else set()
    all_values = np.array([texts.values.get(cell, np.nan) for cell in cells])
    decimals = _decimals(texts.values, mark) if kind is Kind.NUMBER else None
    values = all_values[: len(layout.segments[0])]
    return _Column(column, name, field, kind, meaning, decimals, values, all_values), odd


def _kind(name: str, meaning: Meaning, texts: _Texts) -> Kind:
    if not texts.filled:
        return Kind.NUMBER if meaning.quantity or meaning.unit else Kind.TEXT
    are_numbers = texts.numbers >= _NUMERIC * texts.filled
    if are_numbers or (texts.numbers and _mean_missing(texts.others) and meaning.unit):
        is_code = is_identity(name) and not meaning.quantity and not meaning.unit
        return Kind.TEXT if (is_code or texts.has_leading_zero) and not texts.has_point else Kind.NUMBER
    only_booleans = not texts.numbers and {text.lower() for text in texts.others} <= _BOOLEANS
    return Kind.BOOLEAN if only_booleans else Kind.TEXT


def _mean_missing(others: Counter[str]) -> bool:
    return 0 < len(others) <= _NULL_WORDS and all(len(text) <= _LONGEST_NULL for text in others)


def _decimals(numbers: Iterable[str], mark: DecimalMark) -> int | None:
    """Most decimals of some numbers; None where they need more digits than were measured."""
    most = whole = 0
    for text in numbers:
        count = count_decimals(text.replace(',', '.') if mark == ',' else text)
        if count is None:
            return None
        most = max(most, count)
        whole = max(whole, len(text.partition(mark)[0]))
    return most if most + whole <= _DIGITS else None


def _reason(columns: Sequence[_Column], times: FileTimes, file_name: str) -> dict[str, Reason]:
    """Units that the names leave out, by column name."""
    numeric = [c for c in columns if c.kind is Kind.NUMBER]
    sampled = {c.name: _sampled(c, c.values) for c in numeric}
    by_size: dict[str, Reason] = {}
    unit_in_name = _unit_in_file_name(file_name) if len(numeric) == 1 else ""
    for column in numeric:
        if not column.meaning.unit:
            reason = reason_by_size(_sampled(column, column.all_values), file_name_unit=unit_in_name)
            if reason is not None:
                by_size[column.name] = reason
    sure = {name: r.unit for name, r in by_size.items() if not r.is_guess}
    known = [
        Sampled(s.name, s.quantity, s.unit or sure.get(name, ""), s.statistic, s.phase, s.group, s.values)
        for name, s in sampled.items()
    ]
    by_physics = reason_units(known, times.step / 1e6 if times.step else None)
    grouped = _one_per_group(numeric, by_size, sampled)
    return {c.name: by_physics.get(sampled[c.name].group) or grouped[c.name] for c in numeric
            if sampled[c.name].group in by_physics or c.name in grouped}  # fmt: skip


def _one_per_group(
    columns: Sequence[_Column], reasons: dict[str, Reason], sampled: dict[str, Sampled]
) -> dict[str, Reason]:
    """Channels of one group share a unit: that of the channel with the largest values speaks for all."""
    best: dict[str, tuple[float, Reason]] = {}
    for column in columns:
        if column.name in reasons:
            largest = float(np.nanmax(np.abs(column.all_values))) if np.isfinite(column.all_values).any() else 0.0
            group = sampled[column.name].group
            if group not in best or largest > best[group][0]:
                best[group] = (largest, reasons[column.name])
    return {c.name: best[sampled[c.name].group][1] for c in columns
            if not c.meaning.unit and sampled[c.name].group in best}  # fmt: skip


def _sampled(column: _Column, values: np.ndarray) -> Sampled:
    meaning = column.meaning
    return Sampled(
        name=column.name,
        quantity=meaning.quantity,
        unit=meaning.unit,
        statistic=meaning.statistic,
        phase=phase_of(column.name),
        group=group_of(column.name) or column.name,
        values=values,
    )


def _unit_in_file_name(name: str) -> str:
    for part in re.split(r"[^A-Za-z]+", name.rpartition(".")[0].lower()):
        unit = find_unit(part) if len(part) > 1 else None
        if unit is not None and unit.quantity in {"power", "energy"} and part in {"kw", "mw", "kwh", "mwh", "wh", "gw"}:
            return unit.code
    return ""


def _rule(column: _Column, reason: Reason | None) -> ChannelRule:
    meaning = column.meaning
    quantity, unit = meaning.quantity, meaning.unit
    how, why, confidence = _name_says(meaning)
    if not unit and reason is not None and column.kind is Kind.NUMBER:
        unit, why, confidence = reason.unit, reason.why, reason.confidence
        how = How.GUESSED if reason.is_guess else How.INFERRED
        quantity = quantity or UNITS[unit].quantity
    elif not unit and quantity and column.kind is Kind.NUMBER and quantity in {"count"}:
        unit, how, why, confidence = QUANTITIES[quantity].default_unit, How.INFERRED, "It counts things.", 0.9
    if column.kind is not Kind.NUMBER:
        quantity, unit = "", ""
        how, why, confidence = (
            How.READ,
            "It holds text." if column.kind is Kind.TEXT else "It holds true and false.",
            1.0,
        )
    return ChannelRule(
        name=column.name,
        column=column.column,
        field=column.field,
        kind=column.kind,
        quantity=quantity,
        unit=unit,
        direction=meaning.direction if quantity in {"power", "energy", "reactive_energy", "reactive_power"} else "",
        statistic=meaning.statistic or ("sum" if quantity == "energy" and _PER_INTERVAL.search(column.name) else ""),
        decimals=column.decimals,
        how=how,
        why=why,
        confidence=confidence,
    )


def _name_says(meaning: Meaning) -> tuple[How, str, float]:
    if meaning.unit_text == LV_FEEDER_FORMAT:
        return How.INFERRED, f"It is a column of {LV_FEEDER_FORMAT}, in {UNITS[meaning.unit].label}s.", 0.9
    if meaning.unit:
        return How.READ, f"The header says {meaning.unit_text}.", 1.0
    if meaning.quantity:
        label = QUANTITIES[meaning.quantity].label.lower()
        return How.GUESSED, f"The name says {label}, but no unit.", 0.3
    return How.GUESSED, "Neither the name nor the values say what this is.", 0.0
