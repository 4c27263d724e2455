"""What the values of a file tell: marks, marks for missing ones, running totals, signs; and what is asked instead."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files import ImportProfile, Inspection, apply_answers
from fairwatt.core.files.cells import Writing, is_missing_word, plain_number
from fairwatt.core.files.levels import LevelChange, find_level_changes
from fairwatt.core.files.marks import find_marks, find_writing
from fairwatt.core.files.profile import ChannelRule, Question
from fairwatt.core.files.registers import judge_register
from fairwatt.core.files.sentinels import find_sentinels
from tests.core.files.samples import csv, half_hours, inspect

WAVE = [3 + 2 * math.sin(i / 8) for i in range(400)]
STAMPS = [row.split(",")[0] for row in half_hours(400)]


def file_of(heading: str, cell: Callable[[int], str], delimiter: str = ",") -> Inspection:
    rows = [f"{stamp}{delimiter}{cell(i)}" for i, stamp in enumerate(STAMPS)]
    return inspect(csv(f"time{delimiter}{heading}", *rows))


def profile(found: Inspection) -> ImportProfile:
    assert found.profile is not None, found.findings
    return found.profile


def channel(found: Inspection, place: int = 0) -> ChannelRule:
    return profile(found).channels[place]


def asked(found: Inspection) -> dict[str, str]:
    """What is asked but for the times, with the guesses."""
    return {q.id: q.guess for q in found.questions if q.id not in {"time_zone", "stamp"}}


def question(found: Inspection, key: str) -> Question:
    return next(q for q in found.questions if q.id == key)


@pytest.mark.parametrize(
    ("cells", "delimiter", "marks", "is_open"),
    [
        (["1.5", "2.25"], ",", (".", ""), False),
        (["1,5", "2,25"], ";", (",", ""), False),
        (["1,5", "2,25"], ",", (",", ""), False),  # quoted
        (["1,234", "0,5"], ";", (",", ""), False),
        (["1,234", "0.5"], ";", (".", ","), False),
        (["1,234", "12,345.6"], ",", (".", ","), False),
        (["1,234,567"], ";", (".", ","), False),
        (["1.234,5"], ";", (",", "."), False),
        (["1.234.567"], ";", (",", "."), False),
        (["1 234,5", "12,5"], ";", (",", " "), False),
        (["1\u00a0234.5"], ";", (".", " "), False),
        (["1\u202f234", "1,5"], ";", (",", " "), False),
        (["1'234.50"], ",", (".", "'"), False),
        (["1’234"], ";", (".", "'"), False),
        (["1,234", "2,345"], ",", (".", ","), False),
        (["1,234", "1234"], ";", (",", ""), False),
        (["1,234", "5", "60", "700"], "\t", (".", ","), False),
        (["1,234", "2,345"], "\t", (".", ","), True),
        (["1,234", "2,345"], ";", (",", ""), True),
        (["0,234", "2,345"], ";", (",", ""), False),
        (["1.234", "2.345"], ",", (".", ""), False),
        (["1.234", "2.345"], ";", (".", ""), True),
        (["1.234", "5", "60", "700"], ";", (",", "."), True),
        (["0.234", "2.345"], ";", (".", ""), False),
        (["£1,234.50", "12 kW"], ",", (".", ","), False),
        (["12 High Street", "n/a", ""], ",", (".", ""), False),
    ],
)
def test_marks_are_found_by_the_evidence_of_all_cells(
    cells: list[str], delimiter: str, marks: tuple[str, str], is_open: bool
) -> None:
    found = find_marks(cells, delimiter)
    assert ((found.decimal, found.thousands), bool(found.open_example)) == (marks, is_open)


@settings(max_examples=200)
@given(
    st.lists(st.decimals(min_value=-99_999, max_value=99_999, places=2), min_size=20, max_size=60),
    st.sampled_from([(".", ""), (".", ","), (",", "."), (",", ""), (",", " "), (".", "'")]),
)
def test_numbers_with_two_decimals_always_come_back(values: list[Decimal], marks: tuple[str, str]) -> None:
    texts = []
    for value in values:
        text = f"{value:,.2f}" if marks[1] else f"{value:.2f}"
        texts.append(text.translate({ord(","): marks[1] or "", ord("."): marks[0]}))
    found = find_marks(texts, ";")
    writing = Writing(found.decimal, found.thousands)
    read = [plain_number(text, writing) for text in texts]
    assert [Decimal(text or "nan") for text in read] == values


def test_an_open_mark_is_asked_and_the_answer_counts() -> None:
    found = file_of("kW", lambda i: f"{1 + i % 9},{100 + i % 800}", ";")
    assert asked(found) == {"decimal": ","}
    about_marks = question(found, "decimal")
    assert about_marks.text == "What does 1,100 mean in this file?"
    assert dict(about_marks.choices) == {",": "1,100 is 1.100: a fraction", ".": "1,100 is 1100: thousands"}
    dialect = apply_answers(profile(found), {"decimal": "."}, found.questions).dialect
    assert (dialect.decimal_mark, dialect.thousands_mark) == (".", ",")
    kept = apply_answers(profile(found), {"decimal": ","}, found.questions).dialect
    assert (kept.decimal_mark, kept.thousands_mark, kept.decimal_how) == (",", ".", "confirmed")


@pytest.mark.parametrize(
    ("cell", "unit", "affixes", "notation"),
    [
        ("{:.2f} kW", "kw", ("kW",), ()),
        ("{:.2f}kW", "kw", ("kW",), ()),
        ("£{:.2f}", "gbp", ("£",), ()),
        ("{:.0f}%", "percent", ("%",), ()),
        ("{:.0f}p", "p", ("p",), ()),
        ("{:.1f} °C", "degc", ("°C",), ()),
        ("({:.2f})", "", (), ("brackets",)),
        ("{:.2f}-", "", (), ("minus_after",)),
        ("\u2212{:.2f}", "", (), ("minus_sign",)),
        ("\u00a0{:.2f}\u00a0", "", (), ("blanks",)),
        ("+{:.2f}", "", (), ()),
        ("  {:.2f}  ", "", (), ()),
    ],
)
def test_units_and_signs_in_the_cells_are_read(cell: str, unit: str, affixes: object, notation: object) -> None:
    found = channel(file_of("Reading of it", lambda i: cell.format(WAVE[i])))
    assert (found.kind, found.affixes, found.notation) == ("number", affixes, notation)
    if unit:
        assert (found.unit, found.how) == (unit, "read")


def test_cells_that_contradict_the_header_are_asked_about() -> None:
    found = file_of("Load (kW)", lambda i: f"{WAVE[i]:.2f} W")
    assert asked(found) == {"unit:load_kw": "w"}
    assert channel(found).why == "The header says kW, but the cells say W."


@pytest.mark.parametrize(
    ("heading", "cell", "unit"),
    [
        ("Price (£/MWh)", "£{:.2f}", "gbp_per_mwh"),
        ("Unit rate (£/kWh)", "£{:.4f}", "gbp_per_kwh"),
        ("Unit rate (p/kWh)", "{:.1f}p", "p_per_kwh"),
    ],
)
def test_cells_that_bear_the_first_part_of_a_rate_agree_with_it(heading: str, cell: str, unit: str) -> None:
    found = file_of(heading, lambda i: cell.format(WAVE[i]))
    assert asked(found) == {}
    assert (channel(found).quantity, channel(found).unit, channel(found).how) == ("price", unit, "read")


def test_a_heading_of_energy_and_of_its_cost_is_asked_about_with_the_unit_that_it_says() -> None:
    found = file_of("Energy cost (kWh)", lambda i: f"{WAVE[i]:.2f}")
    one = question(found, "unit:energy_cost_kwh")
    assert (one.guess, one.why, {"kwh", "gbp"} <= set(dict(one.choices))) == (
        "kwh",
        "The header says kWh, and speaks of a cost.",
        True,
    )


def test_codes_with_letters_are_no_numbers_with_units() -> None:
    assert channel(file_of("Bay", lambda i: f"{i % 9}{'ABC'[i % 3]}")).kind == "text"
    assert channel(file_of("Range,kW", lambda i: f"{i % 9}-{i % 7},{WAVE[i]:.2f}")).kind == "text"


@pytest.mark.parametrize(
    "word",
    ["Null", "n/a", "NA", "NaN", "-", "--", ".", "#N/A", "No Data", "Bad", "Comm Fail", "I/O Timeout", "missing", "",
     "Bad Input", "COMM FAIL", "no_data", "N.A."],
)  # fmt: skip
def test_words_for_a_missing_value_never_make_a_column_text(word: str) -> None:
    found = file_of("kW", lambda i: word if i % 2 else f"{WAVE[i]:.2f}")
    assert (channel(found).kind, channel(found).decimals) == ("number", 2)
    assert not word or is_missing_word(word)


def test_states_and_flags_stay_words() -> None:
    found = file_of(
        "kW,Quality,State,Bad", lambda i: f"{WAVE[i]:.2f},{'AE'[i % 2]},{'offline' if i % 3 else 'bad'},true"
    )
    assert [c.kind for c in profile(found).channels] == ["number", "text", "text", "boolean"]


def test_digits_of_another_script_are_told_of_and_never_misread() -> None:
    wide = {ord(str(d)): chr(0xFF10 + d) for d in range(10)}
    found = file_of("kW,V", lambda i: f"{f'{WAVE[i]:.2f}'.translate(wide)},240.1")
    assert [c.kind for c in profile(found).channels] == ["text", "number"]
    assert [f.code for f in found.findings] == ["odd-digits"]
    alone = file_of("kW", lambda i: f"{WAVE[i]:.2f}".translate(wide))
    assert (alone.kind, [f.code for f in alone.findings]) == ("table", ["odd-digits", "no-readings"])


@pytest.mark.parametrize(
    ("values", "quantity", "expected"),
    [
        ({12.5: 40, 13.1: 40, 999.0: 2, 11.0: 9}, "temperature", [("999", True)]),
        ({12.5: 40, 13.1: 40, -999.0: 1, 11.0: 9}, "temperature", [("-999", True)]),
        ({55.6: 40, 60.1: 40, 999.0: 1}, "price", [("999", False)]),
        ({241.5: 40, 239.1: 40, -1.0: 3}, "voltage", [("-1", True)]),
        ({241.5: 40, 239.1: 40, 65535.0: 3}, "voltage", [("65535", False)]),
        ({0.5: 40, 1.5: 40, -1.0: 3}, "power", [("-1", False)]),
        ({0.5: 40, 1.5: 40, -1.0: 1}, "power", []),
        ({0.5: 40, -0.5: 40, -1.0: 3, -2.0: 4}, "power", []),
        ({float(v): 3 for v in range(950, 1050)}, "power", []),  # 999 W among its neighbours
        ({0.0: 500, 1.5: 3, 2.5: 2}, "power", []),
        ({0.5: 40, 1.5: 40, 9.96921e36: 3}, "power", [("9.96921e+36", True)]),
        ({5.0: 3}, "power", []),
        ({-5.0: 10, 3.0: 10, -1.0: 10}, "temperature", []),
    ],
)
def test_marks_for_missing_values_are_found_by_evidence_alone(
    values: dict[float, int], quantity: str, expected: list[tuple[str, bool]]
) -> None:
    assert [(s.text, s.confidence >= 0.95) for s in find_sentinels(values, quantity)] == expected


def test_an_impossible_value_is_told_of_and_a_possible_one_asked_about() -> None:
    found = file_of(
        "Temp (°C),Price (£/MWh)",
        lambda i: f"{999 if i == 30 else round(10 + WAVE[i], 1)},{999 if i in {50, 90} else round(50 + WAVE[i], 2)}",
    )
    assert [c.null_values for c in profile(found).channels] == [("999",), ("999",)]
    assert asked(found) == {"null_values:price_gbp_per_mwh": "999"}
    assert [(f.code, f.channel, f.count) for f in found.findings] == [("sentinel-values", "Temp (°C)", 1)]
    no = apply_answers(profile(found), {"null_values:price_gbp_per_mwh": ""}, found.questions)
    assert [c.null_values for c in no.channels] == [("999",), ()]


@given(st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 2)), max_size=50), st.sampled_from(["power", "price", ""]))
def test_no_values_make_the_search_for_marks_fail(values: list[float], quantity: str) -> None:
    counts = {value: values.count(value) for value in values}
    assert {s.value for s in find_sentinels(counts, quantity)} <= set(values)


@pytest.mark.parametrize(
    ("values", "quantity", "said", "is_register", "is_sure"),
    [
        (np.arange(12_345, 12_545, 0.5), "energy", None, True, True),
        (np.concatenate([np.arange(99_900, 100_000, 0.5), np.arange(0, 100, 0.5)]), "energy", None, True, True),
        (np.tile(np.linspace(0, 12, 48), 5), "energy", None, True, True),  # starts anew each midnight
        (np.abs(np.sin(np.arange(300) / 8)), "energy", None, False, True),
        (np.tile([0.0, 0.0, 5.0, 0.0, 3.0], 40), "energy", None, False, True),
        (np.arange(1.0, 13.0), "energy", None, True, False),
        (np.arange(45_000, 45_900, 1.3), "", None, True, False),
        (np.arange(45_000, 45_900, 1.3), "power", None, True, False),
        (np.arange(0.0, 30.0, 0.5), "power", None, False, True),
        (np.arange(45_000, 45_900, 1.3), "energy", False, True, False),
        (np.abs(np.sin(np.arange(300) / 8)), "energy", True, True, False),
        (np.abs(np.sin(np.arange(300) / 8)), "energy", False, False, True),
        (np.full(300, 7.5), "energy", None, False, True),
        (np.arange(10.0, 25.0, 0.05), "temperature", None, False, True),
    ],
)
def test_running_totals_are_told_from_amounts(
    values: np.ndarray, quantity: str, said: bool | None, is_register: bool, is_sure: bool
) -> None:
    found = judge_register([values], quantity, said)
    assert (found.is_register, found.confidence >= 0.8) == (is_register, is_sure)


@given(
    st.floats(1_000, 90_000),
    st.lists(st.floats(0.01, 3), min_size=60, max_size=200),
    st.integers(0, 199),
)
def test_any_dial_is_one_though_it_rolls_over(start: float, steps: list[float], rolled: int) -> None:
    total = np.round(start + np.cumsum(steps), 3)
    shown = np.where(np.arange(len(total)) >= rolled, total, total) % 100_000
    assert judge_register([shown], "energy", None).is_register


def test_a_register_is_never_taken_for_energy_of_an_interval() -> None:
    found = file_of(
        "Import (kWh),Export (kWh),Load (kWh)", lambda i: f"{8000 + i / 3:.2f},{500 + i / 9:.2f},{WAVE[i]:.2f}"
    )
    assert [(c.is_register, c.statistic, c.direction) for c in profile(found).channels] == [
        (True, "last", "import"),
        (True, "last", "export"),
        (False, "sum", ""),
    ]
    assert asked(found) == {}


@pytest.mark.parametrize("rows", [7, 10, 19])
def test_what_falls_back_to_nothing_every_few_rows_is_asked_about_and_hardly_a_dial(rows: int) -> None:
    found = file_of("Import (kWh)", lambda i: f"{i % rows / 10:.1f}")
    assert (channel(found).is_register, channel(found).statistic) == (False, "sum")
    assert asked(found) == {"register:import_kwh": "false"}


def test_a_counter_of_the_day_is_a_dial() -> None:
    assert channel(file_of("Energy (kWh)", lambda i: f"{i % 48 / 10:.1f}")).is_register


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("on", "off"), "boolean"),
        (("Yes", "No"), "boolean"),
        (("Y", "N"), "boolean"),
        (("TRUE", "FALSE"), "boolean"),
        (("Y", "Y"), "text"),
        (("on", "no"), "text"),
    ],
)
def test_words_of_yes_and_no_are_booleans(words: tuple[str, str], kind: str) -> None:
    found = file_of("kW,Switch", lambda i: f"{WAVE[i]:.2f},{words[i // 7 % 2]}")
    assert profile(found).channels[1].kind == kind


def test_the_registers_of_several_meters_and_of_files_from_new_to_old_are_seen() -> None:
    rows = [
        f"{stamp},{meter},{base + i * 0.4:.1f}"
        for i, stamp in enumerate(STAMPS)
        for meter, base in (("M1", 5000), ("M2", 91000))
    ]
    for lines in (rows, rows[::-1]):
        found = inspect(csv("time,meter,kWh", *lines))
        assert (profile(found).series_column, channel(found).is_register) == (1, True)


def test_an_unsure_running_total_is_asked_about() -> None:
    found = file_of("value", lambda i: f"{45_000 + i * 1.3:.1f}")
    assert asked(found)["register:value"] == "true"
    settled = apply_answers(profile(found), {"register:value": "false"}, found.questions).channels[0]
    assert (settled.is_register, settled.statistic) == (False, "sum")


@pytest.mark.parametrize(
    ("heading", "value", "guess"),
    [
        ("Power (kW)", lambda i: 5 * math.sin(i / 8), "net"),
        ("Net (kW)", lambda i: 5 * math.sin(i / 8), "net"),
        ("Net export (kW)", lambda i: 5 * math.sin(i / 8), "net_export"),
        ("Export (kW)", lambda i: -abs(5 * math.sin(i / 8)), "export_minus"),
        ("Grid (kW)", lambda i: -abs(5 * math.sin(i / 8)) - 0.1, "export_minus"),
        ("Import (kW)", lambda i: 5 * math.sin(i / 8), "net"),
        ("Delivered (kWh)", lambda i: abs(math.sin(i / 8)), "import"),
        ("Power (kW)", lambda i: abs(5 * math.sin(i / 8)) - 0.02, None),  # noise about zero
        ("Power (kW)", lambda i: abs(5 * math.sin(i / 8)), None),
        ("Reactive power (kvar)", lambda i: 5 * math.sin(i / 8), None),
        ("Temperature (°C)", lambda i: 5 * math.sin(i / 8), None),
    ],
)
def test_signs_are_asked_about_only_where_they_are_open(
    heading: str, value: Callable[[int], float], guess: str | None
) -> None:
    found = file_of(heading, lambda i: f"{value(i):.2f}")
    assert list(asked(found).values()) == ([guess] if guess else [])


@pytest.mark.parametrize(
    ("answer", "direction", "multiplier"),
    [("net", "net", 1.0), ("net_export", "net", -1.0), ("import", "import", 1.0), ("export_minus", "export", -1.0),
     ("unknown", "", 1.0)],
)  # fmt: skip
def test_the_answer_about_signs_turns_them(answer: str, direction: str, multiplier: float) -> None:
    found = file_of("Power L1 (kW),Power L2 (kW)", lambda i: f"{5 * math.sin(i / 8):.2f},{4 * math.sin(i / 8):.2f}")
    assert asked(found) == {"direction:power_l1_kw": "net"}
    settled = apply_answers(profile(found), {"direction:power_l1_kw": answer}, found.questions)
    assert [(c.direction, c.multiplier) for c in settled.channels] == [(direction, multiplier)] * 2


@pytest.mark.parametrize(
    ("key", "value"),
    [("register:value", "perhaps"), ("direction:value", "up"), ("null_values:value", "lots"), ("decimal", "!")],
)
def test_impossible_answers_about_values_are_refused(key: str, value: str) -> None:
    found = profile(file_of("value", lambda i: f"{WAVE[i]:.2f}"))
    with pytest.raises(InvalidInput):
        apply_answers(found, {key: value})


def test_milliwatts_or_megawatts_is_asked() -> None:
    found = file_of("Load (mW)", lambda i: f"{WAVE[i]:.2f}")
    assert asked(found) == {"unit:load_mw": "mw"}
    assert {"mw", "milliw"} <= {code for code, _ in question(found, "unit:load_mw").choices}
    assert asked(file_of("Load (mW)", lambda i: f"{9000 * WAVE[i]:.0f}")) == {"unit:load_mw": "milliw"}


def test_a_factor_in_the_header_multiplies_and_is_told() -> None:
    found = file_of("Load (x10 kW)", lambda i: f"{WAVE[i]:.2f}")
    assert (channel(found).unit, channel(found).multiplier, asked(found)) == ("kw", 10.0, {})
    assert [f.code for f in found.findings] == ["scaled-values"]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([2.1, 2.4, 1.9, 2205, 1998, 2401], (LevelChange(3, 1000.0),)),
        ([2100, 2400, 1.9, 2.2, 2000, 2400], (LevelChange(2, 0.001), LevelChange(4, 1000.0))),
        ([2.1, 0, 2.4, float("nan"), 2205, 1998], (LevelChange(4, 1000.0),)),
        ([2.1, 2.4, 2205], ()),
        ([2.1, 40, 800, 2205], ()),
        ([2.1, 2205] * 6, ()),
        ([], ()),
    ],
)
def test_slips_of_units_are_found_in_daily_levels(levels: list[float], expected: tuple[LevelChange, ...]) -> None:
    assert find_level_changes(levels) == expected


def test_the_writing_of_a_column_needs_most_of_its_cells() -> None:
    marks = find_marks(["1.5"], ",")
    assert find_writing({"1.5 kW": 9, "2.5 kW": 9, "n/a": 20}, marks).affixes == ("kW",)
    assert find_writing({"1.5 kW": 3, "on": 9}, marks).affixes == ()
    assert find_writing({"1.5 kW": 9, "2.5 W": 1}, marks).affixes == ("kW",)
    assert find_writing({"951 W": 90, "963 W": 90, "1.13 kW": 2, "1.2 kW": 2}, marks).affixes == ()


def test_a_unit_beside_each_value_is_its_unit_and_tells_rows_of_another_apart() -> None:
    one = profile(file_of("Consumption,Unit", lambda i: f"{WAVE[i]:.2f},kWh"))
    two = profile(file_of("Value,UOM", lambda i: f"{WAVE[i]:.2f},kWh" if i < 150 else f"{1000 * WAVE[i]:.0f},Wh"))
    assert [(c.name, c.unit, c.direction) for c in one.channels] == [("Consumption (kWh)", "kwh", "import")]
    assert [(c.name, c.unit) for c in two.channels] == [("Value (kWh)", "kwh"), ("Value (Wh)", "wh")]
    assert (one.spread is not None, two.spread is not None, one.series_column) == (True, True, None)


def test_codes_and_states_are_words_even_where_they_are_numbers() -> None:
    found = file_of("kWh,Quality,Grid,Valid", lambda i: f"{WAVE[i]:.2f},{192 - i % 3},{i % 50},true")
    assert [(c.name, c.kind.value) for c in profile(found).channels] == [
        ("kWh", "number"), ("Quality", "text"), ("Grid", "number"), ("Valid", "boolean"),
    ]  # fmt: skip
    assert profile(found).series_column is None


@pytest.mark.parametrize("name", ["Asset ID", "Session", "Ref"])
def test_letters_before_a_number_make_a_name_of_it(name: str) -> None:
    found = file_of(f"{name},kW", lambda i: f"A{i % 7:04},{WAVE[i]:.2f}")
    assert [(c.kind.value, c.unit) for c in profile(found).channels if c.name == name] in ([("text", "")], [])


@pytest.mark.parametrize("mark", ["3276.7", "-3276.8", "6553.5", "327.67", "655.35"])
def test_a_full_register_written_with_decimals_marks_missing_values(mark: str) -> None:
    found = file_of("Temperature (°C)", lambda i: mark if i % 40 == 7 else f"{WAVE[i]:.1f}")
    assert channel(found).null_values == (mark,)


@pytest.mark.parametrize("marks", [("-9999", "-8888"), ("1234", "1235"), ("9999",)])
def test_numbers_that_no_thermometer_shows_mark_missing_values(marks: tuple[str, ...]) -> None:
    found = file_of("Temp (°C)", lambda i: marks[i // 30 % len(marks)] if i % 30 == 2 else f"{8 + math.sin(i):.1f}")
    assert sorted(channel(found).null_values) == sorted(marks)


def test_a_dial_that_falls_once_is_asked_about() -> None:
    found = file_of("Total import (kWh)", lambda i: f"{5000 + i * 1.1 - (1.5 if i == 77 else 0):.1f}")
    assert asked(found) == {"register:total_import_kwh": "true"}


def test_small_numbers_under_a_personal_heading_are_nobodys() -> None:
    found = file_of("Phone,kW", lambda i: f"{1 + i % 3},{WAVE[i]:.2f}")
    assert profile(found).personal_columns == ()


def test_cells_in_different_units_are_kept_as_text_and_told() -> None:
    found = file_of("Power", lambda i: f"{WAVE[i] * 1000:.0f} W" if i % 3 else f"{WAVE[i]:.2f} kW")
    assert (found.kind, [(f.code, f.channel) for f in found.findings]) == (
        "table",
        [("mixed-units", "Power"), ("no-readings", "")],
    )
    assert "(W, kW)" in found.findings[0].message


@pytest.mark.parametrize(
    ("rare", "count"), [(lambda i: i % 9 == 0, 45), (lambda i: i % 2 == 0, 200)], ids=["some", "half"]
)
def test_two_decimal_marks_in_one_column_are_read_and_told(rare: Callable[[int], bool], count: int) -> None:
    found = file_of("kW;V", lambda i: f"{i % 7},{1 + i % 8};230,5".replace(",", "." if rare(i) else ",", 1), ";")
    assert [rule.kind for rule in profile(found).channels] == ["number", "number"]
    assert channel(found).notation == ("other_mark",)
    [told] = [one for one in found.findings if one.code == "mixed-decimal-marks"]
    assert (told.channel, told.count) == ("kW", count)


def test_a_column_with_the_other_decimal_mark_than_its_file_is_read() -> None:
    found = file_of("kW;kVA;V", lambda i: f"{i % 7},{1 + i % 8};{i % 5},25;23{i % 9}.{i % 8}", ";")
    assert [(rule.kind, rule.unit) for rule in profile(found).channels] == [
        ("number", "kw"), ("number", "kva"), ("number", "v"),
    ]  # fmt: skip
    assert "mixed-decimal-marks" not in {one.code for one in found.findings}


def test_lakhs_and_crores_are_groups_of_digits() -> None:
    found = file_of("Energy (kWh)", lambda i: f'"{i % 9 + 1},{i % 90 + 10:02},{i % 900 + 100}"')
    assert (channel(found).kind, profile(found).dialect.thousands_mark) == ("number", ",")
