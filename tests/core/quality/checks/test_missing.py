"""Every missing row and value is found, in LEO's classes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.core.quality.made import codes_of, load, rows_of, scan, times


@given(st.sets(st.integers(1, 398), max_size=200), st.sets(st.integers(0, 399), max_size=100))
def test_all_that_is_missing_is_counted(rows: set[int], values: set[int]) -> None:
    kept = np.array([i for i in range(400) if i not in rows])
    column = load(400)
    column[list(values)] = np.nan
    report = scan(column[kept], times(400)[kept]).report
    counts = {finding.code: finding.count for finding in report.findings if finding.code.startswith("missing")}
    blank = len(values - rows)
    wanted = {"missing-rows": len(rows), "missing-values": blank}
    assert counts == {code: count for code, count in wanted.items() if count}
    assert report.scores.completeness.total == 400
    assert report.scores.completeness.good == 400 - len(rows | values)


def test_runs_are_of_leos_classes() -> None:
    column = load(300)
    for begin, length in ((10, 1), (20, 2), (30, 3), (40, 10), (60, 11), (100, 50)):
        column[begin : begin + length] = np.nan
    (finding,) = (f for f in scan(column).report.findings if f.code == "missing-values")
    assert [(one.name, one.blocks, one.count) for one in finding.classes] == [
        ("1-2", 2, 3),
        ("3-10", 2, 13),
        (">10", 2, 61),
    ]
    assert [(p.row, p.count) for p in finding.places] == [(10, 1), (20, 2), (30, 3), (40, 10), (60, 11), (100, 50)]


def test_the_period_of_missing_rows_is_told() -> None:
    kept = np.r_[0:100, 103:200]
    (finding,) = scan(load(200)[kept], times(200)[kept]).report.findings
    (place,) = finding.places
    assert (place.start.isoformat(), place.end.isoformat()) == (
        "2019-01-03T02:00:00+00:00",
        "2019-01-03T03:30:00+00:00",
    )
    assert (place.count, place.row, place.rows) == (3, 100, 0)


def test_a_channel_without_values_is_told_of() -> None:
    found = scan(np.full(50, np.nan))
    assert codes_of(found) == {"empty-channel", "missing-values"}
    assert found.report.scores.validity.share is None
    assert rows_of(found, "missing-values") == list(range(50))
