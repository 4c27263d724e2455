"""Look-alikes of what network operators, the market and power-quality loggers write."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from bench.variants import packing
from bench.variants.making import ENDS, IN_UTC, LOCAL, SURE_TIMES, lines, made, shown, wanted_of
from bench.variants.moments import form_of, period_of
from bench.variants.recipes import readings_of
from bench.variants.truth import CURRENT, ENERGY, POWER, PRICE, VOLTAGE, Channel, make_truth
from bench.variants.variant import Variant

_WIND = Channel("Wind Onshore", "power", "mw", "MW", decimals=1, low=0.0, high=900.0)
_SOLAR = Channel("Solar", "power", "mw", "MW", decimals=1, low=0.0, high=700.0)
_DEMAND = Channel("Demand", "power", "mw", "MW", decimals=3, low=-2.5, high=19.0)


def _scada(period: str) -> Variant:
    """A control room's trend: a preamble, a quality beside each value, words for what is missing."""
    truth = make_truth(31, (CURRENT, VOLTAGE), period=period, step_s=600)
    rows = [
        [
            f"{truth.local(s):%d/%m/%Y %H:%M:%S}",
            shown(a, "No Data"),
            "Bad" if a is None else "Good",
            shown(v, "No Data"),
            "Bad" if v is None else "Good",
        ]
        for s, (a, v) in truth.of_series("")
    ]
    head = ["Timestamp", "ROSE HILL T1 CURRENT (A)", "Quality", "ROSE HILL T1 VOLTAGE (V)", "Quality"]
    before = [["Historical Trend Export"], ["Substation: ROSE HILL PRIMARY"], ["Generated: 03/12/2021 10:00:12"], []]
    return made(
        "control room trend",
        "ROSE_HILL_T1.csv",
        packing.text([*before, head, *rows], line_end="\r\n"),
        truth,
        ("ROSE HILL T1 CURRENT (A)", "ROSE HILL T1 VOLTAGE (V)"),
        LOCAL,
    )


def _historian(period: str) -> Variant:
    truth = make_truth(32, (_DEMAND,), period=period)
    rows = [[f"{truth.local(s):%d-%b-%y %H:%M:%S}", shown(v, "I/O Timeout")] for s, (v,) in truth.of_series("")]
    return made(
        "plant historian",
        "RSHL.T1.MW.csv",
        packing.text([["Time", "RSHL.T1.MW"], *rows]),
        truth,
        ("RSHL.T1.MW",),
        LOCAL,
        sure=frozenset({"day_first"}),
    )


def _elexon(period: str) -> Variant:
    truth = make_truth(33, (_WIND, _SOLAR), period=period, holes=False)
    rows = [
        [f"{truth.local(s):%Y-%m-%d}", str(period_of(truth, s)), *map(shown, values)]
        for s, values in truth.of_series("")
    ]
    head = ["Settlement Date", "Settlement Period", "Wind Onshore (MW)", "Solar (MW)"]
    return made(
        "generation by settlement period",
        "generation.csv",
        packing.text([head, *rows]),
        truth,
        ("Wind Onshore (MW)", "Solar (MW)"),
        LOCAL,
        sure=frozenset({"day_first", "stamp"}),
    )


def _elexon_tall(period: str) -> Variant:
    """A row for each kind of generation; latest first."""
    truth = make_truth(34, (_WIND, _SOLAR), period=period, holes=False)
    rows = [
        [f"{truth.local(s):%Y-%m-%d}", str(period_of(truth, s)), channel.head, shown(value)]
        for s, values in reversed(list(truth.of_series("")))
        for channel, value in zip(truth.channels, values, strict=True)
    ]
    head = ["Settlement Date", "Settlement Period", "PSR Type", "Quantity (MW)"]
    return made(
        "generation by type, a row each",
        "psr.csv",
        packing.text([head, *rows]),
        truth,
        ("Wind Onshore", "Solar"),
        LOCAL,
        sure=frozenset({"day_first", "stamp"}),
        group="a row each value",
    )


def _transparency(period: str) -> Variant:
    truth = make_truth(35, (PRICE,), period=period, step_s=3600)
    rows = [[form_of("range").write(truth, s)[0], shown(v, "n/e")] for s, (v,) in truth.of_series("")]
    return made(
        "day-ahead prices with ranges",
        "Day-ahead Prices.csv",
        packing.text([["MTU (UTC)", "Day-ahead Price [£/MWh]"], *rows], quoted=True),
        truth,
        ("Day-ahead Price [£/MWh]",),
        IN_UTC,
        sure=frozenset({"time_zone", "stamp"}),
    )


