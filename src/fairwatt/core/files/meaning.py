"""What a column's name says: quantity, unit, direction, statistic."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from fairwatt.core.files.directions import Direction, find_flow, find_short
from fairwatt.core.files.obis import Obis, find_obis
from fairwatt.core.files.published_columns import find_published
from fairwatt.core.files.ratios import is_part_of_ratio, without_ratios
from fairwatt.core.files.scales import find_scale, tells_of_pulses, without_remarks
from fairwatt.core.units import QUANTITIES, UNITS, Unit, find_scaled_unit, find_unit, is_ambiguous

_ENERGIES = frozenset({"energy", "reactive_energy", "apparent_energy"})
_OF_INSTANTS = frozenset({"power", "reactive_power", "apparent_power", "voltage", "current"})
_PARTS_OF_RATIOS = _ENERGIES | {"emissions"}
Statistic = Literal["", "min", "mean", "max", "sum", "count", "last"]

# Solar alone says neither power nor sunshine.
_SUNSHINE = (
    r"(?!solar( \d+)?$)"
    r"solar(?!.*\b(generation|generated|gen|pv|power|energy|export|output|production|inverter|kwh?|mwh?|capacity|outturn)\b)"
)
# (what the name must hold, as whole words; the quantity). The first that fits counts.
_QUANTITY_WORDS: tuple[tuple[str, str], ...] = (
    (r"(thd\w?|[vi]thd|harmonic distortion|harmonics?)", "harmonic_distortion"),
    (r"distortion (power|va)", "distortion_power"),
    (r"(cos ?phi|cosphi|cos φ|cos|displacement (power )?factor|dpf)", "cos_phi"),
    (r"(power factor|powerfactor|pf)", "power_factor"),
    (r"(load|capacity|plant) factor", "fraction"),
    (r"(reactive (energy|import|export)|kvarh|varh|mvarh|consumption reactive( import| export)?)", "reactive_energy"),
    (r"(reactive power|reactive|kvar|var|mvar)", "reactive_power"),
    (r"(apparent energy|vah|kvah)", "apparent_energy"),
    (r"(apparent power|apparent|va|kva|mva|volt ?amp(ere)?s?)", "apparent_power"),
    (r"((carbon|co2|ghg|emission)s? (intensity|factor)|intensity (forecast|actual))", "carbon_intensity"),
    (r"(carbon|co2|ghg|emissions?)", "emissions"),
    (r"(availability|capacity) (price|fee|payment)", "capacity_price"),
    (r"(flow rate|volume flow|flowrate)", "volume_flow"),
    (r"standing charge", "daily_charge"),
    (r"(price|tariff|(unit|day|night|import|export|peak|energy) rate|offer|bid|ssp|sbp)", "price"),
    (r"(cost|revenue|payment)", "money"),
    (r"(state of charge|soc)", "state_of_charge"),
    (r"^(customers|households|homes|properties|connections|(number of )?(installations|accreditations))$", "count"),
    (r"^(interval|duration|length)( (s|secs?|seconds?|min|mins|minutes?|h|hours?))?$", "duration"),
    (r"(up ?time|down ?time|run ?time|delay|elapsed( time)?|dwell( time)?)", "duration"),
    (r"(device|customer|meter|asset|property|properties)? ?(count|number of)", "count"),
    (r"(temperature|temp|dew ?point)", "temperature"),
    (r"(irradiation|insolation)", "irradiation"),
    (
        r"(irradiance|ghi|dni|dhi|poa|solar (radiation|irradiance|irrad)|global radiation|radiation|pyranometer)",
        "irradiance",
    ),
    (r"embedded (solar|wind)", "power"),
    (_SUNSHINE, "irradiance"),
    (r"wind ?(speed|velocity|gust|spd)", "wind_speed"),
    (r"wind ?(direction|dir|bearing)", "wind_direction"),
    (r"(relative humidity|humidity|rh)", "humidity"),
    (r"(air |barometric )?pressure", "pressure"),
    (r"(rain|rainfall|precipitation|precip)", "precipitation"),
    (r"(illuminance|lux|light level)", "illuminance"),
    (r"(phase angle|voltage angle|angle)", "phase_angle"),
    (r"(meter read(ing)?s?|dial( read(ing)?s?)?|energy|consumption|consumed|kwh|mwh|wh|gwh|kwhr)", "energy"),
    (r"(active power|real power|power|demand|load|generation|watts?|kw|mw|md)", "power"),
    (r"active (import|export)", "energy"),
    (r"(voltage|volts?|volt|kv|vrms|urms)", "voltage"),
    (r"(current|amps?|amperes?|amperage|irms)", "current"),
    (r"(frequency|freq|hz)", "frequency"),
    (r"(ifa2?|britned|moyle|east ?west|nemo|nsl|eleclink|viking|greenlink|interconnectors?|power|mw) flows?", "power"),
    (r"flow", "volume_flow"),
    (r"[vu] ?(an|bn|cn|ab|bc|ca|rn|yn|bn|ry|yb|br|l?[123] ?n?|l[123] ?l[123])( (min|avg|max|mean))?", "voltage$"),
    (r"[vu] (min|avg|max|mean)", "voltage$"),
    (r"p ?(l?[123]|tot|total|sum)?( (min|avg|max|mean))?", "power$"),
    (r"i ?(l?[123] ?n?|a|b|c|n|r|y)( (min|avg|max|mean))?", "current$"),
)
_COMPILED = tuple(  # a symbol (V1, Ia) must be the whole name
    (re.compile(rf"^{words}$" if quantity.endswith("$") else rf"\b{words}\b"), quantity.rstrip("$"))
    for words, quantity in _QUANTITY_WORDS
)

STATISTICS: dict[str, Statistic] = {
    "min": "min", "minimum": "min", "lowest": "min", "avg": "mean", "average": "mean", "mean": "mean", "ave": "mean",
    "av": "mean", "averaged": "mean", "max": "max", "maximum": "max", "peak": "max", "highest": "max", "md": "max",
    "sum": "sum", "last": "last",
}  # fmt: skip
_REGISTER = re.compile(
    r"\b(cumulative|cum|cumul|accumulated|accum|accumulator|registers?|totali[sz]ers?|totali[sz]ed|lifetime|life time|"
    r"odometer|dial|meter read(ing)?s?|index|since (start|installation|install|reset)|to date|running total|counter)\b"
)
_INTERVAL = re.compile(
    r"(/|\bper)\s*(hh|½\s*h|half|settlement period|sp\b|interval|\d+\s*min)"
    r"|\b(hh|half hourly|interval|delta|incremental)\b",
    re.IGNORECASE,
)
_CAMEL_UNIT = re.compile(
    r"(?<=[a-z\d])(?<!\bd)(?<!\bpp)(?:(?<![kmKMG])(Wh|WH|Hz)|(kWh|KWh|KWH|MWh|MWH|GWh|kW|KW|MW|kVArh|kVAr|kVA|KVA|MVA|MVAr|[dD]egC))"
    r"(?=$|[A-Z_\W])|(?<![A-Za-z])(kWh|MWh|Wh|kW|MW|kVArh|kVAr|kVA|Hz)(?=[A-Z][a-z])"
)
_LABELLED = re.compile(r"\b(phase|feeder|zone|group|block|class|type|site|panel|plot|unit|bus|section|circuit|house)\b")
_PLACES = re.compile(  # of which several are told apart by letters: Flat A to X
    r"home|flat|apartment|building|tower|room|floor|row|rack|bay|lot|area|meter|sensor|device|channel|array|string|wing"
)
_IDENTITY = re.compile(
    r"\b(id|ids|lclid|mpan|mprn|mpxn|mpr|meter|msid|uprn|serial|site|station|substation|feeder|household|home|house|"
    r"device|sensor|asset|sn|unit|location|node|name|alias|code|series|channel|customer|bmu|dno)\b"
)
_NO_THINGS = re.compile(r"\b(derivation|reason|status|state|quality|flag|type|currency|event|error|alarm|fault) code\b")
_NO_IDS = frozenset({"grid", "valid", "invalid", "void", "avoid", "paid", "mid", "bid", "hybrid", "solid", "liquid"})
_MINUTES = re.compile(r"(?<![A-Za-z\d])(5|10|15|20|30|60)[\s-]*min(ute)?s?\b", re.IGNORECASE)  # of an interval
_FACING = re.compile(
    r"\b(north|south|east|west|[nse]|wind|roofs?|facades?|walls?|side|facing|orientation|wing|width|arrays?|strings?)\b"
)
_RATIO = re.compile(r"\b(prices?|costs?|intensity)\b")  # what is for an amount of energy, and none itself
_AMOUNT = re.compile(r"\b(energy|electricity|gas|heat|consumption|usage|used|import|export|generation|demand)\b")
_OF_RATES = re.compile(r"\b(tariffs?|rates?|prices?|costs?|charges?|fees?|carbon|co2|intensity|emissions?)\b")
_OF_POWER = re.compile(r"\b(import|export|grid|pv|solar|battery|house|home|mains|charger|inverter|heat ?pump|net)\b")
_DOTTED = re.compile(r"(?<=\w{2})\.(?=\w+$)")  # payload.kW, meter1.V
_ADMIN = re.compile(
    r"\b(insert|inserted|modified|updated|created|received|upload|uploaded|published|publish|processed|last|ingest)\b"
)
_OF_PAPERS = re.compile(  # when a row was sent, taken over or billed: the time of readings only where no other is there
    r"\b(transmission|transmitted|server|gateway|sent|arrival|import(ed)?|export(ed)?|entry|entered|invoice|bill|billing"
    r"|issued?|due|payment|posted|posting|statement) (date|time|timestamp|day|on)\b"
    r"|\b(sent|entered|issued|posted) (at|on)\b"
)
_TIME = re.compile(
    r"\b(time|timestamp|datetime|date|tstp|stamp|day|utc|gmt|ts|start|period|hour|from|epoch|unix|zeit|datum)\b"
)
_END = re.compile(
    r"\b(end|ends|endtime|hhend|ending|ended|until|finish|finished|stop|stopped)\b|^to\b|\bto( utc| gmt| local)?$"
)
_START = re.compile(r"\b(start|starts|started|starting|begin|begins|beginning)\b|^from\b|\bfrom$")
_ENDED = re.compile(r"(\(|\[|\{|<)\s*(?P<inside>[^()\[\]{}<>]*)\s*(\)|\]|\}|>)")
_NO_UNIT_ALONE = frozenset(
    {"a", "c", "d", "f", "g", "h", "j", "k", "l", "m", "p", "s", "t", "v", "w"}
    | {"day", "min", "mm", "bar", "one", "no.", "ms", "kn", "t", "ah", "angle"}
)
_WHOLE_NAMES = frozenset({"W", "V"})  # letters that are hardly anything else over a column of numbers
_PHASE_VOLTAGE = re.compile(r"V(?:[abc]n?|ab|bc|ca)")  # of phase a, and no volt-amperes
_NUMBERED = re.compile(rf"{_PHASE_VOLTAGE.pattern}|M[23]")  # and meters called M2 and M3, which are no areas
# What a thing is made for, before the unit of its readings: 50Hz inverter kW, 11kV feeder, 100 kW turbine output.
_RATING = re.compile(
    r"(?<![A-Za-z0-9.^×*'’])(?<!x )(?:(?!0\.0*1)\d+(?:\.\d+)?(?:[kKMG]?W(?:p|h)?|[kM]?V|[kM]?VA|Hz|A)"
    r"|(?:(?<=^))\d{2,}(?:\.\d+)? (?:[kMG]?Wp?|[kM]?VA?|Hz|A)(?= \w))(?![A-Za-z0-9/(])"
)
_PLAIN_UNITS = frozenset({"kwh", "wh", "mwh", "kw", "mw", "kva", "mva", "kvar", "mvar", "kvarh", "kvah"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name says; "" where it says nothing.

    Attributes
    ----------
    unit_text
        The unit as it is written there; with ``is_two_ways`` it could also be a millionth or a thousandth of it (mW).
    factor
        What the numbers are to be multiplied by ("x10 kW").
    flow_why
        Why the direction is only a guess; "" where the name says it. ``is_turned``: plus means export, which
        the name says in so many words where ``is_sign_sure``.
    is_register
        Whether the name says that it is a running total; None where it says nothing.
    doubt
        Why its unit is only a guess, where the name speaks of two things: Energy cost (kWh).
    format
        The published format that has such a column, and says its unit.
    scales, scale_why
        What the numbers may have to be multiplied by, where the name leaves it open, the likelier first; and why.
    """

    quantity: str = ""
    unit: str = ""
    unit_text: str = ""
    direction: Direction = ""
    statistic: Statistic = ""
    factor: float = 1.0
    is_two_ways: bool = False
    flow_why: str = ""
    is_turned: bool = False
    is_sign_sure: bool = False
    is_register: bool | None = None
    doubt: str = ""
    format: str = ""
    scales: tuple[float, ...] = ()
    scale_why: str = ""


