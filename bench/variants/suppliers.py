"""Look-alikes of what suppliers, smart-meter services and their portals let people download."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from bench.variants import packing
from bench.variants.making import IN_UTC, LOCAL, SURE_TIMES, lines, made, shown
from bench.variants.moments import form_of
from bench.variants.truth import ENERGY, LONDON, Channel, make_truth
from bench.variants.variant import Variant

_COST = Channel("Estimated Cost Inc. Tax", "money", "p", "p", decimals=2, low=0.0, high=60.0)
_GAS = Channel("Gas consumption", "volume", "m3", "m³", low=0.0, high=1.4)
_MPAN = "2000012345672"
PACIFIC = ZoneInfo("America/Los_Angeles")


def _octopus(period: str) -> Variant:
    truth = make_truth(11, (ENERGY, _COST), period=period)
    form = form_of("start-and-end")
    rows = [
        [shown(kwh), shown(cost), *(f" {cell}" for cell in form.write(truth, start))]
        for start, (kwh, cost) in truth.of_series("")
    ]
    head = ["Consumption (kwh)", " Estimated Cost Inc. Tax (p)", " Start", " End"]
    return made(
        "supplier with start and end",
        "consumption.csv",
        packing.text([head, *rows]),
        truth,
        ("Consumption (kwh)", "Estimated Cost Inc. Tax (p)"),
        IN_UTC,
        sure=SURE_TIMES | {"stamp"},
    )


def _octopus_api(period: str) -> Variant:
    truth = make_truth(12, (ENERGY,), period=period)
    form = form_of("start-and-end")
    results = []
    for start, (kwh,) in reversed(list(truth.of_series(""))):
        begin, end = form.write(truth, start)
        results.append({"consumption": kwh, "interval_start": begin, "interval_end": end})
    data = packing.json_text({"count": len(results), "next": None, "previous": None, "results": results})
    return made(
        "supplier's API",
        "consumption.json",
        data,
        truth,
        ("consumption",),
        IN_UTC,
        sure=SURE_TIMES | {"stamp"},
        group="records",
    )


def _n3rgy(period: str) -> Variant:
    truth = make_truth(13, (ENERGY,), period=period)
    rows = [
        [f"{form_of('slashed-iso').write(truth, s)[0]}".replace("/", "-"), shown(v)] for s, (v,) in truth.of_series("")
    ]
    return made(
        "smart-meter gateway",
        "electricity_consumption.csv",
        packing.text([["timestamp (UTC)", "energyConsumption (kWh)"], *rows]),
        truth,
        ("energyConsumption (kWh)",),
        IN_UTC,
        sure=SURE_TIMES,
    )


def _bright(period: str) -> Variant:
    truth = make_truth(14, (ENERGY,), period=period)
    rows = [[str(s), shown(v, "null")] for s, (v,) in truth.of_series("")]
    return made(
        "in-home display's cloud",
        "glow_electricity.csv",
        packing.text([["time", "electricity consumption (kWh)"], *rows]),
        truth,
        ("electricity consumption (kWh)",),
        IN_UTC,
        sure=SURE_TIMES,
    )


def _green_button(period: str) -> Variant:
    """Usage as American suppliers export it: start and end as clock times, the end a minute early."""
    del period  # the changes of that country are on other days
    truth = make_truth(15, (ENERGY,), step_s=3600, zone=PACIFIC, holes=False)
    head = ["TYPE", "DATE", "START TIME", "END TIME", "USAGE", "UNITS", "NOTES"]
    rows = [
        [
            "Electric usage",
            f"{truth.local(s):%Y-%m-%d}",
            f"{truth.local(s):%H:%M}",
            f"{truth.local(s):%H}:59",
            shown(v),
            "kWh",
            "",
        ]
        for s, (v,) in truth.of_series("")
    ]
    before = [
        ["Name", "A CUSTOMER"],
        ["Address", "1 HIGH ST, OAKLAND CA 94607"],
        ["Account Number", "0123456789"],
        ["Service", "Service 1"],
        [],
    ]
    return made(
        "usage with start and end times",
        "usage.csv",
        packing.text([*before, head, *rows]),
        truth,
        ("USAGE",),
        {"time_zone": "America/Los_Angeles", "stamp": "start"},
        sure=frozenset({"day_first", "unit"}),
    )


def _supplier_half_hourly(period: str) -> Variant:
    truth = make_truth(16, (ENERGY,), period=period)
    rows = [
        ["2000012345672", "E14UP03321", f"{truth.local(s):%d/%m/%Y}", f"{truth.local(s):%H:%M}", shown(v), "A"]
        for s, (v,) in truth.of_series("")
    ]
    head = ["MPAN", "Meter Serial Number", "Reading Date", "Reading Time", "Consumption (kWh)", "Status"]
    return made(
        "supplier's half-hourly report",
        "HH_Report.csv",
        packing.text([head, *rows], line_end="\r\n"),
        truth,
        ("Consumption (kWh)",),
        LOCAL,
    )


def _dcc_register(period: str) -> Variant:
    channel = Channel("Import Register", "energy", "wh", "Wh", "import", True, 0, 0.0, 900.0)
    truth = make_truth(17, (channel,), period=period)
    rows = [[f"{form_of('iso-z').write(truth, s)[0]}", shown(v)] for s, (v,) in truth.of_series("")]
    return made(
        "register reads",
        "profile_data_log.csv",
        packing.text([["readAt", "Import Register (Wh)"], *rows]),
        truth,
        ("Import Register (Wh)",),
        IN_UTC,
        sure=SURE_TIMES,
    )


def _gas(period: str) -> Variant:
    truth = make_truth(18, (_GAS,), period=period)
    rows = [[f"{truth.local(s):%d/%m/%Y %H:%M}", shown(v)] for s, (v,) in truth.of_series("")]
    data = packing.text([["Date and time", "Gas consumption (m³)"], *rows], encoding="cp1252", line_end="\r\n")
    return made("gas in cubic metres", "gas.csv", data, truth, ("Gas consumption (m³)",), LOCAL)


def _two_meters(period: str) -> Variant:
    truth = make_truth(19, (ENERGY,), period=period, series=("2000012345672", "1200098765433"))
    rows = [[mpan, f"{truth.local(s):%Y-%m-%d %H:%M:%S}", shown(v)] for (mpan, s), (v,) in truth.rows.items()]
    return made(
        "two supply points",
        "portfolio.csv",
        packing.text([["mpan", "datetime", "kwh"], *rows]),
        truth,
        ("kwh",),
        LOCAL | {"series_kind": "mpan"},
    )


def _daily(period: str) -> Variant:
    """Days of the clock: as many hours as the day has."""
    half_hours = make_truth(20, (ENERGY,), period=period, holes=False, days=6)
    days: dict[tuple[str, int], tuple[object, ...]] = {}
    for start, (value,) in half_hours.of_series(""):
        midnight = int(half_hours.local(start).replace(hour=0, minute=0, fold=0).timestamp())
        before = days.get(("", midnight), (0,))
        days["", midnight] = (before[0] + value,)
    truth = type(half_hours)(half_hours.channels, 86_400, LONDON, days)
    rows = [[f"{truth.local(s):%Y-%m-%d}", shown(v)] for s, (v,) in truth.of_series("")]
    return made(
        "daily totals",
        "daily_kwh.csv",
        packing.text([["Date", "Electricity (kWh)"], *rows]),
        truth,
        ("Electricity (kWh)",),
        LOCAL,
        sure=frozenset({"day_first"}),
    )


def _long_wide_heads(period: str) -> Variant:
    truth = make_truth(21, (ENERGY,), period=period)
    rows = [f'"{truth.local(s):%d %b %Y, %H:%M}","{shown(v)}"' for s, (v,) in truth.of_series("")]
    before = ['"Your electricity use"', '"Supply address: 1 High Street, Oxford"', '"Tariff: Flexible"', ""]
    return made(
        "portal download, everything quoted",
        "my-usage.csv",
        lines(*before, '"Date & time","Energy used (kWh)"', *rows, end="\r\n"),
        truth,
        ("Energy used (kWh)",),
        LOCAL,
        sure=frozenset({"day_first"}),
    )


def _tariff(period: str) -> Variant:
    channel = Channel("Unit rate", "price", "p_per_kwh", "p/kWh", decimals=4, low=-4.0, high=99.0)
    truth = make_truth(22, (channel,), period=period)
    rows = [["E-1R-AGILE-21", *form_of("start-and-end").write(truth, s), shown(v)] for s, (v,) in truth.of_series("")]
    head = ["tariff_code", "valid_from", "valid_to", "value_inc_vat (p/kWh)"]
    return made(
        "half-hourly tariff",
        "agile.csv",
        packing.text([head, *rows]),
        truth,
        ("value_inc_vat (p/kWh)",),
        IN_UTC,
        sure=SURE_TIMES | {"stamp"},
    )


def _mpan_rows(period: str) -> Variant:
    """No head; a supply point's number, which looks like milliseconds, before an epoch."""
    truth = make_truth(23, (ENERGY,), period=period, series=(_MPAN, "1200098765433"))
    rows = [[mpan, str(s * 1_000), shown(v)] for (mpan, s), (v,) in truth.rows.items()]
    return made(
        "supply point beside milliseconds, no head",
        "dump.csv",
        packing.text(rows),
        truth,
        ("",),
        IN_UTC | {"series_kind": "mpan"},
    )


SUPPLIERS: tuple[Callable[[str], Variant], ...] = (
    _octopus,
    _octopus_api,
    _n3rgy,
    _bright,
    _green_button,
    _supplier_half_hourly,
    _dcc_register,
    _gas,
    _two_meters,
    _daily,
    _long_wide_heads,
    _tariff,
    _mpan_rows,
)
