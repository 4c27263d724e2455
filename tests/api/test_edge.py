"""What every address of the API has in common."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from fairwatt.api.v1 import catalogue
from fairwatt.records.models import Dataset, File, User
from tests.api.conftest import MakeToken

PROBLEM = {"type", "title", "status", "detail", "where", "next"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nonsense", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/v1/datasets/", 404),
        ("GET", "/api/v1/datasets/nonsense", 404),
        ("GET", "/api/uploads/nonsense", 404),
        ("GET", "/api/v1/uploads/nonsense", 401),
        ("POST", "/api/v1/datasets", 405),
        ("PATCH", "/api/v1/files/x/content", 405),
        ("GET", "/api/v1/datasets?limit=0", 422),
        ("GET", "/api/v1/datasets?limit=101", 422),
        ("GET", "/api/v1/datasets?limit=many", 422),
        ("GET", "/api/v1/datasets?sort=colour", 422),
        ("GET", "/api/v1/datasets?cursor=nonsense", 422),
        ("GET", "/api/v1/datasets?period_start=yesterday", 422),
        ("GET", "/api/v1/datasets?q=a%00b", 400),
        ("GET", "/api/v1/datasets/a%00b", 400),
        ("GET", "/api/v1/datasets/%FF%FE", 404),
    ],
)
def test_whatever_is_wrong_is_a_problem_that_says_what_to_do(
    ask: Client, db: None, method: str, path: str, status: int
) -> None:
    answer = ask.generic(method, path)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert set(problem) == PROBLEM
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["type"].startswith("http://127.0.0.1:8000/api/v1/docs#problem-")
    if status == 405:
        assert "GET" in answer["Allow"]


def test_a_body_that_is_no_json_or_of_the_wrong_shape_is_a_problem(
    ask: Client, partner: User, bearer: MakeToken
) -> None:
    headers = bearer(partner)
    broken = ask.post("/api/v1/deposits", "{", content_type="application/json", headers=headers)
    assert broken.status_code == 400
    assert set(broken.json()) == PROBLEM
    wrong = ask.post("/api/v1/deposits", {"origin": "sideways"}, content_type="application/json", headers=headers)
    assert wrong.status_code == 422
    assert wrong.json()["where"] == {"part": "body", "field": "origin"}
    nul = {"origin": "foreground", "answers": {"about": {"title": "a\0b"}}}
    assert ask.post("/api/v1/deposits", nul, content_type="application/json", headers=headers).status_code == 422
    huge = json.dumps({"origin": "foreground", "answers": {"about": {"title": "x" * 3_000_000}}})
    assert ask.post("/api/v1/deposits", huge, content_type="application/json", headers=headers).status_code == 413


def test_a_fault_of_ours_says_nothing_of_its_inside(
    ask: Client, db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(catalogue, "search_catalogue", fail)
    answer = ask.get("/api/v1/datasets")
    assert answer.status_code == 500
    assert set(answer.json()) == PROBLEM
    assert b"secret" not in answer.content
    assert "secret detail" in caplog.text


def test_head_answers_like_get_without_a_body(ask: Client, open_dataset: Dataset) -> None:
    path = f"/api/v1/datasets/{open_dataset.key}"
    whole, head = ask.get(path), ask.head(path)
    assert head.status_code == 200
    assert head.content == b""
    assert head["Content-Length"] == str(len(whole.content))
    assert head["Content-Type"] == whole["Content-Type"]


def test_pages_of_other_sites_read_what_everybody_may_and_nothing_else(
    ask: Client, open_dataset: Dataset, partner: User, bearer: MakeToken
) -> None:
    path, origin = f"/api/v1/datasets/{open_dataset.key}", {"Origin": "https://other.example"}
    assert ask.get(path, headers=origin)["Access-Control-Allow-Origin"] == "*"
    assert "Repr-Digest" in ask.get(path, headers=origin)["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in ask.get(path, headers=origin | bearer(partner)).headers
    ask.force_login(partner)
    assert "Access-Control-Allow-Origin" not in ask.get(path, headers=origin).headers


def test_a_preflight_allows_reading_in_parts_and_no_credentials(ask: Client, db: None) -> None:
    answer = ask.options(
        "/api/v1/files/x/content",
        headers={"Origin": "https://other.example", "Access-Control-Request-Method": "GET"},
    )
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "Range" in answer["Access-Control-Allow-Headers"]
    assert "Authorization" not in answer["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_answers_are_kept_by_nobody_on_the_way(ask: Client, open_dataset: Dataset) -> None:
    answer = ask.get(f"/api/v1/datasets/{open_dataset.key}")
    assert answer["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}


def test_the_root_leads_people_to_the_reference_and_programs_to_the_addresses(ask: Client, db: None) -> None:
    people = ask.get("/api/v1/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (people.status_code, people["Location"]) == (302, "/api/v1/docs")
    programs = ask.get("/api/v1/").json()
    assert programs["datasets"] == "http://testserver/api/v1/datasets"
    assert ask.get(programs["openapi"].removeprefix("http://testserver")).status_code == 200


def test_a_files_bytes_are_served_in_parts_with_links_to_what_describes_them(
    ask: Client, stored_file: tuple[File, bytes]
) -> None:
    file, content = stored_file
    path = f"/api/v1/files/{file.key}/content"
    whole = ask.get(path)
    assert b"".join(whole.streaming_content) == content
    assert whole["ETag"] == f'"{file.sha256}"'
    assert f'/datasets/{file.dataset.key}/>; rel="collection"' in whole["Link"]
    assert f'/api/v1/files/{file.key}/certificate>; rel="describedby"' in whole["Link"]
    part = ask.get(path, headers={"Range": "bytes=-5"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == content[-5:]
    head = ask.head(path)
    assert (head.status_code, head["Content-Length"], head.content) == (200, str(len(content)), b"")
    assert ask.get(path, headers={"If-None-Match": whole["ETag"]}).status_code == 304


def test_a_download_is_one_event_however_many_ranges_it_takes(ask: Client, stored_file: tuple[File, bytes]) -> None:
    from fairwatt.records.models import AuditEvent  # noqa: PLC0415

    path = f"/api/v1/files/{stored_file[0].key}/content"
    ask.head(path)
    for header in ("bytes=00-99", "bytes=100-199", "bytes=-8"):
        b"".join(ask.get(path, headers={"Range": header}).streaming_content)
    tag = ask.head(path)["ETag"]
    assert ask.get(path, headers={"If-None-Match": tag}).status_code == 304  # only asks whether there is news
    assert AuditEvent.objects.filter(verb="file.downloaded").count() == 1


def test_the_data_of_a_closed_dataset_are_refused_and_its_metadata_are_not(
    ask: Client, closed_dataset: Dataset, partner: User, manager: User, bearer: MakeToken
) -> None:
    other = bearer(partner)  # the provider is TCC, whose member may: so another provider is needed
    from tests.services import stock  # noqa: PLC0415

    closed_dataset.provider = stock.organization("GRID")
    closed_dataset.save()
    file = closed_dataset.files.get()
    for path in ("", "/files", "/channels", "/certificate"):
        assert ask.get(f"/api/v1/datasets/{closed_dataset.key}{path}").status_code == 200, path
    for path in (f"/api/v1/files/{file.key}/content", f"/api/v1/datasets/{closed_dataset.key}/readings"):
        assert ask.get(path).status_code == 403
        assert ask.get(path, headers=other).status_code == 403
        assert "data@testshire.example" in ask.get(path).json()["next"]
    assert ask.get(f"/api/v1/datasets/{closed_dataset.key}").json()["may_read"] is False
    assert ask.get(f"/api/v1/datasets/{closed_dataset.key}", headers=bearer(manager, "read")).json()["may_read"]
