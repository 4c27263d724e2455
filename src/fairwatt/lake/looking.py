"""Look at a received file: what it is, which tables it holds, and how to read each of them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from fairwatt.core.errors import InvalidInput, UnreadableFile
from fairwatt.core.files import Inspection, Question, describe_geojson, inspect_file, recognise_kind
from fairwatt.core.files.documents import SPATIAL_FORMS, TABLE_FORMS, kind_of_form
from fairwatt.core.files.encodings import find_encoding
from fairwatt.core.files.layout import Layout, find_layout
from fairwatt.core.files.meaning import time_rank
from fairwatt.core.files.recognition import recognise_archive
from fairwatt.core.files.sampling import FileSample
from fairwatt.core.files.spatial import geoparquet_extent
from fairwatt.core.findings import Finding
from fairwatt.lake.describing import describe_document, describe_layers
from fairwatt.lake.disk import full_disk_said
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting import ARCHIVES, MAX_RATIO, SPATIAL, TEXT_FORMS, TextTable, can_extract, extract
from fairwatt.lake.extracting.texts import tables_of_text
from fairwatt.lake.inflating import ZIP_ERRORS
from fairwatt.lake.lines import count_lines
from fairwatt.lake.looking_findings import (
    FILES_LOOKED_AT,
    of_excerpt,
    of_locked,
    of_members,
    of_other_tables,
    of_samples,
    of_unread,
)
from fairwatt.lake.opening import Readable, damaged, opened
from fairwatt.lake.sampling import sample_file
from fairwatt.lake.work import WorkFolder

TABLE = "table"  # the id of the question which table is meant
EXTENT_UNKNOWN = "extent-unknown"
DESCRIBED_BYTES = 256 << 20  # spatial files up to this size are counted whole; it takes twice that of memory
MAX_COLUMNS = 4_000
_NAMED_COLUMNS = 4  # of a table, to tell it from others
_KINDS = {"readings": 0, "table": 1}


@dataclass(frozen=True, slots=True)
class TableLook:
    """One table of a file: what it is called, its text, and what was found out about it."""

    title: str
    table: TextTable
    inspection: Inspection


@dataclass(frozen=True, slots=True)
class FileLook:
    """What a file is and what it holds.

    Attributes
    ----------
    format, media_type
        As :func:`fairwatt.core.files.recognise_kind` says, of the unpacked file.
    encoding
        Of a text file; "" for others.
    compression
        How it was packed: ``none``, ``gzip``, ``zip``, ``bzip2``, ``xz`` or ``zstd``.
    member
        The file's name in a zip of one file.
    size
        Its bytes as received.
    path
        The unpacked file, as long as the look lasts.
    tables
        The tables, the one that a deposit takes first.
    findings
        What was noticed about the file as a whole.
    description
        What else it says of itself: a document's pages and title, a spatial file's extent.
    whole
        The inspection of a file that holds no tables.
    """

    format: str
    media_type: str
    encoding: str
    compression: str
    member: str
    size: int
    path: Path
    tables: tuple[TableLook, ...] = ()
    findings: tuple[Finding, ...] = ()
    description: dict[str, object] = field(default_factory=dict)
    whole: Inspection | None = None

    @property
    def is_excerpt(self) -> bool:
        """Whether any of its tables' texts is not the whole table's."""
        tables = (look.table for look in self.tables)
        return FILES_LOOKED_AT in self.description or any(
            table.rows_in_all is not None or table.beginning or table.taken is not None for table in tables
        )

    @property
    def main(self) -> TableLook | None:
        """The table that a deposit takes; None where there is none."""
        return self.tables[0] if self.tables else None

    def chosen(self, answers: Mapping[str, str]) -> TableLook | None:
        """The table that somebody chose by answering the question ``table``, else :attr:`main`.

        Raises
        ------
        InvalidInput
            Where the file has no table of that title.
        """
        title = answers.get(TABLE)
        if title is None or self.main is None:
            return self.main
        for look in self.tables:
            if look.title == title:
                return look
        raise InvalidInput(
            f"The file has no table '{title}'.",
            where={"field": TABLE},
            next_step=f"Answer one of: {', '.join(look.title for look in self.tables)}.",
        )

    def inspection_of(self, look: TableLook | None) -> Inspection:
        """What was found out about a table and, with it, about the file as a whole."""
        found = look.inspection if look is not None else self.whole
        if found is None:  # pragma: no cover - a look has either
            raise UnreadableFile("The file holds nothing that can be looked at.")
        return replace(found, findings=(*found.findings, *self.findings))

    @property
    def inspection(self) -> Inspection:
        """The inspection that a deposit shows: of the main table, or of the whole where there are no tables."""
        return self.inspection_of(self.main)


@contextmanager
def look_at_file(
    path: Path,
    *,
    name: str,
    work: Path,
    max_columns: int = MAX_COLUMNS,
    max_ratio: int = MAX_RATIO,
    patient: Patient | None = None,
    is_excerpt: bool = False,
) -> Iterator[FileLook]:
    """Look at a file; what has to be unpacked or written out for it lives only inside the block.

    Parameters
    ----------
    path
        The file as received.
    name
        Its name: for messages, and for a unit it may hold.
    work
        The folder for temporary files.
    max_columns
        How many columns a table may have.
    max_ratio
        How many times larger than the file its content may be; 64 MiB may come out of any.
    patient
        Reports progress and stops the work where somebody asks for it.
    is_excerpt
        Whether the tables' texts may be excerpts: then they are good for a look, and not to be read as a whole.

    Raises
    ------
    UnreadableFile
        Where it is empty, damaged or locked, or claims to be text and is not.
    TooLarge
        Where its content passes the limits.
    """
    open_it = partial(opened, Path(path), work=work, max_ratio=max_ratio, name=name)
    look_at = partial(
        look_into,
        name=name,
        work=work,
        max_columns=max_columns,
        max_ratio=max_ratio,
        patient=patient,
        is_excerpt=is_excerpt,
    )
    with ExitStack() as stack:
        readable = stack.enter_context(open_it(is_excerpt=is_excerpt))
        look = stack.enter_context(look_at(readable))
        if readable.sample is not None and look.main is None:  # what is no plain table has to be gone through
            stack.close()
            look = stack.enter_context(look_at(stack.enter_context(open_it())))
        yield replace(look, size=Path(path).stat().st_size)


@contextmanager
def look_into(
    readable: Readable,
    *,
    name: str,
    work: Path,
    max_columns: int = MAX_COLUMNS,
    max_ratio: int = MAX_RATIO,
    patient: Patient | None = None,
    is_excerpt: bool = False,
) -> Iterator[FileLook]:
    """As :func:`look_at_file`, of a file that is open already."""
    named = Path(readable.member).name or name if readable.member else name
    sample = readable.sample or sample_file(readable.path)
    form, media_type = _recognised(readable.path, sample, named)
    look = _Looking(readable, named, sample, form, media_type, max_columns, patient or Patient())
    with WorkFolder.new(work) as folder, full_disk_said():
        if form in SPATIAL:
            yield look.at_map(folder.path, is_excerpt=is_excerpt)
        elif form in TEXT_FORMS or form in {"empty", "unknown"}:
            yield look.at_text(folder.path)
        elif can_extract(form):
            yield look.at_tables(folder.path, max_ratio, is_excerpt=is_excerpt)
        else:
            yield look.at_whole(folder.path)


def _recognised(path: Path, sample: FileSample, name: str) -> tuple[str, str]:
    """What a file is; of a zip by the names of its members."""
    if not sample.head.startswith(b"PK\x03\x04"):
        return recognise_kind(sample.head)
    try:
        with zipfile.ZipFile(path) as archive:
            return recognise_archive(archive.namelist())
    except ZIP_ERRORS as error:
        raise damaged(name, "zip") from error


@dataclass(frozen=True, slots=True)
class _Looking:
    """A file that is being looked at."""

    readable: Readable
    name: str
    sample: FileSample
    form: str
    media_type: str
    max_columns: int
    patient: Patient

    def at_text(self, work: Path) -> FileLook:
        """The look at a file that is one table of text, or none at all."""
        layout = self._layout()
        inspection = inspect_file(self.sample, name=self.name, max_columns=self.max_columns, layout=layout)
        look = self._look(inspection.format, inspection.media_type)
        if inspection.format in TEXT_FORMS and (parts := self._at_parts(work, inspection, layout)) is not None:
            return parts
        if any(finding.code == EXTENT_UNKNOWN for finding in inspection.findings):
            inspection = _with_extent(inspection, self.readable.path)
        if inspection.kind not in _KINDS or inspection.format not in TEXT_FORMS:
            described = dict(inspection.extent) or describe_document(
                self.readable.path,
                self.sample,
                form=inspection.format,
                work=work,
                name=self.name,
                patient=self.patient,
            )
            return replace(look, whole=inspection, description=described)
        inspection = _as_packed(inspection, self.readable)
        table = TableLook("", TextTable(self.readable.path, taken=self.readable.sample), inspection)
        return replace(
            look, encoding=find_encoding(self.sample), tables=(table,), findings=of_samples(self.readable.sample)
        )

    def _layout(self) -> Layout | None:
        """How a text is laid out; None where it is no table, or empty."""
        if self.form not in TEXT_FORMS or not self.sample.head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
            return None
        return find_layout(self.sample, name=self.name, max_columns=self.max_columns)

    def _at_parts(self, folder: Path, inspection: Inspection, layout: Layout | None) -> FileLook | None:
        """The look at a text of several tables, or in columns of blanks; None where it is neither."""
        if self.readable.sample is not None:
            return None
        found = tables_of_text(self.readable.path, self.sample, layout, work=folder, patient=self.patient)
        looks, findings = _inspect_tables(found.tables, name=self.name, max_columns=self.max_columns)
        if not any(look.inspection.kind == "readings" for look in looks):
            return None
        look = self._look(inspection.format, inspection.media_type)
        tables = _in_order(looks, "Text", inspection.media_type, self.readable)
        shown = tuple(
            replace(one, inspection=replace(one.inspection, format=inspection.format, media_type=inspection.media_type))
            for one in tables
        )
        return replace(look, encoding=find_encoding(self.sample), tables=shown, findings=findings)

    def at_tables(self, folder: Path, max_ratio: int, *, is_excerpt: bool) -> FileLook:
        """The look at a container of tables."""
        found = extract(
            self.readable.path,
            form=self.form,
            work=folder,
            name=self.name,
            patient=self.patient,
            max_ratio=max_ratio,
            is_excerpt=is_excerpt,
        )
        look = replace(self._look(self.form, self.media_type), description=found.description)
        if "geo" in found.description:
            return replace(look, whole=self._spatial(geoparquet_extent(found.description)))
        looks, findings = _inspect_tables(found.tables, name=self.name, max_columns=self.max_columns)
        findings += (*of_excerpt(found), *of_members(found), *of_other_tables([look.inspection for look in looks]))
        if self.form == "XML" and not any(look.inspection.kind == "readings" for look in looks):
            looks = []  # whatever repeats in a document makes no table of it
        if looks:
            tables = _in_order(looks, self.form, self.media_type, self.readable)
            return replace(look, tables=tables, findings=findings)
        return replace(look, whole=self._without_tables(found.description), findings=findings)

    def at_whole(self, folder: Path) -> FileLook:
        """The look at a file of layers, or at a document."""
        look = self._look(self.form, self.media_type)
        path, form, name, patient = self.readable.path, self.form, self.name, self.patient
        if form in SPATIAL_FORMS:
            extent = describe_layers(path, form=form, work=folder, name=name, patient=patient)
            return replace(look, whole=self._spatial(extent), description=extent)
        whole = self._kept(kind_of_form(form))
        description = describe_document(path, self.sample, form=form, work=folder, name=name, patient=patient)
        findings = of_locked(self.name, self.form, description)
        return replace(look, whole=whole, description=description, findings=findings)

    def at_map(self, folder: Path, *, is_excerpt: bool) -> FileLook:
        """The look at a map: at its readings, where its features have times and numbers that make some."""
        look = self.at_text(folder) if self.form == "GeoJSON" else self.at_whole(folder)
        if look.whole is None or not _may_hold_readings(look.whole.extent):
            return look
        path, form, name, patient = self.readable.path, self.form, self.name, self.patient
        found = extract(path, form=form, work=folder, name=name, patient=patient, is_excerpt=is_excerpt)
        looks, findings = _inspect_tables(found.tables, name=name, max_columns=self.max_columns)
        readings = [one for one in looks if one.inspection.kind == "readings"]
        if not readings:
            return look
        told = _in_order(readings, self.form, self.media_type, self.readable)
        tables = tuple(replace(one, inspection=replace(one.inspection, extent=look.whole.extent)) for one in told)
        return replace(look, tables=tables, findings=findings + of_excerpt(found), whole=None)

    def _look(self, form: str, media_type: str) -> FileLook:
        return FileLook(
            format=form,
            media_type=media_type,
            encoding="",
            compression=str(self.readable.compression),
            member=self.readable.member,
            size=self.readable.path.stat().st_size,
            path=self.readable.path,
        )

    def _spatial(self, extent: dict[str, object]) -> Inspection:
        fields = extent.get("fields")
        names = tuple(fields) if isinstance(fields, dict) else ()
        return Inspection("spatial", self.form, self.media_type, columns=names, extent=extent)

    def _without_tables(self, description: dict[str, object]) -> Inspection:
        if self.form in ARCHIVES and not description.get("files"):
            return self._kept("unknown")
        return self._kept("table" if self.form in TABLE_FORMS else "document")

    def _kept(self, kind: str) -> Inspection:
        """The inspection of a file that is kept as it is."""
        kept = inspect_file(self.sample, name=self.name, max_columns=self.max_columns)
        return replace(kept, kind=kind, format=self.form, media_type=self.media_type)


def _as_packed(inspection: Inspection, readable: Readable) -> Inspection:
    """The same, its profile saying how the file was packed."""
    if inspection.profile is None:
        return inspection
    packed = {"compression": readable.compression, "member": readable.member}
    dialect = inspection.profile.dialect.model_copy(update=packed)
    return replace(inspection, profile=inspection.profile.model_copy(update={"dialect": dialect}))


def _with_extent(inspection: Inspection, path: Path) -> Inspection:
    """The same with the extent of a spatial file whose samples could not tell it, where it is not too large."""
    if path.stat().st_size > DESCRIBED_BYTES:
        return inspection
    extent = describe_geojson(path.read_bytes())
    fields = extent.get("fields")
    return replace(
        inspection,
        extent=extent,
        columns=tuple(fields) if isinstance(fields, dict) else (),
        findings=tuple(finding for finding in inspection.findings if finding.code != EXTENT_UNKNOWN),
    )


def _may_hold_readings(extent: Mapping[str, object]) -> bool:
    """Whether the features of any layer have a time by its type or name, and numbers."""
    layers = extent.get("layers")
    for layer in layers if isinstance(layers, list) else [extent]:
        fields = layer.get("fields")
        kinds = fields if isinstance(fields, dict) else {}
        has_time = any(kind == "time" or (kind != "boolean" and time_rank(name) > 0) for name, kind in kinds.items())
        if has_time and {"number", "integer"} & set(kinds.values()):
            return True
    return False


def _inspect_tables(
    tables: Sequence[TextTable], *, name: str, max_columns: int
) -> tuple[list[TableLook], tuple[Finding, ...]]:
    """Inspect each table; those that hold nothing to read are told of, unless they are all there is."""
    looks: list[TableLook] = []
    unread: list[UnreadableFile] = []
    for table in tables:
        try:
            found = inspect_file(table.sample(), name=table.title or name, max_columns=max_columns, notes=table.notes)
        except UnreadableFile as error:
            unread.append(error)
            continue
        found = replace(found, findings=(*found.findings, *table.findings))
        if found.kind in _KINDS:
            looks.append(TableLook(table.title, table, found))
    if unread and not looks:
        raise unread[0]
    return looks, of_unread(unread)


def _in_order(looks: Sequence[TableLook], form: str, media_type: str, readable: Readable) -> tuple[TableLook, ...]:
    """The tables, those of readings first and the longer before the shorter; the first asks which is meant."""
    told = [
        replace(look, inspection=_of_container(look, form, media_type, readable), title=title)
        for look, title in zip(looks, _titles(looks), strict=True)
    ]
    told.sort(key=_rank)
    readings = [look for look in told if look.inspection.kind == "readings"]
    if len(readings) > 1:
        first = told[0]
        asking = replace(first.inspection, questions=(_ask_table(readings), *first.inspection.questions))
        told[0] = replace(first, inspection=asking)
    return tuple(told)


def _rank(look: TableLook) -> tuple[int, int]:
    """Readings before others; the more rows they have, or the larger a table is, the sooner."""
    is_readings = look.inspection.kind == "readings"
    size = count_lines(look.table.path) if is_readings else look.table.path.stat().st_size
    return _KINDS[look.inspection.kind], -size


def _titles(looks: Sequence[TableLook]) -> list[str]:
    """Titles that tell the tables apart."""
    titles: list[str] = []
    for look in looks:
        base = title = look.title or "Table"
        number = 1
        while title in titles:
            number += 1
            title = f"{base} ({number})"
        titles.append(title)
    return titles


def _of_container(look: TableLook, form: str, media_type: str, readable: Readable) -> Inspection:
    found = replace(_as_packed(look.inspection, readable), format=form, media_type=media_type)
    if found.profile is None:
        return found
    profile = found.profile.model_copy(update={"format": form, "table": look.table.rule})
    return replace(found, profile=profile)


def _ask_table(readings: Sequence[TableLook]) -> Question:
    titles = [look.title for look in readings]
    return Question(
        id=TABLE,
        text=f"The file holds {len(readings)} different tables of readings. Which one is meant?",
        guess=titles[0],
        why="It has the most rows of them.",
        confidence=0.5,
        choices=tuple((look.title, _label_of(look)) for look in readings),
    )


def _label_of(look: TableLook) -> str:
    """A table as a person tells it from others: its title, and what its first columns are."""
    names = [name for name in look.inspection.columns if name]
    more = ", …" if len(names) > _NAMED_COLUMNS else ""
    return f"{look.title} ({', '.join(names[:_NAMED_COLUMNS])}{more})" if names else look.title
