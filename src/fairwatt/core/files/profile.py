"""The import profile: everything that was chosen in order to read a file, in one small document.

The same profile and the same bytes always give the same readings. A profile is inferred from samples of the
file, confirmed by the partner where the file can't tell, saved with the file and named by its hash on the
certificate.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PROFILE_VERSION = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class How(StrEnum):
    """How a value came to be known."""

    READ = "read"  # the file says so
    INFERRED = "inferred"  # worked out from the values
    GUESSED = "guessed"  # likely, and asked about
    CONFIRMED = "confirmed"  # a person said so


class Compression(StrEnum):
    NONE = "none"
    GZIP = "gzip"
    ZIP = "zip"


class Dialect(_Frozen):
    """How a delimited text file is written.

    ``skip_lines`` counts the lines before the header; ``header_lines`` is 0 where there is none; the first
    line of data is line ``skip_lines + header_lines + 1`` counted from 1. ``null_texts`` are compared after
    stripping blanks; an empty cell is always missing.
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
    thousands_mark: Literal["", ",", ".", " "] = ""
    null_texts: tuple[str, ...] = ()


class TimestampRule(_Frozen):
    """Where a row's time stands and how it is written.

    Attributes
    ----------
    columns
        Positions, from 0; two where date and time stand apart (joined by one space before parsing).
    format
        A strptime format with ``%Y %y %m %b %B %d %H %I %M %S %f %p %z``; ``%f`` takes one to nine digits and may
        be absent with its mark in some cells; ``%z`` takes an offset or Z. Or the words ``epoch_s``,
        ``epoch_ms``, ``epoch_us``.
    day_first
        Whether the day stands before the month; None where the format leaves no doubt.
    time_zone
        An IANA name (``UTC``, ``Europe/London``), or None while nobody has said so: then nothing is
        written to the lake.
    stamp
        Whether a stamp marks the start or the end of its interval. Readings are stored by their start.
    """

    columns: tuple[int, ...] = Field(min_length=1, max_length=2)
    format: str
    day_first: bool | None = None
    time_zone: str | None = None
    time_zone_how: How = How.GUESSED
    stamp: Literal["start", "end"] = "start"


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
        Its position in the file, from 0.
    field
        Its column in the readings table: snake_case, unique in the file, at most 63 characters.
    quantity, unit
        Codes of :mod:`fairwatt.core.units`; "" where unknown.
    multiplier
        What the file's number is multiplied by to be in ``unit`` (nearly always 1).
    direction
        ``import``, ``export``, ``net`` or "".
    statistic
        ``min``, ``mean``, ``max``, ``sum``, ``count``, ``last`` or "".
    decimals
        Most decimals that the sampled values have; None where they are no decimals (floats in exponent
        notation, more than 18 digits): those are stored as floats.
    how, why, confidence
        How quantity and unit came to be known, one sentence, and 0-1.
    """

    name: str
    column: int = Field(ge=0)
    field: str = Field(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)
    kind: Kind = Kind.NUMBER
    quantity: str = ""
    unit: str = ""
    multiplier: float = 1.0
    direction: Literal["", "import", "export", "net"] = ""
    statistic: Literal["", "min", "mean", "max", "sum", "count", "last"] = ""
    decimals: int | None = Field(default=None, ge=0, le=18)
    how: How = How.INFERRED
    why: str = ""
    confidence: float = Field(default=0.5, ge=0, le=1)


class Question(_Frozen):
    """What the file can't tell, with a guess and its reason.

    ``id`` is stable: ``time_zone``, ``day_first``, ``stamp``, ``unit:<field>``…; ``choices`` are
    (value, label) pairs, the guess among them; an empty tuple means free text.
    """

    id: str
    text: str
    guess: str
    why: str
    confidence: float = Field(default=0.5, ge=0, le=1)
    choices: tuple[tuple[str, str], ...] = ()


class ImportProfile(_Frozen):
    """How to read one file of readings written as delimited text.

    ``columns`` is the number of columns of the file; ``series_column`` the position of the column that says
    which meter a row belongs to, where a file holds several; ``resolution_s`` the usual step between two
    readings of one series [s], None where there is none.
    """

    version: int = PROFILE_VERSION
    dialect: Dialect = Dialect()
    columns: int = Field(ge=1)
    timestamp: TimestampRule
    series_column: int | None = None
    series: str = ""  # the series' name where the file holds one
    channels: tuple[ChannelRule, ...] = Field(min_length=1)
    resolution_s: float | None = Field(default=None, gt=0)

    @property
    def digest(self) -> str:
        """sha256 of the canonical JSON: names the profile on the certificate."""
        return sha256(self.model_dump_json().encode()).hexdigest()
