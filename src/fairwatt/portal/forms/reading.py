"""Correcting how a file is read: what was sure stands in the form too, and only what somebody changes is an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from fairwatt.core.files.asking import DIRECTIONS
from fairwatt.core.files.correcting import STATISTICS, answer_of
from fairwatt.core.files.phases import groups_of
from fairwatt.core.files.profile import ChannelRule, ImportProfile, Kind
from fairwatt.core.units import QUANTITIES, UNITS

MOST_GROUPS = 40  # on one page
ZONES = (
    ("Europe/London", "UK clock time (GMT in winter, BST in summer)"),
    ("UTC", "UTC, the same all year (often called GMT)"),
    ("Etc/GMT-1", "British summer time all year (UTC+1, never changed)"),
    ("Europe/Dublin", "Irish clock time"),
    ("Europe/Paris", "Central European clock time"),
)
_NOT_KNOWN = "unknown"
_QUANTITIES = (("", "Not known"), *((quantity.code, quantity.label) for quantity in QUANTITIES.values()))


@dataclass(frozen=True)
class ChannelFields:
    """What can be corrected of one channel."""

    channel: ChannelRule
    fields: tuple[BoundField, ...]


@dataclass(frozen=True)
class GroupFields:
    """Channels that share a name but for phase and statistic: what holds for all of them, and for each."""

    title: str
    said: str
    shared: tuple[BoundField, ...]
    channels: tuple[ChannelFields, ...]


class CorrectionForm(forms.Form):
    """How a file is read, to be corrected.

    Parameters
    ----------
    profile
        How it is read now.
    key
        The file's, so that two files' forms can stand on one page.
    asked
        Ids that are asked above: they don't stand here too.
    left_out
        Fields of the channels that are left out as yet.
    first
        The first group of channels to show.
    with_channels
        Whether to show any: those of a large logger make up most of a page that hardly anybody opens.
    """

    def __init__(
        self,
        profile: ImportProfile,
        key: str,
        *,
        asked: frozenset[str] = frozenset(),
        left_out: frozenset[str] = frozenset(),
        first: int = 0,
        with_channels: bool = True,
        data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(data=data, prefix=f"c-{key}")
        self.ids: dict[str, str] = {}
        self._profile, self._asked, self._left_out = profile, asked, left_out
        self._of_file = [name for question in self._file_fields() if (name := self._add(*question))]
        groups = _groups(profile)
        self.group_total, self.first, self.with_channels = len(groups), first, with_channels
        self.channel_total = len(profile.channels)
        self._shown = groups[first : first + MOST_GROUPS] if with_channels else []
        self._of_groups = [self._add_group(group) for group in self._shown]

    @property
    def of_file(self) -> list[BoundField]:
        """What is said of the file as a whole."""
        return [self[name] for name in self._of_file]

    @property
    def groups(self) -> Iterator[GroupFields]:
        """What is said of its channels, group by group."""
        for channels, (shared, own) in zip(self._shown, self._of_groups, strict=True):
            yield GroupFields(
                title=channels[0].name if len(channels) == 1 else f"{channels[0].name} and {len(channels) - 1} more",
                said=_said(channels[0]),
                shared=tuple(self[name] for name in shared),
                channels=tuple(
                    ChannelFields(channel, tuple(self[name] for name in names))
                    for channel, names in zip(channels, own, strict=True)
                ),
            )

    @property
    def following(self) -> int | None:
        """The first group that is not shown any more; None where all are."""
        after = self.first + MOST_GROUPS
        return after if self.with_channels and after < self.group_total else None

    def answers(self) -> dict[str, str]:
        """Question id → answer: what somebody changed. Of a valid form."""
        found: dict[str, str] = {}
        for name, ids in self.ids.items():
            value, before = _word(self.cleaned_data.get(name)), _word(self.fields[name].initial)
            if value != before and (value or ids.startswith("null_values:")):
                for one in ids.split():
                    found[one] = value
        return found

    def _file_fields(self) -> Iterator[tuple[str, forms.Field]]:
        rule = self._profile.timestamp
        if "%z" not in rule.format and "epoch" not in rule.format:
            zones = dict(ZONES)
            if rule.time_zone and rule.time_zone not in zones:
                zones[rule.time_zone] = rule.time_zone
            blank = [] if rule.time_zone else [("", "Not known yet")]
            yield "time_zone", _choice("Clock that the times follow", [*blank, *zones.items()], rule.time_zone or "")
        ends = [("start", "The start of its interval"), ("end", "The end of its interval")]
        yield "stamp", _choice("A time marks", ends, str(rule.stamp))
        if rule.day_first is not None:
            orders = [("true", "Day first"), ("false", "Month first")]
            yield "day_first", _choice("In dates", orders, str(rule.day_first).lower())

    def _add_group(self, channels: list[ChannelRule]) -> tuple[list[str], list[list[str]]]:
        first = channels[0]
        of_all = [
            (f"unit:{first.field}", _choice("Unit", _units(), first.unit or _NOT_KNOWN)),
            (
                " ".join(f"quantity:{channel.field}" for channel in channels),
                _choice("Quantity", _QUANTITIES, first.quantity),
            ),
            (f"direction:{first.field}", _choice("Direction", DIRECTIONS, self._now(f"direction:{first.field}"))),
            (
                f"register:{first.field}",
                _choice(
                    "Values are",
                    [("false", "An amount or level for each interval"), ("true", "A running total, as a dial shows")],
                    str(first.is_register).lower(),
                ),
            ),
        ]
        shared = of_all if first.kind is Kind.NUMBER else []
        return (
            [name for question in shared if (name := self._add(*question))],
            [[name for question in self._own(channel) if (name := self._add(*question))] for channel in channels],
        )

    def _own(self, channel: ChannelRule) -> Iterator[tuple[str, forms.Field]]:
        field = channel.field
        if channel.kind is Kind.NUMBER:
            yield (
                f"statistic:{field}",
                _choice("Statistic", STATISTICS, self._now(f"statistic:{field}")),
            )
            marks = forms.CharField(label="Marks for missing", required=False, max_length=200)
            marks.initial = self._now(f"null_values:{field}")
            marks.widget.attrs["class"] = "form-control"
            yield f"null_values:{field}", marks
        leave = forms.BooleanField(label="Leave out", required=False)
        leave.initial = field in self._left_out
        leave.widget.attrs["class"] = "form-check-input"
        yield f"leave_out:{field}", leave

    def _now(self, question_id: str) -> str:
        return answer_of(self._profile, question_id) or ""

    def _add(self, ids: str, field: forms.Field) -> str:
        """Add a field, unless the same is asked above; its name."""
        if ids.split(maxsplit=1)[0] in self._asked:
            return ""
        name = ids.split(maxsplit=1)[0].replace(":", "-")
        self.ids[name] = ids
        self.fields[name] = field
        return name


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value).strip()


def _choice(label: str, choices: Any, initial: str) -> forms.ChoiceField:
    field = forms.ChoiceField(label=label, choices=choices, required=False)
    field.initial = initial
    field.widget.attrs["class"] = "form-select"
    return field


def _units() -> list[tuple[str, Any]]:
    """The units by what they measure."""
    found: dict[str, list[tuple[str, str]]] = {}
    for unit in UNITS.values():
        quantity = QUANTITIES.get(unit.quantity)
        label = f"{unit.symbol} ({unit.label})" if unit.symbol and unit.symbol != unit.label else unit.label
        found.setdefault(quantity.label if quantity else "Other", []).append((unit.code, label))
    return [(_NOT_KNOWN, "Not known"), *found.items()]


def _groups(profile: ImportProfile) -> list[list[ChannelRule]]:
    groups: dict[tuple[str, str], list[ChannelRule]] = {}
    for group, channel in zip(groups_of([one.name for one in profile.channels]), profile.channels, strict=True):
        groups.setdefault((group, channel.quantity), []).append(channel)
    return list(groups.values())


def _said(channel: ChannelRule) -> str:
    unit, quantity = UNITS.get(channel.unit), QUANTITIES.get(channel.quantity)
    words = [quantity.label if quantity else "", (unit.symbol or unit.label) if unit else ""]
    return ", ".join(word for word in words if word) or ("text" if channel.kind is Kind.TEXT else "not known")
