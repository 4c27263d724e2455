"""The certificate of a package: what it says survives being written, read and stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fairwatt.core.metadata.certificate import Catalogue, TrialEntry
from fairwatt.core.metadata.package_certificate import (
    LeftOut,
    PackageCertificate,
    PackageMember,
    canonical_package_json,
    lowest_level,
    parse_package_certificate,
)
from fairwatt.core.metadata.provenance_level import ProvenanceLevel

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_MEMBERS = st.builds(
    PackageMember,
    path=_TEXT,
    size=st.integers(0, 2**53 - 1),
    sha256=st.sampled_from(["", "ab" * 32]),
    role=st.sampled_from(["original", "readings", "description"]),
    dataset=_TEXT,
)


def certificate(**fields: Any) -> PackageCertificate:
    defaults: dict[str, Any] = {
        "pid": "ark:/99999/x",
        "pid_url": "https://portal.example/ark:/99999/x",
        "url": "https://portal.example/trials/A1/",
        "title": "Data package of trial A1",
        "trial": TrialEntry(code="A1", title="T"),
        "audience": "public",
        "access": "This package holds what everyone may have of the trial.",
        "catalogue": Catalogue(name="P", url="https://portal.example"),
        "issued_at": AT,
    }
    return PackageCertificate(**{**defaults, **fields})


@given(st.lists(_MEMBERS, max_size=4), st.lists(st.builds(LeftOut, what=_TEXT, why=_TEXT), max_size=3), _TEXT)
def test_it_reads_back_to_the_same_checksum(members: list[PackageMember], left_out: list[LeftOut], title: str) -> None:
    made = certificate(members=tuple(members), left_out=tuple(left_out), title=title)
    text = canonical_package_json(made)
    for again in (
        parse_package_certificate(text),
        parse_package_certificate(json.loads(json.dumps(made.model_dump(mode="json")))),
    ):
        assert (again, again.checksum, canonical_package_json(again)) == (made, made.checksum, text)


def test_another_audience_or_member_is_another_checksum() -> None:
    made = certificate()
    member = PackageMember(path="a", size=1, sha256="ab" * 32, role="original")
    others = [certificate(audience="partner"), certificate(members=(member,)), certificate(title="T")]
    assert len({made.checksum, *(other.checksum for other in others)}) == 4


@pytest.mark.parametrize("wrong", [{"audience": "friends"}, {"kind": "dataset"}, {"issued_at": None}, {"more": 1}])
def test_what_is_no_certificate_of_a_package_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        certificate(**wrong)


def test_its_level_is_the_lowest_of_its_datasets() -> None:
    levels = [ProvenanceLevel(level=3), ProvenanceLevel(level=1, missing=("Say where.",)), ProvenanceLevel(level=4)]
    assert lowest_level(levels) == levels[1]
    assert lowest_level([]) == ProvenanceLevel()
