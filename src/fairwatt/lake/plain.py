"""Make a text file plain: UTF-8 and one kind of line end, line for line, where it is not so already."""

from __future__ import annotations

import codecs
from itertools import islice
from pathlib import Path

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files.profile import Dialect

CHUNK_BYTES = 1 << 20
_PLAIN = {"utf-8", "utf-8-sig", "ascii"}
_BOM = codecs.BOM_UTF8


def is_plain(dialect: Dialect) -> bool:
    """Whether the reader can take the file as it is."""
    return codecs.lookup(dialect.encoding).name in _PLAIN and dialect.line_end in {"\n", "\r\n"}


def has_odd_head(path: Path, dialect: Dialect) -> bool:
    """Whether lines above the data would lead the reader astray: with another line end than the rest, with quotes
    before the header, or with names over several lines in it."""
    quote, is_crlf = dialect.quote.encode(), dialect.line_end == "\r\n"
    with path.open("rb") as file:
        above = list(islice(file, dialect.skip_lines))
        header = list(islice(file, dialect.header_lines))
    if any(line.endswith(b"\r\n") != is_crlf for line in (*above, *header) if line.strip()):
        return True
    return bool(quote) and (any(quote in line for line in above) or any(line.count(quote) % 2 for line in header))


def write_plain(path: Path, target: Path, dialect: Dialect, *, name: str) -> None:
    """Write ``path`` anew as UTF-8 with ``\\n`` at each line's end; every line keeps its number.

    Bytes that the encoding does not know become the replacement character, so that no line is lost; lines above the
    data become blank, as their quotes may never close and names may go over several of them.
    """
    try:
        decoder = codecs.getincrementaldecoder(dialect.encoding)(errors="replace")
    except LookupError as error:
        raise UnreadableFile(
            f"The encoding '{dialect.encoding}' of {name} is not known.", where={"file": name}
        ) from error
    end, skipped = dialect.line_end, dialect.skip_lines + dialect.header_lines
    with path.open("rb") as source, target.open("w", encoding="utf-8", newline="") as file:
        held, first = "", True
        while True:
            chunk = source.read(CHUNK_BYTES)
            text = held + decoder.decode(chunk, final=not chunk)
            if first:
                text = text.removeprefix("\ufeff")
                first = False
            # A line end may be cut in two by the chunk: its first half waits for the next.
            keep = 0 if not chunk else _cut_end(text)
            held, text = text[len(text) - keep :], text[: len(text) - keep]
            text = _plain_ends(text, end)
            while skipped and text:  # of a long line above the data, a chunk may hold but a part
                _, mark, text = text.partition("\n")
                file.write(mark)
                skipped -= len(mark)
            file.write(text)
            if not chunk:
                return


def _cut_end(text: str) -> int:
    return len(text) - len(text.rstrip("\r"))


def _plain_ends(text: str, end: str) -> str:
    if end == "\r\r\n":
        text = text.replace("\r\r\n", "\n")
    text = text.replace("\r\n", "\n")
    return text.replace("\r", "\n" if end == "\r" else "").replace("\0", "")
