"""Readings: for whoever may have them, checked before anything is read, whole when they arrive."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import polars as pl
import pytest

from fairwatt.core.errors import InsufficientData, InvalidInput, NotAllowed, NotFound, NotSignedIn
from fairwatt.core.files.profile import ChannelRule, ImportProfile, TimestampRule
from fairwatt.records.models import AuditEvent, Dataset
from fairwatt.services.actors import Actor
from fairwatt.services.readings import (
    HandedReadings,
    ReadingSelection,
    get_window,
    hand_out_readings,
    list_channels,
    list_series,
)
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db

NOBODY = Actor.anonymous()
BEGIN = datetime(2020, 6, 1, tzinfo=UTC)
POWER = "active_power_l1_kw"


def _two_days(**fields: object) -> Dataset:
    """A dataset of two files, a day each, the second with a channel of text besides."""
    row = stock.dataset(release={"public": NOW - DAY}, **fields)
    stock.half_hours(stock.file(row, "one.csv"))
    stock.half_hours(stock.file(row, "two.csv"), begin=BEGIN + DAY, text=True)
    return row


def _hand_out(row: Dataset, *, actor: Actor = NOBODY, is_download: bool = True, **asked: Any) -> HandedReadings:
    selection = ReadingSelection(**asked)
    return hand_out_readings(actor=actor, dataset_key=row.key, selection=selection, at=NOW, is_download=is_download)


def _bytes(handed: HandedReadings) -> bytes:
    return handed.path.read_bytes() if handed.path else b"".join(handed.chunks or ())


def _text(row: Dataset, **asked: Any) -> str:
    return _bytes(_hand_out(row, **asked)).decode()


def test_channels_of_several_files_are_listed_once_with_their_counts() -> None:
    row = _two_days()
    one, _ = row.files.all()
    power, note = list_channels(actor=NOBODY, dataset_key=row.key, at=NOW)
    assert (power.field, power.label, power.count, power.mean) == (POWER, "Active Power L1 [kW]", 96, 2.0)
    assert (power.unit_uri.startswith("http"), power.is_mixed, power.quantity) == (True, False, "power")
    assert (note.field, note.kind, note.count) == ("note", "text", 48)
    assert [c.field for c in list_channels(actor=NOBODY, dataset_key=row.key, at=NOW, file_key=one.key)] == [POWER]


def test_files_that_disagree_on_a_unit_are_said_to() -> None:
    row = stock.dataset()
    for unit in ("kw", "w"):
        stock.channel(stock.file(row), unit=unit)
    (channel,) = list_channels(actor=NOBODY, dataset_key=row.key, at=NOW)
    assert (channel.unit, channel.is_mixed) == ("kw", True)


def test_a_window_holds_min_mean_and_max_of_the_files_together() -> None:
    row = _two_days()
    window = get_window(actor=NOBODY, dataset_key=row.key, fields=[POWER], at=NOW)
    assert (window.is_raw, window.shown, window.total, window.step_s) == (True, 96, 96, 1800.0)
    assert window.frame["start"][0] == BEGIN
    assert window.frame[f"{POWER}_mean"].to_list()[:3] == [0.0, 0.1, 0.2]
    coarse = get_window(actor=NOBODY, dataset_key=row.key, fields=[POWER], points=10, at=NOW)
    assert coarse.shown <= 10
    assert (coarse.frame[f"{POWER}_min"].min(), coarse.frame[f"{POWER}_max"].max()) == (0.0, 4.7)


def test_a_window_of_one_file_holds_that_file_alone() -> None:
    row = _two_days()
    one = row.files.first()
    assert one is not None
    window = get_window(actor=NOBODY, dataset_key=row.key, fields=[POWER], at=NOW, file_key=one.key)
    assert window.total == 48


def test_a_channels_window_counts_and_spans_only_the_files_that_hold_it() -> None:
    row = _two_days()
    file = stock.file(row, "flow.csv")
    profile = ImportProfile(
        columns=2,
        timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M", time_zone="UTC"),
        channels=(ChannelRule(name="Flow", column=1, field="flow", decimals=1),),
        resolution_s=60,
    )
    lines = [f"2020-06-09 {minute // 60:02}:{minute % 60:02},{minute}.5" for minute in range(90)]
    stock.fill_lake(file, profile, "\n".join(["Time,Flow", *lines]) + "\n")

    window = get_window(actor=NOBODY, dataset_key=row.key, fields=["flow"], at=NOW)
    both = get_window(actor=NOBODY, dataset_key=row.key, fields=["flow", POWER], at=NOW)
    rows = list(csv.DictReader(io.StringIO(_text(row, fields=["flow"]))))

    begin = datetime(2020, 6, 9, tzinfo=UTC)
    assert (window.shown, window.total) == (90, 90)
    assert (window.start, window.end) == (begin, begin + timedelta(minutes=90))
    assert (both.total, both.start, both.end) == (90 + 96, BEGIN, begin + timedelta(minutes=90))
    assert [line["flow"] for line in rows] == [f"{minute}.5" for minute in range(90)]


def test_a_window_is_half_open() -> None:
    row = _two_days()
    window = get_window(
        actor=NOBODY, dataset_key=row.key, fields=[POWER], start=BEGIN, end=BEGIN + timedelta(hours=1), at=NOW
    )
    assert window.frame["start"].to_list() == [BEGIN, BEGIN + timedelta(minutes=30)]


def test_readings_stream_out_whole_and_in_order() -> None:
    row = _two_days()
    lines = list(csv.reader(io.StringIO(_text(row, fields=[POWER]))))
    assert lines[0][-1] == POWER
    assert [line[-1] for line in lines[1:]] == [f"{step / 10:.1f}" for step in range(48)] * 2
    assert lines[1][0].startswith("2020-06-01T00:00:00")


def test_all_fields_come_where_none_is_named_and_missing_is_missing() -> None:
    row = _two_days()
    lines = list(csv.DictReader(io.StringIO(_text(row))))
    assert len(lines) == 96
    assert (lines[0][POWER], lines[0]["note"]) == ("0.0", "")
    assert (lines[48][POWER], lines[48]["note"]) == ("0.0", "n0")


@pytest.mark.parametrize(("format_", "media_type"), [("parquet", "parquet"), ("arrow", "arrow"), ("json", "json")])
def test_every_format_holds_the_same_rows(format_: str, media_type: str) -> None:
    row = _two_days()
    stream = _hand_out(row, fields=[POWER], format=format_)
    content = _bytes(stream)
    assert media_type in stream.media_type
    assert stream.filename == f"{row.key}.{format_}"
    if format_ == "json":
        values = [float(record[POWER]) for record in json.loads(content)]
    else:
        read = pl.read_parquet if format_ == "parquet" else pl.read_ipc_stream
        values = read(io.BytesIO(content))[POWER].cast(pl.Float64).to_list()
    assert values == [step / 10 for step in range(48)] * 2


def test_a_resolution_averages_numbers_and_leaves_text_out() -> None:
    row = _two_days(identifier="MVSA1.2.1/041")
    stream = _hand_out(row, resolution="P1D")
    lines = list(csv.DictReader(io.StringIO(_bytes(stream).decode())))
    assert [(float(line[f"{POWER}_mean"]), int(line[f"{POWER}_count"])) for line in lines] == [(2.35, 48), (2.35, 48)]
    assert not any(name.startswith("note") for name in lines[0])
    assert stream.filename == "MVSA1.2.1-041-P1D.csv"


def test_a_download_is_logged_and_a_plot_is_not() -> None:
    row = _two_days()
    get_window(actor=NOBODY, dataset_key=row.key, fields=[POWER], at=NOW)
    _hand_out(row, is_download=False)
    assert AuditEvent.objects.count() == 0
    _text(row, fields=[POWER], start=BEGIN, format="csv")
    event = AuditEvent.objects.get()
    assert (event.verb, event.dataset_key, event.at) == ("readings.downloaded", row.key, NOW)
    assert event.detail == {
        "fields": [POWER],
        "start": "2020-06-01T00:00:00+00:00",
        "end": None,
        "format": "csv",
        "resolution": "raw",
        "file": None,
    }


def test_whoever_may_not_have_the_data_gets_none_of_them() -> None:
    row = stock.dataset(release={"partner": NOW - DAY})
    stock.half_hours(stock.file(row))
    outsider = stock.actor(stock.person())
    assert [channel.field for channel in list_channels(actor=outsider, dataset_key=row.key, at=NOW)] == [POWER]
    for actor, error in ((NOBODY, NotSignedIn), (outsider, NotAllowed)):
        with pytest.raises(error):
            get_window(actor=actor, dataset_key=row.key, fields=[POWER], at=NOW)
        with pytest.raises(error):
            _hand_out(row, actor=actor)
        with pytest.raises(error):
            list_series(actor=actor, dataset_key=row.key, at=NOW)
    assert AuditEvent.objects.count() == 0


def test_permission_is_asked_before_the_question_is_looked_at() -> None:
    row = stock.dataset(metadata_withheld=True, release={"public": NOW - DAY})
    stock.half_hours(stock.file(row))
    for fields in ([POWER], ["no_such_field"]):
        with pytest.raises(NotFound):
            get_window(actor=NOBODY, dataset_key=row.key, fields=fields, at=NOW)
    with pytest.raises(NotFound):
        list_channels(actor=NOBODY, dataset_key=row.key, at=NOW)
    with pytest.raises(NotFound):
        list_channels(actor=NOBODY, dataset_key="nothing", at=NOW)


@pytest.mark.parametrize(
    ("asked", "message", "next_step"),
    [
        ({"fields": ["power"]}, "There is no channel 'power'", f"Its channels are: {POWER}, note."),
        ({"fields": []}, "A window shows 1 to 16 channels, not 0.", ""),
        ({"fields": ["note"]}, "'Note' holds text, which can't be drawn.", "Choose a channel of numbers"),
        ({"points": 1}, "A window has 2 to 2,000 points, not 1.", ""),
        ({"points": 2001}, "A window has 2 to 2,000 points, not 2,001.", ""),
        ({"start": datetime(2020, 6, 1)}, "has no time zone", "Write it as"),
        ({"start": BEGIN, "end": BEGIN}, "ends before it begins, or is empty", "Choose an end after the start"),
    ],
)
def test_a_window_that_cannot_be_drawn_says_why(asked: dict[str, object], message: str, next_step: str) -> None:
    row = _two_days()
    with pytest.raises(InvalidInput) as refusal:
        get_window(**{"actor": NOBODY, "dataset_key": row.key, "fields": [POWER], "at": NOW, **asked})
    assert message in refusal.value.message
    assert next_step in refusal.value.next_step


@pytest.mark.parametrize(
    "asked",
    [
        {"format": "xlsx"},
        {"resolution": "half an hour"},
        {"resolution": "PT0S"},
        {"zone": "Mars/Olympus"},
        {"zone": "../etc/passwd"},
        {"fields": ["note"], "resolution": "P1D"},
        {"fields": ["nothing"]},
    ],
)
def test_a_stream_that_cannot_be_made_is_refused_before_its_first_byte(asked: dict[str, object]) -> None:
    row = _two_days()
    with pytest.raises(InvalidInput):
        _hand_out(row, **asked)
    assert AuditEvent.objects.count() == 0


def test_a_file_of_another_dataset_is_not_in_this_one() -> None:
    row, other = _two_days(), _two_days()
    key = other.files.all()[0].key
    with pytest.raises(NotFound, match="no such file in this dataset"):
        get_window(actor=NOBODY, dataset_key=row.key, fields=[POWER], at=NOW, file_key=key)


def test_a_dataset_without_readings_says_so() -> None:
    row = stock.dataset(release={"public": NOW - DAY})
    with pytest.raises(InsufficientData, match="holds no readings"):
        _hand_out(row)


@pytest.mark.one_database
def test_a_file_of_three_hundred_channels_streams_out_in_every_format() -> None:
    row = stock.dataset(release={"public": NOW - DAY})
    names = [f"Temp {number}" for number in range(300)]
    profile = ImportProfile(
        columns=301,
        timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M", time_zone="UTC"),
        channels=tuple(
            ChannelRule(name=name, column=place, field=f"temp_{place}", decimals=1)
            for place, name in enumerate(names, start=1)
        ),
        resolution_s=1800,
    )
    values = ",".join(f"{number}.5" for number in range(300))
    lines = [f"2020-06-01 {hour:02}:00,{values}" for hour in range(3)]
    stock.fill_lake(stock.file(row), profile, "\n".join([",".join(["Time", *names]), *lines]) + "\n")
    raw = list(csv.DictReader(io.StringIO(_text(row))))
    assert [line["temp_300"] for line in raw] == ["299.5"] * 3
    daily = json.loads(_text(row, resolution="P1D", format="json"))
    assert [(float(line["temp_1_mean"]), line["temp_300_count"]) for line in daily] == [(0.5, 3)]


@pytest.mark.one_database
def test_more_channels_than_can_be_averaged_are_refused_with_a_way_out() -> None:
    row = stock.dataset(release={"public": NOW - DAY})
    file = stock.file(row)
    for number in range(301):
        stock.channel(file, f"Temp {number}", f"temp_{number}")
    with pytest.raises(InvalidInput, match="At most 300 channels can be averaged at once, not 301") as refusal:
        _hand_out(row, resolution="P1D")
    assert refusal.value.next_step == "Name the channels you need, or ask with resolution=raw."


def test_what_is_quickly_made_comes_as_a_file_and_the_same_file_again() -> None:
    row = _two_days()

    first, second = _hand_out(row), _hand_out(row)

    assert first.path is not None
    assert first == second
    content = first.path.read_bytes()
    assert (first.size, first.sha256) == (len(content), sha256(content).hexdigest())
    assert _hand_out(row, zone="Europe/London") != first


def test_a_long_download_is_streamed_the_first_time_and_a_file_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairwatt.lake.store.SMALL_EXPORT", 10)
    row = _two_days()

    first = _hand_out(row)
    content = _bytes(first)
    second = _hand_out(row)

    assert first.path is None
    assert second.path is not None
    assert second.path.read_bytes() == content


def test_who_needs_the_length_has_a_long_download_made_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairwatt.lake.store.SMALL_EXPORT", 10)
    row = _two_days()
    selection = ReadingSelection(format="parquet")

    handed = hand_out_readings(actor=NOBODY, dataset_key=row.key, selection=selection, at=NOW, as_file=True)

    assert handed.path is not None
    assert pl.read_parquet(handed.path).height == 96


def test_access_is_decided_at_each_request_whatever_has_been_made() -> None:
    row = _two_days()
    assert _hand_out(row).path is not None
    row.release_rules.update(available_from=None)

    with pytest.raises(NotAllowed):
        _hand_out(row)


def test_further_ranges_are_no_downloads_of_their_own_but_a_part_asked_for_first_is_one() -> None:
    row = _two_days()
    for fields in ([POWER], [POWER], ["note"]):
        hand_out_readings(
            actor=NOBODY,
            dataset_key=row.key,
            selection=ReadingSelection(fields=fields),
            at=NOW,
            as_file=True,
            is_first=False,
        )

    told = [event.detail["fields"] for event in AuditEvent.objects.order_by("pk")]
    assert told == [[POWER], ["note"]]
