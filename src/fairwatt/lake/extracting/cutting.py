"""Shorten a JSON file so that it is whole JSON again, to be looked at by itself."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# A text with its escapes, never tried in two ways; one that is cut off goes on to the end.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z|\\\Z)|[][{},]|\n', re.DOTALL)
_MARK = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z|\\\Z)|[][{},]', re.DOTALL)
_CLOSING = {b"{": b"}", b"[": b"]"}
_DEEPEST = 100
_READ_BYTES = 4 << 20
_LONGEST = 16 << 20  # a single text
LEAST_ITEMS = 4  # that are kept of every array
_MOST_NAMES, _MOST_OBJECTS = 5_000, 100  # that are kept of an object: its names may be columns


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


@dataclass(frozen=True, slots=True)
class Shortened:
    """A JSON file with the first items of its arrays and objects alone.

    Attributes
    ----------
    text
        Its bytes.
    share
        The part of the file's bytes that it holds.
    """

    text: bytes
    share: float


def shorten_json(path: Path, *, items: int, room: int, most_marks: int = sys.maxsize) -> Shortened | None:
    """Go through a file of UTF-8 and keep the first items of each array; None where it is no single whole value.

    Arrays that stand side by side keep the same number of items: ``items`` where they fit into ``room`` bytes, else
    fewer. What is left out is passed over without being read value by value; where it closes more than ``most_marks``
    arrays or objects, which takes long, the answer is None too.
    """
    while True:
        with path.open("rb") as file:
            pass_ = _Shortening(file, items, room, most_marks)
            try:
                text = pass_.run()
            except _NoRoomError:
                if items <= LEAST_ITEMS:
                    return None
                items = max(LEAST_ITEMS, items // 8)
                continue
        return None if text is None else Shortened(text, min(1.0, pass_.kept / max(1, path.stat().st_size)))


class _NoRoomError(Exception):
    """What is kept takes more than it may."""


@dataclass(slots=True)
class _Open:
    """An array or object that is open, and the items that have ended in it."""

    mark: bytes
    items: int = 0


class _Shortening:
    """One pass over a file."""

    def __init__(self, file: IO[bytes], items: int, room: int, most_marks: int) -> None:
        self._file, self._items, self._room, self._marks_left = file, items, room, most_marks
        self._held, self._at = b"", 0
        self._is_last = False
        self._out = bytearray()
        self._stack: list[_Open] = []

    @property
    def kept(self) -> int:
        """How many bytes were kept."""
        return len(self._out)

    def run(self) -> bytes | None:
        """The shortened file; None where it breaks off, is nested deeply, or goes on behind its value."""
        self._more()
        self._at = 3 if self._held.startswith(b"\xef\xbb\xbf") else 0
        before = b""
        while (token := self._token()) is not None:
            if token in _CLOSING:
                self._stack.append(_Open(token))
                if len(self._stack) > _DEEPEST:
                    return None
            elif token in {b"}", b"]"}:
                if not self._stack or _CLOSING[self._stack.pop().mark] != token:
                    return None
                if not self._stack:
                    return bytes(self._out) if not self._rest() else None
            elif token == b"," and self._stack and not self._goes_on(before):
                return None
            before = token
        return None

    def _goes_on(self, before: bytes) -> bool:
        """Count an item, and pass over the rest where there are enough; return whether the file still goes on."""
        inner = self._stack[-1]
        inner.items += 1
        least = 0 if inner.mark == b"[" else _MOST_OBJECTS if before == b"}" else _MOST_NAMES
        if inner.items < max(self._items, least):
            return True
        del self._out[-1:]  # the comma
        return self._pass_over(inner.mark, _CLOSING[inner.mark])

    def _token(self) -> bytes | None:
        """Copy up to the next mark or text, and return it."""
        while True:
            found = _MARK.search(self._held, self._at)
            if found is not None and (found.end() < len(self._held) or self._is_last):
                self._keep(found.end())
                return found[0]
            if self._is_last:
                return None
            self._keep(len(self._held) if found is None else found.start())
            if len(self._held) - self._at > _LONGEST:
                return None
            self._more()

    def _keep(self, end: int) -> None:
        self._out += self._held[self._at : end]
        self._at = end
        if len(self._out) > self._room:
            raise _NoRoomError

    def _more(self) -> None:
        chunk = self._file.read(_READ_BYTES)
        self._is_last = not chunk
        self._held, self._at = self._held[self._at :] + chunk, 0

    def _rest(self) -> bytes:
        """What follows but blanks."""
        while not (rest := self._held[self._at :].strip()) and not self._is_last:
            self._more()
        return rest

    def _pass_over(self, opening: bytes, closing: bytes) -> bool:
        """Go to the mark that closes what is open; marks in texts are none. Return whether it was found."""
        depth, is_text = 1, False
        while True:
            while not self._is_last and self._held.endswith(b"\\"):  # what it escapes comes with it
                self._more()
            held = self._held[self._at :]
            if b"\\" in held:  # as many bytes, and no mark of theirs counts
                held = held.replace(b"\\\\", b"__").replace(b'\\"', b"__")
            self._marks_left -= held.count(closing)
            if self._marks_left < 0:
                return False
            depth, is_text, end = _count(held, opening, closing, depth, is_text=is_text)
            if end >= 0:
                self._at += end
                return True
            self._at = len(self._held)
            if self._is_last:
                return False
            self._more()


def _count(held: bytes, opening: bytes, closing: bytes, depth: int, *, is_text: bool) -> tuple[int, bool, int]:
    """How deep a piece ends, whether within a text, and where what was open closes; -1 where it does not."""
    opened, closed = held.find(opening), held.find(closing)
    last = 0
    while opened >= 0 or closed >= 0:
        is_opening = opened >= 0 and (opened < closed or closed < 0)
        at = opened if is_opening else closed
        is_text ^= held.count(b'"', last, at) % 2 == 1
        last = at
        if not is_text:
            depth += 1 if is_opening else -1
            if depth == 0:
                return depth, is_text, at
        if is_opening:
            opened = held.find(opening, at + 1)
        else:
            closed = held.find(closing, at + 1)
    return depth, is_text ^ (held.count(b'"', last) % 2 == 1), -1
