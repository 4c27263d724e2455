"""The import profile: everything that was chosen in order to read a file, in one small document.

The same profile and the same bytes always give the same readings. A profile is inferred from samples of the
file, confirmed by the partner where the file can't tell, saved with the file and named by its hash on the
certificate.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from fairwatt.core.files.cells import Notation

PROFILE_VERSION: Final = 2
READ_VERSIONS = (1, 2)
# What documents of version 1 do not have; their digest is taken without it, as it was when they were made.
_SINCE_2: Any = {
    "dialect": {"decimal_how"},
    "timestamp": {"heads": True, "periods": {"counts_how"}},
    "channels": {"__all__": {"unit_said", "doubtful_values", "signs", "register_how"}},
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class How(StrEnum):
    """How a value came to be known."""

    READ = "read"  # the file says so
    INFERRED = "inferred"  # worked out from the values
    ASSUMED = "assumed"  # as usual; nothing in the file speaks for it or against it
    GUESSED = "guessed"  # likely, and asked about
    CONFIRMED = "confirmed"  # a person said so


class Compression(StrEnum):
    NONE = "none"
    GZIP = "gzip"
    ZIP = "zip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"


class Dialect(_Frozen):
    """How a delimited text file is written.

    ``skip_lines`` counts the lines before the header; ``header_lines`` is 0 where there is none; the first
    line of data is line ``skip_lines + header_lines + 1`` counted from 1. ``null_texts`` are compared after
    stripping blanks; an empty cell is always missing. The thousands mark ``" "`` is any blank (no-break and thin ones
    too), ``"'"`` either apostrophe; it only counts between groups of three digits. ``decimal_how`` tells how the
    decimal mark came to be known.
    """

    encoding: str = "utf-8"
    compression: Compression = Compression.NONE
    member: str = ""  # the file's name inside a zip
    delimiter: str = ","
    quote: str = '"'
    line_end: Literal["\n", "\r\n", "\r\r\n", "\r"] = "\n"
    skip_lines: int = Field(default=0, ge=0)
    header_lines: int = Field(default=1, ge=0)
    decimal_mark: Literal[".", ","] = "."
    decimal_how: How = How.ASSUMED
    thousands_mark: Literal["", ",", ".", " ", "'", "_"] = ""
    null_texts: tuple[str, ...] = ()


class TableRule(_Frozen):
    """Which of a file's tables is meant.

    A file that is one table of text has the plain rule. From any other container (a workbook, records of JSON, a
    zip of files, Parquet, NetCDF) the table is first written out as plain text (UTF-8, commas, one row a line), and
    the profile's dialect is that of the written text.

    Attributes
    ----------
    parts
        The sheets, members, layers or JSON pointers that hold the table; several (a sheet a month, say) are read
        one after the other, the header of the second and later ones left out.
    first_row, first_column, columns
        Where the table begins in its sheet (from 0), and how many columns it has; 0 columns: all.
    rows
        How many rows of the sheet belong to it, header included; 0: all that follow.
    is_named
        Whether a first column ``series`` with the part's name was written before the others, as only the name tells
        the parts' rows apart (a sheet or a file for each meter).
    """

    parts: tuple[str, ...] = ()
    first_row: int = Field(default=0, ge=0)
    first_column: int = Field(default=0, ge=0)
    columns: int = Field(default=0, ge=0)
    rows: int = Field(default=0, ge=0)
    is_named: bool = False


class Slot(_Frozen):
    """A column that holds one interval of the row's day.

    Attributes
    ----------
    column
        Its position.
    offset_s
        Where the interval starts, after midnight [s].
    group
        Which of several values of the interval it holds (the energy, its flag), counted from 0.
    """

    column: int = Field(ge=0)
    offset_s: float = Field(ge=0)
    group: int = Field(default=0, ge=0)


class DayColumn(_Frozen):
    """A column that holds one day's values, in a table with a day a column."""

    column: int = Field(ge=0)
    day: date


