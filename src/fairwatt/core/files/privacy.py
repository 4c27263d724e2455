"""Numbers in a file that point to a household: the MPAN of a British meter point."""

from __future__ import annotations

from collections.abc import Sequence

from fairwatt.core.files.layout import Layout
from fairwatt.core.findings import Finding

_MPAN_PRIMES = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
_MPAN_LENGTH = 13
_LOOKED_AT = 200


def is_mpan(text: str) -> bool:
    """Whether a text is an MPAN core: thirteen digits, the last a check digit (MRA, modulus 11 with primes)."""
    bare = text.replace(" ", "")
    if len(bare) != _MPAN_LENGTH or not (bare.isascii() and bare.isdigit()) or not 10 <= int(bare[:2]) <= 39:  # noqa: PLR2004
        return False
    total = sum(int(digit) * prime for digit, prime in zip(bare[:12], _MPAN_PRIMES, strict=True))
    return total % 11 % 10 == int(bare[12])


def mpan_finding(layout: Layout, names: Sequence[str]) -> Finding | None:
    """A warning where a column holds MPANs; the numbers themselves are not repeated in it."""
    for column, name in enumerate(names):
        cells = [cell.strip() for cell in layout.cells(column)[:_LOOKED_AT]]
        filled = [cell for cell in cells if cell]
        if filled and len(filled[0].replace(" ", "")) == _MPAN_LENGTH and all(map(is_mpan, filled[:20])):
            return Finding(
                code="meter-point-numbers",
                channel=name,
                message=f"‘{name}’ holds the numbers of meter points (MPANs), which point to homes and businesses. "
                "Treat the data as personal, or replace the numbers before sharing.",
            )
    return None
