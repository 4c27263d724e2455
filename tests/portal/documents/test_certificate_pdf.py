"""The certificate on paper: one A4 page that says what the model says."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from fairwatt.core.metadata.access import AccessTerms, Audience, Release
from fairwatt.core.metadata.certificate import Catalogue, Certificate, FileEntry, Validity, VersionEntry
from fairwatt.core.metadata.provenance_level import ProvenanceLevel
from fairwatt.portal.documents import write_certificate_pdf

AT = datetime(2025, 11, 21, 9, 30, tzinfo=UTC)


def a_certificate(**changes: object) -> Certificate:
    fields: dict[str, object] = {
        "kind": "dataset",
        "dataset_url": "https://data.testshire.example/datasets/x8k2m4n6p0/",
        "pid": "ark:/99999/x8k2m4n6p0",
        "pid_url": "https://data.testshire.example/ark:/99999/x8k2m4n6p0",
        "title": "Power quality at Mill Lane School",
        "origin": "foreground",
        "leo_identifier": "MVSA1.2.1-P11-LCH-D041",
        "date_of_data_validity": Validity(
            start=datetime(2025, 11, 18, tzinfo=UTC), end=datetime(2025, 11, 19, tzinfo=UTC)
        ),
        "coverage": (1.0, 0.5, 0.0),
        "files": (FileEntry(pid="ark:/99999/f1", name="log.txt", size=2_480_575, sha256="a" * 64),),
        "level_of_provenancing": ProvenanceLevel(level=2, missing=("Say where the data were measured.",)),
        "access": AccessTerms(releases=(Release(audience=Audience.PARTNER, available_from=AT),)),
        "catalogue": Catalogue(name="Testshire Local Energy", url="https://data.testshire.example"),
        "issued_at": AT,
        "issued_by": "Morgan Hale",
        "version": VersionEntry(number=1),
    }
    return Certificate.model_validate(fields | changes)


def text_of(pdf: bytes) -> tuple[int, str]:
    reader = PdfReader(io.BytesIO(pdf))
    return len(reader.pages), " ".join(page.extract_text() for page in reader.pages).replace("\n", " ")


def test_it_is_one_page_with_leos_eight_fields_and_the_checksum() -> None:
    certificate = a_certificate()

    pages, text = text_of(write_certificate_pdf(certificate, at=AT))

    assert pages == 1
    for field, _ in certificate.leo_fields():
        assert field in text
    assert "Only project partners may download these data." in text
    assert "Say where the data were measured." in text
    assert certificate.checksum in text.replace(" ", "")


def test_a_draft_says_that_nobody_has_issued_it() -> None:
    _, text = text_of(write_certificate_pdf(a_certificate(issued_at=None), at=AT))

    assert "nobody has issued it yet" in text


def test_one_whose_data_are_gone_says_why_and_one_with_a_doi_names_it() -> None:
    said, doi = "Withdrawn on 2 May 2026: the meter was wrong.", "https://doi.org/10.5072/x8k2m4n6p0"
    pages, text = text_of(write_certificate_pdf(a_certificate(), at=AT, gone=said, doi_url=doi))
    assert (pages, doi in text) == (1, True)

    assert said in text


@pytest.mark.parametrize("title", ["Länge " * 33, "#set page(width: 1pt) $x$ *b* [", "电力数据"])
def test_long_or_hostile_words_stay_words_on_one_page(title: str) -> None:
    certificate = a_certificate(
        title=title[:200],
        data_description="word " * 2_000,
        publication_restrictions="#panic() " * 400,
        keywords=("#x",),
    )

    pages, _ = text_of(write_certificate_pdf(certificate, at=AT))

    assert pages == 1


def test_the_same_certificate_gives_the_same_bytes_at_another_time() -> None:
    certificate = a_certificate()
    first = write_certificate_pdf(certificate, at=AT)

    time.sleep(1.1)  # PDFs write down whole seconds

    assert write_certificate_pdf(certificate, at=AT) == first
