"""Formats of dates with their parts in another order."""

from __future__ import annotations

import re

_BEFORE_YEAR = re.compile(r"%([dm])(.)%([dm])(?=.%[Yy])")
_SHORT = re.compile(r"%[dmy]([-/.])%[dmy]\1%[dmy]")
_ORDERS = {"true": ("d", "m", "y"), "false": ("m", "d", "y"), "year": ("y", "m", "d")}


def exchanged(form: str) -> str:
    """A format with day and month exchanged, where both are numbers before the year."""
    return _BEFORE_YEAR.sub(r"%\3\2%\1", form)


def can_turn(form: str) -> bool:
    """Whether a format's date is three numbers of two digits, of which any could be the year."""
    return _SHORT.search(form) is not None


def in_order(form: str, order: str) -> str:
    """A format with the day first (``true``), the month (``false``), or the year of two digits (``year``).

    Examples
    --------
    >>> in_order("%d-%m-%y %H:%M", "year")
    '%y-%m-%d %H:%M'
    """
    first, second, third = _ORDERS[order]
    if can_turn(form):
        return _SHORT.sub(rf"%{first}\1%{second}\1%{third}", form)
    return _BEFORE_YEAR.sub(rf"%{first}\2%{second}", form)
