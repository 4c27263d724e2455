"""Gas days: by the Uniform Network Code they begin at 05:00 on British clocks, and did at 06:00 before October 2015."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.meaning import words_of
from fairwatt.core.files.profile import Question
from fairwatt.core.files.stamps import DAY, MICROS

BEGINS = {"05:00": 5 * 3_600, "06:00": 6 * 3_600, "00:00": 0}  # after midnight [s]
_HEAD = re.compile(r"\bgas ?days?\b")
_FIRST_AT_FIVE = (datetime(2015, 10, 1) - datetime(1970, 1, 1)).total_seconds() * MICROS


def ask_gas_day(names: Sequence[str], times: FileTimes) -> Question | None:
    """Ask when the days begin that dates under the heading Gas Day name; None where there are none.

    Parameters
    ----------
    names
        The columns' names.
    times
        Where the file's times stand.
    """
    if times.has_zone or times.is_dateless or not any(_HEAD.search(words_of(names[c])) for c in times.columns):
        return None
    stamps = np.concatenate([*times.runs(), np.zeros(0, np.int64)])
    if not len(stamps) or (stamps % DAY).any():
        return None
    is_old = float(stamps.max()) < _FIRST_AT_FIVE
    return Question(
        id="day_begins",
        text="When do the days begin that the dates name?",
        guess="06:00" if is_old else "05:00",
        why="The heading says gas day: those begin at 05:00 on British clocks, and did at 06:00 before October 2015.",
        confidence=0.8,
        choices=(
            ("05:00", "At 05:00, as gas days since October 2015"),
            ("06:00", "At 06:00, as gas days before"),
            ("00:00", "At midnight"),
        ),
    )
