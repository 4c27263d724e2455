"""An import profile as a document: TOML with a word beside each entry, or JSON; and back again, checked.

Both say the same: what is written by :func:`write_toml` or :func:`write_json` and read again by
:func:`parse_profile` is the same profile, with the same digest. What is absent has its default.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from fairwatt.core.errors import InvalidInput, TooLarge
from fairwatt.core.files.profile import PROFILE_VERSION, READ_VERSIONS, ImportProfile
from fairwatt.core.files.profile_checks import check_profile

MOST_BYTES = 8 << 20  # of a document: some 40,000 channels
_CORRECT = "Correct it, or make one anew: fairwatt convert FILE --out X.parquet --save-profile P.toml"
_HEAD = """\
# How to read a file of readings: an import profile of Fairwatt.
# The same profile and the same bytes always give the same readings.
#   fairwatt convert FILE --out readings.parquet --profile THIS_FILE
# Positions count from 0. What is left out has the default given in docs/reference/import-profile.md.
"""

# What stands beside each entry of the TOML document, and in its reference page: by table and key.
COMMENTS: dict[str, dict[str, str]] = {
    "": {
        "version": "of this kind of document",
        "format": "of the container (XLSX, Parquet…); empty for delimited text",
        "columns": "of the table as it is written",
        "series_column": "position of the column that says which meter a row belongs to",
        "series_parts": "positions of further columns that tell the meters apart together with it",
        "series": "the meter's name, where there is one",
        "scale_said": "what the file says beside its columns of a scale; a file that says another is asked about",
        "series_runs": "whether another meter's rows begin each time that times begin anew: they are called 1, 2, 3",
        "series_kind": "mpan or mprn where meters are named by their supply number, person where by people: personal",
        "personal_columns": "positions of other columns that say who somebody is; they become no channels",
        "resolution_s": "usual step between two readings of one series [s]",
        "calendar_months": "how many months of the calendar the step is; 0 where it is a fixed time, or there is none",
        "resolution_why": "where there is no fixed step, why",
        "table": "which of the file's tables",
        "dialect": "how the text is written",
        "timestamp": "where the time stands and how it is written",
        "spread": "where each value has a row of its own, how they are told apart",
        "channels": "the columns of readings",
    },
    "table": {
        "parts": "sheets, members of a zip, layers or JSON pointers that hold the table, one after the other",
        "first_row": "where the table begins in its sheet, from 0",
        "first_column": "where the table begins in its sheet, from 0",
        "columns": "how many columns it has there; 0 for all",
        "rows": "how many rows it has there, its header too; 0 for all that follow",
        "is_named": "whether the part's name comes before the other columns, as only it tells the meters apart",
    },
    "dialect": {
        "encoding": "of the text",
        "compression": "none, gzip or zip",
        "member": "the file's name inside a zip",
        "delimiter": "between two cells",
        "quote": "around cells that hold the delimiter; empty for none",
        "line_end": "of each row",
        "skip_lines": "lines before the header",
        "header_lines": "lines of the header, 0 where there is none",
        "decimal_mark": "before the decimals",
        "decimal_how": "how that is known: read, inferred, assumed, guessed or confirmed",
        "thousands_mark": "between thousands; empty for none",
        "null_texts": "words that mean: missing",
    },
    "timestamp": {
        "columns": "position of the time, or positions of date and time (or year, month, day…) apart",
        "heads": "what those columns are called",
        "format": "how a time is written (strptime), or epoch_s, epoch_ms, epoch_us, epoch_ns, excel_serial…",
        "formats": "further ways in which times are written, tried in turn",
        "rounding_s": "what serial numbers of days are rounded to [s]",
        "day_first": "whether the day stands before the month",
        "order_why": "why, one sentence",
        "time_zone": "the clock that the times follow; left out while nobody has said so, and nothing is read then",
        "time_zone_how": "how that is known: read, inferred, guessed or confirmed",
        "time_zone_why": "one sentence",
        "time_zone_confidence": "0 to 1",
        "time_zone_seen": "the clock that the first file's times show, where a person said another",
        "stamp": "whether a time marks the start or the end of its interval",
        "stamp_how": "how that is known: read, inferred, assumed, guessed or confirmed",
        "stamp_why": "one sentence",
        "periods": "where a row's time is a date and an interval of the day",
        "first_date": "the first row's date, where times of day have none; left out while nobody has said so",
        "day_begins_s": "how long after midnight the days begin that dates name [s]: 18000 for gas days",
        "ends_early_s": "how long before their intervals' ends such times stand [s]: 1 where they are 23:59:59",
        "clock_texts": "texts of the last column that say whether a row is of summer time, and their offsets from UTC",
    },
    "timestamp.periods": {
        "step_s": "an interval's length [s]",
        "counts": "elapsed: time passed since local midnight (46 to 50 half-hours a day); clock: what a clock shows",
        "counts_how": "how that is known: assumed where the file had no day on which clocks change",
        "column": "position of the interval's number (a settlement period)",
        "first": "the number of a day's first interval",
        "days": "with a column a day: each day's column, and the day",
        "slots": "with one row a day: each interval's column, its start after midnight [s], and which of its values",
    },
    "spread": {
        "name_column": "position of the column that says which channel a row's value belongs to",
        "value_column": "position of the value",
        "unit_column": "position of the unit",
    },
    "channels": {
        "name": "as the file spells it",
        "column": "its position; beyond the last column where values are gathered from many columns or rows",
        "label": "the text that stands for it where each value has a row of its own",
        "group": "with one row a day, which of an interval's values it holds",
        "field": "its column in the readings: lower-case letters, digits and _",
        "kind": "number, text or boolean",
        "quantity": "what is measured, a code of docs/nomenclature.md; empty where unknown",
        "unit": "a code of docs/nomenclature.md; empty where unknown",
        "unit_said": "the unit that the file itself said, whatever a person made of it",
        "multiplier": "the file's number times this is in the unit",
        "direction": "import, export, net or empty",
        "statistic": "min, mean, max, sum, count, last or empty: of the interval",
        "decimals": "most decimals of a value; left out where values are stored as floats",
        "is_register": "whether values are a running total, as a meter's dial shows",
        "register_how": "how that is known: inferred or confirmed",
        "null_values": "numbers that stand for a missing value",
        "doubtful_values": "numbers that looked so; those not among null_values were measured",
        "signs": "of the values that were looked at: plus, minus or both",
        "affixes": "units or currencies that stand before or after the numbers in the cells",
        "notation": "how numbers are written beside the plain way: minus_after, brackets, minus_sign, blanks, "
        "other_mark (the decimal mark that the file does not have), swapped_marks (its two marks the other way round), "
        "groups (marks between thousands, in a file that has none otherwise)",
        "how": "how quantity and unit are known: read, inferred, assumed, guessed or confirmed",
        "why": "one sentence",
        "confidence": "0 to 1",
    },
}
_ALWAYS = {
    "": {"version", "columns"},
    "dialect": {"encoding", "delimiter", "skip_lines", "header_lines", "decimal_mark", "null_texts"},
    "timestamp": {"columns", "format", "time_zone", "stamp"},
    "channels": {"name", "column", "field", "quantity", "unit"},
}


def write_json(profile: ImportProfile) -> str:
    """The profile as JSON, every entry given."""
    return profile.model_dump_json(indent=2) + "\n"


def write_toml(profile: ImportProfile) -> str:
    """The profile as TOML for people: a comment beside each entry, and most defaults left out."""
    return "\n".join([_HEAD, *_lines(profile, "")]) + "\n"


def _lines(model: BaseModel, path: str, *, is_commented: bool = True) -> Iterator[str]:
    """A table's own entries, then the tables in it."""
    inner: list[tuple[str, Any]] = []
    comments = COMMENTS.get(path, {}) if is_commented else {}
    for key, value in model:
        is_default = value == type(model).model_fields[key].get_default()
        if value is None or (is_default and key not in _ALWAYS.get(path, ())):
            continue
        if isinstance(value, BaseModel) or (key == "channels" and not path):
            inner.append((key, value))
            continue
        comment = comments.get(key)
        yield f"{key} = {toml_value(value)}" + (f"  # {comment}" if comment else "")
    for key, value in inner:
        below = f"{path}.{key}" if path else key
        if isinstance(value, BaseModel):
            yield from ("", f"[{below}]")
            yield from _lines(value, below)
            continue
        for number, entry in enumerate(value):
            yield from ("", f"[[{below}]]")
            yield from _lines(entry, below, is_commented=number == 0)


