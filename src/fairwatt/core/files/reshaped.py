"""The shape of a table: a row a day, numbered periods, a row for each value, a date in several columns.

A table that is none of those is plain: a row has its own time, and a column is a channel. For the others it is found
out here how they would look as a plain table; times, channels and units are then found in that one, and the profile
says where the values really stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwatt.core.files.asking import ask_day_order, ask_turned_days, ask_zone
from fairwatt.core.files.channels import Channels
from fairwatt.core.files.counting import Counting, ask_counts
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import zone_in_name
from fairwatt.core.files.profile import (
    ChannelRule,
    How,
    ImportProfile,
    Kind,
    PeriodRule,
    Question,
    SpreadRule,
    TimestampRule,
)
from fairwatt.core.findings import Finding, Severity

_ENERGY_GUESSED = 0.6
_LOST = {
    "clock": "The intervals are those of the clock, but the hour that clocks repeat in autumn stands in the file once. "
    "Its values are read as those of the first pass; they may be the sums of both.",
    "elapsed": "The intervals count the time since midnight, but the day of 25 hours in autumn has no more of them "
    "than other days. Its last hour is missing, or two of its hours were put together.",
}
WEEKS_COUNTED = (
    "Weeks are counted as ISO 8601 counts them: they begin on Mondays, and the first of a year is the one with its "
    "first Thursday. Look whether the file's do."
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a column of the plain table comes from: its position in a profile, its label, its group of intervals."""

    column: int
    label: str = ""
    group: int = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as it would look plain, and the way there.

    Attributes
    ----------
    layout, names, times
        Of the plain table, as far as it was sampled.
    origins
        For each of its columns, where it comes from.
    dates
        The file's own columns of times; with ``periods`` those of the days.
    date_names, date_example
        What those are called, and a first cell of theirs.
    periods, spread
        As in a profile.
    counting
        How the intervals of a day count; None without ``periods``.
    left_out
        Columns that are no readings, such as a day's total.
    """

    layout: Layout
    names: tuple[str, ...]
    times: FileTimes
    origins: tuple[Origin, ...]
    dates: FileTimes
    date_names: tuple[str, ...]
    date_example: str
    periods: PeriodRule | None = None
    spread: SpreadRule | None = None
    counting: Counting | None = None
    left_out: tuple[str, ...] = ()
    file_columns: int = 0

    def weigh(self, channels: Channels) -> Channels:
        """Channels with what the shape says of their units: a day's intervals side by side are energy as a rule."""
        if (
            self.periods is None or not (self.periods.slots or self.periods.days) or self.periods.step_s > 3600
        ):  # an hour
            return channels
        rules = tuple(_as_energy(rule) for rule in channels.rules)
        changed = {f"unit:{new.field}": new for old, new in zip(channels.rules, rules, strict=True) if new is not old}
        asked = tuple(_guessed(question, changed.get(question.id)) for question in channels.questions)
        return replace(channels, rules=rules, questions=asked)

    def place(
        self, profile: ImportProfile, questions: Sequence[Question]
    ) -> tuple[ImportProfile, tuple[Question, ...]]:
        """The profile of the file, and what to ask, from those of the plain table."""
        rule, asked = self._timestamp(profile.timestamp, questions)
        series = profile.series_column
        placed = profile.model_copy(
            update={
                "columns": self.file_columns,
                "timestamp": rule,
                "series_column": None if series is None else self.origins[series].column,
                "series_parts": tuple(self.origins[column].column for column in profile.series_parts),
                "personal_columns": tuple(self.origins[column].column for column in profile.personal_columns),
                "spread": self.spread,
                "channels": tuple(self._channel(channel) for channel in profile.channels),
                "resolution_s": self.periods.step_s if self.periods is not None else profile.resolution_s,
            }
        )
        return placed, asked

    def _channel(self, channel: ChannelRule) -> ChannelRule:
        origin = self.origins[channel.column]
        return channel.model_copy(update={"column": origin.column, "label": origin.label, "group": origin.group})

    def _timestamp(
        self, rule: TimestampRule, questions: Sequence[Question]
    ) -> tuple[TimestampRule, tuple[Question, ...]]:
        if self.periods is None or self.counting is None:
            return rule.model_copy(update={"columns": self.dates.columns, "format": self.dates.form}), tuple(questions)
        zone, how, asked = self._zone()
        said = {
            "columns": self.dates.columns,
            "format": self.dates.form,
            "formats": self.dates.forms if self.dates.is_mixed else (),
            "day_first": self.dates.day_first,
            "order_why": self.dates.order_why,
            "time_zone": zone,
            "time_zone_how": how,
            "time_zone_why": self.counting.zone.why if zone else "",
            "time_zone_confidence": self.counting.zone.confidence if zone else 0.0,
            "stamp": "start",
            "stamp_how": How.INFERRED,
            "stamp_why": "An interval of a day starts where the one before it ends.",
            "periods": self.periods,
        }
        if self.dates.is_mixed:
            why, sure = self.dates.order_why, self.dates.order_confidence
            asked.append(ask_turned_days(self.date_example, why, day_first=self.dates.day_first, confidence=sure))
        elif self.dates.is_order_open:
            is_day, sure = self.dates.takes_day_first, self.dates.order_confidence
            asked.append(
                ask_day_order(
                    self.date_example, self.dates.order_why, day_first=is_day, confidence=sure,
                    may_be_year=self.dates.may_be_year,
                )
            )  # fmt: skip
        asked += [question for question in questions if question.id not in {"time_zone", "stamp", "day_first"}]
        return TimestampRule(**said), tuple(asked)

    def _zone(self) -> tuple[str | None, How, list[Question]]:
        counting = self.counting
        if counting is None or any(zone_in_name(name) for name in self.date_names):
            return "UTC", How.READ, []
        counts = [] if counting.are_counts_sure else [ask_counts(counting.counts)]
        if counting.is_zone_sure:
            return counting.zone.zone, How.INFERRED, counts
        return None, How.GUESSED, [ask_zone(counting.zone), *counts]

    def without_headings(self, findings: Sequence[Finding]) -> list[Finding]:
        """Findings that still matter: in a wide table repeated headings are no repeated channels."""
        is_wide = self.periods is not None and bool(self.periods.slots or self.periods.days)
        return [finding for finding in findings if not (is_wide and finding.code == "repeated-columns")]

    def findings(self) -> tuple[Finding, ...]:
        """The findings ``columns-left-out`` and ``repeated-hour-once``, as there are."""
        found: list[Finding] = []
        if self.left_out:
            found.append(
                Finding(
                    code="columns-left-out",
                    severity=Severity.INFO,
                    count=len(self.left_out),
                    where=tuple(f"‘{name}’" for name in self.left_out[:10]),
                    message="These columns hold no reading of an interval (a total, a name, a note). They are left out "
                    "of the readings; the original file keeps them.",
                )
            )
        if self.counting is not None and self.counting.lost_hours:
            found.append(
                Finding(
                    code="repeated-hour-once",
                    count=self.counting.lost_hours,
                    message=_LOST[self.counting.counts],
                )
            )
        if "%V" in self.dates.form:
            found.append(Finding(code="weeks-by-number", severity=Severity.INFO, message=WEEKS_COUNTED))
        return tuple(found)


