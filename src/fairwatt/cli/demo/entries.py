"""What the demo project holds: every dataset with its answers, its files and how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from fairwatt.cli.demo import files

Answers = dict[str, dict[str, Any]]
Outcome = Literal["published", "waiting", "returned"]

MEASURED = "Logged on site by the trial's own meters, class 0.5, set up by the partner that provides the data."
CHECKED = "Compared with the site's fiscal meter for one day; clock set by network time before installation."


@dataclass(frozen=True)
class Entry:
    """One deposit of the demo.

    Attributes
    ----------
    depositor
        The local part of the e-mail address of whoever logs it.
    write
        Writes its files into a folder, seeded; none for a background dataset that stays where it is.
    file_answers
        Question id → answer, for what the files can't tell; questions not named get their guess.
    days_ago
        When it was published, counted back from the demo's start.
    """

    depositor: str
    answers: Answers
    write: Callable[[Path], list[Path]] = lambda _folder: []
    file_answers: dict[str, str] = field(default_factory=dict)
    outcome: Outcome = "published"
    comment: str = ""
    days_ago: float = 1.0

    @property
    def title(self) -> str:
        """The dataset's title."""
        return str(self.answers["about"]["title"])


OPEN = {"licence": "CC-BY-4.0", "public": "now", "external": "now", "partner": "now", "sensitivity": "IB1-O"}


def shared(reason: str) -> dict[str, Any]:
    """Partners now, nobody else; the reason is shown."""
    return {
        "licence": "DSA",
        "public": "never",
        "external": "never",
        "partner": "now",
        "sensitivity": "IB1-SB",
        "sensitivity_reason": reason,
    }


def foreground(
    trial: str, procedures: dict[str, dict[str, Any]], about: dict[str, str], access: dict[str, Any]
) -> Answers:
    """The answers of a foreground deposit; ``procedures`` maps each chosen one's code to its steps' answers."""
    answers: Answers = {
        "origin": {"origin": "foreground"},
        "trial": {"trial": trial},
        "procedures": {"procedures": list(procedures)},
    }
    for code, steps in procedures.items():
        answers[f"procedure-{code.lower()}"] = steps
    return answers | {"about": about, "access": access}


def background(provider: str, receiver: str, about: dict[str, str], access: dict[str, Any], link: str = "") -> Answers:
    """The answers of a background deposit, of files or of a link."""
    source = {"source": "link", "link": link} if link else {"source": "file", "link": ""}
    return {
        "origin": {"origin": "background"},
        "parties": {"provider": provider, "receiver": receiver},
        "about": about,
        "source": source,
        "access": access,
    }


def _about(
    title: str, description: str, place: str, keywords: str, provenance: str = MEASURED, quality: str = CHECKED
) -> dict[str, str]:
    return {
        "title": title,
        "description": description,
        "place": place,
        "keywords": keywords,
        "provenance": provenance,
        "quality_statement": quality,
    }


def list_entries(embargo_until: str) -> list[Entry]:
    """Every entry, oldest first.

    Parameters
    ----------
    embargo_until
        ISO day on which the embargoed dataset opens to everyone.
    """
    school = "Mill Lane School, Brackendale"
    return [
        *_background_entries(),
        Entry(
            "sam.okafor",
            foreground(
                "A1.2.1",
                {"P1": {"asset": "Primary substation, transformer 2", "metering_point": "11 kV side"}},
                _about(
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
        ),
        Entry(
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
                _about(
                    "Power quality at Mill Lane School during the winter events",
                    "Voltage, current, frequency, active power and power factor of all three phases, with the "
                    "minimum, average and maximum of every five seconds, on the two evenings of the first events.",
                    school,
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
        ),
        Entry(
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
                _about(
                    "School battery: power, charge and temperature each minute",
                    "What the 16 kW battery inverter at Mill Lane School logged through three weeks of evening "
                    "events: power (discharging is positive), state of charge and cell temperature.",
                    school,
                    "battery, flexibility, event",
                ),
                OPEN | {"public": "date", "public_date": embargo_until},
            ),
            lambda folder: [
                files.write_battery_inverter(folder / "battery-inverter.csv", seed=3, start=files.winter(1), days=21)
            ],
            days_ago=11,
        ),
        Entry(
            "priya.shah",
            foreground(
                "A1.2.1",
                {"P5": {"event_start": "2025-11-18T17:00", "outcome": "As instructed"}},
                _about(
                    "School heat pump, ten-minute readings",
                    "Electrical power of the heat pump, the temperature outside and the mode it ran in; in the mode "
                    "'flex' it was asked to wait.",
                    school,
                    "heat pump, flexibility, temperature",
                ),
                OPEN,
            ),
            lambda folder: [files.write_heat_pump(folder / "heatpump.csv", seed=4, start=files.winter(1), days=30)],
            days_ago=10,
        ),
        Entry(
            "sam.okafor",
            foreground(
                "C3",
                {"P1": {"feeder": "Mill Lane feeder 3"}},
                _about(
                    "Mill Lane feeder 3: current and voltage of three phases",
                    "A low-voltage feeder monitor's readings every ten seconds for four days; one hour of them "
                    "stands twice, since a dump was repeated.",
                    "Mill Lane feeder 3",
                    "feeder, low voltage, monitoring",
                ),
                shared("The load of a street with few customers."),
            ),
            lambda folder: [
                files.write_feeder_monitor(folder / "feeder3_10s.csv", seed=7, start=files.winter(5), days=4)
            ],
            {"time_zone": "UTC"},
            days_ago=8,
        ),
        Entry(
            "alex.wren",
            foreground(
                "C3",
                {"P3": {"chargers": "40"}},
                _about(
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
        ),
        Entry(
            "alex.wren",
            foreground(
                "C3",
                {"P1": {"feeder": "Mill Lane feeder 3"}},
                _about(
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
        ),
        Entry(
            "priya.shah",
            foreground(
                "B2.1",
                {"P2": {"both_metered": "yes"}},
                _about(
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
        ),
        Entry(
            "priya.shah",
            foreground(
                "B2.1",
                {"P1": {"counterparty": "Wrenshire Leisure Centre"}},
                _about(
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
        ),
        Entry(
            "priya.shah",
            foreground(
                "B2.1",
                {"P1": {"counterparty": "Wrenshire Leisure Centre"}, "P2": {"both_metered": "yes"}},
                _about(
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
        ),
    ]


def _background_entries() -> list[Entry]:
    return [
        Entry(
            "sam.okafor",
            background(
                "NWS",
                "UWR",
                _about(
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
                files.write_weather(
                    folder / "brackendale-airfield.csv", seed=10, start=files.winter(1, month=10), days=60
                )
            ],
            days_ago=30,
        ),
        Entry(
            "alex.wren",
            background(
                "PXM",
                "HLC",
                _about(
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
        ),
        Entry(
            "alex.wren",
            background(
                "BGN",
                "WCC",
                _about(
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
        ),
        Entry(
            "alex.wren",
            background(
                "MAPS",
                "BGN",
                _about(
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
        ),
        Entry(
            "sam.okafor",
            background(
                "BGN",
                "UWR",
                _about(
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
        ),
        Entry(
            "sam.okafor",
            background(
                "MAPS",
                "WCC",
                _about(
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
        ),
    ]


EMBARGO_LENGTH = timedelta(days=160)
