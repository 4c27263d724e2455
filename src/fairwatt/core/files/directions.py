"""Which way energy flows, by the words and signs of a column's name."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from fairwatt.core.units import find_unit

Direction = Literal["", "import", "export", "net"]
DIRECTED = frozenset(
    {"power", "energy", "reactive_energy", "reactive_power", "apparent_energy", "apparent_power"}
)  # quantities that flow one way or the other

_SIGNED = re.compile(r"(?<![A-Za-z0-9+\-])(?:[APRQ](?P<after>[+\-])|(?P<before>[+\-])[APRQ])(?![A-Za-z0-9+\-])")
_SHORT = re.compile(r"(?<![A-Za-z0-9])(?P<what>[AR])(?P<way>[IE])(?![A-Za-z0-9])")
_IMPORT = re.compile(
    r"\b(imports?|imported|importing|imp|purchased?|bought|drawn|withdrawn|offtake|(?:from|ex) (?:the )?grid)\b"
)
_EXPORT = re.compile(
    r"\b(exports?|exported|exporting|exp|fed ?in|feed ?in|sold|spill(?:ed)?|injected|(?:in)?to (?:the )?grid)\b"
)
_NET = re.compile(r"\bnet(?:t|ted)?\b")
_MADE = re.compile(r"\b(generation|generated|gen|pv|production|produced|yield)\b")
_USED = re.compile(r"\b(consumption|consumed|usage|used)\b")
_DELIVERED = re.compile(r"\b(delivered|deliv)\b")
_RECEIVED = re.compile(r"\b(received|recd)\b")
_RATED = re.compile(r"\b(capacity|rating|rated|installed|nameplate|max(?:imum)? export|firm)\b")


class Flow(NamedTuple):
    """A direction as a name says it; ``why`` is filled where it is a guess and a person had better say."""

    direction: Direction = ""
    why: str = ""
    is_turned: bool = False  # the name says plus what the platform counts as minus: a net export


def find_flow(name: str, words: str) -> Flow:
    """Find the direction of flow in a name.

    Parameters
    ----------
    name, words
        As the file spells it, and as :func:`fairwatt.core.files.meaning.words_of` gives it.
    """
    if _NET.search(words):
        if _EXPORT.search(words):
            return Flow("net", "The name says net export, so plus is probably what is fed in.", is_turned=True)
        return Flow("net")
    into, out = _IMPORT.search(words), _EXPORT.search(words)
    if into and out:  # "import/export": both in one channel
        return Flow("net", "The name says import and export in one column.")
    if into or out:
        return Flow("import" if into else "export")
    return _by_sign(name) or _by_place(words)


def _by_sign(name: str) -> Flow | None:
    if (signed := _SIGNED.search(name)) is not None:
        return Flow("import" if (signed["after"] or signed["before"]) == "+" else "export")
    if (short := find_short(name)) is not None:
        return Flow("import" if short["way"] == "I" else "export")
    return None


def find_short(name: str) -> re.Match[str] | None:
    """Find one of the settlement system's letters (AI, AE, RI, RE) where a name holds nothing else but a unit."""
    match = _SHORT.search(name)
    if match is None:
        return None
    rest = (name[: match.start()] + name[match.end() :]).strip(" _-:()[]")
    return match if not rest or find_unit(rest) is not None else None


def _by_place(words: str) -> Flow:
    if _DELIVERED.search(words) and not _RECEIVED.search(words):
        return Flow("import", "Meters call delivered what the customer takes; inverters what they give.")
    if _RECEIVED.search(words):
        return Flow("export", "Meters call received what the customer gives; people what they take.")
    if _MADE.search(words) and not _RATED.search(words):
        return Flow("export")
    return Flow("import") if _USED.search(words) else Flow()