def words_of(name: str) -> str:
    """A name as lower-case words with single blanks: ``pv_power_mw`` → ``pv power mw``, ``LCLid`` → ``lclid``."""
    spaced = _CAMEL_UNIT.sub(r" \1\2\3 ", unicodedata.normalize("NFKC", name))
    spaced = re.sub(
        r"(?<=[a-z]{2})(?=[A-Z])|(?<=[A-Z][a-z])(?=[A-Z][a-z]{2})|(?<=\d)(?=[A-Z][a-z])|(?<=\dN)(?=[A-Z][a-z])",
        " ",
        spaced,
    )
    return re.sub(r"[^0-9a-zµφ£€%²³]+", " ", spaced.lower()).strip()


@lru_cache(maxsize=8192)  # asked several times of each column
def read_name(name: str, *, units_row: str = "") -> Meaning:
    """Read what a column's name, and its cell in a units row, say.

    Examples
    --------
    >>> found = read_name("Grid import (kWh/hh)")
    >>> found.quantity, found.unit, found.direction, found.statistic
    ('energy', 'kwh', 'import', 'sum')
    """
    name = without_remarks(without_ratings(name))
    words = words_of(name)
    if not units_row and tells_of_pulses(name):
        return Meaning(
            doubt="The header says how many pulses make a unit: it may count them, or be a meter's constant."
        )
    if not units_row and (known := find_published(name, words)) is not None:
        found = Meaning(known.quantity, known.unit, "", known.direction, format=known.format)
        return replace(found, statistic="sum", is_register=False) if known.is_amount else _with_statistic(found, words)
    obis = find_obis(name)
    quantity = obis.quantity if obis is not None else _quantity_of(name, words)
    bare = name.replace(obis.code, " ").strip() if obis is not None else name
    unit, text, factor = _unit_of(bare, units_row, quantity)
    scale = find_scale(bare) if factor == 1.0 and not units_row else None
    if scale is not None and (found_unit := _unit_of(scale.rest, "", quantity))[0] is not None:
        unit, text, factor = found_unit[0], scale.text, scale.factor
    two_ways = unit is None and (ambiguous := _ambiguous_of(bare, units_row)) is not None
    if two_ways and ambiguous is not None:
        unit, text = ambiguous
    if unit is None and not units_row and (plain := without_ratios(name)) != name:
        return read_name(plain)  # what is measured per something is none of its units
    doubt = ""
    if unit is not None and (ratio := _RATIO.search(words)) and unit.quantity in _PARTS_OF_RATIOS:
        if ratio[1] in {"cost", "costs"} and _AMOUNT.search(words) and f"({text})" in name:
            doubt = f"The header says {text}, and speaks of a cost."
        else:
            unit, text, factor = None, "", 1.0
        quantity = "carbon_intensity" if "intensity" in words else quantity
    if unit is not None:
        is_other = quantity.startswith(("reactive", "apparent")) and unit.quantity in {"energy", "power"}
        doubt = f"The header says {text}, and speaks of {QUANTITIES[quantity].label.lower()}." if is_other else doubt
        quantity = _agree(quantity, unit, words)
    found = Meaning(quantity, unit.code if unit else "", text, factor=factor, is_two_ways=two_ways, doubt=doubt)
    if scale is not None and unit is not None:
        found = replace(found, scales=scale.choices, scale_why=scale.why)
    return _with_obis(found, obis) if obis is not None else _with_words(found, name, words, units_row)


