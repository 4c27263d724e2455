"""Pages for what went wrong, and the headers that every page carries."""

from __future__ import annotations

import re

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from fairwatt.core.errors import Conflict, NotAllowed, TooManyRequests
from fairwatt.portal.middleware import ErrorPages
from fairwatt.portal.pages import home
from tests.portal.pages_stock import signed_in
from tests.services import stock

pytestmark = pytest.mark.django_db

PAGES = ["/", "/catalogue/", "/catalogue/foreground/", "/catalogue/background/", "/about/", "/accessibility/"]


def test_an_address_that_leads_nowhere_has_a_page(client: Client) -> None:
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()
    assert 'href="/catalogue/"' in answer.content.decode()


def test_a_fault_says_nothing_of_the_inside_and_needs_no_database(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(home, "count_catalogues", fail)
    client.raise_request_exception = False

    answer = client.get("/")

    page = answer.content.decode()
    assert answer.status_code == 500
    assert "This page could not be made" in page
    assert "secret of the inside" not in page
    assert "Traceback" not in page


def request_of(client: Client, path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = stock.person("reader")
    request.session = client.session
    return request


def test_an_error_of_the_house_says_what_where_and_what_next(client: Client) -> None:
    error = NotAllowed(
        "Only its provider may do this.",
        where={"file": "error_testing.csv", "row": 53886, "token": "fwt_secret"},
        next_step="Ask the provider.",
    )

    answer = ErrorPages(lambda _: None).process_exception(request_of(client), error)

    assert answer is not None
    page = answer.content.decode()
    assert answer.status_code == 403
    for said in ("Only its provider may do this.", "error_testing.csv", "53886", "Ask the provider."):
        assert said in page
    assert "fwt_secret" not in page


def test_a_limit_says_when_to_come_again(client: Client) -> None:
    answer = ErrorPages(lambda _: None).process_exception(
        request_of(client), TooManyRequests("Too many.", retry_after_s=30)
    )

    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")


def test_other_errors_are_left_to_django(client: Client) -> None:
    middleware = ErrorPages(lambda _: None)

    assert middleware.process_exception(request_of(client), ValueError()) is None
    assert middleware.process_exception(request_of(client), Conflict("It changed.")) is not None


def test_a_form_without_its_token_changes_nothing_and_says_so() -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@b.example"})

    assert answer.status_code == 403
    assert "Nothing was changed." in answer.content.decode()


@pytest.mark.parametrize("address", [*PAGES, "/nowhere/"])
def test_every_page_keeps_a_strict_policy(client: Client, address: str) -> None:
    answer = client.get(address)
    policy = answer["Content-Security-Policy"]
    page = answer.content.decode()

    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    nonces = set(re.findall(r'nonce="([^"]+)"', page))
    assert len(nonces) == 1
    assert f"'nonce-{nonces.pop()}'" in policy
    assert not re.findall(r'\sstyle="|\son[a-z]+="|href="javascript:', page)


@pytest.mark.parametrize("address", PAGES)
def test_no_page_asks_another_host_for_anything(client: Client, address: str) -> None:
    page = client.get(address).content.decode()

    assert re.findall(r'(?:src|action)="(?:https?:)?//[^"]*"', page) == []
    assert re.findall(r'<link[^>]+rel="(?:stylesheet|preload|icon)"[^>]+href="(?:https?:)?//', page) == []


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_one_heading_landmarks_and_a_way_past_the_menu(client: Client, address: str) -> None:
    page = client.get(address).content.decode()

    assert len(re.findall(r"<h1[\s>]", page)) == 1
    assert '<a class="skip-link" href="#main">' in page
    assert '<main id="main"' in page
    assert '<html lang="en-GB">' in page
    assert re.search(r"<title>[^<]+ – Testshire Local Energy</title>", page)


def test_pages_of_signed_in_people_stay_out_of_shared_caches(client: Client) -> None:
    answer = signed_in(client, stock.person("ann")).get("/catalogue/")

    assert answer["Cache-Control"] == "private, no-cache"


def test_a_manager_sees_how_many_deposits_wait(client: Client) -> None:
    page = signed_in(client, stock.person("manager", is_manager=True)).get("/catalogue/").content.decode()

    assert 'href="/review/"' in page
    assert 'href="/audit/"' in page
    assert 'href="/review/"' not in signed_in(client, stock.person("ann")).get("/catalogue/").content.decode()
