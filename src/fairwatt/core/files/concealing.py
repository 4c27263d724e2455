"""What may be shown of a file that holds numbers of supply points: other names in the place of the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from fairwatt.core.files.fields import FIELD_LENGTH
from fairwatt.core.files.inspection import Inspection
from fairwatt.core.files.privacy import METER_POINTS, bare_number, conceal_text, hold_mpans, kind_of_points, said_points
from fairwatt.core.files.profile import ChannelRule, ImportProfile, Question
from fairwatt.core.findings import Finding

Pseudonym = Callable[[str], str]
HIDDEN = "•••"  # a name, an address
_REASONS = ("order_why", "time_zone_why", "stamp_why")


def conceal(inspection: Inspection, pseudonym: Pseudonym) -> Inspection:
    """The same inspection with other names in the place of numbers of supply points, and personal cells hidden.

    Names and fields of channels that hold such a number get the other name too, and with them their questions; where
    nothing is personal, the inspection is the same.

    Parameters
    ----------
    pseudonym
        What stands for a number (without blanks, without an MPAN's top line).
    """
    points = _points(inspection)
    hidden = set(inspection.profile.personal_columns) - points if inspection.profile is not None else set()
    mixed = {c for c, cells in enumerate(zip(*inspection.rows, strict=False)) if hold_mpans(cells)}
    return replace(
        inspection,
        profile=_concealed_profile(inspection.profile, pseudonym) if inspection.profile is not None else None,
        questions=tuple(_concealed_question(question, pseudonym) for question in inspection.questions),
        findings=_concealed_findings(inspection.findings, pseudonym),
        columns=tuple(conceal_text(name, pseudonym) for name in inspection.columns),
        rows=tuple(_concealed_row(row, points, hidden, mixed, pseudonym) for row in inspection.rows),
    )


def _concealed_findings(findings: Sequence[Finding], pseudonym: Pseudonym) -> tuple[Finding, ...]:
    """The findings, and a warning where only they show that a number stands in the name of a member or a sheet."""
    concealed = tuple(conceal_finding(finding, pseudonym) for finding in findings)
    if concealed == tuple(findings) or any(finding.code == METER_POINTS for finding in findings):
        return concealed
    return (*concealed, said_points("Names of what is in the file hold"))


def _points(inspection: Inspection) -> set[int]:
    """Positions of the columns of the preview that hold numbers of supply points."""
    profile = inspection.profile
    found = {c for c, cells in enumerate(zip(*inspection.rows, strict=False)) if _are_points(inspection, c, cells)}
    if profile is not None and profile.series_kind and profile.series_column is not None:
        found.add(profile.series_column)
    return found


def _are_points(inspection: Inspection, column: int, cells: Sequence[str]) -> bool:
    profile = inspection.profile
    if profile is not None and column in profile.timestamp.columns:
        return False
    name = inspection.columns[column] if column < len(inspection.columns) else ""
    return bool(kind_of_points(name, cells))


def _concealed_row(
    row: Sequence[str], points: set[int], hidden: set[int], mixed: set[int], pseudonym: Pseudonym
) -> tuple[str, ...]:
    """A row as it may be shown: ``points`` are numbers of supply points, ``hidden`` other personal cells, and in
    ``mixed`` such numbers stand among words."""
    cells: list[str] = []
    for column, cell in enumerate(row):
        if column in points and cell.strip():
            cells.append(pseudonym(bare_number(cell)))
        elif column in hidden and cell.strip():
            cells.append(HIDDEN)
        else:
            cells.append(conceal_text(cell, pseudonym) if column in mixed else cell)
    return tuple(cells)


def _concealed_profile(profile: ImportProfile, pseudonym: Pseudonym) -> ImportProfile:
    channels = tuple(_concealed_rule(rule, pseudonym) for rule in profile.channels)
    parts = tuple(conceal_text(part, pseudonym) for part in profile.table.parts)
    times = profile.timestamp
    heads = tuple(conceal_text(head, pseudonym) for head in times.heads)
    whys = {name: conceal_text(getattr(times, name), pseudonym) for name in _REASONS}
    return profile.model_copy(
        update={
            "channels": channels,
            "table": profile.table.model_copy(update={"parts": parts}),
            "dialect": profile.dialect.model_copy(update={"member": conceal_text(profile.dialect.member, pseudonym)}),
            "timestamp": times.model_copy(update={**whys, "heads": heads}),
            "series": conceal_text(profile.series, pseudonym),
        }
    )


def _concealed_rule(rule: ChannelRule, pseudonym: Pseudonym) -> ChannelRule:
    name, field = conceal_text(rule.name, pseudonym), _concealed_field(rule.field, pseudonym)
    if name == rule.name and field == rule.field:
        return rule
    return rule.model_copy(update={"name": name, "field": field, "why": conceal_text(rule.why, pseudonym)})


def _concealed_field(field: str, pseudonym: Pseudonym) -> str:
    """The column's name in the table."""
    words = conceal_text(field.replace("_", " "), lambda number: pseudonym(number).replace("-", " "))
    return words.replace(" ", "_")[:FIELD_LENGTH]


def _concealed_question(question: Question, pseudonym: Pseudonym) -> Question:
    kind, mark, field = question.id.partition(":")
    return question.model_copy(
        update={
            "id": f"{kind}{mark}{_concealed_field(field, pseudonym)}",
            "text": conceal_text(question.text, pseudonym),
            "why": conceal_text(question.why, pseudonym),
            "guess": conceal_text(question.guess, pseudonym),
            "choices": tuple(
                (conceal_text(value, pseudonym), conceal_text(label, pseudonym)) for value, label in question.choices
            ),
        }
    )


def conceal_finding(finding: Finding, pseudonym: Pseudonym) -> Finding:
    """The finding with other names in the place of numbers of supply points."""
    return finding.model_copy(
        update={
            "channel": conceal_text(finding.channel, pseudonym),
            "message": conceal_text(finding.message, pseudonym),
            "where": tuple(conceal_text(place, pseudonym) for place in finding.where),
        }
    )
