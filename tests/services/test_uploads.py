"""Uploads: whatever cuts them off, the same bytes arrive; limits, owners, and a full disk."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairwatt.core import project as core
from fairwatt.core.errors import (
    ChecksumMismatch,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    StorageFull,
    TooLarge,
)
from fairwatt.records.models import AuditEvent, File, FileFinding, Job, Upload
from fairwatt.services import deposits, uploads
from fairwatt.services.actors import Actor
from fairwatt.services.lakes import get_lake
from fairwatt.services.projects import get_project
from fairwatt.services.upload_hashes import running_hashes
from fairwatt.services.upload_store import digest_path, locked, upload_path, uploads_folder
from fairwatt.services.uploads import append_upload, create_upload, deposit_file, get_upload, terminate_upload
from tests.services import entries, stock
from tests.services.entries import AT, HOUR

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 40


@pytest.fixture
def actor() -> Actor:
    return entries.partner()


@pytest.fixture
def code(actor: Actor) -> str:
    return deposits.start_deposit(actor=actor, at=AT, origin="foreground").code


def _create(actor: Actor, code: str, size: int = len(CONTENT), name: str = "meter.csv") -> Upload:
    return create_upload(actor=actor, code=code, filename=name, size=size, at=AT)


def _append(actor: Actor, upload: Upload, offset: int, *chunks: bytes, **fields: Any) -> Upload:
    return append_upload(actor=actor, upload_id=upload.pk, offset=offset, chunks=chunks, at=AT, **fields)


def _stored(file: File | None) -> bytes:
    assert file is not None
    return b"".join(get_lake().raw.open_range(file.sha256))


def _limit(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    project = get_project().model_copy(update={"limits": core.Limits(**limits)})
    monkeypatch.setattr(uploads, "get_project", lambda: project)


def test_a_complete_upload_becomes_a_file_that_waits_for_the_reader(actor: Actor, code: str) -> None:
    upload = _create(actor, code, name="MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt")
    done = _append(actor, upload, 0, CONTENT[:5000], CONTENT[5000:])
    file = File.objects.get()
    assert (done.file, done.finished_at, done.offset) == (file, AT, len(CONTENT))
    assert (file.sha256, file.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert (file.state, file.position, file.received_by) == ("received", 1, actor.user)
    assert file.identifier == "MVSA1_2_1_P11_LCH_01092020_LEOD041F06"
    assert (file.identifier_parts["trial"], file.identifier_parts["dataset"]) == ("A1.2.1", "041")
    assert (file.period_start, file.period_end) == (None, None), "dates in names are not the data's"
    assert _stored(file) == CONTENT
    job = Job.objects.get()
    assert (job.kind, job.file, job.state, job.payload) == ("read-file", file, "queued", {"file": file.key})
    assert file.dataset.file_count == 1
    assert [e.verb for e in AuditEvent.objects.order_by("pk")] == ["deposit.started", "upload.started", "file.received"]


def test_an_upload_goes_on_where_it_stopped(actor: Actor, code: str) -> None:
    upload = _create(actor, code)
    assert _append(actor, upload, 0, CONTENT[:1000]).offset == 1000
    assert get_upload(actor=actor, upload_id=str(upload.pk)).offset == 1000
    for wrong in (0, 999, 1001, len(CONTENT)):
        with pytest.raises(Conflict, match="holds 1,000 bytes") as refusal:
            _append(actor, upload, wrong, b"x")
        assert refusal.value.where["offset"] == 1000
    done = _append(actor, upload, 1000, CONTENT[1000:])
    assert _stored(done.file) == CONTENT
    assert _append(actor, upload, len(CONTENT)).file == done.file, "saying the end again changes nothing"
    with pytest.raises(Conflict):
        _append(actor, upload, 0, b"x")
    assert File.objects.count() == 1


class Cut(Exception):  # noqa: N818
    """The connection is gone."""


def _cut_after(content: bytes, sizes: list[int]) -> Iterator[bytes]:
    place = 0
    for size in sizes:
        yield content[place : place + size]
        place += size
    raise Cut


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), content=st.binary(max_size=3000))
def test_any_chunking_with_any_cuts_gives_the_same_bytes(
    actor: Actor, code: str, data: st.DataObject, content: bytes
) -> None:
    upload = _create(actor, code, size=len(content))
    for _ in range(40):
        upload = get_upload(actor=actor, upload_id=upload.pk)
        if upload.finished_at is not None:
            break
        place = upload.offset
        sizes = data.draw(st.lists(st.integers(0, 900), max_size=4))
        how = data.draw(st.sampled_from(["whole", "cut", "checksum", "wrong checksum", "restart", "other process"]))
        rest = content[place : place + sum(sizes)]
        pieces = list(entries.pieces(rest, sizes))
        if how == "cut":
            with contextlib.suppress(Cut):
                append_upload(actor=actor, upload_id=upload.pk, offset=place, chunks=_cut_after(rest, sizes), at=AT)
        elif how == "wrong checksum" and place < len(content):
            with pytest.raises(ChecksumMismatch):
                _append(actor, upload, place, *pieces, checksum=("sha1", b"\0" * 20))
            assert get_upload(actor=actor, upload_id=upload.pk).offset == place
        elif how == "restart":
            running_hashes.clear()
        elif how == "other process":  # another server wrote some bytes and died before it told the database
            with upload_path(upload.pk).open("ab") as file:
                file.write(rest)
        else:
            checksum = ("md5", hashlib.md5(rest).digest()) if how == "checksum" else None
            _append(actor, upload, place, *pieces, checksum=checksum)
    else:
        upload = get_upload(actor=actor, upload_id=upload.pk)
        upload = _append(actor, upload, upload.offset, content[upload.offset :])
    assert upload.file is not None
    assert upload.file.sha256 == hashlib.sha256(content).hexdigest()
    assert _stored(upload.file) == content


def test_what_arrived_before_a_cut_is_kept_and_known(actor: Actor, code: str) -> None:
    upload = _create(actor, code)
    with pytest.raises(Cut):
        append_upload(actor=actor, upload_id=upload.pk, offset=0, chunks=_cut_after(CONTENT, [700, 33]), at=AT + HOUR)
    row = Upload.objects.get()
    assert (row.offset, row.updated_at) == (733, AT + HOUR)
    assert row.expires_at == AT + HOUR + timedelta(days=7)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_wrong_checksum_keeps_nothing_of_its_bytes(actor: Actor, code: str, algorithm: str) -> None:
    upload = _create(actor, code)
    right = hashlib.new(algorithm, CONTENT[:100]).digest()
    _append(actor, upload, 0, CONTENT[:100], checksum=(algorithm, right))
    with pytest.raises(ChecksumMismatch) as refusal:
        _append(actor, upload, 100, CONTENT[100:300], checksum=(algorithm, right))
    assert refusal.value.http_status == 460
    assert Upload.objects.get().offset == 100
    assert _stored(_append(actor, upload, 100, CONTENT[100:]).file) == CONTENT
    with pytest.raises(InvalidInput, match="not known"):
        _append(actor, _create(actor, code), 0, b"x", checksum=("crc32", b"1234"))


def test_more_than_was_announced_is_refused_whole(actor: Actor, code: str) -> None:
    upload = _create(actor, code, size=10)
    _append(actor, upload, 0, b"0123")
    with pytest.raises(TooLarge, match="More bytes arrived"):
        _append(actor, upload, 4, b"45", b"6789x")
    assert Upload.objects.get().offset == 4
    assert _stored(_append(actor, upload, 4, b"456789").file) == b"0123456789"


def test_an_empty_file_is_complete_at_once(actor: Actor, code: str) -> None:
    upload = _create(actor, code, size=0)
    assert upload.file is not None
    assert (upload.file.size, _stored(upload.file)) == (0, b"")


def test_others_know_nothing_of_an_upload(actor: Actor, code: str) -> None:
    upload = _create(actor, code)
    colleague = entries.partner(name="col")
    for other in (colleague, entries.manager(), Actor(user=stock.person())):
        for call in (
            lambda who: get_upload(actor=who, upload_id=upload.pk),
            lambda who: _append(who, upload, 0, b"x"),
            lambda who: terminate_upload(actor=who, upload_id=upload.pk, at=AT),
        ):
            with pytest.raises(NotFound, match="no such upload"):
                call(other)
    with pytest.raises(NotSignedIn):
        get_upload(actor=Actor.anonymous(), upload_id=upload.pk)
    with pytest.raises(NotAllowed):
        get_upload(actor=Actor(user=actor.user, scopes=frozenset({"read"})), upload_id=upload.pk)
    for wrong in ("", "../../etc/passwd", "0" * 32, "\0"):
        with pytest.raises(NotFound):
            get_upload(actor=actor, upload_id=wrong)
    with pytest.raises(NotFound):
        _create(Actor(user=stock.person()), code)
    assert get_upload(actor=actor, upload_id=upload.pk).offset == 0


def test_one_request_at_a_time_writes_to_an_upload(actor: Actor, code: str) -> None:
    upload = _create(actor, code)

    def while_writing() -> Iterator[bytes]:
        yield CONTENT[:10]
        with pytest.raises(Conflict, match="Another request is writing"):
            _append(actor, upload, 10, b"x")
        with pytest.raises(Conflict, match="Another request is writing"):
            terminate_upload(actor=actor, upload_id=upload.pk, at=AT)
        yield CONTENT[10:]

    done = append_upload(actor=actor, upload_id=upload.pk, offset=0, chunks=while_writing(), at=AT)
    assert _stored(done.file) == CONTENT


def test_a_lock_goes_with_the_process_that_held_it(actor: Actor, code: str) -> None:
    upload = _create(actor, code)
    holder = (
        "import fcntl,os,sys,time; fd=os.open(sys.argv[1],os.O_RDWR|os.O_CREAT);"
        "fcntl.flock(fd,fcntl.LOCK_EX); print('held',flush=True); time.sleep(600)"
    )
    path = uploads_folder() / ".locks" / str(upload.pk)
    path.parent.mkdir(exist_ok=True)
    with subprocess.Popen([sys.executable, "-c", holder, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(Conflict):
            _append(actor, upload, 0, CONTENT)
        process.kill()
    assert _append(actor, upload, 0, CONTENT).file is not None


def test_limits_are_told_and_kept(actor: Actor, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _limit(monkeypatch, file_bytes=1000, organization_bytes=1500)
    with pytest.raises(TooLarge) as refusal:
        _create(actor, code, size=1001)
    assert str(refusal.value).startswith("The file has 1.001 kB; the largest that is taken has 1 kB.")
    upload = _create(actor, code, size=900)
    told = uploads.upload_limits(actor=actor)
    assert (told.file_bytes, told.quota_bytes, told.used_bytes, told.free_bytes) == (1000, 1500, 900, 600)
    assert uploads.upload_limits(actor=actor, code=code) == told
    with pytest.raises(TooLarge, match="600 bytes are left") as refusal:
        _create(entries.partner(name="colleague"), code, size=601)
    assert refusal.value.http_status == 413
    _append(actor, upload, 0, b"x" * 900)
    assert uploads.upload_limits(actor=actor) == told, "a file counts as its upload did"
    with pytest.raises(TooLarge):
        deposit_file(actor=actor, code=code, filename="a.csv", chunks=[b"y" * 400, b"y" * 201], at=AT)
    assert [path.name for path in uploads_folder().iterdir() if path.is_file() and path.suffix != ".sha256"] == []
    assert File.objects.count() == 1
    with pytest.raises(InvalidInput):
        _create(actor, code, size=-1)


def test_a_disk_without_room_refuses_at_the_start(actor: Actor, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _path: type("Usage", (), {"free": 10**6})())
    with pytest.raises(StorageFull):
        _create(actor, code)
    with pytest.raises(StorageFull):
        deposit_file(actor=actor, code=code, filename="a.csv", chunks=[b"x"], at=AT)
    assert not Upload.objects.exists()


def test_a_disk_that_fills_up_keeps_what_fitted_and_is_honest_about_it(
    actor: Actor, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = _create(actor, code)
    real = uploads._write_all

    def half(file: Any, chunk: bytes) -> None:
        real(file, chunk[:300])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(uploads, "_write_all", half)
        with pytest.raises(StorageFull, match="What had arrived before is kept"):
            _append(actor, upload, 0, CONTENT)
    assert Upload.objects.get().offset == 300
    assert _stored(_append(actor, upload, 300, CONTENT[300:]).file) == CONTENT


def test_a_store_that_is_full_at_the_very_end_loses_nothing(
    actor: Actor, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = _create(actor, code)

    def full(*_args: object, **_fields: object) -> None:
        raise StorageFull("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(type(get_lake().raw), "add", full)
        with pytest.raises(StorageFull):
            _append(actor, upload, 0, CONTENT)
    assert not File.objects.exists()
    assert get_upload(actor=actor, upload_id=upload.pk).offset == len(CONTENT)
    assert _stored(_append(actor, upload, len(CONTENT)).file) == CONTENT


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_storing_the_bytes_and_noting_the_file_is_made_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    actor = entries.partner()
    code = deposits.start_deposit(actor=actor, at=AT).code
    upload = _create(actor, code)

    def crash(**_fields: object) -> File:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(uploads, "make_file", crash)
        with pytest.raises(KeyboardInterrupt):
            _append(actor, upload, 0, CONTENT)
    assert not upload_path(upload.pk).exists()
    assert digest_path(upload.pk).exists()
    assert get_upload(actor=actor, upload_id=upload.pk).offset == len(CONTENT)
    running_hashes.clear()
    assert uploads.expire_uploads(at=AT + HOUR) == 0
    row = Upload.objects.get()
    assert row.finished_at == AT + HOUR
    assert _stored(row.file) == CONTENT
    assert not digest_path(upload.pk).exists()
    assert uploads.expire_uploads(at=AT + HOUR) == 0
    assert File.objects.count() == 1


def test_uploads_run_out_a_week_after_their_last_byte(
    actor: Actor, code: str, django_capture_on_commit_callbacks: Any
) -> None:
    idle, busy = _create(actor, code), _create(actor, code)
    _append(actor, idle, 0, b"x")
    append_upload(actor=actor, upload_id=busy.pk, offset=0, chunks=[b"x"], at=AT + 2 * HOUR)
    week = AT + timedelta(days=7)
    assert uploads.expire_uploads(at=week - HOUR) == 0
    with locked(idle.pk):
        assert uploads.expire_uploads(at=week + HOUR) == 0, "somebody is writing to it just now"
    with django_capture_on_commit_callbacks(execute=True):
        assert uploads.expire_uploads(at=week + HOUR) == 1
    assert not upload_path(idle.pk).exists()
    assert upload_path(busy.pk).exists()
    with pytest.raises(NotFound):
        get_upload(actor=actor, upload_id=idle.pk)
    assert AuditEvent.objects.filter(verb="upload.expired", actor_label="Fairwatt").count() == 1


def test_bytes_that_belong_to_no_upload_go_after_a_day(actor: Actor, code: str) -> None:
    upload = _create(actor, code)
    _append(actor, upload, 0, b"x")
    stray, young = uploads_folder() / "stray", uploads_folder() / "young"
    for path, age in ((stray, 2), (young, 0), (upload_path(upload.pk), 2)):
        path.touch()
        moment = (AT - timedelta(days=age)).timestamp()
        os.utime(path, (moment, moment))
    uploads.expire_uploads(at=AT)
    assert [p.exists() for p in (stray, young, upload_path(upload.pk))] == [False, True, True]


def test_giving_up_an_upload_removes_its_bytes(
    actor: Actor, code: str, django_capture_on_commit_callbacks: Any
) -> None:
    upload = _create(actor, code)
    _append(actor, upload, 0, b"x")
    with django_capture_on_commit_callbacks(execute=True):
        terminate_upload(actor=actor, upload_id=upload.pk, at=AT)
    assert list(Path(uploads_folder()).glob("*-*")) == []
    done = _append(actor, _create(actor, code), 0, CONTENT)
    with pytest.raises(Conflict, match="complete"):
        terminate_upload(actor=actor, upload_id=done.pk, at=AT)


def test_an_entry_can_not_be_handed_in_over_an_unfinished_upload(actor: Actor) -> None:
    deposit = entries.entry(actor)
    entries.hand_in(actor, deposit)
    _create(actor, deposit.code)
    with pytest.raises(InvalidInput, match="An upload has not finished"):
        deposits.submit_deposit(actor=actor, code=deposit.code, at=AT)


def test_names_are_made_safe_and_unlike_each_other(actor: Actor, code: str) -> None:
    names = [
        "../../etc/passwd",
        "meter.csv",
        "meter.csv",
        "a\0b.csv",
        "\u202egpj.exe",
        "x" * 300 + ".csv",
        "\ud800.csv",
        "",
    ]
    files = [
        deposit_file(actor=actor, code=code, filename=name, chunks=[str(n).encode()], at=AT)
        for n, name in enumerate(names)
    ]
    assert [f.name for f in files[:3]] == ["passwd", "meter.csv", "meter (2).csv"]
    assert [f.position for f in files] == list(range(1, len(files) + 1))
    assert all(f.name and len(f.name) <= 200 and "\u202e" not in f.name for f in files)
    stored = [File.objects.get(pk=f.pk) for f in files]
    assert stored[5].name.endswith(".csv")
    assert stored[0].original_name == "../../etc/passwd"


def test_the_same_bytes_twice_are_told_naming_only_what_everybody_may_know(actor: Actor, code: str) -> None:
    def told(file: File) -> list[tuple[str, str]]:
        return list(FileFinding.objects.filter(file=file).values_list("code", "message"))

    first = deposit_file(actor=actor, code=code, filename="one.csv", chunks=[CONTENT], at=AT)
    assert told(first) == []
    second = deposit_file(actor=actor, code=code, filename="two.csv", chunks=[CONTENT], at=AT)
    assert told(second) == [("same-bytes", "The same bytes are in this entry already, as “one.csv”.")]
    other = deposits.start_deposit(actor=actor, at=AT).code
    third = deposit_file(actor=actor, code=other, filename="three.csv", chunks=[CONTENT], at=AT)
    assert told(third) == [
        ("same-bytes", "The same bytes were received before, in another entry of yours or your organisation's.")
    ]
    rival = entries.partner("TCC")
    theirs = deposits.start_deposit(actor=rival, at=AT).code
    fourth = deposit_file(actor=rival, code=theirs, filename="four.csv", chunks=[CONTENT], at=AT)
    assert told(fourth) == [], "a draft of another organisation is nobody's business"
    dataset = stock.dataset("Weather of 2020")
    stock.file(dataset, sha256=hashlib.sha256(b"public").hexdigest())
    fifth = deposit_file(actor=rival, code=theirs, filename="five.csv", chunks=[b"public"], at=AT)
    assert told(fifth) == [("same-bytes", "The same bytes are in the dataset “Weather of 2020” already.")]


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (1_500_000, "1.5 MB"), (5 * 10**9, "5 GB")],
)
def test_sizes_are_said_in_units_people_use(size: int, said: str) -> None:
    assert uploads.say_bytes(size) == said
