"""CKAN's API, read by its own client and by the calls that its harvesters make."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import ckanapi
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairwatt.records.models import Dataset
from fairwatt.services.actors import Actor
from fairwatt.services.tokens import create_token
from tests.api.in_process import through_the_client
from tests.portal.pages_stock import published
from tests.services import stock
from tests.services.stock import DAY, NOW
from tests.services.test_listings import HOUR, listed

pytestmark = pytest.mark.django_db

BASE = "http://127.0.0.1:8000"


@pytest.fixture
def ckan() -> Iterator[ckanapi.RemoteCKAN]:
    with through_the_client(), ckanapi.RemoteCKAN(BASE) as remote:
        yield remote


def call(client: Client, action: str, /, status: int = 200, **given: Any) -> Any:
    """The result of an action, or its error."""
    answer = client.get(f"/api/3/action/{action}", given)
    assert answer.status_code == status, answer.content
    told = answer.json()
    assert told["success"] is (status == 200)
    assert told["help"] == f"{BASE}/api/3/action/help_show?name={action}"
    return told["result"] if told["success"] else told["error"]


def found(client: Client, **given: Any) -> list[str]:
    """The titles that a search finds."""
    return [one["title"] for one in call(client, "package_search", **given)["results"]]


def extras(package: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: one["value"] for one in package["extras"]}


# --- read by others ------------------------------------------------------------------------------------------


def test_ckanapi_dumps_every_dataset_with_what_a_catalogue_needs(ckan: ckanapi.RemoteCKAN) -> None:
    rows = {row.key: row for row in (published("School load"), published("Hall load", identifier="MVSA1.2.1-P1-D002"))}
    assert ckan.action.status_show()["site_title"] == "Testshire Local Energy"
    assert ckan.action.site_read() is True
    names = ckan.action.package_list()
    assert names == sorted(rows)
    for name in names:
        package = ckan.action.package_show(id=name)
        row = rows[name]
        assert (package["title"], package["notes"]) == (row.title, row.description)
        assert (package["license_id"], package["license_url"], package["isopen"]) == (
            "cc-by-4.0",
            "https://creativecommons.org/licenses/by/4.0/",
            True,
        )
        assert package["organization"]["title"] == "The TCC organisation"
        assert package["metadata_modified"] == "2026-05-31T12:00:00.000000"
        told = extras(package)
        assert told["guid"] == f"{BASE}/ark:/99999/{name}"
        assert (told["publisher_name"], told["contact_email"]) == ("Testshire County Council", "data@testshire.example")
        assert (told["temporal_start"], told["temporal_end"]) == ("2020-06-01T00:00:00Z", "2020-06-02T00:00:00Z")
        assert told["access_rights"].endswith("/PUBLIC")
        file = row.files.get()
        assert [(one["id"], one["format"], one["url"]) for one in package["resources"]] == [
            (file.key, "CSV", f"{BASE}/files/{file.key}/original"),
            (f"{name}-csv", "CSV", f"{BASE}/datasets/{name}/readings.csv"),
            (f"{name}-parquet", "Parquet", f"{BASE}/datasets/{name}/readings.parquet"),
        ]
        assert (package["resources"][0]["hash"], package["resources"][0]["size"]) == (file.sha256, file.size)
        for resource in package["resources"]:
            assert ckan.action.resource_show(id=resource["id"]) == resource


def test_ckanapi_understands_every_refusal(ckan: ckanapi.RemoteCKAN) -> None:
    with pytest.raises(ckanapi.NotFound):
        ckan.action.package_show(id="nothing")
    with pytest.raises(ckanapi.ValidationError, match="Missing value"):
        ckan.action.package_show()
    with pytest.raises(ckanapi.NotAuthorized, match="to be read"):
        ckan.action.package_create(name="mine")
    with pytest.raises(ckanapi.SearchQueryError, match="colour"):
        ckan.action.package_search(fq="colour:red")
    with pytest.raises(ckanapi.CKANAPIError, match="Action name not known"):
        ckan.action.make_coffee()
    ckan.apikey = "fwt_guessed"
    with pytest.raises(ckanapi.NotAuthorized):
        ckan.action.package_list()


def test_a_harvester_reads_what_is_new_of_some_organisations_in_pages(client: Client) -> None:
    """As ckanext-harvest asks: 100 rows a page sorted by id, until a page is empty."""
    grid = stock.organization("GRID")
    for number in range(5):
        listed(f"Grid {number}", NOW - number * HOUR, provider=grid)
    listed("Council's", NOW)
    asked = {
        "fq": "organization:grid OR organization:nobody +metadata_modified:[2026-06-01T09:00:00.000000Z TO *]",
        "sort": "id asc",
        "rows": "2",
    }
    harvested: list[str] = []
    start = 0
    while page := found(client, **asked, start=str(start)):
        harvested += page
        start += 2
    assert sorted(harvested) == [f"Grid {number}" for number in range(4)]
    excluded = found(client, fq="-organization:grid", rows="100")
    assert excluded == ["Council's"]


@pytest.mark.parametrize("header", ["Authorization", "X-CKAN-API-Key"])
def test_a_token_shows_what_its_owner_may_know_of(ckan: ckanapi.RemoteCKAN, header: str) -> None:
    listed("Withheld", metadata_withheld=True)
    assert ckan.action.package_list() == []
    owner = stock.person(organization=stock.organization("TCC"))
    _, secret = create_token(actor=Actor(user=owner), name="harvester", scopes=["read"], days=1, at=NOW.now(NOW.tzinfo))
    told = Client().get("/api/3/action/package_search", headers={header: secret}).json()["result"]
    assert (told["count"], told["results"][0]["private"]) == (1, True)


def test_data_that_stay_elsewhere_have_their_link_for_a_resource(client: Client) -> None:
    row = listed("Wards", origin="background", link="https://elsewhere.example/wards")
    (resource,) = call(client, "package_show", id=row.key)["resources"]
    assert (resource["id"], resource["url"]) == (f"{row.key}-elsewhere", "https://elsewhere.example/wards")
    assert call(client, "resource_show", id=resource["id"]) == resource


# --- searching -----------------------------------------------------------------------------------------------


@pytest.fixture
def stocked() -> dict[str, Dataset]:
    grid = stock.organization("GRID", name="Southern Grid")
    trial = stock.trial("A1.2.1")
    rows = [
        listed("School battery", NOW - 3 * HOUR, keywords=["Heat pump", "school"], trial=trial, formats=["CSV"]),
        listed("Village hall", NOW - 2 * HOUR, keywords=["heat pump"], provider=grid, licence="OGL-UK-3.0"),
        listed("Feeder maps", NOW - HOUR, origin="background", formats=["GeoJSON"], provider=grid, licence="DSA"),
    ]
    return {row.title: row for row in rows}


SEARCHES: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["Feeder maps", "Village hall", "School battery"]),
    ({"q": "*:*", "sort": "title_string asc"}, ["Feeder maps", "School battery", "Village hall"]),
    ({"q": "batter"}, ["School battery"]),
    ({"q": "title:hall"}, ["Village hall"]),
    ({"q": "what? (unbalanced"}, []),
    ({"q": "school (", "rows": "5"}, ["School battery"]),
    ({"q": "school " * 200}, ["School battery"]),
    ({"q": "school", "sort": "score desc, metadata_modified desc"}, ["School battery"]),
    ({"fq": 'tags:("heat pump" OR "Heat pump")'}, ["Village hall", "School battery"]),
    ({"fq": 'tags:"heat pump"'}, ["Village hall"]),
    ({"fq": "tags:school AND groups:foreground"}, ["School battery"]),
    ({"fq": "groups:trial-a1-2-1"}, ["School battery"]),
    ({"fq": "groups:(background OR trial-a1-2-1)"}, ["Feeder maps", "School battery"]),
    ({"fq": "organization:grid -groups:background"}, ["Village hall"]),
    ({"fq": "res_format:geojson"}, ["Feeder maps"]),
    ({"fq": "license_id:(uk-ogl-3.0 OR DSA)"}, ["Feeder maps", "Village hall"]),
    (
        {"fq": "+dataset_type:dataset +state:active private:false"},
        ["Feeder maps", "Village hall", "School battery"],
    ),
    ({"fq": "dataset_type:harvest"}, []),
    ({"fq": "NOT (organization:grid)"}, ["School battery"]),
    ({"fq": "metadata_modified:[2026-06-01T10:30:00Z TO NOW]"}, ["Feeder maps"]),
    ({"fq": "metadata_modified:[* TO 2026-06-01T09:00:00Z]"}, ["School battery"]),
    ({"fq": "metadata_modified:[NOW-9DAYS TO 2026-06-01]"}, []),
    ({"rows": "1", "start": "1"}, ["Village hall"]),
    ({"rows": "0"}, []),
]


@pytest.mark.usefixtures("stocked")
def test_a_search_finds_what_its_question_says(client: Client) -> None:
    assert [(given, found(client, **given)) for given, _ in SEARCHES] == SEARCHES


def test_facets_groups_organisations_and_tags_agree(client: Client, stocked: dict[str, Dataset]) -> None:
    fields = ["organization", "groups", "tags", "license_id", "res_format", "unknown"]
    told = call(client, "package_search", **{"facet.field": json.dumps(fields), "rows": "0"})
    assert told["count"] == len(stocked) == 3
    assert told["facets"] == {
        "organization": {"grid": 2, "tcc": 1},
        "groups": {"foreground": 2, "background": 1, "trial-a1-2-1": 1},
        "tags": {"Heat pump": 1, "heat pump": 1, "school": 1},
        "license_id": {"DSA": 1, "cc-by-4.0": 1, "uk-ogl-3.0": 1},
        "res_format": {"CSV": 1, "GeoJSON": 1},
        "unknown": {},
    }
    assert told["search_facets"]["organization"]["items"][0] == {
        "name": "grid",
        "display_name": "Southern Grid",
        "count": 2,
    }
    assert call(client, "organization_list") == ["grid", "tcc"]
    shown = call(client, "organization_show", id="grid", include_datasets="true")
    assert (shown["package_count"], [one["title"] for one in shown["packages"]]) == (2, ["Feeder maps", "Village hall"])
    assert {one["name"]: one["package_count"] for one in call(client, "group_list", all_fields="true")} == {
        "background": 1,
        "foreground": 2,
        "trial-a1-2-1": 1,
    }
    assert call(client, "group_show", id="trial-a1-2-1")["title"] == "A1.2.1 Trial A1.2.1"
    assert call(client, "tag_list") == ["Heat pump", "heat pump", "school"]
    assert call(client, "tag_list", query="sch") == ["school"]
    assert {"cc-by-4.0", "uk-ogl-3.0"} <= {one["id"] for one in call(client, "license_list")}


def test_get_form_and_json_are_answered_alike_with_and_without_the_version(client: Client) -> None:
    row = listed("School load")
    expected = call(client, "package_show", id=row.key)
    for path in ("/api/3/action/package_show", "/api/action/package_show", "/api/3/action/package_show/"):
        for answer in (
            client.get(path, {"name_or_id": row.key}),
            client.post(path, {"id": row.key}),
            client.post(path, json.dumps({"id": row.key}), content_type="application/json"),
            client.post(path, json.dumps({"id": row.key}), content_type="application/x-www-form-urlencoded"),
        ):
            told = answer.json()["result"]
            assert told == expected
        assert client.get(path, {"id": row.key})["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("action", "given", "status", "kind"),
    [
        ("package_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("package_show", {}, 409, "Validation Error"),
        ("package_list", {"limit": "many"}, 409, "Validation Error"),
        ("package_search", {"rows": "-1"}, 409, "Validation Error"),
        ("package_search", {"fq": "tags:(a"}, 400, "Search Query Error"),
        ("package_search", {"fq": "metadata_modified:[yesterday TO *]"}, 400, "Search Query Error"),
        ("package_search", {"fq": "metadata_modified:NOW-999999DAYS"}, 400, "Search Query Error"),
        ("package_search", {"fq": "-" * 200 + "a"}, 400, "Search Query Error"),
        ("package_search", {"sort": "title sideways"}, 400, "Search Query Error"),
        ("package_search", {"sort": "colour asc"}, 400, "Search Query Error"),
        ("package_search", {"sort": "score desc, colour desc", "rows": "0"}, 400, "Search Query Error"),
        ("package_search", {"q": "a " * 1_900}, 400, "Search Query Error"),
        ("package_search", {"q": "a " * 3_000}, 400, "Search Query Error"),
        ("package_search", {"fq_list": ["a " * 150, "a " * 150]}, 400, "Search Query Error"),
        ("package_search", {"q": "(((("}, 400, "Search Query Error"),
        ("package_search", {"q": '"'}, 400, "Search Query Error"),
        ("package_autocomplete", {"q": "a " * 1_900}, 409, "Validation Error"),
        ("package_search", {"facet.field": "[x"}, 409, "Validation Error"),
        ("organization_show", {"id": "nobody"}, 404, "Not Found Error"),
        ("group_show", {"id": "nobody"}, 404, "Not Found Error"),
        ("tag_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("resource_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("vocabulary_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("help_show", {"name": "nothing"}, 404, "Not Found Error"),
        ("package_delete", {"id": "nothing"}, 403, "Authorization Error"),
    ],
)
def test_refusals_have_ckans_status_and_type(
    client: Client, action: str, given: dict[str, str], status: int, kind: str
) -> None:
    assert call(client, action, status, **given)["__type"] == kind


def test_a_body_that_is_no_object_is_refused(client: Client) -> None:
    for body in ("{", "[1]", '"text"', "é" * 9, "[" * 9_999):
        answer = client.post("/api/3/action/package_show", body, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]["__type"]) == (409, "Validation Error")


@pytest.mark.parametrize("sign", ["\0", "\ud800"], ids=["nul", "half a pair"])
def test_signs_that_no_database_can_be_asked_about_find_nothing(client: Client, sign: str) -> None:
    row = listed("School load")

    def post(action: str, **given: object) -> Any:
        answer = client.post(f"/api/3/action/{action}", json.dumps(given), content_type="application/json")
        return answer.status_code, answer.json()

    assert post("package_show", id=f"{sign}nobody")[0] == 404
    for given in ({"q": f"title:load{sign}"}, {"fq_list": [f"title:load{sign}", f"id:{row.key}{sign}"]}):
        status, told = post("package_search", **given)
        assert (status, told["result"]["count"]) == (200, 1)


# --- what is not everybody's ---------------------------------------------------------------------------------


def test_restricted_data_are_described_and_said_to_be_so(client: Client) -> None:
    row = published("Partners' load", release={"partner": NOW - DAY})
    package = call(client, "package_show", id=row.key)
    told = extras(package)
    assert (package["private"], told["access"]) == (False, "shared")
    assert told["access_rights"].endswith("/RESTRICTED")
    assert "project partners" in told["rights"]
    assert {one["access_rights"] for one in package["resources"]} == {told["access_rights"]}


def test_a_withdrawn_dataset_is_in_no_list_and_its_error_leads_to_its_page(client: Client) -> None:
    row = listed("Withdrawn")
    Dataset.objects.filter(pk=row.pk).update(state="withdrawn", withdrawn_at=NOW)
    assert call(client, "package_list") == []
    error = call(client, "package_show", 404, id=row.key)
    assert error["message"].endswith(f"{BASE}/datasets/{row.key}/")


def test_addresses_of_ckan_lead_to_ours(client: Client) -> None:
    row = published("School load")
    file = row.files.get()
    for address, target in (
        (f"/dataset/{row.key}", f"/datasets/{row.key}/"),
        (f"/dataset/{row.key}/", f"/datasets/{row.key}/"),
        (f"/dataset/{row.key}.xml", f"/datasets/{row.key}.rdf"),
        (f"/dataset/{row.key}.ttl", f"/datasets/{row.key}.ttl"),
        (f"/dataset/{row.key}/resource/{file.key}", f"/files/{file.key}/"),
        (f"/dataset/{row.key}/resource/{row.key}-csv", f"/datasets/{row.key}/"),
        ("/dataset?q=school", "/catalogue/?q=school"),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, target)
        assert client.get(target).status_code == 200
    assert client.get("/api/3").json() == {"version": 3}


def test_a_search_costs_a_fixed_number_of_queries(client: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            call(client, "package_search", rows="100", **{"facet.field": '["organization", "tags", "res_format"]'})
        return len(queries)

    listed("One", trial=stock.trial("A1.2.1"))
    alone = count()
    for number in range(4):
        listed(f"Another {number}", trial=stock.trial("A1.2.1"))
    assert count() == alone
