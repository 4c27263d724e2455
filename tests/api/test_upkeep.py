"""Upkeep and erasing by API: for managers' tokens with the scope, and nobody else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from fairwatt.records.models import Dataset, Erasure, Job, User
from fairwatt.services.certificates import issue_version
from fairwatt.services.tokens import create_token
from fairwatt.services.worker import run_pending
from tests.portal.test_downloads import body
from tests.services import stock
from tests.services.test_upkeep import PROFILE, content, days

pytestmark = pytest.mark.django_db
JSON = "application/json"


def caller(user: User, *scopes: str) -> Client:
    secret = create_token(actor=stock.actor(user), name="test", scopes=list(scopes), days=30, at=timezone.now())[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def owner() -> Dataset:
    return days(2, "Homes", identifier="LEOD7")


def test_a_manager_reads_asks_and_erases(owner: Dataset) -> None:
    mel = caller(stock.person("mel", is_manager=True), "manage")
    told = mel.get("/api/v1/upkeep").json()
    assert (told["damages"], told["costs"][0]["dataset"], told["total"]["dataset"]) == ([], owner.key, "")
    assert told["costs"][0]["readings"] == 288
    asked = mel.post("/api/v1/upkeep", {"what": "merge", "dataset": owner.key}, content_type=JSON)
    assert (asked.status_code, asked.json()) == (202, {"job": Job.objects.get().pk, "state": "queued"})
    wrong = {"kind": "dataset", "reason": "Never ours to keep.", "confirmation": "Homes"}
    assert mel.post(f"/api/v1/datasets/{owner.key}/erasures", wrong, content_type=JSON).status_code == 422
    right = wrong | {"confirmation": "LEOD7"}
    ordered = mel.post(f"/api/v1/datasets/{owner.key}/erasures", right, content_type=JSON)
    assert (ordered.status_code, ordered.json()["finished_at"]) == (202, None)
    run_pending(worker="tests")
    assert Erasure.objects.get().finished_at is not None
    assert Client().get(f"/api/v1/datasets/{owner.key}/readings.csv").status_code == 410
    again = mel.post(f"/api/v1/datasets/{owner.key}/erasures", right, content_type=JSON)
    assert again.status_code == 409


def test_a_published_version_is_read_by_its_number(owner: Dataset) -> None:
    mel = stock.actor(stock.person("mel", is_manager=True))
    issue_version(actor=mel, dataset=owner, at=timezone.now())
    owner.files.get(name="day 1.csv")
    stock.fill_lake(stock.file(owner, "day 2.csv"), PROFILE, content(2))
    at = f"/api/v1/datasets/{owner.key}/readings.csv"
    assert len(body(Client().get(at)).splitlines()) == 1 + 3 * 144
    assert len(body(Client().get(f"{at}?version=1")).splitlines()) == 1 + 2 * 144
    assert Client().get(f"{at}?version=2").status_code == 404
    assert Client().get(f"{at}?version=0").status_code == 422
    wide = Client().get(f"{at}?version=1&shape=wide&channels=kw")
    assert [line.count(b",") for line in body(wide).splitlines()] == [1] * (1 + 2 * 144)  # one meter


@pytest.mark.parametrize(
    ("is_manager", "scopes"), [(False, ("read", "deposit")), (True, ("read", "deposit"))], ids=["partner", "scope"]
)
def test_nobody_else_may(owner: Dataset, *, is_manager: bool, scopes: tuple[str, ...]) -> None:
    asker = caller(stock.person(is_manager=is_manager, organization=owner.provider), *scopes)
    erase = {"kind": "dataset", "reason": "Never ours to keep.", "confirmation": "LEOD7"}
    for client in (asker, Client()):
        refused = {
            client.get("/api/v1/upkeep").status_code,
            client.post("/api/v1/upkeep", {"what": "tend"}, content_type=JSON).status_code,
            client.post(f"/api/v1/datasets/{owner.key}/erasures", erase, content_type=JSON).status_code,
        }
        assert refused <= {401, 403}
    assert not Erasure.objects.exists()
    assert not Job.objects.exists()