class PeriodRule(_Frozen):
    """The intervals of a day, where a row's time is its date and an interval's number or column.

    Attributes
    ----------
    step_s
        An interval's length [s].
    counts
        ``elapsed``: time that has passed since local midnight, so that a day has 46, 48 or 50 half-hours;
        ``clock``: what a clock on the wall shows.
    counts_how
        How that came to be known: ``assumed`` where the file has no day on which clocks change.
    column
        The column of the interval's number (a settlement period); None in a wide table.
    first
        The number of a day's first interval: 1, or 0 as in hours from 0 to 23.
    slots
        The columns of a wide table, one row a day; empty otherwise.
    days
        The columns of a table with a day a column: the time is that of a row's interval then, or its number where the
        format is the word ``number``.
    """

    step_s: float = Field(default=1800.0, gt=0)
    counts: Literal["elapsed", "clock"] = "elapsed"
    counts_how: How = How.ASSUMED
    column: int | None = None
    first: int = Field(default=1, ge=0, le=1)
    slots: tuple[Slot, ...] = ()
    days: tuple[DayColumn, ...] = ()


class SpreadRule(_Frozen):
    """A table with a row for each value: which column names its channel, which holds it, which says its unit.

    A channel's ``label`` is the text that stands for it in ``name_column``; with a ``unit_column``, that text and the
    unit's in square brackets (``Voltage [V]``). In a wide table, whose rows are told apart so, ``value_column`` is the
    profile's ``columns``.
    """

    name_column: int = Field(ge=0)
    value_column: int = Field(ge=0)
    unit_column: int | None = None


class TimestampRule(_Frozen):
    """Where a row's time stands and how it is written.

    Attributes
    ----------
    columns
        Positions, from 0; several where date and time, or year, month and day, stand apart (joined by one space
        before parsing).
    heads
        What those columns are called in the file for which the profile was made; empty in older profiles.
    format
        A strptime format with ``%Y %y %m %b %B %d %a %A %H %I %M %S %f %p %z %Z``; ``%f`` takes one to nine digits and
        may be absent with its mark in some cells; ``%z`` takes an offset or Z, ``%Z`` the names GMT, UTC, WET (0),
        BST, WEST, CET (+1), CEST (+2) and offsets after them. Seconds may be absent, and a date alone is its midnight
        where the format has no zone. ``%G``, ``%V`` and ``%u`` are a week's year, its number and the weekday as ISO
        8601 counts them, ``%j`` the day of the year, ``%q`` a quarter; ``%Y/%y from 04`` is a year that begins in
        April. Where cells hold an interval's end too, its format follows after `` to ``. A time of day that is a
        number is one of the words ``day_fraction``, ``day_hours``, ``day_minutes`` and ``day_seconds``. Or the words
        ``epoch_s``, ``epoch_ms``, ``epoch_us``, ``epoch_ns``, ``excel_serial`` (days since 1899-12-30) and
        ``excel_serial_1904``, ``matlab_datenum``, ``julian_day``, ``modified_julian_day``. The hour 24 of a day is the
        hour 0 of the next.
    formats
        Further formats that cells have, tried in turn where the first does not fit.
    rounding_s
        What serial numbers of days are rounded to [s], as they are written with few decimals.
    day_first
        Whether the day stands before the month; None where the format leaves no doubt.
    time_zone
        An IANA name (``UTC``, ``Europe/London``), or None while nobody has said so: then nothing is
        written to the lake.
    time_zone_how, time_zone_why, time_zone_confidence
        How the zone came to be known, one sentence, and 0-1.
    time_zone_seen
        The zone that the first file's times show, where a person said another; "" where they agree or show none.
    stamp
        Whether a stamp marks the start or the end of its interval. Readings are stored by their start.
    stamp_how, stamp_why, order_why
        How that came to be known, and why; and why the day is taken to stand first or second.
    periods
        Where a row's time is a date and an interval of it, how that is written; the columns are the date's then.
    first_date
        The date of the first row, where times of day have no date; each time that they begin anew, a day has passed.
        None where the times have dates, or while nobody has said so: then nothing is written to the lake.
    day_begins_s
        How long after midnight the days begin that dates name [s]: 18 000 where they are gas days.
    ends_early_s
        How long before their intervals' ends times stand that mark these [s]: 1 where they are 23:59:59.
    clock_texts
        Where the last of the columns says by words of its own whether a row is of summer time (BST and GMT, Y and N):
        those texts, and the offset from UTC (``+01:00``) as which the format's ``%z`` reads each.
    """

    columns: tuple[int, ...] = Field(min_length=1, max_length=7)
    heads: tuple[str, ...] = ()
    format: str
    formats: tuple[str, ...] = ()
    rounding_s: float = Field(default=0.001, gt=0, le=3_600)
    day_first: bool | None = None
    order_why: str = ""
    time_zone: str | None = None
    time_zone_how: How = How.GUESSED
    time_zone_why: str = ""
    time_zone_confidence: float = Field(default=0.0, ge=0, le=1)
    time_zone_seen: str = ""
    stamp: Literal["start", "end"] = "start"
    stamp_how: How = How.INFERRED
    stamp_why: str = ""
    periods: PeriodRule | None = None
    first_date: date | None = None
    day_begins_s: int = Field(default=0, ge=0, lt=86_400)
    ends_early_s: float = Field(default=0.0, ge=0, le=60)
    clock_texts: tuple[tuple[str, str], ...] = ()

    @property
    def is_dateless(self) -> bool:
        """Whether the times have no date."""
        if self.periods is not None and self.periods.days:
            return False
        return "%" in self.format and not any(mark in self.format for mark in ("%Y", "%y", "%G"))


