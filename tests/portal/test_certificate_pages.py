"""The certificate as a page: LEO's eight fields in LEO's words, and the same for machines."""

from __future__ import annotations

import io
import re

import pytest
from django.test import Client
from pypdf import PdfReader

from fairwatt.core.metadata import parse_certificate
from fairwatt.core.metadata.provenance_level import ProvenanceLevel
from fairwatt.portal.pages.certificates import draw_code, draw_steps
from fairwatt.records.models import SigningKey
from fairwatt.services.certificates import issue_version
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.erasures import confirmation_of, order_erasure
from fairwatt.services.worker import run_pending
from tests.portal.pages_stock import PARTNERS_ONLY, file_of, published, signed_in
from tests.services import stock
from tests.services.entries import READABLE, entry, manager, partner, received, submitted
from tests.services.test_erasures import PROFILE, SECRET, WHY, content

pytestmark = pytest.mark.django_db

LEO_FIELDS = [
    "LEO Identifier",
    "Licensing",
    "Date of Data Validity",
    "Publication Restrictions",
    "Dataset URL",
    "Data Description",
    "Data Provenance",
    "Level of Provenancing",
]


def test_the_sheet_has_leos_eight_fields_in_leos_order(client: Client) -> None:
    dataset = published()

    page = client.get(f"/datasets/{dataset.key}/certificate/").content.decode()

    sheet = page.split('<dl class="sheet__fields">')[1].split("</dl>")[0]
    assert re.findall(r"<dt>([^<]+)</dt>", sheet) == LEO_FIELDS
    assert "MVSA1.2.1-P1-TCC-D001" in sheet
    assert "1 Jun 2020, 01:00 to 2 Jun 2020, 01:00 BST, every 30 minutes" in sheet
    assert f"http://127.0.0.1:8000/datasets/{dataset.key}/" in sheet
    assert "Active power of a primary school’s main incomer." in sheet


def test_the_sheet_says_checksum_issue_and_by_which_key_it_is_signed(client: Client) -> None:
    dataset = published()
    certificate = parse_certificate(dataset.versions.get().certificate)

    page = client.get(f"/datasets/{dataset.key}/certificate/").content.decode()

    assert certificate.checksum == dataset.versions.get().digest
    assert certificate.checksum in page
    assert file_of(dataset).sha256 in page
    assert f"Signed on 31 May 2026, 12:00 UTC by the key {SigningKey.objects.get().kid}." in page
    assert certificate.readings_sha256 in page
    assert 'class="sheet__qr"' in page
    assert page.count('class="is-reached"') == certificate.level_of_provenancing.level + 1


def test_a_file_has_a_certificate_of_its_own(client: Client) -> None:
    dataset = published(release=PARTNERS_ONLY)
    file = file_of(dataset)

    page = client.get(f"/files/{file.key}/certificate/").content.decode()

    assert '<h1 class="sheet__title" id="sheet-title">school.csv</h1>' in page
    assert "Foreground file of School load" in page
    assert "Only project partners may download these data." in page


def test_what_is_missing_for_the_next_level_is_told_to_partner_and_manager_before_it_is_published() -> None:
    depositor, boss = partner(), manager()
    deposit = submitted(depositor)
    missing = [
        "Say where the data come from and how they were measured.",
        "Say how the quality was checked.",
        "Say where the data were measured.",
    ]
    assert depositor.user is not None
    assert boss.user is not None
    draft = entry(depositor)
    received(depositor, draft, READABLE)
    check = signed_in(Client(), depositor.user).get(f"/share/{draft.code}/check/").content.decode()
    review = signed_in(Client(), boss.user).get(f"/review/{deposit.code}/").content.decode()

    for page in (check, review):
        assert "For level 2:" in page
        assert all(todo in page for todo in missing)
        assert page.count('class="is-reached"') == 2  # 0 and 1


def test_a_draft_s_certificate_says_that_it_is_none_yet(client: Client) -> None:
    manager = stock.person("manager", is_manager=True)
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    dataset = stock.dataset(state="draft", published_at=None)

    page = client.get(f"/datasets/{dataset.key}/certificate/").content.decode()

    assert "draft, not issued" in page


def test_a_certificate_comes_as_pdf_and_as_json_ld(client: Client) -> None:
    dataset = published()

    pdf = client.get(f"/datasets/{dataset.key}/certificate.pdf")
    document = client.get(f"/datasets/{dataset.key}/certificate/", {"format": "jsonld"})

    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert document.json()["name"] == "School load"
    assert client.get(f"/files/{file_of(dataset).key}/certificate.pdf").status_code == 200


def test_a_withheld_certificate_is_not_there_for_others(client: Client) -> None:
    dataset = published(metadata_withheld=True)

    addresses = [
        f"/datasets/{dataset.key}/certificate/",
        f"/datasets/{dataset.key}/certificate.pdf",
        f"/files/{file_of(dataset).key}/certificate/",
    ]
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]


def test_the_scale_has_five_steps() -> None:
    steps = draw_steps(ProvenanceLevel(level=2))

    assert [(number, reached) for number, _, reached in steps] == [
        (0, True), (1, True), (2, True), (3, False), (4, False),
    ]  # fmt: skip


def test_the_code_is_drawn_without_colours_that_the_policy_would_refuse() -> None:
    drawn = draw_code("http://127.0.0.1:8000/ark:/99999/0000000gnp8")

    assert drawn.startswith("<svg")
    assert "style=" not in drawn


def test_a_description_ends_before_the_readings_are_counted(client: Client) -> None:
    dataset = published(description="Power of the main incomer")

    page = client.get(f"/datasets/{dataset.key}/certificate/").content.decode()

    assert 'Power of the main incomer. <span class="nowrap">48 readings</span> in 1 channel.' in page


@pytest.mark.parametrize("kind", ["series", "file"])
def test_the_sheet_and_the_pdf_tell_of_what_was_erased_and_name_the_issue(client: Client, kind: str) -> None:
    dataset = stock.dataset("Homes", release={"public": stock.NOW - stock.DAY}, identifier="LEOD7")
    for name, day in (("zebra.csv", 0), ("okapi.csv", 1)):
        stock.fill_lake(stock.file(dataset, name), PROFILE, content(day, (SECRET, "b") if day == 0 else ("b",)))
    update_totals(dataset, at=stock.NOW)
    issue_version(actor=manager(), dataset=dataset, at=stock.NOW)
    target = SECRET if kind == "series" else dataset.files.get(name="zebra.csv").key
    order_erasure(
        actor=manager(), dataset_key=dataset.key, kind=kind, target=target, reason=WHY,
        confirmation=confirmation_of(dataset, kind, target), at=stock.NOW,
    )  # fmt: skip
    run_pending(worker="tests", clock=lambda: stock.NOW + stock.DAY)

    said = "Parts were erased on 1 Jun 2026: the certificate was issued anew for what is left."
    sheet = client.get(f"/datasets/{dataset.key}/certificate/").content.decode()
    pdf = PdfReader(io.BytesIO(client.get(f"/datasets/{dataset.key}/certificate.pdf").content))
    text = " ".join(page.extract_text() for page in pdf.pages).replace("\n", " ")
    assert said in sheet
    assert (said in text, len(pdf.pages)) == (True, 1)
    for shown in (sheet, text):
        assert "version 1, issue 2" in shown
        assert ("no original is kept" in shown) == (kind == "series")
        assert SECRET not in shown
