"""The pages of trials, their events and packages, as a browser and a download manager meet them."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from fairwatt.core.metadata.package_certificate import canonical_package_json, parse_package_certificate
from fairwatt.core.metadata.signing import check_signature, parse_jwks
from fairwatt.records.models import AuditEvent, Dataset, TrialEvent, TrialPackage
from fairwatt.services import trial_packages
from fairwatt.services.event_counts import count_events
from tests.portal.pages_stock import signed_in
from tests.portal.test_downloads import body
from tests.services import stock
from tests.services.trial_stock import CODE, EVENT, OPEN, logged, trial

pytestmark = pytest.mark.django_db
PACKAGE = f"/trials/{CODE}/package.zip"
HOST = "http://127.0.0.1:8000"
PAGE = f"/trials/{CODE}/"


def manager() -> Client:
    return signed_in(Client(), stock.person("mia", is_manager=True))


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content[:500]
    return str(answer.content.decode())


def embedded(page: str) -> Any:
    """The JSON-LD in a page."""
    (script,) = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.DOTALL)
    return json.loads(script)


def test_a_trial_is_listed_and_its_page_says_what_is_there_and_what_is_missing(client: Client) -> None:
    dataset = logged()
    found = text(client, "/trials/")
    assert f"{CODE} Trial {CODE}" in found
    assert "1 of 2 procedures logged" in found
    page = text(client, PAGE)
    for said in (
        "Asset of School load",
        "The TCC organisation",
        "No event",
        "Nothing logged",
        "P5 Deliver the service",
    ):
        assert said in page
    assert f"/datasets/{dataset.key}/" in page
    assert PACKAGE in page
    assert "Add an event" not in page
    assert f'href="{PAGE}"' in text(client, f"/datasets/{dataset.key}/")


def test_an_empty_trial_says_what_will_be_here(client: Client) -> None:
    trial()
    page = text(client, PAGE)
    assert "No event yet" in page
    assert "There are no data of this trial that you may have" in page
    assert PACKAGE not in page


def test_another_spelling_of_the_code_leads_to_the_page_and_an_unknown_one_nowhere(client: Client) -> None:
    trial()
    assert client.get(f"/trials/{CODE.lower()}/")["Location"] == PAGE
    assert client.get("/trials/NONE/").status_code == 404


def test_a_manager_adds_changes_and_removes_an_event(client: Client) -> None:
    logged()
    browser = manager()
    add = f"{PAGE}events/add/"
    given = {"name": "Event 1", "start": "2020-06-16T18:00", "end": "2020-06-16T17:00", "asset": ""}
    refused = browser.post(add, given)
    assert (refused.status_code, "An event ends after its start" in refused.content.decode()) == (422, True)
    assert browser.post(add, {**given, "end": "2020-06-16T20:00"})["Location"] == f"{PAGE}#events"
    event = TrialEvent.objects.get()
    assert (event.starts_at, event.ends_at) == (EVENT.start, EVENT.end)  # an hour before what summer's clock shows
    count_events(trial(), at=stock.NOW + timedelta(days=400))
    page = text(client, PAGE)
    assert "16 Jun 2020, 18:00 to 20:00 BST" in page
    assert "<code>2020-06-16T17:00:00Z</code> to <code>2020-06-16T19:00:00Z</code>" in page
    change = f"{PAGE}events/{event.pk}/"
    assert 'value="2020-06-16T18:00"' in text(browser, change)
    assert browser.post(change, {**given, "end": "2020-06-16T20:00", "name": "Event 7"}).status_code == 302
    assert "Event 7" in text(client, f"{PAGE}events.csv")
    assert client.post(f"{change}remove/").status_code == 302  # to the sign-in
    assert browser.post(f"{change}remove/").status_code == 302
    assert not TrialEvent.objects.exists()
    verbs = list(AuditEvent.objects.filter(verb__startswith="event.").values_list("verb", flat=True).order_by("pk"))
    assert verbs == ["event.added", "event.changed", "event.removed"]


def test_the_events_that_a_page_hands_out_are_taken_back_by_the_import() -> None:
    logged()
    browser = manager()
    document = b"start,end,name,asset\n2020-06-16 18:00,2020-06-16 20:00,Event 1,=1+1\n"
    answer = browser.post(f"{PAGE}events/import/", {"file": io.BytesIO(document)})
    assert answer.status_code == 302
    handed_out = browser.get(f"{PAGE}events.csv").content
    assert handed_out == (b"start,end,name,asset\r\n2020-06-16T17:00:00Z,2020-06-16T19:00:00Z,Event 1,'=1+1\r\n")
    again = browser.post(f"{PAGE}events/import/", {"file": io.BytesIO(handed_out)}, follow=True)
    assert "0 events added. 1 were there already." in again.content.decode()
    wrong = browser.post(f"{PAGE}events/import/", {"file": io.BytesIO(b"start,end,name\nsoon,later,E\n")})
    assert (wrong.status_code, "Line 2: the start &#x27;soon&#x27; is no time" in wrong.content.decode()) == (422, True)


def test_an_event_in_the_hour_that_the_clock_shows_twice_can_be_changed() -> None:
    trial()
    browser = manager()
    document = b"start,end,name\n2025-10-26T01:30:00+01:00,2025-10-26T01:30:00+00:00,Twice\n"
    assert browser.post(f"{PAGE}events/import/", {"file": io.BytesIO(document)}).status_code == 302
    event = TrialEvent.objects.get()
    shown = {"start": "2025-10-26T01:30", "end": "2025-10-26T01:30", "asset": "Battery"}
    assert browser.post(f"{PAGE}events/{event.pk}/", {"name": "Once", **shown}).status_code == 302
    changed = TrialEvent.objects.get()
    assert (changed.name, changed.asset) == ("Once", "Battery")
    assert (changed.starts_at, changed.ends_at) == (event.starts_at, event.ends_at)
    moved = browser.post(f"{PAGE}events/{event.pk}/", {"name": "Once", **shown, "start": "2025-10-26T01:15"})
    assert (moved.status_code, "01:15 twice" in moved.content.decode()) == (422, True)


def test_many_events_are_shown_a_page_at_a_time_and_of_what_is_missing_the_first() -> None:
    logged(days=2)
    browser = manager()
    rows = "".join(f"2021-06-{n % 28 + 1:02} {n // 28:02}:00,2021-06-{n % 28 + 1:02} 23:00,E{n}\n" for n in range(120))
    document = f"start,end,name\n{rows}".encode()
    assert browser.post(f"{PAGE}events/import/", {"file": io.BytesIO(document)}).status_code == 302
    pages = [text(browser, address) for address in (PAGE, f"{PAGE}?events=3", f"{PAGE}?events=99")]
    assert [page.count('class="h6 text-break">E') for page in pages] == [50, 20, 20]
    assert "Page 1 of 3" in pages[0]
    assert "?events=2#events" in pages[0]
    assert "The first 20 of 120." in pages[0]
    assert pages[0].count("No readings are there for the hours of this event.") == 20


def test_a_manager_removes_the_ticked_events_or_all_at_once_and_the_log_says_so(client: Client) -> None:
    trial()
    browser = manager()
    rows = "".join(f"2021-06-{n % 28 + 1:02} {n // 28:02}:00,2021-06-{n % 28 + 1:02} 23:00,E{n}\n" for n in range(210))
    document = f"start,end,name\n{rows}".encode()
    assert browser.post(f"{PAGE}events/import/", {"file": io.BytesIO(document)}).status_code == 302
    TrialEvent.objects.filter(name="E0").update(in_project_file=True)
    remove = f"{PAGE}events/remove/"
    assert [text(browser, f"{remove}?page={n}").count('name="event"') for n in (1, 2)] == [200, 9]
    assert "209 events that you may remove" in text(browser, remove)

    ticked = list(TrialEvent.objects.filter(name__in=["E1", "E2"]).values_list("pk", flat=True))
    kept = TrialEvent.objects.get(name="E0")
    assert client.post(remove, {"event": ticked})["Location"].startswith("/accounts/")
    assert browser.post(remove, {"event": [*ticked, kept.pk]}).status_code == 409  # all of them, or none
    assert TrialEvent.objects.count() == 210
    done = browser.post(remove, {"event": [*ticked, "x", "9" * 40]}, follow=True).content.decode()
    assert ("2 events removed." in done, TrialEvent.objects.count()) == (True, 208)
    detail = AuditEvent.objects.get(verb="events.removed").detail
    assert (detail["removed"], sorted(detail["names"])) == (2, ["E1", "E2"])

    assert "207 events removed." in browser.post(remove, {"all": "207"}, follow=True).content.decode()
    assert list(TrialEvent.objects.values_list("name", flat=True)) == ["E0"]
    assert "There is none that you may remove" in text(browser, remove)
    assert "No event was ticked." in browser.post(remove, {"event": ticked}, follow=True).content.decode()


def test_a_draft_is_not_said_to_be_open_nor_withdrawn_data_to_be_there(client: Client) -> None:
    draft, gone = logged("Draft load"), logged("Gone load")
    Dataset.objects.filter(pk=draft.pk).update(state="draft")
    Dataset.objects.filter(pk=gone.pk).update(state="withdrawn", withdrawal_reason="A meter was wrong.")
    for_all, for_managers = text(client, PAGE), text(manager(), PAGE)
    assert "Nobody else sees it before it is published." in for_managers
    assert "You may have them." not in for_managers
    assert "A meter was wrong." in for_all
    assert "Draft load" not in for_all


def test_those_who_may_not_change_events_are_refused() -> None:
    logged()
    browser = signed_in(Client(), stock.person("ola"))
    assert [browser.get(f"{PAGE}events/{form}/").status_code for form in ("add", "import")] == [403, 403]
    given = {"name": "E", "start": "2020-06-16T17:00", "end": "2020-06-16T18:00"}
    assert browser.post(f"{PAGE}events/add/", given).status_code == 403
    assert browser.post(f"{PAGE}events/import/", {"file": io.BytesIO(b"start,end,name\n")}).status_code == 403
    assert not TrialEvent.objects.exists()


def test_nothing_hidden_is_on_a_page_of_trials(client: Client) -> None:
    hidden = logged("Secret substation", metadata_withheld=True)
    draft = logged("Secret draft")
    Dataset.objects.filter(pk=draft.pk).update(state="draft")
    for address in ("/trials/", PAGE, f"{PAGE}events.csv", "/api/v1/trials", f"/api/v1/trials/{CODE}"):
        found = text(client, address)
        assert [s for s in ("Secret", hidden.key, draft.key, "TCC organisation") if s in found] == []
    assert client.get(PACKAGE).status_code == 404
    assert "Secret substation" in text(manager(), PAGE)


# --- packages ------------------------------------------------------------------------------------------------


def test_a_package_comes_whole_or_in_any_parts_that_join_to_it(client: Client) -> None:
    logged()
    answer = client.get(PACKAGE)
    content, tag = body(answer), answer["ETag"]
    assert (answer.status_code, answer["Content-Type"], answer["Content-Length"]) == (
        200,
        "application/zip",
        str(len(content)),
    )
    assert (answer["Accept-Ranges"], "attachment" in answer["Content-Disposition"], "Repr-Digest" in answer) == (
        "bytes",
        True,
        False,
    )
    head = client.head(PACKAGE)
    assert (head["Content-Length"], head["ETag"], body(head)) == (answer["Content-Length"], tag, b"")
    middle = len(content) // 2
    parts = [f"bytes=0-{middle - 1}", f"bytes={middle}-"]
    answers = [client.get(PACKAGE, headers={"range": part, "if-range": tag}) for part in parts]
    assert [one.status_code for one in answers] == [206, 206]
    assert answers[1]["Content-Range"] == f"bytes {middle}-{len(content) - 1}/{len(content)}"
    assert b"".join(map(body, answers)) == content
    assert client.get(PACKAGE, headers={"if-none-match": tag}).status_code == 304
    one = answer["Content-Location"].removeprefix("http://127.0.0.1:8000")
    assert one == f"{PAGE}packages/{TrialPackage.objects.get().key}.zip"
    assert body(client.get(one, headers={"range": "bytes=-22"})) == content[-22:]
    assert client.get(one, headers={"range": f"bytes={len(content)}-"}).status_code == 416
    assert body(client.get(f"/api/v1{one}", headers={"range": "bytes=0-9"})) == content[:10]
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert found.testzip() is None


def test_while_a_package_is_prepared_a_browser_is_told_and_asks_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged()
    monkeypatch.setattr(trial_packages, "_AT_ONCE_ROWS", 10)
    answer = client.get(PACKAGE, headers={"accept": "text/html"})
    assert (answer.status_code, answer["Retry-After"], answer["Refresh"]) == (503, "15", "15")
    assert "The package is being prepared (0% done)" in answer.content.decode()
    assert f'href="{PACKAGE}" download' not in text(client, PAGE)  # else the browser shows nothing of it


def test_a_part_asked_for_under_another_tag_is_the_whole_of_what_one_may_have_now(client: Client) -> None:
    logged("Open load")
    shared = logged("Shared load", procedure="P5", release={"partner": stock.NOW - stock.DAY})
    theirs = signed_in(Client(), stock.person("olaf", organization=stock.organization("NWS")))
    tag = theirs.get(PACKAGE)["ETag"]
    answer = client.get(PACKAGE, headers={"range": "bytes=100-", "if-range": tag})
    content = body(answer)
    assert (answer.status_code, answer["ETag"] != tag, content[:4]) == (200, True, b"PK\x03\x04")
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        names = found.namelist()
    assert f"datasets/{shared.key}/certificate.json" in names
    assert f"datasets/{shared.key}/readings.parquet" not in names


def test_parts_of_two_packages_are_never_joined(client: Client) -> None:
    logged("Open load")
    first = client.get(PACKAGE)
    begun, one = body(first)[:300], first["Content-Location"].removeprefix("http://127.0.0.1:8000")
    rest = {"range": "bytes=300-"}  # as curl -C - asks, which does not say of what
    assert begun + body(client.get(one, headers=rest)) == body(client.get(one))
    logged("Added since", procedure="P5")
    answer = client.get(PACKAGE, headers=rest)
    assert (answer.status_code, body(answer)[:4]) == (200, b"PK\x03\x04")
    assert client.get(one, headers=rest).status_code == 404
    assert client.get(f"/api/v1{one}", headers=rest).status_code == 404


@pytest.mark.parametrize("face", [PACKAGE, f"/api/v1/trials/{CODE}/package.zip"], ids=["portal", "api"])
def test_a_package_of_restricted_data_asks_who_one_is(client: Client, face: str) -> None:
    logged(release={"partner": stock.NOW - stock.DAY})
    assert client.get(face).status_code == 401
    assert signed_in(Client(), stock.person("ola")).get(face).status_code == 403
    assert body(signed_in(Client(), stock.person("pat", organization=stock.organization("NWS"))).get(face))[:2] == b"PK"


def test_a_package_has_a_page_a_pid_and_a_certificate_that_the_published_keys_confirm(client: Client) -> None:
    logged()
    body(client.get(PACKAGE))
    package = TrialPackage.objects.get()
    assert client.get(f"/ark:/99999/{package.key}")["Location"] == f"{PAGE}packages/{package.key}/"
    page = text(client, f"{PAGE}packages/{package.key}/")
    for said in (
        "This package holds what everyone may have",
        f"ark:/99999/{package.key}",
        "readings.parquet",
        "Signed",
    ):
        assert said in page
    address = f"{PAGE}packages/{package.key}.certificate."
    certificate = parse_package_certificate(text(client, f"{address}json"))
    keys = parse_jwks(text(client, "/.well-known/jwks.json"))
    verdict = check_signature(canonical_package_json(certificate), text(client, f"{address}jws"), keys)
    assert (verdict.is_genuine, certificate.checksum) == (True, package.digest)


def test_the_page_of_a_package_tells_machines_what_it_is(client: Client) -> None:
    dataset = logged("Load </script><b>of</b> a school")
    body(client.get(PACKAGE))
    package = TrialPackage.objects.get()
    answer = client.get(f"{PAGE}packages/{package.key}/")
    page = answer.content.decode()
    told = embedded(page)
    assert (told["@type"], told["@id"]) == (["Dataset", "prov:Entity"], f"{HOST}/ark:/99999/{package.key}")
    assert told["temporalCoverage"] == "2020-06-01T00:00:00Z/2020-06-21T00:00:00Z"
    assert [one["name"] for one in told["isBasedOn"]] == [one["name"] for one in told["hasPart"]] == [dataset.title]
    (download,) = told["distribution"]
    assert (download["encodingFormat"], download["contentSize"]) == ("application/zip", f"{package.size} B")
    assert download["contentUrl"] == f"{HOST}{PAGE}packages/{package.key}.zip"
    assert client.get(download["contentUrl"].removeprefix(HOST)).status_code == 200
    for link in (f'<{told["@id"]}>; rel="cite-as"', 'rel="describedby"', 'rel="item"; type="application/zip"'):
        assert link in answer["Link"]


def test_the_page_of_a_trial_tells_machines_of_its_published_datasets_and_their_package(client: Client) -> None:
    dataset = logged("Load </script><b>of</b> a school")
    stock.dataset("A draft", trial=trial(), state="draft")
    answer = manager().get(PAGE)
    (script,) = re.findall(
        r'<script type="application/ld\+json"[^>]*>(.*?)</script>', answer.content.decode(), re.DOTALL
    )
    told = json.loads(script)
    part = {"@type": "Dataset", "@id": f"{HOST}/ark:/99999/{dataset.key}", "name": dataset.title}

    assert (told["url"], told["hasPart"]) == (f"{HOST}{PAGE}", [part])
    assert told["temporalCoverage"] == "2020-06-01T00:00:00Z/2020-06-21T00:00:00Z"
    assert told["isAccessibleForFree"] is True
    assert told["distribution"]["contentUrl"] == f"{HOST}{PACKAGE}"
    assert client.get(told["subjectOf"]["url"].removeprefix(HOST)).json()["code"] == CODE
    assert f'<{HOST}{PACKAGE}>; rel="item"; type="application/zip"' in answer["Link"]


def test_a_trial_of_restricted_data_offers_strangers_no_package_and_an_empty_one_tells_nothing(client: Client) -> None:
    trial()
    assert "application/ld+json" not in text(client, PAGE)
    logged(release={"partner": OPEN["partner"]})
    told = embedded(text(client, PAGE))

    assert told["conditionsOfAccess"].endswith("/RESTRICTED")
    assert "distribution" not in told
    assert "package.zip" not in client.get(PAGE)["Link"]


def test_a_package_with_what_one_may_not_know_of_is_not_there(client: Client) -> None:
    logged("Open load")
    logged("Secret load", metadata_withheld=True)
    body(manager().get(PACKAGE))
    key = TrialPackage.objects.get().key
    for address in (f"{PAGE}packages/{key}/", f"{PAGE}packages/{key}.certificate.json", f"/ark:/99999/{key}"):
        assert client.get(address).status_code == 404
