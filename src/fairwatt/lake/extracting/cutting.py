"""Cut the beginning of a JSON file so that it is whole JSON again, to be looked at by itself."""

from __future__ import annotations

import re

# A text with its escapes, never tried in two ways; one that is cut off goes on to the end.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\Z|\\\Z)|[][{},]|\n', re.DOTALL)
_CLOSING = {b"{": b"}", b"[": b"]"}
_DEEPEST = 100


def cut_json(beginning: bytes) -> bytes | None:
    """The beginning up to the last whole item of an array, closed; None where there is no such place.

    It is cut in the outermost array that goes on to the second half, so that its items stay whole. A file with a value
    a line is cut after its last whole line.
    """
    stack = bytearray()
    cuts: dict[int, tuple[int, bytes]] = {}  # by depth, the last place to cut and what is open there
    last_line = 0
    has_begun = False
    for match in _TOKEN.finditer(beginning):
        token = match[0]
        if token == b"\n":
            last_line = match.end() if has_begun and not stack else last_line
            continue
        has_begun = True
        if token in _CLOSING:
            stack += token
            if len(stack) > _DEEPEST:
                return None
        elif token in {b"}", b"]"}:
            if not stack:
                return None
            stack.pop()
        elif token == b"," and stack[-1:] == b"[":
            cuts[len(stack)] = (match.start(), bytes(stack))
    if last_line:
        return beginning[:last_line]
    late = [depth for depth, (at, _) in cuts.items() if at > len(beginning) // 2]
    if not late:
        return None
    at, still_open = cuts[min(late)]
    return beginning[:at] + b"".join(_CLOSING[bytes([one])] for one in reversed(still_open))
