"""Times of full width (``01/02/2021 09:05:00``) as microseconds, for whole columns at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.profile import TimestampRule
from fairwatt.lake.direct.words import WORD, Mask, Positions, Text, Words, not_digits, repeated

Micros = NDArray[np.int64]

_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "f": 0, "z": 0}
_MOST_FRACTION = 6
_ZONES = ("Z", "+00:00", "+00", "+0000")
_FIRST_YEAR, _LAST_YEAR = 1903, 2197  # well inside the years that a reading may be of
_UNITS = {"H": 3_600_000_000, "M": 60_000_000, "S": 1_000_000} | {str(n): 10 ** (5 - n) for n in range(_MOST_FRACTION)}
_LIMITS = {"H": 23, "M": 59, "S": 59}
_DAY = 86_400_000_000
_LONGEST = 40
_BYTE = np.uint64(0xFF)


@dataclass(frozen=True, slots=True)
class Sign:
    """A place of a form: a character that has to stand there, or a digit of a field.

    ``field`` is the letter of its mark, the number of a fraction's digit, or "" for a character.
    """

    place: int
    field: str
    byte: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """A word over a cell: where it ends in it, the characters that must be there, its digits, its fields' places."""

    end: int
    literal_mask: int
    literals: int
    digit_mask: int
    fields: tuple[tuple[str, int, int], ...]

    @property
    def is_date(self) -> bool:
        """Whether it has fields of the date alone."""
        return not any(name in _UNITS for name, _, _ in self.fields)


@dataclass(frozen=True, slots=True)
class Written:
    """A form that a column's cells have."""

    length: int
    windows: tuple[Window, ...]


Forms = tuple[tuple[Written, ...], ...]


def forms_of(rule: TimestampRule) -> Forms | None:
    """For each column of a time the forms that can be read here; None where none can.

    Columns are joined by one blank, as the format has them.
    """
    if (
        rule.formats
        or rule.clock_texts
        or rule.ends_early_s
        or rule.day_begins_s
        or rule.periods is not None
        or rule.is_dateless
        or "%" not in rule.format
    ):
        return None
    parts = [rule.format] if len(rule.columns) == 1 else rule.format.split(" ")
    marks = re.findall(r"%(.)", rule.format)
    is_whole = all(marks.count(mark) == 1 for mark in "Ymd") and len(marks) == len(set(marks))
    falls_short = ("M" in marks) != ("H" in marks) or ("f" in marks and "S" not in marks)
    if len(parts) != len(rule.columns) or not is_whole or falls_short or ("S" in marks and "M" not in marks):
        return None
    found = tuple(tuple(_forms(part)) for part in parts)
    return found if all(found) else None


def _forms(part: str) -> list[Written]:
    """The widths that a part of a format can have: with a fraction of six digits to none, and each way to say UTC."""
    pieces = re.findall(r"%.|[^%]", part)
    if not part.isascii() or any(piece[0] == "%" and piece[1] not in _WIDTHS for piece in pieces):
        return []
    if "%z" in pieces[:-1]:
        return []
    fractions = [0]
    if "%f" in pieces:
        if pieces[pieces.index("%f") - 1] not in {".", ","}:
            return []
        fractions = list(range(_MOST_FRACTION, -1, -1))
    zones = _ZONES if "%z" in pieces else ("",)
    return [form for n in fractions for zone in zones if (form := _form(pieces, n, zone)).length <= _LONGEST]


def _form(pieces: list[str], fraction: int, zone: str) -> Written:
    signs: list[Sign] = []
    if "%f" in pieces and not fraction:  # absent with its mark
        place = pieces.index("%f")
        pieces = pieces[: place - 1] + pieces[place + 1 :]
    for piece in pieces:
        at = len(signs)
        if piece == "%f":
            signs += [Sign(at + n, str(n)) for n in range(fraction)]
        elif piece[0] == "%" and piece != "%z":
            signs += [Sign(at + n, piece[1]) for n in range(_WIDTHS[piece[1]])]
        else:
            text = zone if piece == "%z" else piece
            signs += [Sign(at + n, "", ord(sign)) for n, sign in enumerate(text)]
    return Written(len(signs), tuple(_windows(signs)))


