"""What names and answers say of a factor: ``kWh x 100``, ``million kWh``, ``kW (÷10)``, and units with remarks.

A sign of multiplication, or a word such as "thousands", says surely that numbers are to be multiplied. A number alone
before a unit may be what a thing is made for (``Battery (10 kWh)``), and a division may have been done or be left to
do (``kWh/10``): a person is asked for such factors.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from fairwatt.core.units import find_unit

_WORDS = {"thousand": 1e3, "thousands": 1e3, "million": 1e6, "millions": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9}
_MADE_FOR = re.compile(  # things that people name with what they can do
    r"\b(battery|batteries|bess|store|storage|pv|solar|array|inverter|charger|charge ?points?|ev|turbine|wind|chp|"
    r"heat ?pump|immersion|engine|generator|gen ?set|boiler|feeder|transformer|fuse|breaker|powerwall)\b",
    re.IGNORECASE,
)
_NESTED = re.compile(r"\(([^()]*[^()\s])\s*\(([^()]*)\)\s*([^()]*)\)")
_QUALIFIED = re.compile(  # of electricity or heat, above the air's pressure, of alternating current
    r"(?<![A-Za-z])(?P<unit>[A-Za-z]{1,4})\s?\((?:g|a|e|el|th|t|p|ac|dc|rms)\)(?=\s*(?:[)\],;]|$))", re.IGNORECASE
)
_FOOTNOTE = re.compile(
    r"(?<=[A-Za-zµΩ°²³])(?:[*†‡§¹]+|\s*\[(?:\d|[a-z]|note\s*\d?)\])(?=\s*(?:[)\]]|$))", re.IGNORECASE
)
_PULSES = re.compile(
    r"\b(?:imp(?:ulses?)?|pulses?|revs?|flashes|blinks)\s*(?:/|per|p)\s*(?P<unit>[kM]?Wh|[kM]?varh|m3|m³|l)\b",
    re.IGNORECASE,
)
_TIMES_AT_END = re.compile(r"(?P<rest>.*\S)\s+(?:x|×|\*)\s*(?P<factor>\d+(?:\.\d+)?)", re.IGNORECASE)
_THOUSANDS_AT_END = re.compile(r"(?P<rest>.*\S)\s+(?:['’]?000s?|(?:in )?(?P<word>thousands|millions))", re.IGNORECASE)
_BRACKETED = re.compile(  # Demand MW (x100), Energy kWh ('000)
    r"(?P<rest>.*\S)\s*[(\[]\s*(?:(?:x|×|\*)\s*(?P<factor>\d+(?:\.\d+)?)|(?:['’]?000s?|(?:in )?(?P<word>thousands?|"
    r"millions?)))\s*[)\]](?P<tail>.*)",
    re.IGNORECASE,
)
_WORD_BEFORE = re.compile(
    rf"(?P<head>.*?)\b(?P<word>{'|'.join(_WORDS)})\s+(?P<unit>[^\s()\[\]]+)(?P<tail>[)\]]?)", re.IGNORECASE
)
_NUMBER_BEFORE = re.compile(
    r"(?P<head>.*?)(?P<open>[(\[]?)(?<![\d.,/x×*^])(?<![x×*]\s)(?P<factor>10{1,6})\s+(?P<unit>[A-Za-z][^\s()\[\]]*)(?P<close>[)\]]?)"
)
_DIVIDED = re.compile(r"(?P<rest>.*?[A-Za-z)])\s*[(\[]?\s*(?P<sign>÷|/)\s*(?P<by>10{1,4})\s*[)\]]{0,2}")


@dataclass(frozen=True, slots=True)
class Scale:
    """A factor in a name.

    Attributes
    ----------
    rest
        The name without it.
    text
        Unit and factor as the name has them.
    factor
        What numbers are to be multiplied by, or may be.
    choices
        All that it may mean, the likelier first; empty where the factor is sure.
    why
        Why a person is to say it; "" where it is sure.
    """

    rest: str
    text: str
    factor: float
    choices: tuple[float, ...] = ()
    why: str = ""


def without_remarks(name: str) -> str:
    """A name whose unit stands alone: without marks of footnotes, brackets in brackets and what kind of unit it is.

    Examples
    --------
    >>> without_remarks("Heat (kWh(th))"), without_remarks("Import kWh*"), without_remarks("Load (kW (15 min avg))")
    ('Heat (kWh)', 'Import kWh', 'Load (kW) 15 min avg')
    """
    plain = _FOOTNOTE.sub("", _QUALIFIED.sub(_unqualified, name.rstrip(",;| ").replace("˚", "°")))
    return _NESTED.sub(r"(\1) \2 \3", plain).strip()


def _unqualified(match: re.Match[str]) -> str:
    is_letter = len(match["unit"]) == 1 and match[0].endswith(")") and len(match[0].rpartition("(")[2]) == len("a)")
    return match["unit"] if find_unit(match["unit"]) is not None and not is_letter else match[0]


def tells_of_pulses(name: str) -> bool:
    """Whether a name says how many pulses a unit has: ``1000 imp/kWh`` is a meter's constant, or counts its pulses."""
    return _PULSES.search(name) is not None


