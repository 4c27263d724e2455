"""What libraries say about a store in trouble, in words of the house and without anything secret.

Their messages hold addresses with signatures, names of keys and whole answers of the server. None of that leaves this
module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import duckdb
from deltalake.exceptions import DeltaError
from obstore.exceptions import BaseError

from fairwatt.core.errors import FairwattError, StoreAway, StoreRefused

_TOKEN = re.compile(r"fairwatt-trouble-([0-9a-f]{32})")
_REFUSALS = (
    (
        ("expiredtoken", "has expired", "is expired", "signature not valid in the specified time frame"),
        "its credentials for the store have expired",
        "renews them",
    ),
    (("requesttimetooskewed",), "the clock of this machine differs from the store's", "sets the clock"),
    (
        ("nosuchbucket", "containernotfound", "bucket does not exist", "container does not exist"),
        "there is no such bucket or container",
        "makes it, or corrects FAIRWATT_STORE",
    ),
    (
        (
            "invalidaccesskeyid",
            "signaturedoesnotmatch",
            "authenticationfailed",
            "authorizationfailure",
            "authorizationpermissionmismatch",
            "accessdenied",
            "invalidtoken",
            "401 unauthorized",
            "403 forbidden",
            "unauthenticated",
            "permissiondenied",
            "permission denied",
            "credential",
            "lacks valid authentication",
            "lacks the necessary privileges",
        ),
        "the store does not accept its credentials, or there are none",
        "corrects them",
    ),
)
_AWAY = (
    "error performing",
    "error sending request",
    "connection",
    "timed out",
    "timeout",
    "dns error",
    "5xx",
    "500 internal",
    "503 service",
    "502 bad",
    "504 gateway",
    "slowdown",
    "generic s3 error",
    "generic microsoftazure error",
)
_MOST_KEPT = 100
_raised: dict[str, FairwattError] = {}


class MarkedError(OSError):
    """Trouble on its way through DuckDB, which keeps nothing of an exception but its text."""


@contextmanager
def trouble_said(name: str) -> Iterator[None]:
    """Turn any library's words about the store ``name`` into an error of the house; other errors pass."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, DeltaError, OSError, duckdb.Error) as error:
        if (said := _said(error, name)) is None:
            raise
        raise said from None  # a log shows nothing of the library's words


@contextmanager
def trouble_marked(name: str) -> Iterator[None]:
    """As :func:`trouble_said`, for code that DuckDB calls: the error is kept here until it has come through."""
    try:
        with trouble_said(name):
            yield
    except FairwattError as error:
        token = uuid4().hex
        while len(_raised) >= _MOST_KEPT:
            _raised.pop(next(iter(_raised)), None)
        _raised[token] = error
        raise MarkedError(f"fairwatt-trouble-{token}") from None


def _said(error: Exception, name: str) -> FairwattError | None:
    if isinstance(error, duckdb.Error):
        found = _TOKEN.search(str(error))
        return _raised.pop(found.group(1), StoreAway.of(name)) if found else None
    if isinstance(error, OSError) and error.errno is not None:  # the disk's own
        return None
    words = f"{type(error).__name__} {error}".lower()
    if "already exist" in words or "412 precondition" in words:  # another writer was first: no trouble at all
        return None
    for marks, what, mend in _REFUSALS:
        if any(mark in words for mark in marks):
            return _refused(name, what, mend)
    return StoreAway.of(name) if any(mark in words for mark in _AWAY) else None


def no_container(name: str) -> StoreRefused:
    """The error for a store whose bucket or container is not there."""
    _, what, mend = _REFUSALS[2]
    return _refused(name, what, mend)


def _refused(name: str, what: str, mend: str) -> StoreRefused:
    return StoreRefused(
        f"The platform can't use the store {name}: {what}. What was stored is unharmed.",
        next_step=f"A data manager {mend} where the platform runs; waiting work then goes on by itself.",
    )
