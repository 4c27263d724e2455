"""Convert a file of readings to one open file, without a lake: Parquet, or CSV.

The same engine reads as for an ingest. What comes out are canonical readings: ``series`` (the meter, "" where the file
names none), ``start`` (start of the interval, UTC), then a column a channel, in the order of series and start.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.profile import ChannelRule, ImportProfile
from fairwatt.core.files.profile_checks import RESERVED_FIELDS
from fairwatt.core.files.profile_text import write_json
from fairwatt.core.units import UNITS
from fairwatt.lake.disk import full_disk_said
from fairwatt.lake.engine import ROW_GROUP, Patient, literal, moment_of, quoted
from fairwatt.lake.extracting import TextTable, extract_table
from fairwatt.lake.limits import Limits, little_memory_said
from fairwatt.lake.opening import opened
from fairwatt.lake.pseudonyms import with_pseudonyms
from fairwatt.lake.results import ChannelSummary, IngestResult
from fairwatt.lake.staging import Stage, stage_file
from fairwatt.lake.summary import count_rows_with_missing, find_odd_cells, row_findings, summarise, value_findings
from fairwatt.lake.surveying import placed
from fairwatt.lake.timeline import Timeline, scan_stamps
from fairwatt.lake.work import WorkFolder
from fairwatt.lake.writing import largest_of, stored_types, stored_value

MAX_RATIO = 200
_LIMITS = Limits()
_VALUES_IN_GROUP = 4_000_000  # so that a group of a wide table stays small in memory
_LEAST_GROUP = 1_024
_FLOAT_DIGITS = 1e15  # up to which two different decimals are two different floats
_ENDINGS = {".parquet": "parquet", ".csv": "csv"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where readings are written and how.

    Attributes
    ----------
    path
        The new file; its ending says whether it is Parquet or CSV. It is there whole or not at all.
    as_decimals
        Parquet with the decimals that were logged; otherwise 64-bit floats where they hold every digit, since many
        tools know no decimals. Text is exact anyway.
    notes
        What else the metadata of a Parquet file say, by key.
    """

    path: Path
    as_decimals: bool = False
    notes: Mapping[str, str] | None = None

    @property
    def keeps_decimals(self) -> bool:
        """Whether decimals stay decimals."""
        return self.as_decimals or self.form == "csv"

    @property
    def form(self) -> str:
        """``parquet`` or ``csv``; raises InvalidInput for another ending."""
        try:
            return _ENDINGS[self.path.suffix.lower()]
        except KeyError:
            raise InvalidInput(
                f"{self.path.name} must end with .parquet or .csv, which says how it is written.",
                where={"field": "out"},
            ) from None


