"""A harvest by an outsider: every address that any metadata name answers, on one host, with what was promised."""

from __future__ import annotations

import pytest
from django.test import Client

from fairwatt.records.models import Dataset
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from tests.fair.conftest import numbered
from tests.fair.crawling import crawl, dead_anchors, missed_promises, outside, refusals
from tests.fair.visiting import BASE, Answer, Visits
from tests.portal.pages_stock import OPEN, PARTNERS_ONLY, file_of
from tests.services import stock

OTHER_HOSTS = {  # vocabularies, standards and licences, and where one dataset stays
    "creativecommons.org", "data.europa.eu", "datacite.org", "datapackage.org", "docs.ckan.org", "elsewhere.example",
    "github.com", "inspire.ec.europa.eu", "mlcommons.org", "publications.europa.eu", "purl.org", "qudt.org",
    "raw.githubusercontent.com", "registry.core.trust.ib1.org", "schema.datacite.org", "schema.org",
    "semiceu.github.io", "spdx.org", "spec.openapis.org", "testshire.example", "w3id.org", "www.iana.org",
    "www.openarchives.org", "www.opengis.net", "www.w3.org", "xmlns.com",
}  # fmt: skip


@pytest.mark.one_database
@pytest.mark.django_db
def test_all_that_is_named_is_there_and_as_promised(client: Client) -> None:
    numbered(1, "School load")
    kept = file_of(numbered(2, "Partners only", release=PARTNERS_ONLY))
    gone = numbered(3, "Withdrawn")
    Dataset.objects.filter(pk=gone.pk).update(state="withdrawn", withdrawn_at=stock.NOW)
    elsewhere = stock.dataset("Wards", release=OPEN, origin="background", link="https://elsewhere.example/wards")
    issue_version(actor=Actor.system(), dataset=elsewhere, at=stock.NOW)

    visits = Visits(client)
    found = crawl(visits, [f"{BASE}/ark:/99999/{gone.key}"])

    assert len(found.pages) >= 10  # home, about and catalogues, four datasets, their files
    for page, answer in found.pages.items():
        assert (answer.status, answer.media_type) == (200, "text/html"), page
        assert dead_anchors(visits, page, answer) == []
    assert {answer.status for answer in found.documents.values()} == {200}
    refused = refusals(found)
    assert {status for _, status in refused} == {401, 410}
    for address, status in refused:  # no more is refused than is meant to be
        owner = kept if status == 401 else file_of(gone)
        assert owner.key in address or owner.dataset.key in address
    assert missed_promises(visits, found) == [
        ("item", f"{BASE}/files/{kept.key}/original", "text/csv", "application/problem+json")
    ]
    assert outside(found.named) <= OTHER_HOSTS


def answers(**bodies: str) -> Visits:
    """A portal that says these things, by the names of its pages."""
    html = {"Content-Type": "text/html; charset=utf-8"}
    return Visits(
        answers={(f"{BASE}/{name}", "*/*"): Answer(200, html, text.encode()) for name, text in bodies.items()}
    )


def test_anchors_that_lead_to_nothing_are_found() -> None:
    visits = answers(
        one='<p id="here"></p><a href="#here"></a><a href="#gone"></a><a href="/two#there"></a><a href="/two#no"></a>',
        two='<p id="there"></p>',
    )

    assert dead_anchors(visits, f"{BASE}/one", visits.get(f"{BASE}/one")) == [f"{BASE}/one#gone", f"{BASE}/two#no"]


def test_what_is_not_there_and_what_is_on_another_host_is_found() -> None:
    said = f'{{"url": "http://testserver/x", "sameAs": "{BASE}/y"}}'
    visits = answers(page=f'<script type="application/ld+json">{said}</script>')
    visits.answers[f"{BASE}/robots.txt", "*/*"] = Answer(200, {}, f"Sitemap: {BASE}/sitemap.xml".encode())
    visits.answers[f"{BASE}/sitemap.xml", "*/*"] = Answer(200, {}, f"<loc>{BASE}/pages.xml</loc>".encode())
    visits.answers[f"{BASE}/pages.xml", "*/*"] = Answer(200, {}, f"<loc>{BASE}/page</loc>".encode())

    found = crawl(visits)

    assert set(found.pages) == {f"{BASE}/page"}
    assert refusals(found) == [(f"{BASE}/y", 0)]
    assert "testserver" in outside(found.named)
