"""Every face of the catalogues × who asks × how a dataset stands: who is told of what, and nothing besides."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from fairwatt.api.ratelimits import Buckets, limits
from fairwatt.records.models import Dataset, User
from fairwatt.services.actors import Actor
from fairwatt.services.tokens import create_token
from tests.portal.pages_stock import signed_in
from tests.services import stock
from tests.services.stock import DAY, NOW
from tests.services.test_listings import listed

pytestmark = pytest.mark.django_db

OPEN, SHARED = {"public": NOW - DAY}, {"partner": NOW - DAY}
LATER = {"public": NOW + 300 * 365 * DAY}
STATES: dict[str, dict[str, Any]] = {
    "open": {"release": OPEN},
    "shared": {"release": SHARED},
    "embargoed": {"release": LATER},
    "closed": {"release": {}},
    "withheld": {"release": OPEN, "metadata_withheld": True},
    "withheld-since": {"release": OPEN},
    "withdrawn": {"release": OPEN},
    "erased": {"release": OPEN},
    "draft": {"release": OPEN},
}
DESCRIBED = {"open", "shared", "embargoed", "closed"}
OWN = DESCRIBED | {"withheld", "withheld-since"}
AUDIENCES = {
    "anonymous": DESCRIBED,
    "external": DESCRIBED,
    "partner": DESCRIBED,
    "owner": OWN,
    "owner's token": OWN,
    "manager": OWN,
}
RIGHTS = {"open": "PUBLIC", "shared": "RESTRICTED", "embargoed": "RESTRICTED", "closed": "NON_PUBLIC"}


@dataclass
class World:
    """The datasets by their states, and how each audience asks."""

    rows: dict[str, Dataset]
    ask: dict[str, Callable[[str], str]]

    def states_in(self, text: str) -> set[str]:
        """The states whose dataset is named, by title or by key."""
        return {state for state, row in self.rows.items() if row.key in text or f"Dataset {state}." in text}


@pytest.fixture
def world() -> World:
    """A dataset in each state; the withheld one has a provider, a trial and a keyword of its own."""
    rows = {}
    own = stock.organization("TCC")
    for state, fields in STATES.items():
        more: dict[str, Any] = {"provider": own, "keywords": ["shown"]}
        if state == "withheld":
            more = {"provider": stock.organization("HID"), "keywords": ["secretive"], "trial": stock.trial("X9.9")}
        rows[state] = listed(f"Dataset {state}.", **(more | fields))
    Dataset.objects.filter(pk=rows["withheld-since"].pk).update(metadata_withheld=True)
    Dataset.objects.filter(pk=rows["withdrawn"].pk).update(state="withdrawn", withdrawn_at=NOW)
    Dataset.objects.filter(pk=rows["erased"].pk).update(state="withdrawn", withdrawn_at=NOW, erased_at=NOW)
    Dataset.objects.filter(pk=rows["draft"].pk).update(state="draft", published_at=None)
    owner = stock.person("olga", organization=own)
    owner.memberships.create(organization=stock.organization("HID"))
    people: dict[str, User | None] = {
        "anonymous": None,
        "external": stock.person("eve"),
        "partner": stock.person("pat", organization=stock.organization("NWS")),
        "owner": owner,
        "manager": stock.person("mia", is_manager=True),
    }
    ask = {name: _asking(signed_in(Client(), user) if user else Client()) for name, user in people.items()}
    _, secret = create_token(actor=Actor(user=owner), name="reader", scopes=["read"], days=9, at=timezone.now())
    ask["owner's token"] = _asking(Client(headers={"Authorization": f"Bearer {secret}"}))
    return World(rows, ask)


def _asking(client: Client) -> Callable[[str], str]:
    def ask(address: str) -> str:
        answer = client.get(address)
        assert answer.status_code in {200, 404}, (address, answer.status_code)
        return str(answer.content.decode())

    return ask


LISTS = (
    "/catalogue.ttl",
    "/catalogue/foreground.rdf",
    "/catalogue/foreground.jsonld",
    "/catalogue/foreground.csv",
    "/catalogue/foreground.json",
    "/api/3/action/package_list",
    "/api/3/action/package_search?rows=1000",
    "/api/3/action/package_search?q=dataset&rows=1000",
    "/api/3/action/current_package_list_with_resources",
    "/api/v1/datasets?limit=100",
)
CHANGES = (
    "/catalogue.atom",
    "/catalogue.ttl?modified_since=2020-01-01",
    "/oai?verb=ListRecords&metadataPrefix=oai_dc",
    "/oai?verb=ListIdentifiers&metadataPrefix=datacite&set=foreground",
)


def test_a_list_names_what_the_asker_may_know_of_and_nothing_else(world: World) -> None:
    named = {(name, face): world.states_in(ask(face)) for name, ask in world.ask.items() for face in LISTS}
    assert named == {(name, face): AUDIENCES[name] for name in AUDIENCES for face in LISTS}


def test_changes_tell_of_what_went_by_its_identifier_and_never_of_what_was_not_public(world: World) -> None:
    for name, ask in world.ask.items():
        described = AUDIENCES[name]
        for address in CHANGES:
            text = ask(address)
            assert world.states_in(text) == described | {"withheld-since", "withdrawn", "erased"}, (name, address)
            assert {state for state in STATES if f"Dataset {state}." in text} <= described, (name, address)


def test_totals_and_counts_are_of_what_is_shown(world: World) -> None:
    fields = json.dumps(["organization", "groups", "tags", "license_id", "res_format"])
    for audience, ask in world.ask.items():
        expected = len(AUDIENCES[audience])
        found = json.loads(ask(f"/api/3/action/package_search?rows=0&facet.field={fields}"))["result"]
        assert found["count"] == expected, audience
        counts = found["facets"]
        assert sum(counts["organization"].values()) == sum(counts["license_id"].values()) == expected, audience
        totals = re.findall(r"hydra:totalItems \"?(\d+)", ask("/catalogue.ttl?limit=1"))
        assert totals == [str(expected)], audience
        for address, name in (
            ("/api/3/action/organization_list", '"hid"'),
            ("/api/3/action/organization_list?all_fields=true", '"hid"'),
            ("/api/3/action/group_list", "trial-x9-9"),
            ("/api/3/action/tag_list", "secretive"),
            (f"/api/3/action/package_search?rows=0&facet.field={fields}", "secretive"),
            ("/oai?verb=ListSets", "HID"),
            ("/oai?verb=ListSets", "X9.9"),
        ):
            assert (name in ask(address)) == ("withheld" in AUDIENCES[audience]), (audience, address)


def test_what_is_hidden_is_answered_as_what_never_was(world: World) -> None:
    nothing = "0000000gnp8"
    of_one = (
        "/api/3/action/package_show?id={}",
        "/api/3/action/package_search?fq=name:{}",
        "/api/3/action/resource_show?id={}-csv",
        "/oai?verb=ListMetadataFormats&identifier=ark:/99999/{}",
        "/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=ark:/99999/{}",
    )
    for audience, ask in world.ask.items():
        for state in {"withheld", "draft"} - AUDIENCES[audience]:
            key = world.rows[state].key
            for address in of_one:
                told = re.sub(r"<responseDate>[^<]*", "", ask(address.format(key)).replace(key, nothing))
                never = re.sub(r"<responseDate>[^<]*", "", ask(address.format(nothing)))
                assert told == never, (audience, state, address)


def test_restricted_data_say_so_in_every_face(world: World) -> None:
    ask = world.ask["anonymous"]
    authority = "http://publications.europa.eu/resource/authority/access-right/"
    packages = json.loads(ask("/api/3/action/package_search?rows=100"))["result"]["results"]
    told = {package["id"]: {one["key"]: one["value"] for one in package["extras"]} for package in packages}
    for state, right in RIGHTS.items():
        key = world.rows[state].key
        assert told[key]["access_rights"] == authority + right
        assert told[key]["access"] == state
        record = ask(f"/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=ark:/99999/{key}")
        assert f"<dc:rights>{authority}{right}</dc:rights>" in record
        (listing,) = re.findall(rf"\n<[^\n]*ark:/99999/{key}>\n(.*?)\n\n", ask("/catalogue.ttl"), re.DOTALL)
        assert f"dct:accessRights <{authority}{right}>" in listing
        (entry,) = (part for part in ask("/catalogue.atom").split("<entry>") if key in part)
        assert ("without an account" in entry) == (state == "open")


def test_site_maps_are_the_publics_whoever_asks(world: World) -> None:
    for ask in world.ask.values():
        maps = re.findall(r"<loc>http://127.0.0.1:8000([^<]+)</loc>", ask("/sitemap.xml"))
        assert world.states_in("".join(map(ask, maps))) == DESCRIBED


def test_who_asks_too_often_is_told_so_by_each_protocol(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "harvests", Buckets(per_minute=60, burst=1, clock=lambda: 0.0))
    assert client.get("/oai?verb=Identify").status_code == 200
    refusals = {address: client.get(address) for address in ("/oai?verb=Identify", "/api/3/action/site_read", LISTS[0])}
    assert [answer.status_code for answer in refusals.values()] == [503, 429, 429]
    assert {answer["Retry-After"] for answer in refusals.values()} == {"1"}
    assert refusals["/api/3/action/site_read"].json()["success"] is False
    assert client.get("/api/v1/datasets").status_code == 200  # which has a share of its own
