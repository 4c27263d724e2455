"""The one lake of this process."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from fairwatt.lake import Lake


def get_lake() -> Lake:
    """The lake in the data folder; one object a process and folder, safe to use from several threads."""
    return _open(
        Path(settings.FAIRWATT_HOME) / "lake",
        settings.FAIRWATT_KEPT_EXPORTS_BYTES,
        settings.FAIRWATT_STORE,
        settings.FAIRWATT_STORE_CACHE_BYTES,
    )


def check_store() -> None:
    """Try whether the lake's store can be used.

    Raises
    ------
    InvalidInput
        Where the setting names none.
    Conflict
        Where tables would not be safe in it: it does not enforce conditional puts.
    StoreRefused
        Where it does not accept the platform's credentials, or there is no such bucket or container.
    StoreAway
        Where it does not answer.
    """
    get_lake().store.check()


def send_originals(*, at: datetime) -> int:
    """Send the received files that still wait on this machine to the store; return how many were sent.

    Raises
    ------
    StoreAway
        Where it does not answer; they go on waiting.
    """
    del at
    return get_lake().raw.send()


@lru_cache(maxsize=4)
def _open(root: Path, kept_bytes: int, store: str, cache_bytes: int) -> Lake:
    return Lake(root, kept_bytes=kept_bytes, store=store, cache_bytes=cache_bytes)
