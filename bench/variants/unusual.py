"""Rarer shapes: series told apart by two columns, tables without a head, totals, clocks told beside the table."""

from __future__ import annotations

from collections.abc import Callable

from bench.variants import packing
from bench.variants.making import IN_UTC, LOCAL, SURE_TIMES, made, shown
from bench.variants.moments import period_of
from bench.variants.truth import ENERGY, POWER, make_truth, moment
from bench.variants.variant import Variant

_ELAPSED = LOCAL | {"counts": "elapsed"}


def _site_and_meter(period: str) -> Variant:
    """A site and a meter in columns of their own; neither tells rows apart alone."""
    series = ("Grange / Main", "Grange / PV", "Mill Lane / Main", "Mill Lane / PV")
    truth = make_truth(301, (POWER,), period=period, series=series)
    rows = [[*name.split(" / "), f"{moment(s):%Y-%m-%dT%H:%M:%SZ}", shown(v)] for (name, s), (v,) in truth.rows.items()]
    data = packing.text([["Site", "Meter", "Time", "Power (kW)"], *rows])
    return made("site and meter", "sites.csv", data, truth, ("Power",), IN_UTC, sure=SURE_TIMES)


def _settlement_without_head(period: str) -> Variant:
    """A date, a number from 1 to 46, 48 or 50, a value, and nothing that names them."""
    truth = make_truth(302, (ENERGY,), period=period)
    rows = [[f"{truth.local(s):%Y-%m-%d}", str(period_of(truth, s)), shown(v)] for s, (v,) in truth.of_series("")]
    return made("settlement without head", "hh.csv", packing.text(rows), truth, ("",), _ELAPSED)


def _settlement_with_totals(period: str) -> Variant:
    """A row of the day's total after each day, and one of all at the end."""
    truth = make_truth(303, (ENERGY,), period=period)
    rows: list[list[str]] = []
    for s, (v,) in truth.of_series(""):
        day = f"{truth.local(s):%d/%m/%Y}"
        if rows and rows[-1][0] != day:
            rows.append([rows[-1][0], "Total", "45.5"])
        rows.append([day, str(period_of(truth, s)), shown(v)])
    data = packing.text([["Settlement Date", "Settlement Period", "kWh"], *rows, ["Total", "", "227.5"]])
    return made("settlement with totals", "hh.csv", data, truth, ("kWh",), _ELAPSED, sure=frozenset({"time_zone"}))


def _zone_below(period: str) -> Variant:
    """The clock is told in a line below the table."""
    truth = make_truth(304, (ENERGY,), period=period)
    rows = [[f"{moment(s):%Y-%m-%d %H:%M}", shown(v)] for s, (v,) in truth.of_series("")]
    data = packing.text([["Time", "Import (kWh)"], *rows, ["Note: all times are UTC"]])
    return made("zone below", "log.csv", data, truth, ("Import",), IN_UTC, sure=SURE_TIMES)


def _column_of_zones(period: str) -> Variant:
    """A column says of each row which clock it is of."""
    truth = make_truth(305, (ENERGY,), period=period)
    rows = [[f"{truth.local(s):%Y-%m-%d %H:%M}", "Europe/London", shown(v)] for s, (v,) in truth.of_series("")]
    data = packing.text([["Time", "Timezone", "Import (kWh)"], *rows])
    return made("column of zones", "log.csv", data, truth, ("Import",), LOCAL, sure=SURE_TIMES)


def _pairs_without_head(period: str) -> Variant | None:
    """Days with a flag before each of 48 values, and no head, as half-hourly data collectors send them."""
    if period in {"spring", "autumn"}:
        return None
    truth = make_truth(306, (ENERGY,), period=period, holes=False)
    days: dict[str, list[str]] = {}
    for s, (v,) in truth.of_series(""):
        days.setdefault(f"{truth.local(s):%Y-%m-%d}", []).extend(("A", shown(v)))
    data = packing.text([["E12Z345", "AI", day, *cells] for day, cells in days.items()])
    return made("pairs without head", "flow.csv", data, truth, ("AI",), _ELAPSED)


UNUSUAL: tuple[Callable[[str], Variant | None], ...] = (
    _site_and_meter,
    _settlement_without_head,
    _settlement_with_totals,
    _zone_below,
    _column_of_zones,
    _pairs_without_head,
)
