"""Look-alikes of what data loggers, time-series databases, models and spreadsheets put out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal

from bench.variants import packing
from bench.variants.making import ENDS, IN_UTC, LOCAL, SURE_TIMES, lines, made, shown
from bench.variants.moments import form_of, period_of
from bench.variants.packing import Cell
from bench.variants.truth import ENERGY, IRRADIANCE, POWER, TEMPERATURE, VOLTAGE, Channel, make_truth, moment
from bench.variants.variant import Variant

_DEMAND = Channel("ND", "power", "mw", "MW", decimals=0, low=18_000.0, high=44_000.0)
_SYSTEM = Channel("TSD", "power", "mw", "MW", decimals=0, low=19_000.0, high=46_000.0)
_SURE_DATE = frozenset({"day_first"})


def _weather_station(period: str) -> Variant:
    """Four head lines: the station, the names, the units, how each was made of its samples."""
    channels = (
        Channel("BattV", "voltage", "v", "Volts", decimals=2, low=11.9, high=13.6),
        Channel("AirTC_Avg", "temperature", "degc", "Deg C", decimals=2, low=-5.0, high=25.0),
        Channel("SlrW_Avg", "irradiance", "w_per_m2", "W/m^2", decimals=1, low=0.0, high=900.0),
    )
    truth = make_truth(111, channels, period=period, step_s=600)
    heads = [
        '"TOA5","RoseHill","CR1000","11204","CR1000.Std.28","CPU:rosehill.CR1","4422","TenMin"',
        '"TIMESTAMP","RECORD","BattV","AirTC_Avg","SlrW_Avg"',
        '"TS","RN","Volts","Deg C","W/m^2"',
        '"","","Smp","Avg","Avg"',
    ]
    rows = [
        f'"{moment(s):%Y-%m-%d %H:%M:%S}",{n},{",".join(shown(v, chr(34) + "NAN" + chr(34)) for v in values)}'
        for n, (s, values) in enumerate(truth.of_series(""), start=104_233)
    ]
    data = lines(*heads, *rows, end="\r\n")
    names = ("BattV", "AirTC_Avg", "SlrW_Avg")
    return made(
        "weather station with four head lines",
        "RoseHill_TenMin.dat",
        data,
        truth,
        names,
        IN_UTC,
        sure=_SURE_DATE | {"unit"},
    )


def _database(period: str) -> Variant:
    """An annotated table: three lines of notes, an empty first column, a row for each value."""
    truth = make_truth(112, (POWER, VOLTAGE), period=period)
    notes = [
        "#group,false,false,true,true,false,false,true,true",
        "#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string",
        "#default,_result,,,,,,,",
        ",result,table,_start,_stop,_time,_value,_field,_measurement",
    ]
    rows = [
        f",,{place},2021-01-01T00:00:00Z,2022-01-01T00:00:00Z,{moment(s):%Y-%m-%dT%H:%M:%SZ},{shown(values[place])},"
        f"{channel.head.lower().replace(' ', '_')},meter"
        for place, channel in enumerate(truth.channels)
        for s, values in truth.of_series("")
        if values[place] is not None
    ]
    return made(
        "time-series database",
        "query.csv",
        lines(*notes, *rows, end="\r\n"),
        truth,
        ("active_power", "voltage"),
        IN_UTC,
        sure=SURE_TIMES,
        group="a row each value",
    )


def _dashboard(period: str) -> Variant:
    """A panel's table: everything quoted, units in the cells."""
    truth = make_truth(113, (POWER, TEMPERATURE), period=period)
    rows = [
        [f"{truth.local(s):%Y-%m-%d %H:%M:%S}", "" if a is None else f"{a} kW", "" if b is None else f"{b} °C"]
        for s, (a, b) in truth.of_series("")
    ]
    data = packing.text([["Time", "Site load", "Outdoor"], *rows], quoted=True, encoding="utf-8-sig")
    return made(
        "dashboard with units in its cells",
        "Panel.csv",
        data,
        truth,
        ("Site load", "Outdoor"),
        LOCAL,
        sure=_SURE_DATE | {"unit"},
    )


