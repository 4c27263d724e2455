"""Names of things: opaque keys with a check character, ARKs, the project's own file names, safe file names.

Keys follow the NOID check digit algorithm (J. Kunze, "Noid - Nice Opaque Identifier", California Digital
Library): characters without vowels and without l, and a check character over name-assigning authority and key that
catches any single wrong character and any swapped neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import PurePosixPath

ALPHABET = "0123456789bcdfghjkmnpqrstvwxz"
KEY_LENGTH = 10
TEST_NAAN = "99999"
FILE_NAME_LENGTH = 200
_KEY_SPACE = len(ALPHABET) ** KEY_LENGTH
_CODE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"  # nothing that can be mistaken when read aloud or copied by hand
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))})


def new_key(source: bytes | int, *, naan: str = TEST_NAAN) -> str:
    """Make an opaque key of ten characters and a check character.

    Parameters
    ----------
    source
        What the key is made of: a number, or random bytes (eight or more, so that keys don't collide).
    naan
        The name-assigning authority number the key will stand under.

    Examples
    --------
    >>> new_key(12345)
    '0000000gnp8'
    """
    number = (int.from_bytes(source, "big") if isinstance(source, bytes) else source) % _KEY_SPACE
    characters: list[str] = []
    for _ in range(KEY_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[digit])
    bare = "".join(reversed(characters))
    return bare + _check_character(f"{naan}/{bare}")


def check_key(key: str, naan: str = TEST_NAAN) -> bool:
    """Whether ``key`` is a well-formed key under ``naan``, its check character included."""
    if len(key) != KEY_LENGTH + 1 or any(c not in ALPHABET for c in key):
        return False
    return _check_character(f"{naan}/{key[:-1]}") == key[-1]


def _check_character(text: str) -> str:
    total = sum(place * ALPHABET.find(c) for place, c in enumerate(text, start=1) if c in ALPHABET)
    return ALPHABET[total % len(ALPHABET)]


def ark_of(naan: str, key: str) -> str:
    """The ARK of a key: ``ark:/99999/0000000gnp8``."""
    return f"ark:/{naan}/{key}"


def new_deposit_code(source: bytes | int) -> str:
    """Make the code of a deposit, easy to read aloud: ``D-7K3M-Q2XR``.

    ``source`` is a number or random bytes (eight or more).
    """
    number = int.from_bytes(source, "big") if isinstance(source, bytes) else source
    characters: list[str] = []
    for _ in range(8):
        number, digit = divmod(number, len(_CODE_ALPHABET))
        characters.append(_CODE_ALPHABET[digit])
    return f"D-{''.join(characters[:4])}-{''.join(characters[4:])}"


def parse_file_identifier(name: str, pattern: str) -> dict[str, str] | None:
    """Parse a project's own identifier from a file's name.

    Parameters
    ----------
    name
        The file's name; its ending and any compression ending don't matter.
    pattern
        The project's regular expression with named groups, matched on the whole name without ending.

    Returns
    -------
    dict[str, str] | None
        ``identifier`` and the named groups that are present; a ``trial`` comes with dots (``A1.2.1``), a
        ``date`` of eight digits day first as ISO. That date is when the file was logged: the data's own
        dates are never taken from it. None where the name does not follow the grammar.
    """
    stem = PurePosixPath(clean_file_name(name)).name
    for ending in (".gz", ".zip"):
        stem = stem[: -len(ending)] if stem.lower().endswith(ending) else stem
    stem = re.sub(r"\.[A-Za-z][A-Za-z0-9]{0,7}$", "", stem)
    match = re.fullmatch(pattern.removeprefix("^").removesuffix("$"), stem)
    if match is None:
        return None
    parts = {group: text for group, text in match.groupdict().items() if text}
    return {"identifier": stem, **_readable(parts)}


def _readable(parts: Mapping[str, str]) -> dict[str, str]:
    read = dict(parts)
    if "trial" in read:
        read["trial"] = read["trial"].replace("_", ".")
    if "date" in read:
        read["date"] = _iso_date(read["date"])
    return read


def _iso_date(text: str) -> str:
    for form in ("%d%m%Y", "%Y%m%d"):
        try:
            day: date = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if 1900 <= day.year <= 2100:  # noqa: PLR2004 - tells 20200901 from 01092020
            return day.isoformat()
    return text


def clean_file_name(raw: str) -> str:
    """Make a received file name safe to show and to offer for download.

    Folders, control and direction marks, characters a file system refuses and reserved device names go; the name
    is at most 200 characters (its ending is kept) and never empty.

    Examples
    --------
    >>> clean_file_name("../../etc/passwd")
    'passwd'
    >>> clean_file_name("C:\\\\data\\\\meter.csv")
    'meter.csv'
    """
    name = unicodedata.normalize("NFC", raw.encode("utf-8", "replace").decode("utf-8"))
    name = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    name = "".join(" " if c.isspace() else c for c in name if c.isspace() or unicodedata.category(c)[0] != "C")
    name = re.sub(r'[<>:"|?*]', "_", name)
    name = re.sub(r"\s+", " ", name).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if dot and len(ending) > 10:  # noqa: PLR2004 - no file ending is longer
        stem, dot, ending = name, "", ""
    if not dot:
        stem, ending = name, ""
    if stem.split(".")[0].casefold() in _DEVICES:
        stem = f"{stem}_"
    stem = stem[: FILE_NAME_LENGTH - len(dot + ending)].rstrip(" .")
    return f"{stem}{dot}{ending}" if stem else (f"file.{ending}" if ending else "file")
