"""SQL for the cells of a text file: from text to typed values, and which rows hold a cell that did not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.cells import (
    ASCII_BLANKS,
    BLANKS,
    GROUPS,
    MINUS_SIGNS,
    STRIPPED,
    Writing,
    affix_pattern,
    group_marks,
    grouped_pattern,
    groups_pattern,
    other_mark,
    other_pattern,
    plain_number,
)
from fairwatt.core.files.profile import ChannelRule, Dialect, ImportProfile, Kind
from fairwatt.lake.engine import literal
from fairwatt.lake.stamping import text_of

PRECISION = 18  # digits of a stored decimal: 64-bit integers, which DELTA_BINARY_PACKED packs well
_SURE_LENGTH = 16  # texts up to this long name a double, and no other such text the same one
_TEXT_CHECKED_DECIMALS = 12
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Cell:
    """One channel's column while it is read: its position, its name in the stage, and how it is typed."""

    rule: ChannelRule
    decimals: int | None

    @property
    def staged(self) -> str:
        """Its column in the stage."""
        return f"v{self.rule.column}"

    @property
    def sql_type(self) -> str:
        """Its type in the stage."""
        if self.rule.kind is Kind.TEXT:
            return "VARCHAR"
        if self.rule.kind is Kind.BOOLEAN:
            return "BOOLEAN"
        return "DOUBLE" if self.decimals is None else f"DECIMAL({PRECISION},{self.decimals})"


def number_text(sql: str, dialect: Dialect, rule: ChannelRule | None = None) -> str:
    """SQL: a cell's number written plainly, as :func:`fairwatt.core.files.cells.plain_number` reads it.

    Parameters
    ----------
    sql
        The cell's text.
    dialect
        The file's marks.
    rule
        The channel, where it has units in its cells or a minus of its own; what is no number of it becomes null,
        or a text that no cast takes.
    """
    if rule is not None and "swapped_marks" in rule.notation:
        mark = dialect.decimal_mark
        dialect = dialect.model_copy(update={"decimal_mark": other_mark(mark), "thousands_mark": mark})
    if rule is not None and rule.notation:
        sql = _without_notation(_without_other_mark(sql, dialect, rule), rule)
    if rule is not None and rule.affixes:
        pattern = affix_pattern(rule.affixes)
        bare = f"trim({sql}, {literal(ASCII_BLANKS)})"
        parts = f"regexp_replace({bare}, {literal(f'^{pattern}$')}, '\\1\\2\\3\\4')"
        sql = f"CASE WHEN regexp_full_match({bare}, {literal(pattern)}) THEN trim({parts}, {literal(BLANKS)}) END"
    if dialect.thousands_mark:
        sql = _without_groups(sql, dialect)
    elif rule is not None and "groups" in rule.notation:
        bare, mark = f"trim({sql}, {literal(ASCII_BLANKS)})", dialect.decimal_mark
        stripped = f"translate({bare}, {literal(group_marks(mark))}, '')"
        sql = f"CASE WHEN regexp_full_match({bare}, {literal(groups_pattern(mark))}) THEN {stripped} ELSE {sql} END"
    if dialect.thousands_mark != "_":
        sql = f"replace({sql}, '_', '?')"  # the engine would take 1_2 for 12
    if dialect.decimal_mark != ".":
        # A point in such a file is no decimal mark: it must not pass for one.
        sql = f"replace(replace({sql}, '.', '?'), {literal(dialect.decimal_mark)}, '.')"
    return sql


def _without_other_mark(sql: str, dialect: Dialect, rule: ChannelRule) -> str:
    """A number with the decimal mark that the file does not have, in a column that has both or the other one only."""
    if "other_mark" not in rule.notation:
        return sql
    blanks = BLANKS if "blanks" in rule.notation else ASCII_BLANKS
    mark, bare = dialect.decimal_mark, f"trim({sql}, {literal(blanks)})"
    turned = f"replace({bare}, {literal(other_mark(mark))}, {literal(mark)})"
    return f"CASE WHEN regexp_full_match({bare}, {literal(other_pattern(mark))}) THEN {turned} ELSE {sql} END"


def _without_notation(sql: str, rule: ChannelRule) -> str:
    blanks, every = literal(ASCII_BLANKS), literal(BLANKS)
    sql = f"trim({sql}, {every if 'blanks' in rule.notation else blanks})"
    if "brackets" in rule.notation:
        inside = f"trim(substr({sql}, 2, length({sql}) - 2), {every})"
        sql = f"CASE WHEN starts_with({sql}, '(') AND ends_with({sql}, ')') THEN '-' || {inside} ELSE {sql} END"
    if "minus_sign" in rule.notation:
        sql = f"regexp_replace({sql}, {literal(f'^[{MINUS_SIGNS}]')}, '-')"
    if "minus_after" in rule.notation:
        front = f"rtrim(left({sql}, length({sql}) - 1), {every})"
        sql = f"CASE WHEN ends_with({sql}, '-') THEN '-' || {front} ELSE {sql} END"
    return sql


def _without_groups(sql: str, dialect: Dialect) -> str:
    """Marks count between groups of three digits only; elsewhere the text is no number."""
    marks = STRIPPED[dialect.thousands_mark]
    bare = f"trim({sql}, {literal(ASCII_BLANKS)})"
    if len(marks) == 1:
        is_marked = f"instr({bare}, {literal(marks)}) > 0"
    else:
        is_marked = f"regexp_matches({bare}, {literal(GROUPS[dialect.thousands_mark])})"
    groups = literal(grouped_pattern(dialect.decimal_mark, dialect.thousands_mark))
    stripped = f"translate({bare}, {literal(marks)}, '')"
    return (
        f"CASE WHEN {is_marked} THEN CASE WHEN regexp_full_match({bare}, {groups}) THEN {stripped} END ELSE {sql} END"
    )