def without_ratings(name: str) -> str:
    """A name without what the thing is made for: ``2MW battery SOC`` is not in megawatts.

    Examples
    --------
    >>> without_ratings("50Hz inverter kW")
    'inverter kW'
    """
    return " ".join(_RATING.sub(" ", name).split()) if _RATING.search(name) else name


def _quantity_of(name: str, words: str) -> str:
    if _PHASE_VOLTAGE.fullmatch(name.strip()):
        return "voltage"
    last = name.rpartition(".")[2]  # power.consumption.power is a power
    if 1 < len(last) < len(name) - 1 and not last[0].isspace() and (quantity := _quantity_of(last, words_of(last))):
        return quantity
    quantity = next((q for pattern, q in _COMPILED if pattern.search(words)), "")
    if not quantity and (short := find_short(name)) is not None:
        return "energy" if short["what"] == "A" else "reactive_energy"
    return quantity


def _with_obis(found: Meaning, obis: Obis) -> Meaning:
    is_energy = found.quantity in _ENERGIES
    is_register = obis.is_register if is_energy or found.quantity == "volume" else None
    return replace(found, direction=obis.direction, statistic=obis.statistic, is_register=is_register)


def _with_statistic(found: Meaning, words: str) -> Meaning:
    """The same with the statistic in the name; a sum of powers is one of phases, and none over time."""
    statistic: Statistic = next((STATISTICS[word] for word in reversed(words.split()) if word in STATISTICS), "")
    return replace(found, statistic="" if statistic == "sum" and found.quantity in _OF_INSTANTS else statistic)