def toml_value(value: Any) -> str:
    """A value as TOML writes it: a text, number, date, truth or model, or a tuple of these."""
    if isinstance(value, BaseModel):
        return "{ " + ", ".join(f"{key} = {toml_value(one)}" for key, one in value if one is not None) + " }"
    if isinstance(value, tuple):
        cells = [toml_value(one) for one in value]
        if value and isinstance(value[0], BaseModel):
            return "[\n" + "".join(f"  {cell},\n" for cell in cells) + "]"
        return f"[{', '.join(cells)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """A basic string of TOML: JSON's, with the one control character that JSON leaves alone."""
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def parse_profile(text: str | bytes, *, name: str = "profile.toml") -> ImportProfile:
    """Read a profile from TOML or JSON, and check that it can be one.

    Parameters
    ----------
    text
        The document; JSON begins with a brace, which TOML can't.
    name
        What messages call it.

    Raises
    ------
    InvalidInput
        Where it is neither, of a later version, or says something that can't be; the message names the entry.
    TooLarge
        Where it has more than 8 MiB.
    """
    where = {"file": name}
    if len(text) > MOST_BYTES:
        raise TooLarge(f"{name} is too large for an import profile.", where=where)
    try:
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{name} is not text in UTF-8.", where=where, next_step=_CORRECT) from error
    found = _parsed(plain, name)
    _refuse_other_versions(found, name)
    try:
        # As JSON, where a list passes for a tuple but a number never for a text.
        profile = ImportProfile.model_validate_json(json.dumps(found, default=str))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            f"{name} is not an import profile: {place or 'it'}: {first['msg']}.",
            where={**where, "field": place},
            next_step=_CORRECT,
        ) from error
    check_profile(profile, name=name)
    return profile


def _parsed(text: str, name: str) -> Mapping[str, Any]:
    is_json = text.lstrip().startswith("{")
    try:
        found = json.loads(text) if is_json else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        kind = "JSON" if is_json else "TOML"
        raise InvalidInput(f"{name} is not valid {kind}: {error}.", where={"file": name}, next_step=_CORRECT) from error
    return found if isinstance(found, dict) else {}


def _refuse_other_versions(found: Mapping[str, Any], name: str) -> None:
    version = found.get("version", PROFILE_VERSION)
    if version not in READ_VERSIONS:
        raise InvalidInput(
            f"{name} is an import profile of version {version}; this Fairwatt reads versions up to {PROFILE_VERSION}.",
            where={"file": name, "field": "version"},
            next_step="Use the Fairwatt that made it, or make the profile anew.",
        )
