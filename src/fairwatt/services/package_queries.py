"""Questions in CKAN's search syntax: as much of Solr's as its clients, harvesters and add-ins use.

``organization:lch +metadata_modified:[2026-01-01T00:00:00Z TO *] -tags:"heat pump" (groups:a OR groups:b) school``
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from fairwatt.core.errors import InvalidInput

MOST_TEXT = 4_000  # characters of a question
MOST_TERMS = 200  # conditions of a question: each is a part of the database's own question
_DEEPEST = 20  # brackets within brackets
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<field>[A-Za-z_][\w.]*):(?=\S)
      | (?P<range>[\[{]\s*(?P<low>"[^"]*"|[^\s\]}]+)\s+TO\s+(?P<high>"[^"]*"|[^\s\]}]+)\s*[\]}])
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | (?P<sign>[()]|&&|\|\||[+!-](?=\S))
      | (?P<word>(?:[^\s()"\[\]{}\\]|\\.)+)
    )""",
    re.VERBOSE,
)
_OPERATORS = {"AND": "AND", "&&": "AND", "OR": "OR", "||": "OR", "NOT": "NOT"}


class Unreadable(InvalidInput):
    """A text that is no question in this syntax."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: a field ("" for any) and what it is to hold; or the ends of a range, "*" being open."""

    field: str
    value: str = ""
    low: str = ""
    high: str = ""
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """What must not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """Everything must hold."""

    parts: Sequence[Node] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """One of them must hold."""

    parts: Sequence[Node] = ()


Node = Term | Not | All | Either


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageQuery:
    """A question to the catalogues as CKAN is asked: what must hold, how it is sorted, what is counted."""

    question: Node = field(default_factory=All)
    words: str = ""  # where the question is of words alone: by relevance
    sort: Sequence[tuple[str, bool]] = ()  # field, whether it falls
    start: int = 0
    rows: int = 10
    facets: Sequence[str] = ()


def parse_question(text: str) -> Node:
    """Read a question.

    Raises
    ------
    Unreadable
        Where it is none: an open bracket, an operator without its parts.
    InvalidInput
        Where it is too long.
    """
    if len(text) > MOST_TEXT:
        raise InvalidInput(f"A question has at most {MOST_TEXT:,} characters.", where={"field": "q"})
    return _Reader(_split(text)).read()


def count_terms(question: Node) -> int:
    """How many conditions a question has."""
    if isinstance(question, Term):
        return 1
    if isinstance(question, Not):
        return count_terms(question.part)
    return sum(map(count_terms, question.parts))


def words_of(question: Node) -> str | None:
    """The words of a question that is made of words alone; None where it has fields, too."""
    if isinstance(question, Term):
        return None if question.field or question.low else question.value
    if not isinstance(question, All):
        return None
    found = [words_of(part) for part in question.parts]
    return None if None in found else " ".join(filter(None, found))


_Token = tuple[str, str, str]  # kind, text, and for a range its high end


def _split(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place = 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if found is None:
            raise _unreadable(text[place : place + 20])
        place = found.end()
        if found["range"]:
            tokens.append(("range", found["low"].strip('"'), found["high"].strip('"')))
            continue
        kind = str(found.lastgroup)
        value = _unescaped(found[kind]) if kind in {"quoted", "word"} else found[kind]
        if (kind == "word" and value in _OPERATORS) or value in {"&&", "||"}:
            kind = "operator"
        tokens.append((kind, _OPERATORS.get(value, value) if kind == "operator" else value, ""))
    return tokens


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _unreadable(near: str) -> Unreadable:
    return Unreadable(
        f"This question can't be read near '{near}'.",
        where={"field": "q"},
        next_step='Write field:value, field:"several words", field:[low TO high], with AND, OR, NOT and brackets.',
    )


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def read(self) -> Node:
        found = self._all("")
        if self._place < len(self._tokens):
            raise _unreadable(self._tokens[self._place][1])
        return found

    def _peek(self) -> _Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _all(self, field_: str) -> Node:
        parts: list[Node] = []
        while (token := self._peek()) is not None and token[:2] != ("sign", ")"):
            if token[:2] == ("operator", "AND") and parts:
                self._place += 1
                continue
            parts.append(self._any(field_))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _any(self, field_: str) -> Node:
        parts = [self._one(field_)]
        while (token := self._peek()) is not None and token[:2] == ("operator", "OR"):
            self._place += 1
            parts.append(self._one(field_))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _one(self, field_: str) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _unreadable("so many brackets or signs")
        found = self._primary(field_)
        self._depth -= 1
        return found

    def _primary(self, field_: str) -> Node:
        token = self._peek()
        if token is None:
            raise _unreadable("its end")
        kind, value, high = token
        self._place += 1
        if (kind, value) == ("sign", "+"):
            return self._one(field_)
        if (kind, value) in {("sign", "-"), ("sign", "!"), ("operator", "NOT")}:
            return Not(self._one(field_))
        if (kind, value) == ("sign", "("):
            return self._bracket(field_)
        if kind == "field" and not field_:
            return self._one(value)
        if kind == "range":
            return Term(field_, low=value, high=high)
        if kind in {"word", "quoted"}:
            return Term(field_, value, is_quoted=kind == "quoted")
        raise _unreadable(value)

    def _bracket(self, field_: str) -> Node:
        found = self._all(field_)
        if (token := self._peek()) is None or token[:2] != ("sign", ")"):
            raise _unreadable("a bracket that stays open")
        self._place += 1
        return found
