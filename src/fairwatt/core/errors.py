"""The errors of the house: each says what happened, where, and what to do next.

They are mapped once to problem+json (api), once to exit codes (cli) and once to form errors (portal).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class FairwattError(Exception):
    """Say what happened, where, and what to do next.

    Parameters
    ----------
    message
        What happened, one or two plain sentences.
    where
        The place: dataset, file, line, channel, period, form field. Keys are those words.
    next_step
        What the reader can do now.
    """

    code = "error"
    http_status = 500
    exit_code = 1

    def __init__(self, message: str, *, where: Mapping[str, object] | None = None, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where: dict[str, object] = dict(where or {})
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class InvalidInput(FairwattError):
    """What was handed in can't be used as it is."""

    code = "invalid-input"
    http_status = 422
    exit_code = 2


class UnreadableFile(InvalidInput):
    """A file's bytes hold nothing that can be read as data; the bytes are kept all the same."""

    code = "unreadable-file"


class NotFound(FairwattError):
    """There is no such thing, or none that the asker may know of."""

    code = "not-found"
    http_status = 404
    exit_code = 4


class Gone(NotFound):
    """It was there, and has been removed for good; the message says what became of it."""

    code = "gone"
    http_status = 410


class NotSignedIn(FairwattError):
    """Only people who have signed in, or programs with a token, may do this."""

    code = "not-signed-in"
    http_status = 401
    exit_code = 5


class NotAllowed(FairwattError):
    """The asker is known, and may not do this."""

    code = "not-allowed"
    http_status = 403
    exit_code = 5


class Conflict(FairwattError):
    """The thing has changed, or is in a state that rules this out."""

    code = "conflict"
    http_status = 409
    exit_code = 6


class TooLarge(InvalidInput):
    """More bytes, rows or columns than the project's limits allow."""

    code = "too-large"
    http_status = 413


class ChecksumMismatch(InvalidInput):
    """The bytes that arrived are not the bytes that were sent; none of them were kept."""

    code = "checksum-mismatch"
    http_status = 460  # the status tus 1.0 gives it


class TooManyRequests(FairwattError):
    """The asker has used up its share for now; ``retry_after_s`` says when to come again [s]."""

    code = "too-many-requests"
    http_status = 429

    def __init__(self, message: str, *, retry_after_s: int, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step or f"Try again in {retry_after_s} seconds.")
        self.retry_after_s = retry_after_s


class SourceUnavailable(FairwattError):
    """An outside source or a store did not answer."""

    code = "source-unavailable"
    http_status = 503
    exit_code = 7


class SourceBusy(SourceUnavailable):
    """An outside source wants to be asked less often; ``retry_after_s`` [s] says when it may be asked again."""

    code = "source-busy"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message, next_step=f"It is asked again in {retry_after_s} seconds.")
        self.retry_after_s = retry_after_s


class Overloaded(SourceUnavailable):
    """The platform takes no more for now, and has kept nothing of this; ``retry_after_s`` [s] says when to come."""

    code = "overloaded"

    def __init__(self, message: str, *, retry_after_s: int, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step or f"Keep it, and send it again in {retry_after_s} seconds.")
        self.retry_after_s = retry_after_s


class StoreAway(SourceUnavailable):
    """The store that holds the readings and originals does not answer now; it is worth trying again."""

    code = "store-away"
    retry_after_s = 30

    @classmethod
    def of(cls, name: str) -> Self:
        """The error for a store of this name."""
        return cls(
            f"The store {name} does not answer. What was stored is unharmed, and what was received is kept.",
            next_step="Try again in half a minute. Work that waits for the store goes on by itself.",
        )


class StoreRefused(StoreAway):
    """The store answers, but not to this platform: its credentials have expired, say."""

    code = "store-refused"


class StorageFull(SourceUnavailable):
    """The disk has no room; nothing that was stored before is harmed."""

    code = "storage-full"
    http_status = 507


class DamagedData(FairwattError):
    """What the platform keeps has changed or gone missing without its doing; ``where`` names the file."""

    code = "damaged-data"
    http_status = 503
    exit_code = 10


class InsufficientData(FairwattError):
    """The data do not suffice for what was asked."""

    code = "insufficient-data"
    http_status = 422
    exit_code = 8


class Cancelled(FairwattError):
    """Somebody asked for this work to stop, and it stopped."""

    code = "cancelled"
    http_status = 409
    exit_code = 9
