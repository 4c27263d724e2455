"""Names for columns: each its own, and its field in the readings table."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from fairwatt.core.files.among import sign_in

FIELD_LENGTH = 63
# Columns the readings table and its rollups have anyway, and words that would have to be quoted in every query.
RESERVED_FIELDS = frozenset(
    {"start", "end", "series", "source", "month", "level", "rows", "stamp", "line", "row", "file", "_source"}
    | {"select", "from", "order", "group"}
)

_SPELLED = {
    "£": " gbp ", "€": " eur ", "%": " percent ", "°": " deg ", "²": "2", "³": "3", "₂": "2", "µ": "u", "φ": " phi ",
}  # fmt: skip


_SIGN_WORDS = {"+": "_plus", "-": "_minus"}


def make_fields(names: Sequence[str]) -> tuple[str, ...]:
    """Give each name its field: snake_case, unique, at most 63 characters, never a word the table uses.

    Examples
    --------
    >>> make_fields(["Voltage L1N Min", "Price (£/MWh)", "start", "", "Voltage L1N Min"])
    ('voltage_l1n_min', 'price_gbp_per_mwh', 'c_start', 'column_4', 'voltage_l1n_min_2')
    """
    plain = [_field_of(name, place) for place, name in enumerate(names, start=1)]
    counts = Counter(plain)
    fields: list[str] = []
    for field, name in zip(plain, names, strict=True):
        sign = _SIGN_WORDS.get(sign_in(name), "") if counts[field] > 1 else ""  # kWh (+) beside kWh (-)
        fields.append(_unused(f"{field}{sign}"[:FIELD_LENGTH].rstrip("_"), set(fields)))
    return tuple(fields)


def _field_of(name: str, place: int) -> str:
    plain = "".join(_SPELLED.get(c, c) for c in name).replace("/", " per ")
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z]{2})", "_", plain)
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    field = re.sub(r"[^a-z0-9]+", "_", ascii_only.lower()).strip("_") or f"column_{place}"
    return f"c_{field}" if field in RESERVED_FIELDS or field[0].isdigit() else field


def _unused(field: str, taken: set[str]) -> str:
    number, free = 1, field
    while free in taken:
        number += 1
        tail = f"_{number}"
        free = field[: FIELD_LENGTH - len(tail)].rstrip("_") + tail
    return free


def make_names(names: Sequence[str], columns: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give each column a name of its own.

    Returns
    -------
    tuple[tuple[str, ...], tuple[str, ...]]
        The names, unnamed columns as ``Column 3`` and repeated ones as ``Power (2)``; and the names that were
        repeated.
    """
    given = [n.strip() or f"Column {i}" for i, n in enumerate([*names, *[""] * (columns - len(names))][:columns], 1)]
    taken: set[str] = set()
    unique: list[str] = []
    for name in given:
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name} ({number})"
        taken.add(free)
        unique.append(free)
    counts: dict[str, int] = {}
    for name in given:
        counts[name] = counts.get(name, 0) + 1
    return tuple(unique), tuple(name for name, count in counts.items() if count > 1)
