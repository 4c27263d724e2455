"""Findings of samples and of all rows are told once."""

from __future__ import annotations

from fairwatt.core.findings import Finding, without_repeats


def finding(code: str, channel: str, message: str, count: int = 1) -> Finding:
    return Finding(code=code, channel=channel, message=message, count=count)


def test_what_all_rows_say_again_is_left_out_by_its_words() -> None:
    early = [finding("repeated-header", "", "The header stands once more."), finding("no-header", "", "None.")]
    late = [finding("repeated-header", "", "The header stands once more.", count=3)]
    assert without_repeats(early, late) == (early[1],)


def test_marks_for_missing_values_are_told_once_a_channel_by_all_rows() -> None:
    early = [finding("sentinel-values", "kW", "9999 is far off."), finding("sentinel-values", "V", "-1 is far off.")]
    late = [finding("sentinel-values", "kW", "Row 7: '9999' stands for a missing value.", count=17)]
    assert without_repeats(early, late) == (early[1],)


def test_other_findings_of_one_channel_are_all_kept() -> None:
    early = [finding("not-a-number", "kW", "A cell holds words.")]
    late = [finding("not-a-number", "kW", "Row 3: 'x' is no number.")]
    assert without_repeats(early, late) == tuple(early)
