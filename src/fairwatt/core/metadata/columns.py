"""The columns of the readings as every export writes them: the table that machines are told of."""

from __future__ import annotations

from dataclasses import dataclass

from fairwatt.core.metadata.certificate import Certificate, ChannelEntry
from fairwatt.core.metadata.saying import describe_channel


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``kind`` is instant, number, boolean or text; addresses are QUDT's, "" where unknown."""

    name: str
    title: str
    kind: str
    description: str
    unit: str = ""
    unit_uri: str = ""
    quantity_uri: str = ""
    is_required: bool = False


START = Column("start", "Start", "instant", "Start of the interval, in UTC.", is_required=True)
SERIES = Column("series", "Series", "text", "Which meter or place the reading is of.", is_required=True)


def columns_of(certificate: Certificate) -> list[Column]:
    """The columns in their order: when, of which series where there are several, and one for each channel."""
    series = [SERIES] if certificate.series_count > 1 else []
    return [START, *series, *map(_column, certificate.channels)]


def _column(channel: ChannelEntry) -> Column:
    kind = channel.kind if channel.kind in {"number", "boolean"} else "text"
    return Column(
        name=channel.field,
        title=channel.name,
        kind=kind,
        description=describe_channel(channel),
        unit=channel.unit_symbol or channel.unit,
        unit_uri=channel.unit_uri,
        quantity_uri=channel.quantity_uri,
    )
