"""Times that are whole periods of the calendar: months, quarters, years, and years that begin in April.

A quarter's form has ``Q%q``. A year over two calendar years (``2019/20``) has the form ``%Y/%y from 04``, with the
month in which it begins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fairwatt.core.files.stamps import MONTHS, Moment, full_year, month_name, tidy, year_form

QUARTERS = {1: "01", 2: "04", 3: "07", 4: "10"}  # → the month in which each begins
FROM = " from "
_YEAR = r"(?:19|20)\d{2}"
_WORD = "[A-Za-z]{3,9}"
_MONTH_ALONE = re.compile(
    rf"(?P<y>{_YEAR})(?P<s>[-/ ]?)(?P<m>0[1-9]|1[0-2])|(?P<mon>{_WORD})(?P<s2>[- /.]?)(?P<y2>\d{{4}}|\d{{2}})"
    rf"|(?P<m3>[01]?\d)(?P<s3>[-/])(?P<y3>{_YEAR})|(?P<y4>{_YEAR})(?P<s4>[- /])(?P<mon4>{_WORD})"
)
_QUARTER = re.compile(
    rf"(?P<y>{_YEAR})(?P<s>[- /:]?)Q(?P<q>[1-4])|Q(?P<q2>[1-4])(?P<s2>[- /:]?)(?P<y2>{_YEAR})", re.IGNORECASE
)
_ALONE = re.compile(_YEAR)
_TWO_YEARS = re.compile(rf"(?P<y>{_YEAR})(?P<s>[-/])(?P<z>\d{{4}}|\d{{2}})")
_APRIL = re.compile(r"\b(financial|fiscal|fy|regulatory|tax|compliance|obligation|accounting)\b", re.IGNORECASE)


def read_month(text: str) -> Moment | None:
    """Read one cell's month without a day, as its first day, or None."""
    match = _MONTH_ALONE.fullmatch(tidy(text))
    if match is None:
        return None
    parts = match.groupdict()
    if parts["y"] is not None:
        form, year, month = f"%Y{parts['s']}%m", int(parts["y"]), int(parts["m"])
    elif parts["y3"] is not None:
        form, year, month = f"%m{parts['s3']}%Y", int(parts["y3"]), int(parts["m3"])
    else:
        is_first = parts["y4"] is not None
        word = (parts["mon4"] if is_first else parts["mon"]).lower()
        year_text = parts["y4"] if is_first else parts["y2"]
        month, year, name = MONTHS.get(word, 0), full_year(year_text), month_name(word)
        form = f"%Y{parts['s4']}{name}" if is_first else f"{name}{parts['s2']}{year_form(year_text)}"
    return Moment(form, year, month, 1, 0, None, True) if 1 <= month <= 12 else None


def read_period(text: str) -> Moment | None:
    """Read one cell's month, quarter or year over two, as its first day, or None; a year begins in April here."""
    bare = tidy(text)
    if (match := _QUARTER.fullmatch(bare)) is not None:
        if match["y"]:
            form, year, quarter = f"%Y{match['s']}Q%q", match["y"], match["q"]
        else:
            form, year, quarter = f"Q%q{match['s2']}%Y", match["y2"], match["q2"]
        return Moment(form, int(year), int(QUARTERS[int(quarter)]), 1, 0, None, True)
    if (match := _TWO_YEARS.fullmatch(bare)) is not None and follows(match["y"], match["z"]):
        return Moment(f"%Y{match['s']}{year_form(match['z'])}{FROM}04", int(match["y"]), 4, 1, 0, None, True)
    return read_month(bare)


def follows(year: str, other: str) -> bool:
    """Whether a year, of two digits or four, is the one after another: 2019/20."""
    return (int(year) + 1 - int(other)) % (100 if len(other) == 2 else 10_000) == 0


def read_years(cells: Sequence[str]) -> tuple[Moment | None, ...]:
    """Cells that are a year's number, as its first day."""
    return tuple(Moment("%Y", int(c), 1, 1, 0, None, True) if _ALONE.fullmatch(c.strip()) else None for c in cells)


def says_april(name: str) -> bool:
    """Whether a head says that its years begin in April, as those of British accounts and obligations do."""
    return bool(_APRIL.search(name.replace("_", " ")))
