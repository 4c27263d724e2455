"""Dates that a spreadsheet has half turned are recognized, asked about, and mended by the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files import apply_answers
from fairwatt.core.files.inspection import Inspection
from fairwatt.core.files.stamps import NOT_A_TIME
from fairwatt.core.files.swapped_days import as_they_stand, first_turn, is_mixture, mixed_forms
from tests.core.files.samples import inspect

HALF_HOUR, DAY = timedelta(minutes=30), timedelta(days=1)
BEGIN = datetime(2022, 1, 1, tzinfo=UTC)


def turned(moment: datetime, form: str, odd: str) -> str:
    """A date as it comes back from a spreadsheet that takes the first number for the month where it can."""
    if moment.day > 12:
        return moment.strftime(odd)
    return moment.replace(month=moment.day, day=moment.month).strftime(form)


def look_at(cells: list[str], name: str = "Date") -> Inspection:
    text = f"{name},kWh\n" + "".join(f"{cell},{1 + at % 7}.5\n" for at, cell in enumerate(cells))
    return inspect(text.encode(), name="meter.csv")


CASES = {
    "text, day first": ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M", HALF_HOUR, "true"),
    "text, month first": ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M", HALF_HOUR, "false"),
    "cells of dates among text": ("%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", HALF_HOUR, "true"),
    "written anew as ISO": ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", HALF_HOUR, "false"),
    "days": ("%d/%m/%Y", "%d/%m/%Y", DAY, "true"),
}


@pytest.mark.parametrize(("form", "odd", "step", "other"), CASES.values(), ids=CASES)
def test_dates_of_which_some_were_turned_are_asked_about(form: str, odd: str, step: timedelta, other: str) -> None:
    begin = datetime(2024, 1, 5, tzinfo=UTC)
    found = look_at([turned(begin + n * step, form, odd) for n in range(960 if step == HALF_HOUR else 60)])
    question = next(question for question in found.questions if question.id == "day_first")
    assert (question.guess, [value for value, _ in question.choices]) == ("mixed", ["mixed", other])
    assert "both are up to 12" in question.why
    assert "meters" not in {each.id for each in found.questions}

    assert found.profile is not None
    mended = apply_answers(found.profile, {"day_first": "mixed"}, found.questions)
    assert found.profile.resolution_s == step.total_seconds()
    forms = [mended.timestamp.format, *mended.timestamp.formats]
    for n in range(20):  # as an engine does: the first that fits
        assert _first_fitting(turned(begin + n * step, form, odd), forms) == begin + n * step
    as_it_stands = apply_answers(mended, {"day_first": other}, found.questions).timestamp
    assert {as_it_stands.format, *as_it_stands.formats} == {form, odd}


def _first_fitting(text: str, forms: list[str]) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def test_days_of_a_wide_table_are_mended_too() -> None:
    days = [turned(BEGIN + n * DAY, "%d/%m/%Y", "%d/%m/%Y") for n in range(60)]
    heads = ",".join(f"{half // 2:02}:{30 * (half % 2):02}" for half in range(48))
    rows = [f"{day},{','.join(f'{(n + half) % 9}.5' for half in range(48))}" for n, day in enumerate(days)]
    found = inspect("\n".join([f"Date,{heads}", *rows, ""]).encode(), name="meter.csv")
    question = next(question for question in found.questions if question.id == "day_first")
    assert question.guess == "mixed"
    assert found.profile is not None
    rule = apply_answers(found.profile, {"day_first": "mixed"}, found.questions).timestamp
    assert (rule.format, rule.formats) == ("%m/%d/%Y", ("%d/%m/%Y",))


@given(
    st.integers(0, 26_000),
    st.integers(30, 400),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"]),
)
def test_dates_as_they_were_logged_are_never_taken_for_turned_ones(hour: int, days: int, date: str) -> None:
    cells = [(BEGIN + timedelta(hours=hour) + n * timedelta(hours=4)).strftime(f"{date} %H:%M") for n in range(days)]
    assert all(question.guess != "mixed" for question in look_at(cells).questions)


def test_a_file_whose_order_changes_says_where() -> None:
    begin = datetime(2024, 6, 1, tzinfo=UTC)
    cells = [(begin + n * HALF_HOUR).strftime("%d/%m/%Y %H:%M" if n < 200 else "%m/%d/%Y %H:%M") for n in range(400)]
    question = next(question for question in look_at(cells).questions if question.id == "day_first")
    assert "the other one does from 06/05/2024 04:00" in question.why
    assert question.confidence < 0.5


def test_formats_are_mixed_and_told_again() -> None:
    forms = ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S"]
    mixed = mixed_forms(forms)
    assert mixed == ("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%Y-%d-%m %H:%M:%S", "%Y-%m-%d %H:%M:%S")
    assert is_mixture(mixed)
    assert not is_mixture(forms)
    assert as_they_stand(mixed) == tuple(forms)


@pytest.mark.parametrize(("missing", "turn"), [((), 36), ((36,), None), ((5, 36), None)])
def test_rows_without_a_time_are_no_steps_of_either_order(missing: tuple[int, ...], turn: int | None) -> None:
    hour, row = 3_600_000_000, np.arange(72)
    turned = row + row // 12 * 700 + 700  # every twelve hours a month further
    one, other = np.where(row < 36, row, turned) * hour, np.where(row < 36, turned, row) * hour
    one[list(missing)] = other[list(missing)] = NOT_A_TIME
    assert first_turn(([one], [other])) == turn
