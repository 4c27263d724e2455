"""What physics and other channels say: limits, nights, triangles, phases, energy, twins."""

from __future__ import annotations

import numpy as np
import pytest

from fairwatt.core.quality import Channel, ReadingsInMemory, Scan, ScanOptions, scan_health
from fairwatt.core.quality.checks.night import sun_elevation
from tests.core.quality.made import SECOND, YEAR_2019, codes_of, load, rows_of, scan, times


def _scan(step_s: int = 1_800, **columns: tuple[Channel, np.ndarray]) -> Scan:
    rows = len(next(iter(columns.values()))[1])
    channels = tuple(channel for channel, _ in columns.values())
    values = {channel.field: column for channel, column in columns.values()}
    return scan_health(ReadingsInMemory(channels, times(rows, step_s * SECOND), values))


def _noise(rows: int, middle: float, width: float, seed: int = 1) -> np.ndarray:
    return np.round(np.random.default_rng(seed).normal(middle, width, rows), 4)


@pytest.mark.parametrize(
    ("quantity", "unit", "middle", "wrong"),
    [
        ("voltage", "v", 240.0, 254.0),
        ("voltage", "v", 240.0, 215.0),
        ("voltage", "kv", 11.0, 11.8),
        ("voltage", "v", 341.0, 360.0),  # peaks
        ("frequency", "hz", 50.0, 50.6),
        ("power_factor", "fraction", 0.95, 1.2),
        ("humidity", "percent", 60.0, 101.0),
        ("state_of_charge", "fraction", 0.5, 1.02),
        ("temperature", "degf", 50.0, 230.0),
    ],
)
def test_what_is_not_allowed_is_told_of(quantity: str, unit: str, middle: float, wrong: float) -> None:
    values = _noise(300, middle, middle * 1e-3)
    assert codes_of(scan(values, quantity=quantity, unit=unit)) == set()
    values[100:104] = wrong
    found = scan(values, quantity=quantity, unit=unit)
    told = set(rows_of(found, "out-of-range")) | set(rows_of(found, "impossible-value"))
    assert told == set(range(100, 104))
    assert found.report.scores.plausibility.good == 296


def test_the_bounds_themselves_are_allowed() -> None:
    values = np.tile([216.2, 253.0, 230.0, 231.0], 50)
    assert "out-of-range" not in codes_of(scan(values, quantity="voltage", unit="v"))


def test_import_is_never_negative_and_net_may_be() -> None:
    values = load(200)
    values[7:9] = -3
    assert rows_of(scan(values, quantity="power", unit="kw", direction="import"), "negative-flow") == [7, 8]
    assert "negative-flow" not in codes_of(scan(values, quantity="power", unit="kw", direction="net"))


@pytest.mark.parametrize("place", [None, (51.75, -1.26)])
def test_generation_at_night_is_told_of(place: tuple[float, float] | None) -> None:
    at = times(120 * 48)
    up = np.maximum(0, np.sin(np.radians(sun_elevation(at, 51.75, -1.26))))
    sun = np.round(4 * up * np.random.default_rng(1).uniform(0.5, 1, len(at)), 3)
    midnight = 60 * 48
    channel = Channel("pv", "PV power", "power", "kw")
    clean = scan_health(ReadingsInMemory((channel,), at, {"pv": sun}), options=ScanOptions(place=place))
    assert "generation-at-night" not in codes_of(clean)
    sun[midnight : midnight + 2] = 0.5
    found = scan_health(ReadingsInMemory((channel,), at, {"pv": sun}), options=ScanOptions(place=place))
    assert rows_of(found, "generation-at-night") == [midnight, midnight + 1]


def test_the_sun_stands_where_almanacs_say() -> None:
    solstice_noon = 1_561_118_400 * SECOND  # 2019-06-21 12:00 UTC at Greenwich: 61.9 degrees
    equinox_midnight = 1_553_126_400 * SECOND  # 2019-03-21 00:00 UTC: -38.3 degrees
    found = sun_elevation(np.array([solstice_noon, equinox_midnight]), 51.48, 0.0)
    assert found == pytest.approx([61.95, -38.3], abs=0.6)


def test_least_mean_and_most_are_in_order_or_told_of() -> None:
    mean = _noise(300, 240, 1)
    least, most = mean - 0.5, mean + 0.5
    least[10], most[20:22] = mean[10] + 5, mean[20:22] - 5
    found = _scan(
        a=(Channel("v_min", "V Min", "voltage", "v", statistic="min"), least),
        b=(Channel("v_avg", "V Avg", "voltage", "v", statistic="mean"), mean),
        c=(Channel("v_max", "V Max", "voltage", "v", statistic="max"), most),
    )
    told = {one.channel: one.row.tolist() for one in found.detections if one.code == "min-mean-max"}
    assert told == {"v_avg": [10], "v_max": [20]}


def test_power_that_leaves_its_triangle_is_told_of() -> None:
    p, q = _noise(300, 3, 0.5), _noise(300, 1, 0.1, seed=2)
    s = np.round(np.hypot(p, q), 2)
    s[50], p[60] = s[50] * 1.5, s[60] * 1.2
    found = _scan(
        p=(Channel("p", "Active power", "power", "kw"), p),
        q=(Channel("q", "Reactive power", "reactive_power", "var"), q * 1_000),
        s=(Channel("s", "Apparent power", "apparent_power", "kva"), s),
    )
    assert rows_of(found, "power-triangle") == [50, 60]


