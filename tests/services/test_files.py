"""Reading files: real ones, broken ones, questions and answers, and reading again without doubling anything."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from fairwatt.core.errors import Conflict, InvalidInput, StorageFull
from fairwatt.lake import Lake
from fairwatt.records.models import AuditEvent, Channel, Dataset, Deposit, File, FileFinding, Job, Notification
from fairwatt.services import deposits, file_results, jobs
from fairwatt.services.actors import Actor
from fairwatt.services.dataset_totals import combine_coverage
from fairwatt.services.files import KEEP_AS_DOCUMENT, preview_file
from fairwatt.services.jobs import cancel_job
from fairwatt.services.lakes import get_lake
from tests.services import entries
from tests.services.entries import AT, HOUR, READABLE

pytestmark = pytest.mark.django_db
NAIVE = READABLE.replace(b"Z,", b",").replace(b"T", b" ")


def _answer(actor: Actor, file: File, **answers: str) -> File:
    deposits.answer_questions(actor=actor, file_key=file.key, answers=answers, at=AT)
    entries.read_all()
    return File.objects.get(pk=file.pk)


def _in_lake(file: File) -> int:
    table = file.dataset.table
    fields = list(get_lake().fields(table))
    batches = get_lake().batches(table, fields=fields, start=None, end=None, sources=[file.key])
    return sum(batch.num_rows for batch in batches)


def test_a_file_that_tells_everything_is_read_at_once(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(actor, deposit, READABLE)
    assert (file.state, file.kind, file.format, file.media_type) == ("read", "readings", "CSV", "text/csv")
    assert (file.rows, file.resolution_s, file.questions) == (48, 1800.0, [])
    assert (file.period_start, file.last_start, file.period_end) == (
        datetime(2020, 9, 1, tzinfo=UTC),
        datetime(2020, 9, 1, 23, 30, tzinfo=UTC),
        datetime(2020, 9, 2, tzinfo=UTC),
    )
    [channel] = Channel.objects.all()
    assert (channel.name, channel.quantity, channel.unit, channel.count, channel.missing) == (
        "power (kW)", "power", "kw", 48, 0,
    )  # fmt: skip
    assert (channel.minimum, channel.maximum) == (0.0, 23.3)
    assert _in_lake(file) == 48
    dataset = Dataset.objects.get(pk=deposit.dataset_id)
    assert (dataset.rows_total, dataset.readings_total, dataset.bytes_total) == (48, 48, len(READABLE))
    assert (dataset.formats, dataset.quantities, dataset.resolution_s) == (["CSV"], ["power"], 1800.0)
    assert (dataset.period_start, dataset.period_end) == (file.period_start, file.period_end)
    assert dataset.coverage == [1.0] * 60
    job = Job.objects.get()
    assert (job.state, job.progress, job.stage) == ("done", 1.0, "Done")
    preview = preview_file(file)
    assert preview.columns == ("start time", "power (kW)")
    assert preview.rows[0] == ("2020-09-01T00:00:00Z", "0.00")
    assert (len(preview.rows), preview.channels, preview.job) == (20, (channel,), job)


def test_readings_that_had_yet_to_come_when_the_file_came_are_told(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(actor, deposit, READABLE.replace(b"2020-09-01", b"2029-09-01"))
    [finding] = FileFinding.objects.filter(file=file, code="future-stamps")
    assert (file.state, finding.where) == ("read", ["2029-09-01 23:30 UTC"])


def test_nothing_goes_to_the_lake_before_the_time_zone_is_known(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(actor, deposit, NAIVE)
    assert (file.state, file.rows) == ("questions", 0)
    [question] = preview_file(file).questions
    assert question.id == "time_zone"
    assert question.why
    assert file.sample["columns"] == ["start time", "power (kW)"]
    assert (get_lake().sources(file.dataset.table), Channel.objects.count()) == ([], 0)
    read = _answer(actor, file, time_zone="Europe/London")
    assert (read.state, read.questions) == ("read", [])
    assert read.period_start == datetime(2020, 8, 31, 23, tzinfo=UTC)
    assert read.profile["timestamp"]["time_zone"] == "Europe/London"
    assert AuditEvent.objects.get(verb="file.answered").detail == {"answers": {"time_zone": "Europe/London"}}


def test_another_answer_reads_the_file_again_and_doubles_nothing(actor: Actor, deposit: Deposit) -> None:
    file = _answer(actor, entries.received(actor, deposit, NAIVE), time_zone="Europe/London")
    again = _answer(actor, file, time_zone="UTC")
    assert again.period_start == datetime(2020, 9, 1, tzinfo=UTC)
    assert (Channel.objects.count(), _in_lake(again)) == (1, 48)
    assert Dataset.objects.get(pk=deposit.dataset_id).readings_total == 48
    same = deposits.read_again(actor=actor, file_key=file.key, at=AT)
    entries.read_all()
    assert (File.objects.get(pk=same.pk).state, _in_lake(again), Channel.objects.count()) == ("read", 48, 1)


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"colour": "blue"}, "colour"),
        ({"day_first": "true"}, "day_first"),
    ],
)
def test_answers_that_can_not_be_used_are_refused(
    actor: Actor, deposit: Deposit, answers: dict[str, str], field: str
) -> None:
    file = entries.received(actor, deposit, NAIVE)
    with pytest.raises(InvalidInput) as refusal:
        deposits.answer_questions(actor=actor, file_key=file.key, answers=answers, at=AT)
    assert refusal.value.where["field"] == field
    with pytest.raises(InvalidInput, match="No answer"):
        deposits.answer_questions(actor=actor, file_key=file.key, answers={}, at=AT)
    assert File.objects.get(pk=file.pk).state == "questions"


def test_any_zone_of_the_world_is_taken_not_only_the_ones_offered(actor: Actor, deposit: Deposit) -> None:
    file = _answer(actor, entries.received(actor, deposit, NAIVE), time_zone="Asia/Kathmandu")
    assert file.period_start == datetime(2020, 8, 31, 18, 15, tzinfo=UTC)


def _zip(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def _wide(columns: int) -> bytes:
    names = ",".join(f"c{n}" for n in range(columns))
    return f"time,{names}\n2020-01-01T00:00:00Z{',1' * columns}\n".encode()


BROKEN = {
    "empty.csv": (b"", "is empty"),
    "header.csv": (b"start time,power (kW)\n", "no rows of data"),
    "junk.csv": (bytes(range(256)) * 200, "not those of a CSV"),
    "cut.csv.gz": (gzip.compress(READABLE * 40)[:-30], "cut off or damaged"),
    "bomb.zip": (_zip("bomb.csv", b"0" * 80_000_000), "unpacks to more than"),
    "wide.csv": (_wide(20_000), "20,001 columns; at most 4,000"),
    "broken.geojson": (b'{"type":"FeatureCollection","features":[', "no valid GeoJSON"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_can_not_be_read_says_why_is_kept_and_holds_nobody_up(
    actor: Actor, deposit: Deposit, name: str
) -> None:
    content, said = BROKEN[name]
    broken, good = entries.hand_in(actor, deposit, content, name), entries.hand_in(actor, deposit)
    entries.read_all()
    broken.refresh_from_db()
    good.refresh_from_db()
    assert (broken.state, good.state) == ("failed", "read")
    assert said in broken.error
    assert b"".join(get_lake().raw.open_range(broken.sha256)) == content
    job = Job.objects.get(file=broken)
    assert (job.state, job.attempts, job.error) == ("failed", 1, broken.error)
    [question] = preview_file(broken).questions
    assert question.id == KEEP_AS_DOCUMENT
    with pytest.raises(InvalidInput, match="could not be read"):
        deposits.submit_deposit(actor=actor, code=deposit.code, at=AT)
    kept = _answer(actor, broken, **{KEEP_AS_DOCUMENT: "yes"})
    assert (kept.state, kept.kind, kept.error, kept.questions) == ("read", "document", "", [])
    assert list(kept.findings.values_list("code", flat=True)) == ["kept-as-document"]
    assert deposits.submit_deposit(actor=actor, code=deposit.code, at=AT).state == "submitted"


def test_saying_no_to_a_document_leaves_the_file_to_be_removed(actor: Actor, deposit: Deposit) -> None:
    broken = entries.received(actor, deposit, b"")
    left = _answer(actor, broken, **{KEEP_AS_DOCUMENT: "no"})
    assert (left.state, Job.objects.count()) == ("failed", 1)
    kept = _answer(actor, broken, **{KEEP_AS_DOCUMENT: "yes"})
    assert kept.state == "read"
    assert _answer(actor, kept, **{KEEP_AS_DOCUMENT: "no"}).state == "failed"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("page.html", b"<html><script>alert(1)</script></html>", "document"),
        ("plan.pdf", b"%PDF-1.4\n%\xe2\xe3\n1 0 obj\n<<>>\nendobj\n", "document"),
        ("names.csv", b"colour,v\nred,1\nblue,2\ngreen,3\n", "table"),
        ("one.csv", b"start time,power (kW)\n2020-09-01T00:00:00Z,1\n", "readings"),
        ("packed.zip", _zip("../../meter.csv", READABLE), "readings"),
        ("packed.csv.gz", gzip.compress(READABLE), "readings"),
    ],
)
def test_every_kind_of_file_is_taken_for_what_it_is(
    actor: Actor, deposit: Deposit, name: str, content: bytes, kind: str
) -> None:
    file = entries.received(actor, deposit, content, name)
    assert (file.state, file.kind) == ("read", kind)
    assert bool(file.period_start) == (kind == "readings")


def _workbook(**sheets: tuple[str, str]) -> bytes:
    """A workbook with a day of readings a sheet: its header's second cell, and its first value."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        form = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for name, (channel, value) in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["Start time", channel])
            for number in range(48):
                sheet.write_number(number + 1, 0, 44197 + number / 48, form)
                sheet.write_number(number + 1, 1, float(value) + number)
    return made.getvalue()


