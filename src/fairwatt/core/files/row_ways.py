"""A column that says of each row which way its value flows: Import and Export by turns, beside bare numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fairwatt.core.files.asking import ask_direction
from fairwatt.core.files.directions import DIRECTED
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.profile import ImportProfile, Kind, Question
from fairwatt.core.files.signs import SignGuess
from fairwatt.core.files.ways import say_ways
from fairwatt.core.findings import Finding


def ways_column(layout: Layout, among: Iterable[int]) -> int | None:
    """The column that says of each row which way its value flows; None where there is none."""
    return next((column for column in among if say_ways(layout.cells(column))), None)


def ask_ways(
    profile: ImportProfile, layout: Layout, questions: Sequence[Question]
) -> tuple[tuple[Question, ...], tuple[Finding, ...]]:
    """What has to be asked, and told, of channels whose way of flow a column of words says row by row.

    Parameters
    ----------
    profile, questions
        As inferred from the plain table ``layout``, whose columns the channels' positions are.
    """
    places = {channel.column: channel for channel in profile.channels if channel.kind is not Kind.NUMBER}
    column = ways_column(layout, [place for place in places if place < layout.columns])
    flowing = [c for c in profile.channels if c.kind is Kind.NUMBER and c.quantity in DIRECTED and not c.direction]
    if column is None or not flowing:
        return (), ()
    name = places[column].name
    why = f"‘{name}’ says row by row which way it flows; the numbers are kept as they stand, whichever it is."
    asked = {question.id for question in questions}
    more = [ask_direction([c], SignGuess("", why, 0.3)) for c in flowing if f"direction:{c.field}" not in asked]
    told = Finding(
        code="ways-in-rows",
        channel=name,
        count=len(flowing),
        message=f"‘{name}’ says of each row which way its values flow. The numbers beside it are not turned by it: "
        "write what is fed in with a minus, or in a column of its own, to have import and export told apart.",
    )
    return tuple(more), (told,)
