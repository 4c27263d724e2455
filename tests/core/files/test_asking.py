"""Questions to a person, and the profile with the answers."""

from __future__ import annotations

import pytest

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files import How, apply_answers, open_questions
from tests.core.files.samples import csv, half_hours, inspect

DATA = csv(
    "start time,value,Active Power L1,Active Power L2",
    *half_hours(48, start="2021-02-01 00:00", cells=["1.5", "2", "3"], form="%d/%m/%Y %H:%M"),
)


def test_one_question_stands_for_all_channels_alike() -> None:
    questions = inspect(DATA).questions
    assert [q.id for q in questions] == ["time_zone", "day_first", "unit:value", "unit:active_power_l1"]
    unit = questions[-1]
    assert unit.text == "Which unit are ‘Active Power L1’ and ‘Active Power L2’ in?"
    assert unit.guess in dict(unit.choices)
    assert unit.choices[-1] == ("unknown", "I don't know")


def test_one_question_stands_for_a_family_told_apart_by_letters_and_so_does_its_answer() -> None:
    names = [f"Flat {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWX"]
    cells = [f"{1 + n % 7 * 0.35:.2f}" for n in range(24)]
    found = inspect(csv(f"time (UTC),{','.join(names)},Lift", *half_hours(48, cells=[*cells, "0.5"])))
    asked = [q for q in found.questions if q.id.startswith("unit:")]
    assert [(q.id, q.text) for q in asked] == [
        ("unit:flat_a", "Which unit are ‘Flat A’ and 23 more like it in?"),
        ("unit:lift", "Which unit is ‘Lift’ in?"),
    ]
    assert found.profile is not None
    profile = apply_answers(found.profile, {"unit:flat_a": "kwh", "unit:lift": "unknown"}, found.questions)
    assert [(c.quantity, c.unit, c.how) for c in profile.channels[:24]] == [("energy", "kwh", "confirmed")] * 24
    assert profile.channels[24].unit == ""


def test_every_guess_is_among_its_choices() -> None:
    assert all(q.guess in dict(q.choices) for q in inspect(DATA).questions)


def test_answers_settle_the_profile() -> None:
    found = inspect(DATA)
    assert found.profile is not None
    answers = {"time_zone": "UTC", "day_first": "false", "unit:value": "degc", "unit:active_power_l1": "kw"}
    profile = apply_answers(found.profile, answers, found.questions)
    rule = profile.timestamp
    assert (rule.time_zone, rule.time_zone_how, rule.format, rule.day_first) == (
        "UTC",
        How.CONFIRMED,
        "%m/%d/%Y %H:%M",
        False,
    )
    assert [(c.quantity, c.unit, c.how) for c in profile.channels] == [
        ("temperature", "degc", "confirmed"),
        ("power", "kw", "confirmed"),
        ("power", "kw", "confirmed"),
    ]
    assert open_questions(profile, found.questions, answers) == ()
    assert open_questions(profile, found.questions, {}) == tuple(q for q in found.questions if q.id == "day_first")


def test_a_confirmed_guess_of_the_day_changes_nothing_but_its_source() -> None:
    found = inspect(DATA)
    assert found.profile is not None
    profile = apply_answers(found.profile, {"day_first": "true"}, found.questions)
    assert profile.timestamp.format == "%d/%m/%Y %H:%M"


def test_nobody_need_know_the_unit() -> None:
    found = inspect(DATA)
    assert found.profile is not None
    channel = apply_answers(found.profile, {"unit:value": "unknown"}, found.questions).channels[0]
    assert (channel.unit, channel.how, channel.why) == ("", How.CONFIRMED, "Nobody knows the unit.")


def test_a_quantity_may_be_told() -> None:
    found = inspect(DATA)
    assert found.profile is not None
    profile = apply_answers(
        found.profile, {"unit:value": "percent", "quantity:value": "state_of_charge"}, found.questions
    )
    assert (profile.channels[0].quantity, profile.channels[0].unit) == ("state_of_charge", "percent")


