"""Small makers that the look-alikes share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bench.variants.recipes import readings_of
from bench.variants.truth import Channel, Truth
from bench.variants.variant import Variant, Wanted

LOCAL = {"time_zone": "Europe/London", "stamp": "start", "day_first": "true", "counts": "elapsed"}
IN_UTC = {"time_zone": "UTC", "stamp": "start", "day_first": "true"}
ENDS = LOCAL | {"stamp": "end"}
SURE_TIMES = frozenset({"time_zone", "day_first"})


def shown(value: Decimal | None, null: str = "") -> str:
    """A value as plain text."""
    return null if value is None else format(value, "f")


def wanted_of(channels: Sequence[Channel], heads: Sequence[str]) -> tuple[Wanted, ...]:
    """The channels under their heads."""
    return tuple(
        Wanted(head, c.quantity, c.unit, c.direction, c.is_register) for c, head in zip(channels, heads, strict=True)
    )


def made(  # noqa: PLR0917 - a file's parts in the order in which one thinks of them
    name: str,
    filename: str,
    data: bytes,
    truth: Truth,
    heads: Sequence[str],
    answers: Mapping[str, str],
    *,
    sure: frozenset[str] = frozenset(),
    group: str = "look-alikes",
) -> Variant:
    """A variant of a truth whose channels stand under ``heads``."""
    return Variant(name, filename, data, wanted_of(truth.channels, heads), readings_of(truth), answers, sure, group)


def lines(*rows: str, end: str = "\n", encoding: str = "utf-8") -> bytes:
    """Lines as bytes."""
    return (end.join(rows) + end).encode(encoding)
