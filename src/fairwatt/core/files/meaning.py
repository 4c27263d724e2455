"""What a column's name says: quantity, unit, direction, statistic, and its field in the readings table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fairwatt.core.units import QUANTITIES, UNITS, Unit, find_unit

Direction = Literal["", "import", "export", "net"]
Statistic = Literal["", "min", "mean", "max", "sum", "count", "last"]

FIELD_LENGTH = 63
# Columns the readings table and its rollups have anyway, and words that would have to be quoted in every query.
RESERVED_FIELDS = frozenset(
    {"start", "end", "series", "source", "month", "level", "rows", "stamp", "line", "row", "file"}
    | {"select", "from", "order", "group"}
)

# (what the name must hold, as whole words; the quantity). The first that fits counts.
_QUANTITY_WORDS: tuple[tuple[str, str], ...] = (
    (r"(thd|harmonic distortion|harmonics?)", "harmonic_distortion"),
    (r"distortion (power|va)", "distortion_power"),
    (r"(cos ?phi|cosphi|cos φ|displacement (power )?factor|dpf)", "cos_phi"),
    (r"(power factor|pf)", "power_factor"),
    (r"(reactive (energy|import|export)|kvarh|varh|consumption reactive( import| export)?)", "reactive_energy"),
    (r"(reactive power|reactive|kvar|var|mvar)", "reactive_power"),
    (r"(apparent energy|vah|kvah)", "apparent_energy"),
    (r"(apparent power|apparent|va|kva|mva)", "apparent_power"),
    (r"(carbon|co2|ghg|emission)s? (intensity|factor)", "carbon_intensity"),
    (r"(carbon|co2|ghg|emissions?)", "emissions"),
    (r"(availability|capacity) (price|fee|payment)", "capacity_price"),
    (r"(price|tariff|rate|offer|bid)", "price"),
    (r"(cost|revenue|payment)", "money"),
    (r"(state of charge|soc)", "state_of_charge"),
    (r"(device|customer|meter|asset|property|properties)? ?(count|number of)", "count"),
    (r"(temperature|temp)", "temperature"),
    (r"(irradiation|insolation)", "irradiation"),
    (r"(irradiance|ghi|dni|dhi|poa|solar radiation|global radiation|solar)", "irradiance"),
    (r"wind (speed|velocity|gust)", "wind_speed"),
    (r"wind (direction|dir|bearing)", "wind_direction"),
    (r"(humidity|rh)", "humidity"),
    (r"(air |barometric )?pressure", "pressure"),
    (r"(rain|rainfall|precipitation|precip)", "precipitation"),
    (r"(phase angle|voltage angle|angle)", "phase_angle"),
    (r"(energy|consumption|consumed|kwh|mwh|wh|gwh)", "energy"),
    (r"(active power|real power|power|demand|load|generation|watts?|kw|mw)", "power"),
    (r"(voltage|volts?|volt|kv)", "voltage"),
    (r"(current|amps?|amperes?|amperage)", "current"),
    (r"(frequency|freq|hz)", "frequency"),
    (r"(flow rate|volume flow|flow)", "volume_flow"),
)
_COMPILED = tuple((re.compile(rf"\b{words}\b"), quantity) for words, quantity in _QUANTITY_WORDS)

# Columns of a published format whose units stand in its description only.
_LV_FEEDERS = re.compile(r"(primary|secondary|total) consumption (active|reactive) (import|export)")

_STATISTICS: dict[str, Statistic] = {
    "min": "min", "minimum": "min", "lowest": "min", "avg": "mean", "average": "mean", "mean": "mean",
    "max": "max", "maximum": "max", "peak": "max", "highest": "max", "sum": "sum", "last": "last",
}  # fmt: skip
_DIRECTIONS: dict[str, Direction] = {
    "import": "import", "imported": "import", "imp": "import", "export": "export", "exported": "export",
    "exp": "export", "net": "net",
}  # fmt: skip
_IDENTITY = re.compile(
    r"\b(id|ids|lclid|mpan|mprn|mpr|meter|msid|uprn|serial|site|station|substation|feeder|household|home|house|"
    r"device|sensor|asset|unit|location|node|name|alias|code|series|channel|customer|bmu|dno)\b"
)
_ADMIN = re.compile(
    r"\b(insert|inserted|modified|updated|created|received|upload|uploaded|published|publish|processed|last|ingest)\b"
)
_TIME = re.compile(
    r"\b(time|timestamp|datetime|date|tstp|stamp|day|utc|gmt|ts|start|period|hour|from|epoch|unix|zeit|datum)\b"
)
_END = re.compile(r"\b(end|ending|ended|to|until|finish)\b")
LV_FEEDER_FORMAT = "the network operators' LV feeder format"
_ENDED = re.compile(r"(\(|\[)\s*(?P<inside>[^()\[\]]*)\s*(\)|\])")
_NO_UNIT_ALONE = frozenset(
    {"a", "c", "f", "h", "j", "k", "l", "m", "p", "s", "t", "v", "w", "min", "mm", "bar", "one", "no."}
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name says; "" where it says nothing. ``unit_text`` is the unit as it is written there."""

    quantity: str = ""
    unit: str = ""
    unit_text: str = ""
    direction: Direction = ""
    statistic: Statistic = ""


