"""What looking at a file said before anybody answered: kept with it, so that its page need not look again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairwatt import __version__
from fairwatt.core.errors import FairwattError, InvalidInput
from fairwatt.core.files import ImportProfile, Inspection, Question
from fairwatt.core.files.concealing import Pseudonym
from fairwatt.core.files.privacy import conceal_text
from fairwatt.core.files.profile import TableRule
from fairwatt.core.findings import Finding
from fairwatt.lake.lines import count_lines
from fairwatt.lake.looking import TABLE
from fairwatt.lake.previewing import read_head
from fairwatt.records.models import File

if TYPE_CHECKING:
    from fairwatt.lake.looking import FileLook, TableLook

READER = f"fairwatt {__version__}"
PLAIN_FORMS = frozenset({"CSV", "TSV"})
_MOST_TABLES = 30
_NAMED_COLUMNS = 8
_CELL = 60  # characters
COUNTED_BYTES = 256 << 20  # larger tables are not gone through to count their rows


@dataclass(frozen=True, slots=True)
class HeldTable:
    """One of a file's tables, for whoever has to choose: what it is called and what it holds.

    ``rows`` is None where they were not counted; ``columns`` names the first ones.
    """

    title: str
    is_readings: bool
    columns: tuple[str, ...]
    column_count: int
    rows: int | None
    first_rows: tuple[tuple[str, ...], ...] = ()


def keep_look(look: FileLook, chosen: TableLook | None, inspection: Inspection, pseudonym: Pseudonym) -> dict[str, Any]:
    """What is kept of a look, as JSON.

    Parameters
    ----------
    chosen
        The table that is meant.
    inspection
        Of it, numbers of supply points hidden.
    pseudonym
        What stands for such a number in what else is kept.
    """
    if inspection.profile is None:
        return {}
    return {
        "reader": READER,
        "kind": inspection.kind,
        "format": inspection.format,
        "media_type": inspection.media_type,
        "profile": inspection.profile.model_dump(mode="json"),
        "questions": [question.model_dump(mode="json") for question in inspection.questions],
        "columns": list(inspection.columns),
        "head": _head_of(chosen, inspection.profile, pseudonym),
        "table": conceal_text(chosen.title, pseudonym) if chosen is not None else "",
        "tables": [_table(one, pseudonym) for one in look.tables[:_MOST_TABLES]] if len(look.tables) > 1 else [],
        "findings": [finding.model_dump(mode="json") for finding in inspection.findings],
    }


def _head_of(chosen: TableLook | None, profile: ImportProfile, pseudonym: Pseudonym) -> list[list[str]]:
    if chosen is None:
        return []
    head = read_head(chosen.table.path, profile.dialect)
    return [[conceal_text(cell, pseudonym)[:200] for cell in line[:200]] for line in head]


def _table(look: TableLook, pseudonym: Pseudonym) -> dict[str, Any]:
    found = look.inspection
    path, profile = look.table.path, found.profile
    rows = look.table.rows_in_all
    if rows is None and path.stat().st_size <= COUNTED_BYTES:
        above = profile.dialect.skip_lines + profile.dialect.header_lines if profile is not None else 1
        rows = max(0, count_lines(path) - above)
    return {
        "title": conceal_text(look.title, pseudonym),
        "is_readings": found.kind == File.Kind.READINGS,
        "columns": [conceal_text(name, pseudonym)[:_CELL] for name in found.columns[:_NAMED_COLUMNS]],
        "column_count": len(found.columns),
        "rows": rows,
    }


def choose_table(look: FileLook, answers: Mapping[str, str], pseudonym: Pseudonym) -> TableLook | None:
    """The table that is meant: one that a number of a supply point names is asked about by its other name.

    Raises
    ------
    InvalidInput
        Where the file has no table of that title; what it says names no such number.
    """
    asked = answers.get(TABLE)
    shown = {conceal_text(one.title, pseudonym): one.title for one in look.tables}
    try:
        return look.chosen({} if asked is None else {TABLE: shown.get(asked, asked)})
    except InvalidInput as error:
        raise without_numbers(error, pseudonym) from None


def without_numbers(error: FairwattError, pseudonym: Pseudonym | None = None) -> FairwattError:
    """An error whose text names no supply point, as the names of members and sheets may."""
    error.message = conceal_text(error.message, pseudonym)
    error.next_step = conceal_text(error.next_step, pseudonym)
    error.where = {key: conceal_text(str(one), pseudonym) for key, one in error.where.items()}
    return error


def inspection_of(file: File) -> Inspection | None:
    """What samples of a file said, as it was kept; None where nothing was."""
    return parse_look(file.inspected, file.sample) if file.inspected else None


def recall_look(file: File) -> Inspection | None:
    """What this very reader saw when it looked at a plain text of one table; None where it must look again.

    The same bytes look the same again, so what people answered needs no second look. A container's tables would have
    to be written out once more anyway.
    """
    kept = file.inspected
    if kept.get("reader") != READER or kept.get("findings") is None:
        return None
    found = parse_look(kept, file.sample)
    assert found.profile is not None  # no other look is kept
    is_plain = found.format in PLAIN_FORMS and found.profile.table == TableRule() and not kept["tables"]
    return found if is_plain else None


def parse_look(kept: Mapping[str, Any], sample: Mapping[str, Any]) -> Inspection:
    """What :func:`keep_look` kept, back; ``sample`` brings the first rows."""
    return Inspection(
        kind=kept["kind"],
        format=kept["format"],
        media_type=kept["media_type"],
        profile=ImportProfile.model_validate(kept["profile"]),
        questions=tuple(Question.model_validate(question) for question in kept["questions"]),
        columns=tuple(kept["columns"]),
        findings=tuple(Finding.model_validate(finding) for finding in kept.get("findings") or ()),
        rows=tuple(tuple(row) for row in sample.get("rows", ())),
    )


def tables_of(kept: Mapping[str, Any]) -> tuple[HeldTable, ...]:
    """The tables that a file holds, where there are several."""
    return tuple(
        HeldTable(
            title=one["title"],
            is_readings=one["is_readings"],
            columns=tuple(one["columns"]),
            column_count=one["column_count"],
            rows=one["rows"],
        )
        for one in kept.get("tables", ())
    )


def given_profile(file: File) -> ImportProfile | None:
    """The profile that somebody gave for a file."""
    return ImportProfile.model_validate(file.given["profile"]) if file.given else None


def profile_digest(file: File) -> str:
    """The hash of the document by which a file was read; "" where it was by none."""
    return ImportProfile.model_validate(file.profile).digest if file.profile else ""


def profile_name(file: File) -> str:
    """What the profile that a file is read by is called, where it is a saved one and nothing was changed about it."""
    if file.given:
        return str(file.given.get("name") or "") if not set(file.answers) - {"table"} else ""
    return file.logger.name if file.logger is not None else ""


def find_bounds(file: File) -> tuple[float, ...]:
    """Where a map lies, in degrees; () where that is not known."""
    extent = file.extent or {}
    is_in_degrees = extent.get("crs") in {"EPSG:4326", "OGC:CRS84"}
    found = extent.get("bounds_wgs84") or (extent.get("bounds") if is_in_degrees else None)
    return tuple(found or ())
