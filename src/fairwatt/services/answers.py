"""One answer on a form: what is asked, and the reading of what came back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.privacy import holds_mpan

FieldType = Literal["text", "paragraph", "date", "datetime", "number", "choice", "choices", "boolean", "url"]
LONGEST_LINE = 500
LONGEST_PARAGRAPH = 20_000
FIRST_YEAR, LAST_YEAR = 1900, 2200
MOST_DECIMALS = 20
NUMBERS_BELOW = Decimal("1e15")
_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})


@dataclass(frozen=True)
class FieldSpec:
    """One question of a form.

    Attributes
    ----------
    name
        The field's name in the form and in the stored answers.
    type
        How it is asked; ``choices`` is any number of the choices, ``choice`` one.
    choices
        (value, label) pairs.
    unit
        What a number is counted in, to stand behind the field.
    initial
        What stands there before anybody answers.
    width
        Most characters of a text; 0 for the type's own limit.
    """

    name: str
    label: str
    help: str = ""
    type: FieldType = "text"
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    initial: str = ""
    width: int = 0


def clean_answer(spec: FieldSpec, raw: object, *, zone: str) -> Any:
    """Read one answer.

    Parameters
    ----------
    raw
        A string as a form sends it, a list of strings for ``choices``, or what a program sends as JSON.
    zone
        The IANA zone that a date with time is meant in where it carries no offset.

    Returns
    -------
    Any
        What is stored as JSON: text; a number as decimal text; a day or an instant as ISO 8601; a list of
        values; a boolean; None where nothing was answered.

    Raises
    ------
    InvalidInput
        Where the answer can't be read, or is missing and needed.
    """
    if spec.type == "choices":
        return _read_choices(spec, raw)
    text = _text_of(raw)
    if not text:
        if spec.required:
            raise InvalidInput(_missing(spec), where={"field": spec.name})
        return None
    return _READERS[spec.type](spec, text, zone)


def day_start(day: str, zone: str) -> datetime:
    """The instant (UTC) at which an ISO day begins in ``zone``."""
    return datetime.combine(date.fromisoformat(day), time.min, ZoneInfo(zone)).astimezone(UTC)


def _missing(spec: FieldSpec) -> str:
    what = spec.label.rstrip("?.")
    return f"Choose an answer to “{what}”." if spec.choices else f"Answer “{what}”."


def _text_of(raw: object) -> str:
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, list | tuple):
        raw = raw[0] if len(raw) == 1 else ""
    text = str(raw).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8").strip()


def _read_choices(spec: FieldSpec, raw: object) -> list[str]:
    given = raw if isinstance(raw, list | tuple) else [raw]
    values = list(dict.fromkeys(text for item in given if (text := _text_of(item))))
    allowed = [value for value, _label in spec.choices]
    for value in values:
        if value not in allowed:
            raise InvalidInput(f"“{value[:60]}” is none of the choices.", where={"field": spec.name})
    if spec.required and not values:
        raise InvalidInput(_missing(spec), where={"field": spec.name})
    return sorted(values, key=allowed.index)


def _read_line(spec: FieldSpec, text: str, _zone: str) -> str:
    return _within(spec, " ".join(text.split()), spec.width or LONGEST_LINE)


def _read_paragraph(spec: FieldSpec, text: str, _zone: str) -> str:
    return _within(spec, text, spec.width or LONGEST_PARAGRAPH)


def _within(spec: FieldSpec, text: str, most: int) -> str:
    if len(text) > most:
        raise InvalidInput(
            f"“{spec.label}” has {len(text):,} characters; at most {most:,} fit.", where={"field": spec.name}
        )
    if holds_mpan(text):  # what is written here stands in the catalogue and on certificates
        raise InvalidInput(
            f"“{spec.label}” holds the number of a supply point (an MPAN), which points to a home or a business.",
            where={"field": spec.name},
            next_step="Leave the number out: what is written here is shown with the data.",
        )
    return text


def _read_date(spec: FieldSpec, text: str, _zone: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            f"“{text[:40]}” is no date.", where={"field": spec.name}, next_step="Write it as 2021-03-28."
        ) from error
    return _in_years(spec, day).isoformat()


def _read_datetime(spec: FieldSpec, text: str, zone: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            f"“{text[:40]}” is no date with time.",
            where={"field": spec.name},
            next_step="Write it as 2021-03-28 14:30.",
        ) from error
    _in_years(spec, moment.date())
    if moment.tzinfo is not None:
        return moment.isoformat()
    local = moment.replace(tzinfo=ZoneInfo(zone))
    if local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != moment:
        raise InvalidInput(
            f"{text} did not exist in {zone}: the clocks went forward.",
            where={"field": spec.name},
            next_step="Give the time an hour earlier or later, or with its offset.",
        )
    return local.isoformat()


def _in_years(spec: FieldSpec, day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput(f"The year {day.year} is outside {FIRST_YEAR} to {LAST_YEAR}.", where={"field": spec.name})
    return day


def _read_number(spec: FieldSpec, text: str, _zone: str) -> str:
    try:
        number = Decimal(text.replace(" ", "").replace("\u00a0", "").replace("\u2212", "-"))
    except InvalidOperation as error:
        raise InvalidInput(
            f"“{text[:40]}” is no number.",
            where={"field": spec.name},
            next_step="Write it with digits and a decimal point, such as 1250.5.",
        ) from error
    exponent = number.as_tuple().exponent  # a letter for what is no finite number
    # The bounds also keep an exponent from being written out as zeros for as long as memory lasts.
    if isinstance(exponent, str) or exponent < -MOST_DECIMALS or abs(number) >= NUMBERS_BELOW:
        raise InvalidInput(f"“{text[:40]}” is no number that can be used.", where={"field": spec.name})
    return f"{number:f}"


def _read_choice(spec: FieldSpec, text: str, _zone: str) -> str:
    if text not in [value for value, _label in spec.choices]:
        raise InvalidInput(f"“{text[:60]}” is none of the choices.", where={"field": spec.name})
    return text


def _read_boolean(spec: FieldSpec, text: str, _zone: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise InvalidInput(f"Answer “{spec.label}” with yes or no.", where={"field": spec.name})


def _read_url(spec: FieldSpec, text: str, _zone: str) -> str:
    try:
        URLValidator(schemes=["http", "https"])(text)
    except ValidationError as error:
        raise InvalidInput(
            f"“{text[:80]}” is no web address.",
            where={"field": spec.name},
            next_step="Copy the whole address, beginning with https://.",
        ) from error
    return _within(spec, text, spec.width or LONGEST_LINE)


_READERS: dict[str, Callable[[FieldSpec, str, str], Any]] = {
    "text": _read_line,
    "paragraph": _read_paragraph,
    "date": _read_date,
    "datetime": _read_datetime,
    "number": _read_number,
    "choice": _read_choice,
    "boolean": _read_boolean,
    "url": _read_url,
}
