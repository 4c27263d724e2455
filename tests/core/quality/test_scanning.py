"""The scan as a whole: any readings at all, windows of any size, scores as shares of the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwatt.core.quality import Channel, HealthReport, ReadingsInMemory, Window, scan_health
from tests.core.quality.made import SECOND, codes_of, load, rows_of, scan, times


@dataclass
class InWindows:
    """Readings of several series in windows of a few rows."""

    channels: tuple[Channel, ...]
    parts: dict[str, tuple[np.ndarray, np.ndarray]]
    rows: int = 1_000
    context: int = 200

    @property
    def extent(self) -> tuple[int, int]:
        return min(int(t[0]) for t, _ in self.parts.values()), max(int(t[-1]) for t, _ in self.parts.values())

    def windows(self) -> Iterator[Window]:
        row = 0
        for series, (at, values) in self.parts.items():
            for begin in range(0, len(at), self.rows):
                low = max(0, begin - self.context)
                part = slice(low, begin + self.rows)
                yield Window(series, row + low, at[part], {"x": values[part]}, begin - low)
            row += len(at)


def test_no_rows_at_all_make_an_empty_report() -> None:
    report = scan(np.zeros(0)).report
    assert (report.rows, report.start, report.end, report.findings, report.calendar) == (0, None, None, (), ())
    assert [score.share for _, score in report.scores] == [None, None, None, None]


def test_one_row_is_complete_and_sound() -> None:
    report = scan(np.array([3.5])).report
    assert (report.rows, report.findings) == (1, ())
    assert (report.scores.completeness.share, report.scores.validity.share, report.scores.regularity.share) == (1, 1, 1)
    assert (report.channels[0].minimum, report.channels[0].mean, report.channels[0].maximum) == (3.5, 3.5, 3.5)


def test_clean_data_have_no_findings_and_whole_scores() -> None:
    report = scan(load(17_520), quantity="power", unit="kw", direction="import").report
    assert report.findings == ()
    assert [score.share for _, score in report.scores] == [1.0, 1.0, 1.0, 1.0]
    assert len(report.calendar) == 365
    assert {day.share for day in report.calendar} == {1.0}
    assert set(report.channels[0].strip) == {1.0}


def test_what_no_check_can_judge_has_no_plausibility() -> None:
    assert scan(load(500)).report.scores.plausibility.share is None


def test_shares_are_of_the_data_and_not_of_the_errors() -> None:
    values = load(1_000)
    values[100:150] = np.nan
    values[[300, 500]] = 5_000
    values[700:703] = 99_999
    scores = scan(values).report.scores
    assert (scores.completeness.good, scores.completeness.total) == (947, 1_000)
    assert (scores.validity.good, scores.validity.total) == (945, 950)


def test_a_days_share_is_what_is_there_of_what_should_be() -> None:
    kept = np.r_[0:48, 60:96]
    report = scan(load(96)[kept], times(96)[kept]).report
    assert [(day.day.isoformat(), day.share) for day in report.calendar] == [("2019-01-01", 1.0), ("2019-01-02", 0.75)]


def test_windows_change_nothing_that_is_found_at_a_place() -> None:
    values = load(6_000, 60 * SECOND)
    values[990:1_020] = np.nan
    values[1_990:2_060] = values[1_990]
    values[[2_999, 3_000, 4_500]] += 500
    values[3_999] = values[4_000] = -999
    at = times(6_000, 60 * SECOND)
    whole = scan(values, at)
    split = scan_health(InWindows((Channel("x"),), {"": (at, values)}))
    for code in ("missing-values", "stuck-values", "outliers", "sentinel-values"):
        assert rows_of(split, code) == rows_of(whole, code) != []
    assert split.report.scores == whole.report.scores
    assert split.report.channels[0].strip == whole.report.channels[0].strip


def test_a_run_and_repeats_over_the_borders_of_windows_count_as_in_one() -> None:
    values, at = load(6_000, 60 * SECOND), times(6_000, 60 * SECOND)
    values[1_700:4_400] = values[1_700]  # two windows hold nothing else
    at[4501:5101:2] = at[4500:5100:2]  # 300 repeats, each a row apart
    whole, split = scan(values, at), scan_health(InWindows((Channel("x"),), {"": (at, values)}))
    for code, told in (("stuck-values", 2_700), ("conflicting-rows", 300)):
        counts = [one.count for report in (whole.report, split.report) for one in report.findings if one.code == code]
        assert counts == [told, told]
    assert rows_of(split, "stuck-values") == list(range(1_700, 4_400))
    assert split.report.scores == whole.report.scores
    assert (split.report.channels[0].doubted, split.report.channels[0].present) == (2_700, 5_700)


def test_each_series_is_judged_by_itself() -> None:
    small, large = load(3_000), load(3_000, seed=2) * 50
    small[1_500] = 5_000  # as usual for the other one
    found = scan_health(InWindows((Channel("x"),), {"a": (times(3_000), small), "b": (times(3_000), large)}))
    (one,) = (d for d in found.detections if d.code == "outliers")
    assert (one.series, one.row.tolist(), one.mask(0, 6_000).nonzero()[0].tolist()) == ("a", [1_500], [1_500])
    assert found.report.series == 2
    assert found.report.scores.completeness.total == 6_000


def test_infinite_values_are_told_of_and_are_not_there() -> None:
    values = load(300)
    values[[5, 6]] = np.inf, -np.inf
    found = scan(values)
    assert (rows_of(found, "not-finite"), found.report.scores.completeness.good) == ([5, 6], 298)


def test_a_report_is_the_same_after_its_json() -> None:
    values = load(500)
    values[100] = 9_000
    report = scan(values).report
    assert HealthReport.model_validate_json(report.model_dump_json()) == report


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 1.0, 999.0])), max_size=60
    ),
    st.lists(st.integers(0, 10**7), max_size=60),
)
def test_any_readings_at_all_are_scanned(values: list[float], stamps: list[int]) -> None:
    rows = min(len(values), len(stamps))
    at = np.array(stamps[:rows], dtype=np.int64) * SECOND
    channels = (Channel("x", "Solar power", "power", "kw", "import"), Channel("v", "V L1", "voltage", "v"))
    column = np.array(values[:rows], dtype=np.float64)
    report = scan_health(ReadingsInMemory(channels, at, {"x": column, "v": column})).report
    assert report.rows == rows
    for _, score in report.scores:
        assert 0 <= score.good <= score.total


@pytest.mark.parametrize("code", ["outliers", "missing-rows", "stuck-values"])
def test_every_place_says_how_much_speaks_for_it(code: str) -> None:
    values, at = load(2_000), times(2_000)
    values[500] = 5_000
    values[900:960] = values[900]
    found = scan(np.delete(values, [100, 101]), np.delete(at, [100, 101]))
    assert code in codes_of(found)
    assert all(place.evidence >= 1 for finding in found.report.findings for place in finding.places)
