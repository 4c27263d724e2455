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
}


@register.filter
def money(value: Decimal | None, currency: str) -> str:
    """An amount with its currency: ``£1,234.50``, or ``1,234.50 SEK`` where the currency has no sign here."""
    if value is None:
        return "–"
    sign = _SIGNS.get(currency)
    return f"{sign}{value:,.2f}" if sign else f"{value:,.2f}\N{NO-BREAK SPACE}{currency}"


@register.filter
def work_name(kind: str) -> str:
    """A kind of upkeep's job in words."""
    return WORK.get(kind, kind)
