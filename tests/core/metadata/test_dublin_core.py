"""Certificates as the fifteen Dublin Core elements."""

from __future__ import annotations

from hypothesis import given

from fairwatt.core.metadata import Certificate, to_dublin_core
from fairwatt.core.metadata.dublin_core import ELEMENTS
from tests.core.metadata.examples import BASE, NOW, certificate, certificates


def test_a_full_certificate_fills_all_fifteen_elements_in_order() -> None:
    pairs = to_dublin_core(certificate(), at=NOW)
    assert list(dict.fromkeys(name for name, _ in pairs)) == [f"DC.{element}" for element in ELEMENTS]
    assert ("DC.identifier", f"{BASE}/ark:/99999/0000000gnp8") in pairs
    assert ("DC.identifier", "MVSA1.2.1") in pairs
    assert ("DC.coverage", "2019-11-18T11:45:43Z/2019-11-18T14:56:58Z") in pairs
    assert ("DC.coverage", "Rose Hill, Oxford") in pairs
    assert ("DC.date", "2026-06-01") in pairs
    assert ("DC.rights", "https://creativecommons.org/licenses/by/4.0/") in pairs
    assert ("DC.subject", "Active power") in pairs


@given(certificates())
def test_no_element_is_empty_and_none_is_unknown(written: Certificate) -> None:
    for name, content in to_dublin_core(written, at=NOW):
        assert name.removeprefix("DC.") in ELEMENTS
        assert content
