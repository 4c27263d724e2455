"""Tell lists of things (files, assets, contacts, events) from readings: both have rows with dates and numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from fairwatt.core.files.cells import is_missing_word, is_number
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import is_identity, read_name
from fairwatt.core.files.profile import ChannelRule, How, Kind
from fairwatt.core.files.stamps import DAY, NOT_A_TIME, read_moment

_FEWEST_ROWS = 5
_LOOKED_AT = 2_000
_ALL = 0.98  # share of different texts of a column that names what its row is about
_FILLED = 0.9  # share of the rows in which a column says something
_MANY = 0.5  # of one that describes it
_WORDS = 3  # that a sentence has at least
_TOLD_OFTEN = 0.1  # share of different sentences from which they are no states
# What lists of anything hold too: a size, a price, a number of things.
_OF_ANYTHING = frozenset({"", "count", "duration", "money", "length", "area", "mass", "fraction"})
_MEASURED = re.compile(r"\b(reading|value|measurement)s?\b", re.IGNORECASE)
_PRICES = frozenset({"price", "daily_charge", "capacity_price", "apparent_power_price"})


def find_listed(layout: Layout, names: Sequence[str], rules: Sequence[ChannelRule], times: FileTimes) -> str | None:
    """Find the column that says what each row of a list is about; None where a table holds readings.

    Readings come at even steps, or their numbers are said to be of something that is measured. A list has neither:
    each row is about another thing, its date falls anywhere, and most of what it says are words.

    Parameters
    ----------
    layout, names
        The table's layout with its sampled rows, and the columns' names.
    rules
        The channels that were found.
    times
        Where the times stand.
    """
    texts = {rule.column: _words(layout, rule) for rule in rules if rule.kind is Kind.TEXT}
    texts = {column: words for column, words in texts.items() if len(words) >= _FEWEST_ROWS}
    measured = [quantity for rule in rules if (quantity := _said_of(rule, layout)) not in _OF_ANYTHING]
    keys = [column for column, words in texts.items() if _share_different(words) >= _ALL]
    if times.step is not None:  # files of days, say
        numbers = [rule for rule in rules if rule.kind is Kind.NUMBER]
        is_list = len(keys) > 1 and not measured and not any(rule.decimals for rule in numbers)
        return names[keys[0]] if is_list else None
    if not keys:
        return None if measured else next((names[c] for c, words in texts.items() if _are_sentences(words)), None)
    describing = [column for column, words in texts.items() if _share_different(words) >= _MANY]
    is_register = len(describing) > 1 and len(texts) > len(measured)
    if not measured or (_are_days(times) and (is_register or _PRICES.issuperset(measured))):
        return names[keys[0]]
    return None


def _words(layout: Layout, rule: ChannelRule) -> list[str]:
    """The filled cells of a column of words; none where they are times, numbers without a thing's name, or notes that
    few rows have."""
    cells = [cell.strip() for cell in layout.cells(rule.column)[:_LOOKED_AT]]
    filled = [cell for cell in cells if cell and not is_missing_word(cell)]
    is_note = len(filled) < _FILLED * len(cells)
    if is_note or any(read_moment(cell) is not None for cell in filled[:5] if not cell.isdigit()):
        return []
    return filled if is_identity(rule.name) or not all(map(is_number, filled)) else []


def _share_different(words: Sequence[str]) -> float:
    return len(set(words)) / len(words)


def _are_sentences(words: Sequence[str]) -> bool:
    lengths = [len(text.split()) for text in words]
    return float(np.median(lengths)) >= _WORDS and _share_different(words) >= _TOLD_OFTEN


def _said_of(rule: ChannelRule, layout: Layout) -> str:
    """What a column's name, units row or cells say that its numbers are of; "" where they say nothing."""
    if rule.kind is not Kind.NUMBER:
        return ""
    is_by_size = rule.quantity in {"power", "energy"} and rule.how is How.GUESSED  # which any whole numbers may be
    is_total = rule.is_register and not is_by_size
    if is_total or _MEASURED.search(rule.name):
        return "reading"
    units_row = layout.units[rule.column] if rule.column < len(layout.units) else ""
    return read_name(rule.name, units_row=units_row).quantity or (rule.quantity if rule.affixes else "")


def _are_days(times: FileTimes) -> bool:
    """Whether the times are days without a time of day."""
    stamps = np.concatenate(times.segments)
    stamps = stamps[stamps != NOT_A_TIME]
    return bool(len(stamps)) and bool((stamps % DAY == 0).all())
