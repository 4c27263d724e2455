"""What the demo's own trials measured, one function for each dataset."""

from __future__ import annotations

from fairwatt.cli.demo import files
from fairwatt.cli.demo.entry import OPEN, Entry, about, foreground, shared

SCHOOL = "Mill Lane School, Brackendale"


def substation() -> Entry:
    """Mill Lane primary substation, every second."""
    return Entry(
        "sam.okafor",
        foreground(
            "A1.2.1",
            {"P1": {"asset": "Primary substation, transformer 2", "metering_point": "11 kV side"}},
            about(
                "Mill Lane primary substation, every second",
                "Active power and voltage of transformer 2 at Mill Lane primary substation, one reading every "
                "second for eleven and a half days before and during the winter events. A quarter of an hour "
                "is missing where the monitor lost its connection.",
                "Mill Lane primary substation",
                "substation, power, voltage, baseline",
            ),
            OPEN,
        ),
        lambda folder: [
            files.write_substation_monitor(
                folder / "mill-lane-T2-1s.csv", seed=2, start=files.winter(3), rows=1_000_900
            )
        ],
        days_ago=15,
    )


def power_quality() -> Entry:
    """Power quality at Mill Lane School during the winter events."""
    return Entry(
        "priya.shah",
        foreground(
            "A1.2.1",
            {
                "P11": {
                    "asset": "Main incomer",
                    "metering_point": "Low-voltage switchboard, all phases",
                    "notes": "The logger was restarted at 17:45 on the first day.",
                }
            },
            about(
                "Power quality at Mill Lane School during the winter events",
                "Voltage, current, frequency, active power and power factor of all three phases, with the "
                "minimum, average and maximum of every five seconds, on the two evenings of the first events.",
                SCHOOL,
                "power quality, three-phase, school",
            ),
            OPEN,
        ),
        lambda folder: [
            files.write_power_quality_log(
                folder / "MVSA1_2_1_P11_HLC_24112025_LEOD041F01.txt",
                seed=11,
                start=files.winter(18, 14, 30),
                hours=6,
            ),
            files.write_power_quality_log(
                folder / "MVSA1_2_1_P11_HLC_24112025_LEOD041F02.txt",
                seed=12,
                start=files.winter(19, 14, 30),
                hours=6,
            ),
        ],
        {"time_zone": "UTC"},
        days_ago=13,
    )


def school_battery(embargo_until: str) -> Entry:
    """School battery: power, charge and temperature each minute."""
    return Entry(
        "priya.shah",
        foreground(
            "A1.2.1",
            {
                "P5": {
                    "event_start": "2025-11-18T17:00",
                    "event_minutes": "120",
                    "instructed_power": "16",
                    "outcome": "As instructed",
                }
            },
            about(
                "School battery: power, charge and temperature each minute",
                "What the 16 kW battery inverter at Mill Lane School logged through three weeks of evening "
                "events: power (discharging is positive), state of charge and cell temperature.",
                SCHOOL,
                "battery, flexibility, event",
            ),
            OPEN | {"public": "date", "public_date": embargo_until},
        ),
        lambda folder: [
            files.write_battery_inverter(folder / "battery-inverter.csv", seed=3, start=files.winter(1), days=21)
        ],
        days_ago=11,
    )


def heat_pump() -> Entry:
    """School heat pump, ten-minute readings."""
    return Entry(
        "priya.shah",
        foreground(
            "A1.2.1",
            {"P5": {"event_start": "2025-11-18T17:00", "outcome": "As instructed"}},
            about(
                "School heat pump, ten-minute readings",
                "Electrical power of the heat pump, the temperature outside and the mode it ran in; in the mode "
                "'flex' it was asked to wait.",
                SCHOOL,
                "heat pump, flexibility, temperature",
            ),
            OPEN,
        ),
        lambda folder: [files.write_heat_pump(folder / "heatpump.csv", seed=4, start=files.winter(1), days=30)],
        days_ago=10,
    )