def _as_energy(rule: ChannelRule) -> ChannelRule:
    if rule.kind is not Kind.NUMBER or rule.quantity or rule.unit:
        return rule
    return rule.model_copy(
        update={
            "quantity": "energy",
            "unit": "kwh",
            "statistic": rule.statistic or "sum",
            "how": How.GUESSED,
            "why": "Days with their intervals side by side are kilowatt-hours as a rule.",
            "confidence": _ENERGY_GUESSED,
        }
    )


def _guessed(question: Question, rule: ChannelRule | None) -> Question:
    """The question for a unit with the guess of a channel."""
    if rule is None:
        return question
    return question.model_copy(update={"guess": rule.unit, "why": rule.why, "confidence": rule.confidence})


def plain_layout(layout: Layout, names: Sequence[str], segments: Sequence[Sequence[tuple[str, ...]]]) -> Layout:
    """A layout of the same dialect with other columns; its lines are not those of the file."""
    kept = tuple(tuple(segment) for segment in segments if segment)
    return replace(
        layout, columns=len(names), names=tuple(names), units=(), segments=kept or ((),), ragged=(), lines=()
    )


def plain_times(dates: FileTimes, *, columns: tuple[int, ...], series: int | None, step_s: float) -> FileTimes:
    """The times of a plain table whose intervals are known."""
    return replace(
        dates,
        columns=columns,
        day_first=None,
        is_order_open=False,
        order_why="",
        has_zone=False,
        segments=(np.zeros(0, dtype=np.int64),),
        series_column=series,
        step=round(step_s * 1_000_000),
    )
