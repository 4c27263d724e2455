"""Try whether a store enforces conditional puts: without them two writers of one table lose commits unseen."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import uuid4

import obstore
from obstore.exceptions import AlreadyExistsError, NotSupportedError, PreconditionError

from fairwatt.core.errors import Conflict
from fairwatt.lake.stores.trouble import no_container


def check_conditional_puts(client: Any, name: str) -> None:
    """Write one small object twice, the second time only if it is not there.

    Raises
    ------
    Conflict
        Where the store takes the second one all the same, or does not know such a request.
    StoreRefused
        Where there is no such bucket or container.
    """
    key = f".fairwatt/probe-{uuid4().hex}"
    try:
        is_enforced = _is_enforced(client, key, name)
    finally:
        with suppress(Exception):
            obstore.delete(client, key)
    if not is_enforced:
        raise Conflict(
            f"The store {name} does not enforce conditional puts (If-None-Match): it overwrites what it was asked "
            "to leave alone. Tables in it would lose readings when two writers meet, so that it is not used.",
            next_step="Use Amazon S3, Azure Blob Storage, or a store that enforces them (MinIO and Ceph do in their "
            "present versions), or unset FAIRWATT_STORE to keep readings on this machine's disk.",
        )


def _is_enforced(client: Any, key: str, name: str) -> bool:
    try:
        obstore.put(client, key, b"first", mode="create")
        obstore.put(client, key, b"second", mode="create")
    except (AlreadyExistsError, PreconditionError):
        return True
    except FileNotFoundError:
        raise no_container(name) from None
    except NotSupportedError:
        return False
    except Exception as error:
        if any(word in str(error).lower() for word in ("notimplemented", "501 not implemented")):
            return False
        raise
    return False
