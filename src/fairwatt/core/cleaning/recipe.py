"""Recipes: what is done about each finding, in order, and what a person decided of single blocks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fairwatt.core.errors import InvalidInput

CHOOSE = "choose"  # by back-test on the series itself
REFUSE = "refuse"
FIXES = (
    "linear", "spline", "same-hour", "same-day", "same-week", "profile", "regression", "kalman", "kriging", "blend",
)  # fmt: skip
ANY = "*"


class Action(StrEnum):
    """What is done about values of which something was found.

    KEEP: nothing, they are sound. MARK: they stay, and are told of. NULL: they are taken away. MEND: they are taken
    away, and the gap is filled.
    """

    KEEP = "keep"
    MARK = "mark"
    NULL = "null"
    MEND = "mend"


@dataclass(frozen=True, slots=True)
class Step:
    """What is done about one finding, where gaps are of some lengths.

    Attributes
    ----------
    finding
        A code of the health scan, or ``*`` for all that no step before names.
    action
        What is done.
    fix
        How a gap is filled: ``choose``, ``refuse``, or one of :data:`FIXES`. Only where values are mended.
    least, most
        The shortest and the longest gap [rows] that this step is about; None: without end.
    channels
        Fields of the channels that it is about; none: all.
    most_share
        Of a channel's values; where more are found, that is how the channel is, and they are only marked.
    """

    finding: str
    action: Action
    fix: str = CHOOSE
    least: int = 1
    most: int | None = None
    channels: tuple[str, ...] = ()
    most_share: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what can't be done."""
        if self.fix not in {CHOOSE, REFUSE, *FIXES}:
            raise InvalidInput(
                f"There is no fix '{self.fix}'.",
                where={"step": self.finding},
                next_step=f"Take {CHOOSE}, {REFUSE} or one of {', '.join(FIXES)}.",
            )
        if self.least < 1 or (self.most is not None and self.most < self.least):
            raise InvalidInput(
                f"No gap is from {self.least} to {self.most} rows long.",
                where={"step": self.finding},
                next_step="Let `most` be no less than `least`, and `least` 1 or more.",
            )

    def fits(self, finding: str, channel: str) -> bool:
        """Whether it is about a finding in a channel."""
        return self.finding in {ANY, finding} and (not self.channels or channel in self.channels)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person decided of one block, or of all blocks of a period: it goes before all steps.

    Attributes
    ----------
    finding
        The code that was found, ``*`` for any.
    begin, end
        The period [begin, end) [µs since 1970, UTC]; of each block it decides the values within.
    action, fix
        As in :class:`Step`.
    series, channel
        Where; ``*`` for all.
    """

    finding: str
    begin: int
    end: int
    action: Action
    fix: str = CHOOSE
    series: str = ANY
    channel: str = ANY

    def __post_init__(self) -> None:
        """Refuse what can't be done."""
        Step(self.finding, self.action, self.fix)
        if self.end <= self.begin:
            raise InvalidInput(
                "A choice is about no time at all.",
                where={"finding": self.finding, "begin": self.begin},
                next_step="Let its end be later than its begin.",
            )

    def fits(self, series: str, finding: str, channel: str) -> bool:
        """Whether it is about a finding in a channel of a series."""
        return self.finding in {ANY, finding} and self.series in {ANY, series} and self.channel in {ANY, channel}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How readings are cleaned: the same recipe and the same readings make the same result.

    Attributes
    ----------
    name, version
        What it is called, and which state of it this is.
    steps
        In order: of several findings at one value, the one of the earliest step counts.
    choices
        What a person decided; of several, the last counts.
    longest_days
        Gaps that last longer are not filled.
    worst
        The share of the channel's own spread from which the error of the best fix is so large that a gap of more than
        two rows is refused: at 1, filling is no better than writing the mean everywhere.
    zone
        Whose clock people live by.
    seed
        Of the places at which gaps are cut to try the fixes.
    """

    name: str
    version: str
    steps: tuple[Step, ...]
    choices: tuple[Choice, ...] = ()
    longest_days: float = 31.0
    worst: float = 0.95
    zone: str = "Europe/London"
    seed: int = 1

    def step_for(self, finding: str, channel: str) -> int | None:
        """Which step is the first about a finding in a channel, whatever the gap's length; None: none is."""
        return next((at for at, step in enumerate(self.steps) if step.fits(finding, channel)), None)

    def action_for(self, finding: str, channel: str, share: float) -> Action:
        """What is done about a finding that such a share of a channel's values has; marked where no step says."""
        at = self.step_for(finding, channel)
        if at is None:
            return Action.MARK
        step = self.steps[at]
        is_nature = share > step.most_share and step.action in {Action.NULL, Action.MEND}
        return Action.MARK if is_nature else step.action

    def fix_for(self, finding: str, channel: str, length: int) -> str:
        """How a gap of so many rows is filled; refused where no step says."""
        for step in self.steps:
            is_long_enough = step.least <= length <= (length if step.most is None else step.most)
            if step.action is Action.MEND and step.fits(finding, channel) and is_long_enough:
                return step.fix
        return REFUSE


_MENDED = ("not-finite", "sentinel-values", "impossible-value", "not-a-number", "missing-rows", "missing-values")
_GUESSED = ("stuck-values", "outliers")
_MOST_GUESSED = 0.05

DEFAULT = Recipe(
    name="fairwatt",
    version="1",
    steps=(
        Step("far-stamps", Action.NULL),
        Step("clock-change-fault", Action.MEND, fix=REFUSE),  # the hour never was: the zone is wrong
        Step("duplicate-rows", Action.NULL),
        Step("conflicting-rows", Action.NULL),
        *(Step(code, Action.MEND) for code in _MENDED),
        *(Step(code, Action.MEND, most_share=_MOST_GUESSED) for code in _GUESSED),
        Step(ANY, Action.MARK),
    ),
)