class Kind(StrEnum):
    """What a channel's values are."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"


class ChannelRule(_Frozen):
    """One column of readings.

    Attributes
    ----------
    name
        As the file spells it, blanks stripped; made unique where the file repeats a name.
    column
        Its position in the file, from 0. The values of a wide table and of a table with a row for each value stand
        in columns of their own, after the file's last: the first one's position is the profile's ``columns``.
    label
        The text that stands for it in the ``name_column`` of a table with a row for each value, or of a wide table.
    group
        In a wide table, which of an interval's values it holds.
    field
        Its column in the readings table: snake_case, unique in the file, at most 63 characters.
    quantity, unit
        Codes of :mod:`fairwatt.core.units`; "" where unknown.
    unit_said
        The unit that the first file itself says or shows, whatever a person made of it; "" where it does neither.
    multiplier
        What the file's number is multiplied by to be in ``unit`` (nearly always 1).
    direction
        ``import``, ``export``, ``net`` or "".
    statistic
        ``min``, ``mean``, ``max``, ``sum``, ``count``, ``last`` or "".
    decimals
        Most decimals that the sampled values have; None where they are no decimals (floats in exponent
        notation, more than 18 digits): those are stored as floats.
    is_register
        Whether the values are a running total, as a meter's dial shows.
    register_how
        ``confirmed`` where a person said so.
    null_values
        Numbers that stand for a missing value in this channel (999, -1…), as plain numbers.
    doubtful_values
        Numbers of the first file that looked like such marks; those that are not among ``null_values`` were measured.
    signs
        Which signs the first file's sampled values have: ``plus``, ``minus``, ``both`` or "".
    affixes
        Units or currencies that stand before or after the numbers in the cells (``kW``, ``£``), each as it is spelled;
        "" among them where some numbers stand alone. A number with another one is no value of this channel.
    notation
        How numbers are written beside the plain way: ``minus_after`` (``12-``), ``brackets`` (``(12)`` is −12),
        ``minus_sign`` (the typographic minus or a dash), ``blanks`` (no-break blanks around them), ``other_mark`` (some
        have the decimal mark that the file does not have), ``swapped_marks`` (the file's decimal mark stands between
        thousands here, and the other one before decimals), ``groups`` (some have marks between their thousands, in a
        file that has none otherwise).
    how, why, confidence
        How quantity and unit came to be known, one sentence, and 0-1.
    """

    name: str
    column: int = Field(ge=0)
    label: str = ""
    group: int = Field(default=0, ge=0)
    field: str = Field(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)
    kind: Kind = Kind.NUMBER
    quantity: str = ""
    unit: str = ""
    unit_said: str = ""
    multiplier: float = 1.0
    direction: Literal["", "import", "export", "net"] = ""
    statistic: Literal["", "min", "mean", "max", "sum", "count", "last"] = ""
    decimals: int | None = Field(default=None, ge=0, le=18)
    is_register: bool = False
    register_how: How = How.INFERRED
    null_values: tuple[str, ...] = ()
    doubtful_values: tuple[str, ...] = ()
    signs: Literal["", "plus", "minus", "both"] = ""
    affixes: tuple[str, ...] = ()
    notation: tuple[Notation, ...] = ()
    how: How = How.INFERRED
    why: str = ""
    confidence: float = Field(default=0.5, ge=0, le=1)


class Question(_Frozen):
    """What the file can't tell, with a guess and its reason.

    ``id`` is stable: ``time_zone``, ``day_first``, ``stamp``, ``unit:<field>``…; ``choices`` are
    (value, label) pairs, the guess among them; an empty tuple means free text. ``is_shown`` tells that something in
    the file itself speaks for the guess, and not only what is usual.
    """

    id: str
    text: str
    guess: str
    why: str
    confidence: float = Field(default=0.5, ge=0, le=1)
    choices: tuple[tuple[str, str], ...] = ()
    is_shown: bool = False


class ImportProfile(_Frozen):
    """How to read one table of readings.

    Attributes
    ----------
    format
        The container's format as :func:`fairwatt.core.files.recognise_kind` says; "" for delimited text.
    table
        Which of the container's tables.
    columns
        The number of columns of the table as it is written.
    series_column, series
        The position of the column that says which meter a row belongs to, where there are several; the meter's name
        where there is one.
    series_parts
        Positions of further columns that only together with it tell the meters apart, such as a site's and its meter's;
        their texts are joined by `` / ``.
    series_runs
        Whether several meters stand one below the other and no column tells them apart: each time that the rows' times
        begin anew, the next one's begin. They are called 1, 2, 3 in the order of the file.
    series_kind
        ``mpan`` or ``mprn`` where the series are numbers of supply points, ``person`` where they are names or
        addresses: personal, never published as they are.
    personal_columns
        Positions of other columns that say who somebody is; they become no channels.
    spread
        Where each value has a row of its own, how they are told apart.
    resolution_s
        The usual step between two readings of one series [s], None where there is none.
    calendar_months
        How many months of the calendar the step is (1, 3, 12), 0 where it is a fixed time or there is none.
    resolution_why
        Where there is no fixed step, why.
    scale_said
        What the file says of a scale outside its columns' heads, in its own words; "" where it says none.
    """

    version: Literal[1, 2] = PROFILE_VERSION
    format: str = ""
    table: TableRule = TableRule()
    dialect: Dialect = Dialect()
    columns: int = Field(ge=1)
    timestamp: TimestampRule
    series_column: int | None = None
    series_parts: tuple[int, ...] = ()
    series: str = ""
    series_runs: bool = False
    series_kind: Literal["", "mpan", "mprn", "person"] = ""
    personal_columns: tuple[int, ...] = ()
    spread: SpreadRule | None = None
    channels: tuple[ChannelRule, ...] = Field(min_length=1)
    resolution_s: float | None = Field(default=None, gt=0)
    calendar_months: Literal[0, 1, 3, 6, 12] = 0
    resolution_why: str = ""
    scale_said: str = ""

    @property
    def has_series(self) -> bool:
        """Whether its rows may be of several meters."""
        return self.series_column is not None or self.series_runs

    @property
    def newest(self) -> ImportProfile:
        """The same as a document of the newest version."""
        return self if self.version == PROFILE_VERSION else self.model_copy(update={"version": PROFILE_VERSION})

    def without_reasons(self) -> ImportProfile:
        """The same without why channels are taken for what they are, which may quote their values."""
        channels = tuple(rule.model_copy(update={"why": ""}) for rule in self.channels)
        return self.model_copy(update={"channels": channels})

    @property
    def digest(self) -> str:
        """sha256 of the canonical JSON: names the profile on the certificate."""
        later = dict(_SINCE_2) if self.version == 1 else {}
        if not self.series_runs:  # most documents were made before there was such a thing
            later["series_runs"] = True
        if not self.scale_said:  # the same
            later["scale_said"] = True
        for field in ("time_zone_seen", "day_begins_s", "ends_early_s", "clock_texts"):  # the same
            if not getattr(self.timestamp, field):
                later["timestamp"] = {**later.get("timestamp", {}), field: True}
        return sha256(self.model_dump_json(exclude=later).encode()).hexdigest()
