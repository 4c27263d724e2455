"""Look-alikes of what inverters, batteries, chargers, heat pumps and home monitors write."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from bench.variants import packing
from bench.variants.making import IN_UTC, LOCAL, SURE_TIMES, lines, made, shown
from bench.variants.moments import form_of
from bench.variants.truth import LONDON, TEMPERATURE, Channel, Truth, make_truth
from bench.variants.variant import Variant

_YIELD = Channel("Energy", "energy", "wh", "Wh", decimals=0, low=0.0, high=4_100.0)
_HOME = Channel("Home", "power", "kw", "kW", decimals=1, low=0.1, high=7.5)
_BATTERY = Channel("Powerwall", "power", "kw", "kW", decimals=1, low=-5.0, high=5.0)
_SUN = Channel("Solar Energy", "power", "kw", "kW", decimals=1, low=0.0, high=3.8)
_WATTS = Channel("power", "power", "w", "W", decimals=0, low=0.0, high=5_200.0)


def _inverter(period: str) -> Variant:
    truth = make_truth(51, (_YIELD,), period=period, step_s=900)
    rows = [[f"{truth.local(s):%d/%m/%Y %H:%M}", shown(v)] for s, (v,) in truth.of_series("")]
    return made(
        "inverter portal",
        "Site energy.csv",
        packing.text([["Time", "System Production (Wh)"], *rows]),
        truth,
        ("System Production (Wh)",),
        LOCAL,
    )


def _inverter_second_row(period: str) -> Variant:
    """Heads, and under the time's head how it is written; units under the others."""
    truth = make_truth(
        52, (_YIELD, Channel("Consumption", "energy", "wh", "Wh", decimals=2, high=900.0)), period=period, step_s=300
    )
    rows = [[f"{truth.local(s):%d.%m.%Y %H:%M}", *map(shown, values)] for s, values in truth.of_series("")]
    heads = [["Date and time", "Energy | Roof", "Consumption"], ["[dd.MM.yyyy HH:mm]", "[Wh]", "[Wh]"]]
    return made(
        "inverter portal with a row of units",
        "Details.csv",
        packing.text([*heads, *rows], encoding="utf-8-sig", line_end="\r\n"),
        truth,
        ("Energy | Roof", "Consumption"),
        LOCAL,
        sure=frozenset({"unit"}),
    )


def _inverter_german(period: str) -> Variant:
    """A data manager's file: separator said first, semicolons, decimal commas, names, units, then rows."""
    channel = Channel("Total yield", "energy", "kwh", "kWh", is_register=True, decimals=3, low=0.0, high=1.8)
    truth = make_truth(53, (channel, Channel("Power", "power", "kw", "kW", high=8.4)), period=period, step_s=300)
    rows = [
        ";".join([f"{truth.local(s):%d.%m.%Y %H:%M:%S}", *(shown(v).replace(".", ",") for v in values)])
        for s, values in truth.of_series("")
    ]
    before = [
        "sep=;",
        "Version CSV1|Tool 1.2|Linebreaks CR/LF|Delimiter semicolon|Decimalpoint comma|Precision 3",
        "",
        "Date and time;Total yield;Power",
        ";kWh;kW",
    ]
    return made(
        "data manager, semicolons",
        "plant-20210118.csv",
        lines(*before, *rows, end="\r\n", encoding="cp1252"),
        truth,
        ("Total yield", "Power"),
        LOCAL,
        sure=frozenset({"unit"}),
    )


def _battery(period: str) -> Variant:
    truth = make_truth(54, (_HOME, _BATTERY, _SUN), period=period, step_s=300)
    heads = ["Home (kW)", "Powerwall (kW)", "Solar Energy (kW)"]
    rows = [[form_of("iso-offset").write(truth, s)[0], *map(shown, values)] for s, values in truth.of_series("")]
    return made(
        "battery app",
        "powerwall-18-1-2021.csv",
        packing.text([["Date time", *heads], *rows]),
        truth,
        heads,
        IN_UTC,
        sure=SURE_TIMES,
    )


