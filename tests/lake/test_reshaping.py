"""Days side by side, numbered periods, rows of single values: each is read back as the truth it was written from."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwatt.core.files import apply_answers
from fairwatt.lake import Lake
from tests.lake.days import (
    AUTUMN,
    BOTH,
    LONDON,
    PLAIN,
    SPRING,
    YEAR,
    Truth,
    clock,
    day_rows,
    look,
    make_truth,
    read,
    shown,
    wide,
)

MPANS = ("2000012345672", "1200098765433")
HALF_HOURS = [30 * n for n in range(50)]
STARTS = [clock(minute) for minute in HALF_HOURS[:48]]
ENDS = [clock(minute + 30) for minute in HALF_HOURS[:48]]
NUMBERED = [f"HH{n}" for n in range(1, 51)]
LOCAL = {"time_zone": "Europe/London"}
STAMPS_OPEN = frozenset({"stamp"})
Lead = Callable[[str, date, str], list[str]]


def day(form: str = "%Y-%m-%d") -> Lead:
    return lambda _meter, on, _channel: [on.strftime(form)]


@dataclass(frozen=True)
class Case:
    """A table, the truth it was written from, which answers it takes, and which questions it may lead to."""

    text: str
    truth: Truth
    answers: dict[str, str] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ("value",)


def _labelled(channels: tuple[str, ...], lead: Lead, lead_heads: list[str], fields: tuple[str, ...]) -> Case:
    truth = make_truth(BOTH, meters=MPANS, channels=channels)
    return Case(wide(truth, NUMBERED, HALF_HOURS, lead=lead, lead_heads=lead_heads), truth, fields=fields)


def _steps(minutes: int, *, of_clock: bool) -> Case:
    truth = make_truth(SPRING if of_clock else BOTH, minutes=minutes)
    count = 1440 // minutes if of_clock else 1500 // minutes
    places = [minutes * n for n in range(count)]
    heads = [clock(place) for place in places] if of_clock else [f"H{n + 1}" for n in range(count)]
    by = "clock" if of_clock else "elapsed"
    return Case(wide(truth, heads, places, by=by, lead=day(), lead_heads=["Date"]), truth)


def _doubled_heads() -> Case:
    """The clock's hour that comes twice has columns twice."""
    truth = make_truth(BOTH)
    heads = [*STARTS[:4], *STARTS[2:4], *STARTS[4:]]
    places = [(m, 0) for m in HALF_HOURS[:4]] + [(60, 1), (90, 1)] + [(m, 0) for m in HALF_HOURS[4:48]]
    days: dict[date, dict[tuple[int, int], Decimal | None]] = {}
    for (_, start, _), value in truth.items():
        local = start.astimezone(LONDON)
        days.setdefault(local.date(), {})[local.hour * 60 + local.minute, local.fold] = value
    rows = [",".join([str(on), *(shown(cells.get(place)) for place in places)]) for on, cells in days.items()]
    return Case("\n".join([",".join(["Date", *heads]), *rows]) + "\n", truth)


def _two_values() -> Case:
    """Energy and reactive energy of an interval stand in the same row."""
    truth = make_truth(BOTH, channels=("kWh", "kVArh"))
    active, reactive = (day_rows(truth, "", channel) for channel in ("kWh", "kVArh"))
    heads = ["Date", *(f"kWh_{n}" for n in range(1, 51)), *(f"kVArh_{n}" for n in range(1, 51))]
    rows = [
        ",".join([str(on), *(shown(values[on].get(m)) for values in (active, reactive) for m in HALF_HOURS)])
        for on in active
    ]
    return Case("\n".join([",".join(heads), *rows]) + "\n", truth, fields=("kwh", "kvarh"))


def _padded(truth: Truth, text: str) -> Case:
    """Intervals that a day does not have hold zeros."""
    head, *rows = text.splitlines()
    return Case("\n".join([head, *(",".join(cell or "0" for cell in row.split(",")) for row in rows)]) + "\n", truth)


