"""How values, units and the parts around a table are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bench.variants.truth import Channel


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How a number is written. ``fits`` says which channels may be written so, ``delimiters`` in which text."""

    name: str
    write: Callable[[Decimal, Channel], str]
    fits: Callable[[Channel], bool] = lambda _: True
    delimiters: str = ",;\t|"


def _comma(value: Decimal, _: Channel) -> str:
    return format(value, "f").replace(".", ",")


def _thousands(value: Decimal, _: Channel) -> str:
    return f"{value:,f}"


def _point_thousands(value: Decimal, _: Channel) -> str:
    return f"{value:,f}".replace(",", "\0").replace(".", ",").replace("\0", ".")


def _blank_thousands(value: Decimal, _: Channel) -> str:
    return f"{value:,f}".replace(",", " ")


def _with_unit(value: Decimal, channel: Channel) -> str:
    return f"{value:f} {channel.symbol}"


def _exponent(value: Decimal, _: Channel) -> str:
    return f"{float(value):.6E}"


def _brackets(value: Decimal, _: Channel) -> str:
    return f"({abs(value):f})" if value < 0 else format(value, "f")


def _pound(value: Decimal, _: Channel) -> str:
    return f"-£{abs(value):f}" if value < 0 else f"£{value:f}"


def _is_large(channel: Channel) -> bool:
    return channel.high > 5_000


def _is_money(channel: Channel) -> bool:
    return channel.quantity == "price"


NUMBER_FORMS: Mapping[str, NumberForm] = {
    form.name: form
    for form in (
        NumberForm("plain", lambda value, _: format(value, "f")),
        NumberForm("trimmed", lambda value, _: format(value.normalize(), "f")),
        NumberForm("decimal-comma", _comma, delimiters=";\t|"),
        NumberForm("thousands", _thousands, _is_large),
        NumberForm("point-thousands", _point_thousands, _is_large, ";\t|"),
        NumberForm("blank-thousands", _blank_thousands, _is_large),
        NumberForm("unit-in-cell", _with_unit, lambda c: bool(c.symbol)),
        NumberForm("exponent", _exponent),
        NumberForm("brackets", _brackets, lambda c: c.low < 0),
        NumberForm("pound-in-cell", _pound, _is_money),
        NumberForm("padded", lambda value, _: f"  {value:f} "),
        NumberForm("long", lambda value, _: f"{value:f}" + ("" if value == value.to_integral() else "000000")),
    )
}

NULL_WORDS = ("", "NULL", "n/a", "-", "NaN", "--", "#N/A", "No Data", "null", "Bad Input")


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """Where the unit stands: in the head as ``head`` writes it, in a row of its own, or nowhere."""

    name: str
    head: Callable[[Channel], str]
    row: Callable[[Channel], str] | None = None


UNIT_PLACES: Mapping[str, UnitPlace] = {
    place.name: place
    for place in (
        UnitPlace("brackets", lambda c: f"{c.head} ({c.symbol})"),
        UnitPlace("square", lambda c: f"{c.head} [{c.symbol}]"),
        UnitPlace("underscore", lambda c: f"{c.head.lower().replace(' ', '_')}_{c.symbol}"),
        UnitPlace("end", lambda c: f"{c.head} {c.symbol}"),
        UnitPlace("comma", lambda c: f"{c.head}, {c.symbol}"),
        UnitPlace("in", lambda c: f"{c.head} in {c.symbol}"),
        UnitPlace("second-row", lambda c: c.head, lambda c: c.symbol),
        UnitPlace("second-row-brackets", lambda c: c.head, lambda c: f"[{c.symbol}]"),
        UnitPlace("nowhere", lambda c: c.head),
    )
}

PREAMBLES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "none": (),
    "title": (("Half hourly export",), ()),
    "keys": (("Site:", "Grange Road Depot"), ("Meter serial", "E14UP03321"), ("Exported", "02/12/2021 09:14"), ()),
    "comments": (("# Logger export v2.1",), ("# Serial 88213",), ("# Firmware 1.04",)),
    "wide": (("Report", "Consumption", "", ""), ("From", "01/01/2021", "To", "31/12/2021"), ("", "", "", "")),
}

NOTES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "none": (),
    "blank-and-note": ((), ("Data are provisional and may be revised.",)),
    "end-of-report": (("*** End of report ***",),),
}