def test_a_phase_far_from_the_others_is_told_of() -> None:
    three = [_noise(300, 240, 0.3, seed) for seed in range(3)]
    three[1][100:110] = 228.0
    found = _scan(**{f"l{i}": (Channel(f"l{i}", f"Voltage L{i}", "voltage", "v"), v) for i, v in enumerate(three, 1)})
    assert rows_of(found, "voltage-unbalance") == list(range(100, 110))


@pytest.mark.parametrize("is_register", [False, True])
def test_energy_that_power_does_not_explain_is_told_of(is_register: bool) -> None:
    power = _noise(400, 3, 0.5)
    energy = np.round(power / 2, 3)
    energy[200] *= 1.5
    column = np.concatenate(([0.0], np.cumsum(energy)[:-1])) if is_register else energy
    found = _scan(
        p=(Channel("p", "Power", "power", "kw"), power),
        e=(Channel("e", "Energy", "energy", "kwh", is_register=is_register), column),
    )
    assert rows_of(found, "power-energy") == [200]


def test_energy_in_another_unit_throughout_is_told_of_with_the_factor() -> None:
    power = _noise(400, 3, 0.5)
    found = _scan(
        p=(Channel("p", "Power", "power", "kw"), power),
        e=(Channel("e", "Energy", "energy", "kwh"), power * 500),
    )
    (finding,) = (f for f in found.report.findings if f.code == "power-energy")
    assert finding.places[0].evidence == pytest.approx(1_000)


def test_two_meters_of_one_thing_that_part_are_told_of() -> None:
    one = load(2_000)
    two = one + np.random.default_rng(9).normal(0, 0.1, 2_000)
    clean = {
        "a": (Channel("a", "Main meter", "power", "kw"), one),
        "b": (Channel("b", "Check meter", "power", "kw"), two),
    }
    assert codes_of(_scan(**clean)) == set()
    two[700:760] += 15
    assert rows_of(_scan(**clean), "meters-disagree") == list(range(700, 760))


def test_two_different_things_never_disagree() -> None:
    found = _scan(
        a=(Channel("a", "Kitchen", "power", "kw"), load(2_000)),
        b=(Channel("b", "Workshop", "power", "kw"), load(2_000, seed=5) * 1.3),
    )
    assert codes_of(found) == set()


def test_a_year_begins_in_the_dark() -> None:
    assert sun_elevation(np.array([YEAR_2019]), 51.75, -1.26)[0] < -50


def test_a_total_that_adds_up_its_phases_is_no_triangle() -> None:
    columns, sums = {}, {"p": np.zeros(300), "q": np.zeros(300), "s": np.zeros(300)}
    for phase in (1, 2, 3):
        p, q = _noise(300, 3, 0.5, phase), _noise(300, 1, 0.1, seed=phase + 5)
        p[:20] *= -1 if phase == 2 else 1  # one phase exports
        for name, value in (("p", p), ("q", q), ("s", np.hypot(p, q))):
            sums[name] += value
            columns[f"{name}{phase}"] = (_side(f"{name}{phase}", f"L{phase}"), value)
    columns |= {f"{name}t": (_side(f"{name}t", "Total"), value) for name, value in sums.items()}
    assert rows_of(_scan(**columns), "power-triangle") == []


def _side(name: str, phase: str) -> Channel:
    quantity, unit = {"p": ("power", "kw"), "q": ("reactive_power", "kvar"), "s": ("apparent_power", "kva")}[name[0]]
    return Channel(name, f"{quantity} {phase}", quantity, unit)


@pytest.mark.parametrize(
    ("quantity", "unit", "middle", "judged"),
    [
        ("voltage", "v", 120.0, 0),
        ("voltage", "v", 240.0, 300),
        ("power_factor", "", 0.95, 300),
        ("power_factor", "one", 0.95, 300),
        ("frequency", "no-such-unit", 50.0, 0),
    ],
)
def test_only_what_limits_were_applied_to_counts_as_judged(
    quantity: str, unit: str, middle: float, judged: int
) -> None:
    values = np.full(300, middle) + _noise(300, 0, 0.001)
    values[7] = 9.0 * middle
    report = _scan(x=(Channel("x", "", quantity, unit), values)).report
    wrong = 1 if judged else 0
    assert (report.scores.plausibility.total, report.channels[0].implausible) == (judged, wrong)
    assert "impossible-value" in {one.code for one in report.findings} or not judged


@pytest.mark.parametrize("middle", [6_350.0, 25_000.0, 26_500.0])
def test_earthed_and_railway_voltages_have_bands_of_their_own(middle: float) -> None:
    assert "out-of-range" not in codes_of(_scan(v=(Channel("v", "", "voltage", "v"), _noise(300, middle, 20))))


def test_what_an_inverter_takes_at_night_is_no_negative_flow() -> None:
    values = np.maximum(3_600 * np.sin(np.arange(960) / 48 * 2 * np.pi), -4.0)
    assert "negative-flow" not in codes_of(_scan(x=(Channel("x", "", "power", "w", "export"), values)))
    values[100] = -400
    assert rows_of(_scan(x=(Channel("x", "", "power", "w", "export"), values)), "negative-flow") == [100]


def test_a_solar_plant_is_held_against_its_own_capacity() -> None:
    hours = np.arange(60 * 48) / 2 % 24
    sun = np.round(4 * np.maximum(0, np.sin(2 * np.pi * (hours - 6) / 24)), 3)
    noon = 30 * 48 + 24
    sun[noon] = 7.5
    found = scan(sun, name="PV power", quantity="power", unit="kw")
    assert rows_of(found, "out-of-range") == [noon]
