"""Which supply point a name stands for: to data managers, with a reason, and to nobody else, by page and by API."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from fairwatt.records.models import AuditEvent, Deposit
from fairwatt.services.pseudonyms import Pseudonyms, keep_pseudonyms
from fairwatt.services.tokens import create_token
from tests.portal.pages.conftest import Person
from tests.portal.pages.test_share import _text

NUMBER = "1012345678903"
WHY = {"reason": "The DNO asks about this feeder"}


@pytest.fixture
def name(waiting: Deposit) -> str:
    names = Pseudonyms()
    made = names(NUMBER)
    keep_pseudonyms(waiting.dataset, names.made)
    return made


def test_a_manager_gives_a_reason_and_sees_the_number_on_one_page_that_nobody_keeps(
    manager: Person, waiting: Deposit, name: str
) -> None:
    at = f"/review/{waiting.code}/supply-points/"
    assert f'href="{at}"' in manager.client.get(f"/review/{waiting.code}/").content.decode()
    asked = manager.client.get(at, {"name": name})
    assert "One name stands for supply points" in _text(asked)
    assert f'value="{name}"' in asked.content.decode()
    assert NUMBER not in asked.content.decode()
    told = manager.client.post(at, {"series": f"{name} (kWh)", **WHY})
    assert (told.status_code, "no-store" in told["Cache-Control"]) == (200, True)
    assert NUMBER in _text(told)
    assert NUMBER not in manager.client.get(at).content.decode()
    log = _text(manager.client.get("/audit/"))
    assert "looked up a supply point of" in log
    assert WHY["reason"] in log
    assert NUMBER not in log


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"reason": ""}, "Give your reason."),
        ({"reason": " "}, "Give your reason."),
        ({"series": ""}, "Give the name that stands for the supply point."),
        ({"series": "mp-aaaaaaaaaaaaaaaa"}, "This name stands for no supply point of the dataset."),
    ],
)
def test_without_a_reason_or_with_another_name_nothing_is_told(
    manager: Person, waiting: Deposit, name: str, sent: dict[str, str], said: str
) -> None:
    answer = manager.client.post(f"/review/{waiting.code}/supply-points/", {"series": name, **WHY, **sent})
    assert answer.status_code == 422
    assert said in _text(answer)
    assert NUMBER not in answer.content.decode()
    assert not AuditEvent.objects.filter(verb="series.revealed").exists()


def test_an_entry_without_such_numbers_says_so(manager: Person, waiting: Deposit) -> None:
    assert "supply-points" not in manager.client.get(f"/review/{waiting.code}/").content.decode()
    page = manager.client.get(f"/review/{waiting.code}/supply-points/")
    assert "No name in these data stands for a supply point" in _text(page)


@pytest.mark.parametrize("who", ["anonymous", "partner", "colleague", "other", "outsider"])
def test_everybody_else_is_refused(cast: dict[str, Person], waiting: Deposit, name: str, who: str) -> None:
    client, dataset = cast[who].client, waiting.dataset
    page = client.post(f"/review/{waiting.code}/supply-points/", {"series": name, **WHY})
    api = client.post(
        f"/api/v1/datasets/{dataset.key}/supply-points", {"series": name, **WHY}, content_type="application/json"
    )
    assert (page.status_code, api.status_code) == ((302, 401) if who == "anonymous" else (403, 403))
    assert NUMBER not in page.content.decode() + api.content.decode()
    assert not AuditEvent.objects.filter(verb="series.revealed").exists()


def test_a_program_asks_with_a_token_that_may_manage(manager: Person, waiting: Deposit, name: str) -> None:
    def ask(scope: str, **sent: str) -> tuple[int, str, str]:
        _, secret = create_token(actor=manager.actor, name=scope, scopes=[scope], days=30, at=timezone.now())
        answer = Client().post(
            f"/api/v1/datasets/{waiting.dataset.key}/supply-points",
            {"series": name, **sent},
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
        return answer.status_code, answer.json().get("number", ""), answer["Cache-Control"]

    assert ask("manage", **WHY) == (200, NUMBER, "no-store")
    assert ask("manage")[:2] == (422, "")
    assert ask("read", **WHY)[:2] == (403, "")
    assert AuditEvent.objects.get(verb="series.revealed").detail == {"series": name, **WHY}
