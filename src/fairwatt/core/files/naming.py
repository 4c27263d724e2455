"""What to call the logger that a file came from: by what the file says of itself, else by its own name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

MOST_LETTERS = 80
_SERIAL = re.compile(
    r"\b(?P<what>serial|logger|device|meter|unit|instrument)\s*(?:serial|name|number|no\.?|id|s/?n)?\s*"
    r"(?:number|no\.?)?\s*[:=,;\t]\s*\"?(?P<name>[A-Za-z0-9][\w ./-]{2,40})",
    re.IGNORECASE,
)
_DATES = re.compile(
    r"(?<![A-Za-z0-9])(?:\d{4}[-_.]?\d{2}[-_.]?\d{2}(?:[T_ -]?\d{4,6})?|\d{2}[-_.]\d{2}[-_.]\d{4}|\d{8}|\d{4}[-_.]\d{2}"
    r"|\(\d+\))(?![A-Za-z0-9])"
)
_MONTHS = re.compile(
    r"(?<![A-Za-z])(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![A-Za-z])[ _-]*(?:\d{4}|\d{2})?(?!\d)",
    re.IGNORECASE,
)


def propose_logger_name(file_name: str, *, above: Iterable[str] = (), series: str = "") -> str:
    """A name for how files of a logger are read, for a person to better.

    Parameters
    ----------
    file_name
        The file's name; dates and numbers of parts in it say nothing about the logger.
    above
        The lines above the header, where loggers say their serial number.
    series
        The meter's name, where the file has one.

    Examples
    --------
    >>> propose_logger_name("outram_2020-03.csv")
    'outram'
    >>> propose_logger_name("export.csv", above=["Serial number: OR-4711"])
    'Serial OR-4711'
    """
    for line in above:
        if (found := _SERIAL.search(line)) is not None:
            return f"{found['what'].capitalize()} {found['name'].strip()}"[:MOST_LETTERS]
    if series.strip():
        return f"Meter {series.strip()}"[:MOST_LETTERS]
    stem = PurePosixPath(file_name).name
    while (shorter := PurePosixPath(stem)).suffix and re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]{0,7}", shorter.suffix):
        stem = shorter.stem
    bare = _MONTHS.sub(" ", _DATES.sub(" ", stem.replace("_", " ")))
    words = " ".join(bare.split()).strip(" -.")
    return (words if len(words) >= 3 else stem)[:MOST_LETTERS]  # shorter is no name