def _with_words(found: Meaning, name: str, words: str, units_row: str) -> Meaning:
    unit = rf"(?<!\w){re.escape(found.unit_text)}(?!\w)"  # the whole word: an A is no part of Avg
    bare = _MINUTES.sub(" ", re.sub(unit, " ", name) if found.unit_text else name)
    statistic = _with_statistic(found, words_of(bare)).statistic
    flow = find_flow(name, words)
    is_register: bool | None = None
    if found.quantity in _ENERGIES | {"volume", ""}:
        if _REGISTER.search(words):
            is_register = True
        elif _INTERVAL.search(name) or _INTERVAL.search(units_row) or _INTERVAL.search(words):
            is_register = False
            statistic = statistic or ("sum" if found.quantity in _ENERGIES else "")
    return replace(
        found,
        direction=flow.direction,
        statistic=statistic,
        flow_why=flow.why,
        is_turned=flow.is_turned,
        is_sign_sure=flow.is_sure,
        is_register=is_register,
    )


def _ambiguous_of(name: str, units_row: str) -> tuple[Unit, str] | None:
    """A unit that could be milli or mega, as mega: ``mW``."""
    inside = [match["inside"].strip() for match in _ENDED.finditer(name)]
    for text in (units_row.strip(), *inside, name.strip(), *re.split(r"[\s_,]+", name)[-1:]):
        if text and is_ambiguous(text):
            mega = find_unit(text.upper() if len(text) < 3 else text[0].upper() + text[1:])
            if mega is not None:
                return mega, text
    return None


