"""Money and the night's work as pages write them."""

from __future__ import annotations

from decimal import Decimal

from django import template

register = template.Library()

_SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}
WORK = {
    "tend-storage": "All of the night’s work",
    "merge-files": "Merging small files",
    "clean-table": "Removing what no version needs",
    "check-storage": "Checking files",
    "recode-table": "Writing files anew",
    "erase": "Erasing",
    "count-events": "Counting the events of a trial",
    "prepare-package": "Preparing the package of a trial",
}


@register.filter
def money(value: Decimal | None, currency: str) -> str:
    """An amount with its currency: ``£1,234.50``, or ``1,234.50 SEK`` where the currency has no sign here.

    What is rounded to nothing is less than a hundredth: nothing that is kept is kept for nothing.
    """
    if value is None:
        return "–"
    return _with_currency(f"{value:,.2f}", currency) if value else f"less than {_with_currency('0.01', currency)}"


@register.filter
def price(value: Decimal, currency: str) -> str:
    """A price with all its decimals, two at least: ``£0.0152``, ``£0.02``."""
    _, _, decimals = f"{value.normalize():f}".partition(".")
    return _with_currency(f"{value:,.{max(2, len(decimals))}f}", currency)


def _with_currency(amount: str, currency: str) -> str:
    sign = _SIGNS.get(currency)
    return f"{sign}{amount}" if sign else f"{amount}\N{NO-BREAK SPACE}{currency}"


@register.filter
def work_name(kind: str) -> str:
    """A kind of upkeep's job in words."""
    return WORK.get(kind, kind)