def words_of(name: str) -> str:
    """A name as lower-case words with single blanks: ``pv_power_mw`` → ``pv power mw``, ``LCLid`` → ``lclid``."""
    spaced = re.sub(r"(?<=[a-z]{2})(?=[A-Z][a-z])", " ", unicodedata.normalize("NFKC", name))
    return re.sub(r"[^0-9a-zµφ£€%²³]+", " ", spaced.lower()).strip()


def read_name(name: str, *, units_row: str = "") -> Meaning:
    """Read what a column's name, and its cell in a units row, say.

    Examples
    --------
    >>> read_name("Price (£/MWh)")
    Meaning(quantity='price', unit='gbp_per_mwh', unit_text='£/MWh', direction='', statistic='')
    """
    words = words_of(name)
    quantity = next((q for pattern, q in _COMPILED if pattern.search(words)), "")
    if (feeder := _LV_FEEDERS.fullmatch(words)) and not units_row:
        is_active = feeder[2] == "active"
        direction: Direction = "import" if feeder[3] == "import" else "export"
        energy, unit_code = ("energy", "wh") if is_active else ("reactive_energy", "varh")
        return Meaning(energy, unit_code, LV_FEEDER_FORMAT, direction, "sum")
    unit, text = _unit_of(name, units_row, quantity)
    if unit is not None:
        quantity = _agree(quantity, unit, words)
    tokens = words.split()
    statistic: Statistic = next((_STATISTICS[t] for t in reversed(tokens) if t in _STATISTICS), "")
    flow: Direction = next((_DIRECTIONS[t] for t in tokens if t in _DIRECTIONS), "")
    return Meaning(quantity, unit.code if unit else "", text, flow, statistic)


def _unit_of(name: str, units_row: str, quantity: str) -> tuple[Unit | None, str]:
    if units_row.strip() and (unit := find_unit(units_row)):
        return unit, units_row.strip()
    for match in _ENDED.finditer(name):
        inside = match["inside"].strip()
        if unit := find_unit(inside):
            return unit, inside
    if unit := find_unit(name):
        return (None, "") if name.strip().lower() in _NO_UNIT_ALONE else (unit, name.strip())
    return _unit_at_end(name, quantity)


def _unit_at_end(name: str, quantity: str) -> tuple[Unit | None, str]:
    """A unit after the last blanks, underscores, commas or "in": ``demand_MW``, ``Power, kW``, ``Energy in kWh/hh``."""
    parts = re.split(r"[\s_,]+", re.sub(r"[(\[].*?[)\]]", " ", name).strip())
    for count in (3, 2, 1):
        if len(parts) <= count:
            continue
        text = "_".join(parts[-count:])
        unit = find_unit(text)
        if unit is None:
            continue
        alone = text.lower() in _NO_UNIT_ALONE
        if not alone or (quantity and unit.dimension == UNITS[QUANTITIES[quantity].default_unit].dimension):
            return unit, text
    for place, part in enumerate(parts[:-1]):  # kwh_hh, kW_L1: a unit inside
        unit = find_unit(part) if place or len(parts) == 2 else None  # noqa: PLR2004 - a pair
        if unit is not None and part.lower() not in _NO_UNIT_ALONE and unit.code not in {"va", "var"}:
            return unit, part
    return None, ""


def _agree(quantity: str, unit: Unit, words: str) -> str:
    """The quantity that name and unit allow: the unit's, but for more special ones of the same dimension."""
    if quantity and UNITS[QUANTITIES[quantity].default_unit].dimension == unit.dimension:
        return quantity
    if unit.code == "deg":
        return "wind_direction" if "wind" in words else "phase_angle"
    if unit.code == "mm" and quantity != "precipitation":
        return "length"
    return unit.quantity


