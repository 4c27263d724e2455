"""Headers among the rows of a file that name its columns in another order, or in other units, than the first one."""

from __future__ import annotations

from collections.abc import Sequence

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files.meaning import read_name
from fairwatt.core.files.profile import ChannelRule
from fairwatt.lake.engine import literal
from fairwatt.lake.staging import Stage

_MOST = 1_000  # such rows are few; of a file of nothing else the first ones tell it


def refuse_other_heads(stage: Stage, heads: str, *, name: str) -> None:
    """Refuse a file where a header below says that the rows under it mean something else.

    Parameters
    ----------
    stage
        The file's rows.
    heads
        SQL: whether a row without a time holds the names of the times' columns.

    Raises
    ------
    UnreadableFile
        Where there is one: read by the first header, those rows' values would be another channel's, or in other units.
    """
    if not stage.shape.is_plain:
        return
    channels = [rule for rule in stage.profile.channels if rule.name.strip()]
    names = ", ".join(literal(_folded(rule.name)) for rule in channels)
    has_names = f"list_has_any(list_transform(raw, lambda cell: lower(trim(cell))), [{names}])" if names else "false"
    rows = stage.connection.execute(
        f"SELECT row, raw FROM bad_rows WHERE {heads} OR coalesce({has_names}, false) ORDER BY row LIMIT {_MOST}"
    ).fetchall()
    for row, cells in rows:
        if (other := _differing(channels, cells)) is not None:
            rule, head = other
            line = stage.bad_line(int(row))
            raise UnreadableFile(
                f"A header in line {line:,} of {name} has ‘{head}’ where the first one has ‘{rule.name}’: files of "
                "different columns or units were put together, and the rows below would be read wrongly.",
                where={"file": name, "line": line},
                next_step="Cut the file before that line and read its parts as files of their own.",
            )


def _differing(channels: Sequence[ChannelRule], cells: Sequence[str | None]) -> tuple[ChannelRule, str] | None:
    """The first channel in whose column a header names another one, or another unit, with that name."""
    known = {_folded(rule.name) for rule in channels}
    for rule in channels:
        head = (cells[rule.column] or "").strip() if rule.column < len(cells) else ""
        if _folded(head) == _folded(rule.name) or not head:
            continue
        if _folded(head) in known or _says_other_unit(head, rule.name):
            return rule, head
    return None


def _says_other_unit(head: str, name: str) -> bool:
    """Whether two heads say two units."""
    one, other = read_name(head), read_name(name)
    return bool(one.unit and other.unit) and (one.unit, one.factor) != (other.unit, other.factor)


def _folded(text: str) -> str:
    return text.strip().casefold()
