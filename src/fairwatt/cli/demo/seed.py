"""Fill the demo project through the services that everybody uses: no row is written behind their back."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.test.utils import override_settings
from django.utils import timezone

from fairwatt.cli.demo.accounts import CAST, DOMAIN, DemoAccount, mark_filled
from fairwatt.cli.demo.entries import EMBARGO_LENGTH, Entry, list_entries
from fairwatt.core.errors import FairwattError
from fairwatt.records.models import Dataset, Deposit, File, User
from fairwatt.services import deposits, reviews, uploads
from fairwatt.services.accounts import make_account
from fairwatt.services.actors import Actor
from fairwatt.services.jobs import claim_job
from fairwatt.services.worker import run_job

CHUNK = 1024 * 1024
AHEAD = 4  # so many entries are handed in before the first of them must have been read
LOOKS_EVERY_S = 0.05


@dataclass(frozen=True)
class Begun:
    """An entry whose files have been handed in, and the deposit that it has become."""

    entry: Entry
    deposit: Deposit
    actor: Actor
    at: datetime


def fill_demo(home: Path, accounts: list[DemoAccount], *, say: Callable[[str], None]) -> None:
    """Fill the demo project; whoever works at the queue meanwhile helps to read its files.

    A filling that was broken off goes on where it stopped: what was published stays, a half-done deposit is
    discarded and made again.
    """
    say("Filling the demo project …")
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        _make_people(accounts)
        _make_entries(say)
    mark_filled(home)


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
    waiting: deque[Begun] = deque()
    finished = 0

    def finish_first() -> None:
        nonlocal finished
        finished += 1
        _finish(waiting[0], waiting)
        say(f"  {len(done) + finished:>2}/{len(entries)}  {waiting.popleft().entry.title}")

    for entry in entries:
        if entry.title not in done:
            waiting.append(_begin(entry, at=now - timedelta(days=entry.days_ago)))
            if len(waiting) == AHEAD:
                finish_first()
    while waiting:
        finish_first()


def _finished_titles() -> set[str]:
    """Titles that have gone all their way; what was left half-done is discarded here."""
    half_done = Deposit.objects.filter(state=Deposit.State.DRAFT, created_by__email__endswith=f"@{DOMAIN}")
    for deposit in half_done.select_related("created_by"):
        deposits.discard_deposit(actor=Actor(user=deposit.created_by), code=deposit.code, at=timezone.now())
    kept = Deposit.objects.exclude(state=Deposit.State.DISCARDED).values("dataset")
    return set(Dataset.objects.filter(pk__in=kept).values_list("title", flat=True))


def _begin(entry: Entry, *, at: datetime) -> Begun:
    """Answer the form and hand in the files."""
    actor = Actor(user=User.objects.get(email=f"{entry.depositor}@{DOMAIN}"))
    deposit = deposits.start_deposit(actor=actor, at=at, origin=entry.answers["origin"]["origin"])
    for slug, answers in entry.answers.items():
        deposits.save_step(actor=actor, code=deposit.code, step=slug, answers=answers, at=at)
    with tempfile.TemporaryDirectory(dir=settings.FAIRWATT_HOME) as folder:
        for path in entry.write(Path(folder)):
            uploads.deposit_file(actor=actor, code=deposit.code, filename=path.name, chunks=_chunks(path), at=at)
    return Begun(entry, deposit, actor, at)


def _finish(begun: Begun, waiting: Iterable[Begun]) -> None:
    """Wait until the files have been read, then go the entry's way to its end."""
    while not _is_read(begun):
        if not any(_answer(other) for other in waiting) and not _do_a_job():
            time.sleep(LOOKS_EVERY_S)  # somebody else is reading them
    entry, actor, at, code = begun.entry, begun.actor, begun.at, begun.deposit.code
    manager = Actor(user=User.objects.get(email=f"morgan.hale@{DOMAIN}"))
    deposits.submit_deposit(actor=actor, code=code, at=at + timedelta(hours=1))
    if entry.outcome == "published":
        reviews.approve_deposit(actor=manager, code=code, at=at + timedelta(hours=20), note="")
    elif entry.outcome == "returned":
        reviews.return_deposit(actor=manager, code=code, comment=entry.comment, at=at + timedelta(hours=20))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _is_read(begun: Begun) -> bool:
    """Whether all its files have been read; the demo's own can be, so that anything else is a fault."""
    unread = File.objects.filter(dataset=begun.deposit.dataset).exclude(state=File.State.READ)
    for file in unread.filter(state=File.State.FAILED):
        raise FairwattError(f"The demo's file {file.name} was not read: {file.state}. {file.error}")
    return not unread.exists()


def _answer(begun: Begun) -> bool:
    """Answer what its files can't tell; whether there was anything to answer."""
    asking = list(File.objects.filter(dataset=begun.deposit.dataset, state=File.State.QUESTIONS))
    for file in asking:
        answers = {q["id"]: begun.entry.file_answers.get(q["id"], q["guess"]) for q in file.questions}
        deposits.answer_questions(actor=begun.actor, file_key=file.key, answers=answers, at=begun.at)
    return bool(asking)


def _do_a_job() -> bool:
    """Do the next job of the queue here; whether there was one."""
    if job := claim_job(worker="demo", at=timezone.now()):
        run_job(job=job)
    return job is not None
