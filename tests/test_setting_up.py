"""The test run itself stands on what it says it stands on."""

from __future__ import annotations

import os

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for() -> None:
    expected = "postgresql" if os.environ.get("FAIRWATT_DATABASE_URL") else "sqlite"

    assert connection.vendor == expected
