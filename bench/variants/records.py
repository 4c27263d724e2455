"""Look-alikes of records and arrays: answers of open-data portals and public APIs, Parquet, NetCDF."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from bench.variants import packing
from bench.variants.making import IN_UTC, LOCAL, SURE_TIMES, made
from bench.variants.moments import form_of
from bench.variants.truth import (
    CARBON,
    ENERGY,
    IRRADIANCE,
    POWER,
    TEMPERATURE,
    Channel,
    make_truth,
    moment,
)
from bench.variants.variant import Variant

_FORECAST = Channel("forecast", "carbon_intensity", "gco2_per_kwh", decimals=0, low=60.0, high=380.0)
_MW = Channel("Value", "power", "mw", "MW", low=-2.0, high=24.0)


def _array(period: str) -> Variant:
    truth = make_truth(71, (POWER, TEMPERATURE), period=period)
    heads = ["active_power_kw", "outside_temperature_degC"]
    records = [
        {"time": form_of("iso-z").write(truth, s)[0]} | dict(zip(heads, values, strict=True))
        for s, values in truth.of_series("")
    ]
    return made(
        "array of records",
        "data.json",
        packing.json_text(records),
        truth,
        heads,
        IN_UTC,
        sure=SURE_TIMES,
        group="records",
    )


def _ckan(period: str) -> Variant:
    truth = make_truth(72, (_MW,), period=period)
    records = [
        {"_id": n, "Timestamp": form_of("iso-t-naive-utc").write(truth, s)[0], "Site": "Rose Hill", "Demand (MW)": v}
        for n, (s, (v,)) in enumerate(truth.of_series(""), start=1)
    ]
    fields = [
        {"id": "_id", "type": "int"},
        {"id": "Timestamp", "type": "timestamp"},
        {"id": "Site", "type": "text"},
        {"id": "Demand (MW)", "type": "numeric"},
    ]
    answer = {
        "help": "https://example.org/api/3/action/help_show?name=datastore_search",
        "success": True,
        "result": {"resource_id": "5e1b", "fields": fields, "records": records, "total": len(records)},
    }
    return made(
        "CKAN datastore",
        "datastore_search.json",
        packing.json_text(answer),
        truth,
        ("Demand (MW)",),
        IN_UTC,
        sure=frozenset({"day_first"}),
        group="records",
    )


def _opendatasoft(period: str) -> Variant:
    truth = make_truth(73, (_MW,), period=period)
    results = [
        {"timestamp": form_of("iso-offset").write(truth, s)[0], "demand_mw": v} for s, (v,) in truth.of_series("")
    ]
    return made(
        "Opendatasoft results",
        "records.json",
        packing.json_text({"total_count": len(results), "results": results}),
        truth,
        ("demand_mw",),
        IN_UTC,
        sure=SURE_TIMES,
        group="records",
    )


def _opendatasoft_old(period: str) -> Variant:
    truth = make_truth(74, (_MW,), period=period)
    records = [
        {
            "datasetid": "demand",
            "recordid": f"{n:040x}",
            "fields": {"timestamp": form_of("iso-offset").write(truth, s)[0], "demand_mw": v},
            "record_timestamp": "2022-01-04T09:12:44.113Z",
        }
        for n, (s, (v,)) in enumerate(truth.of_series(""))
    ]
    return made(
        "Opendatasoft records",
        "search.json",
        packing.json_text({"nhits": len(records), "parameters": {"rows": 9}, "records": records}),
        truth,
        ("demand_mw",),
        IN_UTC,
        sure=SURE_TIMES,
        group="records",
    )


def _carbon_api(period: str) -> Variant:
    truth = make_truth(75, (_FORECAST, CARBON), period=period)
    data = [
        {
            "from": form_of("iso-minutes-z").write(truth, s)[0],
            "to": form_of("iso-minutes-z").write(truth, s + 1800)[0],
            "intensity": {"forecast": a, "actual": b, "index": "moderate" if (b or 0) > 200 else "low"},
        }
        for s, (a, b) in truth.of_series("")
    ]
    return made(
        "carbon intensity API",
        "intensity.json",
        packing.json_text({"data": data}),
        truth,
        ("forecast", "actual"),
        IN_UTC,
        sure=SURE_TIMES | {"stamp"},
        group="records",
    )


def _time_series(period: str) -> Variant:
    """A series with its own description around its values."""
    truth = make_truth(76, (_MW,), period=period)
    values = [{"Time": form_of("iso-t-naive-utc").write(truth, s)[0], "Value": v} for s, (v,) in truth.of_series("")]
    answer = {
        "TimeSeriesID": 4,
        "TimeSeriesName": "ROSE HILL 33 11kV S STN",
        "Units": "MW",
        "LicenceArea": "South",
        "TimeSeries": values,
    }
    return made(
        "named time series",
        "TimeSeries_4.json",
        packing.json_text(answer),
        truth,
        ("Value",),
        IN_UTC,
        sure=frozenset({"day_first"}),
        group="records",
    )


def _columns(period: str) -> Variant:
    """Arrays side by side, with their units beside them, as weather services answer."""
    truth = make_truth(77, (TEMPERATURE, IRRADIANCE), period=period, step_s=3600, holes=False)
    rows = list(truth.of_series(""))
    answer = {
        "latitude": 51.75,
        "longitude": -1.25,
        "utc_offset_seconds": 0,
        "timezone": "GMT",
        "hourly_units": {"time": "iso8601", "temperature_2m": "°C", "shortwave_radiation": "W/m²"},
        "hourly": {
            "time": [f"{moment(s):%Y-%m-%dT%H:%M}" for s, _ in rows],
            "temperature_2m": [v[0] for _, v in rows],
            "shortwave_radiation": [v[1] for _, v in rows],
        },
    }
    return made(
        "weather as arrays",
        "forecast.json",
        packing.json_text(answer),
        truth,
        ("temperature_2m", "shortwave_radiation"),
        IN_UTC,
        sure=frozenset({"day_first"}),
        group="records",
    )


def _weather_api(period: str) -> Variant:
    """The same service's CSV: a table about the place, a blank line, then the readings."""
    truth = make_truth(78, (TEMPERATURE, IRRADIANCE), period=period, step_s=3600)
    before = [
        ["latitude", "longitude", "elevation", "utc_offset_seconds", "timezone", "timezone_abbreviation"],
        ["51.75", "-1.25", "63.0", "0", "GMT", "GMT"],
        [],
    ]
    rows = [
        [f"{moment(s):%Y-%m-%dT%H:%M}", *("" if v is None else format(v, "f") for v in values)]
        for s, values in truth.of_series("")
    ]
    heads = ["temperature_2m (°C)", "shortwave_radiation (W/m²)"]
    return made(
        "weather with a table before it",
        "weather.csv",
        packing.text([*before, ["time", *heads], *rows]),
        truth,
        heads,
        IN_UTC,
        sure=frozenset({"day_first", "unit"}),
    )


