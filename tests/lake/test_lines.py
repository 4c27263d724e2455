"""Lines that findings name are those that an editor shows, whatever else stands between the rows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from unittest import mock

import pytest

from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import IngestResult


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("is_direct", [True, False], ids=["direct", "by text"])
def test_lines_are_right_behind_rows_of_another_length_and_blank_lines(
    ingest: Callable[..., IngestResult], make_profile: Callable[..., ImportProfile], end: str, *, is_direct: bool
) -> None:
    rows = [f"2021-01-01 00:{n:02}:00,{n}.5" for n in range(30)]
    rows[5] += ",1"
    rows[12] += ",1"
    rows[13:13] = ["", ""]
    rows[20] = rows[20].replace(".5", "x")
    lines = ["logger 7", "time,kw", *rows]  # rows[5] is line 8
    profile = make_profile(["kw"])
    dialect = profile.dialect.model_copy(update={"skip_lines": 1, "header_lines": 1, "line_end": end})
    text = (end.join(lines) + end).encode()
    with nullcontext() if is_direct else mock.patch("fairwatt.lake.staging._fill_directly", return_value=False):
        result = ingest(text, profile.model_copy(update={"dialect": dialect}))
    told = {finding.code: finding.where for finding in result.findings if finding.code != "gaps"}
    assert told == {
        "ragged-row": ("line 8", "line 15"),
        "not-a-number": ("line 23",),
        "missing-values": ("line 23",),
    }
