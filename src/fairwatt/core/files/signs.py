"""Which way a channel counts, where its name does not say and its values have both signs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.directions import DIRECTED
from fairwatt.core.files.meaning import Meaning
from fairwatt.core.files.profile import ChannelRule, How, ImportProfile, Question

_SMALL = 0.02  # of the largest value, below which a minus is the instrument's noise
_FEWEST = 3
_FLOWING = frozenset({"power", "energy"})


@dataclass(frozen=True, slots=True)
class SignGuess:
    """What plus and minus probably mean: one of :data:`fairwatt.core.files.asking.DIRECTIONS`, and why.

    ``is_open`` says that it is not known yet whether what is measured flows at all.
    """

    value: str
    why: str
    confidence: float
    is_open: bool = False


def sign_of(meaning: Meaning, rule: ChannelRule, values: NDArray[np.float64], *, is_register: bool) -> SignGuess | None:
    """What is to be asked of a channel's signs: nothing where the name says which way is plus."""
    if meaning.is_sign_sure:
        return None
    direction = rule.direction if rule.quantity else meaning.direction  # a unit may yet make an energy of it
    told = values[:0] if is_register else values  # a total's sign says nothing of the way
    is_open = not meaning.quantity and rule.how is How.GUESSED  # its unit is asked, and may yet be a power's
    quantity = "" if is_open and rule.quantity not in DIRECTED else rule.quantity
    found = guess_sign(told, quantity, direction, meaning.flow_why, is_turned=meaning.is_turned, is_open=is_open)
    return replace(found, is_open=True) if found is not None and not quantity else found


def flows_no_way(question: Question, profile: ImportProfile) -> bool:
    """Whether a question asks which way something counts that turned out to flow no way: a temperature, say."""
    kind, _, field = question.id.partition(":")
    channel = next((one for one in profile.channels if one.field == field), None) if kind == "direction" else None
    return channel is not None and channel.how is How.CONFIRMED and channel.quantity not in {"", *DIRECTED}


def factor_of(meaning: Meaning, quantity: str) -> float:
    """What a channel's numbers are multiplied by: also by -1 where the name says that plus is what is fed in."""
    is_turned = meaning.is_turned and meaning.is_sign_sure and quantity in DIRECTED
    return -meaning.factor if is_turned else meaning.factor


def guess_sign(
    values: NDArray[np.float64],
    quantity: str,
    direction: str,
    said: str = "",
    *,
    is_turned: bool = False,
    is_open: bool = False,
) -> SignGuess | None:
    """Guess the sign convention of a channel, or None where there is nothing to ask.

    Parameters
    ----------
    values
        The sampled values, nan where missing.
    quantity, direction
        As the name and the values told.
    said
        Why the direction that the name gives is only a guess; "" where it is sure.
    is_turned
        Whether the name speaks of plus as of what is fed in or made: a net export is asked about whatever its values.
    is_open
        Whether what it measures is still asked, so that it may be what flows one way or the other.
    """
    if quantity in DIRECTED and direction == "net" and is_turned:
        return SignGuess("net_export", said, 0.7)
    if quantity not in _FLOWING and not (is_open and not quantity):
        may_flow = quantity in DIRECTED or not quantity
        return SignGuess(direction, said, 0.6) if said and direction and may_flow else None
    there = values[np.isfinite(values)]
    below = there[there < 0]
    above = float(there.max()) if len(there) else 0.0
    fewest = 1 if direction in {"import", "export"} or is_turned else _FEWEST  # a name that one value contradicts
    has_minus = len(below) >= fewest and -float(below.min()) > _SMALL * max(above, 0.0)
    if not has_minus:
        return SignGuess(direction, said, 0.6) if said and direction else None
    return _both_signs(float(below.min()), above, direction, said if is_turned else "")


def _both_signs(lowest: float, above: float, direction: str, made: str) -> SignGuess:
    """There is a minus: what it stands for."""
    if above <= -_SMALL * lowest and direction in {"", "export"}:
        why = "All values have a minus: probably what is fed in."
        return SignGuess("export_minus", why, 0.6 if direction else 0.5)
    if direction in {"import", "export"}:
        why = f"The name says {direction}, but values go down to {lowest:,.6g}."
        return SignGuess("net" if direction == "import" else "net_export", why, 0.6)
    if made:
        return SignGuess("net_export", f"{made} Values go from {lowest:,.6g} to {above:,.6g}.", 0.6)
    reads = "plus is mostly what is taken" if direction == "net" else "the name does not say which is which"
    return SignGuess("net", f"Values go from {lowest:,.6g} to {above:,.6g}; {reads}.", 0.7 if direction else 0.6)


def signs_of(values: NDArray[np.float64]) -> Literal["", "plus", "minus", "both"]:
    """Which signs there are among some values."""
    plus, minus = bool((values > 0).any()), bool((values < 0).any())
    return "both" if plus and minus else "plus" if plus else "minus" if minus else ""