def _feed(period: str) -> Variant:
    truth = make_truth(55, (_WATTS,), period=period, step_s=10, most_rows=900)
    rows = [[str(s), f"{truth.local(s):%Y-%m-%d %H:%M:%S}", shown(v, "NaN")] for s, (v,) in truth.of_series("")]
    return made(
        "feed with epoch and clock",
        "feed_410.csv",
        packing.text([["Unix timestamp", "Date-time string", "use"], *rows]),
        truth,
        ("use",),
        LOCAL,
        sure=SURE_TIMES,
    )


def _home_automation(period: str) -> Variant:
    """A row for each change of a sensor's state, at odd moments; words where there is none."""
    chance = random.Random(f"56 {period}")
    truth = make_truth(
        56,
        (Channel("state", "temperature", "degc", decimals=1, low=3.0, high=24.0),),
        period=period,
        series=("sensor.kitchen_temperature", "sensor.garden_temperature"),
        step_s=3600,
    )
    moved = {(name, s + chance.randrange(1_800)): row for (name, s), row in truth.rows.items()}
    truth = Truth(truth.channels, truth.step_s, truth.zone, moved)
    rows = [
        [series, shown(v, "unavailable"), f"{form_of('iso-naive-utc').write(truth, s)[0].replace(' ', 'T')}.000Z"]
        for (series, s), (v,) in truth.rows.items()
    ]
    return made(
        "home automation history",
        "history.csv",
        packing.text([["entity_id", "state", "last_changed"], *rows]),
        truth,
        ("state",),
        IN_UTC,
        sure=SURE_TIMES,
    )


def _panel_meter(period: str) -> Variant:
    channel = Channel("kWh Del Int", "energy", "kwh", "kWh", "import", True, 1, 0.0, 4.0)
    truth = make_truth(
        57, (channel, Channel("kW Tot", "power", "kw", "kW", decimals=2, high=44.0)), period=period, step_s=900
    )
    rows = [
        [f"{truth.local(s):%d/%m/%Y %H:%M:%S}", form_of("iso-naive-utc").write(truth, s)[0], *map(shown, values)]
        for s, values in truth.of_series("")
    ]
    head = ["Local Time Stamp", "UTC Time Stamp", "kWh Del", "kW Tot"]
    return made(
        "panel meter, local and UTC",
        "Main_Incomer.csv",
        packing.text([head, *rows], quoted=True),
        truth,
        ("kWh Del", "kW Tot"),
        LOCAL,
        sure=frozenset({"time_zone"}),
    )


def _reverse_monitor(period: str) -> Variant:
    channels = (Channel("Usage", "power", "kw", "kW", high=6.0), Channel("Generation", "power", "kw", "kW", high=3.6))
    truth = make_truth(58, channels, period=period, step_s=60, most_rows=600)
    rows = [[f"{truth.local(s):%Y-%m-%d %H:%M}", *map(shown, values)] for s, values in truth.of_series("")]
    head = ["Date & Time", "Usage [kW]", "Generation [kW]"]
    return made(
        "monitor, latest first",
        "egauge-export.csv",
        packing.text([head, *reversed(rows)]),
        truth,
        ("Usage [kW]", "Generation [kW]"),
        LOCAL,
        sure=frozenset({"day_first", "unit"}),
    )


