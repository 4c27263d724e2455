"""The manager's page of upkeep, erasing by a form, and what the pages say of what was erased."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from fairwatt.portal.templatetags.upkeep import money
from fairwatt.records.models import Dataset, Erasure, Job, StorageDamage
from fairwatt.services.costs import measure_dataset
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.lakes import get_lake
from fairwatt.services.worker import run_pending
from tests.portal.pages.conftest import Person
from tests.portal.pages.test_share import _text
from tests.portal.test_downloads import body
from tests.services import stock
from tests.services import test_erasures as of_meters
from tests.services.test_upkeep import PROFILE, content

pytestmark = pytest.mark.django_db
BROWSER = {"Accept": "text/html"}
WHY = {"reason": "The household withdrew its consent."}


@pytest.fixture
def homes() -> Dataset:
    """A published dataset of two days, measured."""
    owner = stock.dataset("Homes", release={"public": datetime(2020, 1, 1, tzinfo=UTC)}, identifier="LEOD7")
    for day in range(2):
        stock.fill_lake(stock.file(owner, f"day {day}.csv"), PROFILE, content(day))
    update_totals(owner, at=timezone.now())
    measure_dataset(owner, at=timezone.now())
    return owner


def test_a_manager_sees_what_is_kept_and_what_is_damaged_and_has_the_table(manager: Person, homes: Dataset) -> None:
    StorageDamage.objects.create(
        dataset=homes,
        kind="hash",
        place="raw/ab/abc",
        file_name="day 1.csv",
        message="Not so.",
        found_at=timezone.now(),
    )
    page = _text(manager.client.get("/upkeep/"))
    for words in ("1 stored file is not what was put there", "Not so.", "Homes", "No prices are known"):
        assert words in page
    table = manager.client.get("/upkeep/costs.csv")
    rows = list(csv.DictReader(io.StringIO(table.content.decode())))
    assert [row["title"] for row in rows] == ["Homes", "All datasets"]
    assert int(rows[0]["total_bytes"]) == int(rows[1]["total_bytes"]) > 0
    assert "bytes a reading" in _text(Client().get(f"/datasets/{homes.key}/"))


def test_with_prices_the_pages_say_money_and_where_the_prices_come_from(
    manager: Person, homes: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = '[storage_prices]\ncurrency = "EUR"\nhot = 100000.0\ncool = 0.0152\nsource = "a list of May 2026"\n'
    priced = tmp_path / "project.toml"
    priced.write_text(Path(settings.FAIRWATT_PROJECT_FILE).read_text() + "\n" + told)
    monkeypatch.setattr(settings, "FAIRWATT_PROJECT_FILE", priced)
    upkeep = homes.upkeep
    upkeep.raw_bytes, upkeep.readings_bytes, upkeep.rollup_bytes, upkeep.old_bytes = 10**6, 100_000, 3_000, 0
    upkeep.save()

    page = _text(manager.client.get("/upkeep/"))

    assert "€123.60 for what is kept today" in page
    assert "at €100,000.00 a GB and month for readings and rollups, €0.0152 for originals" in page
    assert "(a list of May 2026)" in page
    assert "€123.60 a year" in _text(manager.client.get(f"/datasets/{homes.key}/"))
    assert "€123.60" not in _text(Client().get(f"/datasets/{homes.key}/"))


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [("1234.5", "GBP", "£1,234.50"), ("0.00", "GBP", "less than £0.01"), ("0.01", "SEK", "0.01\u00a0SEK")],
)
def test_what_is_next_to_nothing_is_not_said_to_cost_nothing(amount: str, currency: str, said: str) -> None:
    assert money(Decimal(amount), currency) == said


@pytest.mark.parametrize("what", ["merge", "clean", "check", "tend"])
def test_a_manager_has_it_done_at_once(manager: Person, homes: Dataset, what: str) -> None:
    answer = manager.client.post("/upkeep/run/", {"what": what})
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    run_pending(worker="tests")
    job.refresh_from_db()
    assert job.state == "done", job.error
    assert "Nothing is damaged" in _text(manager.client.get("/upkeep/"))


def test_a_dataset_is_erased_by_its_name_and_its_page_stays_as_gone(manager: Person, homes: Dataset) -> None:
    at, file = f"/upkeep/erase/{homes.key}/", homes.files.first()
    assert file is not None
    assert f'href="{at}"' in manager.client.get(f"/datasets/{homes.key}/").content.decode()
    wrong = manager.client.post(at, {"kind": "dataset", "confirmation": "homes", **WHY})
    assert wrong.status_code == 422
    assert "type LEOD7 exactly as it is written" in _text(wrong)
    assert not Erasure.objects.exists()
    done = manager.client.post(at, {"kind": "dataset", "confirmation": "LEOD7", **WHY}, follow=True)
    assert "It is being erased." in _text(done)
    run_pending(worker="tests")
    for address in (f"/datasets/{homes.key}/", f"/files/{file.key}/"):
        gone = Client().get(address)
        assert gone.status_code == 200, "machines keep reading what it was"
        assert "Erased on" in _text(gone)
        assert WHY["reason"] in _text(gone)
        assert manager.user.email not in _text(gone), "who ordered it is for managers"
    for address in (f"/datasets/{homes.key}/readings.csv", f"/files/{file.key}/original"):
        refused = manager.client.get(address, headers=BROWSER)
        assert refused.status_code == 410
        assert "erased on" in _text(refused)
    assert Client().get(f"/datasets/{homes.key}/certificate/").status_code == 200
    assert f"/datasets/{homes.key}/" not in Client().get("/catalogue/").content.decode()
    log = _text(manager.client.get("/audit/"))
    assert "ordered to erase" in log
    assert "erased" in log


def test_a_file_is_erased_and_the_dataset_says_so(manager: Person, homes: Dataset) -> None:
    file = homes.files.get(name="day 1.csv")
    sent = {"kind": "file", "file": file.key, "confirmation": "day 1.csv", **WHY}
    assert manager.client.post(f"/upkeep/erase/{homes.key}/", sent).status_code == 302
    run_pending(worker="tests")
    page = Client().get(f"/datasets/{homes.key}/")
    assert (page.status_code, "Parts were erased" in _text(page)) == (200, True)
    assert Client().get(f"/files/{file.key}/").status_code == 200
    assert Client().get(f"/files/{file.key}/original").status_code == 410
    other = homes.files.get(name="day 0.csv")
    kept = Client().get(f"/files/{other.key}/original")
    assert body(kept) == content(0).encode()


def test_a_meter_is_erased_and_the_page_counts_what_is_left_and_offers_no_original(manager: Person) -> None:
    street = stock.dataset("A street", release={"public": datetime(2020, 1, 1, tzinfo=UTC)})
    stock.fill_lake(stock.file(street, "street.csv"), of_meters.PROFILE, of_meters.content(0, ("a", "b")))
    update_totals(street, at=timezone.now())
    whole = _text(Client().get(f"/datasets/{street.key}/"))
    sent = {"kind": "series", "series": "a", "confirmation": "a", **WHY}
    assert manager.client.post(f"/upkeep/erase/{street.key}/", sent).status_code == 302
    run_pending(worker="tests")
    page = _text(Client().get(f"/datasets/{street.key}/"))
    assert ("288 in" in whole, "The original file" in whole) == (True, True)
    assert "144 in" in page
    assert "The original file" not in page, "the original held the meter, and went whole"


@pytest.mark.parametrize("sent", [{"kind": "file"}, {"kind": "series"}, {"kind": "planet"}, {}])
def test_half_an_order_is_refused_with_words(manager: Person, homes: Dataset, sent: dict[str, str]) -> None:
    answer = manager.client.post(f"/upkeep/erase/{homes.key}/", {**sent, **WHY, "confirmation": "LEOD7"})
    assert answer.status_code == 422
    assert not Erasure.objects.exists()


def test_damage_that_a_question_meets_is_a_page_and_a_problem_with_words(manager: Person, homes: Dataset) -> None:
    for path in (get_lake().root / "tables" / homes.table / "readings").rglob("source=*/**/*.parquet"):
        path.unlink()
    page = Client().get(f"/datasets/{homes.key}/readings.csv", headers=BROWSER)
    assert page.status_code == 503
    assert "a stored file is damaged or gone" in _text(page)
    problem = Client().get(f"/api/v1/datasets/{homes.key}/readings.csv")
    assert problem.status_code == 503
    assert "damaged-data" in problem.json()["type"]
    assert "day 0.csv" in problem.content.decode()
    assert Client().get(f"/datasets/{homes.key}/").status_code == 200
