"""Trouble with a store is told in words, and nothing that its libraries say comes through."""

from __future__ import annotations

import logging
import traceback

import pytest
from deltalake.exceptions import CommitFailedError, DeltaError
from obstore.exceptions import GenericError, PermissionDeniedError, UnauthenticatedError

from fairwatt.core.errors import StoreAway, StoreRefused
from fairwatt.lake.stores.trouble import MarkedError, trouble_marked, trouble_said

SECRET = "sig=hunter2"


@pytest.mark.parametrize(
    ("error", "kind", "word"),
    [
        (GenericError(f"<Code>ExpiredToken</Code> https://x?{SECRET}"), StoreRefused, "have expired"),
        (OSError(f"Generic S3 error: The provided token has expired. {SECRET}"), StoreRefused, "have expired"),
        (GenericError(f"Signature not valid in the specified time frame {SECRET}"), StoreRefused, "have expired"),
        (GenericError(f"<Code>RequestTimeTooSkewed</Code> {SECRET}"), StoreRefused, "the clock of this machine"),
        (GenericError(f"<Code>NoSuchBucket</Code> {SECRET}"), StoreRefused, "no such bucket or container"),
        (DeltaError(f"<Code>ContainerNotFound</Code> {SECRET}"), StoreRefused, "no such bucket or container"),
        (PermissionDeniedError(f"403 {SECRET}"), StoreRefused, "does not accept its credentials"),
        (UnauthenticatedError(f"401 {SECRET}"), StoreRefused, "does not accept its credentials"),
        (GenericError(f"Error performing GET https://x?{SECRET}: connection refused"), StoreAway, "does not answer"),
        (OSError(f"Generic MicrosoftAzure error: 503 {SECRET}"), StoreAway, "does not answer"),
    ],
)
def test_what_is_the_matter_is_said_without_what_the_library_said(
    error: Exception, kind: type[StoreAway], word: str
) -> None:
    with pytest.raises(kind) as caught, trouble_said("s3://bucket"):
        raise error
    assert type(caught.value) is kind
    assert word in caught.value.message
    assert "s3://bucket" in caught.value.message
    assert (caught.value.http_status, caught.value.retry_after_s) == (503, 30)
    shown = "".join(traceback.format_exception(caught.value))
    logged = logging.Formatter().formatException((kind, caught.value, caught.value.__traceback__))
    assert SECRET not in shown + logged + str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        CommitFailedError("Object at location x already exists: Error performing PUT: 412 Precondition Failed"),
        OSError(28, "No space left on device"),
        DeltaError("Invalid table location"),
        FileNotFoundError("Error performing GET: 404"),
    ],
)
def test_what_is_no_trouble_of_the_store_passes_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, trouble_said("s3://bucket"):
        raise error
    assert caught.value is error


def test_trouble_comes_through_duckdb_by_a_mark() -> None:
    import duckdb  # noqa: PLC0415

    with pytest.raises(MarkedError) as marked, trouble_marked("s3://bucket"):
        raise GenericError(f"ExpiredToken {SECRET}")
    with pytest.raises(StoreRefused) as caught, trouble_said("s3://bucket"):
        raise duckdb.Error(f"Traceback …: {marked.value}")
    assert "have expired" in caught.value.message
    with pytest.raises(duckdb.Error), trouble_said("s3://bucket"):
        raise duckdb.Error("Binder Error")