def _charger(period: str) -> Variant:
    """Charging sessions: a start, an end, an energy; at odd moments, three chargers."""
    chance = random.Random(f"59 {period}")
    plain = make_truth(
        59,
        (Channel("Energy", "energy", "kwh", "kWh", low=1.0, high=42.0, decimals=2),),
        period=period,
        step_s=14_400,
        series=("AN01", "AN02", "AN03"),
        holes=False,
    )
    rows = {(name, s + chance.randrange(600) * 7): row for (name, s), row in plain.rows.items()}
    told = {key: row for key, row in rows.items() if not _comes_twice(plain, key[1])}
    truth = Truth(plain.channels, plain.step_s, LONDON, dict(sorted(told.items(), key=lambda item: item[0][1])))
    text = []
    for number, ((cp, s), (v,)) in enumerate(truth.rows.items(), start=3_400_118):
        begin, end = truth.local(s), truth.local(s + 3_600 + chance.randrange(5_000))
        text.append(
            [str(number), cp, f"{begin:%Y-%m-%d}", f"{begin:%H:%M:%S}", f"{end:%Y-%m-%d}", f"{end:%H:%M:%S}", shown(v)]
        )
    head = ["ChargingEvent", "CPID", "StartDate", "StartTime", "EndDate", "EndTime", "Energy (kWh)"]
    found = made(
        "charging sessions",
        "chargepoints.csv",
        packing.text([head, *text]),
        truth,
        ("Energy (kWh)",),
        LOCAL,
        sure=frozenset({"day_first"}),
    )
    return replace(found, is_list=True)


def _comes_twice(truth: Truth, start: int) -> bool:
    """Whether a clock shows this time twice: at odd moments, nothing tells which is meant."""
    local = truth.local(start)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _heat_pump(period: str) -> Variant:
    channels = (
        Channel("flowT", "temperature", "degc", "degC", decimals=2, low=21.0, high=46.0),
        Channel("returnT", "temperature", "degc", "degC", decimals=2, low=18.0, high=39.0),
        Channel("electric", "power", "w", "W", decimals=0, low=0.0, high=2_600.0),
        Channel("heat", "power", "w", "W", decimals=0, low=-300.0, high=9_100.0),
    )
    truth = make_truth(60, channels, period=period, step_s=60, most_rows=500)
    heads = ["flowT (degC)", "returnT (degC)", "electric (W)", "heat (W)"]
    rows = [
        [form_of("iso-t-naive-utc").write(truth, s)[0] + "Z", *map(shown, values)] for s, values in truth.of_series("")
    ]
    return made(
        "heat-pump monitor",
        "heatpump.csv",
        packing.text([["time", *heads], *rows]),
        truth,
        heads,
        IN_UTC,
        sure=SURE_TIMES | {"unit"},
    )


def _microinverter(period: str) -> Variant:
    truth = make_truth(61, (_YIELD,), period=period, step_s=900)
    rows = [[f"{truth.local(s):%m/%d/%Y %H:%M}", shown(v)] for s, (v,) in truth.of_series("")]
    return made(
        "microinverters, month first",
        "site_energy_production.csv",
        packing.text([["Date/Time", "Energy Produced (Wh)"], *rows]),
        truth,
        ("Energy Produced (Wh)",),
        LOCAL | {"day_first": "false"},
    )


def _clamp(period: str) -> Variant:
    channels = (
        Channel("Active energy", "energy", "wh", "Wh", "import", decimals=1, high=90.0),
        Channel("Returned energy", "energy", "wh", "Wh", "export", decimals=1, high=60.0),
        Channel("Voltage", "voltage", "v", "V", decimals=1, low=236.0, high=252.0),
    )
    truth = make_truth(62, channels, period=period, step_s=60, most_rows=500)
    heads = ["Active energy Wh (A)", "Returned energy Wh (A)", "Voltage V (A)"]
    rows = [
        [f"{form_of('dd-mm-utc-head').write(truth, s)[0]}", *map(shown, values)] for s, values in truth.of_series("")
    ]
    return made(
        "clamp meter",
        "em_data.csv",
        packing.text([["Date/time UTC", *heads], *rows]),
        truth,
        heads,
        IN_UTC,
        sure=frozenset({"time_zone"}),
    )


