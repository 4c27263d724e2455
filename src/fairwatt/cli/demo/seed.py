"""Fill the demo project through the services that everybody uses: no row is written behind their back."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.test.utils import override_settings
from django.utils import timezone

from fairwatt.cli.demo.entries import EMBARGO_LENGTH, Entry, list_entries
from fairwatt.core.errors import FairwattError
from fairwatt.records.models import Dataset, Deposit, File, User
from fairwatt.services import deposits, reviews, uploads
from fairwatt.services.accounts import make_account
from fairwatt.services.actors import Actor
from fairwatt.services.jobs import claim_job
from fairwatt.services.worker import run_job

DOMAIN = "wrenshire.example"
CHUNK = 1024 * 1024


@dataclass(frozen=True)
class DemoAccount:
    """Somebody to sign in as. The others of the cast have no password: they only appear."""

    role: str
    name: str
    email: str
    password: str
    organization: str = ""


CAST = (
    # role shown, local part, name, organisation, its role
    ("data manager", "morgan.hale", "Morgan Hale", "WCC", "steward"),
    ("partner", "priya.shah", "Priya Shah", "HLC", "steward"),
    ("outside researcher", "robin.dale", "Robin Dale", "", ""),
    ("", "sam.okafor", "Sam Okafor", "BGN", "member"),
    ("", "alex.wren", "Alex Wren", "UWR", "member"),
)


def fill_demo(home: Path, *, say: Callable[[str], None]) -> list[DemoAccount]:
    """Fill the demo where that has not been done, and answer with whom to sign in as.

    A filling that was broken off goes on where it stopped: what was published stays, a half-done deposit is
    discarded and made again.
    """
    path = home / "demo_accounts.json"
    known = _read(path)
    if not known:
        known = [
            DemoAccount(role, name, f"{local}@{DOMAIN}", secrets.token_urlsafe(9), organization)
            for role, local, name, organization, _ in CAST
            if role
        ]
        _write(path, known)
    if not (home / "demo_filled").exists():
        say("Filling the demo project …")
        with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
            _make_people(known)
            _make_entries(say)
        (home / "demo_filled").touch()
    return known


def _read(path: Path) -> list[DemoAccount]:
    if not path.exists():
        return []
    return [DemoAccount(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def _write(path: Path, accounts: list[DemoAccount]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump([asdict(account) for account in accounts], file, indent=1)


def _make_people(accounts: list[DemoAccount]) -> None:
    passwords = {account.email: account.password for account in accounts}
    for shown, local, name, organization, role in CAST:
        email = f"{local}@{DOMAIN}"
        make_account(
            actor=Actor.system(),
            email=email,
            name=name,
            password=passwords.get(email),
            is_manager=shown == "data manager",
            organization=organization,
            role=role or "member",
            at=timezone.now(),
        )


def _make_entries(say: Callable[[str], None]) -> None:
    now = timezone.now()
    entries = list_entries((now + EMBARGO_LENGTH).date().isoformat())
    done = _finished_titles()
    for number, entry in enumerate(entries, start=1):
        if entry.title not in done:
            say(f"  {number:>2}/{len(entries)}  {entry.title}")
            _make_entry(entry, at=now - timedelta(days=entry.days_ago))


def _finished_titles() -> set[str]:
    """Titles that have gone all their way; what was left half-done is discarded here."""
    half_done = Deposit.objects.filter(state=Deposit.State.DRAFT, created_by__email__endswith=f"@{DOMAIN}")
    for deposit in half_done.select_related("created_by"):
        deposits.discard_deposit(actor=Actor(user=deposit.created_by), code=deposit.code, at=timezone.now())
    kept = Deposit.objects.exclude(state=Deposit.State.DISCARDED).values("dataset")
    return set(Dataset.objects.filter(pk__in=kept).values_list("title", flat=True))


def _make_entry(entry: Entry, *, at: datetime) -> None:
    actor = Actor(user=User.objects.get(email=f"{entry.depositor}@{DOMAIN}"))
    manager = Actor(user=User.objects.get(email=f"morgan.hale@{DOMAIN}"))
    deposit = deposits.start_deposit(actor=actor, at=at, origin=entry.answers["origin"]["origin"])
    for slug, answers in entry.answers.items():
        deposits.save_step(actor=actor, code=deposit.code, step=slug, answers=answers, at=at)
    with tempfile.TemporaryDirectory(dir=settings.FAIRWATT_HOME) as folder:
        for path in entry.write(Path(folder)):
            uploads.deposit_file(actor=actor, code=deposit.code, filename=path.name, chunks=_chunks(path), at=at)
    _read_files(deposit, entry, actor=actor, at=at)
    deposits.submit_deposit(actor=actor, code=deposit.code, at=at + timedelta(hours=1))
    if entry.outcome == "published":
        reviews.approve_deposit(actor=manager, code=deposit.code, at=at + timedelta(hours=20), note="")
    elif entry.outcome == "returned":
        reviews.return_deposit(actor=manager, code=deposit.code, comment=entry.comment, at=at + timedelta(hours=20))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _read_files(deposit: Deposit, entry: Entry, *, actor: Actor, at: datetime) -> None:
    """Do the queued reading here and now, answering what the files can't tell."""
    _run_jobs()
    for file in File.objects.filter(dataset=deposit.dataset, state=File.State.QUESTIONS):
        answers = {q["id"]: entry.file_answers.get(q["id"], q["guess"]) for q in file.questions}
        deposits.answer_questions(actor=actor, file_key=file.key, answers=answers, at=at)
    _run_jobs()
    unread = File.objects.filter(dataset=deposit.dataset).exclude(state=File.State.READ)
    for file in unread:
        raise FairwattError(f"The demo's file {file.name} was not read: {file.state}. {file.error} {file.questions}")


def _run_jobs() -> None:
    while job := claim_job(worker="demo", at=timezone.now()):
        run_job(job=job)
