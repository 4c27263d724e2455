"""Citations as text and as BibTeX."""

from __future__ import annotations

from hypothesis import given

from fairwatt.core.metadata import Certificate, Provenance, VersionEntry, cite
from tests.core.metadata.examples import BASE, certificate, certificates, file_certificate


def test_a_dataset_is_cited_with_its_creator_year_version_publisher_and_address() -> None:
    assert cite(certificate()).text == (
        "Low Carbon Hub (2026): School load during an event. Version 2. Testshire County Council. "
        f"[Dataset] {BASE}/ark:/99999/0000000gnp8"
    )


def test_a_file_is_cited_as_part_of_its_dataset() -> None:
    assert cite(file_certificate()).text == (
        "Low Carbon Hub (2026): MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt. In: School load during an event. "
        f"Version 2. Testshire County Council. [Dataset] {BASE}/ark:/99999/0000000file"
    )


def test_bibtex_escapes_what_tex_would_run() -> None:
    assert cite(certificate(title="50% of A & B_c {x} \\input")).bibtex == (
        "@dataset{LCH2026_0000000gnp8,\n"
        "  author = {{Low Carbon Hub}},\n"
        "  title = {50\\% of A \\& B\\_c \\{x\\} \\textbackslash{}input},\n"
        "  year = {2026},\n"
        "  version = {2},\n"
        "  publisher = {Testshire County Council},\n"
        f"  url = {{{BASE}/ark:/99999/0000000gnp8}},\n"
        "}"
    )


def test_a_draft_that_nobody_logged_says_so() -> None:
    draft = certificate(
        issued_at=None, version=VersionEntry(number=0), versions=(), data_provenance=Provenance(), provider=None
    )
    assert cite(draft).text.startswith("Testshire County Council (n.d.): School load during an event. Draft. ")


@given(certificates())
def test_braces_balance_whatever_the_title(written: Certificate) -> None:
    bibtex = cite(written).bibtex.replace("\\{", "").replace("\\}", "")
    depth = 0
    for character in bibtex:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
