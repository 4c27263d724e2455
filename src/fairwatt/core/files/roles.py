"""Which columns say whose a value is, what it is of and in which unit, where a row has more than a time and values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fairwatt.core.files.cells import is_null, is_number
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import is_identity, read_name, time_rank, words_of
from fairwatt.core.files.privacy import is_mpan
from fairwatt.core.files.stamps import read_moment
from fairwatt.core.units import find_unit

_LOOKED_AT = 200
_MOST_LABELS = 60  # channels that one column can name
_MOSTLY = 0.8
_SAME = 0.98  # share of rows told apart that is as good as all
_SERIAL_DAYS = (20_000, 80_000)  # days since 1899-12-30 in the years 1954 to 2119
_SOME = 20
_METERS = re.compile(r"\b(mpan|mprn|mpr|msid|meter|lclid)\b")
_THINGS = re.compile(
    r"\b(site|meter|mpan|mprn|station|substation|feeder|household|home|house|customer|location|bmu|dno)\b"
)
_LABEL_HEADS = re.compile(
    r"\b(variable|parameter|measurement|measurand|measure|channel|quantity|metric|type|register|signal|item|tag|field|"
    r"attribute|statistics?|stat|aggregat(e|ion)|fuel|psr|direction|flow|kind|category|description|stream|reading type|"
    r"data item|series name|label)\b"
)
_VALUE_HEADS = re.compile(
    r"\b((read|reading|meter|interval|measured|data) )?"
    r"(value|reading|readings|val|data|amount|quantity|result|measurement|volume|output)\b"
)
_UNIT_HEADS = re.compile(r"\b(units?|uom|unit of measure(ment)?|measurement units?|einheit)\b")
# What British half-hourly data calls its registers.
SPELLED_OUT = {
    "ai": "active import", "ae": "active export", "ri": "reactive import", "re": "reactive export",
    "a+": "active import", "a-": "active export", "r+": "reactive import", "r-": "reactive export",
    "ke": "active export", "ki": "active import", "imp": "import", "exp": "export", "i": "import", "e": "export",
}  # fmt: skip
_STATISTICS = re.compile(r"(min|max|avg|mean|average|minimum|maximum|sum|last|peak|std( ?dev)?|median|count)\.?")
_LABEL_WORDS = re.compile(
    r"\b(import|export|active|reactive|apparent|generation|consumption|demand|delivered|received|imported|exported|"
    r"lead|lag|kwh|kvarh|kvah|kw|kva|kvar)\b"
)


@dataclass(frozen=True, slots=True)
class Roles:
    """Columns by what they say of a row: whose it is, which channel its values are of, their unit. None: no such."""

    series: int | None = None
    label: int | None = None
    unit: int | None = None


def is_date_column(layout: Layout, name: str, column: int) -> bool:
    """Whether a column holds days: dates without a time of day, or with midnight's."""
    cells = [cell for cell in layout.cells(column)[:_LOOKED_AT] if not is_null(cell)]
    moments = [read_moment(cell) for cell in cells]
    dated = [moment for moment in moments if moment is not None]
    if cells and len(dated) >= _MOSTLY * len(cells):
        digits = all(cell.strip().isdigit() for cell in cells)
        return all(moment.clock == 0 for moment in dated) and (not digits or time_rank(name) > 0)
    serials = [cell for cell in cells if cell.isascii() and cell.strip().removesuffix(".0").isdigit()]
    low, high = _SERIAL_DAYS
    return (
        time_rank(name) > 0
        and 0 < _MOSTLY * len(cells) <= len(serials)
        and all(low < float(serial) < high for serial in serials)
    )


def find_date_column(layout: Layout, names: Sequence[str], among: Sequence[int]) -> int | None:
    """The column of a row's day, the likeliest by name and place."""
    dates = [column for column in among if is_date_column(layout, names[column], column)]
    return max(dates, key=lambda column: (time_rank(names[column]), -column), default=None)


def spell_out(label: str) -> str:
    """A label in plain words: ``AI`` → ``active import``; as it is where it has no other."""
    return SPELLED_OUT.get(label.strip().casefold(), label.strip())


def find_roles(
    layout: Layout, names: Sequence[str], among: Sequence[int], moments: Sequence[tuple[str, ...]], *, many: bool = True
) -> Roles:
    """Find which columns tell apart rows of the same time.

    Parameters
    ----------
    among
        The columns that can have a role.
    moments
        For each sampled row, the texts of its time.
    many
        Whether rows of one time may be values of several channels.
    """
    cells = {column: [cell.strip() for cell in layout.cells(column)] for column in among}
    names_of = {column: set(texts) for column, texts in cells.items()}
    units = [c for c in among if _are_units(names[c], names_of[c])]
    units.sort(key=lambda column: not names_units(names[column]))
    labels = [c for c in among if many and c not in units and _may_be_label(names[c], names_of[c])]
    taken = {*units, *labels}
    series = [c for c in among if c not in taken and _may_be_series(names[c], cells[c])]
    series.sort(key=lambda column: _series_rank(names[column], cells[column], column))
    found = _best(moments, cells, names, series, labels)
    unit = next(iter(units), None)
    if found.label is None and many and unit is not None and len(names_of[unit]) > 1:
        by_unit = Roles(found.series, unit)
        if _told(moments, cells, by_unit) > _told(moments, cells, found):
            return by_unit
    return Roles(found.series, found.label, unit)


