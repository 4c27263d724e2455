"""The demo's files, as eight kinds of loggers would write them: tabs, semicolons, decimal commas, UK dates.

Every function writes one file and returns its path. Seeds are fixed: the same code writes the same bytes.
Faults that real loggers make are put in on purpose and named where they are.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from fairwatt.cli.demo.series import (
    demand_kw,
    event_fraction,
    frequency_hz,
    hours_of_day,
    solar_fraction,
    voltage_v,
    wandering,
)


def _axis(start: datetime, step_s: float, count: int) -> pl.Series:
    step = timedelta(seconds=step_s)
    return pl.datetime_range(start, start + step * (count - 1), step, time_zone="UTC", eager=True)


def write_power_quality_log(path: Path, *, seed: int, start: datetime, hours: float) -> Path:
    """Write a three-phase power-quality log: tab-separated, CRLF, UK dates, Min/Avg/Max, every 5 s, UTC."""
    generator = np.random.default_rng(seed)
    count = int(hours * 720)
    load = demand_kw(generator, start, 5, count, peak_kw=82)
    columns: dict[str, pl.Series] = {
        "Date": _axis(start, 5, count).dt.strftime("%d/%m/%Y"),
        "Time": _axis(start, 5, count).dt.strftime("%H:%M:%S"),
    }

    def family(name: str, mean: np.ndarray, spread: float, decimals: int) -> None:
        wobble = np.abs(generator.normal(0, spread, (2, count)))
        for suffix, values in (("Min", mean - wobble[0]), ("Avg", mean), ("Max", mean + wobble[1])):
            columns[f"{name} {suffix}"] = pl.Series(values).round(decimals)

    shares = (0.31, 0.36, 0.33)
    for phase in (1, 2, 3):
        family(f"Voltage L{phase}N (V)", voltage_v(generator, load), 0.4, 1)
    for phase, share in enumerate(shares, start=1):
        family(f"Current L{phase} (A)", load * share / 0.241, 1.5, 1)
    family("Frequency (Hz)", frequency_hz(generator, count), 0.004, 3)
    for phase, share in enumerate(shares, start=1):
        family(f"Active Power L{phase}N (kW)", load * share, 0.35, 2)
    family("Active Power Total (kW)", load, 0.8, 2)
    family("PF Classic Total", np.clip(0.97 + wandering(generator, count, scale=0.01), 0, 1), 0.003, 3)
    text = pl.DataFrame(columns).write_csv(separator="\t", line_terminator="\r\n")
    path.write_text(text, encoding="utf-8", newline="")
    return path


def write_substation_monitor(path: Path, *, seed: int, start: datetime, rows: int) -> Path:
    """Write a substation monitor's 1-second CSV with ISO stamps in UTC; a quarter-hour outage is missing."""
    generator = np.random.default_rng(seed)
    load = demand_kw(generator, start, 1, rows, peak_kw=310)
    frame = pl.DataFrame(
        {
            "timestamp": _axis(start, 1, rows).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Active power (kW)": pl.Series(load).round(2),
            "Voltage (V)": pl.Series(voltage_v(generator, load)).round(1),
        }
    )
    outage = rows * 2 // 5
    frame = pl.concat([frame[:outage], frame[outage + 900 :]])
    frame.write_csv(path)
    return path


def write_battery_inverter(path: Path, *, seed: int, start: datetime, days: int) -> Path:
    """Write a battery inverter's minute log: semicolons, decimal commas, ISO stamps with the local offset."""
    generator = np.random.default_rng(seed)
    count = days * 1440
    discharge = 16 * event_fraction(start, 60, count, from_h=17, to_h=19)
    charge = 9 * event_fraction(start, 60, count, from_h=1.5, to_h=5.5)
    power = discharge - charge + generator.normal(0, 0.05, count) * ((discharge > 0) | (charge > 0))
    stored = np.cumsum(charge * 0.95 - discharge / 0.95) / 60
    soc = np.clip(20 + (stored - stored.min()) / 40 * 100, 3, 98)
    local = _axis(start, 60, count).dt.convert_time_zone("Europe/London")
    frame = pl.DataFrame(
        {
            "Timestamp": local.dt.strftime("%Y-%m-%dT%H:%M:%S%:z"),
            "Battery power [kW]": pl.Series(power).round(2),
            "State of charge [%]": pl.Series(soc).round(1),
            "Cell temperature [°C]": pl.Series(
                19 + 0.25 * np.abs(power) + wandering(generator, count, scale=0.6)
            ).round(1),
        }
    )
    frame.write_csv(path, separator=";", decimal_comma=True)
    return path


