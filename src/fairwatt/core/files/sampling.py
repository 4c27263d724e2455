"""Samples of a file's bytes: its head, its tail and pieces between, enough to know how to read the whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileSample:
    """Bytes of a file, decompressed.

    Attributes
    ----------
    head
        The first bytes; the whole file where ``complete`` is true.
    tail
        The last bytes, cut anywhere; empty where the head is everything.
    middles
        Pieces between: (offset, bytes), cut anywhere.
    size
        The file's size [bytes]; where a compressed file's is not known, at least the sampled bytes'.
    complete
        Whether ``head`` is everything.
    """

    head: bytes
    tail: bytes = b""
    middles: tuple[tuple[int, bytes], ...] = ()
    size: int = 0
    complete: bool = True

    @classmethod
    def of(cls, data: bytes) -> FileSample:
        """The sample that is the whole of some bytes."""
        return cls(head=data, size=len(data))

    @property
    def pieces(self) -> tuple[bytes, ...]:
        """Head, middles and tail in file order."""
        return (self.head, *(piece for _, piece in self.middles), *((self.tail,) if self.tail else ()))
