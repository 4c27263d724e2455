"""Leave out of a document what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def without_blanks(value: Any) -> Any:
    """Take "", None, [] and {} out of a document, however deep; False and 0 are known.

    >>> without_blanks({"a": "", "b": [None, {"c": []}], "d": 0})
    {'d': 0}
    """
    if isinstance(value, dict):
        kept = {key: without_blanks(entry) for key, entry in value.items()}
        return {key: entry for key, entry in kept.items() if not _is_blank(entry)}
    if isinstance(value, list | tuple):
        return [entry for entry in (without_blanks(entry) for entry in value) if not _is_blank(entry)]
    return value


def one_or_all(values: Sequence[Any]) -> Any:
    """The only one as it is, several as a list, as JSON-LD is mostly written.

    >>> one_or_all(["a"]), one_or_all(["a", "b"])
    ('a', ['a', 'b'])
    """
    return values[0] if len(values) == 1 else list(values)


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)