def write_heat_pump(path: Path, *, seed: int, start: datetime, days: int) -> Path:
    """Write a heat pump's ten-minute log with epoch seconds and a text column for its mode."""
    generator = np.random.default_rng(seed)
    count = days * 144
    outside = (
        7 + 4 * np.sin((hours_of_day(start, 600, count) - 9) / 24 * 2 * np.pi) + wandering(generator, count, scale=2)
    )
    event = event_fraction(start, 600, count, from_h=17, to_h=19)
    running = (generator.random(count) < np.clip((17 - outside) / 14, 0.1, 0.95)) & (event < 0.5)
    power = np.where(running, 5.2 - 0.12 * outside + generator.normal(0, 0.1, count), 0.06)
    epoch = int(start.timestamp()) + np.arange(count) * 600
    pl.DataFrame(
        {
            "unix_time": epoch,
            "electrical_power_kW": pl.Series(power).round(2),
            "outside_temperature_degC": pl.Series(outside).round(1),
            "mode": pl.Series(np.where(event > 0.5, "flex", np.where(running, "heating", "standby"))),
        }
    ).write_csv(path)
    return path


def write_home_meters(path: Path, *, seed: int, start: datetime, days: int, homes: int) -> Path:
    """Write many homes' half-hourly consumption, one row a home and half hour; three readings say ``Null``."""
    generator = np.random.default_rng(seed)
    count = days * 48
    axis = _axis(start, 1800, count).dt.strftime("%Y-%m-%d %H:%M:%S")
    frames = []
    for home in range(1, homes + 1):
        energy = demand_kw(generator, start, 1800, count, peak_kw=float(generator.uniform(0.9, 3.2))) / 2
        values = pl.Series(energy).round(3).cast(pl.String)
        if home == 4:
            values = pl.Series([None if 200 <= i < 203 else v for i, v in enumerate(values)]).fill_null("Null")
        frames.append(pl.DataFrame({"home": f"HOME{home:03d}", "tstp": axis, "energy(kWh/hh)": values}))
    pl.concat(frames).write_csv(path)
    return path


def write_solar_roof(path: Path, *, seed: int, start: datetime, days: int) -> Path:
    """Write a solar roof's half-hourly CSV in local UK time, ``dd/mm/yyyy HH:MM``, through the autumn change."""
    generator = np.random.default_rng(seed)
    count = days * 48
    sun = solar_fraction(generator, start, 1800, count)
    local = _axis(start, 1800, count).dt.convert_time_zone("Europe/London")
    pl.DataFrame(
        {
            "Date and time": local.dt.strftime("%d/%m/%Y %H:%M"),
            "Export (kWh)": pl.Series(48 * sun / 2).round(3),
            "Irradiance (W/m2)": pl.Series(960 * sun).round(0).cast(pl.Int64),
        }
    ).write_csv(path)
    return path


def write_feeder_monitor(path: Path, *, seed: int, start: datetime, days: int) -> Path:
    """Write a low-voltage feeder monitor's ten-second CSV; one hour stands twice, as after a dump was repeated."""
    generator = np.random.default_rng(seed)
    count = days * 8640
    load = demand_kw(generator, start, 10, count, peak_kw=64)
    axis = _axis(start, 10, count).dt.strftime("%Y-%m-%d %H:%M:%S")
    columns: dict[str, object] = {"Time (UTC)": axis}
    for phase, share in enumerate((0.30, 0.41, 0.29), start=1):
        columns[f"L{phase} current (A)"] = pl.Series(load * share / 0.24).round(1)
        columns[f"L{phase} voltage (V)"] = pl.Series(voltage_v(generator, load)).round(1)
    frame = pl.DataFrame(columns)
    repeated = frame[4320 : 4320 + 360]
    pl.concat([frame[: 4320 + 360], repeated, frame[4320 + 360 :]]).write_csv(path)
    return path


def write_chargers(path: Path, *, seed: int, start: datetime, days: int) -> Path:
    """Write the sum of forty chargers each minute, and the limit they were given, with a units row."""
    generator = np.random.default_rng(seed)
    count = days * 1440
    hours = hours_of_day(start, 60, count)
    wish = 7.4 * 40 * (0.03 + 0.33 * np.exp(-(((hours - 19.5) / 2.6) ** 2)) + 0.05 * generator.random(count))
    limit = np.where((hours > 17) & (hours < 21), 52.0, 120.0)
    frame = pl.DataFrame(
        {
            "time": _axis(start, 60, count).dt.strftime("%Y-%m-%d %H:%M:%S"),
            "Charging power": pl.Series(np.minimum(wish, limit)).round(1).cast(pl.String),
            "Limit": pl.Series(limit).round(0).cast(pl.String),
            "Cars charging": pl.Series(np.minimum(wish, limit) / 7.4).round(0).cast(pl.Int64).cast(pl.String),
        }
    )
    units = pl.DataFrame({"time": "", "Charging power": "kW", "Limit": "kW", "Cars charging": ""})
    pl.concat([units, frame]).write_csv(path)
    return path