def _unit_of(name: str, units_row: str, quantity: str) -> tuple[Unit | None, str, float]:
    """The unit that a name or its cell in a units row says, as it is spelled, and what numbers are multiplied by."""
    if units_row.strip() and (scaled := find_scaled_unit(units_row)):
        return scaled[0], units_row.strip(), scaled[1]
    outside = words_of(_ENDED.sub(" ", name))
    for match in _ENDED.finditer(name):
        inside = match["inside"].strip()
        for text in (inside, *re.split(r"[,;]\s*|\s+", inside)):
            scaled = find_scaled_unit("°F" if quantity == "temperature" and text in {"F", "f"} else text)
            if scaled is not None and text is not inside and scaled[0].quantity == "duration":
                continue  # per half hour
            is_lowest = inside.casefold() == "min" and quantity not in {"", "duration"}
            if is_lowest or (text is not inside and is_part_of_ratio(inside, inside.find(text), len(text))):
                continue
            if scaled is not None and not _is_label(text, outside, quantity, scaled[0]):
                rest = _AFTER_UNIT.match(name[match.end() :])  # Energy (kWh) x 10
                return scaled[0], inside, scaled[1] * (float(rest[1]) if rest else 1.0)
    return _unit_unbracketed(name, quantity)


def _unit_unbracketed(name: str, quantity: str) -> tuple[Unit | None, str, float]:
    """A unit that is the whole name, or stands in it without brackets; with its factor."""
    if scaled := find_scaled_unit(name):
        is_word = name.strip().lower() in _NO_UNIT_ALONE and name.strip() not in _WHOLE_NAMES
        is_word = is_word or _NUMBERED.fullmatch(name.strip()) is not None
        return (None, "", 1.0) if is_word else (scaled[0], name.strip(), scaled[1])
    if camel := _CAMEL_UNIT.search(name):
        text = camel[1] or camel[2] or camel[3]
        return find_unit(text), text, 1.0
    if (times := _FACTOR_AT_END.search(name)) and (scaled := find_scaled_unit(times[0])) and scaled[1] != 1.0:
        return scaled[0], times[0].strip(), scaled[1]  # Power x1000 W
    unit, text = _unit_at_end(name, quantity)
    if unit is None and (divided := _divided(name.strip())) is not None:
        return *divided, 1.0
    last = name.rsplit(maxsplit=1)[-1] if name.strip() else ""
    if unit is None and (scaled := find_scaled_unit(last)) and scaled[1] != 1.0:  # Energy kWh*10
        return scaled[0], last, scaled[1]
    return unit, text, 1.0


