"""The channels of a file of readings: each column's kind, quantity, unit, direction, statistic and decimals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.among import read_among
from fairwatt.core.files.asking import ASKED_BELOW, SURE_SENTINEL, ask_about_values
from fairwatt.core.files.asking_marks import ask_column_decimals
from fairwatt.core.files.asking_scales import ask_scales
from fairwatt.core.files.cells import ASCII_BLANKS, STANDARD_NULLS, Writing, most_decimals
from fairwatt.core.files.column_marks import ColumnMarks, doubt_column
from fairwatt.core.files.column_texts import ColumnTexts, sort_texts
from fairwatt.core.files.directions import DIRECTED
from fairwatt.core.files.fields import make_fields
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.findings import findings_of_channel, mixed_marks_finding, mixed_units_finding
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.marks import (
    Marks,
    count_mixed,
    count_turned,
    doubt_points,
    find_marks,
    find_mixed_units,
    find_writing,
    have_odd_digits,
    mean_missing,
)
from fairwatt.core.files.meaning import Meaning, is_identity, read_name
from fairwatt.core.files.phases import groups_of, phase_of
from fairwatt.core.files.privacy import Personal, find_personal
from fairwatt.core.files.profile import ChannelRule, How, Kind, Question
from fairwatt.core.files.reasoning import Reason, Sampled, reason_by_size, reason_units
from fairwatt.core.files.registers import ENERGIES, Verdict, judge_register
from fairwatt.core.files.row_numbers import find_row_numbers, row_numbers_finding
from fairwatt.core.files.sentinels import Sentinel, count_values, find_sentinels, written_bare
from fairwatt.core.files.series import order_of
from fairwatt.core.files.signs import SignGuess, factor_of, sign_of, signs_of
from fairwatt.core.files.stamps import NOT_A_TIME
from fairwatt.core.files.states import are_booleans, is_flag_name, is_state_name
from fairwatt.core.files.unit_doubts import doubt_unit
from fairwatt.core.files.value_flags import find_flags, flags_finding
from fairwatt.core.findings import Finding
from fairwatt.core.units import QUANTITIES, UNITS, find_unit

Values = NDArray[np.float64]
_TINY = {"w", "wh", "va", "vah", "var", "varh"}  # nobody meters a thousandth of these, but some write three decimals
_PLAIN_MARKS = Marks(".", "")
_NUMERIC = 0.8  # share of a column's filled cells that must be numbers
_SHORT_STEP = 300.0  # below it a power is as likely an instant's as a mean [s]
_POWERS = frozenset({"power", "reactive_power", "apparent_power"})
_ONE_UNIT = {"count": "It counts things.", "wind_direction": "Directions are given in degrees."}
_MILLIWATTS = 5_000.0  # more megawatts than a local network carries
_POWER = re.compile(r"power|watt|demand|\bk?w\b|\bp\d?\b", re.IGNORECASE)
_READING = re.compile(r"\bread(ing)?s?\b", re.IGNORECASE)
_AT_ONCE = re.compile(r"\b(instant\w*|spot|snapshot|momentary)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Channels:
    """A file's channels and all that was found out about its values.

    Attributes
    ----------
    null_texts, odd_nulls
        The texts that mean "missing", and those of them beyond the standard ones.
    marks
        The decimal and thousands marks by the evidence of all columns.
    questions, findings
        What only a person can tell of the values, and what was noticed.
    personal
        The columns that say whose readings they are.
    """

    rules: tuple[ChannelRule, ...]
    null_texts: tuple[str, ...]
    odd_nulls: tuple[str, ...]
    marks: Marks = _PLAIN_MARKS
    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()
    personal: Personal = field(default_factory=Personal)


@dataclass(frozen=True, slots=True)
class _Column:
    column: int
    name: str
    field: str
    kind: Kind
    meaning: Meaning
    writing: Writing
    affix_unit: str
    decimals: int | None
    values: Values  # of the first segment, marks for missing values left out
    all_values: Values
    sentinels: tuple[Sentinel, ...]
    odd_nulls: frozenset[str]
    has_odd_digits: bool = False
    turned: int = 0  # cells with the other decimal mark
    doubt: ColumnMarks | None = None  # of what its marks mean
    mixed_units: tuple[str, ...] = ()  # of a column of words that are numbers with their units


def find_channels(layout: Layout, names: Sequence[str], times: FileTimes, *, file_name: str) -> Channels:
    """Find the channels: every column but those of the times, the series and what says who somebody is.

    Parameters
    ----------
    layout
        The file's layout with its sampled rows.
    names
        The columns' names, unique.
    times
        Which columns are no channels, the stamps, and the usual step.
    file_name
        The file's name, which may hold a unit.
    """
    personal = find_personal(
        layout, names, taken=times.columns, series_column=times.series_column, series_parts=times.series_columns[1:]
    )
    taken = {*times.columns, times.end_column, *times.series_columns, *personal.columns}
    fields = make_fields(names)
    open_columns = [c for c in range(layout.columns) if c not in taken and not _is_padding(layout, names, c)]
    numbered = find_row_numbers(layout, open_columns)
    open_columns = [c for c in open_columns if c not in numbered]
    texts = {c: Counter(cell.strip(ASCII_BLANKS) for cell in layout.cells(c)) for c in open_columns}
    marks = find_marks((text for counted in texts.values() for text in counted), layout.dialect.delimiter)
    marks = doubt_points(marks, ((texts[c], read_name(names[c]).unit in _TINY) for c in open_columns))
    columns = [_read_column(layout, (c, names[c], fields[c]), texts[c], marks) for c in open_columns]
    if any(column.sentinels for column in columns):
        others = _marks_of(columns)
        columns = [_read_column(layout, (c, names[c], fields[c]), texts[c], marks, others) for c in open_columns]
    reasons = _reason(columns, times, file_name)
    in_order = order_of(layout, times.segments, times.series_columns, times.codes)
    found = _alike([_judge(column, reasons.get(column.name), times, in_order) for column in columns])
    rules = tuple(one.rule for one in found)
    odd_nulls = tuple(sorted({text for c in columns for text in c.odd_nulls}))
    return Channels(
        rules=rules,
        null_texts=(*STANDARD_NULLS, *(text for text in odd_nulls if text not in STANDARD_NULLS)),
        odd_nulls=odd_nulls,
        marks=marks,
        questions=(
            *ask_about_values(
                rules,
                marks,
                {one.rule.field: one.verdict for one in found if one.verdict is not None},
                {one.rule.field: one.sign for one in found if one.sign is not None},
                {one.rule.field: one.column.sentinels for one in found if one.column.sentinels},
            ),
            *ask_scales((one.rule, one.column.meaning) for one in found),
            *ask_column_decimals([(one.rule, one.column.doubt) for one in found if one.column.doubt is not None]),
        ),
        findings=(
            *row_numbers_finding(numbered),
            *(finding for one in found for finding in _findings_of(one)),
            *(finding for rule in rules for finding in flags_finding(rule, texts[rule.column])),
        ),
        personal=personal,
    )


def _marks_of(columns: Sequence[_Column]) -> tuple[frozenset[float], frozenset[float]]:
    """Numbers that surely stand for missing values in some columns, and those that may."""
    found = [(s.value, s.confidence >= SURE_SENTINEL) for column in columns for s in column.sentinels]
    return frozenset(v for v, is_sure in found if is_sure), frozenset(v for v, _ in found)


def _findings_of(one: _Judged) -> Iterable[Finding]:
    sentinels, unit_text = one.column.sentinels, one.column.meaning.unit_text
    found = findings_of_channel(one.rule, sentinels, unit_text, has_odd_digits=one.column.has_odd_digits)
    mixed = mixed_units_finding(one.rule, one.column.mixed_units)
    return [*found, *mixed, *mixed_marks_finding(one.rule, one.column.turned)]


def _is_padding(layout: Layout, names: Sequence[str], column: int) -> bool:
    """Whether a column, and all behind it or before, is only what delimiters at either end of each row leave."""
    sides = (range(column, layout.columns), range(column + 1))
    return any(
        all(names[c] == f"Column {c + 1}" for c in side)
        and not any(cell.strip() for c in side for cell in layout.cells(c))
        for side in sides
    )


def _read_column(
    layout: Layout,
    place: tuple[int, str, str],
    counted: Counter[str],
    marks: Marks,
    others: tuple[frozenset[float], frozenset[float]] = (frozenset(), frozenset()),
) -> _Column:
    column, name, field = place
    writing, doubt = _writing(layout, name, counted, marks)
    texts = sort_texts(counted, writing)
    units_row = layout.units[column] if column < len(layout.units) else ""
    meaning = read_among(name, layout.names, units_row=units_row)
    flags = find_flags(counted) if any(writing.affixes) else ()
    affix = next((affix for affix in writing.affixes if affix and affix not in flags), "")
    kind = _kind(name, meaning, texts, has_unit=affix != "")
    odd = texts.missing | set(texts.others if mean_missing(texts.others) else ()) if kind is Kind.NUMBER else set()
    numbers = {text: float(number) for text, number in texts.plain.items()} if kind is Kind.NUMBER else {}
    all_values = np.array([numbers.get(cell.strip(ASCII_BLANKS), np.nan) for cell in layout.cells(column)])
    sure, suspected = others[0], others[1] | written_bare(texts.plain, counted)
    sentinels = find_sentinels(count_values(all_values), meaning.quantity, elsewhere=sure, suspected=suspected)
    if sentinels:
        all_values = np.where(np.isin(all_values, [one.value for one in sentinels]), np.nan, all_values)
    unit = find_unit(affix) if affix else None
    return _Column(
        column=column,
        name=name,
        field=field,
        kind=kind,
        meaning=meaning,
        writing=writing if kind is Kind.NUMBER else Writing(),
        affix_unit=unit.code if unit and kind is Kind.NUMBER else "",
        decimals=most_decimals(texts.plain.values()) if kind is Kind.NUMBER else None,
        values=all_values[: len(layout.segments[0])],
        all_values=all_values,
        sentinels=sentinels,
        odd_nulls=frozenset(odd),
        has_odd_digits=kind is Kind.TEXT and have_odd_digits(texts.others),
        turned=count_turned(counted, writing) if kind is Kind.NUMBER else count_mixed(texts.plain, texts.others),
        doubt=doubt if kind is Kind.NUMBER else None,
        mixed_units=find_mixed_units(texts.others) if kind is Kind.TEXT else (),
    )


def _writing(layout: Layout, name: str, counted: Counter[str], marks: Marks) -> tuple[Writing, ColumnMarks | None]:
    """How a column writes its numbers, its marks the other way round where they probably are; and what is open then."""
    writing = find_writing(counted, marks)
    is_tiny = read_name(name).unit in _TINY
    doubt = doubt_column(counted, marks, layout.dialect.delimiter, is_tiny=is_tiny)
    if doubt is not None and doubt.guess != marks.decimal:
        writing = replace(writing, notation=(*writing.notation, "swapped_marks"))
    return writing, doubt


def _kind(name: str, meaning: Meaning, texts: ColumnTexts, *, has_unit: bool) -> Kind:
    if not texts.filled:
        return Kind.NUMBER if meaning.quantity or meaning.unit else Kind.TEXT
    are_numbers = texts.numbers >= _NUMERIC * texts.filled
    is_bare = not texts.others and not meaning.unit and not has_unit
    may_be_flag = is_state_name(name) if meaning.quantity else is_flag_name(name)  # Voltage alarm, but Active power
    if is_bare and meaning.quantity != "count" and texts.are_flags and may_be_flag:
        return Kind.BOOLEAN
    if are_numbers or (texts.numbers and mean_missing(texts.others) and meaning.unit):
        says_what = bool(meaning.quantity or meaning.unit or has_unit or meaning.is_register)
        is_code = not says_what and (is_identity(name) or is_state_name(name) or texts.has_leading_zero)
        may_be_code = meaning.quantity in {"", "count"} and meaning.unit in {"", "one"} and not has_unit
        is_code = is_code or (may_be_code and texts.is_one_long_number)
        return Kind.TEXT if is_code and not texts.has_point else Kind.NUMBER
    is_boolean = not texts.numbers and are_booleans({text.lower() for text in texts.others})
    return Kind.BOOLEAN if is_boolean else Kind.TEXT


def _reason(columns: Sequence[_Column], times: FileTimes, file_name: str) -> dict[str, Reason]:
    """Units that the names leave out, by column name."""
    numeric = [c for c in columns if c.kind is Kind.NUMBER]
    groups = dict(zip((c.name for c in columns), groups_of([c.name for c in columns]), strict=True))
    sampled = {c.name: _sampled(c, c.values, groups[c.name]) for c in numeric}
    by_size: dict[str, Reason] = {}
    unit_in_name = _unit_in_file_name(file_name) if len(numeric) == 1 else ""
    step_s = times.step / 1e6 if times.step else None
    for column in numeric:
        if not _unit_of(column):
            all_sampled = _sampled(column, column.all_values, groups[column.name])
            reason = reason_by_size(all_sampled, file_name_unit=unit_in_name, step_s=step_s or _months(times))
            if reason is not None:
                by_size[column.name] = reason
    amounts = {groups[c.name] for c in numeric if (r := by_size.get(c.name)) is None or r.unit != "one"}
    by_size = {name: r for name, r in by_size.items() if r.unit != "one" or groups[name] not in amounts}
    sure = {name: r.unit for name, r in by_size.items() if not r.is_guess}
    known = [
        Sampled(s.name, s.quantity, s.unit or sure.get(name, ""), s.statistic, s.phase, s.group, s.values)
        for name, s in sampled.items()
    ]
    by_physics = reason_units(known, step_s)
    grouped = _one_per_group(numeric, by_size, sampled)
    return {c.name: by_physics.get(sampled[c.name].group) or grouped[c.name] for c in numeric
            if sampled[c.name].group in by_physics or c.name in grouped}  # fmt: skip


def _months(times: FileTimes) -> float | None:
    """The usual time between rows that are not equally far apart [s], as those of months; None where there is none."""
    steps = [np.diff(segment[segment != NOT_A_TIME]) for segment in times.segments]
    some = np.concatenate([step[step > 0] for step in steps]) if steps else np.empty(0)
    return float(np.median(some)) / 1e6 if len(some) else None


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
            if not _unit_of(c) and sampled[c.name].group in best}  # fmt: skip


def _sampled(column: _Column, values: Values, group: str) -> Sampled:
    meaning = column.meaning
    return Sampled(
        name=column.name,
        quantity=meaning.quantity,
        unit=_unit_of(column),
        statistic=meaning.statistic,
        phase=phase_of(column.name),
        group=group,
        values=values,
    )


def _unit_in_file_name(name: str) -> str:
    for part in re.split(r"[^A-Za-z]+", name.rpartition(".")[0].lower()):
        unit = find_unit(part) if len(part) > 1 else None
        if unit is not None and unit.quantity in {"power", "energy"} and part in {"kw", "mw", "kwh", "mwh", "wh", "gw"}:
            return unit.code
    return ""


def _agree_on_rate(column: _Column) -> bool:
    """Whether the cells bear the first part of what the name says: £45.20 under £/MWh."""
    name, cells = UNITS.get(column.meaning.unit), UNITS.get(column.affix_unit)
    return name is not None and cells is not None and name.symbol.startswith(f"{cells.symbol}/")


def _unit_of(column: _Column) -> str:
    """The unit that name or cells say; "" where a person must tell two apart."""
    if _agree_on_rate(column):
        return column.meaning.unit
    return column.affix_unit or ("" if column.meaning.is_two_ways else column.meaning.unit)


@dataclass(frozen=True, slots=True)
class _Judged:
    column: _Column
    rule: ChannelRule
    verdict: Verdict | None = None
    sign: SignGuess | None = None


def _judge(
    column: _Column, reason: Reason | None, times: FileTimes, runs_of: Callable[[Values], list[Values]]
) -> _Judged:
    rule = _rule(column, reason)
    if column.kind is not Kind.NUMBER:
        return _Judged(column, rule)
    is_open = rule.how is How.GUESSED and rule.quantity in _POWERS and not _POWER.search(column.name)
    of_dial = "energy" if _READING.search(column.name) else ""  # which may look like watts without a unit
    quantity = of_dial if is_open else rule.quantity
    runs, said = runs_of(column.all_values), column.meaning.is_register
    verdict: Verdict | None = judge_register(runs, quantity, said, has_cycle=times.has_cycle)
    if reason is not None and reason.is_register:
        verdict = Verdict(True, reason.why, reason.confidence)
    is_register = verdict is not None and verdict.is_register
    statistic = rule.statistic or _statistic(column.name, rule.quantity, times, is_register=is_register)
    values = column.all_values
    if is_register and rule.how is How.GUESSED and rule.unit == "wh":
        rule = rule.model_copy(update={"unit": "kwh", "why": "Meters mostly show kilowatt-hours."})
    sign = sign_of(column.meaning, rule, values, is_register=is_register)
    rule = rule.model_copy(update={"is_register": is_register, "statistic": statistic})
    return _Judged(column, rule, verdict, sign)


def _statistic(name: str, quantity: str, times: FileTimes, *, is_register: bool) -> str:
    if is_register:
        return "last"
    if quantity in ENERGIES:
        return "sum"
    is_long = times.step is not None and times.step / 1e6 >= _SHORT_STEP
    return "mean" if quantity in _POWERS and is_long and not _AT_ONCE.search(name) else ""


def _alike(found: Sequence[_Judged]) -> list[_Judged]:
    """Channels that only differ in phase and statistic are all running totals, or none is: the surest speaks."""
    groups: dict[tuple[str, str], list[_Judged]] = {}
    for group, one in zip(groups_of([one.rule.name for one in found]), found, strict=True):
        groups.setdefault((group, one.rule.quantity), []).append(one)
    surest: dict[int, Verdict] = {}
    for members in groups.values():
        verdicts = [one.verdict for one in members if one.verdict is not None]
        yes = [v for v in verdicts if v.is_register]
        if len(members) > 1 and len(yes) * 2 > len(verdicts):
            surest |= {id(one): max(yes, key=lambda v: v.confidence) for one in members if one.verdict is not None}
    return [_as_register(one, surest[id(one)]) if id(one) in surest else one for one in found]


def _as_register(one: _Judged, verdict: Verdict) -> _Judged:
    statistic = "last" if one.rule.statistic in {"", "sum"} else one.rule.statistic
    rule = one.rule.model_copy(update={"is_register": True, "statistic": statistic})
    sign = sign_of(one.column.meaning, rule, one.column.all_values, is_register=True)
    return replace(one, rule=rule, verdict=verdict, sign=sign)


def _rule(column: _Column, reason: Reason | None) -> ChannelRule:
    meaning = column.meaning
    quantity, unit = meaning.quantity, _unit_of(column)
    how, why, confidence = _says(column)
    if not unit and reason is not None and column.kind is Kind.NUMBER:
        unit, why, confidence = reason.unit, reason.why, reason.confidence
        how = How.GUESSED if reason.is_guess else How.INFERRED
        quantity = quantity or UNITS[unit].quantity
    elif quantity == "price" and UNITS[unit or "gbp_per_mwh"].quantity == "money":
        unit = {"p": "p_per_kwh", "gbp": "gbp_per_mwh", "eur": "eur_per_mwh"}.get(unit, unit)
    elif column.affix_unit and column.affix_unit != meaning.unit and not _agree_on_rate(column):
        quantity = _agreeing(quantity, column.affix_unit)
    if meaning.is_two_ways and column.kind is Kind.NUMBER:
        unit, how, why, confidence = _milli_or_mega(column)
    elif not unit and quantity in _ONE_UNIT and column.kind is Kind.NUMBER:
        unit, how, why, confidence = QUANTITIES[quantity].default_unit, How.INFERRED, _ONE_UNIT[quantity], 0.9
    if how is How.READ and (doubt := doubt_unit(column.name, unit, column.all_values, column.writing.affixes)):
        unit, how, why, confidence = doubt.unit, How.GUESSED, f"{why} {doubt.why}", doubt.confidence
        quantity = "" if doubt.is_open else quantity
    if column.kind is not Kind.NUMBER:
        quantity, unit, how, confidence = "", "", How.READ, 1.0
        why = "It holds text." if column.kind is Kind.TEXT else "It holds true and false."
    return ChannelRule(
        name=column.name,
        column=column.column,
        field=column.field,
        kind=column.kind,
        quantity=quantity,
        unit=unit,
        unit_said=unit if confidence >= ASKED_BELOW and how in {How.READ, How.INFERRED} else "",
        multiplier=factor_of(meaning, quantity) if column.kind is Kind.NUMBER else 1.0,
        direction=meaning.direction if quantity in DIRECTED else "",
        statistic=meaning.statistic,
        decimals=column.decimals,
        null_values=tuple(one.text for one in column.sentinels),
        doubtful_values=tuple(one.text for one in column.sentinels if one.confidence < SURE_SENTINEL),
        signs=signs_of(column.all_values),
        affixes=column.writing.affixes,
        notation=column.writing.notation,
        how=how,
        why=why,
        confidence=confidence,
    )


def _agreeing(quantity: str, unit: str) -> str:
    known = QUANTITIES.get(quantity)
    fits = known is not None and UNITS[known.default_unit].dimension == UNITS[unit].dimension
    return quantity if fits else UNITS[unit].quantity


def _milli_or_mega(column: _Column) -> tuple[str, How, str, float]:
    there = np.abs(column.all_values[np.isfinite(column.all_values)])
    high = float(there.max()) if len(there) else 0.0
    unit = column.meaning.unit
    if unit == "mw" and high > _MILLIWATTS:
        unit = "milliw"
    why = f"‘{column.meaning.unit_text}’ could mean milli or mega; values go up to {high:,.4g}."
    return unit, How.GUESSED, why, 0.6


def _says(column: _Column) -> tuple[How, str, float]:
    """What name and cells say of the unit."""
    meaning, unit = column.meaning, column.affix_unit
    if not unit or _agree_on_rate(column):
        return _name_says(meaning)
    said = next(affix for affix in column.writing.affixes if affix)
    if meaning.unit and meaning.unit != unit:
        return How.GUESSED, f"The header says {meaning.unit_text}, but the cells say {said}.", 0.6
    if "" in column.writing.affixes:
        return How.GUESSED, f"Some cells say {said}, others are bare numbers.", 0.7
    if meaning.quantity == "price" and UNITS[unit].quantity == "money":
        return How.GUESSED, f"The cells say {said}, but not for how much energy.", 0.6
    return How.READ, f"The cells say {said}.", 1.0


def _name_says(meaning: Meaning) -> tuple[How, str, float]:
    if meaning.format:
        return How.INFERRED, f"It is a column of {meaning.format}, in {UNITS[meaning.unit].label}s.", 0.9
    if meaning.doubt:
        return How.GUESSED, meaning.doubt, 0.5
    if meaning.unit and meaning.factor != 1.0 and not meaning.scales:
        return How.READ, f"The header says {meaning.unit_text}: the numbers are multiplied by {meaning.factor:g}.", 0.9
    if meaning.unit:
        return How.READ, f"The header says {meaning.unit_text}.", 1.0
    if meaning.quantity:
        label = QUANTITIES[meaning.quantity].label.lower()
        return How.GUESSED, f"The name says {label}, but no unit.", 0.3
    return How.GUESSED, "Neither the name nor the values say what this is.", 0.0
