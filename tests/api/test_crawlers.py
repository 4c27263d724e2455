"""What crawlers are told: where the maps are, and the pages that anybody may see."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from fairwatt.records.models import Dataset
from fairwatt.services import site_maps
from tests.portal.pages_stock import signed_in
from tests.services import stock
from tests.services.stock import NOW
from tests.services.test_listings import HOUR, listed

pytestmark = pytest.mark.django_db

BASE = "http://127.0.0.1:8000"
_ENTRY = re.compile(r"<(?:url|sitemap)><loc>([^<]+)</loc>(?:<lastmod>([^<]+)</lastmod>)?")


def read(client: Client, address: str) -> dict[str, str]:
    """The addresses of a map, each with its last change."""
    answer = client.get(address.removeprefix(BASE))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml; charset=utf-8")
    return dict(_ENTRY.findall(answer.content.decode()))


def walk(client: Client) -> dict[str, str]:
    """Every address of every map, as a crawler finds them from robots.txt on."""
    robots = client.get("/robots.txt").content.decode()
    index = robots.partition("Sitemap: ")[2].strip()
    found: dict[str, str] = {}
    for address in read(client, index):
        found |= read(client, address)
    return found


def test_a_crawler_finds_all_public_pages_with_their_last_change(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_maps, "BLOCK", 2)
    rows = [listed(f"Dataset {number}", NOW - number * HOUR) for number in range(5)]
    file = stock.file(rows[2])
    found = walk(client)
    assert {address: at for address, at in found.items() if at} == {
        **{f"{BASE}/datasets/{row.key}/": f"2026-06-01T{12 - place:02}:00:00Z" for place, row in enumerate(rows)},
        f"{BASE}/files/{file.key}/": "2026-06-01T10:00:00Z",
    }
    for address in found:
        assert client.get(address.removeprefix(BASE)).status_code == 200
    assert len(read(client, "/sitemap.xml")) == 1 + len({row.pk // 2 for row in rows}) + 1


def test_maps_are_of_public_pages_alone_whoever_asks() -> None:
    withheld, withdrawn, draft = (
        listed("Withheld", metadata_withheld=True),
        listed("Withdrawn"),
        stock.dataset("Draft", state="draft", published_at=None),
    )
    Dataset.objects.filter(pk=withdrawn.pk).update(state="withdrawn", withdrawn_at=NOW)
    for row in (withheld, withdrawn, draft):
        stock.file(row)
    manager = signed_in(Client(), stock.person(is_manager=True))
    for client in (Client(), manager):
        assert [address for address in walk(client) if "/datasets/" in address or "/files/" in address] == []
    assert read(manager, "/sitemaps/datasets-999999999999.xml") == {}
