"""Numbers, dates and coverage as pages write them."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape

import pytest

from fairwatt.portal.coverage import draw_coverage, say_coverage
from fairwatt.portal.templatetags import figures
from fairwatt.portal.wording import each_step, name_with_unit, write_value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (246.512, "246.5"),
        (0.000123456, "0.0001235"),
        (1_234_567.0, "1\u202f234\u202f567"),
        (-12.5, "−12.5"),
        (12.0, "12"),
        (9_999.96, "10\u202f000"),
        (1e-12, "1.000e−12"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_a_measured_value_has_four_figures(value: float, written: str) -> None:
    assert write_value(value) == written


def test_numbers_in_columns_have_thin_spaces_and_in_sentences_commas() -> None:
    assert (figures.number(2_592_000), figures.counted(2_592_000)) == ("2\u202f592\u202f000", "2,592,000")
    assert (figures.number(None), figures.measured(None), figures.size(None)) == ("", "–", "")
    assert figures.measured(12.5, "kW") == "12.5\u202fkW"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1, "100\u202f%"),
        (0, "0\u202f%"),
        (0.99999, "99.9\u202f%"),
        (0.00001, "<\u202f0.1\u202f%"),
        (0.5, "50.0\u202f%"),
    ],
)
def test_a_share_is_whole_only_where_it_is(value: float, written: str) -> None:
    assert figures.share(value) == written


def test_an_instant_is_british_with_its_zone_and_readable_by_programs() -> None:
    at = datetime(2019, 11, 18, 11, 45, 43, tzinfo=UTC)

    assert figures.instant(at, "Europe/London") == (
        '<time datetime="2019-11-18T11:45:43Z">18 Nov 2019, 11:45:43 GMT</time>'
    )
    assert figures.day(at, "Europe/London") == '<time datetime="2019-11-18">18 November 2019</time>'


@pytest.mark.parametrize(
    ("start", "end", "written"),
    [
        ((2019, 11, 18), (2019, 11, 19), "18 Nov 2019"),
        ((2019, 11, 18), (2019, 11, 20), "18 Nov to 19 Nov 2019"),
        ((2019, 11, 18), (2020, 1, 1), "18 Nov to 31 Dec 2019"),
        ((2019, 11, 18), (2020, 1, 2), "18 Nov 2019 to 1 Jan 2020"),
    ],
)
def test_the_days_of_a_period_leave_out_its_end(
    start: tuple[int, int, int], end: tuple[int, int, int], written: str
) -> None:
    assert figures.days_of(datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC), "UTC") == written


def test_an_unknown_period_is_written_as_nothing() -> None:
    assert (figures.period(None, None), figures.days_of(None, None), figures.instant(None)) == ("", "", "")


def test_a_unit_is_said_once() -> None:
    assert name_with_unit("Voltage L1", "V") == "Voltage L1 [V]"
    assert name_with_unit("Current [A]", "A") == "Current [A]"
    assert name_with_unit("Voltage L1N (V) Min", "V") == "Voltage L1N (V) Min"
    assert name_with_unit("Flicker", "") == "Flicker"


def test_a_step_of_one_is_said_without_the_one() -> None:
    assert [each_step(s) for s in (1, 5, 3600, 1800, 86_400)] == ["second", "5 seconds", "hour", "30 minutes", "day"]


def test_coverage_joins_full_parts_and_leaves_gaps_empty() -> None:
    drawn = draw_coverage([1, 1, 0, 0.5])

    assert drawn.count("<rect") == 2
    assert '<rect x="0" y="0.0" width="2" height="24.0"/>' in drawn
    assert '<rect x="3" y="12.0" width="1" height="12.0"/>' in drawn
    assert 'aria-label="Readings cover 62.5 % of the period; 1 of its 4 parts has none."' in drawn


def test_full_coverage_says_all_and_none_draws_nothing() -> None:
    assert say_coverage([1.0] * 60) == "Readings cover all of the period."
    assert draw_coverage([]) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "written"),
    [
        (
            "2025-11-18T17:00:00+00:00",
            '<time datetime="2025-11-18T17:00:00Z">18 Nov 2025, 17:00 GMT</time>',
        ),
        ("2025-07-01", '<time datetime="2025-07-01">1 July 2025</time>'),
        ("2025-13-45", "2025-13-45"),
        ("As instructed", "As instructed"),
        ("", ""),
    ],
)
def test_instants_and_days_among_the_answers_are_written_as_everywhere(text: str, written: str) -> None:
    assert figures.stated(text) == written


def test_long_names_may_break_after_underscores_and_stay_the_same_text() -> None:
    assert figures.breakable("MVSA1_2_1_P11.txt") == "MVSA1_2_1_P11.txt"
    long = "power_<b>_quality_of_the_school_between_two_events.csv"
    shown = figures.breakable(long)
    assert shown.startswith("power_<wbr>&lt;b&gt;_<wbr>quality_<wbr>of")
    assert unescape(shown.replace("<wbr>", "")) == long