def _system_price(period: str) -> Variant:
    truth = make_truth(36, (PRICE,), period=period)
    data = [
        {
            "settlementDate": f"{truth.local(s):%Y-%m-%d}",
            "settlementPeriod": period_of(truth, s),
            "startTime": form_of("iso-z").write(truth, s)[0],
            "systemSellPrice": v,
        }
        for s, (v,) in truth.of_series("")
    ]
    return made(
        "system prices as records",
        "system-prices.json",
        packing.json_text({"metadata": {}, "data": data}),
        truth,
        ("systemSellPrice",),
        IN_UTC,
        sure=SURE_TIMES | {"stamp"},
        group="records",
    )


def _outram(period: str) -> Variant:
    """A power-quality logger: minimum, average and maximum of each phase, tabs, date and time apart."""
    stems = [f"Voltage L{p}N" for p in (1, 2, 3)]
    channels = tuple(
        Channel(f"{stem} {kind}", "voltage", "v", "V", decimals=2, low=235.0 + i, high=245.0 + i)
        for stem in stems
        for i, kind in enumerate(("Min", "Avg", "Max"))
    )
    truth = make_truth(37, channels, period=period, step_s=600)
    rows = [
        [f"{truth.local(s):%d/%m/%Y}", f"{truth.local(s):%H:%M:%S}", *map(shown, values)]
        for s, values in truth.of_series("")
    ]
    data = packing.text([["Date", "Time", *(c.head for c in channels)], *rows], delimiter="\t", line_end="\r\n")
    return made("power-quality logger", "MVS3_P11.txt", data, truth, [c.head for c in channels], LOCAL)


def _quality_logger(period: str) -> Variant:
    """Two head rows, the first with the phase over its columns."""
    channels = tuple(
        Channel(f"{what} L{p}", kind, unit, symbol, decimals=1, low=low, high=high)
        for p in (1, 2)
        for what, kind, unit, symbol, low, high in (
            ("U", "voltage", "v", "V", 235.0, 250.0),
            ("I", "current", "a", "A", 0.5, 60.0),
        )
    )
    truth = make_truth(38, channels, period=period, step_s=60)
    rows = [[f"{truth.local(s):%Y-%m-%d %H:%M:%S}", *map(shown, values)] for s, values in truth.of_series("")][:400]
    kept = len(rows)
    truth = type(truth)(truth.channels, truth.step_s, truth.zone, dict(list(truth.rows.items())[:kept]))
    heads = [["Time", "U L1", "I L1", "U L2", "I L2"], ["", "V", "A", "V", "A"]]
    return made(
        "logger with a row of units",
        "PQ_17.csv",
        packing.text([*heads, *rows], delimiter=";"),
        truth,
        ("U L1", "I L1", "U L2", "I L2"),
        LOCAL,
        sure=frozenset({"day_first", "unit"}),
    )


def _one_second(period: str) -> Variant:
    truth = make_truth(
        39,
        (Channel("P", "power", "w", "W", decimals=0, low=-400.0, high=6_400.0),),
        period=period,
        step_s=1,
        most_rows=1_500,
    )
    rows = [[str(s), shown(v)] for s, (v,) in truth.of_series("")]
    return made("one second, no head", "feed_12.csv", packing.text(rows), truth, ("",), IN_UTC, sure=SURE_TIMES)


def _lv_feeder(period: str) -> Variant:
    """The network operators' format for low-voltage feeders."""
    channels = (
        Channel("total_consumption_active_import", "energy", "wh", "Wh", "import", decimals=1, low=100.0, high=9_000.0),
        Channel("aggregated_device_count_Active", "count", "one", "", decimals=0, low=7.0, high=40.0),
    )
    truth = make_truth(40, channels, period=period, series=("000200200402", "000200200403"))
    rows = [
        ["SSEN", series, shown(values[1]), shown(values[0]), form_of("iso-z-millis").write(truth, s)[0]]
        for (series, s), values in truth.rows.items()
    ]
    head = [
        "dno_alias",
        "lv_feeder_unique_id",
        "aggregated_device_count_Active",
        "total_consumption_active_import",
        "data_collection_log_timestamp",
    ]
    return made(
        "low-voltage feeders",
        "lv_feeder.csv",
        packing.text([head, *rows]),
        truth,
        ("total_consumption_active_import", "aggregated_device_count_Active"),
        IN_UTC,
        sure=SURE_TIMES,
    )


