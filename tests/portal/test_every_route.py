"""Every address there is × who asks × how a dataset stands: what is answered, and that nothing is told besides.

The list of addresses is the resolver's own: whoever adds one says here what kind it is, or the build fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import get_resolver

from fairwatt.api.ratelimits import limits
from fairwatt.core.files import ImportProfile
from fairwatt.core.quality import Channel as ReadingsChannel
from fairwatt.core.quality import ReadingsInMemory, scan_health
from fairwatt.portal.templatetags.figures import measured
from fairwatt.records.models import (
    ApiToken,
    Comment,
    Dataset,
    DatasetVersion,
    Deposit,
    File,
    HealthScan,
    Invitation,
    Job,
    LoggerProfile,
    Membership,
    Notification,
    ReleaseRule,
    Upload,
    User,
)
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from fairwatt.services.dataset_channels import store_dataset_channels
from fairwatt.services.tokens import create_token
from fairwatt.tools.dashkit.urls import load_tool
from tests.portal.pages_stock import published
from tests.portal.routes import (
    BACK_OFFICE,
    CHANGES,
    DATA,
    ENTRY,
    FOR_ALL,
    LEADS,
    MEMBERS,
    METADATA,
    NOTHING,
    OWNERS,
    ROUTES,
    SIGNED_IN,
    TOOL_ROUTES,
)
from tests.portal.test_downloads import body
from tests.services import stock
from tests.tools.explore.conftest import Explorer

pytestmark = pytest.mark.django_db

PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
EVERYONE = dict.fromkeys(("public", "external", "partner"), PAST)

# --- who asks, and how a dataset stands -----------------------------------------------------------------------

OUTSIDE = ("anonymous", "outsider", "partner")
INSIDE = ("depositor", "manager")
HIDDEN = ("draft", "waiting", "returned", "withheld")  # from those outside
RELEASES: dict[str, dict[str, Any]] = {
    "draft": EVERYONE,
    "waiting": EVERYONE,
    "returned": EVERYONE,
    "open": EVERYONE,
    "shared": {"partner": PAST},
    "embargoed": dict.fromkeys(EVERYONE, FUTURE),
    "closed": {},
    "withheld": EVERYONE,
    "withdrawn": EVERYONE,
}
DATA_ANSWERS = {  # anonymous, outsider, partner of another organisation
    **dict.fromkeys(HIDDEN, (404, 404, 404)),
    "open": (200, 200, 200),
    "shared": (401, 403, 200),
    "embargoed": (403, 403, 403),
    "closed": (403, 403, 403),
    "withdrawn": (410, 410, 410),
}


@dataclass
class World:
    """One dataset in each state, with its entry, and a browser for each kind of person."""

    people: dict[str, User]
    browsers: dict[str, Client]
    names: dict[str, dict[str, object]] = field(default_factory=dict)  # by state: what addresses are made of
    ghost: dict[str, object] = field(default_factory=dict)  # names of what is not there


@pytest.fixture
def world(settings: Any) -> Iterator[World]:
    settings.FAIRWATT_API_REQUESTS_PER_MINUTE = 1_000_000
    limits.reset()
    people = {
        "outsider": stock.person("ola"),
        "partner": stock.person("olaf", organization=stock.organization("NWS")),
        "depositor": stock.person("pat", organization=stock.organization("TCC")),
        "manager": stock.person("mia", is_manager=True),
    }
    browsers = {"anonymous": Client(raise_request_exception=False)}
    for name, user in people.items():
        browsers[name] = Client(raise_request_exception=False)
        browsers[name].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    built = World(people, browsers)
    for number, state in enumerate(RELEASES):
        built.names[state] = _make(state, number, people["depositor"])
    same = {"upload": "00000000-0000-4000-8000-000000000000", "job": 10**9, "token": 10**9, "notification": 10**9}
    same["logger"] = 10**9
    built.ghost = {"key": stock.key(), "file": stock.key(), "code": "D-ZZZZ-ZZZZ", "report": "f" * 32, **same}
    yield built
    settings.FAIRWATT_API_REQUESTS_PER_MINUTE = 600
    limits.reset()


def _make(state: str, number: int, depositor: User) -> dict[str, object]:
    at = stock.NOW
    dataset = published(
        f"Tariff of the {state} kind",
        release=RELEASES[state],
        identifier=f"SECRET-{state}",
        metadata_withheld=state == "withheld",
    )
    changes: dict[str, Any] = {"created_by": depositor}
    deposit_state = {"draft": "draft", "waiting": "submitted", "returned": "returned"}.get(state, "approved")
    if deposit_state != "approved":
        dataset.versions.all().delete()
        File.objects.filter(dataset=dataset).update(version=None, certificate=None)
        changes |= {"state": "draft", "published_at": None}
    elif state == "withdrawn":
        changes |= {"state": "withdrawn", "withdrawn_at": at}
    Dataset.objects.filter(pk=dataset.pk).update(**changes)
    deposit = Deposit.objects.create(
        code=f"D-AAAA-AA{number:02}",
        dataset=dataset,
        organization=dataset.provider,
        created_by=depositor,
        state=deposit_state,
        answers={"origin": {"origin": "foreground"}},
        created_at=at,
        updated_at=at,
    )
    file = dataset.files.get()
    times = {"created_at": at, "updated_at": at, "expires_at": FUTURE}
    upload = Upload.objects.create(deposit=deposit, owner=depositor, filename="later.csv", size=10, **times)
    job = Job.objects.create(kind="read-file", file=file, dataset=dataset, created_at=at, run_after=FUTURE)
    token, _ = create_token(actor=Actor(user=depositor), name=state, scopes=["read"], days=1, at=at)
    notification = Notification.objects.create(recipient=depositor, created_at=at, text=state, url="/share/")
    invitation = Invitation.objects.create(
        email=f"{state}@people.example",
        organization_id=dataset.provider_id or 0,
        digest=state,
        created_at=at,
        expires_at=FUTURE,
    )
    membership = Membership.objects.get(user=depositor)
    logger = LoggerProfile.objects.create(
        organization_id=dataset.provider_id or 0,
        name=f"Logger of the {state} kind",
        profile=file.profile,
        digest=ImportProfile.model_validate(file.profile).digest,
        columns=2,
        created_at=at,
    )
    things = {"logger": logger, "upload": upload, "job": job, "token": token, "notification": notification}
    pks = {name: thing.pk for name, thing in things.items()}
    scan = HealthScan.objects.create(
        key=f"{number:032x}", dataset=dataset, file=file, made_at=at, report=_report_on(dataset.title)
    )
    own = {"key": dataset.key, "file": file.key, "code": deposit.code, "report": scan.key}
    return {**own, **pks, "invitation": invitation.pk, "membership": membership.pk}


def _report_on(name: str) -> dict[str, object]:
    times = np.arange(48, dtype=np.int64) * 1_800_000_000
    readings = ReadingsInMemory((ReadingsChannel("active_power_l1_kw"),), times, {"active_power_l1_kw": times / 1e12})
    return scan_health(readings, name=name).report.model_dump(mode="json")


def _walk(resolver: Any, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _walk(pattern, route)
        else:
            yield route


def test_every_address_is_of_a_kind_that_is_tested_here() -> None:
    found = set(_walk(get_resolver()))
    entrance = {route for route in found if route.startswith("accounts/")}
    tool = {str(pattern.pattern) for pattern in load_tool("fairwatt.tools.explore.app").routes_of_tool.patterns}

    assert found - entrance == set(ROUTES)
    assert tool == TOOL_ROUTES


def _expected(kind: str, state: str, route: str) -> dict[str, int]:
    """The status for each role."""
    api = route.startswith("api/")
    outside = {
        FOR_ALL: (200, 200, 200),
        METADATA: (404, 404, 404) if state in HIDDEN else (200, 200, 200),
        LEADS: (404, 404, 404) if state in HIDDEN else (302, 302, 302),
        DATA: DATA_ANSWERS[state],
        ENTRY: (401 if api else 302, 404, 404),
        BACK_OFFICE: (401 if api else 302, 403, 403),
        OWNERS: (302, 404, 404) if state in HIDDEN else (302, 403, 403),
        SIGNED_IN: (401 if api else 302, 200, 200),
        MEMBERS: (302, 403, 403),
        CHANGES: (405, 405, 405),
        NOTHING: (404, 404, 404),
    }[kind]
    if "<slug:slug>" in route and "code" in route and not api and state not in ("draft", "returned"):
        return dict(zip((*OUTSIDE, *INSIDE), (*outside, 302, 302), strict=True))  # nothing to change: back to the entry
    if route.endswith("jws$") and state in {"draft", "waiting", "returned"}:
        return dict.fromkeys((*OUTSIDE, *INSIDE), 404)  # nothing is signed before it is issued
    inside = {
        LEADS: (302, 302),
        BACK_OFFICE: (403, 200),
        CHANGES: (405, 405),
        NOTHING: (404, 404),
    }.get(kind, (200, 200))
    return dict(zip((*OUTSIDE, *INSIDE), (*outside, *inside), strict=True))


def test_each_address_answers_each_person_as_the_dataset_stands(world: World) -> None:
    wrong: list[str] = []
    for route, (kind, address) in ROUTES.items():
        for state, names in world.names.items() if "{" in address else [("open", world.names["open"])]:
            for role, status in _expected(kind, state, route).items() if address else ():
                if status == 200 and not _is_telling(kind, address, state, role):
                    continue
                answer = world.browsers[role].get(address.format(**names), headers={"accept": _accepted(address)})
                body(answer)
                if answer.status_code != status:
                    wrong.append(f"{role} of {state} {address}: {answer.status_code}, not {status}")
                if (
                    status == 302
                    and role == "anonymous"
                    and kind != LEADS
                    and not answer["Location"].startswith("/accounts/login/")
                ):
                    wrong.append(f"{role} of {state} {address} is led to {answer['Location']}")

    assert wrong == []


def _is_telling(kind: str, address: str, state: str, role: str) -> bool:
    """Whether an open door is worth opening: each once, where nobody else stands before the same one."""
    if ".pdf" in address:
        return (state, role) == ("shared", "anonymous")
    if kind == METADATA and role in OUTSIDE:
        return role == "anonymous" or state == "shared"
    return role in OUTSIDE or state in ("draft", "withheld", "withdrawn")


def _accepted(address: str) -> str:
    """Ask as a browser does for pages, as a program for the rest."""
    return "*/*" if address.startswith("/api/") else "text/html,*/*;q=0.8"


_ASKED: tuple[tuple[str, dict[str, str]], ...] = (
    ("get", {}),
    ("head", {}),
    ("get", {"range": "bytes=0-3"}),
    ("get", {"if-none-match": "*"}),
)
_PASSING = re.compile(r"nonce[-=]\"?[\w+/=-]+|csrfmiddlewaretoken\" value=\"\w+|\"(?:csrf\w*|end_id)\": ?\"[\w~-]+\"")


def _told(answer: Any, names: dict[str, object]) -> tuple[int, str, str]:
    """All that an answer tells, without what was asked for and what is another each time."""
    headers = "\n".join(f"{name}: {value}" for name, value in sorted(answer.items()) if name != "Content-Length")
    texts = [headers, body(answer).decode("utf-8", "replace")]
    for name, value in names.items():
        if name == "job":
            texts = [text.replace(f"/jobs/{value}/", "/jobs/<job>/") for text in texts]
        if name in ("key", "file", "code", "report"):
            texts = [text.replace(str(value), f"<{name}>").replace(str(value).lower(), f"<{name}>") for text in texts]
    return answer.status_code, *(_PASSING.sub("", text) for text in texts)


@pytest.mark.one_database
@pytest.mark.parametrize("role", OUTSIDE)
def test_what_is_hidden_is_answered_as_what_is_not_there(world: World, role: str) -> None:
    browser, told_apart = world.browsers[role], []
    hiding = {METADATA, LEADS, DATA} | ({ENTRY} if role != "anonymous" else set())
    for kind, address in ROUTES.values():
        if kind not in hiding or "certificate.pdf" in address:
            continue
        for method, headers in _ASKED:
            send = getattr(browser, method)
            nothing = _told(send(address.format(**world.ghost), headers=headers), world.ghost)
            for state in ("draft", "withheld"):
                names = world.names[state]
                given = _told(send(address.format(**names), headers=headers), names)
                if given != nothing:
                    told_apart.append(f"{state} {method} {address}: {_differing(given, nothing)}")

    assert told_apart == []


VALUES = ("4711.25", "4713.75", "4715.5", "4717")  # smallest, mean and largest value, and a constant


def _give_values(names: dict[str, object]) -> None:
    """Let the readings take values that nothing else has, as reading the file would note them."""
    file = File.objects.get(key=names["file"])
    low, mean, high, constant = VALUES
    file.channels.update(minimum=float(low), mean=float(mean), maximum=float(high))
    stock.finding(file, "constant-column", count=48, message=f"All 48 values of Note are {constant}.")
    stock.finding(file, "null-texts", severity="info", message="Words stand among numbers.", where=[f"‘{constant}’"])
    profile = dict(file.profile or {})
    profile["channels"] = [{**rule, "why": f"Values go up to {high}."} for rule in profile["channels"]]
    File.objects.filter(pk=file.pk).update(profile=profile)
    store_dataset_channels(file.dataset)


@pytest.mark.one_database
@pytest.mark.parametrize("was_open", [False, True])
def test_values_of_readings_are_told_to_those_who_may_have_the_readings(world: World, was_open: bool) -> None:
    """On every page, in every document and by the API; certificates of data that were open once are no way round."""
    faces = [address for kind, address in ROUTES.values() if kind == METADATA and "certificate.pdf" not in address]
    asked: tuple[dict[str, str], ...] = ({}, {"accept": "application/ld+json"}, {"accept": "application/json"})
    told: list[str] = []
    for state in ("shared", "embargoed", "closed", "withdrawn") if was_open else ("closed",):
        names = world.names[state]
        _give_values(names)
        _issue_again(names, was_open=was_open)
        for place, role in enumerate(OUTSIDE):
            if DATA_ANSWERS[state][place] == 200:
                continue
            for address in faces:
                for headers in asked:
                    text = body(world.browsers[role].get(address.format(**names), headers=headers)).decode()
                    told += [f"{state} {role} {address} {headers}: {value}" for value in VALUES if value in text]
    listing = [address for kind, address in ROUTES.values() if kind == FOR_ALL and "{" not in address]
    for address in (*listing, "/catalogue/foreground.json", "/catalogue/foreground.csv"):
        text = body(world.browsers["anonymous"].get(address)).decode()
        told += [f"{address}: {value}" for value in VALUES if value in text]

    assert told == []


def _issue_again(names: dict[str, object], *, was_open: bool) -> None:
    """Issue a certificate as the data are, or as if they had been open then."""
    dataset = Dataset.objects.get(key=names["key"])
    rules = dataset.release_rules
    kept = list(rules.values_list("audience", "available_from"))
    if was_open:
        rules.all().delete()
        rules.create(audience="public", available_from=PAST)
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW, note="Once more.")
    rules.all().delete()
    for audience, start in kept:
        rules.create(audience=audience, available_from=start)


@pytest.mark.parametrize("role", ["partner", "depositor", "manager"])
def test_who_may_have_the_readings_sees_their_values(world: World, role: str) -> None:
    browser, names = world.browsers[role], world.names["shared"]
    _give_values(names)
    _issue_again(names, was_open=False)
    for address in ("/datasets/{key}/", "/files/{file}/"):
        page = body(browser.get(address.format(**names))).decode()
        assert [value for value in VALUES[:3] if measured(float(value)) not in page] == [], address
    listed = browser.get("/api/v1/datasets/{key}/channels".format(**names)).json()["items"]
    assert [listed[0][name] for name in ("minimum", "mean", "maximum")] == [4711.25, 4713.75, 4715.5]
    assert VALUES[3] in body(browser.get("/files/{file}/".format(**names))).decode()
    assert VALUES[2] in body(browser.get("/api/v1/files/{file}/profile?format=toml".format(**names))).decode()


def _differing(given: tuple[int, str, str], nothing: tuple[int, str, str]) -> str:
    """Show where two answers part."""
    one, other = str(given), str(nothing)
    place = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return f"…{one[max(0, place - 40) : place + 40]} | {other[max(0, place - 40) : place + 40]}…"


@pytest.mark.parametrize("role", OUTSIDE)
def test_lists_counts_and_suggestions_know_nothing_of_what_is_hidden(world: World, role: str) -> None:
    browser = world.browsers[role]
    listing = [address for kind, address in ROUTES.values() if kind == FOR_ALL and "{" not in address]
    asked = [*listing, *(f"/catalogue/?q={state}" for state in HIDDEN), "/catalogue/foreground.json"]

    for address in asked:
        text = body(browser.get(address)).decode()
        shown = {state for state in RELEASES if f"Tariff of the {state} kind" in text or f"SECRET-{state}" in text}
        assert shown & set(HIDDEN) == set(), address

    page = browser.get("/api/v1/datasets?facets=true&q=tariff").json()
    assert (page["total"], len(page["items"])) == (4, 4)
    assert {v["count"] for facet in page["facets"] if facet["name"] == "provider" for v in facet["values"]} == {4}
    for state in HIDDEN:
        found = browser.get("/api/v1/datasets", {"q": f"SECRET-{state}", "facets": "true"}).json()
        assert (found["total"], [f for f in found["facets"] if f["values"]]) == (0, [])


@pytest.mark.parametrize("role", OUTSIDE)
def test_the_tool_draws_for_nobody_what_they_may_not_have(world: World, role: str) -> None:
    explorer = Explorer(client=world.browsers[role])
    place = OUTSIDE.index(role)
    ghost = world.ghost
    told_of_nothing = explorer.open(f"?dataset={ghost['key']}").text("empty").replace(str(ghost["key"]), "<key>")

    for state, names in world.names.items():
        answer = explorer.open(f"?dataset={names['key']}")
        drawn = bool(answer.figure["data"])
        told = answer.text("empty").replace(str(names["key"]), "<key>")
        assert drawn == (DATA_ANSWERS[state][place] == 200), state
        assert (told == told_of_nothing) == (state in HIDDEN), state
    offered = body(world.browsers[role].get("/tools/explore/_dash-layout")).decode()
    assert {s for s in RELEASES if str(world.names[s]["key"]) in offered} == {
        s for s in RELEASES if DATA_ANSWERS[s][place] == 200
    }


_SAME = {"/health", "/api/v1/openapi.json"}  # say the same to every method
_OWN = {"/share/", "/account/", "/account/tokens/", "/notifications/read/", "/api/v1/deposits"}
_OWN |= {"/account/loggers/", "/api/v1/profiles"}
_READ_BY_POST = ("/api/3/action/", "/oai")  # protocols of others that ask by this method too, and change nothing
_TUS = {"tus-resumable": "1.0.0", "upload-offset": "0", "content-type": "application/offset+octet-stream"}


def _stored() -> dict[str, list[Any]]:
    """All that somebody could have changed, but for who asked when."""
    tables = (ApiToken, Comment, Dataset, DatasetVersion, Deposit, File, Invitation, Job, LoggerProfile, Membership)
    further = (Notification, ReleaseRule, Upload)
    return {table.__name__: list(table.objects.order_by("pk").values()) for table in (*tables, *further)}


@pytest.mark.parametrize("role", OUTSIDE)
def test_nobody_changes_what_is_not_theirs(world: World, role: str) -> None:
    browser, before, done = world.browsers[role], _stored(), []
    extra = ["/api/uploads/{upload}", "/api/v1/uploads/{upload}"]
    addresses = [address for _, address in ROUTES.values() if address and address not in _SAME | _OWN] + extra
    sent = {"text": "x", "comment": "x", "note": "x", "role": "steward", "title": "x", "origin": "background"}
    for address in addresses:
        if address.startswith("/tools/"):
            continue
        for state in ("draft", "waiting") if "{" in address else ("open",):
            for method in ("post", "put", "patch", "delete"):
                is_json = address.startswith("/api/v1/")
                kind = {"content_type": "application/json"} if is_json or method != "post" else {}
                send = getattr(browser, method)
                headers = _TUS if "/api/uploads" in address else {}
                if headers:
                    kind = {"content_type": headers["content-type"]}
                answer = send(
                    address.format(**world.names[state]),
                    b"0123456789" if headers else _payload(address, sent) if is_json else sent,
                    headers={name: value for name, value in headers.items() if name != "content-type"},
                    **kind,
                )
                is_turned_away = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
                is_reading = method == "post" and address.startswith(_READ_BY_POST) and answer.status_code == 200
                is_refused = answer.status_code in {401, 403, 404, 405} or (role == "anonymous" and is_turned_away)
                if not is_refused and not is_reading:
                    done.append(f"{method} {address} of {state}: {answer.status_code}")

    assert done == []
    assert _stored() == before


_PAYLOADS: dict[str, dict[str, object]] = {  # by what an address holds
    "/steps/": {"answers": {"origin": "background"}},
    "/supply-points": {"series": "mp-2222222222222222", "reason": "x"},
    "/upkeep": {"what": "check"},
    "/erasures": {"kind": "dataset", "reason": "It was asked for.", "confirmation": "x"},
    "/answers": {"answers": {"time_zone": "UTC"}},
    "?format=toml": {"profile": "1"},
    "/events": {"name": "x", "start": "2020-06-16T17:00:00Z", "end": "2020-06-16T19:00:00Z"},
}


def _payload(address: str, sent: dict[str, str]) -> dict[str, object]:
    """What the operations of the API take; what they don't is refused before anybody is asked who they are."""
    for part, payload in _PAYLOADS.items():
        if part in address:
            return payload
    return {name: sent[name] for name in ("comment", "note") if name[:2] in {"co", "no"}}
