"""Whether values are a running total or amounts, where rows are few, dials are coarse and meters are changed."""

from __future__ import annotations

import numpy as np
import pytest

from fairwatt.core.files import apply_answers
from fairwatt.core.files.registers import judge_register
from tests.core.files.samples import csv, half_hours, inspect

CHANCE = np.random.default_rng(7)
SKY = np.round(np.sin(np.linspace(0, np.pi / 2, 480)) * 2, 4)  # one-minute energy of a clear morning


def dial(rows: int, start: float, step: float) -> np.ndarray:
    return np.round(start + np.cumsum(CHANCE.uniform(0.1, step, rows)), 1)


SURE_YES, ASKED_YES, ASKED_NO, SURE_NO = (True, True), (True, False), (False, False), (False, True)


@pytest.mark.parametrize(
    ("values", "has_cycle", "expected"),
    [
        (dial(48, 12_345.6, 0.8), True, SURE_YES),
        (dial(3_000, 12_345.6, 0.8), False, SURE_YES),  # each second for an hour
        (SKY, False, ASKED_YES),
        (SKY[:12], False, ASKED_NO),
        (np.array([100.2, 101.5, 103, 104.1, 105.5, 106.2, 107.7, 108.0]), False, ASKED_YES),
        (np.array([10_234.0, 10_567, 10_890]), False, ASKED_YES),
        (np.array([0.0, 0.2, 0.5]), False, ASKED_NO),
        (np.repeat([12_345.0, 12_346, 12_347], 16), True, ASKED_YES),
        (np.concatenate([dial(15, 54_000, 9), dial(15, 12_000, 9)]), True, ASKED_YES),  # the meter was changed
        (np.concatenate([dial(40, 99_980, 0.8), dial(40, 0, 0.8)]), True, SURE_YES),
        (np.insert(dial(60, 500, 0.8), 30, 0.0), True, SURE_YES),
        (-dial(48, 12_345.6, 0.8), True, ASKED_YES),
        (np.full(48, 12_345.6), True, ASKED_NO),
        (np.full(48, 0.4), True, SURE_NO),
        (np.linspace(2, 0, 20), False, SURE_NO),
        (np.array([310.0, 320, 335, 341, 360, 366]), False, ASKED_YES),  # years
        (np.abs(CHANCE.normal(2, 0.5, 96)), True, SURE_NO),
        (np.array([99_998.0, 99_999, 0, 1, 2]), False, ASKED_YES),
        (np.array([45_210.0, 45_410, 45_600, 12, 300]), False, ASKED_YES),
        (np.array([99_990.5, 99_995.1, 0.4, 6.2]), False, ASKED_YES),
        (np.array([1_204.0, 1_310, 1_405, 1_398, 1_520, 1_633, 1_711, 1_802]), False, ASKED_YES),
        (np.array([1.2, 1.5, 1.7, 1.1, 1.3]), False, SURE_NO),
    ],
    ids=[
        "dial", "seconds", "morning", "dawn", "slow-rise", "three-readings", "three-amounts", "coarse", "changed",
        "rollover", "one-bad", "minus", "still", "steady", "evening", "years", "amounts",
        "rolls-over-early", "reset-early", "rolls-over-in-four", "one-correction", "five-amounts",
    ],
)  # fmt: skip
def test_what_values_leave_open_is_asked(values: np.ndarray, has_cycle: bool, expected: tuple[bool, bool]) -> None:
    found = judge_register([values], "energy", None, has_cycle=has_cycle)
    assert (found.is_register, found.confidence >= 0.8) == expected


@pytest.mark.parametrize(("rows", "asked"), [(20, True), (480, False)])
def test_energy_that_only_grows_is_sure_to_be_a_total_after_a_day(rows: int, asked: bool) -> None:
    lines = [f"{row.split(',')[0]},{500 + n * 0.4:.1f}" for n, row in enumerate(half_hours(rows))]
    found = inspect(csv("time,Energy (kWh)", *lines))
    assert found.profile is not None
    assert found.profile.channels[0].is_register
    assert any(q.id.startswith("register:") for q in found.questions) is asked


def test_a_total_beside_amounts_of_the_same_name_is_asked_about_by_itself() -> None:
    lines = [
        f"{row.split(',')[0]},{500 + n * 0.4:.1f},{1 + n * 37 % 20 / 10:.1f}" for n, row in enumerate(half_hours(20))
    ]
    found = inspect(csv("time,Energy_total_kWh,Energy_kWh", *lines))
    assert found.profile is not None
    assert [q.id for q in found.questions if q.id.startswith("register:")] == ["register:energy_total_kwh"]
    settled = apply_answers(found.profile, {"register:energy_total_kwh": "true"}, found.questions)
    assert [c.is_register for c in settled.channels] == [True, False]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Door", "boolean"),
        ("heating_on", "boolean"),
        ("Status", "boolean"),
        ("Voltage alarm", "boolean"),
        ("is_estimated", "boolean"),
        ("Alarm count", "number"),
        ("Price (£/kWh)", "number"),
        ("Pump (kW)", "number"),
        ("Active power", "number"),
        ("Active Energy", "number"),
        ("Estimated consumption", "number"),
        ("Boost energy", "number"),
        ("EV charging", "number"),
        ("charging", "boolean"),
    ],
)
def test_noughts_and_ones_of_what_is_or_is_not_are_booleans(name: str, kind: str) -> None:
    lines = [f"{row},{n // 5 % 2}" for n, row in enumerate(half_hours(96))]
    found = inspect(csv(f"time,kW,{name}", *lines))
    assert found.profile is not None
    assert found.profile.channels[-1].kind == kind


def test_a_state_of_more_than_two_is_no_boolean() -> None:
    lines = [f"{row},{n // 5 % 3}" for n, row in enumerate(half_hours(96))]
    found = inspect(csv("time,kW,Status", *lines))
    assert found.profile is not None
    assert found.profile.channels[-1].kind == "text"


def test_a_dial_of_five_digits_that_begins_anew_is_no_code() -> None:
    rows = [f"{row.split(',')[0]},{(99_950 + n) % 100_000:05}" for n, row in enumerate(half_hours(96))]
    found = inspect(csv("Time,Register", *rows))
    assert found.profile is not None
    (channel,) = found.profile.channels
    assert (channel.kind, channel.is_register, channel.statistic) == ("number", True, "last")
    assert "unit:register" in {q.id for q in found.questions}


@pytest.mark.parametrize("name", ["Generation meter", "Reading", "Meter", "value", "Load"])
def test_a_dial_without_a_unit_is_asked_about_before_its_unit_is_known(name: str) -> None:
    times = half_hours(20, start="2021-06-01 00:00", minutes=1_440, form="%d/%m/%Y")
    found = inspect(
        csv(f"Date,{name},V", *(f"{t.split(',')[0]},{12_000 + n * 13}.5,240.{n % 3}" for n, t in enumerate(times)))
    )
    assert found.profile is not None
    field = found.profile.channels[0].field
    assert {q.id: q.guess for q in found.questions}[f"register:{field}"] == "true"
    settled = apply_answers(found.profile, {f"unit:{field}": "kwh", f"register:{field}": "true"}, found.questions)
    assert (settled.channels[0].is_register, settled.channels[0].statistic) == (True, "last")
