"""What the demo project holds: every dataset with its answers, its files and how far it has come."""

from __future__ import annotations

from datetime import timedelta

from fairwatt.cli.demo import background, foreground
from fairwatt.cli.demo.entry import Entry

__all__ = ["EMBARGO_LENGTH", "Entry", "list_entries"]

EMBARGO_LENGTH = timedelta(days=160)


def list_entries(embargo_until: str) -> list[Entry]:
    """Every entry, oldest first.

    Parameters
    ----------
    embargo_until
        ISO day on which the embargoed dataset opens to everyone.
    """
    return [
        background.weather(),
        background.prices(),
        background.carbon(),
        background.feeder_areas(),
        background.development_statement(),
        background.wards(),
        foreground.substation(),
        foreground.power_quality(),
        foreground.school_battery(embargo_until),
        foreground.heat_pump(),
        foreground.feeder(),
        foreground.chargers(),
        foreground.homes(),
        foreground.solar_roof(),
        foreground.leisure_centre(),
        foreground.trade(),
    ]
