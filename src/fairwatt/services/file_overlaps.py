"""Does a file tell of a time that another file of the same logger tells of as well?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from fairwatt.core.files.overlaps import Overlap, Span, find_overlaps, overlap_finding
from fairwatt.core.findings import Finding
from fairwatt.records.models import Channel, File
from fairwatt.services.lakes import get_lake

if TYPE_CHECKING:
    import polars

    from fairwatt.lake import IngestResult

_MOST_FILES = 200
_MOST_COUNTED = 4_000_000  # times of two files that are compared one by one
_TICK = timedelta(microseconds=1)


def find_overlapping(file: File, result: IngestResult) -> Finding | None:
    """Say which other files share times with a file that has just been read.

    Others are those of its dataset, and those that are read by the same saved profile, whatever their dataset.
    """
    fields = frozenset(channel.field for channel in result.channels)
    own = Span(file.name, result.first, result.last, frozenset(result.series), fields)
    others = {other.key: other for other in _others(file, own)}
    spans = {key: _span(other) for key, other in others.items()}
    names = {span.name: key for key, span in spans.items()}
    found: list[Overlap] = []
    for overlap in find_overlaps(own, spans.values()):
        key = names[overlap.other]
        exact = _counted(file, others[key], overlap, sorted(fields & spans[key].fields)[0], result.rows)
        if exact is not None:
            found.append(replace(exact, other=others[key].name))
    return overlap_finding(found)


def _others(file: File, own: Span) -> QuerySet[File]:
    of_logger = Q(logger=file.logger) if file.logger_id is not None else Q()
    same = Q(dataset=file.dataset) | of_logger if of_logger else Q(dataset=file.dataset)
    return (
        File.objects.filter(same, state=File.State.READ, kind=File.Kind.READINGS)
        .filter(period_start__lte=own.last, last_start__gte=own.first)
        .exclude(pk=file.pk)
        .exclude(sha256=file.sha256)  # the same bytes are told of already
        .select_related("dataset")
        .defer("profile", "sample", "questions", "answers", "certificate", "inspected", "given")
        .order_by("period_start", "pk")[:_MOST_FILES]
    )


def _span(other: File) -> Span:
    fields = Channel.objects.filter(file=other).values_list("field", flat=True)
    series = get_lake().series_by_source(other.dataset.table).get(other.key, ("",))
    first, last = other.period_start, other.last_start
    if first is None or last is None:  # pragma: no cover - the question asked for those that have both
        raise ValueError("a file that was read has a first and a last reading")
    return Span(f"{other.name} {other.key}", first, last, frozenset(series), frozenset(fields))


def _counted(file: File, other: File, overlap: Overlap, field: str, rows: int) -> Overlap | None:
    """The overlap with the times that are really in both; None where there are none."""
    if rows + other.rows > _MOST_COUNTED:
        return overlap
    mine, theirs = _times(file, overlap, field), _times(other, overlap, field)
    shared = mine.join(theirs, on=["start", "series"], how="semi")
    if not len(shared):
        return None
    starts = shared["start"]
    return Overlap(overlap.other, starts.min(), starts.max(), len(shared))  # type: ignore[arg-type]


def _times(file: File, overlap: Overlap, field: str) -> polars.DataFrame:
    """When a file has a value of a channel, meter by meter."""
    import polars as pl  # noqa: PLC0415 - for files that overlap alone

    table = file.dataset.table
    batches = get_lake().batches(
        table, fields=[field], start=overlap.first, end=overlap.last + _TICK, sources=[file.key]
    )
    frames = [pl.DataFrame(pl.from_arrow(batch)) for batch in batches]
    if not frames:
        return pl.DataFrame(schema={"start": pl.Datetime("us", "UTC"), "series": pl.String})
    times = pl.concat(frames).filter(pl.col(field).is_not_null())
    if "series" not in times.columns:
        names = get_lake().series_by_source(table).get(file.key, ("",))
        times = times.with_columns(pl.lit(names[0] if names else "").alias("series"))
    return times.select(pl.col("start"), pl.col("series").cast(pl.String)).unique()
