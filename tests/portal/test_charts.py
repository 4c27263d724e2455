"""Pictures of readings: gaps stay gaps, units and zone are said, and the words agree with the lines."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.portal.charts import Line, draw_chart

START = datetime(2019, 11, 18, 12, tzinfo=UTC)


def a_line(values: list[float | None], *, step_s: float = 1800, raw: bool = True, **changes: object) -> Line:
    fields: dict[str, object] = {
        "name": "Active Power L1",
        "quantity": "power",
        "quantity_label": "Active power",
        "unit": "kW",
        "starts": [START + timedelta(seconds=step_s * place) for place in range(len(values))],
        "low": values,
        "mean": values,
        "high": values,
        "step_s": step_s,
        "is_raw": raw,
        "shown": len(values),
        "total": len(values),
    }
    return Line(**(fields | changes))


def mean_path(picture: str) -> str:
    match = re.search(r'class="chart__mean" d="([^"]*)"', picture)
    assert match is not None
    return match[1]


def test_a_gap_breaks_the_line_and_is_told() -> None:
    chart = draw_chart(a_line([1.0, 2.0, None, None, 3.0, 4.0]), zone="Europe/London")

    assert mean_path(chart.picture).count("M") == 2
    assert "One gap is seen, from 18 Nov 2019, 13:00 GMT, 1 hour long." in chart.summary
    assert chart.shown == "All 6 readings shown."


def test_two_gaps_are_counted_and_the_longest_is_named() -> None:
    chart = draw_chart(a_line([1.0, None, 2.0, None, None, 3.0]), zone="UTC")

    assert "2 gaps are seen; the longest begins 18 Nov 2019, 13:30 UTC, 1 hour long." in chart.summary


def test_a_gap_between_steps_of_several_readings_is_about_right() -> None:
    steps = a_line([1.0, None, 2.0, None, None, 3.0], raw=False)

    chart = draw_chart(steps, zone="UTC")

    assert "the longest begins about 18 Nov 2019, 13:30 UTC, about 1 hour long." in chart.summary


def test_narrow_screens_show_which_day_it_is() -> None:
    from_afternoon = [START + timedelta(hours=2.5 + number / 2) for number in range(60)]
    two_days = a_line([float(number) for number in range(60)], step_s=1800.0, starts=from_afternoon)

    labels = re.findall(r'class="(minor|major)">([^<]+)<', draw_chart(two_days, zone="UTC").picture)

    assert labels == [
        ("minor", "18:00"),
        ("major", "19 Nov"),
        ("minor", "06:00"),
        ("major", "12:00"),
        ("minor", "18:00"),
    ]


def test_title_axis_and_zone_are_said() -> None:
    chart = draw_chart(a_line([1.0, 2.0]), zone="Europe/London")

    assert (chart.title, chart.axis) == ("Active Power L1 [kW]", "Active power [kW]")
    assert "Time (GMT)" in chart.picture
    assert "lies between 1\u202fkW and 2\u202fkW, around a mean of 1.5\u202fkW" in chart.summary


def test_a_window_over_a_clock_change_names_both_clocks() -> None:
    before = datetime(2020, 10, 24, tzinfo=UTC)
    starts = [before + timedelta(hours=hour) for hour in range(72)]

    chart = draw_chart(a_line([1.0] * 72, step_s=3600, starts=starts), zone="Europe/London")

    assert "Time (GMT and BST)" in chart.picture


def test_thinned_readings_have_an_envelope_and_say_how_many_there_are() -> None:
    line = a_line([2.0, 3.0, 4.0], raw=False, low=[1.0, 2.0, 3.0], high=[5.0, 6.0, 7.0], shown=3, total=2_592_000)

    chart = draw_chart(line, zone="UTC")

    assert 'class="chart__band"' in chart.picture
    assert chart.shown == "3 of 2,592,000 readings shown (min, max, mean of every 30 minutes)."


def test_a_reading_alone_between_gaps_is_a_point() -> None:
    chart = draw_chart(a_line([None, 5.0, None, 6.0, 6.5]), zone="UTC")

    assert re.match(r"^M[\d.]+ [\d.]+h0M", mean_path(chart.picture))


def test_no_reading_at_all_is_said_and_nothing_is_drawn() -> None:
    chart = draw_chart(a_line([None, None]), zone="UTC")

    assert (chart.is_empty, chart.picture, chart.summary) == (
        True,
        "",
        "Active Power L1 has no readings in this window.",
    )


def test_the_table_holds_the_same_extremes_and_its_gaps() -> None:
    values: list[float | None] = [float(place) for place in range(96)]
    values[40:60] = [None] * 20

    rows = draw_chart(a_line(values), zone="UTC").rows

    assert len(rows) == 24
    assert [rows[0].low, rows[0].mean, rows[0].high] == [0.0, 1.5, 3.0]
    assert (rows[12].mean, rows[-1].high) == (None, 95.0)


def test_the_tables_rows_part_the_time_evenly_even_where_a_gap_has_no_steps_of_its_own() -> None:
    starts = [START + timedelta(minutes=30 * place) for place in (*range(24), *range(72, 96))]

    rows = draw_chart(a_line([1.0] * 48, starts=starts), zone="UTC").rows

    assert [row.start for row in rows] == [START + timedelta(hours=2 * part) for part in range(24)]
    assert [row.mean for row in rows] == [1.0] * 6 + [None] * 12 + [1.0] * 6


def test_names_of_channels_can_not_break_out_of_the_picture() -> None:
    chart = draw_chart(a_line([1.0, 2.0], quantity_label="<script>", name='"><b>'), zone="UTC")

    assert "<script>" not in chart.picture


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9, allow_nan=False)), min_size=1, max_size=60),
    st.sampled_from([0.02, 1.0, 5.0, 1800.0, 86_400.0, 2_592_000.0]),
)
def test_any_readings_are_drawn_within_the_frame(values: list[float | None], step_s: float) -> None:
    chart = draw_chart(a_line(values, step_s=step_s), zone="Europe/London")

    if chart.is_empty:
        assert all(value is None for value in values)
        return
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", mean_path(chart.picture).replace("h0", ""))]
    assert all(-0.1 <= number <= 1000.1 for number in numbers)
    assert len(numbers) == 2 * sum(value is not None for value in values)


@pytest.mark.parametrize(
    ("span_s", "expected"),
    [
        (3600, ["12:00", "12:10", "12:20", "12:30", "12:40", "12:50", "13:00"]),
        (0.1, ["00.000", "00.020", "00.040", "00.060", "00.080", "00.100"]),
        (86_400, ["12:00", "18:00", "19 Nov", "06:00", "12:00"]),
        (5 * 86_400, ["19 Nov", "20 Nov", "21 Nov", "22 Nov", "23 Nov"]),
        (365 * 86_400, ["Jan 2020", "Mar 2020", "May 2020", "Jul 2020", "Sep 2020", "Nov 2020"]),
        (20 * 365 * 86_400, ["2020", "2025", "2030", "2035"]),
    ],
)
def test_ticks_stand_at_round_times_of_the_zone(span_s: int, expected: list[str]) -> None:
    step = span_s / 48
    chart = draw_chart(a_line([1.0] * 48, step_s=step), zone="Europe/London")

    times = re.search(r'class="chart__times".*?</svg>', chart.picture)
    assert times is not None
    assert re.findall(r">([^<>]+)</text>", times[0]) == expected


def test_a_reading_alone_without_a_step_is_drawn_in_the_middle() -> None:
    chart = draw_chart(a_line([1.5], step_s=0), zone="UTC")

    assert mean_path(chart.picture).startswith("M500 ")
    assert [row.mean for row in chart.rows] == [1.5]


@pytest.mark.parametrize("spread_s", [0, 1, 7, 7000])
def test_readings_without_a_step_are_drawn_and_tabled_whole(spread_s: int) -> None:
    starts = [START + timedelta(seconds=spread_s * place * place) for place in range(60)]

    chart = draw_chart(a_line([1.0] * 59 + [9.0], step_s=0, starts=starts), zone="UTC")

    assert mean_path(chart.picture).count("L") == 59
    assert len(chart.rows) <= 60
    assert max(row.high for row in chart.rows if row.high is not None) == 9.0


def test_the_sentence_names_the_readings_own_period_not_that_of_the_outermost_steps() -> None:
    begin, end = START + timedelta(minutes=7), START + timedelta(minutes=50)

    chart = draw_chart(a_line([1.0, 2.0], begin=begin, end=end), zone="UTC")

    assert chart.summary.endswith("from 18 Nov 2019, 12:07 UTC to 18 Nov 2019, 12:50 UTC.")
