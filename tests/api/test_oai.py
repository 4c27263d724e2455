"""OAI-PMH 2.0: read by two harvesters of others, valid by its schemas, and every refusal by the protocol's own code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from lxml import etree
from oaipmh_scythe import Scythe

from fairwatt.api import oai
from fairwatt.records.models import Dataset
from tests.api.in_process import through_the_client
from tests.api.sickle_harvester import Sickle
from tests.portal.pages_stock import signed_in
from tests.services import stock
from tests.services.stock import DAY, NOW
from tests.services.test_listings import HOUR, listed

pytestmark = pytest.mark.django_db

BASE = "http://127.0.0.1:8000"
OAI = "{http://www.openarchives.org/OAI/2.0/}"
SCHEMAS = Path(__file__).parent / "schemas"


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "oai_pmh.xsd"))


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oai, "PART", 2)


@pytest.fixture
def online() -> Iterator[None]:
    with through_the_client():
        yield


def ask(client: Client, *, method: str = "GET", **arguments: Any) -> etree._Element:
    """One answer of the protocol; ``from_`` stands for ``from``."""
    given = {name.rstrip("_"): value for name, value in arguments.items()}
    answer = client.get("/oai", given) if method == "GET" else client.post("/oai", given)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml; charset=utf-8")
    return etree.fromstring(answer.content)


def error_of(root: etree._Element) -> str:
    return str(root.find(f"{OAI}error").get("code"))


def identifiers(root: etree._Element) -> list[str]:
    return [str(found.text) for found in root.iter(f"{OAI}identifier")]


def ark(dataset: Dataset) -> str:
    return f"ark:/99999/{dataset.key}"


def five() -> list[Dataset]:
    """Five datasets, a change an hour, the first the earliest."""
    return [listed(f"Dataset {number}", NOW - (4 - number) * HOUR) for number in range(5)]


# --- read by others ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("in_parts", "online")
def test_scythe_and_sickle_read_all_records_part_by_part() -> None:
    rows = five()
    titles = [row.title for row in rows]

    records = Sickle(f"{BASE}/oai").ListRecords(metadataPrefix="oai_dc")
    assert [record.metadata["title"] for record in records] == [[title] for title in titles]
    posted = Sickle(f"{BASE}/oai", http_method="POST").ListIdentifiers(metadataPrefix="datacite")
    assert [header.identifier for header in posted] == [ark(row) for row in rows]
    with Scythe(f"{BASE}/oai") as scythe:
        found = list(scythe.list_records(metadata_prefix="oai_dc"))
        assert [record.header.identifier for record in found] == [ark(row) for row in rows]
        assert scythe.identify().deletedRecord == "persistent"
        assert [one.metadataPrefix for one in scythe.list_metadata_formats()] == ["oai_dc", "datacite", "dcat_ap"]
        assert [one.setSpec for one in scythe.list_sets()] == ["foreground", "provider", "provider:TCC"]
        one = scythe.get_record(identifier=ark(rows[3]), metadata_prefix="oai_dc")
        assert one.metadata["title"] == ["Dataset 3"]


@pytest.mark.usefixtures("in_parts", "online")
def test_a_harvest_goes_on_where_the_last_one_ended() -> None:
    rows = five()
    sickle = Sickle(f"{BASE}/oai")
    later = sickle.ListIdentifiers(metadataPrefix="oai_dc", **{"from": "2026-06-01T10:00:00Z"})
    assert [header.identifier for header in later] == [ark(row) for row in rows[2:]]
    until = sickle.ListIdentifiers(metadataPrefix="oai_dc", until="2026-06-01T10:00:00Z")
    assert [header.identifier for header in until] == [ark(row) for row in rows[:3]]
    day = sickle.ListIdentifiers(metadataPrefix="oai_dc", **{"from": "2026-06-01", "until": "2026-06-01"})
    assert len(list(day)) == 5


@pytest.mark.parametrize("until", ["9999-12-31", "9999-12-31T23:59:59Z"])
def test_a_harvest_until_the_end_of_time_is_one_without_an_end(client: Client, until: str) -> None:
    rows = five()
    found = ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc", from_=f"0001-01-01{until[10:]}", until=until)
    assert identifiers(found) == [ark(row) for row in rows]


def test_what_was_withdrawn_or_erased_stays_in_the_lists_as_deleted(client: Client) -> None:
    kept, withdrawn, erased = listed("Kept"), listed("Withdrawn"), listed("Erased")
    Dataset.objects.filter(pk__in=[withdrawn.pk, erased.pk]).update(state="withdrawn", withdrawn_at=NOW)
    Dataset.objects.filter(pk=erased.pk).update(erased_at=NOW)
    for prefix in ("oai_dc", "datacite", "dcat_ap"):
        records = ask(client, verb="ListRecords", metadataPrefix=prefix).findall(f".//{OAI}record")
        told = {
            record.findtext(f"{OAI}header/{OAI}identifier"): (
                record.find(f"{OAI}header").get("status"),
                record.find(f"{OAI}metadata") is not None,
            )
            for record in records
        }
        assert told == {ark(kept): (None, True), ark(withdrawn): ("deleted", False), ark(erased): ("deleted", False)}
    one = ask(client, verb="GetRecord", metadataPrefix="oai_dc", identifier=ark(withdrawn))
    assert one.find(f".//{OAI}header").get("status") == "deleted"
    assert one.find(f".//{OAI}metadata") is None


def test_sets_are_the_catalogues_the_trials_and_the_providers(client: Client) -> None:
    grid = stock.organization("GRID", name="Southern Grid")
    trial = stock.trial("A1.2.1")
    row = listed("Event", provider=grid, trial=trial)
    other = listed("Weather", origin="background")
    sets = ask(client, verb="ListSets")
    assert {found.findtext(f"{OAI}setSpec"): found.findtext(f"{OAI}setName") for found in sets.iter(f"{OAI}set")} == {
        "foreground": "Foreground Catalogue",
        "background": "Background Catalogue",
        "trial": "Trials",
        "trial:A1.2.1": "Trial A1.2.1",
        "provider": "Providers",
        "provider:GRID": "Southern Grid",
        "provider:TCC": "The TCC organisation",
    }
    for spec, expected in (
        ("foreground", [row]),
        ("background", [other]),
        ("trial", [row]),
        ("trial:A1.2.1", [row]),
        ("provider", [row, other]),
        ("provider:GRID", [row]),
    ):
        found = identifiers(ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc", set=spec))
        assert found == [ark(one) for one in expected], spec


# --- the protocol --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "Nonsense"}, "badVerb"),
        ({"verb": ["Identify", "Identify"]}, "badVerb"),
        ({"verb": "Identify", "metadataPrefix": "oai_dc"}, "badArgument"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc"}, "badArgument"),
        ({"verb": "GetRecord", "identifier": "ark:/99999/0000000gnp8"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": ["oai_dc", "oai_dc"]}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2026"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2026-02-30"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "until": "2026-06-01T12:00:00"}, "badArgument"),
        (
            {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2026-06-01", "until": "2026-06-01T12:00:00Z"},
            "badArgument",
        ),
        (
            {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2026-06-02", "until": "2026-06-01"},
            "badArgument",
        ),
        ({"verb": "ListRecords", "resumptionToken": "x", "metadataPrefix": "oai_dc"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "a b"}, "badArgument"),
        ({"verb": "ListRecords", "resumptionToken": "guessed"}, "badResumptionToken"),
        ({"verb": "ListSets", "resumptionToken": "guessed"}, "badResumptionToken"),
        ({"verb": "ListRecords", "metadataPrefix": "marc21"}, "cannotDisseminateFormat"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "\0"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "\0": "\0"}, "badArgument"),
        ({"verb": "\0"}, "badVerb"),
        ({"verb": "ListRecords", "resumptionToken": "\0"}, "badResumptionToken"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "ark:/99999/0000000000"}, "idDoesNotExist"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "oai:elsewhere:1"}, "idDoesNotExist"),
        ({"verb": "ListMetadataFormats", "identifier": "ark:/99999/0000000000"}, "idDoesNotExist"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2126-06-01"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "until": "1990-06-01"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "nothing"}, "noRecordsMatch"),
        ({"verb": "ListSets"}, "noSetHierarchy"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_refusal_has_the_protocols_code_and_is_valid(
    client: Client, schema: etree.XMLSchema, method: str, arguments: dict[str, Any], code: str
) -> None:
    root = ask(client, method=method, **arguments)
    assert error_of(root) == code
    schema.assertValid(root)
    asked = root.find(f"{OAI}request")
    assert (asked.text, bool(asked.attrib)) == (f"{BASE}/oai", code not in {"badVerb", "badArgument"})


@pytest.mark.usefixtures("in_parts")
def test_a_token_that_was_changed_or_is_of_another_list_is_refused(client: Client) -> None:
    five()
    root = ask(client, verb="ListRecords", metadataPrefix="oai_dc")
    element = root.find(f".//{OAI}resumptionToken")
    assert (element.get("completeListSize"), element.get("cursor")) == ("5", "0")
    token = str(element.text)
    middle = ask(client, verb="ListRecords", resumptionToken=token).find(f".//{OAI}resumptionToken")
    assert (middle.get("completeListSize"), middle.get("cursor")) == ("5", "2")
    last = ask(client, verb="ListRecords", resumptionToken=middle.text).find(f".//{OAI}resumptionToken")
    assert (last.text, last.get("cursor")) == (None, "4")
    for forged in (token[:-1], token[1:], token + "x", "é", ""):
        assert error_of(ask(client, verb="ListRecords", resumptionToken=forged)) == "badResumptionToken"
    assert error_of(ask(client, verb="ListIdentifiers", resumptionToken=token)) == "badResumptionToken"


@pytest.mark.usefixtures("in_parts")
def test_all_answers_are_valid_by_the_schemas_and_spoiled_ones_are_not(client: Client, schema: etree.XMLSchema) -> None:
    rows = [*five(), listed("Signs <&>\u0001 “” 🜂", description="a\x0b\x1fb ]]> c", keywords=["<b>"])]
    Dataset.objects.filter(pk=rows[0].pk).update(state="withdrawn")
    key = {"identifier": ark(rows[1])}
    for arguments in (
        {"verb": "Identify"},
        {"verb": "ListMetadataFormats"},
        {"verb": "ListMetadataFormats", **key},
        {"verb": "ListSets"},
        {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"},
        *({"verb": "ListRecords", "metadataPrefix": prefix} for prefix in ("oai_dc", "datacite", "dcat_ap")),
        *({"verb": "GetRecord", "metadataPrefix": prefix, **key} for prefix in ("oai_dc", "datacite", "dcat_ap")),
        {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": ark(rows[-1])},
    ):
        schema.assertValid(ask(client, **arguments))

    sound = etree.tostring(ask(client, verb="ListRecords", metadataPrefix="oai_dc")).decode()
    for good, bad in (
        ("<datestamp>2026-06-01T08:00:00Z", "<datestamp>2026-06-01 08:00"),
        ("<dc:title>", "<dc:titel>"),
        ('status="deleted"', 'status="gone"'),
        ("<setSpec>foreground", "<setSpec>a b"),
        ("<responseDate>", "<when>"),
        ('verb="ListRecords"', 'verb="ListRecord"'),
    ):
        spoiled = sound.replace(good, bad).replace(good.replace("<", "</"), bad.replace("<", "</"))
        assert spoiled != sound, good
        assert not schema.validate(etree.fromstring(spoiled)), bad


@pytest.mark.parametrize("spelt", ["ark:/99999/{}", "ark:99999/{}", f"{BASE}/ark:/99999/{{}}"])
def test_a_record_is_found_by_each_spelling_of_its_ark(client: Client, spelt: str) -> None:
    row = listed("School load")
    found = ask(client, verb="GetRecord", metadataPrefix="oai_dc", identifier=spelt.format(row.key))
    assert identifiers(found) == [ark(row)]


def test_the_earliest_datestamp_and_the_sets_know_nothing_of_what_is_withheld(client: Client) -> None:
    hidden = listed("Withheld", NOW - 9 * DAY, metadata_withheld=True, provider=stock.organization("HID"))
    listed("Open", NOW)
    assert ask(client, verb="Identify").findtext(f".//{OAI}earliestDatestamp") == "2026-06-01T12:00:00Z"
    assert b"HID" not in etree.tostring(ask(client, verb="ListSets"))
    for arguments in ({"identifier": ark(hidden)}, {"identifier": ark(hidden)[:-1] + "0"}):
        assert error_of(ask(client, verb="GetRecord", metadataPrefix="oai_dc", **arguments)) == "idDoesNotExist"
    manager = signed_in(Client(), stock.person(is_manager=True))
    assert ask(manager, verb="Identify").findtext(f".//{OAI}earliestDatestamp") == "2026-05-23T12:00:00Z"


def test_of_what_was_withheld_since_neither_trial_nor_provider_is_told(client: Client) -> None:
    row = listed("Withheld since", provider=stock.organization("HID"), trial=stock.trial("C3"))
    listed("Open", trial=row.trial)
    withdrawn = listed("Withdrawn", trial=row.trial)
    Dataset.objects.filter(pk=withdrawn.pk).update(state="withdrawn", withdrawn_at=NOW)
    Dataset.objects.filter(pk=row.pk).update(metadata_withheld=True)

    header = ask(client, verb="GetRecord", metadataPrefix="oai_dc", identifier=ark(row)).find(f".//{OAI}header")
    assert header.get("status") == "deleted"
    assert [one.text for one in header.iter(f"{OAI}setSpec")] == ["foreground"]
    totals = {"": 3, "foreground": 3, "trial": 2, "trial:C3": 2, "provider": 2, "provider:HID": 0}
    for spec, total in totals.items():
        given = {"set": spec} if spec else {}
        told = ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc", **given)
        assert len(identifiers(told)) == total, spec
        assert (ark(row) in identifiers(told)) == (spec in {"", "foreground"}), spec
    manager = signed_in(Client(), stock.person(is_manager=True))
    own = ask(manager, verb="ListIdentifiers", metadataPrefix="oai_dc", set="provider:HID")
    assert identifiers(own) == [ark(row)]
