"""Which columns hold states: words and noughts and ones that count nothing."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from fairwatt.core.files.meaning import words_of

_PAIRS = ({"true", "false"}, {"yes", "no"}, {"on", "off"})
_LETTERS = ({"y", "n"}, {"t", "f"})  # which both have to be there: one alone can mean anything
_STATE = re.compile(
    r"\b(flags?|status|quality|validity|alarms?|faults?|errors?|events?|mode|state|codes?|qc|dq|severity|priority|tz|"
    r"time ?zone)\b|^zone$"
)
_OF_TWO = re.compile(  # what is there or is not
    r"\b(doors?|windows?|switch|relay|contact|motion|presence|occupancy|occupied|valve|defrost|detected|"
    r"dst|bst|summer time|daylight saving|enabled|disabled|running|holiday|weekend|working day|tripped|failure|"
    r"warning|valid)\b|"
    r"\b(on|off|open|closed|present|connected|online|available|ok)$|^(on|off|on off)$|^(is|has|was)\b|"
    r"^(active|inactive|estimated|boost|charging)$"
)


def are_booleans(words: AbstractSet[str]) -> bool:
    """Whether a column's words, in lower case, are yes and no, on and off, or true and false."""
    return any(words <= pair for pair in _PAIRS) or words in _LETTERS


def is_state_name(name: str) -> bool:
    """Whether a name is that of a state or a code, whose numbers count nothing."""
    return bool(_STATE.search(words_of(name)))


def is_flag_name(name: str) -> bool:
    """Whether a name is that of something that is so or is not, where it holds noughts and ones."""
    return bool(_STATE.search(words_of(name)) or _OF_TWO.search(words_of(name)))