def is_identity(name: str) -> bool:
    """Whether a name is that of a thing's number or name rather than of a measurement."""
    words = words_of(name)
    return bool(_IDENTITY.search(words) or words.endswith("id")) and not re.search(r"\b(count|number of)\b", words)


def time_rank(name: str) -> int:
    """How likely a column of times is the readings' own, by its name: the higher the likelier."""
    words = words_of(name)
    rank = 0
    if _TIME.search(words):
        rank += 2
    if re.search(r"\b(datetime|timestamp|tstp|date time)\b", words):
        rank += 1
    if _ADMIN.search(words):
        rank -= 3
    if _END.search(words):
        rank -= 1
    return rank


def says_end(name: str) -> bool:
    """Whether a time column's name says that it holds the end of each interval."""
    return bool(_END.search(words_of(name)))


def zone_in_name(name: str) -> str:
    """``UTC`` where a column's name says so, else ""."""
    return "UTC" if re.search(r"\b(utc|gmt|zulu)\b", words_of(name)) else ""


def group_of(name: str) -> str:
    """What channels that must share a unit share: their name without phase, statistic and number."""
    words = [w for w in words_of(name).split() if w not in _STATISTICS and w not in {"total", "primary", "secondary"}]
    kept = [
        re.sub(r"\d+$", "", word)
        for before, word in zip(["", *words], words, strict=False)
        if before == "thd" or not re.fullmatch(r"l[1-4]n?|l[1-3]l[1-3]|n|[abc]|ph\w?|phase|[1-4]", word)
    ]
    return " ".join(word for word in kept if word)


def phase_of(name: str) -> str:
    """The phase a name is of: ``1``, ``2``, ``3``, ``n``, ``total``, or "" where it says none."""
    words = words_of(name).split()
    for word in words:
        if match := re.fullmatch(r"(?:l|ph|phase)([123])n?", word):
            return match[1]
        if word in {"total", "n"}:
            return word
    return ""


_SPELLED = {
    "£": " gbp ",
    "€": " eur ",
    "%": " percent ",
    "°": " deg ",
    "²": "2",
    "³": "3",
    "₂": "2",
    "µ": "u",
    "φ": " phi ",
}


def make_fields(names: Sequence[str]) -> tuple[str, ...]:
    """Give each name its field: snake_case, unique, at most 63 characters, never a word the table uses.

    Examples
    --------
    >>> make_fields(["Voltage L1N Min", "Price (£/MWh)", "start", "", "Voltage L1N Min"])
    ('voltage_l1n_min', 'price_gbp_per_mwh', 'c_start', 'column_4', 'voltage_l1n_min_2')
    """
    fields: list[str] = []
    for place, name in enumerate(names, start=1):
        plain = "".join(_SPELLED.get(c, c) for c in name).replace("/", " per ")
        plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z]{2})", "_", plain)
        ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
        field = re.sub(r"[^a-z0-9]+", "_", ascii_only.lower()).strip("_") or f"column_{place}"
        if field in RESERVED_FIELDS or field[0].isdigit():
            field = f"c_{field}"
        fields.append(_unused(field[:FIELD_LENGTH].rstrip("_"), set(fields)))
    return tuple(fields)


def _unused(field: str, taken: set[str]) -> str:
    number, free = 1, field
    while free in taken:
        number += 1
        tail = f"_{number}"
        free = field[: FIELD_LENGTH - len(tail)].rstrip("_") + tail
    return free


def make_names(names: Sequence[str], columns: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give each column a name of its own.

    Returns
    -------
    tuple[tuple[str, ...], tuple[str, ...]]
        The names, unnamed columns as ``Column 3`` and repeated ones as ``Power (2)``; and the names that were
        repeated.
    """
    given = [n.strip() or f"Column {i}" for i, n in enumerate([*names, *[""] * (columns - len(names))][:columns], 1)]
    taken: set[str] = set()
    unique: list[str] = []
    for name in given:
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name} ({number})"
        taken.add(free)
        unique.append(free)
    counts: dict[str, int] = {}
    for name in given:
        counts[name] = counts.get(name, 0) + 1
    return tuple(unique), tuple(name for name, count in counts.items() if count > 1)