def value_of(cell: Cell, dialect: Dialect) -> str:
    """SQL: a cell's typed value, null where it is missing or does not fit."""
    missing = _missing_texts(cell, dialect)
    if cell.rule.kind is Kind.TEXT:
        text = f"nullif(trim({text_of(cell.rule.column)}, {literal(ASCII_BLANKS)}), '')"
        return f"CASE WHEN {text} NOT IN ({missing}) THEN {text} END" if missing else text
    text = text_of(cell.rule.column)
    if cell.rule.kind is Kind.NUMBER:
        text = number_text(text, dialect, cell.rule)
    value = f"TRY_CAST({text} AS {cell.sql_type})"
    if cell.rule.kind is Kind.BOOLEAN:
        bare = f"lower(trim({text}))"
        value = f"CASE {bare} WHEN 'on' THEN true WHEN 'off' THEN false ELSE TRY_CAST({bare} AS BOOLEAN) END"
    if cell.sql_type == "DOUBLE":
        value = f"CASE WHEN isfinite({value}) THEN {value} END"
    if cell.rule.null_values and cell.rule.kind is Kind.NUMBER:
        value = f"CASE WHEN {value} NOT IN ({', '.join(map(_number, cell.rule.null_values))}) THEN {value} END"
    if missing:
        value = f"CASE WHEN trim({text_of(cell.rule.column)}) NOT IN ({missing}) THEN {value} END"
    return value


def is_number(text: str) -> bool:
    """Whether a text is a plain number, blanks around it left out."""
    return _NUMBER.fullmatch(text.strip()) is not None


def _number(text: str) -> str:
    """SQL: a number that stands for a missing value; one that is none can't be put into a query."""
    if _NUMBER.fullmatch(text) is None:
        raise InvalidInput(f"'{text}' is no number.", where={"field": "null_values"})
    return text


def is_null_value(rule: ChannelRule, text: str, dialect: Dialect) -> bool:
    """Whether a cell's text is a number that stands for a missing value in its channel."""
    writing = Writing(dialect.decimal_mark, dialect.thousands_mark, rule.affixes, rule.notation)
    number = plain_number(text, writing) if rule.null_values else None
    return number is not None and float(number) in {float(value) for value in rule.null_values}


def _missing_texts(cell: Cell, dialect: Dialect) -> str:
    """The texts that stand for missing although they could be read as a value."""
    marks = dialect.null_texts
    if cell.rule.kind is Kind.NUMBER:
        marks = tuple(filter(is_number, marks))
    return ", ".join(literal(mark.strip()) for mark in marks)


def is_fine(cell: Cell, dialect: Dialect) -> str:
    """SQL: whether a cell's value is exactly what its text says, or the cell is blank.

    A cast to a decimal rounds silently. Two doubles of short texts are equal only where the texts are the same
    number, which is the cheapest exact test; numbers with many digits are tested by their text.
    """
    raw = text_of(cell.rule.column)
    blank = f"trim({raw}) = ''"
    if cell.rule.kind is Kind.TEXT:
        return "true"
    if cell.decimals is None or cell.rule.kind is Kind.BOOLEAN:
        return f"coalesce({cell.staged} IS NOT NULL OR {blank}, false)"
    text = number_text(raw, dialect, cell.rule)
    if cell.decimals > _TEXT_CHECKED_DECIMALS:
        fits = (
            f"CASE WHEN {cell.staged} IS NOT NULL THEN (strlen({text}) - instr({text}, '.') <= {cell.decimals} "
            f"OR instr({text}, '.') = 0) AND instr(lower({text}), 'e') = 0 END"
        )
    else:
        fits = f"TRY_CAST({text} AS DOUBLE) = {cell.staged}::DOUBLE AND strlen({text}) <= {_SURE_LENGTH}"
    return f"coalesce({fits}, {blank})"


def cells_of(
    profile: ImportProfile, decimals: Mapping[str, int | None], rules: Mapping[str, ChannelRule] | None = None
) -> tuple[Cell, ...]:
    """The channels of a profile, with the decimals of ``decimals`` in place of the sampled ones, and ``rules`` in place
    of its own."""
    fuller = rules or {}
    return tuple(
        Cell(fuller.get(rule.field, rule), decimals.get(rule.field, rule.decimals)) for rule in profile.channels
    )


def source_of(path: str, profile: ImportProfile, *, quote: str, encoding: str = "utf-8") -> str:
    """SQL: the file's rows as text columns ``c0``, ``c1``…; wrong rows go to DuckDB's table of rejects."""
    columns = ", ".join(f"'{text_of(i)}': 'VARCHAR'" for i in range(profile.columns))
    dialect = profile.dialect
    return (
        f"read_csv({literal(path)}, auto_detect = false, columns = {{{columns}}}, "
        f"delim = {literal(dialect.delimiter)}, quote = {literal(quote)}, escape = {literal(quote)}, "
        f"header = false, skip = {dialect.skip_lines + dialect.header_lines}, nullstr = {literal(chr(1))}, "
        f"encoding = '{encoding}', strict_mode = true, ignore_errors = true, store_rejects = true, "
        f"rejects_limit = 0, max_line_size = 4194304)"
    )
