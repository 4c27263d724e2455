"""Settings of the test run: a fresh data folder, a throw-away key, the test project, either database.

``FAIRWATT_DATABASE_URL`` chooses PostgreSQL (see tests/with_postgresql.py); without it the tests run on SQLite.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

if "FAIRWATT_HOME" not in os.environ:
    # the first process of a run makes the folder, its workers inherit the name, and it goes with the run
    os.environ["FAIRWATT_HOME"] = tempfile.mkdtemp(prefix="fairwatt-tests-")
    atexit.register(shutil.rmtree, os.environ["FAIRWATT_HOME"], ignore_errors=True)
os.environ.setdefault("FAIRWATT_SECRET_KEY", secrets.token_urlsafe(40))
os.environ.setdefault("FAIRWATT_PROJECT_FILE", str(Path(__file__).parent / "project.toml"))

from fairwatt.portal.settings import *  # noqa: F403
from fairwatt.portal.settings import DATABASES, FAIRWATT_HOME

FAIRWATT_WRITE_BEHIND = False  # a test looks at the log at once
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if "sqlite" in str(DATABASES["default"]["ENGINE"]):
    # a file, not memory: live servers, workers and tests share it between threads and processes
    DATABASES["default"]["TEST"] = {"NAME": str(FAIRWATT_HOME / "test.sqlite3")}