def convert_file(
    path: Path,
    profile: ImportProfile,
    *,
    target: Target,
    name: str,
    work: Path,
    limits: Limits = _LIMITS,
    on_progress: Callable[[float, str], object] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> IngestResult:
    """Read a file as it was received by its profile, and write its readings.

    The same profile and the same bytes give the same readings, and for Parquet the same bytes.

    Parameters
    ----------
    path
        The file, packed or not.
    profile
        How to read it; its time zone must be known.
    name
        What messages call the file.
    work
        The folder for temporary files.
    limits
        What DuckDB may take.

    Raises
    ------
    UnreadableFile
        Where no row has a valid time, or the file holds no table that the profile is about.
    InvalidInput
        Where the time zone is not known, or fields are named as the two first columns.
    StorageFull
        Where the disk is full; there is no file then.
    Cancelled
        Where ``is_cancelled`` said so; there is no file then.
    """
    patient = Patient(on_progress, is_cancelled)
    with (
        opened(Path(path), work=work, max_ratio=MAX_RATIO, name=name) as readable,
        WorkFolder.new(work) as folder,
    ):
        table = extract_table(readable.path, profile=profile, work=folder.path, name=name, patient=patient)
        return convert_table(
            table,
            profile,
            target=target,
            name=name,
            work=work,
            limits=limits,
            on_progress=on_progress,
            is_cancelled=is_cancelled,
        )


def convert_table(
    table: TextTable,
    profile: ImportProfile,
    *,
    target: Target,
    name: str,
    work: Path,
    limits: Limits,
    on_progress: Callable[[float, str], object] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> IngestResult:
    """As :func:`convert_file`, of a table that is written out as text already."""
    form, patient = target.form, Patient(on_progress, is_cancelled)
    _refuse_reserved(profile, name)
    limits = limits.for_columns(profile.columns)
    with full_disk_said(), little_memory_said(name), WorkFolder.new(work) as folder:
        stage = stage_file(
            table.path,
            profile,
            work=folder.path,
            name=name,
            patient=patient,
            memory_limit=limits.memory,
            threads=limits.threads,
        )
        with stage:
            timeline = scan_stamps(stage, name=name, patient=patient)
            _, points = with_pseudonyms(stage, timeline, None)
            timeline = replace(timeline, findings=(*points, *timeline.findings))
            result, types = _measured(stage, timeline, table, name=name)
            rows = _Rows(stage, timeline, types, types if target.keeps_decimals else _floats(types, result.channels))
            with _whole_file(target.path) as half:
                write = _write_parquet if form == "parquet" else _write_csv
                write(rows, half, patient, target.notes or {})
                size = half.stat().st_size
    patient.say(1.0, "Done")
    return replace(result, stored_bytes=size)


def _refuse_reserved(profile: ImportProfile, name: str) -> None:
    for rule in profile.channels:
        if rule.field in RESERVED_FIELDS:
            raise InvalidInput(
                f"The column ‘{rule.name}’ of {name} can't be written under the name {rule.field}.",
                where={"file": name, "channel": rule.field},
                next_step="Give the channel another field name in the profile.",
            )


class _whole_file:  # noqa: N801 - used as a statement
    """A file under a name of its own while it is written; it gets its true name at the end, or goes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._half = path.with_name(f".{path.name}.{os.getpid()}.half")

    def __enter__(self) -> Path:
        if not self._path.parent.is_dir():
            raise InvalidInput(f"There is no folder {self._path.parent}.", where={"field": "out"})
        return self._half

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._half.replace(self._path)
        else:
            self._half.unlink(missing_ok=True)


def _measured(
    stage: Stage, timeline: Timeline, table: TextTable, *, name: str
) -> tuple[IngestResult, Mapping[str, str]]:
    """What was found about the rows, and the type each field is stored in."""
    rows, channels = summarise(stage)
    values = value_findings(stage, channels, find_odd_cells(stage, channels), name=name)
    findings = placed((*row_findings(stage, name=name), *timeline.findings, *values), table, name=name)
    report = timeline.report
    last = moment_of(timeline.last)
    result = IngestResult(
        rows=rows,
        readings=sum(channel.count for channel in channels),
        series=timeline.series,
        first=moment_of(timeline.first),
        last=last,
        period_end=moment_of(timeline.end),
        resolution_s=report.resolution_s,
        channels=channels,
        missing_count=sum(channel.missing for channel in channels),
        missing_rows=count_rows_with_missing(stage, channels),
        gap_count=report.gap_count,
        duplicate_count=report.duplicate_count,
        coverage=report.coverage,
        findings=findings,
        stored_bytes=0,
    )
    return result, stored_types(stage.cells, channels)


def _floats(types: Mapping[str, str], channels: Sequence[ChannelSummary]) -> dict[str, str]:
    """The types with floats for decimals, but where a float would lose a digit."""
    return {
        channel.field: "DOUBLE" if _fits_float(types[channel.field], largest_of(channel)) else types[channel.field]
        for channel in channels
    }


def _fits_float(kind: str, largest: float) -> bool:
    return kind.startswith("DECIMAL") and largest * 10 ** int(kind.rstrip(")").split(",")[1]) < _FLOAT_DIGITS


@dataclass(frozen=True, slots=True)
class _Rows:
    """The readings of a stage, in order, as they are written."""

    stage: Stage
    timeline: Timeline
    types: Mapping[str, str]
    written: Mapping[str, str]  # the types in the new file

    @property
    def series(self) -> str:
        """SQL: a row's meter."""
        profile = self.stage.profile
        return "coalesce(series, '')" if profile.has_series else literal(profile.series)

    def query(self) -> str:
        """SQL: the rows; in the order of the file where they stand at the same time."""
        values = "".join(
            f", CAST({stored_value(cell, self.types[cell.rule.field])} AS {self.written[cell.rule.field]}) "
            f"AS {quoted(cell.rule.field)}"
            for cell in self.stage.cells
        )
        order = "" if self.timeline.is_sorted else " ORDER BY 1, 2, row"
        return (
            f"SELECT {self.series} AS series, make_timestamptz(epoch_us({self.timeline.start_sql})) AS start{values} "
            f"FROM {self.timeline.rows_sql} WHERE stamp IS NOT NULL{order}"
        )

    def schema(self, notes: Mapping[str, str]) -> pa.Schema:
        """The Arrow schema: what is known of a channel stands with its field."""
        fields = [pa.field("series", pa.string()), pa.field("start", pa.timestamp("us", tz="UTC"))]
        fields += [
            pa.field(cell.rule.field, _arrow(self.written[cell.rule.field]), metadata=_words_of(cell.rule))
            for cell in self.stage.cells
        ]
        return pa.schema(fields, metadata=_metadata(self.stage.profile, notes))

    def batches(self, schema: pa.Schema, size: int) -> Iterator[pa.RecordBatch]:
        """The rows in batches of exactly ``size``, the last one smaller: the same every time."""
        held: list[pa.RecordBatch] = []
        count = 0
        for batch in self.stage.connection.sql(self.query()).to_arrow_reader(size):
            held.append(_shaped(batch, schema))
            count += len(batch)
            while count >= size:
                table = pa.Table.from_batches(held, schema=schema).combine_chunks()
                yield from table.slice(0, size).to_batches(max_chunksize=size)
                held = table.slice(size).to_batches()
                count -= size
        if count:
            yield from pa.Table.from_batches(held, schema=schema).combine_chunks().to_batches(max_chunksize=size)


def _shaped(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([batch.column(i).cast(f.type) for i, f in enumerate(schema)], schema=schema)


def _arrow(kind: str) -> pa.DataType:
    if kind.startswith("DECIMAL"):
        precision, scale = kind.removeprefix("DECIMAL(").rstrip(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return {"DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}.get(kind, pa.string())


def _words_of(rule: ChannelRule) -> dict[str, str]:
    """What a field's metadata say of its channel; what is unknown is absent."""
    words = {
        "name": rule.name,
        "quantity": rule.quantity,
        "unit": UNITS[rule.unit].symbol or rule.unit if rule.unit else "",
        "unit_code": rule.unit,
        "direction": rule.direction,
        "statistic": rule.statistic,
        "kind": "register" if rule.is_register else str(rule.kind),
    }
    return {key: value for key, value in words.items() if value}


def _metadata(profile: ImportProfile, notes: Mapping[str, str]) -> dict[str, str]:
    channels = {rule.field: _words_of(rule) for rule in profile.channels}
    return {
        "fairwatt:profile_sha256": profile.digest,
        "fairwatt:profile": write_json(profile),
        "fairwatt:channels": json.dumps(channels, ensure_ascii=False),
        **{f"fairwatt:{key}": value for key, value in notes.items()},
    }


def _write_parquet(rows: _Rows, path: Path, patient: Patient, notes: Mapping[str, str]) -> None:
    schema = rows.schema(notes)
    group = max(_LEAST_GROUP, min(ROW_GROUP, _VALUES_IN_GROUP // len(schema) // _LEAST_GROUP * _LEAST_GROUP))
    packed = [f.name for f in schema if pa.types.is_timestamp(f.type) or pa.types.is_decimal(f.type)]
    words = [f.name for f in schema if f.name not in packed]
    with pq.ParquetWriter(
        path, schema, version="2.6", compression="zstd", use_dictionary=words,
        column_encoding=dict.fromkeys(packed, "DELTA_BINARY_PACKED"), store_decimal_as_integer=True,
    ) as writer:  # fmt: skip
        done = 0
        for batch in rows.batches(schema, group):
            patient.check(0.6 + 0.4 * done / max(1, rows.stage.rows), "Writing readings")
            writer.write_batch(batch, row_group_size=group)
            done += len(batch)


def _write_csv(rows: _Rows, path: Path, patient: Patient, notes: Mapping[str, str]) -> None:
    """Times as ISO 8601 with Z; missing is an empty cell."""
    fields = "".join(f", {quoted(cell.rule.field)}" for cell in rows.stage.cells)
    time = "replace(CAST(make_timestamp(epoch_us(start)) AS VARCHAR), ' ', 'T') || 'Z'"
    made = f"SELECT series, {time} AS start{fields} FROM ({rows.query()})"
    sql = f"COPY ({made}) TO {literal(str(path))} (FORMAT csv, HEADER)"
    patient.run(rows.stage.connection, sql, stage="Writing readings", shares=(0.6, 1.0))