def test_a_workbook_is_read_once_its_clock_is_known(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(actor, deposit, _workbook(Data=("Demand (kW)", "1.5")), "site.xlsx")
    assert (file.state, file.format, [question["id"] for question in file.questions]) == (
        "questions",
        "XLSX",
        ["time_zone"],
    )
    assert (file.sample["columns"], file.sample["rows"][0]) == (
        ["Start time", "Demand (kW)"], ["2021-01-01 00:00:00", "1.5"],
    )  # fmt: skip
    read = _answer(actor, file, time_zone="UTC")
    assert (read.state, read.rows, read.period_start) == ("read", 48, datetime(2021, 1, 1, tzinfo=UTC))
    assert (read.profile["format"], read.profile["table"]["parts"]) == ("XLSX", ["Data"])
    [channel] = Channel.objects.all()
    assert (channel.name, channel.unit, channel.minimum, channel.maximum, _in_lake(read)) == (
        "Demand (kW)", "kw", 1.5, 48.5, 48,
    )  # fmt: skip


def test_of_several_tables_the_one_that_is_meant_is_asked_for(actor: Actor, deposit: Deposit) -> None:
    data = _workbook(Import=("Import (kWh)", "1"), Export=("Export (kWh)", "100"))
    file = entries.received(actor, deposit, data, "site.xlsx")
    first = file.questions[0]
    assert (file.state, first["id"], first["guess"], [value for value, _ in first["choices"]]) == (
        "questions", "table", "Import", ["Import", "Export"],
    )  # fmt: skip
    asked = _answer(actor, file, table="Export")
    assert (asked.state, asked.sample["columns"]) == ("questions", ["Start time", "Export (kWh)"])
    answers = {question["id"]: question["guess"] for question in asked.questions}
    read = _answer(actor, asked, **answers)
    [channel] = Channel.objects.all()
    assert (read.state, channel.name, channel.minimum) == ("read", "Export (kWh)", 100.0)


def test_a_zip_of_months_is_one_file_of_readings(actor: Actor, deposit: Deposit) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for month in (2, 1):
            text = READABLE.replace(b"2020-09-01", f"2020-{month:02}-01".encode())
            archive.writestr(f"{month:02}.csv", text if month == 1 else text.replace(b",23.30", b",broken"))
    file = entries.received(actor, deposit, packed.getvalue(), "half.zip")
    assert (file.state, file.format, file.rows, file.period_start) == (
        "read", "zip", 96, datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    [words] = file.findings.filter(code="not-a-number")
    assert words.where == ["file ‘02’, line 49"]


def test_characters_that_no_database_takes_do_not_stop_a_file(actor: Actor, deposit: Deposit) -> None:
    file = entries.received(
        actor, deposit, b"time,po\0wer (kW),note\n2020-09-01T00:00:00Z,1,a\0b\n2020-09-01T00:30:00Z,2,c\n"
    )
    assert file.state in {"read", "failed", "questions"}
    assert "\0" not in str(file.sample) + str(list(Channel.objects.values()))
    assert file_results.storable({"a\0": ["\ud800", 1, None, ("x",)]}) == {"a\ufffd": ["\ufffd", 1, None, ["x"]]}


def test_a_reading_that_is_broken_off_anywhere_is_done_again_and_doubles_nothing(
    actor: Actor, deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What kill -9 leaves behind, at each place where it may strike; the real signal is in test_worker_process."""

    class Killed(BaseException):
        pass

    def kill(*_args: object, **_fields: object) -> None:
        raise Killed

    file = entries.hand_in(actor, deposit)
    at = AT
    for target, name in ((Lake, "readable"), (Lake, "ingest"), (file_results, "_write_findings"), (jobs, "close_job")):
        with monkeypatch.context() as patch:
            patch.setattr(target, name, kill)
            if name == "close_job":
                patch.setattr("fairwatt.services.worker.close_job", kill)
            with pytest.raises(Killed):
                entries.read_all(at)
        assert Job.objects.get().state == "running"
        Job.objects.update(attempts=1)  # as if each were the first time
        at += jobs.LEASE + HOUR
    assert entries.read_all(at) == 1
    file.refresh_from_db()
    assert (file.state, _in_lake(file), Channel.objects.count(), FileFinding.objects.count()) == ("read", 48, 1, 0)
    assert Dataset.objects.get(pk=deposit.dataset_id).readings_total == 48


def test_a_disk_that_fills_up_fails_the_job_with_the_reason_and_harms_nothing(
    actor: Actor, deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = entries.received(actor, deposit, READABLE)

    def full(*_args: object, **_fields: object) -> None:
        raise StorageFull("The disk is full.", next_step="Make room.")

    monkeypatch.setattr(Lake, "ingest", full)
    bad = entries.hand_in(actor, deposit, READABLE.replace(b"2020-09-01", b"2020-09-02"), "next.csv")
    for day in range(3):
        entries.read_all(AT + 24 * day * HOUR)
    bad.refresh_from_db()
    job = Job.objects.get(file=bad)
    assert (bad.state, bad.error, job.state, job.attempts) == ("failed", "The disk is full. Make room.", "failed", 3)
    assert _in_lake(good) == 48
    assert Dataset.objects.get(pk=deposit.dataset_id).readings_total == 48


def test_a_cancelled_reading_leaves_no_readings_and_can_be_asked_for_again(
    actor: Actor, deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = entries.hand_in(actor, deposit)
    job = Job.objects.get()
    ingest = Lake.ingest

    def ingest_and_cancel(self: Lake, *args: Any, **fields: Any) -> Any:
        result = ingest(self, *args, **fields)
        cancel_job(actor=actor, job_id=job.pk, at=AT)
        return result

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "ingest", ingest_and_cancel)
        entries.read_all()
    file.refresh_from_db()
    assert (file.state, file.error) == ("failed", "It was cancelled.")
    assert get_lake().sources(file.dataset.table) == []
    deposits.read_again(actor=actor, file_key=file.key, at=AT)
    entries.read_all()
    file.refresh_from_db()
    assert (file.state, _in_lake(file)) == ("read", 48)


def test_a_file_that_is_removed_while_it_is_read_leaves_nothing(
    actor: Actor, deposit: Deposit, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    file = entries.hand_in(actor, deposit)
    table, ingest = file.dataset.table, Lake.ingest

    def ingest_and_remove(self: Lake, *args: Any, **fields: Any) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            deposits.remove_file(actor=actor, file_key=file.key, at=AT)
        return ingest(self, *args, **fields)

    monkeypatch.setattr(Lake, "ingest", ingest_and_remove)
    with django_capture_on_commit_callbacks(execute=True):
        entries.read_all()
    assert not File.objects.exists()
    assert get_lake().sources(table) == []
    assert Dataset.objects.get(pk=deposit.dataset_id).readings_total == 0


def test_an_answer_given_while_the_file_is_read_wins(
    actor: Actor, deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = entries.received(actor, deposit, NAIVE)
    ingest, given = Lake.ingest, []

    def ingest_and_answer(self: Lake, *args: Any, **fields: Any) -> Any:
        result = ingest(self, *args, **fields)
        if not given:
            given.append(1)
            deposits.answer_questions(actor=actor, file_key=file.key, answers={"time_zone": "UTC"}, at=AT)
        return result

    monkeypatch.setattr(Lake, "ingest", ingest_and_answer)
    read = _answer(actor, file, time_zone="Europe/London")
    assert (read.state, read.answers, read.period_start.hour) == ("read", {"time_zone": "UTC"}, 0)
    assert (_in_lake(read), Channel.objects.count()) == (48, 1)
    assert sorted(Job.objects.values_list("state", flat=True)) == ["cancelled", "done", "done"]


def test_a_question_that_comes_up_after_handing_in_is_told_and_may_be_answered(actor: Actor, deposit: Deposit) -> None:
    file = entries.hand_in(actor, deposit, NAIVE)
    deposits.submit_deposit(actor=actor, code=deposit.code, at=AT)
    entries.read_all()
    told = Notification.objects.get(recipient=actor.user)
    assert "needs an answer from you" in told.text
    assert _answer(actor, file, time_zone="UTC").state == "read"
    Deposit.objects.update(state="approved")
    for call in (
        lambda: deposits.answer_questions(actor=actor, file_key=file.key, answers={"time_zone": "UTC"}, at=AT),
        lambda: deposits.read_again(actor=actor, file_key=file.key, at=AT),
        lambda: deposits.remove_file(actor=actor, file_key=file.key, at=AT),
    ):
        with pytest.raises(Conflict):
            call()


def test_two_files_make_one_dataset_with_the_sums_of_both(actor: Actor, deposit: Deposit) -> None:
    entries.received(actor, deposit, READABLE)
    later = READABLE.replace(b"2020-09-01", b"2020-09-03")
    entries.received(actor, deposit, later, "later.csv")
    dataset = Dataset.objects.get(pk=deposit.dataset_id)
    assert (dataset.file_count, dataset.rows_total, dataset.readings_total) == (2, 96, 96)
    assert (dataset.period_end - dataset.period_start).days == 3
    assert dataset.coverage == [1.0] * 20 + [0.0] * 20 + [1.0] * 20


def test_coverages_of_different_periods_are_poured_into_one_strip() -> None:
    day = [datetime(2020, 1, n, tzinfo=UTC) for n in range(1, 6)]
    assert combine_coverage([], None, None) == []
    whole = combine_coverage([(day[0], day[2], [1.0] * 60), (day[1], day[4], [0.5] * 60)], day[0], day[4])
    assert whole[:15] == [1.0] * 15
    assert whole[15:30] == [1.0] * 15, "never more than all of it"
    assert whole[30:] == [0.5] * 30
    uneven = combine_coverage([(day[0], day[3], [0.0, 1.0, 0.0])], day[0], day[4])
    assert sum(uneven) == pytest.approx(15, abs=0.01)


REAL = {
    "leo/MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt": {
        "rows": 2_295, "resolution_s": 5.0, "missing_count": 0, "duplicate_count": 0, "gap_count": 0,
        "period_start": datetime(2019, 11, 18, 11, 45, 43, tzinfo=UTC),
        "last_start": datetime(2019, 11, 18, 14, 56, 53, tzinfo=UTC),
        "identifier": "MVSA1_2_1_P11_LCH_01092020_LEOD041F06", "format": "TSV", "channels": 141,
    },
    "leo/error_testing.csv": {
        "rows": 86_460, "resolution_s": 1.0, "missing_count": 81, "duplicate_count": 0, "gap_count": 0,
        "period_start": datetime(2019, 11, 17, 23, 59, 4, tzinfo=UTC),
        "last_start": datetime(2019, 11, 19, 0, 0, 3, tzinfo=UTC),
        "identifier": "", "format": "CSV", "channels": 3,
    },
    "lcl/MAC000002_as_published.csv": {
        "rows": 24_158, "resolution_s": 1800.0, "missing_count": 1, "duplicate_count": 17, "channels": 1,
    },
    "wpd/stentaway_demand.csv": {"rows": 46_704, "resolution_s": 1800.0, "missing_count": 0, "channels": 1},
    "leo/Price_session2.csv": {"rows": 48, "resolution_s": 1800.0, "channels": 1},
}  # fmt: skip


@pytest.mark.one_database
@pytest.mark.real_data
@pytest.mark.parametrize("path", REAL)
def test_real_files_are_read_right_with_the_guesses_confirmed(
    actor: Actor, deposit: Deposit, real_data: Path, path: str
) -> None:
    content = (real_data / path).read_bytes()
    file = entries.received(actor, deposit, content, Path(path).name)
    assert file.state == "questions"
    file = _answer(actor, file, **{question["id"]: question["guess"] for question in file.questions})
    expected = REAL[path]
    found = {name: getattr(file, name) for name in expected if name != "channels"}
    assert found | {"channels": file.channels.count()} == expected
    assert file.state == "read"
    assert _in_lake(file) == file.rows
    total = sum(file.channels.values_list("count", flat=True))
    assert Dataset.objects.get(pk=deposit.dataset_id).readings_total == total


@pytest.mark.one_database
@pytest.mark.real_data
def test_real_boundaries_are_spatial_files_with_their_extent(actor: Actor, real_data: Path) -> None:
    deposit = entries.entry(actor, {**entries.BACKGROUND, "source": {"source": "file"}})
    path = real_data / "geo/oxfordshire/lsoa_by_lad_E07000178.json"
    file = entries.received(actor, deposit, path.read_bytes(), path.name)
    assert (file.state, file.kind, file.format) == ("read", "spatial", "GeoJSON")
    assert (file.extent["crs"], file.extent["features"]) == ("EPSG:4326", 83)
    assert file.period_start is None
