"""Corrections beyond what is asked, and a saved profile's answers as guesses."""

from __future__ import annotations

import pytest

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files import FileSample, ImportProfile, apply_answers, inspect_file, open_questions
from fairwatt.core.files.correcting import answer_of, guessed_by
from fairwatt.core.files.profile import Question

TEXT = b"time,Import (kWh),Voltage (V),Flow\n" + b"".join(
    f"2020-09-0{1 + h // 24} {h % 24:02}:00,{h / 8},24{h % 3}.5,{(-1) ** h * h}\n".encode() for h in range(48)
)


@pytest.fixture
def profile() -> ImportProfile:
    found = inspect_file(FileSample.of(TEXT), name="meter.csv").profile
    assert found is not None
    return found


def _channel(profile: ImportProfile, field: str) -> dict[str, object]:
    return next(channel.model_dump() for channel in profile.channels if channel.field == field)


def test_a_statistic_can_be_corrected_and_nothing_else_changes(profile: ImportProfile) -> None:
    changed = apply_answers(profile, {"statistic:voltage_v": "max"})
    assert _channel(changed, "voltage_v") == {**_channel(profile, "voltage_v"), "statistic": "max"}
    assert changed.channels[0] == profile.channels[0]
    forgotten = apply_answers(changed, {"statistic:voltage_v": "unknown"})
    assert _channel(forgotten, "voltage_v")["statistic"] == ""


def test_a_channel_can_be_left_out_whatever_else_is_said_of_it_and_is_asked_about_no_more(
    profile: ImportProfile,
) -> None:
    answers = {"leave_out:flow": "true", "unit:flow": "kw", "time_zone": "UTC"}
    changed = apply_answers(profile, answers)
    assert [channel.field for channel in changed.channels] == ["import_kwh", "voltage_v"]
    asked = [Question(id="unit:flow", text="?", guess="kw", why="."), Question(id="x", text="?", guess="", why=".")]
    assert [question.id for question in open_questions(changed, asked, {})] == ["x"]
    assert apply_answers(profile, {"leave_out:flow": "false"}) == profile


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"statistic:voltage_v": "median"}, "statistic:voltage_v"),
        ({"statistic:nothing": "max"}, "statistic:nothing"),
        ({"leave_out:flow": "perhaps"}, "leave_out:flow"),
        (
            {"leave_out:flow": "true", "leave_out:voltage_v": "true", "leave_out:import_kwh": "true"},
            "leave_out:import_kwh",
        ),
    ],
)
def test_what_can_not_be_is_refused_by_its_name(profile: ImportProfile, answers: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        apply_answers(profile, answers)
    assert refusal.value.where["field"] == field


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("time_zone", "Europe/London"),
        ("stamp", "end"),
        ("unit:flow", "kw"),
        ("quantity:flow", "power"),
        ("direction:flow", "net_export"),
        ("register:import_kwh", "true"),
        ("null_values:flow", "-1 999"),
        ("statistic:voltage_v", "min"),
    ],
)
def test_a_profile_says_back_what_it_was_told(profile: ImportProfile, question: str, answer: str) -> None:
    assert answer_of(apply_answers(profile, {question: answer}), question) == answer


def test_a_profile_says_nothing_of_what_it_does_not_know(profile: ImportProfile) -> None:
    assert [answer_of(profile, one) for one in ("time_zone", "day_first", "counts", "table", "unit:nothing")] == [
        None, None, None, None, None,
    ]  # fmt: skip


def test_a_saved_profile_answers_questions_as_a_guess_that_is_nearly_sure(profile: ImportProfile) -> None:
    saved = apply_answers(profile, {"time_zone": "Africa/Nairobi", "unit:flow": "kw"})
    choices = (("UTC", "UTC"), ("Europe/London", "UK"))
    zone = Question(id="time_zone", text="?", guess="UTC", why="Often.", choices=choices)
    other = Question(id="table", text="Which?", guess="Jan", why="The largest.")
    [told, kept] = guessed_by(saved, [zone, other], why="Your logger is read so.", sure=0.95)
    assert (told.guess, told.why, told.confidence) == ("Africa/Nairobi", "Your logger is read so.", 0.95)
    assert told.choices == (("Africa/Nairobi", "Africa/Nairobi"), *choices)
    assert kept == other