def _dashboard_series(period: str) -> Variant:
    truth = make_truth(114, (POWER,), period=period, series=("feeder 1", "feeder 2"))
    rows = [
        [name, form_of("iso-offset").write(truth, s)[0], shown(v, "null")] for (name, s), (v,) in truth.rows.items()
    ]
    data = packing.text([["Series", "Time", "Value (kW)"], *rows], delimiter=";")
    return made(
        "dashboard with series as rows",
        "grafana_data_export.csv",
        data,
        truth,
        ("Value (kW)",),
        IN_UTC,
        sure=SURE_TIMES,
    )


def _solar_model(period: str) -> Variant:
    """A model's hours, with what it assumed above and what the columns are below."""
    channels = (Channel("P", "power", "w", "W", decimals=2, low=0.0, high=3_100.0), IRRADIANCE)
    truth = make_truth(115, channels, period=period, step_s=3600, holes=False)
    before = ["Latitude (decimal degrees):\t51.752", "Longitude (decimal degrees):\t-1.258", "Slope: 35 deg.", ""]
    rows = [f"{moment(s):%Y%m%d:%H%M},{','.join(map(shown, values))},0.0" for s, values in truth.of_series("")]
    after = [
        "",
        "P: PV system power (W)",
        "G(i): Global irradiance on the inclined plane (W/m2)",
        "Int: 1 means modeled",
    ]
    data = lines(*before, "time,P,G(i),Int", *rows, *after, end="\r\n")
    return made("solar model", "Timeseries_51.752_-1.258.csv", data, truth, ("P", "G(i)"), IN_UTC, sure=_SURE_DATE)


def _two_clocks(period: str) -> Variant:
    """Comments, then UTC and local time beside each other."""
    channel = Channel("electricity", "power", "kw", "kW", low=0.0, high=1.0)
    truth = make_truth(116, (channel,), period=period, step_s=3600, holes=False)
    notes = ["# Simulated output, hourly", "# Units: time in UTC, local_time in Europe/London, electricity in kW"]
    rows = [f"{moment(s):%Y-%m-%d %H:%M},{truth.local(s):%Y-%m-%d %H:%M},{shown(v)}" for s, (v,) in truth.of_series("")]
    return made(
        "model with two clocks",
        "ninja_pv.csv",
        lines(*notes, "time,local_time,electricity", *rows),
        truth,
        ("electricity",),
        IN_UTC,
        sure=_SURE_DATE,
    )


def _system_demand(period: str) -> Variant:
    truth = make_truth(117, (_DEMAND, _SYSTEM), period=period, holes=False)
    rows = [
        [f"{truth.local(s):%d-%b-%Y}".upper(), str(period_of(truth, s)), *map(shown, values)]
        for s, values in truth.of_series("")
    ]
    return made(
        "national demand",
        "demanddata_2021.csv",
        packing.text([["SETTLEMENT_DATE", "SETTLEMENT_PERIOD", "ND", "TSD"], *rows]),
        truth,
        ("ND", "TSD"),
        LOCAL,
        sure=_SURE_DATE | {"stamp"},
    )


def _short_hours(period: str) -> Variant:
    """What a spreadsheet makes of times when it saves text: no noughts in front."""
    truth = make_truth(118, (ENERGY,), period=period)
    rows = []
    for s, (v,) in truth.of_series(""):
        at = truth.local(s)
        rows.append([f"{at.day}/{at.month}/{at.year} {at.hour}:{at:%M}", shown(v), "", ""])
    data = packing.text([["Date", "kWh", "", ""], *rows], line_end="\r\n")
    return made("spreadsheet saved as text", "Book1.csv", data, truth, ("kWh",), LOCAL)


def _totals_below(period: str) -> Variant:
    truth = make_truth(119, (ENERGY,), period=period, holes=False)
    rows = [[f"{truth.local(s):%d/%m/%Y %H:%M}", shown(v)] for s, (v,) in truth.of_series("")]
    total = shown(sum((row[0] for row in truth.rows.values() if row[0] is not None), Decimal(0)))
    data = packing.text([["Date/Time", "Consumption (kWh)"], *rows, ["Total", total]])
    return made("a total below", "consumption_total.csv", data, truth, ("Consumption (kWh)",), LOCAL)


def _trailing_delimiters(period: str) -> Variant:
    truth = make_truth(120, (POWER, VOLTAGE), period=period)
    rows = [
        f"{truth.local(s):%d.%m.%Y;%H:%M};{';'.join(shown(v).replace('.', ',') for v in values)};"
        for s, values in truth.of_series("")
    ]
    data = lines("Datum;Zeit;Active Power [kW];Voltage [V];", *rows, end="\r\n", encoding="cp1252")
    return made(
        "a delimiter after each row",
        "messung.csv",
        data,
        truth,
        ("Active Power [kW]", "Voltage [V]"),
        LOCAL,
        sure=frozenset({"unit"}),
    )