def _rows(
    truth: Truth,
    head: str,
    row: Callable[[str, datetime, int, str, str], str],
    *,
    minutes: int = 30,
    fields: tuple[str, ...] = ("kwh",),
    **more: object,
) -> Case:
    """A row for each interval: meter, local start, number from 1, channel, value."""
    lines = [head]
    for (meter, start, channel), value in truth.items():
        local = start.astimezone(LONDON)
        midnight = local.replace(hour=0, minute=0, fold=0).astimezone(UTC)
        number = int((start - midnight) / timedelta(minutes=minutes)) + 1
        lines.append(row(meter, local, number, channel, shown(value)))
    return Case("\n".join(lines) + "\n", truth, fields=fields, **more)


_BOTH = make_truth(BOTH)
_WHOLE = make_truth(BOTH, holes=0)
_SPRING = make_truth(SPRING)
_HOURS = make_truth(BOTH, minutes=60)
_UNITS = {"Active import": "kWh", "Voltage L1": "V", "Temperature": "degC"}
_THREE = make_truth(BOTH, channels=tuple(_UNITS), holes=0)
_FLOWS = make_truth(BOTH, meters=("A1", "B2"), channels=("import", "export"), holes=0)
_FUELS = make_truth(BOTH, channels=("WIND", "NUCLEAR"), holes=0)
_YEAR = make_truth(YEAR, meters=MPANS)
_LAST_AUTUMN_HOUR = {datetime(2021, 10, 31, 23, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(2)}

CASES: dict[str, Callable[[], Case]] = {
    "a year of two meters": lambda: Case(
        wide(_YEAR, NUMBERED, HALF_HOURS, lead=lambda m, on, _: [m, f"{on:%d/%m/%Y}"], lead_heads=["MPAN", "Date"]),
        _YEAR,
    ),
    "48 columns count elapsed time, autumn's last hour is not there": lambda: Case(
        wide(_BOTH, NUMBERED[:48], HALF_HOURS[:48], lead=day(), lead_heads=["Date"]),
        {key: value for key, value in _BOTH.items() if key[1] not in _LAST_AUTUMN_HOUR},
    ),
    "days of UTC with the intervals' ends": lambda: Case(
        wide(_utc(), ENDS, HALF_HOURS[:48], by="utc", lead=day("%d/%m/%Y"), lead_heads=["Date"]), _utc()
    ),
    "the skipped hour is blank": lambda: Case(
        wide(_SPRING, STARTS, HALF_HOURS[:48], by="clock", lead=day("%d-%b-%y"), lead_heads=["Date"]), _SPRING
    ),
    "the last hour of spring is blank, the last end is 00:00": lambda: Case(
        wide(_SPRING, [*ENDS[:-1], "00:00"], HALF_HOURS[:48], lead=day("%d %B %Y"), lead_heads=["Date"]), _SPRING
    ),
    "the repeated hour has columns twice": _doubled_heads,
    "no change of clocks": lambda: Case(
        wide(make_truth(PLAIN), [str(n) for n in range(1, 49)], HALF_HOURS[:48], lead=day(), lead_heads=["Date"]),
        make_truth(PLAIN), LOCAL, frozenset({"time_zone"}),
    ),
    "no header": lambda: Case(
        wide(make_truth(PLAIN), STARTS, HALF_HOURS[:48], lead=day(), lead_heads=["Date"]).split("\n", 1)[1],
        make_truth(PLAIN), LOCAL, frozenset({"time_zone"}),
    ),
    "import and export": lambda: _labelled(
        ("Import", "Export"), lambda m, on, c: [m, c, f"{on:%d/%m/%Y}"], ["MPAN", "Direction", "Date"],
        ("import", "export"),
    ),
    "registers with units": lambda: _labelled(
        ("AI", "AE", "RI", "RE"),
        lambda m, on, c: [m, c, "kWh" if c[0] == "A" else "kVArh", f"{on:%Y%m%d}"],
        ["MPAN", "Measurement Quantity", "Unit", "Settlement Date"],
        ("ai_active_import", "ae_active_export", "ri_reactive_import", "re_reactive_export"),
    ),
    "told apart by unit": lambda: _labelled(
        ("kWh", "kVArh"), lambda m, on, c: [m, c, f"{on}"], ["MPAN", "Units", "Date"], ("kwh", "kvarh")
    ),
    "hours": lambda: _steps(60, of_clock=False),
    "hours of the clock": lambda: _steps(60, of_clock=True),
    "quarter-hours": lambda: _steps(15, of_clock=False),
    "ten minutes": lambda: _steps(10, of_clock=False),
    "ten minutes of the clock": lambda: _steps(10, of_clock=True),
    "flags and a total": lambda: Case(
        wide(_BOTH, NUMBERED, HALF_HOURS, lead=day(), lead_heads=["Date"], flags="A/E",
             after=lambda cells: [str(sum(Decimal(cell or 0) for cell in cells))], after_heads=("Total",)), _BOTH,
    ),
    "year, month and day apart": lambda: Case(
        wide(_BOTH, NUMBERED, HALF_HOURS, lead=lambda _, on, __: [str(on.year), str(on.month), str(on.day)],
             lead_heads=["Year", "Month", "Day"]), _BOTH,
    ),
    "two values an interval": _two_values,
    "zeros where there is no interval": lambda: _padded(
        _WHOLE, wide(_WHOLE, NUMBERED, HALF_HOURS, lead=day(), lead_heads=["Date"])
    ),
    "zeros in the skipped hour": lambda: _padded(
        make_truth(SPRING, holes=0),
        wide(make_truth(SPRING, holes=0), STARTS, HALF_HOURS[:48], by="clock", lead=day(), lead_heads=["Date"]),
    ),
    "settlement periods": lambda: _rows(
        _BOTH, "Settlement Date,Settlement Period,kWh", lambda _, t, n, __, v: f"{t:%d/%m/%Y},{n},{v}"
    ),
    "settlement periods without a change of clocks": lambda: _rows(
        make_truth(PLAIN), "SettlementDate,SettlementPeriod,kWh", lambda _, t, n, __, v: f"{t:%Y-%m-%d},{n},{v}"
    ),
    "settlement periods of two meters": lambda: _rows(
        make_truth(BOTH, meters=("A1", "B2")), "meter_id,date,sp,kwh",
        lambda m, t, n, _, v: f"{m},{t:%Y-%m-%d},{n},{v}",
    ),
    "numbers with letters": lambda: _rows(_BOTH, "Date,HH,kWh", lambda _, t, n, __, v: f"{t:%Y-%m-%d},HH{n:02},{v}"),
    "periods of nobody knows what": lambda: _rows(
        make_truth(PLAIN), "Date,Period,kWh", lambda _, t, n, __, v: f"{t:%Y-%m-%d},{n},{v}",
        answers=LOCAL, asked=frozenset({"time_zone"}),
    ),
    "hours from 0 to 23": lambda: _rows(
        _HOURS, "Date,Hour,kWh", lambda _, t, __, ___, v: f"{t:%Y-%m-%d},{t.hour},{v}", minutes=60
    ),
    "hours from 1 to 25": lambda: _rows(
        _HOURS, "Date,Hour,kWh", lambda _, t, n, __, v: f"{t:%Y-%m-%d},{n},{v}", minutes=60
    ),
    "settlement periods and fuels": lambda: _rows(
        _FUELS, "SettlementDate,SettlementPeriod,FuelType,Generation (MW)",
        lambda _, t, n, c, v: f"{t:%Y-%m-%d},{n},{c},{v}", fields=("wind_mw", "nuclear_mw"),
    ),
    "year, month, day and hour apart": lambda: _rows(
        _HOURS, "Year,Month,Day,Hour,kWh", lambda _, t, __, ___, v: f"{t.year},{t.month},{t.day},{t.hour},{v}",
        minutes=60,
    ),
    "month names and minutes apart": lambda: _rows(
        _BOTH, "Year,Month,Day,Hour,Minute,kWh",
        lambda _, t, __, ___, v: f"{t.year},{t:%B},{t.day},{t.hour},{t.minute},{v}", answers=LOCAL, asked=STAMPS_OPEN,

    ),
    "a row for each value": lambda: _rows(
        _THREE, "timestamp,variable,value,unit",
        lambda _, t, __, c, v: f"{t:%Y-%m-%d %H:%M:%S},{c},{v},{_UNITS[c]}", answers=LOCAL, asked=STAMPS_OPEN,
         fields=("active_import", "voltage_l1", "temperature"),
    ),
    "a row for each value, channel by channel": lambda: _rows(
        dict(sorted(_THREE.items(), key=lambda item: (item[0][2], item[0][1]))), "timestamp,variable,value",
        lambda _, t, __, c, v: f"{t:%Y-%m-%d %H:%M:%S},{c},{v}", answers=LOCAL, asked=STAMPS_OPEN,
        fields=("active_import", "temperature", "voltage_l1"),
    ),
    "a row for each direction of two meters": lambda: _rows(
        _FLOWS, "meter,time,direction,kWh", lambda m, t, _, c, v: f"{m},{t.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ},{c},{v}",
        fields=("import_kwh", "export_kwh"), asked=STAMPS_OPEN,
    ),
    "epochs, a row for each value": lambda: _rows(
        _THREE, "ts,channel,value", lambda _, t, __, c, v: f"{int(t.timestamp())},{c},{v}",
        fields=("active_import", "voltage_l1", "temperature"), asked=STAMPS_OPEN,
    ),
}  # fmt: skip


def _utc() -> Truth:
    return make_truth(YEAR[60:330], zone=None)


@pytest.mark.parametrize("name", CASES)
def test_a_shape_is_read_back_as_the_truth(name: str, tmp_path: Path) -> None:
    case = CASES[name]()
    found, profile, _, back = read(case.text, tmp_path, case.answers)
    about_values = ("unit:", "direction:", "register:", "null_values:", "quantity:")
    assert {q.id for q in found.questions if not q.id.startswith(about_values)} == case.asked
    channels = dict(zip(dict.fromkeys(channel for _, _, channel in case.truth), case.fields, strict=True))
    meters = dict.fromkeys(meter for meter, _, _ in case.truth)
    want = {
        (meter if len(meters) > 1 else "", start, channels[channel]): value
        for (meter, start, channel), value in case.truth.items()
    }
    got = {
        (series if len(meters) > 1 else "", start, name): value
        for (series, start, name), value in back.items()
        if name in case.fields
    }
    assert {key: value for key, value in got.items() if value is not None} == {
        key: value for key, value in want.items() if value is not None
    }
    assert set(got) <= set(want)  # and no reading where the day has none
    assert profile.resolution_s in {600.0, 900.0, 1800.0, 3600.0}


def test_a_zone_that_the_days_show_is_not_asked_and_says_why(tmp_path: Path) -> None:
    text = wide(_SPRING, STARTS, HALF_HOURS[:48], by="clock", lead=day(), lead_heads=["Date"])
    _, profile, _, _ = read(text, tmp_path)
    rule = profile.timestamp
    assert (rule.time_zone, rule.time_zone_how, rule.time_zone_confidence) == ("Europe/London", "inferred", 0.95)
    assert rule.time_zone_why == ("On 2021-03-28, when British clocks skip an hour, that hour is not there.")
    assert rule.periods is not None
    assert (rule.periods.counts, rule.periods.step_s, len(rule.periods.slots)) == ("clock", 1800.0, 48)


def test_48_half_hours_in_autumn_are_asked_about() -> None:
    truth = make_truth(AUTUMN, zone=None, holes=0)
    found = look(wide(truth, STARTS, HALF_HOURS[:48], by="utc", lead=day(), lead_heads=["Date"]))
    asked = {q.id: (q.guess, q.confidence) for q in found.questions if q.id in {"time_zone", "counts"}}
    assert asked == {"time_zone": ("UTC", 0.6), "counts": ("clock", 0.6)}


def test_what_a_day_has_no_interval_for_is_told_with_its_line(tmp_path: Path) -> None:
    rows = ["Date," + ",".join(NUMBERED)]
    rows += [f"{on}," + ",".join(["1.5"] * 46 + ["", "", "", ""]) for on in SPRING[:3]]
    rows += ["2021-03-28," + ",".join(["1.5"] * 46 + ["7", "", "", ""])]
    rows += [f"{on}," + ",".join(["1.5"] * 48 + ["", ""]) for on in SPRING[4:]]
    _, _, result, back = read("\n".join(rows) + "\n", tmp_path, LOCAL)
    told = {finding.code: finding for finding in result.findings}
    assert (told["beyond-the-day"].count, told["beyond-the-day"].where) == (1, ("line 5 (2021-03-28)",))
    assert Decimal("7.0") not in back.values()
    assert told["missing-values"].count == 6  # 23:00 and 23:30 of the first three days
    assert told["missing-values"].where == tuple(f"line {line}" for line in (2, 2, 3, 3, 4, 4))


def test_a_cell_that_is_no_number_is_told_with_its_line(tmp_path: Path) -> None:
    text = wide(make_truth(PLAIN, holes=0), STARTS, HALF_HOURS[:48], lead=day(), lead_heads=["Date"])
    lines = text.splitlines()
    cells = lines[4].split(",")
    lines[4] = ",".join([*cells[:20], "broken", *cells[21:]])
    lines[6] = "Total" + lines[6][10:]
    _, _, result, _ = read("\n".join(lines) + "\n", tmp_path, LOCAL)
    told = {finding.code: (finding.count, finding.where) for finding in result.findings}
    assert told["not-a-number"] == (1, ("line 5",))
    assert told["bad-stamp"] == (1, ("line 7",))
    assert result.rows == 6 * 48


def test_a_value_that_comes_twice_stays_visible(tmp_path: Path) -> None:
    text = CASES["a row for each value"]().text.splitlines()
    again = "2021-03-25 00:00:00,Voltage L1,9.999,V"
    strange = "2021-03-25 00:00:00,Phase angle,1.5,deg"
    odd = "2021-03-25 00:30:00,Voltage L1,oops,V"
    found = look("\n".join(text) + "\n")
    assert found.profile is not None
    known = apply_answers(found.profile, {q.id: LOCAL[q.id] for q in found.questions if q.id in LOCAL})
    path = tmp_path / "more.csv"
    path.write_text("\n".join([*text, again, strange, odd]) + "\n")
    result = Lake(tmp_path / "lake").ingest(path, known, table="t", source="s", name="more.csv")
    last = len(text)
    told = {finding.code: (finding.count, finding.where) for finding in result.findings}
    assert told["duplicate-stamps"] == (
        2, (f"line {last + 1:,} (2021-03-25 00:00:00 UTC)", f"line {last + 3:,} (2021-03-25 00:30:00 UTC)")
    )  # fmt: skip
    assert told["unread-labels"] == (1, (f"line {last + 2:,} (‘Phase angle deg’)",))
    assert told["not-a-number"] == (1, (f"line {last + 3:,}",))


@settings(max_examples=12, deadline=None)
@given(
    days=st.sampled_from([SPRING, AUTUMN, BOTH, PLAIN]),
    heads=st.sampled_from([NUMBERED, [f"SP {n:02}" for n in range(1, 51)], [f"kWh_{n}" for n in range(50)]]),
    form=st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d-%b-%Y", "%d.%m.%Y"]),
    meters=st.sampled_from([("M1",), ("M1", "M2"), ("b", "a", "c")]),
    channels=st.sampled_from([("kWh",), ("Import", "Export")]),
    seed=st.integers(0, 10_000),
    holes=st.sampled_from([0.0, 0.05, 0.3]),
)
def test_any_days_side_by_side_are_read_exactly(  # noqa: PLR0917 - dimensions of one table
    days: tuple[date, ...],
    heads: list[str],
    form: str,
    meters: tuple[str, ...],
    channels: tuple[str, ...],
    seed: int,
    holes: float,
) -> None:
    truth = make_truth(days, meters=meters, channels=channels, seed=seed, holes=holes)
    text = wide(
        truth,
        heads,
        HALF_HOURS,
        lead=lambda m, on, c: [m, c, on.strftime(form)],
        lead_heads=["Meter", "Measurement", "Date"],
    )
    with tempfile.TemporaryDirectory() as folder:
        _, profile, result, back = read(text, Path(folder), LOCAL)
    fields = {rule.label or channels[0]: rule.field for rule in profile.channels}
    one = len(meters) == 1
    want = {("" if one else m, t, fields[c]): v for (m, t, c), v in truth.items() if v is not None}
    assert {("" if one else m, t, f): v for (m, t, f), v in back.items() if v is not None} == want
    assert result.duplicate_count == 0
