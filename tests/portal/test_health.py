"""The health page: what the start-up command and monitoring ask."""

from __future__ import annotations

import pytest
from django.test import Client

from fairwatt import __version__


@pytest.mark.django_db
def test_a_working_server_says_so_and_is_never_cached(client: Client) -> None:
    answer = client.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "version": __version__})
    assert "no-store" in answer["Cache-Control"]