def _month_members(period: str) -> Variant:
    """A zip with a file for each day, as others have one for each month."""
    truth = make_truth(121, (ENERGY,), period=period)
    members: dict[str, list[list[Cell]]] = {}
    for s, (v,) in truth.of_series(""):
        at = truth.local(s)
        rows = members.setdefault(f"export/{at:%Y-%m-%d}.csv", [["Date/Time", "Consumption (kWh)"]])
        rows.append([f"{at:%d/%m/%Y %H:%M}", shown(v)])
    data = packing.zipped({name: packing.text(rows) for name, rows in members.items()})
    return made("zip with a file a month", "year.zip", data, truth, ("Consumption (kWh)",), LOCAL, group="workbooks")


def _wide_heads(period: str, heads: Sequence[Cell], name: str) -> Variant:
    truth = make_truth(122, (ENERGY,), period="spring" if period == "autumn" else period, days=6)
    days: dict[datetime, list[Cell]] = {}
    for s, (v,) in truth.of_series(""):
        at = truth.local(s).replace(tzinfo=None)
        days.setdefault(datetime.combine(at, time(0)), [None] * 48)[(at.hour * 60 + at.minute) // 30] = v
    grid: list[list[Cell]] = [["Date", *heads], *([day, *values] for day, values in days.items())]
    answers = LOCAL | {"counts": "clock"}
    found = made(name, "hh.xlsx", packing.xlsx({"Sheet1": grid}), truth, ("",), answers, sure=_SURE_DATE)
    return replace(found, group="wide half-hours")


def _wide_typed_heads(period: str) -> Variant:
    """A workbook's wide table whose heads are times of day."""
    heads = [datetime(1899, 12, 30, n // 2, n % 2 * 30) for n in range(48)]
    return _wide_heads(period, heads, "wide workbook with times as heads")


def _wide_bare_heads(period: str) -> Variant:
    """The same where the heads have lost their format: parts of a day."""
    heads = [Decimal(repr(float(f"{n / 48:.15g}"))) for n in range(48)]
    return _wide_heads(period, heads, "wide workbook with parts of a day as heads")


def _days_across(period: str) -> Variant:
    """Times of day down the side, a column for each date; in autumn the hour that comes twice has rows of its own."""
    truth = make_truth(123, (ENERGY,), period=period)
    local = [(truth.local(s), v) for s, (v,) in truth.of_series("")]
    days = sorted({at.date() for at, _ in local})
    cells = {(at.date(), f"{at:%H:%M}", at.fold): v for at, v in local}
    again = {(at, 1) for _, at, fold in cells if fold}
    clock = sorted(
        {(f"{n // 2:02}:{n % 2 * 30:02}", 0) for n in range(48)} | again, key=lambda at: (at[0][:2], at[1], at)
    )
    rows = [[at, *(shown(cells.get((day, at, fold))) for day in days)] for at, fold in clock]
    data = packing.text([["Time", *(f"{day:%d/%m/%Y}" for day in days)], *rows])
    return made(
        "dates across, times down",
        "profile_kwh.csv",
        data,
        truth,
        ("",),
        LOCAL | {"counts": "clock"},
        group="wide half-hours",
    )


def _half_hour_numbers_down(period: str) -> Variant:
    """Ends of half-hours as text in two columns, with 24:00."""
    truth = make_truth(124, (ENERGY,), period=period)
    rows = [[*form_of("hour-24").write(truth, s)[0].split(" "), shown(v)] for s, (v,) in truth.of_series("")]
    data = packing.text([["Date", "Time ending", "kWh"], *rows])
    return made("date and ending time with 24:00", "ends.csv", data, truth, ("kWh",), ENDS, sure=frozenset({"stamp"}))


EXPORTS: tuple[Callable[[str], Variant], ...] = (
    _weather_station,
    _database,
    _dashboard,
    _dashboard_series,
    _solar_model,
    _two_clocks,
    _system_demand,
    _short_hours,
    _totals_below,
    _trailing_delimiters,
    _month_members,
    _wide_typed_heads,
    _wide_bare_heads,
    _days_across,
    _half_hour_numbers_down,
)
