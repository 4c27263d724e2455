"""Columns of published formats, whose units stand in the formats' descriptions and nowhere in their files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_LV_FEEDERS = re.compile(r"(primary|secondary|total) consumption (active|reactive) (import|export)")
_PV_MODEL = re.compile(r"G[bdr]?\([hin]\)|IR\(h\)")
_DEMAND = re.compile(
    r"ENGLAND_WALES_DEMAND|EMBEDDED_(WIND|SOLAR)_(GENERATION|CAPACITY)|PUMP_STORAGE_PUMPING|NON_BM_STOR"
    r"|(IFA2?|BRITNED|MOYLE|EAST_WEST|NEMO|NSL|ELECLINK|VIKING|GREENLINK|SCOTTISH_TRANSFER)_FLOW"
)
_METER = re.compile(
    r"([abc] )?((total|fund|lag|lead|max|min|avg) )+(?P<what>act|react|aprt) (?P<ret>ret )?(?P<kind>energy|power)"
)
_METER_UNITS = {
    ("act", "energy"): ("energy", "wh"), ("react", "energy"): ("reactive_energy", "varh"),
    ("act", "power"): ("power", "w"), ("aprt", "power"): ("apparent_power", "va"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Published:
    """What a published format says of a column."""

    quantity: str
    unit: str
    format: str
    direction: Literal["", "import", "export"] = ""
    is_amount: bool = False  # of each interval


def find_published(name: str, words: str) -> Published | None:
    """What a published format says of a column of this name; None where none has such a column.

    Parameters
    ----------
    name, words
        The column's name as the file spells it, and as lower-case words.
    """
    if match := _LV_FEEDERS.fullmatch(words):
        quantity, unit = ("energy", "wh") if match[2] == "active" else ("reactive_energy", "varh")
        direction: Literal["import", "export"] = "import" if match[3] == "import" else "export"
        return Published(quantity, unit, "the network operators' LV feeder format", direction, is_amount=True)
    if _PV_MODEL.fullmatch(name.strip()):
        return Published("irradiance", "w_per_m2", "the format of the European model of solar yield")
    if _DEMAND.fullmatch(name.strip()):
        return Published("power", "mw", "the system operator's historic demand data")
    match = _METER.fullmatch(words)
    if match is not None and (known := _METER_UNITS.get((match["what"], match["kind"]))) is not None:
        is_energy = match["kind"] == "energy"
        direction = "export" if match["ret"] else "import"
        return Published(*known, "the format of Shelly's meters", direction if is_energy else "", is_energy)
    return None
