"""How times are written is told in words that people use, and never in a program's codes."""

from __future__ import annotations

import pytest

from fairwatt.core.files.form_words import say_form
from tests.core.files.samples import csv, half_hours, inspect

FORMS = """
%d/%m/%Y %H:%M > dd/mm/yyyy hh:mm
%Y-%m-%dT%H:%M:%S.%f%z > yyyy-mm-ddThh:mm:ss.ffffff offset
%d%b%Y > dd month yyyy
%I:%M %p > hh:mm am/pm
%Y-%m-%d %H:%M:%S %Z > yyyy-mm-dd hh:mm:ss zone
%Y-%j > yyyy-day of the year
%Y/%y from 04 > yyyy/yy, from month 4
%d/%m/%Y day_minutes > dd/mm/yyyy minutes since midnight
%H:%M to %H:%M > hh:mm to hh:mm
epoch_ms > as milliseconds since 1970
excel_serial > as a spreadsheet’s serial numbers of days
"""


@pytest.mark.parametrize("line", FORMS.strip().splitlines())
def test_formats_are_told_in_words(line: str) -> None:
    form, _, said = line.partition(" > ")
    assert say_form(form) == said


def test_findings_tell_forms_as_people_write_them() -> None:
    rows = [row if i % 3 else row.replace(":00,", ",", 1) for i, row in enumerate(half_hours(60))]
    (told,) = [f for f in inspect(csv("time,kW", *rows)).findings if f.code == "mixed-time-forms"]
    assert "%" not in told.message
    assert "yyyy-mm-dd hh:mm:ss" in told.message
