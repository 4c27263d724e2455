"""How times are written, as people write it: ``dd/mm/yyyy hh:mm``."""

from __future__ import annotations

import re

from fairwatt.core.files.calendar_stamps import FROM

_LETTERS = {
    "%d": "dd", "%m": "mm", "%Y": "yyyy", "%y": "yy", "%H": "hh", "%I": "hh", "%M": "mm", "%S": "ss", "%f": "ffffff",
    "%b": "month", "%B": "month", "%p": "am/pm", "%z": "offset", "%Z": "zone", "%a": "weekday", "%A": "weekday",
    "%j": "day of the year", "%G": "yyyy", "%V": "week", "%u": "day of the week", "%q": "quarter",
}  # fmt: skip
_WORDS = "[bBpzZaAjVuq]"
_WORD_BESIDE = re.compile(rf"(?<=%[A-Za-z])(?=%{_WORDS})|(?<=%[bBaAjVuq])(?=%[A-Za-z])")  # words would run together
_NUMBERS = {
    "epoch_s": "as seconds since 1970", "epoch_ms": "as milliseconds since 1970",
    "epoch_us": "as microseconds since 1970", "epoch_ns": "as nanoseconds since 1970",
    "excel_serial": "as a spreadsheet’s serial numbers of days",
    "excel_serial_1904": "as a spreadsheet’s serial numbers of days (from 1904)",
    "matlab_datenum": "as Matlab’s numbers of days", "julian_day": "as Julian days",
    "modified_julian_day": "as modified Julian days",
    "number": "as the number of the interval",
}  # fmt: skip
_PARTS = {
    "day_fraction": "parts of a day", "day_hours": "hours since midnight", "day_minutes": "minutes since midnight",
    "day_seconds": "seconds since midnight",
}  # fmt: skip


def say_form(form: str) -> str:
    """Say how a time is written, by the format of a profile.

    Examples
    --------
    >>> say_form("%d/%m/%Y %H:%M"), say_form("epoch_ms")
    ('dd/mm/yyyy hh:mm', 'as milliseconds since 1970')
    """
    if form in _NUMBERS:
        return _NUMBERS[form]
    form, _, month = form.partition(FROM)
    said = _WORD_BESIDE.sub(" ", form)
    for word, meaning in {**_PARTS, **_LETTERS}.items():
        said = said.replace(word, meaning)
    return f"{said}, from month {int(month)}" if month else said
