"""Keep memory that was let go of at hand for the next block, where the C library lets itself be told so."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
_KEPT = 16 << 20
_LARGEST = 4 << 20


@contextmanager
def memory_kept_at_hand() -> Iterator[None]:
    """Let arrays of a block's size come from memory that is there already, and give it back at the end.

    Without that the system hands out each array as fresh pages, cleared one by one, which costs as much as all the
    arithmetic on them.
    """
    _keep()
    try:
        yield
    finally:
        give_back()


def give_back() -> None:
    """Give the system the memory that is not in use."""
    trim = getattr(_library(), "malloc_trim", None)
    if trim is not None:
        trim(0)


@cache
def _library() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None)
    except OSError:  # another system's library
        return None


@cache
def _keep() -> None:
    set_option = getattr(_library(), "mallopt", None)
    if set_option is not None:
        set_option(_MMAP_THRESHOLD, _LARGEST)
        set_option(_TRIM_THRESHOLD, _KEPT)