def find_scale(name: str) -> Scale | None:
    """Find a factor beside the unit of a name that holds both.

    Examples
    --------
    >>> find_scale("Boiler kWh x 100").factor
    100.0
    >>> find_scale("Value (10 Wh)").choices
    (10.0, 1.0)
    >>> find_scale("Building 100 kW inverter") is None
    True
    """
    name = unicodedata.normalize("NFKC", name) if "½" not in name else name
    return _sure(name) or _divided(name) or _numbered(name)


def _sure(name: str) -> Scale | None:
    if (match := _TIMES_AT_END.fullmatch(name)) and (unit := _unit_behind(match["rest"])):
        return Scale(match["rest"], f"{unit} x {match['factor']}", float(match["factor"]))
    if (match := _BRACKETED.fullmatch(name)) and (unit := _unit_behind(match["rest"])):
        said = f"x {match['factor']}" if match["factor"] else f"in {(match['word'] or 'thousands').lower()}"
        factor = float(match["factor"]) if match["factor"] else _WORDS[(match["word"] or "thousands").lower()]
        return Scale(f"{match['rest']}{match['tail']}", f"{unit} {said}", factor)
    if (match := _THOUSANDS_AT_END.fullmatch(name)) and (unit := _unit_behind(match["rest"])):
        factor = _WORDS[(match["word"] or "thousands").lower()]
        return Scale(match["rest"], f"{unit} in {'millions' if factor > 1e3 else 'thousands'}", factor)
    if (match := _WORD_BEFORE.fullmatch(name)) and find_unit(match["unit"]):
        rest = f"{match['head']}{match['unit']}{match['tail']}"
        return Scale(rest, f"{match['word']} {match['unit']}", _WORDS[match["word"].lower()])
    return None


def _divided(name: str) -> Scale | None:
    match = _DIVIDED.fullmatch(name)
    if match is None or not (unit := _unit_behind(match["rest"].strip())):
        return None
    by = float(match["by"])
    text = f"{unit} {match['sign']} {match['by']}"
    why = f"The header says {text}: the numbers may have been divided by {by:g}, or be left to divide."
    rest = match["rest"]
    closing = ")" if rest.count("(") > rest.count(")") else ""
    return Scale(f"{rest}{closing}", text, 1 / by, (1 / by, by, 1.0), why)


def _numbered(name: str) -> Scale | None:
    match = _NUMBER_BEFORE.fullmatch(name)
    unit = find_unit(match["unit"]) if match else None
    if match is None or unit is None or unit.quantity == "duration" or bool(match["open"]) != bool(match["close"]):
        return None
    if (match["factor"] == "1000") == bool(match["open"]):  # (1000 kWh) is known; Meter 10 kWh has a number
        return None
    factor, text = float(match["factor"]), f"{match['factor']} {match['unit']}"
    is_rating = _MADE_FOR.search(match["head"]) is not None
    likely, other = (1.0, factor) if is_rating else (factor, 1.0)
    why = f"The header says {text}: each number may count so many of them, or the thing be made for that much."
    return Scale(f"{match['head']}{match['open']}{match['unit']}{match['close']}", text, likely, (likely, other), why)


def _unit_behind(text: str) -> str:
    """The unit that a text ends with, in brackets or as its last word; "" where it does not."""
    last = text.rstrip(")] ").rpartition(" ")[2].lstrip("([") if text else ""
    return last if last and find_unit(last) is not None else ""
