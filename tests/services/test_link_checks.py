"""Links of background datasets: when they are looked at, what is stored and shown, who is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from fairwatt.connectors.web_links import LinkAnswer
from fairwatt.core.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn
from fairwatt.records.models import AuditEvent, Dataset, Job, LinkCheck, Notification
from fairwatt.services import link_checks
from fairwatt.services.actors import Actor
from fairwatt.services.link_checks import request_link_check, schedule_link_checks, state_of_link
from fairwatt.services.worker import run_pending
from tests.portal.pages_stock import signed_in
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db

LINK = "https://elsewhere.example/prices"
HOUR = timedelta(hours=1)
WORKS = LinkAnswer("works", "It answers (200 OK).", 200)
GONE = LinkAnswer("broken", "There is nothing there any more (404 Not Found).", 404)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, LinkAnswer]:
    """What each address answers; it can be changed."""
    known = {LINK: WORKS}
    monkeypatch.setattr(link_checks, "look_at", lambda address, **_: known[address])
    return known


def background(title: str = "Prices", link: str = LINK, **fields: object) -> Dataset:
    return stock.dataset(title, origin="background", link=link, release={"public": NOW - DAY}, **fields)


def pass_time(at: datetime) -> int:
    """What the worker does at an instant; how many jobs there were."""
    schedule_link_checks(at=at)
    return run_pending(clock=lambda: at)


@pytest.mark.usefixtures("answers")
def test_a_link_is_looked_at_when_it_comes_and_every_week() -> None:
    row = background()
    background("No link", link="")
    background("Draft", state="draft", published_at=None)
    assert state_of_link(row).label == "Not checked yet"
    assert [pass_time(NOW + days * DAY) for days in (0, 1, 6, 7, 13, 14)] == [1, 0, 0, 1, 0, 1]
    check = LinkCheck.objects.get()
    assert (check.state, check.status, check.checked_at, check.failing_since) == ("works", 200, NOW + 14 * DAY, None)


def test_one_that_fails_is_looked_at_sooner_and_managers_are_told_once(answers: dict[str, LinkAnswer]) -> None:
    manager = stock.person(is_manager=True)
    row = background()
    answers[LINK] = GONE
    told = []
    for at in (NOW, NOW + HOUR, NOW + HOUR + DAY, NOW + HOUR + 2 * DAY):
        assert pass_time(at) == 1
        told.append(Notification.objects.filter(recipient=manager).count())
    assert told == [0, 1, 1, 1]
    assert Notification.objects.get().text == (
        "The link of “Prices” does not work. There is nothing there any more (404 Not Found). "
        "Ask the provider for the new address; the description here stays."
    )
    state = state_of_link(row)
    assert state is not None
    assert (state.label, state.failing_since, state.checked_at) == ("Answers with an error", NOW, NOW + HOUR + 2 * DAY)
    answers[LINK] = WORKS
    assert pass_time(NOW + HOUR + 3 * DAY) == 1
    assert LinkCheck.objects.get().failing_since is None


def test_a_moment_of_silence_is_no_news_however_often_it_is_asked(answers: dict[str, LinkAnswer]) -> None:
    manager = stock.person(is_manager=True)
    row = background()
    answers[LINK] = GONE
    pass_time(NOW)
    for minutes in (1, 2):
        at = NOW + timedelta(minutes=minutes)
        request_link_check(actor=Actor(user=manager), dataset_key=row.key, at=at)
        assert pass_time(at) == 1
    assert not Notification.objects.exists()
    assert LinkCheck.objects.get().next_at == NOW + timedelta(minutes=2) + HOUR


def test_a_link_that_was_changed_begins_anew(answers: dict[str, LinkAnswer]) -> None:
    row = background()
    answers[LINK] = GONE
    pass_time(NOW)
    new = "https://elsewhere.example/new"
    answers[new] = WORKS
    Dataset.objects.filter(pk=row.pk).update(link=new)
    row.refresh_from_db()
    assert state_of_link(row).state == "waiting"
    assert pass_time(NOW + timedelta(minutes=10)) == 1
    check = LinkCheck.objects.get()
    assert (check.address, check.state, check.failing_since) == (new, "works", None)


@pytest.mark.usefixtures("answers")
def test_a_project_that_may_not_call_the_web_has_no_links_looked_at(settings: Any, tmp_path: Path) -> None:
    background()
    text = Path(settings.FAIRWATT_PROJECT_FILE).read_text()
    settings.FAIRWATT_PROJECT_FILE = tmp_path / "project.toml"
    settings.FAIRWATT_PROJECT_FILE.write_text(f"{text}\n[upkeep]\ncheck_links = false\n")
    assert pass_time(NOW) == 0
    assert not LinkCheck.objects.exists()


@pytest.mark.usefixtures("answers")
def test_a_manager_has_a_link_looked_at_now_and_nobody_else() -> None:
    row = background()
    pass_time(NOW)
    manager = Actor(user=stock.person(is_manager=True))
    later = NOW + HOUR
    first = request_link_check(actor=manager, dataset_key=row.key, at=later)
    assert request_link_check(actor=manager, dataset_key=row.key, at=later) == first
    assert AuditEvent.objects.filter(verb="link.check-requested").count() == 1
    run_pending(clock=lambda: later)
    assert LinkCheck.objects.get().checked_at == later

    owner = Actor(user=stock.person(organization=stock.organization("TCC")))
    for actor, refusal in ((owner, NotAllowed), (Actor.anonymous(), NotSignedIn)):
        with pytest.raises(refusal):
            request_link_check(actor=actor, dataset_key=row.key, at=later)
    with pytest.raises(NotFound):
        request_link_check(actor=manager, dataset_key="nothing", at=later)
    with pytest.raises(InvalidInput):
        request_link_check(actor=manager, dataset_key=background("None", link="").key, at=later)


def test_the_page_says_whether_the_link_works_since_when_and_what_to_do(answers: dict[str, LinkAnswer]) -> None:
    row = background()
    answers[LINK] = GONE
    pass_time(NOW)
    pass_time(NOW + HOUR)
    page = f"/datasets/{row.key}/"
    html = Client().get(page).content.decode()
    for words in ("Answers with an error", "Has not worked since", "nothing there any more", "Ask the provider"):
        assert words in html
    assert "Check the link now" not in html
    manager = signed_in(Client(), stock.person(is_manager=True))
    assert "Check the link now" in manager.get(page).content.decode()
    answer = manager.post(f"{page}check-link/")
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert Job.objects.filter(kind="check-links", dataset=row, created_at__lte=timezone.now()).count() == 1
