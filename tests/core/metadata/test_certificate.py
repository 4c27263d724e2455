"""The certificate: LEO's eight fields, frozen, and the same checksum wherever it has been kept."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given
from pydantic import ValidationError

from fairwatt.core.metadata import (
    Certificate,
    ChannelEntry,
    FindingEntry,
    Provenance,
    Validity,
    canonical_json,
    parse_certificate,
)
from fairwatt.core.metadata.certificate import FileEntry
from tests.core.metadata.examples import FILE, certificate, certificates


@given(certificates())
def test_every_certificate_comes_back_from_json_with_the_same_checksum(written: Certificate) -> None:
    for stored in (canonical_json(written), json.loads(canonical_json(written)), written.model_dump(mode="json")):
        read = parse_certificate(stored)
        assert read == written
        assert read.checksum == written.checksum


@given(certificates())
def test_what_a_database_does_to_numbers_and_text_leaves_the_checksum(written: Certificate) -> None:
    """PostgreSQL keeps whole floats as integers and refuses NUL; keys may come back in any order."""

    def kept(value: object) -> object:
        if isinstance(value, dict):
            return {key: kept(value[key]) for key in reversed(value)}
        if isinstance(value, list):
            return [kept(entry) for entry in value]
        return int(value) if isinstance(value, float) and value.is_integer() else value

    text = canonical_json(written)
    assert "\\u0000" not in text
    assert parse_certificate(kept(json.loads(text))).checksum == written.checksum


def test_what_a_file_does_not_tell_leaves_earlier_checksums_and_signatures_as_they_are() -> None:
    told = {name: getattr(FILE, name) for name in ("pid", "name", "url", "kind", "format", "size", "sha256")}
    document = json.loads(canonical_json(certificate(files=(FileEntry(**told),))))
    assert set(document["files"][0]) == {
        *("pid", "name", "url", "kind", "format", "identifier", "media_type", "size", "sha256", "rows", "download_url"),
        *("import_profile", "import_profile_name", "import_profile_version", "import_profile_url", "validity", "crs"),
    }  # any more would be signed nowhere: new fields belong into _SINCE_ISSUED_OF_FILES


def test_leos_eight_fields_come_by_name_and_in_order() -> None:
    assert certificate().leo_fields() == (
        ("LEO Identifier", "MVSA1.2.1"),
        (
            "Licensing",
            (
                "Creative Commons Attribution 4.0 (CC-BY-4.0). "
                "You may use, change and share these data for any purpose, if you name the source."
            ),
        ),
        ("Date of Data Validity", "18 Nov 2019, 11:45:43 to 14:56:58 GMT"),
        ("Publication Restrictions", "Not before the trial's report."),
        ("Dataset URL", "https://data.testshire.example/datasets/0000000gnp8/"),
        ("Data Description", "Load of a primary school, logged every 5 seconds during a flexibility event."),
        (
            "Data Provenance",
            "Logged at the incomer with a three-phase meter. Logged by Low Carbon Hub on 1 Sep 2020.",
        ),
        ("Level of Provenancing", "0 of 4, unknown"),
    )


def test_what_is_not_known_is_said_so() -> None:
    bare = certificate(
        leo_identifier="",
        date_of_data_validity=Validity(),
        publication_restrictions="",
        data_description="",
        data_provenance=Provenance(),
    )
    texts = [text for _, text in bare.leo_fields()]
    assert texts[0] == "None given"
    assert texts[2] == "No period is known"
    assert texts[3] == "None stated"
    assert texts[5] == "None given"
    assert texts[6] == "Not stated"


def test_a_certificate_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        certificate().title = "Another"


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        certificate(issued_at=datetime(2026, 6, 1))


def test_any_change_changes_the_checksum() -> None:
    first = certificate()
    assert first.checksum == certificate().checksum
    assert len({first.checksum, certificate(title="Another").checksum, certificate(rows=1).checksum}) == 3


def test_without_values_it_says_what_was_measured_but_not_what_came_of_it() -> None:
    full = Certificate.model_validate(
        {
            **dict(certificate()),
            "channels": (
                ChannelEntry(name="P", field="p_kw", unit="kw", count=3, minimum=-1.5, mean=0.0, maximum=2.5),
            ),
            "findings": (
                FindingEntry(code="constant-column", severity="info", count=3, message="All 3 values of N are 7."),
                FindingEntry(code="gaps", severity="warning", count=1, message="1 gap."),
            ),
        }
    )
    bare = full.without_values()
    assert (full.tells_values, bare.tells_values, bare.without_values()) == (True, False, bare)
    assert bare.channels == (ChannelEntry(name="P", field="p_kw", unit="kw", count=3),)
    assert [finding.message for finding in bare.findings] == ["All values of a channel are the same.", "1 gap."]
    assert bare.model_copy(update={"channels": full.channels, "findings": full.findings}) == full