def write_trade(path: Path, *, seed: int, start: datetime, days: int) -> Path:
    """Write a peer-to-peer trade, half-hour by half-hour, in energy and money."""
    generator = np.random.default_rng(seed)
    count = days * 48
    surplus = 22 * solar_fraction(generator, start, 1800, count)
    taken = np.minimum(surplus, 4 + 3 * generator.random(count))
    pl.DataFrame(
        {
            "Start": _axis(start, 1800, count).dt.strftime("%Y-%m-%d %H:%M"),
            "Traded energy (kWh)": pl.Series(taken).round(3),
            "Agreed price (p/kWh)": pl.Series(11.5 + 2 * np.sin(np.arange(count) / 48)).round(2),
        }
    ).write_csv(path)
    return path


def write_weather(path: Path, *, seed: int, start: datetime, days: int) -> Path:
    """Write hourly weather of one station."""
    generator = np.random.default_rng(seed)
    count = days * 24
    warm = (
        9 + 4 * np.sin((hours_of_day(start, 3600, count) - 9) / 24 * 2 * np.pi) + wandering(generator, count, scale=3)
    )
    pl.DataFrame(
        {
            "time_utc": _axis(start, 3600, count).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "air_temperature_degC": pl.Series(warm).round(1),
            "irradiance_Wm-2": pl.Series(820 * solar_fraction(generator, start, 3600, count)).round(0).cast(pl.Int64),
            "wind_speed_m/s": pl.Series(np.abs(4 + wandering(generator, count, scale=2))).round(1),
        }
    ).write_csv(path)
    return path


def write_prices(path: Path, *, seed: int, start: datetime, days: int) -> Path:
    """Write day-ahead prices, hourly, the first column without a name as exchanges like it."""
    generator = np.random.default_rng(seed)
    count = days * 24
    hours = hours_of_day(start, 3600, count)
    price = 62 + 24 * np.exp(-(((hours - 18) / 2.5) ** 2)) - 14 * np.exp(-(((hours - 13) / 3) ** 2))
    price = price + wandering(generator, count, scale=18)
    pl.DataFrame(
        {
            "": _axis(start, 3600, count).dt.strftime("%Y-%m-%d %H:%M:%S"),
            "Price (£/MWh)": pl.Series(price).round(2),
        }
    ).write_csv(path)
    return path


def write_carbon(path: Path, *, seed: int, start: datetime, days: int) -> Path:
    """Write half-hourly carbon intensity."""
    generator = np.random.default_rng(seed)
    count = days * 48
    hours = hours_of_day(start, 1800, count)
    intensity = np.clip(
        165 + 40 * np.sin((hours - 12) / 24 * 2 * np.pi) + wandering(generator, count, scale=50), 25, None
    )
    pl.DataFrame(
        {
            "from": _axis(start, 1800, count).dt.strftime("%Y-%m-%dT%H:%MZ"),
            "Carbon intensity (gCO2/kWh)": pl.Series(intensity).round(0).cast(pl.Int64),
        }
    ).write_csv(path)
    return path


def write_areas(path: Path, *, seed: int, names: list[str]) -> Path:
    """Write made-up feeder areas as GeoJSON: a grid of crooked quadrilaterals around no real place."""
    generator = np.random.default_rng(seed)
    west, south, size = -1.62, 51.71, 0.024
    corners = generator.normal(0, size / 9, (len(names) + 2, 3, 2))
    features = []
    for i, name in enumerate(names):
        row, column = divmod(i, 3)

        def corner(r: int, c: int) -> list[float]:
            wobble = corners[r % len(corners), c % 3]
            return [
                round(west + c * size * 1.5 + float(wobble[0]), 6),
                round(south + r * size + float(wobble[1]), 6),
            ]

        ring = [
            corner(row, column),
            corner(row, column + 1),
            corner(row + 1, column + 1),
            corner(row + 1, column),
        ]
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "feeder": name,
                    "customers": int(generator.integers(38, 160)),
                    "rating_kva": 500,
                },
                "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
            }
        )
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=1), encoding="utf-8")
    return path


def winter(day: int, hour: int = 0, minute: int = 0, *, month: int = 11, year: int = 2025) -> datetime:
    """An instant of the demo's winter, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)