def feeder() -> Entry:
    """Mill Lane feeder 3: current and voltage of three phases."""
    return Entry(
        "sam.okafor",
        foreground(
            "C3",
            {"P1": {"feeder": "Mill Lane feeder 3"}},
            about(
                "Mill Lane feeder 3: current and voltage of three phases",
                "A low-voltage feeder monitor's readings every ten seconds for four days; one hour of them "
                "stands twice, since a dump was repeated.",
                "Mill Lane feeder 3",
                "feeder, low voltage, monitoring",
            ),
            shared("The load of a street with few customers."),
        ),
        lambda folder: [files.write_feeder_monitor(folder / "feeder3_10s.csv", seed=7, start=files.winter(5), days=4)],
        {"time_zone": "UTC"},
        days_ago=8,
    )


def chargers() -> Entry:
    """Forty chargers under a feeder limit."""
    return Entry(
        "alex.wren",
        foreground(
            "C3",
            {"P3": {"chargers": "40"}},
            about(
                "Forty chargers under a feeder limit",
                "The sum of forty electric-vehicle chargers each minute, the limit they were given, and how "
                "many cars were charging.",
                "Brackendale",
                "electric vehicles, smart charging",
            ),
            OPEN,
        ),
        lambda folder: [files.write_chargers(folder / "chargers.csv", seed=8, start=files.winter(5), days=14)],
        {"time_zone": "UTC"},
        days_ago=6,
    )


def homes() -> Entry:
    """Twelve homes on Mill Lane feeder 3, half-hourly."""
    return Entry(
        "alex.wren",
        foreground(
            "C3",
            {"P1": {"feeder": "Mill Lane feeder 3"}},
            about(
                "Twelve homes on Mill Lane feeder 3, half-hourly",
                "Consumption of twelve homes that took part in smart charging, one reading every half hour for "
                "thirty days. Only the homes' agreement group may see the readings.",
                "Brackendale",
                "homes, smart meter, personal",
            ),
            {
                "licence": "DSA",
                "public": "never",
                "external": "never",
                "partner": "never",
                "sensitivity": "IB1-SP",
                "sensitivity_reason": "Half-hourly consumption of a home is personal data.",
            },
        ),
        lambda folder: [
            files.write_home_meters(folder / "homes.csv", seed=5, start=files.winter(1), days=30, homes=12)
        ],
        {"time_zone": "UTC"},
        days_ago=5,
    )


def solar_roof() -> Entry:
    """Hollow Lane solar roof, half-hourly."""
    return Entry(
        "priya.shah",
        foreground(
            "B2.1",
            {"P2": {"both_metered": "yes"}},
            about(
                "Hollow Lane solar roof, half-hourly",
                "Export and irradiance of the 48 kW roof, in local time through the end of summer time.",
                "Hollow Lane",
                "solar, export, peer-to-peer",
            ),
            OPEN,
        ),
        lambda folder: [
            files.write_solar_roof(
                folder / "hollow-lane-roof.csv", seed=6, start=files.winter(9, 23, month=10), days=40
            )
        ],
        {"time_zone": "Europe/London"},
        days_ago=4,
    )


def leisure_centre() -> Entry:
    """Leisure centre load, October."""
    return Entry(
        "priya.shah",
        foreground(
            "B2.1",
            {"P1": {"counterparty": "Wrenshire Leisure Centre"}},
            about(
                "Leisure centre load, October",
                "Half-hourly load of the leisure centre.",
                "Wrenshire Leisure Centre",
                "load, peer-to-peer",
                provenance="",
                quality="",
            ),
            OPEN,
        ),
        lambda folder: [
            files.write_trade(folder / "leisure-centre.csv", seed=19, start=files.winter(1, month=10), days=20)
        ],
        {"time_zone": "UTC"},
        outcome="returned",
        comment="Thank you, Priya. The file holds the October trade, not the centre's load: could you upload the "
        "load, and say which meter it is from?",
        days_ago=2,
    )


def trade() -> Entry:
    """Peer-to-peer trade between Hollow Lane and the leisure centre."""
    return Entry(
        "priya.shah",
        foreground(
            "B2.1",
            {"P1": {"counterparty": "Wrenshire Leisure Centre"}, "P2": {"both_metered": "yes"}},
            about(
                "Peer-to-peer trade between Hollow Lane and the leisure centre",
                "Traded energy and agreed price of every half hour in September.",
                "Hollow Lane",
                "peer-to-peer, price, trade",
            ),
            OPEN,
        ),
        lambda folder: [
            files.write_trade(folder / "trade-september.csv", seed=9, start=files.winter(1, month=9), days=30)
        ],
        {"time_zone": "UTC"},
        outcome="waiting",
        days_ago=1,
    )
