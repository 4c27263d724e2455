"""Bad input from the door to the queue's end: what a person is told, what is kept, and that the queue goes on."""

from __future__ import annotations

import gzip
import html
import io
import os
import signal
import subprocess
import sys
import threading
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.test import Client
from django.utils import timezone

from fairwatt.core import project as core
from fairwatt.core.errors import TooLarge
from fairwatt.lake import ingesting, staging
from fairwatt.records.models import Channel, Dataset, Deposit, File, FileFinding, Job, Upload
from fairwatt.services import deposits, reviews, uploads
from fairwatt.services.actors import Actor
from fairwatt.services.files import KEEP_AS_DOCUMENT
from fairwatt.services.jobs import claim_job, run_job
from fairwatt.services.lakes import get_lake
from fairwatt.services.projects import get_project
from fairwatt.services.worker import run_pending
from tests.services import entries
from tests.services.entries import AT, HOUR, READABLE

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
TIMES = [f"2020-09-01T{half // 2:02}:{half % 2 * 30:02}:00Z" for half in range(48)]
SCRIPT = "<script>alert(1)</script>"
HTML_PAGE = f"<!DOCTYPE html><html><body>{SCRIPT}</body></html>".encode()
SVG_PICTURE = f'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">{SCRIPT}</svg>'.encode()


def table(header: str, row: Callable[[int, str], str]) -> bytes:
    """A header, and a row for each half-hour of a day."""
    return "\n".join([header, *(row(n, time) for n, time in enumerate(TIMES)), ""]).encode()


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return packed.getvalue()


def wide(columns: int) -> bytes:
    names = ",".join(f"c{n}" for n in range(columns - 1))
    return table(f"time,{names}", lambda _, time: time + ",1" * (columns - 1))


@pytest.fixture
def actor() -> Actor:
    return entries.partner()


@pytest.fixture
def deposit(actor: Actor) -> Deposit:
    return entries.entry(actor)