def _windows(signs: list[Sign]) -> list[Window]:
    """The signs in as few words as go; no field is cut in two."""
    found: list[Window] = []
    left = list(signs)
    while left:
        end = left[-1].place + 1
        first = max(0, end - WORD)
        while first > 0 and first < end and _is_inside(signs, first):
            first += 1
        own = [sign for sign in left if sign.place >= first]
        left = [sign for sign in left if sign.place < first]
        shift = WORD - end
        fields = dict.fromkeys(sign.field for sign in own if sign.field)
        places = {name: [s.place + shift for s in own if s.field == name] for name in fields}
        found.append(
            Window(
                end=end,
                literal_mask=sum(0xFF << 8 * (s.place + shift) for s in own if not s.field),
                literals=sum(s.byte << 8 * (s.place + shift) for s in own if not s.field),
                digit_mask=sum(0xFF << 8 * (s.place + shift) for s in own if s.field),
                fields=tuple((name, at[0], len(at)) for name, at in places.items()),
            )
        )
    return found


def _is_inside(signs: list[Sign], place: int) -> bool:
    return signs[place].field != "" and signs[place - 1].field == signs[place].field


def read_stamps(text: Text, cells: list[tuple[Positions, Positions]], forms: Forms) -> tuple[Micros, Mask | None]:
    """Read a time for each row from its cells, one ``(starts, ends)`` a column.

    Returns
    -------
    tuple
        Stamps [µs], and which of them have to be read by their text (None where none has): theirs say nothing.
    """
    rows = len(cells[0][0])
    micros = np.zeros(rows, dtype=np.int64)
    odd = np.zeros(rows, dtype=np.bool_)
    date: dict[str, Micros] = {}
    for (starts, ends), written in zip(cells, forms, strict=True):
        lengths = ends - starts
        usual = int(lengths[0]) if rows else 0
        form = next((form for form in written if form.length == usual), written[0])
        odd |= lengths != form.length
        for window in form.windows:
            _take(text.word_before(starts + window.end), window, date, micros, odd)
    _add_date(date["Y"], date["m"], date["d"], micros, odd)
    return micros, odd if odd.any() else None


def _take(words: Words, window: Window, date: dict[str, Micros], micros: Micros, odd: Mask) -> None:
    """Read the fields of one word: those of the date into ``date``, those of the day's time added to ``micros``."""
    if window.literal_mask:
        odd |= (words & np.uint64(window.literal_mask)) != np.uint64(window.literals)
    if not window.digit_mask:
        return
    words ^= repeated(0x30)
    words &= np.uint64(window.digit_mask)
    if window.is_date and len(words) and (words == words[0]).all():
        words = words[:1].copy()  # one day for all
    odd |= not_digits(words) != 0
    pairs = words >> np.uint64(8)
    pairs += words * np.uint64(10)  # at each byte: its digit and the next as a number
    for name, place, width in window.fields:
        from_ = words if width == 1 else pairs
        found = _byte_of(from_, place)
        if width > 2:  # noqa: PLR2004 - a year's four digits
            found = found * 100 + _byte_of(pairs, place + 2)
        if name in _UNITS:
            if name in _LIMITS:
                odd |= found > _LIMITS[name]
            found *= _UNITS[name]
            micros += found
        else:
            date[name] = found


def _byte_of(words: Words, place: int) -> Micros:
    found = words >> np.uint64(8 * place)
    found &= _BYTE
    return found.view(np.int64)


def _month_table() -> tuple[Micros, Micros]:
    months = np.arange(f"{_FIRST_YEAR}-01", f"{_LAST_YEAR + 1}-02", dtype="datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64)
    return days[:-1], np.diff(days)


_MONTH_STARTS, _MONTH_LENGTHS = _month_table()


def _add_date(year: Micros, month: Micros, day: Micros, micros: Micros, odd: Mask) -> None:
    odd |= (year < _FIRST_YEAR) | (year > _LAST_YEAR) | (month < 1) | (month > 12)  # noqa: PLR2004 - months
    at = np.clip((year - _FIRST_YEAR) * 12 + month - 1, 0, len(_MONTH_STARTS) - 1)
    odd |= (day < 1) | (day > _MONTH_LENGTHS[at])
    days = _MONTH_STARTS[at] + day
    days -= 1
    days *= _DAY
    micros += days
