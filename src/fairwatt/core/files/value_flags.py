"""Letters and marks glued behind numbers (``1.732E``, ``0.861*``, ``12.4 [p]``), which change no number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from fairwatt.core.files.cells import BLANKS
from fairwatt.core.files.profile import ChannelRule
from fairwatt.core.findings import Finding, Severity
from fairwatt.core.units import find_unit

_FLAGGED = re.compile(rf"[-+]?\d[\d.,]*[{BLANKS}]?(?P<flag>[A-Za-z]|[*†‡§#?!^~]{{1,3}}|\([A-Za-z*]\)|\[[A-Za-z*]\])")
_DECIMALS = re.compile(r"[.,]\d")
_SCALES = frozenset("kKMGTmµ")  # thousands and the like: no flags
_WAYS = (frozenset("IE"), frozenset("IX"), frozenset("CD"), frozenset("DR"), frozenset("+-"))
_MOST = 6  # different flags of one column


def find_flags(texts: Iterable[str]) -> tuple[str, ...]:
    """The flags behind a column's numbers, sorted; none where what stands there may mean more.

    Units, thousands (``1.2k``), pairs of letters that tell a direction (``0.5 I``, ``0.3 E``) and what stands behind
    whole numbers (``12A``, a house) are no flags.

    Parameters
    ----------
    texts
        Its cells that are no plain numbers.

    Examples
    --------
    >>> find_flags(["1.732E", "0.861*"]), find_flags(["5 V", "6 V"]), find_flags(["0.5I", "0.3E"])
    (('*', 'E'), (), ())
    """
    found = [match for text in texts if (match := _FLAGGED.fullmatch(text.strip(BLANKS))) is not None]
    flags = {match["flag"] for match in found}
    if 2 * sum(_DECIMALS.search(match[0]) is not None for match in found) <= len(found):
        return ()  # 12A is a house
    letters = {flag for flag in flags if flag.isalpha()}
    are_units = bool(letters) and all(find_unit(flag) is not None for flag in letters)
    if not flags or len(flags) > _MOST or are_units or letters & _SCALES or any(letters >= way for way in _WAYS):
        return ()
    return tuple(sorted(flags))


def flags_finding(rule: ChannelRule, counted: Mapping[str, int]) -> Iterable[Finding]:
    """Tell of a column whose numbers bear flags; none where they bear none."""
    flags = {flag for flag in rule.affixes if flag} & set(find_flags(counted))
    if not flags:
        return ()
    some = sum(n for text, n in counted.items() if text.strip(BLANKS).endswith(tuple(flags)))
    which = ", ".join(f"‘{flag}’" for flag in sorted(flags))
    said = f"{some:,} of the numbers of {rule.name} that were looked at have {which} behind them. They are read "
    said += "without; what the marks mean (estimated, perhaps) only the original file keeps."
    return (Finding(code="flagged-values", severity=Severity.INFO, channel=rule.name, count=some, message=said),)
