"""What the file says outside a column's head of how its numbers are scaled: asked about, never used or dropped unasked.

A line beside the table (‘Multiplier: 10’, ‘All values in thousands’, ‘CT ratio 200/5’) or a column of its own may tell
what numbers are still to be multiplied by, or what they have been multiplied by already. And a line may give the whole
table another unit than its heads do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fairwatt.core.files.asking import ask_units
from fairwatt.core.files.asking_scales import SCALED
from fairwatt.core.files.cells import is_null, is_number
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.legends import unit_of_all
from fairwatt.core.files.profile import ChannelRule, How, ImportProfile, Kind, Question
from fairwatt.core.units import UNITS

_CONFIDENCE = 0.5
_FACTOR_NAMES = (
    r"(?:(?:meter|kwh|reading|value|data|channel)\s+)?(?:multiplier|mult\.?|multiply(?:ing)?|multiplication factor|"
    r"multiplying factor|scal(?:e|ing)(?: factor)?|factor|[cvp]t[ -]?(?:ratio|multiplier)|(?:ct|vt|transformer) factor|"
    r"transformer ratio)"
)
_DATA = r"(?:all |the )*(?:values|figures|numbers|data|readings|amounts|quantities)"
_NUMBER = r"(?P<factor>\d+(?:\.\d+)?)(?:\s*[/:]\s*(?P<by>\d+(?:\.\d+)?))?"
_POWERS_OF_TEN = {"hundreds": 100.0, "thousands": 1e3, "'000": 1e3, "000s": 1e3, "'000s": 1e3, "millions": 1e6}
_LIKELY, _PERHAPS, _BACK = "multiply", "perhaps", "divide"
_LINES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (rf"{_FACTOR_NAMES}\s*[:=,;\t|]?\s*x?\s*{_NUMBER}", _PERHAPS),
        (rf"(?:pulse|impulse) (?:value|weight)\s*[:=,;\t|]?\s*{_NUMBER}\s*(?P<unit>[A-Za-z³0-9]{{1,6}})", _PERHAPS),
        (rf"{_DATA}(?: (?:are|is))?(?: to be)? ?(?:x|×|\*|multipl(?:y|ied) by)\s*{_NUMBER}", _LIKELY),
        (rf"multiply {_DATA} by {_NUMBER}", _LIKELY),
        (rf"divide {_DATA} by (?P<divisor>\d+(?:\.\d+)?)", _LIKELY),
        (rf"{_DATA}(?: (?:are|is))?(?: (?:given|shown|expressed))? in (?P<word>hundreds|thousands|millions)", _LIKELY),
        (rf"(?:units?|{_DATA}(?: in)?)\s*[:=,;]?\s*(?P<word>['’]000s?|000s|thousands|millions)(?: of)?\s+\S+", _LIKELY),
        (rf"(?:\S+ )?{_DATA} (?:have been |were |are )?(?:multiplied|scaled) by {_NUMBER}", _BACK),
    )
)
_COLUMN = re.compile(_FACTOR_NAMES, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SaidScale:
    """What a file says of a scale: in which words, and what numbers may be multiplied by, the likelier first.

    No factors where they change from row to row.
    """

    text: str
    where: str
    factors: tuple[float, ...]


def find_said_scale(notes: Sequence[str]) -> SaidScale | None:
    """What lines beside the table say of a scale other than 1; None where they say none.

    Examples
    --------
    >>> find_said_scale(["Site: Depot", "CT ratio,200/5"]).factors
    (1.0, 40.0)
    >>> find_said_scale(["Power factor: 0.95", "Multiplier: 1"]) is None
    True
    """
    for note in notes:
        text = note.strip(' \t,;|()[]"#*.')
        for pattern, kind in _LINES:
            match = pattern.fullmatch(text)
            factor = _factor_of(match.groupdict()) if match else 1.0
            if match is not None and factor not in {0.0, 1.0}:
                words = " ".join(re.split(r"\s*[,;|\t]\s*|\s+", text))
                return SaidScale(words, "A line beside the table", _choices(factor, kind))
    return None


def _factor_of(found: dict[str, str | None]) -> float:
    if word := found.get("word"):
        return _POWERS_OF_TEN[word.lower().replace("’", "'")]
    if divisor := found.get("divisor"):
        return 1 / float(divisor) if float(divisor) else 0.0
    by = float(found.get("by") or 1.0)
    return float(found.get("factor") or 1.0) / by if by else 0.0


def _choices(factor: float, kind: str) -> tuple[float, ...]:
    if kind == _BACK:
        return (1 / factor, 1.0, factor)
    return (factor, 1.0) if kind == _LIKELY else (1.0, factor)


def ask_said_scales(
    profile: ImportProfile, layout: Layout, names: Sequence[str], questions: Sequence[Question]
) -> tuple[ImportProfile, tuple[Question, ...]]:
    """A profile and its questions, with those about scales and units that the file tells outside a column's head.

    Parameters
    ----------
    profile
        As inferred.
    layout, names
        Of the file as it stands, with the names of its columns.
    questions
        Those that are asked already.
    """
    profile, disputed = _dispute_units(profile, layout)
    asked = {question.id for question in questions}
    of_factors = {column for column, _ in _factor_columns(layout, names)}
    profile, dropped = _without_units(profile, of_factors)
    said = find_said_scale(layout.notes) or next((one for _, one in _factor_columns(layout, names)), None)
    more = list(disputed)
    if said is not None:
        scaled = [c for c in profile.channels if c.kind is Kind.NUMBER and c.quantity in SCALED]
        more += [_question(scaled, said)] if scaled and not any(one.startswith("scale") for one in asked) else []
        profile = profile.model_copy(update={"scale_said": said.text})
    return profile, (*(question for question in questions if question.id not in dropped), *more)


def _factor_columns(layout: Layout, names: Sequence[str]) -> Iterator[tuple[int, SaidScale]]:
    """Columns of numbers that are named as what others are multiplied by."""
    for column in range(min(layout.columns, len(names))):
        if not layout.names or not _COLUMN.fullmatch(names[column].strip()):
            continue
        cells = {cell.strip() for cell in layout.cells(column) if not is_null(cell)}
        if not cells or not all(is_number(cell) for cell in cells):
            continue
        factors = {float(cell) for cell in cells if re.fullmatch(r"\d+(\.\d+)?", cell)}
        if factors and factors != {1.0}:
            only = (1.0, *factors) if len(factors) == 1 else ()
            text = f"{names[column].strip()} {' and '.join(f'{one:g}' for one in sorted(factors)[:3])}"
            yield column, SaidScale(text, "A column", only)


def _without_units(profile: ImportProfile, columns: set[int]) -> tuple[ImportProfile, set[str]]:
    """Factors have no unit that anybody need be asked for."""
    known = {"quantity": "count", "unit": "one", "how": How.INFERRED, "why": "It is a factor.", "confidence": 0.9}
    channels = tuple(
        c.model_copy(update=known) if c.column in columns and c.how is How.GUESSED and c.kind is Kind.NUMBER else c
        for c in profile.channels
    )
    dropped = {f"{kind}:{c.field}" for c in profile.channels if c.column in columns for kind in ("unit", "register")}
    return profile.model_copy(update={"channels": channels}), dropped


def _question(channels: Sequence[ChannelRule], said: SaidScale) -> Question:
    why = f"{said.where} says ‘{said.text}’, and not whether the numbers are multiplied already."
    if not said.factors:
        why += " It changes from row to row: if they are not, multiply them before you give the file."
    choices = tuple((f"{one:g}", "They are so already" if one == 1.0 else _done_by(one)) for one in said.factors)
    first, are_many = channels[0], len(channels) > 1
    which = f"power, energy and what else meters count (‘{first.name}’ and {len(channels) - 1} more)"
    return Question(
        id="scale" if are_many else f"scale:{first.field}",
        text=f"What are the numbers of {which if are_many else f'‘{first.name}’'} still to be multiplied by?",
        guess=f"{said.factors[0]:g}" if said.factors else "1",
        why=why,
        confidence=_CONFIDENCE,
        choices=choices or (("1", "They are so already"),),
    )


def _done_by(factor: float) -> str:
    return f"Multiply by {factor:g}" if factor >= 1.0 else f"Divide by {1 / factor:g}"


def _dispute_units(profile: ImportProfile, layout: Layout) -> tuple[ImportProfile, tuple[Question, ...]]:
    """Units of heads that a line for the whole table denies: MWh over a column of kWh."""
    of_all = unit_of_all(layout.notes)
    if of_all is None:
        return profile, ()
    unit, text = of_all
    denied = {
        c.field: c
        for c in profile.channels
        if c.kind is Kind.NUMBER and c.how is How.READ and c.unit not in {"", unit.code}
        and UNITS[c.unit].dimension == unit.dimension
    }  # fmt: skip
    channels = tuple(
        c.model_copy(
            update={
                "how": How.GUESSED,
                "confidence": _CONFIDENCE,
                "why": f"{c.why} But a line beside the table says {text}.",
            }
        )
        if c.field in denied
        else c
        for c in profile.channels
    )
    return profile.model_copy(update={"channels": channels}), ask_units([c for c in channels if c.field in denied])
