"""Tables that people open in a spreadsheet: words of others must not become formulas there."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless_cell(value: object) -> str:
    """Write a cell that no spreadsheet takes for a formula: with an apostrophe before it, where it could be one.

    For tables of names, titles and comments alone (https://owasp.org/www-community/attacks/CSV_Injection). Readings are
    written as they were logged, since programs read them.

    >>> [harmless_cell(value) for value in ("=1+1", "-5 °C store", "School", 3, None)]
    ["'=1+1", "'-5 °C store", 'School', '3', '']
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def plain_cell(text: str) -> str:
    """Read back what :func:`harmless_cell` wrote.

    >>> [plain_cell(harmless_cell(text)) for text in ("=1+1", "'=1+1", "'90s", "School")]
    ['=1+1', "'=1+1", "'90s", 'School']
    """
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text
