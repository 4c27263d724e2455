"""How much a file looks like those that a saved profile was made for: in a number and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairwatt.core.files.fitting import misfit_of
from fairwatt.core.files.inspection import Inspection
from fairwatt.core.files.profile import ImportProfile, TimestampRule

LIKELY = 0.6  # from this score on a profile is worth naming
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a file and a profile have in common.

    Attributes
    ----------
    same, total
        Columns of readings with the same name at the same place, of all that either has.
    misfit
        Why the profile can't read the file, one sentence; "" where it can.
    differences
        What else is not the same though the profile fits, in words.
    """

    same: int
    total: int
    misfit: str = ""
    differences: tuple[str, ...] = ()

    @property
    def is_perfect(self) -> bool:
        """Whether nothing at all stands between the two."""
        return not self.misfit and not self.differences and self.same == self.total

    @property
    def score(self) -> float:
        """0 to 1; 1 for what is perfect."""
        if self.is_perfect:
            return 1.0
        share = self.same / self.total if self.total else 0.0
        return round(share * (0.7 if self.misfit else 0.95 ** len(self.differences)), 3)

    @property
    def words(self) -> str:
        """How much is the same: ``141 of 141 columns the same``; and what is not."""
        counted = f"{self.same:,} of {self.total:,} column{'' if self.total == 1 else 's'} the same"
        return "; ".join([counted, *self.differences])


def likeness_of(profile: ImportProfile, inspection: Inspection) -> Likeness:
    """How much a file looks like those that ``profile`` was made for.

    Parameters
    ----------
    inspection
        What samples of the file said; one without a profile of its own is like nothing.
    """
    found = inspection.profile
    if found is None:
        return Likeness(0, len(profile.channels), misfit_of(profile, inspection) or "No readings were found in it.")
    mine, theirs = _places(profile), _places(found)
    return Likeness(
        same=sum(_is_there(place, name, theirs, inspection.columns) for place, name in mine.items()),
        total=_total(profile, found),
        misfit=misfit_of(profile, inspection),
        differences=tuple(_differences(profile, found)),
    )


def _places(profile: ImportProfile) -> dict[tuple[int, str], str]:
    """Names of channels by where they stand: their column and, with a row for each value, their label."""
    return {
        (channel.column if profile.spread is None else -1, channel.label): channel.name for channel in profile.channels
    }


def _is_there(place: tuple[int, str], name: str, theirs: dict[tuple[int, str], str], columns: Sequence[str]) -> bool:
    """Whether a column is there under its name, also where this file's samples made no channel of it."""
    column = place[0]
    return theirs.get(place) == name or (0 <= column < len(columns) and columns[column] == name)


def _total(profile: ImportProfile, found: ImportProfile) -> int:
    """The columns of readings that either has; what the profile's maker has left out counts neither way."""
    mine, theirs = _places(profile), _places(found)
    if profile.spread is not None or found.spread is not None:
        return len(mine.keys() | theirs.keys())
    return len(mine) if profile.columns == found.columns else max(len(mine), len(theirs))


def _differences(profile: ImportProfile, found: ImportProfile) -> list[str]:
    said: list[str] = []
    if profile.timestamp.columns != found.timestamp.columns:
        said.append("times in other columns")
    elif not _formats(profile.timestamp) & _formats(found.timestamp):
        said.append("times written otherwise")
    if (profile.timestamp.periods is None) != (found.timestamp.periods is None):
        said.append("another shape of table")
    if (profile.spread is None) != (found.spread is None):
        said.append("another shape of table")
    if (profile.series_column, profile.series_parts) != (found.series_column, found.series_parts):
        said.append("meters told apart otherwise")
    if other := _other_units(profile, found):
        named = ", ".join(f"‘{name}’" for name in other[:_NAMED])
        said.append(f"other units in {named}" + (f" and {len(other) - _NAMED} more" if len(other) > _NAMED else ""))
    return list(dict.fromkeys(said))


def _formats(rule: TimestampRule) -> set[str]:
    """The ways of writing times, day and month taken for the same: which is which is asked or known elsewhere."""
    return {form.replace("%m", "%d") for form in (rule.format, *rule.formats)}


def _other_units(profile: ImportProfile, found: ImportProfile) -> list[str]:
    """Channels whose unit this file says itself, and says otherwise."""
    mine = {(channel.column, channel.label): channel for channel in profile.channels}
    other: list[str] = []
    for channel in found.channels:
        known = mine.get((channel.column, channel.label))
        if known is not None and known.unit and channel.unit and channel.how == "read" and channel.unit != known.unit:
            other.append(channel.name)
    return other