def _pv_service(period: str) -> Variant:
    channels = (Channel("Energy Used", "energy", "wh", "Wh", decimals=0, high=1_900.0), _WATTS)
    truth = make_truth(63, channels, period=period, step_s=300)
    rows = [
        [f"{truth.local(s):%Y%m%d}", f"{truth.local(s):%H:%M}", *map(shown, values)]
        for s, values in truth.of_series("")
    ]
    head = ["Date", "Time", "Energy Used (Wh)", "Power (W)"]
    return made(
        "PV sharing site, latest first",
        "pv.csv",
        packing.text([head, *reversed(rows)]),
        truth,
        ("Energy Used (Wh)", "Power (W)"),
        LOCAL,
        sure=frozenset({"day_first", "unit"}),
    )


def _charge_state(period: str) -> Variant:
    channel = Channel("SOC", "state_of_charge", "percent", "%", decimals=1, low=4.0, high=100.0)
    truth = make_truth(
        64,
        (channel, Channel("Battery power", "power", "w", "W", decimals=0, low=-3_000.0, high=3_000.0)),
        period=period,
        step_s=300,
    )
    rows = [
        [str(n), f"{truth.local(s):%Y-%m-%d %H:%M:%S}", "" if a is None else f"{a}%", shown(b)]
        for n, (s, (a, b)) in enumerate(truth.of_series(""), start=1)
    ]
    head = ["No.", "Update Time", "SOC", "Battery power (W)"]
    return made(
        "battery with % in its cells",
        "inverter_log.csv",
        packing.text([head, *rows]),
        truth,
        ("SOC", "Battery power (W)"),
        LOCAL,
        sure=frozenset({"day_first"}),
    )


def _tank_logger(period: str) -> Variant:
    """A small temperature logger: a title in the first cell, heads with zone and unit, a number in front."""
    truth = make_truth(65, (TEMPERATURE,), period=period, step_s=600)
    rows = [
        [str(n), f"{form_of('dd-mm-utc-head').write(truth, s)[0]}:00", shown(v)]
        for n, (s, (v,)) in enumerate(truth.of_series(""), start=1)
    ]
    heads = [["Plot Title: Tank 3"], ["#", "Date Time, GMT+00:00", "Temp, °C (LGR S/N: 10213458)"]]
    return made(
        "temperature logger with title",
        "tank3.csv",
        packing.text([*heads, *rows], encoding="utf-8-sig"),
        truth,
        ("Temp, °C",),
        IN_UTC,
        sure=frozenset({"time_zone"}),
    )


def _booleans(period: str) -> Variant:
    truth = make_truth(66, (_HOME,), period=period, step_s=900)
    rows = [
        [
            form_of("iso-offset").write(truth, s)[0],
            shown(v),
            "true" if (v or 0) > 2 else "false",
            "heating" if (v or 0) > 4 else "idle",
        ]
        for s, (v,) in truth.of_series("")
    ]
    return made(
        "states beside numbers",
        "thermostat.csv",
        packing.text([["time", "Home (kW)", "boost", "state"], *rows]),
        truth,
        ("Home (kW)",),
        IN_UTC,
        sure=SURE_TIMES,
    )


def _numbered_rows(period: str) -> Variant:
    """Written by a data-frame program: an index without a head in front."""
    truth = make_truth(67, (_HOME, _SUN), period=period)
    rows = [
        [str(n), f"{truth.local(s):%Y-%m-%d %H:%M:%S}", *((v and repr(float(v))) or shown(v) for v in values)]
        for n, (s, values) in enumerate(truth.of_series(""))
    ]
    return made(
        "data frame with its index",
        "df.csv",
        packing.text([["", "datetime", "home_kw", "solar_kw"], *rows]),
        truth,
        ("home_kw", "solar_kw"),
        LOCAL,
        sure=frozenset({"day_first"}),
    )


DEVICES: tuple[Callable[[str], Variant], ...] = (
    _inverter,
    _inverter_second_row,
    _inverter_german,
    _battery,
    _feed,
    _home_automation,
    _panel_meter,
    _reverse_monitor,
    _charger,
    _heat_pump,
    _microinverter,
    _clamp,
    _pv_service,
    _charge_state,
    _tank_logger,
    _booleans,
    _numbered_rows,
)
