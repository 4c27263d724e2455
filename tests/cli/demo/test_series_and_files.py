"""The demo's made-up world is the same every time, and its files look like the loggers they imitate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.cli.demo import files, series
from fairwatt.cli.demo.entries import list_entries

START = files.winter(3)
WRITERS: dict[str, Callable[[Path], Path]] = {
    "power quality": lambda p: files.write_power_quality_log(p, seed=1, start=START, hours=0.1),
    "substation": lambda p: files.write_substation_monitor(p, seed=1, start=START, rows=5_000),
    "battery": lambda p: files.write_battery_inverter(p, seed=1, start=START, days=1),
    "heat pump": lambda p: files.write_heat_pump(p, seed=1, start=START, days=1),
    "homes": lambda p: files.write_home_meters(p, seed=1, start=START, days=5, homes=5),
    "solar": lambda p: files.write_solar_roof(p, seed=1, start=START, days=1),
    "feeder": lambda p: files.write_feeder_monitor(p, seed=1, start=START, days=1),
    "chargers": lambda p: files.write_chargers(p, seed=1, start=START, days=1),
    "trade": lambda p: files.write_trade(p, seed=1, start=START, days=1),
    "weather": lambda p: files.write_weather(p, seed=1, start=START, days=1),
    "prices": lambda p: files.write_prices(p, seed=1, start=START, days=1),
    "carbon": lambda p: files.write_carbon(p, seed=1, start=START, days=1),
    "areas": lambda p: files.write_areas(p, seed=1, names=["a", "b", "c", "d"]),
}


@pytest.mark.parametrize("name", list(WRITERS))
def test_the_same_seed_writes_the_same_bytes(name: str, tmp_path: Path) -> None:
    first = WRITERS[name](tmp_path / "one").read_bytes()
    second = WRITERS[name](tmp_path / "two").read_bytes()

    assert first == second
    assert len(first) > 100


def test_the_power_quality_log_is_tabs_and_carriage_returns(tmp_path: Path) -> None:
    text = WRITERS["power quality"](tmp_path / "log.txt").read_bytes()

    header, first = text.split(b"\r\n")[:2]
    assert header.split(b"\t")[:3] == [b"Date", b"Time", b"Voltage L1N (V) Min"]
    assert first.startswith(b"03/11/2025\t00:00:00\t")
    assert text.count(b"\r\n") == text.count(b"\n") == 73


def test_the_substation_monitor_lost_a_quarter_of_an_hour(tmp_path: Path) -> None:
    lines = WRITERS["substation"](tmp_path / "s.csv").read_text().splitlines()

    assert len(lines) == 1 + 5_000 - 900
    assert lines[2_000].startswith("2025-11-03T00:33:19Z")
    assert lines[2_001].startswith("2025-11-03T00:48:20Z")


def test_the_feeder_monitor_repeats_an_hour(tmp_path: Path) -> None:
    lines = WRITERS["feeder"](tmp_path / "f.csv").read_text().splitlines()[1:]

    assert len(lines) - len(set(lines)) == 360


@given(st.integers(0, 2**31), st.sampled_from([1, 60, 1800]), st.integers(2, 500))
def test_the_sun_is_down_at_night_and_never_negative(seed: int, step_s: int, count: int) -> None:
    sun = series.solar_fraction(np.random.default_rng(seed), START, step_s, count)
    hours = series.hours_of_day(START, step_s, count)

    assert ((sun >= 0) & (sun <= 1)).all()
    assert (sun[(hours < 7) | (hours > 17)] == 0).all()


def test_the_demo_has_what_it_promises() -> None:
    entries = list_entries("2026-05-01")
    foreground = [e for e in entries if e.answers["origin"]["origin"] == "foreground"]
    background = [e for e in entries if e.answers["origin"]["origin"] == "background"]

    assert len(foreground) >= 8
    assert len(background) >= 5
    assert len({e.answers["trial"]["trial"] for e in foreground}) >= 2
    assert {e.outcome for e in entries} == {"published", "waiting", "returned"}
    assert len({e.title for e in entries}) == len(entries)
