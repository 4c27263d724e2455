"""Read JSON of any length value by value: what is too long to be held is gone through from member to member.

Numbers stay as they are written. Imported by programs that must start at once: it needs the standard library alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, zip_longest
from pathlib import Path
from typing import IO, Any

LONG_CHARS = 1 << 20  # an array or object that takes more is not held
_READ_CHARS = 2 << 20
_BLOCK_CHARS = 1 << 18  # of an array, as many items as fit are read at once
_ONE_BY_ONE = 256  # items, where a block would end within one
_TRIES = 3
_ROWS_AT_ONCE = 10_000
_LONGEST = 64 << 20  # a single text or number
_BLANKS = " \t\n\r"
_BLOCK_ENDS = {"{": "},", "[": "],", '"': '",'}
_NUMBERS = re.compile(r"(?:[-+0-9.eE,\s]++|null|NaN)*+")
_SEPARATE = re.compile(r"\s")
_WORDS = {"null": None, "NaN": None}
Path_ = tuple[str, ...]


class Number(str):
    """A number as it is written."""

    __slots__ = ()


class WrongTextError(ValueError):
    """A text is no JSON, or breaks off."""

    def __init__(self, line: int) -> None:
        super().__init__(f"it breaks off or is wrong at line {line:,}")


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=lambda _: None)


class JsonText:
    """A JSON text, read from its beginning on."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._held, self._at, self._lines = "", 0, 1
        self._is_last = False

    def value(self) -> Any:
        """The next value; an array or object that is too long to be held comes as :class:`Large`."""
        opening = self.ahead()
        self._fill(LONG_CHARS)
        while True:
            try:
                found, end = _DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                if self._is_last or (opening not in '{["' and not opening.isdigit() and opening not in "-NIfnt"):
                    raise self.wrong(error.pos) from error
                if opening in "{[":
                    return Large(self, opening)
            else:
                if end < len(self._held) or self._is_last:  # a number at the end may go on
                    self._at = end
                    return found
            if len(self._held) - self._at > _LONGEST:
                raise self.wrong(self._at)
            self._fill(2 * (len(self._held) - self._at))

    def ahead(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            while self._at < len(self._held):
                if self._held[self._at] not in _BLANKS:
                    return self._held[self._at]
                self._at += 1
            if self._is_last:
                return ""
            self._fill(1)

    def take(self, mark: str) -> None:
        """Pass over a mark, which must be the next one."""
        if self.ahead() != mark:
            raise self.wrong(self._at)
        self._at += 1

    def block(self) -> tuple[list[Any], bool] | None:
        """Some whole items of the array that is being read, and whether it ends with them; None to read one alone."""
        self._fill(LONG_CHARS)
        at, mark = self._at, _BLOCK_ENDS.get(self._held[self._at : self._at + 1], ",")
        cut = at + _BLOCK_CHARS
        if mark == "," and (numbers := self._numbers(at, self._held.rfind(mark, at, cut))) is not None:
            return numbers
        for _ in range(_TRIES):
            if (cut := self._held.rfind(mark, at, cut)) < 0:
                return None
            items = f"[{self._held[at : cut + len(mark) - 1]}]"
            try:
                found, used = _DECODER.raw_decode(items)
            except json.JSONDecodeError:
                continue
            is_closed = used < len(items)  # its own bracket came first
            self._at = at + used - 1 if is_closed else cut + len(mark)
            return found, is_closed
        return None

    def _numbers(self, at: int, cut: int) -> tuple[list[Any], bool] | None:
        """The same of numbers alone, which need no decoder; None of anything else."""
        found = _NUMBERS.match(self._held, at, cut) if cut > at else None
        if found is None or (found.end() < cut and self._held[found.end()] != "]"):
            return None
        is_closed = found.end() < cut
        texts = found[0].split(",")
        if _SEPARATE.search(found[0]):
            texts = [text.strip() for text in texts]
        if not all(texts):
            return None
        self._at = found.end() + 1  # behind the comma or the bracket
        return [_WORDS.get(text, text) for text in texts] if "n" in found[0] or "N" in found[0] else texts, is_closed

    def wrong(self, at: int) -> WrongTextError:
        """What to raise where something else should stand at a place."""
        return WrongTextError(self._lines + self._held.count("\n", 0, at))

    def _fill(self, least: int) -> None:
        while not self._is_last and len(self._held) - self._at < least:
            self._lines += self._held.count("\n", 0, self._at)
            chunk = self._file.read(_READ_CHARS)
            self._is_last = not chunk
            self._held, self._at = self._held[self._at :] + chunk, 0


class Large:
    """An array or object too long to be held; its members are read once, in their order."""

    def __init__(self, text: JsonText, opening: str) -> None:
        self._text = text
        self.is_object = opening == "{"
        self._left = self._members() if self.is_object else self._items()

    def members(self) -> Iterator[tuple[str, Any]]:
        """Names and values; of an array, the values with blank names."""
        return self._left

    def skip(self) -> None:
        """Go on to the end."""
        for _ in self._left:
            pass

    def _members(self) -> Iterator[tuple[str, Any]]:
        text = self._text
        text.take("{")
        if text.ahead() == "}":
            return text.take("}")
        while True:
            if text.ahead() != '"':
                text.take('"')
            name = text.value()
            text.take(":")
            yield from self._whole(name)
            if text.ahead() == "}":
                return text.take("}")
            text.take(",")

    def _items(self) -> Iterator[tuple[str, Any]]:
        text = self._text
        text.take("[")
        if text.ahead() == "]":
            return text.take("]")
        alone = 0
        while True:
            if alone or (some := text.block()) is None:
                alone = (alone or _ONE_BY_ONE) - 1
                yield from self._whole("")
                if text.ahead() == "]":
                    return text.take("]")
                text.take(",")
            else:
                for item in some[0]:
                    yield "", item
                if some[1]:
                    return None
            if text.ahead() in {"", "]"}:
                text.take("a value")

    def _whole(self, name: str) -> Iterator[tuple[str, Any]]:
        value = self._text.value()
        yield name, value
        if isinstance(value, Large):
            value.skip()


def items_of(value: Any) -> Iterator[Any]:
    """The items of an array; none of anything else."""
    if isinstance(value, Large):
        if not value.is_object:
            yield from (item for _, item in value.members())
    elif isinstance(value, list):
        yield from value


def members_of(value: Any) -> Iterator[tuple[str, Any]]:
    """The names and values of an object; none of anything else."""
    if isinstance(value, Large):
        if value.is_object:
            yield from value.members()
    elif isinstance(value, dict):
        yield from value.items()


def record_of(value: Any) -> dict[str, Any]:
    """An object as a record, without what is too long for a cell; {} of anything else."""
    if isinstance(value, dict):
        return value
    return {name: None if isinstance(one, Large) else one for name, one in members_of(value)}


def along(value: Any, path: Path_) -> Iterator[Any]:
    """What stands at a path; ``*`` stands for each item of an array on the way, a number for one of them."""
    if not path:
        yield value
    elif path[0] == "*":
        for item in items_of(value):
            yield from along(item, path[1:])
    elif isinstance(value, dict):
        if path[0] in value:
            yield from along(value[path[0]], path[1:])
    else:
        named = members_of(value) if isinstance(value, Large) and value.is_object else _numbered(value)
        for name, one in named:
            if name == path[0]:
                yield from along(one, path[1:])


def _numbered(value: Any) -> Iterator[tuple[str, Any]]:
    return ((f"{place}", item) for place, item in enumerate(items_of(value)))


class Document:
    """A JSON file: held in memory, or gone through again and again where its ``sketch`` is.

    Parameters
    ----------
    path
        The file.
    folder
        Where to set aside what is not held.
    sketch
        The same file with the first items of each array only; None to hold it all.
    """

    def __init__(self, path: Path, folder: Path, sketch: Path | None = None) -> None:
        self._path, self.folder = path, folder
        self.is_held = sketch is None
        self.sketch: Any = loaded(sketch or path)

    @contextmanager
    def _root(self) -> Iterator[Any]:
        if self.is_held:
            yield self.sketch
            return
        with self._path.open(encoding=encoding_of(self._path), newline="") as file:
            text = JsonText(file)
            yield text.value()
            if text.ahead():
                text.take("the end")

    def items(self, path: Path_) -> Iterator[Any]:
        """The items of the array at ``path``, or of each array there."""
        with self._root() as root:
            for value in along(root, path):
                yield from items_of(value)

    def members(self, path: Path_) -> Iterator[tuple[str, Any]]:
        """The names and values of the object at ``path``."""
        with self._root() as root:
            for value in along(root, path):
                yield from members_of(value)

    def side_by_side(self, path: Path_, names: list[str]) -> Iterator[tuple[Any, ...]]:
        """The rows of arrays that stand side by side in the object at ``path``."""
        if self.is_held:
            held = dict(self.members(path))
            return zip_longest(*(held[name] for name in names))
        return self.beside(((name, items_of(one)) for name, one in self.members(path)), names)

    def beside(self, columns: Iterator[tuple[str, Iterator[Any]]], names: list[str]) -> Iterator[tuple[Any, ...]]:
        """The rows of columns that come one after the other: each is set aside until all are there."""
        places = {name: place for place, name in enumerate(names)}
        aside = [self.set_aside(f"{places[name]}", values) for name, values in columns if name in places]
        yield from zip_longest(*aside, fillvalue="")

    def set_aside(self, name: str, values: Iterator[Any]) -> Aside:
        """Write the cells of a column into a file of that name, to be gone through again."""
        path = self.folder / f"column-{name}.cells"
        with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            while some := list(islice(values, _ROWS_AT_ONCE)):
                file.write("\n".join(map(text_of, some)) + "\n")
        return Aside(path)


class Aside:
    """The cells of a column that was set aside."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[str]:
        with self._path.open(encoding="utf-8", newline="\n") as file:
            yield from (line[:-1] for line in file)


def check_text(path: Path) -> None:
    """Raise WrongTextError where a file is no JSON, or breaks off."""
    with path.open(encoding=encoding_of(path), newline="") as file:
        text = JsonText(file)
        value = text.value()
        if isinstance(value, Large):
            value.skip()
        if text.ahead():
            text.take("the end")


def loaded(path: Path) -> Any:
    """A whole file's value."""
    text = path.read_bytes().decode(encoding_of(path))
    return json.loads(text.removeprefix("\ufeff"), parse_float=Number, parse_int=Number, parse_constant=lambda _: None)


def encoding_of(path: Path) -> str:
    """The encoding of a JSON file, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be" if head[:1] == b"\0" else "utf-8"


def text_of(value: Any) -> str:
    """A value as a cell."""
    if isinstance(value, str):
        text: str = value
    elif value is None:
        return ""
    elif isinstance(value, bool):
        return "true" if value else "false"
    elif isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = str(value)
    if text.isprintable():  # which most are, and is soon known
        return text
    return " ".join(text.replace("\0", "").split()) if any(c < " " for c in text) else text
