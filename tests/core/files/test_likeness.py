"""How much files look like those of a saved profile."""

from __future__ import annotations

from fairwatt.core.files import FileSample, Inspection, apply_answers, inspect_file
from fairwatt.core.files.likeness import Likeness, likeness_of

HEAD = "time,Import (kWh),Voltage (V),Note"


def _file(head: str = HEAD, *, day: str = "2020-09-{:02}", mark: str = ",", hours: int = 48) -> Inspection:
    rows = (
        [f"{day.format(1 + h // 24)} {h % 24:02}:00", f"{h / 8:.3f}", f"24{h % 3}.5", str(h % 2)] for h in range(hours)
    )
    lines = [head.replace(",", mark), *(mark.join(row[: head.count(",") + 1]) for row in rows)]
    return inspect_file(FileSample.of("\n".join(lines).encode() + b"\n"), name="meter.csv")


def _likeness(saved: Inspection, other: Inspection, **answers: str) -> Likeness:
    assert saved.profile is not None
    return likeness_of(apply_answers(saved.profile, answers), other)


def test_the_next_file_of_a_logger_is_perfectly_like_the_last() -> None:
    found = _likeness(_file(), _file(day="2021-03-{:02}", hours=96), time_zone="Europe/London")
    assert (found.is_perfect, found.score, found.misfit) == (True, 1.0, "")
    assert found.words == "3 of 3 columns the same"


def test_a_channel_that_somebody_left_out_counts_neither_way() -> None:
    found = _likeness(_file(), _file(day="2021-03-{:02}"), time_zone="UTC", **{"leave_out:note": "true"})
    assert (found.is_perfect, found.words) == (True, "2 of 2 columns the same")


def test_a_renamed_column_is_a_misfit_that_says_which() -> None:
    found = _likeness(_file(), _file(HEAD.replace("Voltage", "Spannung")))
    assert (found.same, found.total, found.is_perfect) == (2, 3, False)
    assert "‘Voltage (V)’ in column 3" in found.misfit
    assert found.score < 0.6


def test_times_written_otherwise_are_no_perfect_fit_though_the_columns_are_the_same() -> None:
    found = _likeness(_file(), _file(day="{:02}/09/2020"))
    assert (found.same, found.total, found.is_perfect) == (3, 3, False)
    assert found.misfit == "It is for times written yyyy-mm-dd hh:mm, those of the file are written dd/mm/yyyy hh:mm."
    assert found.differences == ("times written otherwise",)
    assert 0.6 < found.score < 1


def test_day_and_month_exchanged_are_no_other_way_of_writing() -> None:
    assert _likeness(_file(day="{:02}/09/2020"), _file(day="09/{:02}/2020")).differences == ()


def test_a_file_with_fewer_columns_is_like_a_part_of_it() -> None:
    found = _likeness(_file(), _file("time,Import (kWh),Voltage (V)"))
    assert (found.same, found.total) == (2, 3)
    assert found.misfit == "It is for 4 columns, the file has 3."


def test_nothing_is_like_a_file_without_readings() -> None:
    text = inspect_file(FileSample.of(b"name,town\nAnn,Oxford\nBen,Reading\n"), name="people.csv")
    found = _likeness(_file(), text)
    assert (found.same, found.score, bool(found.misfit)) == (0, 0.0, True)
