"""Links in mails and notifications lead where the portal has its pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from fairwatt.services import links


@pytest.mark.parametrize(
    ("name", "made", "word"),
    [
        ("deposit", links.deposit_path, "D-7K3M-Q2XR"),
        ("review", links.review_path, "D-7K3M-Q2XR"),
        ("dataset", links.dataset_path, "000000hdtp4"),
        ("invitation", links.invitation_path, "s3cr-et_"),
    ],
)
def test_links_are_the_portals_own_addresses(name: str, made: Any, word: str) -> None:
    assert made(word) == reverse(name, args=[word])


def test_a_mail_says_the_whole_address(settings: Any) -> None:
    settings.BASE_URL = "https://data.example"
    assert links.absolute("/share/") == "https://data.example/share/"
    assert links.absolute("https://elsewhere.example/") == "https://elsewhere.example/"
