"""The question what the numbers of a column are to be multiplied by, where its name leaves it open."""

from __future__ import annotations

import math
from collections.abc import Iterable

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.meaning import Meaning
from fairwatt.core.files.profile import ChannelRule, ImportProfile, Kind, Question
from fairwatt.core.units import UNITS

_CONFIDENCE = 0.6
SCALED = frozenset(  # quantities that meters and their transformers may show in part; "" is not known yet
    {
        "",
        "power",
        "energy",
        "reactive_power",
        "reactive_energy",
        "apparent_power",
        "apparent_energy",
        "current",
        "volume",
    }
)


def ask_scales(channels: Iterable[tuple[ChannelRule, Meaning]]) -> tuple[Question, ...]:
    """Ask of each column whose name has a number beside its unit that can be meant in two ways."""
    return tuple(
        Question(
            id=f"scale:{rule.field}",
            text=f"What does 1 mean in ‘{rule.name}’?",
            guess=f"{meaning.scales[0]:g}",
            why=meaning.scale_why,
            confidence=_CONFIDENCE,
            choices=tuple((f"{factor:g}", f"{factor:g} {_symbol(rule)}") for factor in meaning.scales),
        )
        for rule, meaning in channels
        if meaning.scales and rule.kind is Kind.NUMBER
    )


def with_scale(profile: ImportProfile, channel: ChannelRule, value: str) -> ImportProfile:
    """The profile with what the numbers of a channel are multiplied by; their sign stays.

    Raises
    ------
    InvalidInput
        Where it is no number above 0.
    """
    try:
        factor = float(value)
    except ValueError:
        factor = math.nan
    if not (factor > 0 and math.isfinite(factor)):
        raise InvalidInput(
            f"'{value}' is nothing to multiply by.",
            where={"field": f"scale:{channel.field}"},
            next_step="Write a number above 0, such as 0.1 or 1000.",
        )
    changed = channel.model_copy(update={"multiplier": math.copysign(factor, channel.multiplier)})
    channels = tuple(changed if one.field == channel.field else one for one in profile.channels)
    return profile.model_copy(update={"channels": channels})


def with_scale_of_all(profile: ImportProfile, value: str) -> ImportProfile:
    """The same for all channels that a scale for the whole file concerns."""
    for channel in profile.channels:
        if channel.kind is Kind.NUMBER and channel.quantity in SCALED:
            profile = with_scale(profile, channel, value)
    return profile


def _symbol(rule: ChannelRule) -> str:
    unit = UNITS.get(rule.unit)
    return (unit.symbol or unit.label) if unit is not None else "as it stands"