_DIVIDED = re.compile(r"(?P<what>\w[\w\s]*)(?P<by> ?/ ?|\s+in\s+)(?P<unit>[VAW]|(?=.{2})[^\s/]+(?:/[^\s/]+)?)")
_PER_UNIT = re.compile(r"\b(charges?|rates?|fees?|bids?|offers?|value|intensity|yield|p|pence|gbp|eur|usd|c?g|kg)\b")


def _divided(name: str) -> tuple[Unit, str] | None:
    """A unit behind a stroke or "in", as the standards of physics write it: ``U_L1/V``, ``I L1 in A``.

    What is per unit of something (``Price/MWh``) is not in that unit.
    """
    match = _DIVIDED.fullmatch(name)
    unit = find_unit(match["unit"]) if match else None
    if match is None or unit is None or find_unit(match["what"]) is not None:
        return None
    words = words_of(match["what"])
    quantity = _quantity_of(match["what"], words)
    if quantity and UNITS[QUANTITIES[quantity].default_unit].dimension != unit.dimension:
        return None
    is_bare = not quantity and "/" in match["by"]
    is_energy = unit.quantity in _ENERGIES and not find_flow(name, words).direction
    if is_bare and (is_energy or _PER_UNIT.search(words)):
        return None
    return unit, match["unit"]


_FACTOR_AT_END = re.compile(
    r"(?<=\s)(?:(?:x|×|\*)\s*\d+(?:\.\d+)?|['’]?000s?|thousands?|10\^[+-]?\d+|0\.0*1|1e3)\s*[A-Za-z]+$",
    re.IGNORECASE,
)
_AFTER_UNIT = re.compile(r"\s*(?:x|×|\*)\s*(\d+(?:\.\d+)?)\s*$", re.IGNORECASE)


def _is_label(text: str, outside: str, quantity: str, unit: Unit) -> bool:
    """Whether a letter in brackets numbers a thing, as in Phase (A), rather than being a unit."""
    if len(text) > 1:
        return False
    if quantity and UNITS[QUANTITIES[quantity].default_unit].dimension == unit.dimension:
        return False
    units = [found for word in outside.split() if (found := find_unit(word)) is not None and quantity]
    has_own = any(found.dimension == UNITS[QUANTITIES[quantity].default_unit].dimension for found in units)
    return has_own or bool(_LABELLED.search(outside))  # Active energy Wh (A): the unit stands outside