def _lines(period: str) -> Variant:
    truth = make_truth(79, (POWER,), period=period)
    text = b"".join(
        packing.json_text({"ts": s * 1_000, "active_power_kw": v}) + b"\n" for s, (v,) in truth.of_series("")
    )
    return made(
        "a record a line", "log.jsonl", text, truth, ("active_power_kw",), IN_UTC, sure=SURE_TIMES, group="records"
    )


def _pairs(period: str) -> Variant:
    """Pairs of milliseconds and value, as dashboards export a graph."""
    truth = make_truth(80, (POWER,), period=period)
    pairs = [[s * 1_000, v] for s, (v,) in truth.of_series("")]
    return made(
        "pairs of time and value",
        "graph.json",
        packing.json_text(pairs),
        truth,
        ("",),
        IN_UTC,
        sure=SURE_TIMES,
        group="records",
    )


def _parquet_utc(period: str) -> Variant:
    truth = make_truth(81, (POWER, TEMPERATURE), period=period)
    rows = list(truth.of_series(""))
    data = packing.parquet(
        {
            "start": [moment(s) for s, _ in rows],
            "Active Power (kW)": [v[0] for _, v in rows],
            "Outside Temperature (°C)": [None if v[1] is None else float(v[1]) for _, v in rows],
        },
        {
            "start": pa.timestamp("us", "UTC"),
            "Active Power (kW)": pa.decimal128(18, 2),
            "Outside Temperature (°C)": pa.float64(),
        },
    )
    return made(
        "Parquet, UTC",
        "p.parquet",
        data,
        truth,
        ("Active Power (kW)", "Outside Temperature (°C)"),
        IN_UTC,
        sure=SURE_TIMES | {"unit"},
        group="columns",
    )


