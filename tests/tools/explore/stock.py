"""A logger's day for tests: power, voltage and current every ten seconds, an hour missing, one short peak."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fairwatt.core.files.profile import ChannelRule, ImportProfile, TimestampRule
from fairwatt.records.models import Dataset
from fairwatt.services.dataset_channels import store_dataset_channels
from tests.services import stock

LONDON = ZoneInfo("Europe/London")
BEGIN = datetime(2021, 5, 5, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
STEP_S = 10
ROWS = 8_640
GAP = range(4_320, 4_680)  # noon to one o'clock, UTC
PEAK = 2_000  # 127 kW for ten seconds at 05:33:20 UTC
FIELDS = ("active_power_kw", "voltage_v", "current_a", *(f"phase_{n}_v" for n in range(1, 7)))


def values(row: int) -> list[float]:
    hours = row * STEP_S / 3600
    power = 127.0 if row == PEAK else round(5 + 3 * math.sin(hours / 24 * 2 * math.pi), 3)
    voltage = round(240 + 2 * math.cos(hours), 1)
    return [power, voltage, round(power * 4, 2), *(round(voltage + n, 1) for n in range(1, 7))]


def open_to_all() -> Mapping[str, datetime | None]:
    return {"public": BEGIN}


def logger(title: str = "School at ten seconds", *, release: Mapping[str, datetime | None] | None = None) -> Dataset:
    """A dataset with the day in the lake, open to nobody unless ``release`` says so."""
    owner = stock.dataset(title, release=release)
    file = stock.file(owner, "school.csv", resolution_s=float(STEP_S))
    names = ["Active Power", "Voltage", "Current", *(f"Phase {n}" for n in range(1, 7))]
    known = [("power", "kw"), ("voltage", "v"), ("current", "a"), *[("voltage", "v")] * 6]
    profile = ImportProfile(
        columns=len(FIELDS) + 1,
        timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M:%S", time_zone="UTC"),
        channels=tuple(
            ChannelRule(name=name, column=at, field=field, quantity=quantity, unit=unit, decimals=3)
            for at, (name, field, (quantity, unit)) in enumerate(zip(names, FIELDS, known, strict=True), start=1)
        ),
        resolution_s=STEP_S,
    )
    lines = [",".join(["Time", *names])]
    for row in range(ROWS):
        if row not in GAP:
            at = BEGIN + timedelta(seconds=row * STEP_S)
            lines.append(f"{at:%Y-%m-%d %H:%M:%S}," + ",".join(map(str, values(row))))
    stock.fill_lake(file, profile, "\n".join(lines) + "\n")
    file.channels.update(resolution_s=float(STEP_S))
    store_dataset_channels(owner)
    owner.readings_total = ROWS * len(FIELDS)
    owner.period_start, owner.period_end = file.period_start, file.period_end
    owner.save()
    return owner


def two_homes() -> Dataset:
    """A file with two meters, four half-hours each: home A counts 1 to 4 kWh, home B 10 times as much."""
    owner = stock.dataset("Two homes", release=open_to_all(), readings_total=8)
    file = stock.file(owner, "homes.csv", series_count=2)
    profile = ImportProfile(
        columns=3,
        timestamp=TimestampRule(columns=(1,), format="%Y-%m-%d %H:%M", time_zone="UTC"),
        series_column=0,
        channels=(ChannelRule(name="Energy", column=2, field="energy_kwh", quantity="energy", unit="kwh", decimals=1),),
        resolution_s=1800,
    )
    lines = ["Home,Time,Energy"]
    for home, factor in (("A", 1), ("B", 10)):
        lines += [f"{home},{BEGIN + timedelta(minutes=30 * n):%Y-%m-%d %H:%M},{(n + 1) * factor}" for n in range(4)]
    stock.fill_lake(file, profile, "\n".join(lines) + "\n")
    return owner


DAYS = (*(date(2021, 3, day) for day in (27, 28, 29)), date(2021, 10, 30), date(2021, 10, 31), date(2021, 11, 1))


def home_through_clock_changes() -> Dataset:
    """A home's half-hours of six days of London: n kWh in each of the n-th day, the last of 29 March missing.

    Beside them the mean power, and a register that has counted the same.
    """
    owner = stock.dataset("A home", release=open_to_all(), readings_total=861)
    file = stock.file(owner, "home.csv", resolution_s=1_800.0)
    known = (
        ("Energy", "energy", "kwh", "sum"),
        ("Power", "power", "kw", "mean"),
        ("Register", "energy", "kwh", "last"),
    )
    profile = ImportProfile(
        columns=4,
        timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M", time_zone="UTC"),
        channels=tuple(
            ChannelRule(name=name, column=at, field=name.lower(), quantity=quantity, unit=unit, decimals=0)
            for at, (name, quantity, unit, _) in enumerate(known, start=1)
        ),
        resolution_s=1_800,
    )
    lines, register = ["Time,Energy,Power,Register"], 0
    for number, day in enumerate(DAYS, start=1):
        at, after = (datetime.combine(one, time(), LONDON).astimezone(UTC) for one in (day, day + timedelta(days=1)))
        for place in range((after - at) // HALF_HOUR - (day == date(2021, 3, 29))):
            register += number
            lines.append(f"{at + place * HALF_HOUR:%Y-%m-%d %H:%M},{number},{2 * number},{register}")
    stock.fill_lake(file, profile, "\n".join(lines) + "\n")
    for name, _, _, statistic in known:
        file.channels.filter(name=name).update(statistic=statistic, resolution_s=1_800.0)
    store_dataset_channels(owner)
    owner.period_start, owner.period_end = file.period_start, file.period_end
    owner.save()
    return owner
