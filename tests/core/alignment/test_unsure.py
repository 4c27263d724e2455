"""Where no offset may be said: what is unrelated, repeats itself, has the same habits or is too little."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fairwatt.core.alignment import Alignment, Signal, Verdict, align
from tests.core.alignment.made import cut, make_load, noisy, signal


def _says_no_offset(found: Alignment) -> bool:
    return found.offset_s is None and not found.pieces and found.after is None


@pytest.mark.parametrize("seed", range(4))
def test_unrelated_meters_have_no_offset(seed: int) -> None:
    compared = align(signal(cut(make_load(20_000, seed))), signal(cut(make_load(20_000, seed + 100))))

    assert compared.alignment.verdict is Verdict.NO_MATCH
    assert _says_no_offset(compared.alignment)
    assert compared.shift is None
    assert compared.alignment.message.startswith("No match: ")


@pytest.mark.parametrize("kind", ["white", "walk", "slow"])
def test_noise_of_any_color_does_not_match_noise(kind: str) -> None:
    random = np.random.default_rng(5)
    noise = random.normal(size=(2, 20_000))
    made = {"white": noise, "walk": noise.cumsum(axis=1), "slow": np.array([cut_mean(one) for one in noise])}[kind]

    assert _says_no_offset(align(signal(made[0]), signal(made[1])).alignment)


def cut_mean(values: np.ndarray) -> np.ndarray:
    return np.convolve(values, np.ones(300) / 300, mode="same")


@pytest.mark.parametrize("period_s", [600, 3_000])
@pytest.mark.parametrize("shape", ["wave", "square"])
def test_what_repeats_itself_is_ambiguous_and_says_after_what_time(period_s: int, shape: str) -> None:
    times = np.arange(43_200)

    def made(late: int) -> np.ndarray:
        phase = ((times - late) % period_s) / period_s
        return np.sin(2 * np.pi * phase) if shape == "wave" else (phase < 0.2) * 1.0

    found = align(signal(made(0)), signal(made(50) + np.random.default_rng(1).normal(0, 0.05, len(times)))).alignment

    assert found.verdict is Verdict.AMBIGUOUS
    assert found.period_s == pytest.approx(period_s, abs=2)
    assert len(found.candidates) > 1
    assert min(abs(one.offset_s - 50) for one in found.candidates) <= 2
    assert "repeat themselves" in found.message
    assert _says_no_offset(found)


def test_two_homes_of_one_daily_shape_do_not_match() -> None:
    random = np.random.default_rng(2)
    hours = np.arange(48 * 60) % 48 / 2
    shape = 1 + 2 * np.exp(-((hours - 18) ** 2) / 6) + np.exp(-((hours - 8) ** 2) / 3)
    homes = [shape * random.gamma(8, 1 / 8, len(hours)) for _ in range(2)]

    found = align(*(signal(home, 1_800) for home in homes)).alignment

    assert found.verdict is not Verdict.MATCH
    assert _says_no_offset(found)
    assert "daily pattern" in found.message or found.verdict is Verdict.NO_MATCH


@pytest.mark.parametrize("values", [np.zeros(5_000), np.full(5_000, np.nan), np.arange(30.0), np.zeros(0)])
def test_too_little_or_nothing_that_varies_is_no_match(values: np.ndarray) -> None:
    other = signal(cut(make_load(5_000, seed=1)))

    for both in ((signal(values), other), (other, signal(values)), (signal(values), signal(values))):
        found = align(*both).alignment
        assert (found.verdict, found.offset_s) == (Verdict.NO_MATCH, None)


def test_an_offset_beyond_the_greatest_that_was_asked_for_is_not_said() -> None:
    load = make_load(7_200, seed=3)
    both = signal(cut(load)), signal(noisy(cut(np.roll(load, 300)), seed=4))

    assert _says_no_offset(align(*both, most_s=200).alignment)
    near = align(*both, most_s=400).alignment
    assert near.offset_s == pytest.approx(300, abs=0.1)
    assert near.searched_s == (-400, 400)


@pytest.mark.real_data
def test_no_two_real_homes_of_a_year_of_half_hours_match(real_data: Path) -> None:
    table = pl.read_parquet(real_data / "lcl" / "homes_2013_half_hourly.parquet").sort("home_id", "tstp")
    homes = []
    for _, one in list(table.group_by("home_id", maintain_order=True))[30:35]:
        times, values = one["tstp"].cast(pl.Datetime("us")).cast(pl.Int64), one["kwh"].cast(pl.Float64)
        homes.append(Signal(times.to_numpy(), values.to_numpy(), 1_800_000_000))
    for i, home in enumerate(homes):
        for other in homes[i + 1 :]:
            assert _says_no_offset(align(home, other).alignment)
