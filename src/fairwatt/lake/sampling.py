"""Samples of a file: its head, its tail and some places between, enough to tell what it is."""

from __future__ import annotations

from pathlib import Path

from fairwatt.core.files.sampling import FileSample

HEAD_BYTES = 1 << 20
TAIL_BYTES = 128 << 10
MIDDLE_BYTES = 64 << 10
MIDDLES = 6


def sample_file(path: Path) -> FileSample:
    """Read a file's samples; a file up to 1 MiB is read whole.

    Returns
    -------
    FileSample
        ``middles`` are pairs (offset, bytes), evenly spread between head and tail.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if len(head) >= size:
            return FileSample(head=head, tail=b"", middles=(), size=size, complete=True)
        tail_at = max(len(head), size - TAIL_BYTES)
        middles: list[tuple[int, bytes]] = []
        room = tail_at - len(head)
        for number in range(1, MIDDLES + 1):
            at = len(head) + room * number // (MIDDLES + 1)
            if middles and at < middles[-1][0] + len(middles[-1][1]):
                continue
            file.seek(at)
            if part := file.read(min(MIDDLE_BYTES, tail_at - at)):
                middles.append((at, part))
        file.seek(tail_at)
        tail = file.read()
    return FileSample(head=head, tail=tail, middles=tuple(middles), size=size, complete=False)
