"""A variant: the bytes of one file, what it says in truth, and the truthful answers to whatever is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Wanted:
    """A channel that must be found.

    Attributes
    ----------
    head
        Its name in the file, or a part of it that no other channel's name has; "" where any name will do.
    quantity, unit, direction
        Codes of the product's units; the unit of the true values.
    text
        Whether its values are words, which are not compared.
    """

    head: str
    quantity: str
    unit: str
    direction: str = ""
    is_register: bool = False
    text: bool = False


@dataclass(frozen=True)
class Variant:
    """One file and everything about it that is true.

    Attributes
    ----------
    name
        Of the variant; unique.
    filename
        The name under which the file is handed in.
    readings
        (series, start [s since 1970, UTC], place of the channel) → value; no entry where there is none.
    answers
        Truthful answers by question id: ``time_zone``, ``day_first``, ``stamp``, ``counts``, ``table`` (a part of the
        right choice's label), ``null_values`` (the numbers that stand for missing). Units, quantities, directions and
        registers are answered from ``wanted``.
    sure
        Questions that the file itself answers, so that asking them is needless.
    group
        What the variant is about, for the table of shares.
    repeats
        Whether the file holds readings more than once.
    is_list
        Whether it is a list of events, so that no readings are as right as one at each event's start.
    """

    name: str
    filename: str
    data: bytes
    wanted: tuple[Wanted, ...]
    readings: Mapping[tuple[str, int, int], Decimal]
    answers: Mapping[str, str] = field(default_factory=dict)
    sure: frozenset[str] = frozenset()
    group: str = "named"
    repeats: bool = False
    is_list: bool = False
