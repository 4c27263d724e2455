"""The first rows of a file before and after, as a page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from fairwatt.core.files.profile import ChannelRule
from fairwatt.core.units import QUANTITIES, UNITS
from fairwatt.portal.zone import display_zone
from fairwatt.services.reading_previews import KnownThing, ReadingPreview

SHOWN_COLUMNS = 13
_HOW = {
    "read": "read from the file",
    "inferred": "inferred",
    "assumed": "taken as usual",
    "guessed": "guessed",
    "confirmed": "confirmed",
}


@dataclass(frozen=True)
class AfterRow:
    """One row as it will be read, in words."""

    utc: str
    local: str
    series: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class ShownReading:
    """What the page draws; ``wide`` counts the columns of the file that are not shown."""

    preview: ReadingPreview
    head: tuple[tuple[str, ...], ...]
    before: tuple[tuple[str, ...], ...]
    wide: int
    channels: tuple[tuple[str, str], ...]
    after: tuple[AfterRow, ...]
    known: tuple[tuple[KnownThing, str], ...]
    zone: str


def show_reading(preview: ReadingPreview) -> ShownReading:
    """Write a preview out for its page."""
    zone = display_zone()
    width = max((len(row) for row in preview.before), default=0)
    return ShownReading(
        preview=preview,
        head=tuple(line[:SHOWN_COLUMNS] for line in preview.head),
        before=tuple(row[:SHOWN_COLUMNS] for row in preview.before),
        wide=max(0, max(preview.columns_total, width) - SHOWN_COLUMNS),
        channels=tuple((channel.name, _unit(channel)) for channel in preview.channels),
        after=tuple(
            AfterRow(
                utc=_instant(row.start, UTC),
                local=_instant(row.start, ZoneInfo(zone), named=True),
                series=row.series,
                cells=tuple(map(_value, row.values)),
            )
            for row in preview.after
        ),
        known=tuple((thing, _HOW.get(thing.how, thing.how)) for thing in preview.known),
        zone=zone,
    )


def _unit(channel: ChannelRule) -> str:
    """What a column's head says below the name: its unit, or what it measures where no unit is known."""
    unit, quantity = UNITS.get(channel.unit), QUANTITIES.get(channel.quantity)
    if unit is not None:
        return unit.symbol or unit.label
    return f"{quantity.label}, unit not known" if quantity is not None else "unit not known"


def _instant(moment: datetime | None, zone: ZoneInfo | object, *, named: bool = False) -> str:
    """Compact, so that rows can be compared: ``2020-07-01 00:30``; seconds where there are any."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)  # type: ignore[arg-type]
    text = local.strftime("%Y-%m-%d %H:%M:%S" if local.second or local.microsecond else "%Y-%m-%d %H:%M")
    if local.microsecond:
        text += f".{local.microsecond:06d}".rstrip("0")
    return f"{text} {local.tzname()}" if named else text


def _value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
