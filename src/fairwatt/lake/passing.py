"""Sample a text while it passes by: what is packed need not be written out to be looked at."""

from __future__ import annotations

from fairwatt.core.files.sampling import FileSample
from fairwatt.lake.sampling import HEAD_BYTES, MIDDLE_BYTES, MIDDLES, TAIL_BYTES


class PassingSample:
    """Takes the samples of :func:`fairwatt.lake.sampling.sample_file` out of a stream of unknown length.

    Pieces between are kept at even steps, twice as far apart each time when there are too many: the same bytes give the
    same sample, however they are cut into chunks.
    """

    def __init__(self) -> None:
        self._head = bytearray()
        self._end = b""  # the last bytes so far
        self._middles: list[tuple[int, bytearray]] = []
        self._step = HEAD_BYTES
        self.size = 0

    def add(self, chunk: bytes) -> None:
        """Take the following bytes."""
        begin, self.size = self.size, self.size + len(chunk)
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
        if self._middles:
            at, piece = self._middles[-1]
            piece += chunk[max(0, at + len(piece) - begin) :][: MIDDLE_BYTES - len(piece)]
        place = max(HEAD_BYTES, -(-begin // self._step) * self._step)
        while place < self.size:
            self._middles.append((place, bytearray(chunk[place - begin :][:MIDDLE_BYTES])))
            self._thin()
            place = (place // self._step + 1) * self._step
        self._end = chunk[-TAIL_BYTES:] if len(chunk) >= TAIL_BYTES else (self._end + chunk)[-TAIL_BYTES:]

    def _thin(self) -> None:
        if len(self._middles) > 2 * MIDDLES:
            self._step *= 2
            self._middles = [(at, piece) for at, piece in self._middles if at % self._step == 0]

    def finish(self, size: int | None = None) -> FileSample:
        """The sample.

        Parameters
        ----------
        size
            About how many bytes there are, where not all of them have passed: then there is no tail.
        """
        head = bytes(self._head)
        if size is None and self.size <= HEAD_BYTES:
            return FileSample(head=head, size=self.size, complete=True)
        tail_at = self.size - min(TAIL_BYTES, self.size - len(head)) if size is None else self.size
        tail = self._end[len(self._end) - (self.size - tail_at) :]
        middles = tuple((at, bytes(piece)) for at, piece in self._middles if at + len(piece) <= tail_at)
        whole = self.size if size is None else max(size, self.size + 1)
        return FileSample(head=head, tail=tail, middles=middles, size=whole, complete=False)
