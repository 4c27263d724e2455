"""The questions what points and commas in numbers mean, of a whole file and of one of its columns."""

from __future__ import annotations

from collections.abc import Sequence

from fairwatt.core.files.cells import DecimalMark, other_mark
from fairwatt.core.files.column_marks import ColumnMarks
from fairwatt.core.files.marks import Marks
from fairwatt.core.files.profile import ChannelRule, How, ImportProfile, Question

_CONFIDENCE = 0.6
_SWAPPED = "swapped_marks"


def ask_decimal(marks: Marks) -> Question:
    """Ask what the marks in a file's numbers mean."""
    return _ask("decimal", "in this file", marks.open_example, marks.decimal, marks.why)


def ask_column_decimals(doubts: Sequence[tuple[ChannelRule, ColumnMarks]]) -> tuple[Question, ...]:
    """Ask what the marks in the numbers of single columns mean."""
    return tuple(
        _ask(f"decimal:{rule.field}", f"in ‘{rule.name}’", doubt.example, doubt.guess, doubt.why)
        for rule, doubt in doubts
    )


def _ask(key: str, where: str, example: str, guess: DecimalMark, why: str) -> Question:
    mark: DecimalMark = "," if "," in example else "."
    fraction, whole = example.replace(mark, "."), example.replace(mark, "")
    return Question(
        id=key,
        text=f"What does {example} mean {where}?",
        guess=guess,
        why=why,
        confidence=_CONFIDENCE,
        choices=(
            (mark, f"{example} is {fraction}: a fraction"),
            (other_mark(mark), f"{example} is {whole}: thousands"),
        ),
    )


def with_decimal(profile: ImportProfile, mark: DecimalMark) -> ImportProfile:
    """The profile with a decimal mark, the other one between thousands; how many decimals there are shows when the rows
    are read. Columns that had the file's marks the other way round keep theirs."""
    dialect = profile.dialect
    other = other_mark(mark)
    if mark == dialect.decimal_mark:
        change = {"decimal_how": How.CONFIRMED, "thousands_mark": dialect.thousands_mark or other}
        return profile.newest.model_copy(update={"dialect": dialect.model_copy(update=change)})
    changed = dialect.model_copy(update={"decimal_mark": mark, "decimal_how": How.CONFIRMED, "thousands_mark": other})
    channels = tuple(_unswapped(c) if c.decimals is None else _unswapped(c, 0) for c in profile.channels)
    return profile.model_copy(update={"dialect": changed, "channels": channels})


def with_column_decimal(profile: ImportProfile, asked: ChannelRule, mark: DecimalMark) -> ImportProfile:
    """The profile with a decimal mark for one of its columns."""
    decimals = None if asked.decimals is None else 0
    bare = _unswapped(asked, decimals)
    is_swapped = mark != profile.dialect.decimal_mark
    changed = bare.model_copy(update={"notation": (*bare.notation, _SWAPPED)}) if is_swapped else bare
    channels = tuple(changed if channel is asked else channel for channel in profile.channels)
    dialect = profile.dialect.model_copy(update={"decimal_how": How.CONFIRMED})
    return profile.newest.model_copy(update={"channels": channels, "dialect": dialect})


def _unswapped(channel: ChannelRule, decimals: int | None = None) -> ChannelRule:
    kept = tuple(one for one in channel.notation if one != _SWAPPED)
    return channel.model_copy(update={"notation": kept, "decimals": decimals})
