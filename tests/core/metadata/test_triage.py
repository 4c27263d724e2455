"""Open data triage: presumed open, anything else with its reason, and told in every form."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from fairwatt.core.metadata import Concern, Triage, TriageClass, canonical_json, parse_certificate
from fairwatt.core.metadata.dublin_core import to_dublin_core
from fairwatt.core.metadata.schema_org import to_schema_org
from fairwatt.core.metadata.triage import class_of, concerns_of
from tests.core.metadata.examples import NOW, certificate

SHARED = Triage(
    triage_class=TriageClass.SHARED,
    concerns=(Concern.PERSONAL, Concern.COMMERCIAL),
    reason="Half-hours of single homes",
    mitigation="Totals of ten homes are open.",
    reviewer="Dana Manager",
    reviewed_on=date(2026, 6, 1),
    review_due=date(2027, 6, 1),
)
SENTENCES = (
    "Open data triage: Shared (personal, commercial). Half-hours of single homes.",
    "Mitigation: Totals of ten homes are open.",
    "Reviewed by Dana Manager on 1 Jun 2026; to be looked at again by 1 Jun 2027.",
)


@pytest.mark.parametrize("triage_class", [TriageClass.SHARED, TriageClass.CLOSED])
def test_whatever_is_not_open_needs_its_reason(triage_class: TriageClass) -> None:
    with pytest.raises(ValidationError, match="presumed open"):
        Triage(triage_class=triage_class, reason=" ")
    assert Triage().sentences() == ("Open data triage: Open.",)


def test_the_outcome_is_said_in_sentences_and_stands_in_the_forms() -> None:
    assert SHARED.sentences() == SENTENCES
    written = certificate(triage=SHARED)
    assert to_schema_org(written, at=NOW)["usageInfo"] == " ".join(SENTENCES)
    rights = [text for name, text in to_dublin_core(written, at=NOW) if name == "DC.rights"]
    assert set(SENTENCES) <= set(rights)
    assert parse_certificate(canonical_json(written)) == written


def test_it_is_due_from_its_day_on() -> None:
    assert [SHARED.is_due(today=date(2027, 6, day)) for day in (1, 2)] == [True, True]
    assert not SHARED.is_due(today=date(2027, 5, 31))
    assert not Triage().is_due(today=date(2200, 1, 1))


CLASSES = {
    "": TriageClass.OPEN, "IB1-O": TriageClass.OPEN, "IB1-SA": TriageClass.SHARED, "IB1-SB": TriageClass.SHARED,
    "IB1-SP": TriageClass.SHARED, "IB1-C": TriageClass.CLOSED,
}  # fmt: skip


@pytest.mark.parametrize("sensitivity", list(CLASSES))
def test_the_class_follows_the_sensitivity(sensitivity: str) -> None:
    assert class_of(sensitivity) is CLASSES[sensitivity]


def test_people_are_a_concern_of_personal_data_and_open_data_have_none() -> None:
    assert concerns_of("IB1-SP", ("security",)) == (Concern.PERSONAL, Concern.SECURITY)
    assert concerns_of("IB1-SB", ("commercial", "nonsense")) == (Concern.COMMERCIAL,)
    assert concerns_of("IB1-O", ("commercial",)) == ()
