"""The chain by hash, and what a file is told to be by it."""

from __future__ import annotations

import pytest

from fairwatt.core.metadata import Certificate, chain_of
from fairwatt.core.metadata.chain import ways_to
from fairwatt.core.metadata.verifying import Evidence, judge_file
from tests.core.metadata.examples import FILE, certificate, file_certificate

RAW, PROFILE, OF_FILE, OF_ALL = FILE.sha256, "b" * 64, "c" * 64, "d" * 64
OTHER_RAW, OTHER_OF_FILE = "e" * 64, "f" * 64
FIRST = FILE.model_copy(update={"import_profile": PROFILE, "readings_sha256": OF_FILE})
SECOND = FILE.model_copy(
    update={
        "pid": "ark:/99999/000000file2", "name": "second.csv", "sha256": OTHER_RAW,
        "import_profile": PROFILE, "readings_sha256": OTHER_OF_FILE,
    }
)  # fmt: skip
BOTH = certificate(files=(FIRST, SECOND), readings_sha256=OF_ALL)


def test_each_link_names_what_it_was_made_from() -> None:
    assert [(link.step, link.sha256, link.made_from) for link in chain_of(BOTH)] == [
        ("raw", RAW, ()),
        ("profile", PROFILE, ()),
        ("readings", OF_FILE, (RAW, PROFILE)),
        ("raw", OTHER_RAW, ()),
        ("profile", PROFILE, ()),
        ("readings", OTHER_OF_FILE, (OTHER_RAW, PROFILE)),
        ("readings", OF_ALL, (OF_FILE, OTHER_OF_FILE)),
    ]


def test_the_readings_of_the_only_file_are_those_of_the_dataset() -> None:
    one = certificate(files=(FIRST,), readings_sha256=OF_FILE)
    assert [link.sha256 for link in chain_of(one)] == [RAW, PROFILE, OF_FILE]


def test_the_way_to_a_file_s_readings_leaves_other_files_out() -> None:
    first = next(link for link in chain_of(BOTH) if link.sha256 == OF_FILE)
    assert {link.sha256 for link in ways_to(BOTH, first)} == {RAW, PROFILE, OF_FILE}
    assert {link.sha256 for link in ways_to(BOTH, chain_of(BOTH)[-1])} == {
        RAW, PROFILE, OF_FILE, OTHER_RAW, OTHER_OF_FILE, OF_ALL,
    }  # fmt: skip


NAME = FILE.name
JUDGED = {
    "raw": (Evidence("copy.csv", FILE.size, RAW), "raw", f"copy.csv is {NAME}, byte for byte as it was received."),
    "csv": (Evidence("all.csv", 9, OF_ALL), "readings", f"all.csv holds the readings of {BOTH.title}, all of them"),
    "parquet": (Evidence("all.parquet", 9, "0" * 64, OF_ALL, 2_295), "readings", "all of them and unchanged."),
    "one-file": (Evidence("a.csv", 9, OTHER_OF_FILE), "readings", "a.csv holds the readings of second.csv, all"),
    "altered": (
        Evidence(NAME, FILE.size, "0" * 64),
        "",
        f"{NAME} has the name of a certified file, but not its bytes:",
    ),
    "cut": (Evidence(NAME, 1, "0" * 64), "", f"but not its bytes (1 bytes, not {FILE.size:,})"),
    "fewer-rows": (Evidence("b.parquet", 9, "0" * 64, "1" * 64, 2_294), "", "2,294 rows, not 2,295."),
    "same-rows": (Evidence("b.parquet", 9, "0" * 64, "1" * 64, 2_295), "", "the certified ones, in as many rows."),
    "other": (
        Evidence("c.csv", 9, "0" * 64),
        "",
        "c.csv is neither a certified file nor all of the certified",
    ),
}


@pytest.mark.parametrize("case", list(JUDGED))
def test_a_file_is_told_by_its_hash_and_a_stranger_with_the_reason(case: str) -> None:
    evidence, step, words = JUDGED[case]
    found = judge_file(BOTH, evidence)
    assert (found.link.step if found.link else "", found.is_certified) == (step, bool(step))
    assert words in found.reason


@pytest.mark.parametrize(
    "whose", [certificate(files=(FIRST,)), file_certificate(files=(FIRST,))], ids=["dataset", "file"]
)
def test_without_a_hash_of_readings_that_is_said(whose: Certificate) -> None:
    found = judge_file(whose, Evidence("x.parquet", 9, "0" * 64, "1" * 64, 3))
    assert found.reason.startswith(
        "x.parquet is none of the certified files; of the readings, the certificate names no"
    )
