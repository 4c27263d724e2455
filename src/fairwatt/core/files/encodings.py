"""Which encoding a text file is written in, and how its lines end.

UTF-8 is tried first, as hardly any other text passes for it. Then Windows-1252, where it yields the signs that
energy files have (£ € ° ²); every general detector gets these wrong on short texts.
"""

from __future__ import annotations

import codecs
import re
from typing import Literal

from charset_normalizer import from_bytes

from fairwatt.core.files.recognition import looks_like_utf_16, looks_like_utf_32
from fairwatt.core.files.sampling import FileSample

LineEnd = Literal["\n", "\r\n", "\r\r\n", "\r"]
_FOREIGN_WORD = re.compile(r"[À-ÖØ-öø-ÿ]{3}")  # in Western text, accented letters stand among plain ones
_DETECTED_BYTES = 65_536


def find_encoding(sample: FileSample) -> str:
    """Find the encoding of a text file by its samples: a Python codec's name, ``utf-8-sig`` with a mark.

    Parameters
    ----------
    sample
        Samples of a file that is text.
    """
    head = sample.head
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if widest := looks_like_utf_32(head):
        return widest
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if wide := looks_like_utf_16(head):
        return wide
    pieces = sample.pieces
    if all(_is_utf_8(piece, is_start=i == 0) for i, piece in enumerate(pieces)):
        return "utf-8"
    return _single_byte(b"".join(pieces))


def _is_utf_8(piece: bytes, *, is_start: bool) -> bool:
    """Whether a piece, cut anywhere at its end and (but for the first) at its start, is UTF-8."""
    begin = 0
    while not is_start and begin < min(3, len(piece)) and piece[begin] & 0xC0 == 0x80:  # continuation
        begin += 1
    try:
        codecs.getincrementaldecoder("utf-8")().decode(piece[begin:], final=False)
    except UnicodeDecodeError:
        return False
    return True


def _single_byte(data: bytes) -> str:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    if text and not _FOREIGN_WORD.search(text):
        return "cp1252"
    best = from_bytes(_around_signs(data)).best()
    if best is not None and not best.encoding.startswith(("utf_16", "utf_32", "utf_7")):
        try:
            data.decode(best.encoding)
        except (UnicodeDecodeError, LookupError):
            return "cp1252" if text else "latin-1"
        return best.encoding.replace("_", "-")
    return "cp1252" if text else "latin-1"


def _around_signs(data: bytes) -> bytes:
    """The lines that hold bytes beyond ASCII: what a detector can learn from, without the megabytes between."""
    lines = [line for line in data.splitlines() if not line.isascii()]
    return b"\n".join(lines)[:_DETECTED_BYTES]


def decode_piece(piece: bytes, encoding: str, *, is_first: bool) -> str:
    """Decode a piece that may be cut in a character; bytes that don't fit become the replacement character."""
    if encoding == "utf-16" and not is_first:
        encoding = "utf-16-le"
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(piece, final=False)
    text = text.replace("\0", "")
    return text.removeprefix("\ufeff") if is_first else text


def width_of(encoding: str) -> int:
    """How many bytes a character's beginning can only stand at a multiple of."""
    return 4 if encoding.startswith("utf-32") else 2 if encoding.startswith("utf-16") else 1


def find_line_end(text: str) -> LineEnd:
    """The line end that a text uses; where it mixes them, the one of most lines."""
    doubled = text.count("\r\r\n")
    windows = text.count("\r\n") - doubled
    unix = text.count("\n") - windows - doubled
    mac = text.count("\r") - windows - 2 * doubled
    if doubled > max(windows, unix):
        return "\r\r\n"
    if windows > unix:
        return "\r\n"
    return "\r" if mac and not unix and not windows else "\n"