@pytest.mark.parametrize(
    ("unit", "quantity", "direction", "statistic"), [("kwh", "energy", "import", "sum"), ("v", "voltage", "", "")]
)
def test_a_unit_that_is_told_brings_the_direction_in_the_name(
    unit: str, quantity: str, direction: str, statistic: str
) -> None:
    rows = (f"{row.split(',')[0]},{10 + n % 7}" for n, row in enumerate(half_hours(60)))
    found = inspect(csv("time,Import", *rows))
    assert found.profile is not None
    (channel,) = apply_answers(found.profile, {"unit:import": unit}, found.questions).channels
    assert (channel.quantity, channel.direction, channel.statistic) == (quantity, direction, statistic)


def test_the_end_of_intervals_may_be_told() -> None:
    found = inspect(csv("time,kWh", *half_hours(48, start="2021-01-04 00:30")))
    assert found.profile is not None
    assert apply_answers(found.profile, {"stamp": "end"}, found.questions).timestamp.stamp == "end"


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"time_zone": "Mars"}, "There is no time zone 'Mars'."),
        ({"day_first": "maybe"}, "'maybe' is no answer here."),
        ({"unit:value": "furlong"}, "There is no unit 'furlong'."),
        ({"quantity:value": "luck"}, "There is no quantity 'luck'."),
        ({"unit:other": "kw"}, "Nobody asked 'unit:other'."),
        ({"quantity:other": "power"}, "There is no channel 'other'."),
        ({"colour": "green"}, "Nobody asked 'colour'."),
    ],
)
def test_impossible_answers_are_refused_at_their_field(answers: dict[str, str], message: str) -> None:
    found = inspect(DATA)
    assert found.profile is not None
    with pytest.raises(InvalidInput) as refused:
        apply_answers(found.profile, answers, found.questions)
    assert refused.value.message == message


def test_the_same_answers_give_the_same_profile() -> None:
    found = inspect(DATA)
    assert found.profile is not None
    answers = {"time_zone": "Europe/London", "unit:value": "kw"}
    one, two = (apply_answers(found.profile, answers, found.questions) for _ in range(2))
    assert one.digest == two.digest != found.profile.digest


def test_a_first_time_one_step_after_midnight_is_asked_about() -> None:
    found = inspect(csv("time,kWh", *half_hours(70, start="2021-01-04 00:30")))
    assert [(q.id, q.guess) for q in found.questions] == [("time_zone", "Europe/London"), ("stamp", "end")]
    started = inspect(csv("time,kWh", *half_hours(70, start="2021-01-04 00:00")))
    assert [(q.id, q.guess) for q in started.questions] == [("time_zone", "Europe/London"), ("stamp", "start")]


@pytest.mark.parametrize("heading", ["V1 Min,L1-N (V)", "L1-N (V),V1 Min"])
def test_a_unit_that_somebody_says_of_one_channel_is_not_that_of_a_head_that_says_another(heading: str) -> None:
    rows = [f"{row.split(',')[0]},{3 + i % 7 / 4},{4 + i % 7 / 4}" for i, row in enumerate(half_hours(96))]
    found = inspect(csv(f"time,{heading}", *rows))
    assert found.profile is not None
    assert "unit:v1_min" in {question.id for question in found.questions}
    said = apply_answers(found.profile, {"unit:v1_min": "kv"}, found.questions)
    assert {c.name: c.unit for c in said.channels} == {"V1 Min": "kv", "L1-N (V)": "v"}


@pytest.mark.parametrize(("zone", "left"), [("UTC", []), ("Etc/GMT-1", []), ("Europe/London", ["counts"])])
def test_how_intervals_count_is_asked_only_where_clocks_change(zone: str, left: list[str]) -> None:
    rows = [f"2021-10-{day:02},{hour},1.5" for day in range(20, 32) for hour in range(24)]
    found = inspect(csv("Date,Hour,kWh", *rows))
    assert [question.id for question in found.questions] == ["time_zone", "counts"]
    assert found.profile is not None
    profile = apply_answers(found.profile, {"time_zone": zone}, found.questions)
    assert [question.id for question in open_questions(profile, found.questions, {"time_zone": zone})] == left