def _parquet_naive(period: str) -> Variant:
    truth = make_truth(82, (ENERGY,), period=period)
    rows = list(truth.of_series(""))
    stamps = [truth.local(s).replace(tzinfo=None) for s, _ in rows]
    data = packing.parquet(
        {"time": stamps, "kwh": [None if v is None else float(v) for _, (v,) in rows]},
        {"time": pa.timestamp("ns"), "kwh": pa.float64()},
    )
    return made(
        "Parquet, local time",
        "local.parquet",
        data,
        truth,
        ("kwh",),
        LOCAL,
        sure=frozenset({"day_first", "unit"}),
        group="columns",
    )


def _parquet_text(period: str) -> Variant:
    truth = make_truth(83, (ENERGY,), period=period)
    rows = list(truth.of_series(""))
    data = packing.parquet(
        {
            "DateTime": [form_of("dd-mm").write(truth, s)[0] for s, _ in rows],
            "KWH/hh (per half hour)": ["Null" if v is None else str(v) for _, (v,) in rows],
        },
        {"DateTime": pa.string(), "KWH/hh (per half hour)": pa.string()},
    )
    return made("Parquet of texts", "text.parquet", data, truth, ("KWH/hh (per half hour)",), LOCAL, group="columns")


def _parquet_series(period: str) -> Variant:
    truth = make_truth(84, (ENERGY,), period=period, series=("MAC000002", "MAC000003"))
    keys, values = list(truth.rows), [row[0] for row in truth.rows.values()]
    data = packing.parquet(
        {"LCLid": [name for name, _ in keys], "tstp": [moment(s) for _, s in keys], "energy (kWh/hh)": values},
        {
            "LCLid": pa.dictionary(pa.int32(), pa.string()),
            "tstp": pa.timestamp("ms", "Europe/London"),
            "energy (kWh/hh)": pa.decimal128(9, 3),
        },
    )
    return made(
        "Parquet of several meters",
        "homes.parquet",
        data,
        truth,
        ("energy (kWh/hh)",),
        IN_UTC,
        sure=SURE_TIMES | {"unit"},
        group="columns",
    )


def _netcdf(period: str) -> Variant:
    truth = make_truth(85, (TEMPERATURE, IRRADIANCE), period=period, step_s=3600)
    rows = list(truth.of_series(""))
    since = moment(rows[0][0])
    fill = packing.NETCDF_FILL
    columns = [[fill if v[i] is None else float(v[i] or 0) for _, v in rows] for i in (0, 1)]
    data = packing.netcdf(
        [s - rows[0][0] for s, _ in rows],
        {"t2m": ("degC", "air temperature", columns[0]), "ghi": ("W m-2", "global irradiance", columns[1])},
        since=since,
    )
    return made(
        "NetCDF", "weather.nc", data, truth, ("t2m", "ghi"), IN_UTC, sure=SURE_TIMES | {"unit"}, group="columns"
    )


RECORDS: tuple[Callable[[str], Variant], ...] = (
    _array,
    _ckan,
    _opendatasoft,
    _opendatasoft_old,
    _carbon_api,
    _time_series,
    _columns,
    _weather_api,
    _lines,
    _parquet_utc,
    _parquet_naive,
    _parquet_text,
    _parquet_series,
    _netcdf,
    _pairs,
)