def _unit_at_end(name: str, quantity: str) -> tuple[Unit | None, str]:
    """A unit after the last blanks, underscores, commas or "in": ``demand_MW``, ``Power, kW``, ``Energy in kWh/hh``."""
    parts = re.split(r"[\s_,:]+", _DOTTED.sub(" ", re.sub(r"[(\[].*?[)\]]", " ", name).strip()))
    for count in (3, 2, 1):
        if len(parts) < count or len(parts) == count == 1:
            continue
        text = "_".join(parts[-count:])
        unit = _ratio_at_end(name, parts[-count:]) or find_unit(text)
        if unit is None:
            continue
        alone = text.lower() in _NO_UNIT_ALONE or (unit.quantity == "duration" and quantity != "")  # energy.day
        if text in {"w", "W", "v", "V"} and not quantity and _may_be_measured(text, name, parts[:-1]):  # mains_w
            return unit, text
        if not alone or (quantity and unit.dimension == UNITS[QUANTITIES[quantity].default_unit].dimension):
            return unit, text
    for place, part in enumerate(parts[:-1]):  # kwh_hh, kW_L1: a unit inside
        is_whole = not is_part_of_ratio(name, name.find(part), len(part))
        unit = find_unit(part) if is_whole and (place or len(parts) == 2 or part.lower() in _PLAIN_UNITS) else None
        is_word = unit is None or unit.quantity == "duration" or part.lower() in _NO_UNIT_ALONE
        if unit is not None and not is_word and unit.code not in {"va", "var"}:  # Day ahead is no day
            return unit, part
    return None, ""


def _ratio_at_end(name: str, parts: list[str]) -> Unit | None:
    """A unit whose stroke is an underscore, as fields of machines have it: ``gbp_mwh``, ``tariff_p_kwh``, ``wind_m_s``.

    A letter alone may stand for a quantity as well (``P_kWh``), so that pence and grams need a name that is of such.
    """
    first = parts[0]
    if len(parts) < 2 or not name.strip().endswith("_".join(parts)) or not first.islower():
        return None
    if first in {"p", "c", "g"} and not _OF_RATES.search(words_of(name)):
        return None
    return find_unit("/".join(parts))


def _may_be_measured(text: str, name: str, before: list[str]) -> bool:
    """Whether a W or V behind a name is a unit, rather than the west, or a thing's letter as in site_w or Flat V."""
    if text == "w" and _OF_POWER.search(words_of(name)):
        return True
    named = before[-1] if text.islower() else next((part for part in reversed(before) if not part.isdigit()), "")
    is_labelled = any(pattern.fullmatch(named.lower()) for pattern in (_LABELLED, _PLACES))
    return not is_labelled and not _FACING.search(words_of(name))


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
    if _NO_THINGS.search(words):
        return False
    ends_so = words.endswith("id") and words.rpartition(" ")[2] not in _NO_IDS
    return bool(_IDENTITY.search(words) or ends_so) and not re.search(r"\b(count|number of|readings?)\b", words)


def time_rank(name: str) -> int:
    """How likely a column of times is the readings' own, by its name: the higher the likelier."""
    words = words_of(name)
    rank = 2 if _TIME.search(words) else 0
    if re.search(r"\b(datetime|timestamp|tstp|date time)\b", words):
        rank += 1
    if _ADMIN.search(words):
        rank -= 3
    if _END.search(words):
        rank -= 1
    return min(rank, 1) if _OF_PAPERS.search(words) else rank


def is_clerical(name: str) -> bool:
    """Whether a time column's name says that it holds when rows were stored, sent or billed."""
    words = words_of(name)
    return bool(_ADMIN.search(words) or _OF_PAPERS.search(words))


def says_end(name: str) -> bool:
    """Whether a time column's name says that it holds the end of each interval."""
    return bool(_END.search(words_of(name)))


def says_start(name: str) -> bool:
    """Whether a time column's name says that it holds the start of each interval."""
    return bool(_START.search(words_of(name)))


def zone_in_name(name: str) -> str:
    """``UTC`` where a column's name says so, else ""."""
    return "UTC" if re.search(r"\b(utc|gmt|zulu)\b", words_of(name)) else ""