def send(actor: Actor, deposit: Deposit, content: bytes, name: str) -> File:
    """Upload a file in two pieces, as a browser does."""
    upload = uploads.create_upload(actor=actor, code=deposit.code, filename=name, size=len(content), at=AT)
    for place, piece in ((0, content[: len(content) // 2]), (len(content) // 2, content[len(content) // 2 :])):
        if piece:
            upload = uploads.append_upload(actor=actor, upload_id=upload.pk, offset=place, chunks=[piece], at=AT)
    assert upload.file is not None
    return upload.file


def work_one_after_another() -> list[Job]:
    """Do what is due, a job at a time, as the worker does."""
    done = []
    while (job := claim_job(worker="tests", at=AT)) is not None:
        done.append(run_job(job=job, clock=lambda: AT))
    return done


def fresh(file: File) -> File:
    return File.objects.select_related("dataset").get(pk=file.pk)


def bytes_of(file: File) -> bytes:
    return b"".join(get_lake().raw.open_range(file.sha256))


def rows_in_lake(file: File) -> int:
    """Rows that the lake holds of a file, counted by a window over all its time."""
    lake, name = get_lake(), file.dataset.table
    fields = [field for field, kind in lake.fields(name).items() if kind != "VARCHAR"]
    return lake.window(name, fields=fields[:1], sources=[file.key]).total if fields else 0


def findings_of(file: File) -> list[tuple[str, str, str, int, list[str], str]]:
    rows = file.findings.values_list("code", "severity", "channel", "count", "where", "message")
    return sorted((code, severity, *rest) for code, severity, *rest in rows)


def page_of(actor: Actor, deposit: Deposit, file: File) -> str:
    """What the depositor's page of a file says, as a person reads it."""
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/share/{deposit.code}/files/{file.key}/")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def assert_the_queue_goes_on(file: File, good: File) -> None:
    """A good file that came after a bad one is read, and the lake holds its readings alone."""
    assert (good.state, good.rows, rows_in_lake(good)) == ("read", 48, 48)
    assert list(good.channels.values_list("name", "count", "missing")) == [("power (kW)", 48, 0)]
    assert file.dataset.table == good.dataset.table
    assert not Job.objects.filter(state__in=["queued", "running"]).exists()


@dataclass(frozen=True)
class Refused:
    """A file that can't be read, and what is said of it."""

    content: bytes
    said: str


EXPORT_AGAIN = "It may be damaged, encrypted or named wrongly. Export it again and upload it again."
PACK_AGAIN = "Pack it again and upload it once more; the bytes received are kept."
UNPACK = "Unpack it and upload what is inside file by file, each plain or packed by itself (gzip, zip)."
REFUSED = {
    "empty.csv": Refused(b"", "empty.csv is empty. Check the file where it came from and upload it again."),
    "blank.csv": Refused(
        b"\xef\xbb\xbf\r\n \r\n", "blank.csv is empty. Check the file where it came from and upload it again."
    ),
    "header.csv": Refused(
        b"time,power (kW)\n", "header.csv has a header but no rows of data. Upload the file with its readings."
    ),
    "junk.csv": Refused(
        bytes(n * 7919 % 256 for n in range(60_000)),
        f"junk.csv does not hold text: its bytes are not those of a CSV file. {EXPORT_AGAIN}",
    ),
    "cut.csv.gz": Refused(
        gzip.compress(READABLE * 40)[:-30],
        f"cut.csv.gz is a compressed file that is cut off or damaged: its content can't be unpacked. {PACK_AGAIN}",
    ),
    "cut.zip": Refused(
        zipped(meter=READABLE * 40)[:-30],
        f"cut.zip is a zip file that is cut off or damaged: its content can't be unpacked. {PACK_AGAIN}",
    ),
    "bomb.csv.gz": Refused(
        gzip.compress(bytes(70_000_000), 1),
        "bomb.csv.gz unpacks to more than 67 MB, far more than its size allows for. Upload it unpacked, or in parts.",
    ),
    "bomb.zip": Refused(
        zipped(meter=bytes(70_000_000)),
        "bomb.zip unpacks to more than 67 MB, far more than its size allows for. Upload it unpacked, or in parts.",
    ),
    "twice.csv.gz": Refused(
        gzip.compress(gzip.compress(READABLE)),
        f"twice.csv.gz holds packed files (gzip) that can't be looked into. It is kept as it came. {UNPACK}",
    ),
    "meter.bin": Refused(
        bytes(n * 7919 % 256 for n in range(5_000)),
        "meter.bin is of no kind that is known here. It is kept as it came. If it holds readings, export them as CSV "
        "and upload that.",
    ),
    "wide.csv": Refused(
        wide(20_000),
        "wide.csv has 20,000 columns; at most 4,000 can be read. Split the file, or ask the data manager to raise the "
        "limit in the project file.",
    ),
    "mixed.csv": Refused(
        table("time,power (kW),voltage (V)", lambda n, time: (",", ";")[n % 2].join([time, str(n), "230"])),
        "mixed.csv is separated in two ways: by commas as in line 1, and by semicolons as in line 3. Save it with one "
        "separator throughout and upload it again.",
    ),
    "areas.geojson": Refused(
        b'{"type":"FeatureCollection","features":[{"type":"Feature",',
        "The file is no valid GeoJSON: it breaks off or is wrong at line 1. Export it again and upload it again.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_can_not_be_read_is_told_in_words_and_kept(actor: Actor, deposit: Deposit, name: str) -> None:
    content, said = REFUSED[name].content, REFUSED[name].said
    bad, good = send(actor, deposit, content, name), entries.hand_in(actor, deposit)

    jobs = work_one_after_another()

    bad, good = fresh(bad), fresh(good)
    assert [(job.state, job.attempts, job.error) for job in jobs] == [("failed", 1, said), ("done", 1, "")]
    assert (bad.state, bad.kind, bad.rows, bad.error) == ("failed", "unknown", 0, said)
    assert bytes_of(bad) == content
    assert (bad.channels.count(), findings_of(bad), rows_in_lake(bad)) == (0, [], 0)
    [question] = bad.questions
    assert (question["id"], question["text"], question["why"]) == (
        KEEP_AS_DOCUMENT,
        "Keep this file as a document, without readings?",
        "It could not be read as data. Its bytes are kept as they came and can be downloaded.",
    )
    assert said in page_of(actor, deposit, bad)
    assert_the_queue_goes_on(bad, good)


@dataclass(frozen=True)
class Kept:
    """A file that is kept or read with findings: its kind, rows and format, and the findings in full."""

    content: bytes
    kind: str
    rows: int
    format: str
    findings: tuple[tuple[str, str, str, int, list[str], str], ...]


GAP = (
    "There is 1 gap in the readings, 1 missing in all at a step of 30 minutes. Charts show them as breaks; nothing was "
    "filled in."
)
NO_TIMES = (
    "The column ‘{}’ is named as a time, but holds none that can be read (‘{}’, for example). The file is kept and "
    "shown as a table; write times such as 2020-09-01 16:30 to have it read as readings."
)
REPEATED = "Columns have the same name. The second and later ones are told apart by a number in brackets."
RAGGED = (
    "1 row does not have 3 columns, the first is row 22 of few_mixed.csv. Left out of the readings; the original file "
    "keeps all."
)
BAD_STAMP = (
    "Row 9 of one_bad_date.csv: 'not a date' is not a time as in the other rows. 1 row is left out of the readings for "
    "that; the original file keeps all."
)
OTHER = (
    "page.csv is named as a table of text, but holds HTML: perhaps something else was saved in its place. Open it to "
    "see what it is, and upload the table itself."
)


def not_shown(form: str) -> tuple[tuple[str, str, str, int, list[str], str], ...]:
    """What is said of a file that may hold scripts."""
    shown = f"{form} files can hold scripts, so the portal never shows them; they are only downloaded."
    read = f"{form} files are kept as they are and can be downloaded; their content is not read."
    return ("active-content", "info", "", 1, [], shown), ("not-read", "info", "", 1, [], read)


KEPT = {
    "repeated.csv": Kept(
        table("time,power (kW),power (kW),power (kW)", lambda n, time: f"{time},{n},{n * 2},{n * 3}"),
        "readings", 48, "CSV",
        (("repeated-columns", "warning", "", 1, ["‘power (kW)’"], REPEATED),),
    ),
    "few_mixed.csv": Kept(
        table("time,power (kW),voltage (V)", lambda n, time: (";" if n == 20 else ",").join([time, str(n), "230"])),
        "readings", 47, "CSV",
        (("constant-column", "info", "voltage (V)", 47, [], "All 47 values of voltage (V) are 230."),
         ("gaps", "warning", "", 1, ["after 2020-09-01 09:30:00 UTC (1 reading)"], GAP),
         ("ragged-row", "warning", "", 1, ["line 22"], RAGGED)),
    ),
    "no_dates.csv": Kept(
        table("date,power (kW)", lambda n, _: f"yesterday {n},{n}"),
        "table", 0, "CSV",
        (("no-times", "warning", "date", 1, [], NO_TIMES.format("date", "yesterday 0")),),
    ),
    "impossible_dates.csv": Kept(
        table("Date,power (kW)", lambda n, _: f"2020-13-{n % 20 + 20} 25:61,{n}"),
        "table", 0, "CSV",
        (("no-times", "warning", "Date", 1, [], NO_TIMES.format("Date", "2020-13-20 25:61")),),
    ),
    "one_bad_date.csv": Kept(
        table("time,power (kW)", lambda n, time: f"{'not a date' if n == 7 else time},{n}"),
        "readings", 47, "CSV",
        (("bad-stamp", "warning", "", 1, ["line 9"], BAD_STAMP),
         ("gaps", "warning", "", 1, ["after 2020-09-01 03:00:00 UTC (1 reading)"], GAP)),
    ),
    "one_row.csv": Kept(b"time,power (kW)\n2020-09-01T00:00:00Z,1.5\n", "readings", 1, "CSV", ()),
    "page.html": Kept(HTML_PAGE, "document", 0, "HTML", not_shown("HTML")),
    "page.csv": Kept(
        HTML_PAGE, "document", 0, "HTML",
        (*not_shown("HTML"), ("other-than-named", "warning", "", 1, [], OTHER)),
    ),
    "picture.svg": Kept(SVG_PICTURE, "document", 0, "SVG", not_shown("SVG")),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_a_doubtful_file_is_taken_for_what_it_is_and_its_faults_are_told(
    actor: Actor, deposit: Deposit, name: str
) -> None:
    expected = KEPT[name]
    doubtful, good = send(actor, deposit, expected.content, name), entries.hand_in(actor, deposit)

    jobs = work_one_after_another()

    doubtful, good = fresh(doubtful), fresh(good)
    assert [(job.state, job.attempts) for job in jobs] == [("done", 1), ("done", 1)]
    assert (doubtful.state, doubtful.error, doubtful.questions) == ("read", "", [])
    assert (doubtful.kind, doubtful.rows, doubtful.format) == (expected.kind, expected.rows, expected.format)
    assert findings_of(doubtful) == list(expected.findings)
    assert bytes_of(doubtful) == expected.content
    assert rows_in_lake(doubtful) == expected.rows
    assert doubtful.channels.exists() == (expected.kind == "readings")
    page = page_of(actor, deposit, doubtful)
    assert all(message in page for *_, message in expected.findings)
    assert SCRIPT not in page
    assert_the_queue_goes_on(doubtful, good)


def test_repeated_column_names_become_channels_of_their_own(actor: Actor, deposit: Deposit) -> None:
    file = send(actor, deposit, KEPT["repeated.csv"].content, "repeated.csv")
    work_one_after_another()
    assert list(file.channels.values_list("name", "field", "count", "maximum")) == [
        ("power (kW)", "power_kw", 48, 47.0),
        ("power (kW) (2)", "power_kw_2", 48, 94.0),
        ("power (kW) (3)", "power_kw_3", 48, 141.0),
    ]
    drawn = get_lake().window(file.dataset.table, fields=["power_kw_3"], sources=[file.key]).frame
    assert drawn["power_kw_3_mean"].to_list() == [n * 3 for n in range(48)]


def test_a_file_of_one_row_in_local_time_is_asked_about_and_read(actor: Actor, deposit: Deposit) -> None:
    file = send(actor, deposit, b"time,power (kW)\n13/09/2020 00:00,1.5\n", "one.csv")
    work_one_after_another()
    assert [question["id"] for question in fresh(file).questions] == ["time_zone"]
    deposits.answer_questions(actor=actor, file_key=file.key, answers={"time_zone": "UTC"}, at=AT)
    work_one_after_another()
    file = fresh(file)
    assert (file.state, file.rows, file.resolution_s, rows_in_lake(file)) == ("read", 1, None, 1)
    assert f"{file.period_start:%Y-%m-%d %H:%M}" == "2020-09-13 00:00"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\windows\\meter.csv", "meter.csv"),
        ("/etc/cron.d/meter.csv", "meter.csv"),
        ("m" * 300 + ".csv", "m" * 196 + ".csv"),
        ("meter\N{RIGHT-TO-LEFT OVERRIDE}vsc.exe.csv", "metervsc.exe.csv"),
        ("\N{RIGHT-TO-LEFT MARK}meter\t\n1.csv", "meter 1.csv"),
        ("..", "file"),
        ("<img src=x onerror=alert(1)>.csv", "_img src=x onerror=alert(1)_.csv"),
    ],
)
def test_a_name_that_is_a_trick_is_made_safe_and_the_file_is_read(
    actor: Actor, deposit: Deposit, sent: str, kept: str
) -> None:
    before = {path for path in Path(settings.FAIRWATT_HOME).parent.rglob("*") if path.is_file()}
    file, good = send(actor, deposit, READABLE, sent), entries.hand_in(actor, deposit, READABLE + b"\n", "good.csv")
    work_one_after_another()
    file = fresh(file)
    assert (file.name, file.state, file.rows, bytes_of(file)) == (kept, "read", 48, READABLE)
    new = {path for path in Path(settings.FAIRWATT_HOME).parent.rglob("*") if path.is_file()} - before
    assert all(path.is_relative_to(settings.FAIRWATT_HOME) for path in new)
    assert not [path for path in new if "passwd" in path.name or "meter" in path.name]
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page_of(actor, deposit, file)
    assert "<img" not in file.name
    assert_the_queue_goes_on(file, fresh(good))


def published_files(actor: Actor) -> list[File]:
    """A page, a picture and a table, published for everybody."""
    deposit = entries.entry(actor)
    sent = [
        send(actor, deposit, content, name)
        for name, content in (("page.html", HTML_PAGE), ("picture.svg", SVG_PICTURE), ("meter.csv", READABLE))
    ]
    work_one_after_another()
    deposits.submit_deposit(actor=actor, code=deposit.code, at=AT)
    reviews.approve_deposit(actor=entries.manager(), code=deposit.code, at=AT + HOUR)
    return [fresh(file) for file in sent]


def test_pages_and_pictures_with_scripts_are_only_handed_out_as_downloads(actor: Actor) -> None:
    page, picture, _ = published_files(actor)
    for file, content in ((page, HTML_PAGE), (picture, SVG_PICTURE)):
        for path in (f"/files/{file.key}/original", f"/api/v1/files/{file.key}/content"):
            answer = Client().get(path)
            assert answer.status_code == 200, path
            assert whole(answer) == content
            assert answer["Content-Disposition"] == f'attachment; filename="{file.name}"'
            assert answer["Content-Type"] == "application/octet-stream"
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        shown = Client().get(f"/files/{file.key}/")
        assert shown.status_code == 200
        assert SCRIPT not in shown.content.decode()
        assert b64encode(content[:30]) not in shown.content


def whole(answer: Any) -> bytes:
    """Read an answer to its end and close it, without closing the test's own connection as its end would."""
    content = b"".join(answer.streaming_content)
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)
    return content


def limit(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    project = get_project().model_copy(update={"limits": core.Limits(**limits)})
    monkeypatch.setattr(uploads, "get_project", lambda: project)


def test_a_file_beyond_the_quota_is_refused_before_a_byte_is_sent(
    actor: Actor, deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = entries.hand_in(actor, deposit)
    limit(monkeypatch, file_bytes=2_000_000_000, organization_bytes=1_500_000_000)
    with pytest.raises(TooLarge) as refusal:
        uploads.create_upload(actor=actor, code=deposit.code, filename="year.csv", size=1_600_000_000, at=AT)
    assert str(refusal.value) == (
        "The file has 1.6 GB; of the 1.5 GB for your organisation 1.5 GB are left. "
        "Remove files you no longer need from your drafts, or ask a data manager for more room."
    )
    assert refusal.value.where == {"file": "year.csv", "bytes": 1_600_000_000, "limit": 1_500_000_000 - len(READABLE)}
    with pytest.raises(TooLarge) as refusal:
        uploads.create_upload(actor=actor, code=deposit.code, filename="year.csv", size=5_000_000_000, at=AT)
    assert str(refusal.value) == (
        "The file has 5 GB; the largest that is taken has 2 GB. Hand it in in parts, a month each for example."
    )
    assert (Upload.objects.count(), File.objects.count()) == (0, 1)
    work_one_after_another()
    assert fresh(good).state == "read"


def test_the_same_file_twice_is_told_by_its_hash_and_both_are_read(actor: Actor, deposit: Deposit) -> None:
    first = send(actor, deposit, READABLE, "meter.csv")
    again = entries.hand_in(actor, deposit, READABLE, "renamed.csv")
    colleague = entries.partner(name="col")
    elsewhere = entries.hand_in(colleague, entries.entry(colleague))
    stranger = entries.partner("GRID", "gil")
    unknowing = entries.hand_in(stranger, entries.entry(stranger))
    work_one_after_another()
    told = {file.pk: list(file.findings.values_list("code", "message")) for file in File.objects.all()}
    assert told == {
        first.pk: [],
        again.pk: [("same-bytes", "The same bytes are in this entry already, as “meter.csv”.")],
        elsewhere.pk: [
            ("same-bytes", "The same bytes were received before, in another entry of yours or your organisation's.")
        ],
        unknowing.pk: [],
    }
    assert set(File.objects.values_list("state", "rows", "sha256")) == {("read", 48, first.sha256)}
    assert len([path for path in (get_lake().root / "raw").rglob("*") if path.is_file()]) == 1, "stored once"
    assert "already, as “meter.csv”" in page_of(actor, deposit, again)


def second_by_second(rows: int) -> bytes:
    start = "2020-09-01T{:02}:{:02}:{:02}Z,{}.{}"
    lines = (start.format(n // 3600, n // 60 % 60, n % 60, n % 97, n % 10) for n in range(rows))
    return "\n".join(["time,power (kW)", *lines, ""]).encode()


@dataclass
class NearlyFull:
    """A disk under the lake that can be filled up and given room again."""

    fill: Callable[[], None]
    give_room: Callable[[], None]


@pytest.fixture
def nearly_full(fairwatt_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NearlyFull]:
    """A real small disk where one can be mounted; elsewhere the reader meets the system's own error."""
    folder, ballast = fairwatt_home / "lake", fairwatt_home / "lake" / "ballast"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0:
        yield NearlyFull(lambda: fill_up(ballast), ballast.unlink)
        subprocess.run(["umount", "-l", str(folder)], check=True)
        return

    def no_room(*_args: object, **_fields: object) -> None:
        raise OSError(28, "No space left on device")

    yield NearlyFull(
        lambda: monkeypatch.setattr(ingesting, "stage_file", no_room),
        lambda: monkeypatch.setattr(ingesting, "stage_file", staging.stage_file),
    )


def fill_up(ballast: Path) -> None:
    """Leave 32 kB on the ballast's disk."""
    free = os.statvfs(ballast.parent)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - 32_768))


def test_a_disk_that_is_full_fails_the_job_with_the_reason_and_harms_nothing(
    actor: Actor, deposit: Deposit, nearly_full: NearlyFull
) -> None:
    good = entries.hand_in(actor, deposit)
    work_one_after_another()
    content = second_by_second(30_000)
    large = send(actor, deposit, content, "seconds.csv")
    nearly_full.fill()
    at, said = (
        AT,
        "The disk of the platform is full. What was stored before is unharmed, and nothing half-written is kept.",
    )
    for _ in range(3):
        run_pending(clock=lambda moment=at: moment)  # type: ignore[misc]
        at += HOUR
    large, job = fresh(large), Job.objects.get(file=large)
    assert (job.state, job.attempts, large.state) == ("failed", 3, "failed")
    assert job.error == large.error == f"{said} Make room on the disk, or ask a data manager to, then try again."
    assert (bytes_of(large), large.rows, large.channels.count()) == (content, 0, 0)
    assert (fresh(good).state, rows_in_lake(good), Dataset.objects.get().readings_total) == ("read", 48, 48)
    assert get_lake().sources(good.dataset.table) == [good.key]

    nearly_full.give_room()
    deposits.read_again(actor=actor, file_key=large.key, at=at)
    run_pending(clock=lambda: at)

    large = fresh(large)
    assert (large.state, large.error, large.rows, rows_in_lake(large)) == ("read", "", 30_000, 30_000)
    assert Dataset.objects.get().readings_total == 30_048


@pytest.fixture
def start_worker(fairwatt_home: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start worker processes on this test's data folder and database; none outlives the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "FAIRWATT_HOME": str(fairwatt_home),
            "FAIRWATT_SECRET_KEY": settings.SECRET_KEY,
            "FAIRWATT_PROJECT_FILE": str(settings.FAIRWATT_PROJECT_FILE),
        }
        database = str(connection.settings_dict["NAME"])
        command = [sys.executable, "-W", "ignore", "-m", "tests.services.worker_process", database, "never"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_until(happens: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(12_000):
        if happens():
            return
        pause.wait(0.01)
    pytest.fail("it did not happen within two minutes")


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_in_the_middle_of_a_file_leaves_nothing_double(
    start_worker: Callable[[], subprocess.Popen[bytes]],
) -> None:
    actor = entries.partner()
    deposit = entries.entry(actor)
    content = second_by_second(86_000)
    file = send(actor, deposit, content, "seconds.csv")
    victim = start_worker()
    wait_until(lambda: Job.objects.filter(state="running", progress__gte=0.1).exists())
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    [job] = Job.objects.all()
    assert (job.state, job.attempts, fresh(file).state) == ("running", 1, "reading")
    assert (fresh(file).rows, Channel.objects.count(), Dataset.objects.get().readings_total) == (0, 0, 0)
    assert rows_in_lake(file) in {0, 86_000}
    assert run_pending() == 0, "the lease of the dead worker counts until it ends"

    good = entries.hand_in(actor, deposit)
    later = timezone.now() + timedelta(minutes=2)
    run_pending(clock=lambda: later)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
    assert (fresh(file).state, fresh(file).rows, rows_in_lake(file), bytes_of(file)) == (
        "read",
        86_000,
        86_000,
        content,
    )
    assert (Channel.objects.filter(file=file).count(), FileFinding.objects.filter(file=file).count()) == (1, 0)
    assert Dataset.objects.get().readings_total == 86_048
    assert list((get_lake().root / "work").iterdir()) == []
    assert_the_queue_goes_on(file, fresh(good))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_share_the_queue_good_files_and_bad(
    start_worker: Callable[[], subprocess.Popen[bytes]],
) -> None:
    actor = entries.partner()
    deposit = entries.entry(actor)
    good = [
        entries.hand_in(actor, deposit, READABLE.replace(b"09-01", f"09-{day:02}".encode()), f"day{day}.csv")
        for day in range(1, 6)
    ]
    bad = [send(actor, deposit, REFUSED[name].content, name) for name in ("empty.csv", "junk.csv", "cut.zip")]
    start_worker()
    start_worker()
    wait_until(lambda: not Job.objects.filter(state__in=["queued", "running"]).exists())
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
    assert [(fresh(file).state, rows_in_lake(file)) for file in good] == [("read", 48)] * 5
    assert [(fresh(file).state, fresh(file).error) for file in bad] == [
        ("failed", REFUSED[file.name].said) for file in bad
    ]
    assert Channel.objects.count() == 5
    dataset = Dataset.objects.get()
    assert (dataset.readings_total, get_lake().window(dataset.table, fields=["power_kw"]).total) == (240, 240)
