"""A recipe as TOML, and back again, checked: what is written and read again is the same recipe."""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from fairwatt.core.cleaning.recipe import CHOOSE, FIXES, REFUSE, Action, Choice, Recipe, Step
from fairwatt.core.errors import InvalidInput, TooLarge
from fairwatt.core.files.profile_text import toml_value

FORMAT = 1
MOST_BYTES = 8 << 20
Row = TypeVar("Row", Recipe, Step, Choice)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIMES = frozenset({"begin", "end"})
_HEAD = f"""\
# A recipe of Fairwatt: what is done about each finding. The same recipe and the same readings give the same result.
#   fairwatt clean FILE --recipe THIS_FILE --out cleaned.parquet
# action: {", ".join(Action)}. fix: {CHOOSE} (by back-test), {REFUSE}, {", ".join(FIXES)}.
# Of several findings at one value that of the earliest step counts. Defaults: docs/reference/cleaning-files.md
"""
_TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str, "int": int, "int | None": int, "float": (int, float), "Action": str, "tuple[str, ...]": list,
}  # fmt: skip


def write_recipe(recipe: Recipe) -> str:
    """The recipe as TOML; what has its default is left out, but for what a recipe is read for."""
    lines = [_HEAD, f"format = {FORMAT}", *_entries(recipe, keeps=("zone", "seed", "longest_days", "worst"))]
    for name, rows in (("steps", recipe.steps), ("choices", recipe.choices)):
        for row in rows:
            lines += ["", f"[[{name}]]", *_entries(row)]
    return "\n".join(lines) + "\n"


def digest_of(recipe: Recipe) -> str:
    """The sha256 of the recipe's text: what says of two results that one recipe made both."""
    return hashlib.sha256(write_recipe(recipe).encode()).hexdigest()


def _entries(row: Any, keeps: tuple[str, ...] = ()) -> Iterator[str]:
    for one in fields(row):
        value = getattr(row, one.name)
        if one.name in {"steps", "choices"} or value is None:
            continue
        if value == one.default and one.name not in keeps:
            continue
        if one.name in _TIMES:
            yield f"{one.name} = {(_EPOCH + value * _MICROSECOND).isoformat()}"
        else:
            yield f"{one.name} = {toml_value(str(value) if isinstance(value, Action) else value)}"


def parse_recipe(text: str | bytes, *, name: str = "recipe.toml") -> Recipe:
    """Read a recipe.

    Parameters
    ----------
    name
        What messages call it.

    Raises
    ------
    InvalidInput
        Where it is not TOML, of a later format, or says something that can't be; the message names the entry.
    TooLarge
        Where it has more than 8 MiB.
    """
    if len(text) > MOST_BYTES:
        raise TooLarge(f"{name} is too large for a recipe.", where={"file": name})
    try:
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        found = tomllib.loads(plain)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _no_recipe(name, "", f"it is not valid TOML: {error}") from error
    if found.pop("format", FORMAT) != FORMAT:
        raise _no_recipe(name, "format", f"this Fairwatt reads format {FORMAT}")
    steps = tuple(_made(Step, row, name=name, place=f"steps[{i}]") for i, row in enumerate(_rows(found, "steps", name)))
    choices = tuple(
        _made(Choice, row, name=name, place=f"choices[{i}]") for i, row in enumerate(_rows(found, "choices", name))
    )
    return _made(Recipe, found, name=name, place="", steps=steps, choices=choices)


def _rows(found: dict[str, Any], key: str, name: str) -> list[Mapping[str, Any]]:
    rows = found.pop(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _no_recipe(name, key, f"write each as [[{key}]]")
    return rows


def _made(kind: type[Row], given: Mapping[str, Any], *, name: str, place: str, **known: Any) -> Row:
    own = {one.name: one for one in fields(kind) if one.name not in known}
    if unknown := [key for key in given if key not in own]:
        raise _no_recipe(name, _join(place, unknown[0]), f"there is no such entry; there are {', '.join(own)}")
    absent = [key for key, one in own.items() if one.default is MISSING and key not in given]
    if absent:
        raise _no_recipe(name, _join(place, absent[0]), "it must be given")
    values = {key: _value(own[key], value, name=name, place=_join(place, key)) for key, value in given.items()}
    try:
        return kind(**values, **known)
    except InvalidInput as error:
        raise _no_recipe(name, place, f"{error.message} {error.next_step}".strip()) from error


def _value(one: dataclasses.Field[Any], value: Any, *, name: str, place: str) -> Any:
    if one.name in _TIMES:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise _no_recipe(name, place, "write a time with its zone: 2020-03-29T00:30:00Z")
        return (value - _EPOCH) // _MICROSECOND
    kind = _TYPES[str(one.type)]
    is_right = isinstance(value, kind) and not (isinstance(value, bool))
    if not is_right or (isinstance(value, list) and not all(isinstance(cell, str) for cell in value)):
        raise _no_recipe(name, place, f"{value!r} can't stand there")
    if str(one.type) == "Action":
        if value not in set(Action):
            raise _no_recipe(name, place, f"'{value}' is none of {', '.join(Action)}")
        return Action(value)
    if str(one.type) == "float":
        return float(value)
    return tuple(value) if isinstance(value, list) else value


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _no_recipe(name: str, place: str, why: str) -> InvalidInput:
    what = f"{place}: {why}" if place else why
    return InvalidInput(
        f"{name} is no recipe: {what}.".replace("..", "."),
        where={"file": name, "field": place or "recipe"},
        next_step="docs/reference/cleaning-files.md shows one; `fairwatt clean --save-recipe` writes one.",
    )
