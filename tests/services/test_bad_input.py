"""Bad input from the door to the queue's end: what a person is told, what is kept, and that the queue goes on."""

from __future__ import annotations

import gzip
import io
import zipfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client

from fairwatt.core import project as core
from fairwatt.core.errors import TooLarge
from fairwatt.records.models import Deposit, File, Upload
from fairwatt.services import deposits, reviews, uploads
from fairwatt.services.actors import Actor
from fairwatt.services.files import KEEP_AS_DOCUMENT
from fairwatt.services.lakes import get_lake
from fairwatt.services.projects import get_project
from tests.services import entries
from tests.services.entries import AT, HOUR, READABLE
from tests.services.handed_in import (
    assert_the_queue_goes_on,
    bytes_of,
    findings_of,
    fresh,
    page_of,
    rows_in_lake,
    send,
    work_one_after_another,
)

pytestmark = pytest.mark.django_db
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


@dataclass(frozen=True)
class Refused:
    """A file that can't be read, and what is said of it."""

    content: bytes
    said: str


EXPORT_AGAIN = "It may be damaged, encrypted or named wrongly. Export it again and upload it again."
PACK_AGAIN = "Pack it again and upload it once more; the bytes received are kept."
REFUSED = {
    "empty.csv": Refused(b"", "empty.csv is empty. Check the file where it came from and upload it again."),
    "blank.csv": Refused(
        b"\xef\xbb\xbf\r\n \r\n", "blank.csv is empty. Check the file where it came from and upload it again."
    ),
    "header.csv": Refused(
        b"start time,power (kW)\n", "header.csv has a header but no rows of data. Upload the file with its readings."
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
        table("start time,power (kW),voltage (V)", lambda n, time: (",", ";")[n % 2].join([time, str(n), "230"])),
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
    "There is 1 gap in the readings: with one every 30 minutes, 1 is missing. Charts show gaps as breaks; nothing was "
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
    "twice.csv.gz": Kept(gzip.compress(gzip.compress(READABLE)), "readings", 48, "CSV", ()),
    "repeated.csv": Kept(
        table("start time,power (kW),power (kW),power (kW)", lambda n, time: f"{time},{n},{n * 2},{n * 3}"),
        "readings", 48, "CSV",
        (("repeated-columns", "warning", "", 1, ["‘power (kW)’"], REPEATED),),
    ),
    "few_mixed.csv": Kept(
        table("start time,power (kW),voltage (V)", lambda n, time: ";,"[n != 20].join([time, str(n), "230"])),
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
        table("start time,power (kW)", lambda n, time: f"{'not a date' if n == 7 else time},{n}"),
        "readings", 47, "CSV",
        (("bad-stamp", "warning", "", 1, ["line 9"], BAD_STAMP),
         ("gaps", "warning", "", 1, ["after 2020-09-01 03:00:00 UTC (1 reading)"], GAP)),
    ),
    "one_row.csv": Kept(b"start time,power (kW)\n2020-09-01T00:00:00Z,1.5\n", "readings", 1, "CSV", ()),
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
    file = send(actor, deposit, b"start time,power (kW)\n13/09/2020 00:00,1.5\n", "one.csv")
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
