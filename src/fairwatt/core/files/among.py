"""What a name says among the others of its file: which way energy flows where In stands beside Out, AI beside AE."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from fairwatt.core.files.directions import DIRECTED, Direction, Flow
from fairwatt.core.files.meaning import Meaning, read_name, words_of
from fairwatt.core.units import find_unit

_SETTLED = {"ai": "ae", "ri": "re"}  # the settlement system's letters: active and reactive import and export
_PAIRS = _SETTLED | {
    "in": "out", "input": "output", "incoming": "outgoing", "inflow": "outflow", "i": "e", "forward": "reverse",
    "fwd": "rev", "positive": "negative", "pos": "neg", "plus": "minus", "buy": "sell", "supply": "return",
    "supplied": "returned", "taken": "given", "del": "rec",
}  # fmt: skip
_TAKES = frozenset(_PAIRS)
_OPPOSITES = _PAIRS | {gives: takes for takes, gives in _PAIRS.items()}
_ALONE = frozenset({
    "incoming", "outgoing", "inflow", "outflow", "forward", "reverse", "fwd", "rev", "buy", "sell", "returned",
    "surplus", "excess",
})  # fmt: skip
_TELLING = _OPPOSITES.keys() | _ALONE
_SIGNED = re.compile(r"\([+\-−]\)|(?<=[A-Za-z])[+\-−](?=$|[\s)])|^[+\-−](?=[A-Za-z ]|$)")
_OTHER_FLOWS = re.compile(  # what goes in and out of them is neither taken from the grid nor fed in
    r"\b(batter(?:y|ies)|bess|storage|heat|thermal|water|steam|air|gas|oil|inlet|outlet|room|indoors?|outdoors?)\b"
)
_BEFORE_UNITS = re.compile(r"(?<=\S)[ _]in[ _](?P<rest>\S+)$|(?<=\S)[ _]IN[ _](?P<loud>[A-Z]+)$")
_TAILS = frozenset({"total", "sum", "avg", "average", "mean", "min", "max", "value", "reading", "actual", "hh"})


def read_among(name: str, names: Sequence[str], *, units_row: str = "") -> Meaning:
    """Read a name among others: an m2 beside m1 or m4 is a meter's, and no area; In beside Out tells a way of flow."""
    is_numbered = name.strip().casefold() in {"m2", "m3"} and not units_row.strip()
    if is_numbered and {other.strip().casefold() for other in names} & {"m1", "m4"}:
        return Meaning()
    found = read_name(name, units_row=units_row)
    if found.direction or found.format or (found.quantity and found.quantity not in DIRECTED):
        return found
    words = _words(name)
    if not _TELLING & set(words.split()):
        return found
    others = _all_words(tuple(names))
    if not found.quantity and is_settled(pair := find_pair(words, others)):
        found = replace(found, quantity="energy" if pair[0] == "a" else "reactive_energy")
    flow = flow_beside(name, words, others, found.quantity)
    return replace(found, direction=flow.direction, flow_why=flow.why, is_turned=False) if flow.direction else found


@lru_cache(maxsize=2)
def _all_words(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_words, names))


def sign_in(name: str) -> str:
    """The sign that a name bears as a word of its own: ``+``, ``-`` or ""."""
    match = _SIGNED.search(name)
    return "" if match is None else "+" if "+" in match[0] else "-"


def _words(name: str) -> str:
    """A name's words, those of its signs among them: kWh (+) beside kWh (-)."""
    return words_of(_SIGNED.sub(lambda match: f" {'plus' if '+' in match[0] else 'minus'} ", name))


def find_pair(words: str, others: Collection[str]) -> str:
    """The word of a name that tells it from another of its file by standing for the opposite way; "" without one.

    Examples
    --------
    >>> find_pair("house a ai", {"time", "house a ai", "house a ae"})
    'ai'

    Parameters
    ----------
    words, others
        A name and those of the file's columns, as :func:`fairwatt.core.files.meaning.words_of` gives them.
    """
    parts = words.split()
    if len(words) == 1:  # I alone is a current, E an energy
        return ""
    for place, word in enumerate(parts):
        opposite = _OPPOSITES.get(word)
        if opposite and " ".join([*parts[:place], opposite, *parts[place + 1 :]]) in others:
            return word
    return ""


def is_settled(word: str) -> bool:
    """Whether a word is one of the settlement system's letters."""
    return word in _SETTLED or word in _SETTLED.values()


def flow_beside(name: str, words: str, others: Collection[str], quantity: str) -> Flow:
    """Which way a name means that says nothing by itself.

    Parameters
    ----------
    name, words, others
        The name as the file spells it; and as :func:`find_pair` has them.
    quantity
        What it measures; "" where that is unknown.
    """
    if _OTHER_FLOWS.search(words):
        return Flow()
    if word := find_pair(words, others):
        if is_settled(word):
            return Flow(_way_of(word))
        why = f"‘{word}’ stands beside ‘{_OPPOSITES[word]}’: probably taken from the grid beside fed in."
        return Flow(_way_of(word), why)
    return _flow_alone(name, words, quantity)


def _flow_alone(name: str, words: str, quantity: str) -> Flow:
    parts = words.split()
    letter = "r" if quantity.startswith("reactive") else "a"
    settled = (part for part in parts if is_settled(part) and part[0] == letter and part.upper() in name)
    if quantity and (word := next(settled, "").upper()):  # House A AI kWh
        way = _way_of(word.lower())
        return Flow(way, f"Settlement writes {word} for what is {way}ed, but here it may be part of a name.")
    if word := next((part for part in parts if part in _ALONE), ""):
        return Flow(_way_of(word), f"The name says {word}, but not whether seen from the grid or from the customer.")
    if {"in", "out"} <= set(parts):  # House In/Out kWh
        return Flow("net", "The name says in and out in one column.")
    place = next((i for i, part in enumerate(parts) if part in {"in", "out"} and _are_tails(parts[i + 1 :])), None)
    if place is None or (parts[place] == "in" and _BEFORE_UNITS.search(name.strip())):  # Energy in kWh
        return Flow()
    word = parts[place]
    return Flow(_way_of(word), f"The name says {word}, but not whether of the grid or of the customer.")


def _way_of(word: str) -> Direction:
    return "import" if word in _TAKES else "export"


def _are_tails(parts: Iterable[str]) -> bool:
    """Whether only units, numbers and statistics follow."""
    return all(part in _TAILS or part.isdigit() or find_unit(part) is not None for part in parts)
