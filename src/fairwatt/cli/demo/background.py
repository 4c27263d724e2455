"""What the demo project works with and others publish, one function for each dataset."""

from __future__ import annotations

from fairwatt.cli.demo import files
from fairwatt.cli.demo.entry import OPEN, Entry, about, background


def weather() -> Entry:
    """Weather at Brackendale airfield, hourly."""
    return Entry(
        "sam.okafor",
        background(
            "NWS",
            "UWR",
            about(
                "Weather at Brackendale airfield, hourly",
                "Air temperature, irradiance and wind of the nearest station, for baselines and solar estimates.",
                "Brackendale airfield",
                "weather, temperature, irradiance",
                provenance="Published by the weather service, quality-controlled by it.",
                quality="Controlled by the weather service before it publishes.",
            ),
            OPEN | {"licence": "OGL-UK-3.0"},
        ),
        lambda folder: [
            files.write_weather(folder / "brackendale-airfield.csv", seed=10, start=files.winter(1, month=10), days=60)
        ],
        days_ago=30,
    )


def prices() -> Entry:
    """Day-ahead power price."""
    return Entry(
        "alex.wren",
        background(
            "PXM",
            "HLC",
            about(
                "Day-ahead power price",
                "Hourly price of the day-ahead auction, for the business case of the services.",
                "Great Britain",
                "price, market",
                provenance="Downloaded from the exchange's public archive.",
                quality="",
            ),
            OPEN,
        ),
        lambda folder: [
            files.write_prices(folder / "day-ahead.csv", seed=11, start=files.winter(1, month=10), days=60)
        ],
        {"time_zone": "UTC"},
        days_ago=28,
    )


def carbon() -> Entry:
    """Carbon intensity of the Brackendale grid."""
    return Entry(
        "alex.wren",
        background(
            "BGN",
            "WCC",
            about(
                "Carbon intensity of the Brackendale grid",
                "Half-hourly carbon intensity of the electricity supplied in the licence area.",
                "Brackendale licence area",
                "carbon intensity",
                provenance="Computed by the network operator from metered generation.",
                quality="Revised once by the operator after settlement.",
            ),
            OPEN,
        ),
        lambda folder: [
            files.write_carbon(folder / "carbon-intensity.csv", seed=12, start=files.winter(1, month=10), days=60)
        ],
        days_ago=26,
    )


def feeder_areas() -> Entry:
    """Feeder areas of Mill Lane."""
    return Entry(
        "alex.wren",
        background(
            "MAPS",
            "BGN",
            about(
                "Feeder areas of Mill Lane",
                "The areas that the low-voltage feeders of Mill Lane supply, as polygons with their customers "
                "and rating.",
                "Brackendale",
                "map, feeder, boundaries",
                provenance="Drawn from the asset register, simplified to 10 m.",
                quality="Compared with the operator's map by eye.",
            ),
            OPEN | {"licence": "OGL-UK-3.0"},
        ),
        lambda folder: [
            files.write_areas(
                folder / "feeder-areas.geojson", seed=13, names=[f"Mill Lane feeder {i}" for i in range(1, 10)]
            )
        ],
        days_ago=24,
    )


def development_statement() -> Entry:
    """Long-term development statement."""
    return Entry(
        "sam.okafor",
        background(
            "BGN",
            "UWR",
            about(
                "Long-term development statement",
                "Loads, ratings and planned works of every primary substation, published twice a year by the "
                "network operator; it stays on its own site.",
                "Brackendale licence area",
                "network, capacity",
                provenance="Published by the network operator under its licence.",
                quality="",
            ),
            OPEN,
            link="https://brackendale-grid.example/long-term-development-statement",
        ),
        days_ago=22,
    )


def wards() -> Entry:
    """Wards of Wrenshire."""
    return Entry(
        "sam.okafor",
        background(
            "MAPS",
            "WCC",
            about(
                "Wards of Wrenshire",
                "Boundaries of the county's wards, for maps and roll-ups; it stays with the mapping office.",
                "Wrenshire",
                "map, boundaries",
                provenance="Published by the mapping office.",
                quality="",
            ),
            OPEN | {"licence": "OGL-UK-3.0"},
            link="https://open-mapping.example/wards",
        ),
        days_ago=20,
    )