def _substation_tidy(period: str) -> Variant:
    """A row for each measurement, with its name and unit beside it."""
    truth = make_truth(41, (VOLTAGE, CURRENT, POWER), period=period)
    rows = [
        [form_of("iso-z").write(truth, s)[0], channel.head, shown(value), channel.symbol]
        for s, values in truth.of_series("")
        for channel, value in zip(truth.channels, values, strict=True)
    ]
    return made(
        "a row for each measurement",
        "measurements.csv",
        packing.text([["timestamp", "measurement", "value", "unit"], *rows]),
        truth,
        [c.head for c in truth.channels],
        IN_UTC,
        sure=SURE_TIMES | {"unit"},
        group="a row each value",
    )


def _stamped_end(period: str) -> Variant:
    truth = make_truth(42, (_DEMAND,), period=period)
    rows = [[form_of("end-stamped").write(truth, s)[0], shown(v)] for s, (v,) in truth.of_series("")]
    return made(
        "half-hour ending",
        "demand.csv",
        packing.text([["Half Hour Ending", "Demand (MW)"], *rows]),
        truth,
        ("Demand (MW)",),
        ENDS,
        sure=frozenset({"stamp"}),
    )


def _flags(period: str) -> Variant:
    """Sentinels for missing values: a meter that says 9999 when it has lost its line."""
    channel = Channel("Load", "power", "kw", "kW", decimals=1, low=0.0, high=180.0)
    truth = make_truth(43, (channel,), period=period)
    rows = [[f"{truth.local(s):%d/%m/%Y %H:%M}", shown(v, "9999")] for s, (v,) in truth.of_series("")]
    return made(
        "9999 for missing",
        "load.csv",
        packing.text([["Date/Time", "Load (kW)"], *rows]),
        truth,
        ("Load (kW)",),
        LOCAL | {"null_values": "9999"},
    )


def _frequency(period: str) -> Variant:
    channel = Channel("f", "frequency", "hz", "Hz", low=49.8, high=50.2)
    truth = make_truth(44, (channel,), period=period, step_s=1, most_rows=900)
    rows = [[f"{form_of('iso-plus-00').write(truth, s)[0]}", shown(v)] for s, (v,) in truth.of_series("")]
    return made(
        "system frequency",
        "f-2021-1.csv",
        packing.text([["dtm", "f"], *rows]),
        truth,
        ("f",),
        IN_UTC,
        sure=SURE_TIMES | {"unit"},
    )


def _overlap_of_dumps(period: str) -> Variant:
    """Two dumps of one logger, put together by hand: the second's head in the middle, a day told twice."""
    truth = make_truth(45, (ENERGY,), period=period, holes=False)
    rows = [f"{form_of('iso-z').write(truth, s)[0]},{shown(v)}" for s, (v,) in truth.of_series("")]
    head = "time,Energy (kWh)"
    data = lines(head, *rows[:150], head, *rows[100:])
    return Variant(
        "two dumps in one file",
        "joined.csv",
        data,
        wanted_of(truth.channels, ("Energy (kWh)",)),
        readings_of(truth),
        IN_UTC,
        SURE_TIMES,
        "look-alikes",
        repeats=True,
    )


def _register_rollover(period: str) -> Variant:
    """A dial of five digits that goes round."""
    channel = Channel("Cumulative import", "energy", "kwh", "kWh", "import", True, 1, 0.0, 40.0)
    truth = make_truth(46, (channel,), period=period, holes=False)
    first = next(iter(truth.rows.values()))[0] or Decimal(0)
    rows = {
        key: ((value - first + Decimal("99500.0")) % 100_000,)
        for key, (value,) in truth.rows.items()
        if value is not None
    }
    truth = type(truth)(truth.channels, truth.step_s, truth.zone, rows)
    text = [[form_of("iso-z").write(truth, s)[0], shown(v)] for s, (v,) in truth.of_series("")]
    return made(
        "dial that goes round",
        "dial.csv",
        packing.text([["time", "Cumulative import (kWh)"], *text]),
        truth,
        ("Cumulative import (kWh)",),
        IN_UTC,
        sure=SURE_TIMES,
    )


NETWORK: tuple[Callable[[str], Variant], ...] = (
    _scada,
    _historian,
    _elexon,
    _elexon_tall,
    _transparency,
    _system_price,
    _outram,
    _quality_logger,
    _one_second,
    _lv_feeder,
    _substation_tidy,
    _stamped_end,
    _flags,
    _frequency,
    _overlap_of_dumps,
    _register_rollover,
)
