"""Which way energy flows, by the words and signs of a column's name."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from fairwatt.core.units import find_unit

Direction = Literal["", "import", "export", "net"]
DIRECTED = frozenset(
    {"power", "energy", "reactive_energy", "reactive_power", "apparent_energy", "apparent_power"}
)  # quantities that flow one way or the other

_SIGNED = re.compile(
    r"(?<![A-Za-z0-9+\-])(?:(?:E?[AR]|[PQ])(?P<after>[+\-])|(?P<before>[+\-])[APRQ])(?![A-Za-z0-9+\-])"
)
_SHORT = re.compile(r"(?<![A-Za-z0-9])(?P<what>[AR])(?P<way>[IE])(?![A-Za-z0-9])")
_TAKES = (
    r"imports?|imported|importing|imp|purchased?|bought|drawn|withdrawn|offtake|bezogen|bezug|netzbezug"
    r"|mewnforio|mewnforiwyd|soutirage|soutir[eé]e?s?|afname|importada|levering|grid draw|withdrawals?|[pe]imp"
)
_GIVES = (
    r"exports?|exported|exporting|exp|fed ?in|feed ?in|sold|spill(?:ed)?|injected|eingespeist|(?:netz)?einspeisung"
    r"|allforio|allforiwyd|inject[eé]e?s?|injectie|invoeding|teruglevering|exportada|grid feed|injections?|[pe]exp"
)
_FROM_GRID = re.compile(
    r"\b(?:from|ex) (?:the )?(?:grid|network|mains)\b|\bgrid to (?:the )?(?:home|house|load|batter|user|site|building)"
)
_TO_GRID = re.compile(r"\b(?:in)?to (?:the )?(?:grid|network|mains)\b")
_IMPORT, _EXPORT = re.compile(rf"\b(?:{_TAKES})\b"), re.compile(rf"\b(?:{_GIVES})\b")
_DENIED = re.compile(rf"\b(?:non|not|no|excl|excluding|without) (?:{_TAKES}|{_GIVES})\b")
_NET = re.compile(r"\bnet(?:t|ted)?\b")
_MADE = re.compile(r"\b(generation|generated|gen|pv|production|produced|yield)\b")
_USED = re.compile(r"\b(consumption|consumed|usage|used)\b")
_DELIVERED = re.compile(r"\b(delivered|deliv)\b")
_RECEIVED = re.compile(r"\b(received|recd)\b")
# Which way is plus: "export(+)/import(-)", "import negative", "+ = export".
_WAY = rf"\b(?P<way>{_TAKES}|consumption|{_GIVES}|generation|production)\b"
_PLUS, _MINUS = r"\+(?:ve)?|positive|pos|plus", r"[-−–](?:ve)?|negative|neg|minus"
_SIGN = rf"(?P<sign>{_PLUS}|{_MINUS})"
_SIGN_AFTER = re.compile(rf"{_WAY}\s*[(\[=:]?\s*(?:is |are )?{_SIGN}(?![\w+])")
_SIGN_BEFORE = re.compile(rf"(?<![\w)\]]){_SIGN}\s*[=:]?\s*(?:is |means )?{_WAY}")
_SIGN_ALONE = re.compile(rf"{_WAY}\s*[(\[=:]?\s*(?:is |are )?(?P<sign>[+-]ve|positive|negative)\s*(?=$|[)\],;/|])")
_SIGN_MEANS = re.compile(rf"(?<!\w){_SIGN}\s*(?:=|:|is |means )\s*{_WAY}")
_SIGN_SHOWN = re.compile(
    rf"{_WAY}\s+(?:is |are )?(?:shown|given|written|recorded|counted|reported)\s+(?:as )?(?:a )?{_SIGN}"
)
_SIGN_WHEN = re.compile(rf"(?<!\w){_SIGN}\s+(?:when|if|while)\s+(?:\w+ )?{_WAY}")
_USES = re.compile(r"\b(demand|load|consumption|consumed|usage|used|use)\b")
_LESS = re.compile(rf"\b(?:{_GIVES})\s*(?:[-−–]|minus|less)\s*(?:{_TAKES})\b")


class Flow(NamedTuple):
    """A direction as a name says it; ``why`` is filled where it is a guess and a person had better say."""

    direction: Direction = ""
    why: str = ""
    is_turned: bool = False  # the name says plus what the platform counts as minus: a net export
    is_sure: bool = False  # the name says in so many words which way is plus


# The four quadrants of active and reactive power (IEC 62053-23): active energy is taken in the first and the fourth,
# reactive in the first two.
_QUADRANTS = re.compile(r"\bQ([1-4])\s*(?:\+|and|&|/)\s*Q([1-4])\b", re.IGNORECASE)
_OF_QUADRANTS: dict[frozenset[str], Direction] = {
    frozenset("14"): "import",
    frozenset("23"): "export",
    frozenset("12"): "import",
    frozenset("34"): "export",
}


def find_flow(name: str, words: str) -> Flow:
    """Find the direction of flow in a name.

    Parameters
    ----------
    name, words
        As the file spells it, and as :func:`fairwatt.core.files.meaning.words_of` gives it.
    """
    if (pair := _QUADRANTS.search(name)) and (way := _OF_QUADRANTS.get(frozenset(pair.group(1, 2)))):
        return Flow(way)
    words = _DENIED.sub(" ", words)
    takes, gives = _IMPORT.search(words), _EXPORT.search(words)
    if plus := _way_of_plus(name.casefold(), both=bool(takes and gives)):
        is_turned = plus == "export"
        why = "The name says that plus is what is fed in." if is_turned else ""
        return Flow("net", why, is_turned=is_turned, is_sure=True)
    if _NET.search(words):
        return _net_flow(name, words, takes=bool(takes), gives=bool(gives))
    if takes and gives:  # both in one channel
        is_less = _LESS.search(name.casefold()) is not None
        return Flow("net", _LESS_SAID if is_less else "The name says import and export in one column.", is_less)
    return _by_words(words, is_import=bool(takes), is_export=bool(gives)) or _by_sign(name) or _by_place(words)


def _net_flow(name: str, words: str, *, takes: bool, gives: bool) -> Flow:
    if gives and not takes:
        return Flow("net", "The name says net export, so plus is probably what is fed in.", is_turned=True)
    if _MADE.search(words) and not takes:
        return Flow("net", "The name says net generation, so plus is probably what is fed in.", is_turned=True)
    if _LESS.search(name.casefold()):
        return Flow("net", _LESS_SAID, is_turned=True)
    return Flow("net") if takes or _USES.search(words) else Flow("net", _NET_ALONE)


_NET_ALONE = "The name says net, but not which way is plus; mostly that is what is taken."
_LESS_SAID = "The name says export less import, so plus is probably what is fed in."


def _by_words(words: str, *, is_import: bool, is_export: bool) -> Flow | None:
    """What words of one way say, and where the grid stands; none of both ways are there."""
    from_grid, to_grid = bool(_FROM_GRID.search(words)), bool(_TO_GRID.search(words))
    if is_export and from_grid and not to_grid:
        return Flow("import", "The name says export, and from the grid.")
    if is_import and to_grid and not from_grid:
        return Flow("export", "The name says import, and to the grid.")
    if from_grid and to_grid and not (is_import or is_export):
        return Flow("net", "The name says from and to the grid in one column.")
    if is_import or is_export or from_grid or to_grid:
        return Flow("import" if is_import or (from_grid and not is_export) else "export")
    return None


def _way_of_plus(name: str, *, both: bool) -> Direction:
    """Which way the name says is plus; "" where it does not, or contradicts itself."""
    two = both or bool(_USED.search(name) and _MADE.search(name))
    patterns = (_SIGN_AFTER, _SIGN_BEFORE) if two else (_SIGN_ALONE, _SIGN_MEANS)
    found: set[Direction] = set()
    for pattern in (*patterns, _SIGN_SHOWN, _SIGN_WHEN):
        for match in pattern.finditer(name):
            is_import = re.fullmatch(rf"{_TAKES}|consumption", match["way"]) is not None
            is_plus = re.fullmatch(_PLUS, match["sign"]) is not None
            found.add("import" if is_import == is_plus else "export")
    return found.pop() if len(found) == 1 else ""


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
    if _DELIVERED.search(words) and _RECEIVED.search(words):
        return Flow("net", "The name says delivered and received in one column.")
    if _DELIVERED.search(words) and not _RECEIVED.search(words):
        return Flow("import", "Meters call delivered what the customer takes; inverters what they give.")
    if _RECEIVED.search(words):
        return Flow("export", "Meters call received what the customer gives; people what they take.")
    if _MADE.search(words):  # what is made may be used on the spot: the name says no more than where plus points to
        return Flow("", "The name speaks of what is generated, so plus is probably that.", is_turned=True)
    return Flow("import") if _USED.search(words) else Flow()