def _best(
    moments: Sequence[tuple[str, ...]],
    cells: dict[int, list[str]],
    names: Sequence[str],
    series: Sequence[int],
    labels: Sequence[int],
) -> Roles:
    """The columns that tell rows apart as well as all do: a meter's number in any case, others where needed."""
    best = _told_apart(moments, list(cells.values()))
    identities = [*(c for c in series if is_identity(names[c])), None]
    others = [c for c in series if not is_identity(names[c])]
    known = [c for c in labels if _are_known(set(cells[c]))]
    options = [
        *(Roles(s, label) for label in (*known, None, *labels) for s in identities),
        *(Roles(s, label) for label in (None, *labels) for s in others),
    ]
    enough = (roles for roles in options if _told(moments, cells, roles) >= _SAME * best)
    return next(enough, None) or max(options, key=lambda roles: _told(moments, cells, roles))


def _told(moments: Sequence[tuple[str, ...]], cells: dict[int, list[str]], roles: Roles) -> float:
    return _told_apart(moments, [cells[c] for c in (roles.series, roles.label) if c is not None])


def _told_apart(moments: Sequence[tuple[str, ...]], columns: Sequence[Sequence[str]]) -> float:
    """The share of rows that differ in time or some columns."""
    return len(set(zip(moments, *columns, strict=True))) / len(moments) if moments else 1.0


def _series_rank(name: str, texts: Sequence[str], column: int) -> tuple[int, int]:
    """Supply points first, then what is named as a meter, then what is named at all; from left to right."""
    filled = [text for text in texts[:_SOME] if text]
    if filled and all(map(is_mpan, filled)):
        return 0, column
    return 1 if _METERS.search(words_of(name)) else 2, column


def _are_units(name: str, texts: set[str]) -> bool:
    """Whether cells are units: single letters (A, V, M) are flags as well, unless the heading speaks of units."""
    filled = {text for text in texts if text}
    if not 0 < len(filled) <= _MOST_LABELS or not (names_units(name) or any(len(text) > 1 for text in filled)):
        return False
    return all(find_unit(text) is not None for text in filled)


def _may_be_series(name: str, texts: Sequence[str]) -> bool:
    """Whether a column's cells could be names of meters: always there, no measurement, no times."""
    filled = [text for text in texts if text]
    if len(filled) < len(texts) or not filled or any(read_moment(text) for text in filled[:5] if not text.isdigit()):
        return False
    if is_identity(name):
        return not any("." in text and is_number(text) for text in filled[:_LOOKED_AT])
    return not any(is_number(text) for text in set(filled)) and len(set(filled)) <= max(1, len(filled) // 2)


def _may_be_label(name: str, texts: set[str]) -> bool:
    filled = {text for text in texts if text}
    if not filled or len(filled) > _MOST_LABELS or any(is_number(text) for text in filled):
        return False
    return not _THINGS.search(words_of(name)) and (names_labels(name) or _are_known(filled))


def _are_known(texts: set[str]) -> bool:
    """Whether most of some labels say what is measured, or which way."""
    filled = [text for text in texts if text]
    return bool(filled) and sum(map(is_known_label, filled)) >= _MOSTLY * len(filled)


def is_known_label(text: str) -> bool:
    """Whether a label says what is measured, or which way."""
    if is_statistic(text) or text.strip().casefold() in SPELLED_OUT or _LABEL_WORDS.search(words_of(text)):
        return True
    if len(text.strip()) == 1:  # V: verified as well as volts
        return False
    meaning = read_name(text)
    return bool(meaning.quantity or meaning.unit or meaning.direction)


def is_statistic(text: str) -> bool:
    """Whether a label says no more than what of an interval a value is: its least, its mean."""
    return _STATISTICS.fullmatch(words_of(text)) is not None


def names_values(name: str) -> bool:
    """Whether a column's name says no more than that it holds values."""
    words = words_of(name)
    return bool(_VALUE_HEADS.fullmatch(words)) or not words or bool(re.fullmatch(r"column \d+", words))


def names_labels(name: str) -> bool:
    """Whether a column is named as one of labels."""
    return bool(_LABEL_HEADS.search(words_of(name)))


def names_units(name: str) -> bool:
    """Whether a column is named as one of units."""
    return bool(_UNIT_HEADS.search(words_of(name)))
