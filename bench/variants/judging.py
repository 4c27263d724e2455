"""Judge a reader: right, asked, refused, or silently wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from bench.variants.variant import Variant, Wanted
from fairwatt.core.units import UNITS, convert

Number = Decimal | float | int
_TOLERANCE = 1e-9


class Verdict(StrEnum):
    """What a reader made of a file."""

    RIGHT = "right"  # exactly the truth, and nothing had to be asked
    ASKED = "asked"  # questions whose truthful answers lead to the truth
    REFUSED = "refused"  # no readings, said so
    WRONG = "wrong"  # other readings than the truth: the sin


@dataclass(frozen=True, slots=True)
class FoundChannel:
    """A channel as a reader found it; None where it claims nothing."""

    name: str
    unit: str | None = None
    quantity: str | None = None
    direction: str | None = None
    is_register: bool | None = None


@dataclass(frozen=True)
class Found:
    """What a reader returned: channels, and (series, start [s], place of the channel) → value.

    ``asked`` are the ids of its questions; ``misguessed`` those whose guess was not the truth; ``repeated`` counts
    values beyond the first of a series, start and channel.
    """

    channels: tuple[FoundChannel, ...]
    readings: Mapping[tuple[str, float, int], Number]
    asked: tuple[str, ...] = ()
    misguessed: tuple[str, ...] = ()
    repeated: int = 0


@dataclass(frozen=True)
class Refusal:
    """A reader that said it can't."""

    reason: str
    asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judgment:
    """A verdict with its reason."""

    verdict: Verdict
    why: str = ""
    asked: tuple[str, ...] = ()
    needless: tuple[str, ...] = field(default=())


def judge(variant: Variant, found: Found | Refusal) -> Judgment:
    """Compare what was read with the truth."""
    if isinstance(found, Refusal) and variant.is_list:
        return Judgment(Verdict.RIGHT, found.reason, found.asked)
    if isinstance(found, Refusal):
        return Judgment(Verdict.REFUSED, found.reason, found.asked)
    needless = tuple(sorted({q for q in found.asked if q.partition(":")[0] in variant.sure}))
    why = _difference(variant, found)
    if why:
        return Judgment(Verdict.WRONG, why, found.asked, needless)
    return Judgment(Verdict.ASKED if found.asked else Verdict.RIGHT, "", found.asked, needless)


def _difference(variant: Variant, found: Found) -> str:
    if found.repeated and not variant.repeats:
        return f"{found.repeated} readings have the series and start of another"
    places = match_channels(variant.wanted, found.channels)
    for wanted, place in zip(variant.wanted, places, strict=True):
        if place is None:
            return f"channel {wanted.head!r} is not there among {[c.name for c in found.channels]}"
        if said := _claim_differs(wanted, found.channels[place]):
            return said
    back = {place: i for i, place in enumerate(places)}
    one = len({series for series, _, _ in variant.readings}) == 1
    got = {
        ("" if one else series, start, back[place]): value
        for (series, start, place), value in found.readings.items()
        if place in back and not variant.wanted[back[place]].text
    }
    want = {("" if one else series, start, place): value for (series, start, place), value in variant.readings.items()}
    return _readings_differ(variant, want, got, [found.channels[p] for p in places if p is not None])


def match_channels(wanted: Sequence[Wanted], found: Sequence[FoundChannel]) -> list[int | None]:
    """The place of each wanted channel among those found: by its name, or the only one, or by order without names."""
    free = list(range(len(found)))
    places: list[int | None] = []
    for one in wanted:
        head = _plain(one.head)
        exact = [p for p in free if _plain(found[p].name) == head]
        within = [p for p in free if head and head in _plain(found[p].name)]
        measured = [p for p in free if found[p].unit != "one"] or free  # not a count of the rows
        only = measured[:1] if not head or len(wanted) == len(found) else []
        place = next(iter(exact or within or only), None)
        places.append(place)
        if place is not None:
            free.remove(place)
    return places


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _claim_differs(wanted: Wanted, found: FoundChannel) -> str:
    if wanted.text:
        return ""
    if wanted.unit and found.unit and UNITS[found.unit].dimension != UNITS[wanted.unit].dimension:
        return f"{found.name!r} is said to be in {found.unit}, it is in {wanted.unit}"
    if wanted.unit and found.unit == "":
        return f"{found.name!r} has no unit, and nobody was asked"
    if wanted.direction and found.direction and found.direction != wanted.direction:
        return f"{found.name!r} is said to be {found.direction}, it is {wanted.direction}"
    if found.is_register is not None and found.is_register != wanted.is_register:
        return f"{found.name!r} is {'' if wanted.is_register else 'not '}a running total"
    return ""


def _readings_differ(
    variant: Variant,
    want: Mapping[tuple[str, int, int], Decimal],
    got: Mapping[tuple[str, float, int], Number],
    channels: Sequence[FoundChannel],
) -> str:
    if want.keys() != got.keys():
        return _keys_differ(want, got)
    for key, value in want.items():
        wanted, claimed = variant.wanted[key[2]], channels[key[2]].unit
        read = float(got[key])
        if wanted.unit and claimed and claimed != wanted.unit:
            read = float(convert(read, claimed, wanted.unit))
        if abs(read - float(value)) > _TOLERANCE * max(1.0, abs(float(value))):
            return f"{wanted.head!r} at {key[1]} of {key[0]!r} is {read!r} [{claimed}], not {value} [{wanted.unit}]"
    return ""


def _keys_differ(want: Mapping[tuple[str, int, int], Decimal], got: Mapping[tuple[str, float, int], Number]) -> str:
    missing, extra = sorted(want.keys() - got.keys()), sorted(got.keys() - want.keys())
    first = f"; first missing {missing[0]}" if missing else ""
    first += f"; first of none {extra[0]}" if extra else ""
    return f"{len(want)} readings in truth, {len(got)} read, {len(missing)} missing, {len(extra)} of none{first}"
