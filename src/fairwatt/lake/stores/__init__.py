"""Where the lake's bytes stand: on this machine's disk, or in an object store with a bounded copy here."""

from __future__ import annotations

from pathlib import Path

from fairwatt.lake.stores.local import LocalStore
from fairwatt.lake.stores.protocol import Store

__all__ = ["LocalStore", "Store", "open_store"]


def open_store(setting: str, *, home: Path, cache_bytes: int) -> Store:
    """Open the store that a setting names: the lake's own folder ``home`` where it is blank.

    An object store's libraries are imported only where one is used.

    Parameters
    ----------
    setting
        ``s3://bucket/prefix?region=…``, ``az://container/prefix?account=…``, or blank.
    cache_bytes
        What copies of an object store's files may take up on this machine.

    Raises
    ------
    InvalidInput
        Where the setting names no store, or holds a secret.
    """
    if not setting:
        return LocalStore(home)
    from fairwatt.lake.stores.address import parse_address  # noqa: PLC0415 - for those who use one
    from fairwatt.lake.stores.objects import ObjectStore  # noqa: PLC0415

    return ObjectStore(parse_address(setting), home / "cache", most_bytes=cache_bytes)
