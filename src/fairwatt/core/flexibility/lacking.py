"""What a trial still lacks to be validated: plain facts in, a list of lacks out, each with what to do next.

The facts are those that one asker may know; whoever may know more may find more lacking, or less.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase

from fairwatt.core.flexibility.counting import Gap, SeriesCount, Window
from fairwatt.core.flexibility.holding import Holding, holding_of, touches
from fairwatt.core.metadata.words import say_day, say_period
from fairwatt.core.periods import say_duration
from fairwatt.core.project.audiences import begin
from fairwatt.core.project.trials import Agreement, Expected, Validation

_BASELINED = frozenset({"power", "energy"})
_MOST_NAMED = 3
_WORD = re.compile(r"[^\W_]+")


class LackKind(StrEnum):
    """What is lacking, in the order in which pages list it."""

    NO_EVENT = "no-event"
    NOTHING_LOGGED = "nothing-logged"
    FILES = "files-missing"
    NOT_PUBLISHED = "not-published"
    QUESTIONS = "questions-open"
    NOT_READ = "not-read"
    UNKNOWN_ASSET = "asset-not-logged"
    UNCOVERED = "event-not-covered"
    GAPS = "event-gaps"
    BASELINE = "baseline-short"
    COARSE = "readings-too-far-apart"
    LEVEL = "level-too-low"
    AGREEMENT = "agreement-missing"

    @property
    def label(self) -> str:
        """What pages call it."""
        return _LABELS[self]


_LABELS = {
    LackKind.NO_EVENT: "No event",
    LackKind.NOTHING_LOGGED: "Nothing logged",
    LackKind.FILES: "Files not logged yet",
    LackKind.NOT_PUBLISHED: "Not published yet",
    LackKind.QUESTIONS: "Questions open",
    LackKind.NOT_READ: "Not read",
    LackKind.UNKNOWN_ASSET: "Asset not logged",
    LackKind.UNCOVERED: "Event not covered",
    LackKind.GAPS: "Gaps in an event",
    LackKind.BASELINE: "Baselining period too short",
    LackKind.COARSE: "Readings too far apart",
    LackKind.LEVEL: "Level of provenancing too low",
    LackKind.AGREEMENT: "Agreement missing",
}

_OF_SOME = {
    Holding.NONE: (LackKind.UNCOVERED, "Log the rest, or say which asset the event is of."),
    Holding.TOO_COARSE: (LackKind.COARSE, "Log readings at shorter steps."),
    Holding.NO_NUMBERS: (LackKind.GAPS, "Look at how its files were read: an event is measured in numbers."),
}


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is lacking: what, where, and what to do next, with the page where that is done."""

    kind: LackKind
    where: str
    message: str
    next_step: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What is known of a dataset of the trial.

    ``procedures`` are codes; ``files`` their names; ``assets`` what the procedures' steps call the metered things.
    ``level_missing`` says what its next level of provenancing needs; ``shows_readings`` whether the asker may have the
    data, and so may be told which series lack what.
    """

    key: str
    title: str
    path: str
    partner: str = ""
    partner_name: str = ""
    procedures: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    is_published: bool = True
    state: str = ""
    is_licence_open: bool = True
    level: int = 4
    level_missing: tuple[str, ...] = ()
    questions: int = 0
    unread: tuple[str, ...] = ()
    work_path: str = ""
    has_readings: bool = True
    period: Window | None = None
    shows_readings: bool = True


@dataclass(frozen=True, slots=True)
class ProcedureFacts:
    """A procedure, the files it is to bring, and where one logs for it."""

    code: str
    title: str
    expects: tuple[Expected, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event, and what each dataset (by key) holds of it; a dataset that has not been counted yet is not in it."""

    name: str
    window: Window
    asset: str = ""
    counts: tuple[tuple[str, tuple[SeriesCount, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class TrialFacts:
    """Everything that decides whether a trial can be validated.

    ``tells_agreements`` is whether the asker may be told who has signed what.
    """

    code: str
    path: str
    zone: str
    today: date
    procedures: tuple[ProcedureFacts, ...]
    events: tuple[EventFacts, ...]
    datasets: tuple[DatasetFacts, ...]
    agreements: tuple[Agreement, ...] = ()
    tells_agreements: bool = True
    validation: Validation = field(default_factory=Validation)


@dataclass(frozen=True, slots=True)
class Baselining:
    """How long before an event a dataset was measured: good days of those wanted, of its worst channel."""

    days: int
    wanted: int
    resolution_s: float | None

    @property
    def is_enough(self) -> bool:
        """Whether there are as many days as wanted."""
        return self.days >= self.wanted


def find_lacks(facts: TrialFacts) -> list[Lack]:
    """List what a trial still lacks, by kind."""
    found = [
        *_lacks_of_procedures(facts),
        *(lack for dataset in facts.datasets for lack in _lacks_of_dataset(dataset, facts.validation)),
        *_lacks_of_events(facts),
        *(_lacks_of_agreements(facts) if facts.tells_agreements else ()),
    ]
    order = list(LackKind)
    return sorted(found, key=lambda lack: order.index(lack.kind))


def baselining_of(rows: Iterable[SeriesCount], validation: Validation) -> Baselining | None:
    """How long its power and energy were measured before an event; None where it holds neither."""
    counted = [row for row in rows if row.quantity in _BASELINED]
    if not counted:
        return None
    worst = min(counted, key=lambda row: row.good_days(validation.baseline_share))
    steps = [row.resolution_s for row in counted if row.resolution_s]
    days = worst.good_days(validation.baseline_share)
    return Baselining(days, validation.baseline_days, max(steps, default=None))


# --- procedures ----------------------------------------------------------------------------------------------


def _lacks_of_procedures(facts: TrialFacts) -> Iterator[Lack]:
    for procedure in facts.procedures:
        of_it = [dataset for dataset in facts.datasets if procedure.code in dataset.procedures]
        where = f"{procedure.code} {procedure.title}"
        if not of_it:
            yield Lack(
                LackKind.NOTHING_LOGGED,
                where,
                f"Nothing has been logged for {where}.",
                "Log its data, or ask the partner that holds them to.",
                procedure.path,
            )
            continue
        yield from _lacks_of_files(procedure, of_it, where)


def _lacks_of_files(procedure: ProcedureFacts, datasets: Sequence[DatasetFacts], where: str) -> Iterator[Lack]:
    left = [(dataset.partner.upper(), file) for dataset in datasets for file in dataset.files]
    # what asks for names comes first, so that what takes any file leaves those to it
    for one in sorted(procedure.expects, key=lambda expected: not expected.name):
        taken = [file for file in left if _fits(one, *file)][: one.files]
        for file in taken:
            left.remove(file)
        if missing := one.files - len(taken):
            by = f" by {one.partner}" if one.partner else ""
            called = f", called {one.name}" if one.name else ""
            yield Lack(
                LackKind.FILES,
                where,
                f"{one.what}: {missing} of {one.files} file{'s' * (one.files > 1)}{called} not logged yet{by}.",
                f"Log {'it' if missing == 1 else 'them'} for {procedure.code}.",
                procedure.path,
            )


def _fits(expected: Expected, partner: str, file: str) -> bool:
    is_theirs = not expected.partner or expected.partner.upper() == partner
    return is_theirs and (not expected.name or fnmatchcase(file.casefold(), expected.name.casefold()))


# --- datasets ------------------------------------------------------------------------------------------------


def _lacks_of_dataset(dataset: DatasetFacts, validation: Validation) -> Iterator[Lack]:
    if dataset.questions:
        some = f"{dataset.questions} question{'s' * (dataset.questions > 1)}"
        yield Lack(
            LackKind.QUESTIONS,
            dataset.title,
            f"{some} about how its files are read {'are' if dataset.questions > 1 else 'is'} still open.",
            "Answer them: then its readings are taken in.",
            dataset.work_path or dataset.path,
        )
    if dataset.unread:
        yield Lack(
            LackKind.NOT_READ,
            dataset.title,
            f"{_name_some(dataset.unread)} could not be read, or waits to be.",
            "Look at what its page says, and upload it again where it is damaged.",
            dataset.work_path or dataset.path,
        )
    if not dataset.is_published:
        yield Lack(
            LackKind.NOT_PUBLISHED,
            dataset.title,
            f"It is logged, but not published: {dataset.state or 'draft'}.",
            "Finish the entry, or review it.",
            dataset.work_path or dataset.path,
        )
    elif validation.level is not None and dataset.level < validation.level:
        needs = f" Next: {dataset.level_missing[0]}" if dataset.level_missing else ""
        yield Lack(
            LackKind.LEVEL,
            dataset.title,
            f"Its level of provenancing is {dataset.level}; the project asks for {validation.level}.",
            f"Complete its description, and publish a new version.{needs}",
            dataset.path,
        )


# --- events --------------------------------------------------------------------------------------------------


def _lacks_of_events(facts: TrialFacts) -> Iterator[Lack]:
    if not facts.events:
        yield Lack(
            LackKind.NO_EVENT,
            facts.code,
            "No event of the trial is known, so that nothing tells which hours have to be covered.",
            "Add its events, one by one or as a CSV file.",
            f"{facts.path}#events",
        )
    by_key = {dataset.key: dataset for dataset in facts.datasets if dataset.is_published and dataset.has_readings}
    for event in facts.events:
        yield from _lacks_of_event(event, by_key, facts)


def _lacks_of_event(event: EventFacts, by_key: dict[str, DatasetFacts], facts: TrialFacts) -> Iterator[Lack]:
    when = say_period(event.window.start, event.window.end, zone=facts.zone)
    where = f"{event.name}, {when}"
    meant = [dataset.key for dataset in concerned(event.asset, by_key.values())]
    if event.asset and not meant:
        yield Lack(
            LackKind.UNKNOWN_ASSET,
            where,
            f"No published dataset with readings says that it is of {event.asset}.",
            "Log its data, or write the event’s asset as a dataset’s title or its entry in the log has it.",
            f"{facts.path}#events",
        )
        return
    if not any(touches(by_key[key].period, event.window) for key in meant):
        whose = f" of {event.asset}" if event.asset else ""
        yield Lack(
            LackKind.UNCOVERED,
            where,
            f"No readings{whose} are there for the hours of this event.",
            "Log a dataset that covers them, or mend the event's times.",
            f"{facts.path}#events",
        )
        return
    counted = [(by_key[key], rows) for key, rows in event.counts if key in meant]
    for dataset, rows in counted:
        if lack := _gaps_in(dataset, rows, event.window, where, facts.zone):
            yield lack
    found = [(dataset, one) for dataset, rows in counted if (one := baselining_of(rows, facts.validation))]
    of_baselining = list(_baselining_lacks(found, where, facts.validation))
    said = {Holding.TOO_COARSE} if any(lack.kind is LackKind.COARSE for lack in of_baselining) else set[Holding]()
    yield from _uncovered_in_some([by_key[key] for key in meant], event, where, facts.path, but=said)
    yield from of_baselining


def _uncovered_in_some(
    datasets: Sequence[DatasetFacts], event: EventFacts, where: str, path: str, *, but: Container[Holding]
) -> Iterator[Lack]:
    """What datasets lack of an event that others cover: one lack of a kind, however many datasets there are."""
    counts = dict(event.counts)
    held = [(holding_of(one.period, event.window, counts.get(one.key)), one.title) for one in datasets]
    for holding, (kind, next_step) in _OF_SOME.items():
        if holding not in but and (named := [title for found, title in held if found is holding]):
            yield Lack(kind, where, f"{begin(holding.label)}: {_name_some(named)}.", next_step, f"{path}#events")


def concerned(asset: str, datasets: Iterable[DatasetFacts]) -> list[DatasetFacts]:
    """The datasets that an event is about: those of its asset, whether or not any is; without an asset all."""
    return [dataset for dataset in datasets if not asset or _is_of(asset, dataset)]


def _is_of(asset: str, dataset: DatasetFacts) -> bool:
    """Whether a dataset's title, or what its entry calls the metered thing, has the asset's words in their order."""
    sought = _in_words(asset)
    return bool(sought.strip()) and any(sought in _in_words(text) for text in (dataset.title, *dataset.assets))


def _in_words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _gaps_in(dataset: DatasetFacts, rows: Sequence[SeriesCount], window: Window, where: str, zone: str) -> Lack | None:
    held = holding_of(dataset.period, window, rows)
    if held not in {Holding.GAPS, Holding.PART}:
        return None
    short = [row for row in rows if row.gaps]
    if not short:
        said = "Its readings begin or end within the hours of this event."
    elif not dataset.shows_readings:
        said = "Some of its readings are missing in the hours of this event."
    else:
        worst = max(short, key=lambda row: (sum(gap.missing for gap in row.gaps), row.name))
        said = f"{len(short)} of {len(rows)} series have gaps: {_say_gaps(worst, zone)}"
    return Lack(
        LackKind.GAPS,
        f"{dataset.title}: {where}",
        said,
        "Look whether the meter kept them, and upload the rest as a new version.",
        dataset.path,
    )


def _say_gaps(row: SeriesCount, zone: str) -> str:
    name = f"{row.name} of {row.series}" if row.series else row.name
    gaps = ", ".join(_say_gap(gap, zone) for gap in row.gaps[:_MOST_NAMED])
    more = f" and {len(row.gaps) - _MOST_NAMED} more" if len(row.gaps) > _MOST_NAMED else ""
    return f"{name} from {gaps}{more}."


def _say_gap(gap: Gap, zone: str) -> str:
    many = f" ({gap.missing:,} reading{'s' * (gap.missing > 1)})" if gap.missing else ""
    return f"{say_period(gap.start, gap.end, zone=zone)}{many}"


def _baselining_lacks(
    found: Sequence[tuple[DatasetFacts, Baselining]], where: str, validation: Validation
) -> Iterator[Lack]:
    if not validation.baseline_days or not found:
        return
    best, baselining = max(found, key=lambda one: (one[1].days, one[0].key))
    if not baselining.is_enough:
        yield Lack(
            LackKind.BASELINE,
            where,
            _say_days(best, baselining),
            "Log readings of earlier days, or ask for fewer days in the project file.",
            best.path,
        )
    coarse = [
        (dataset, one.resolution_s) for dataset, one in found if (one.resolution_s or 0) > validation.longest_step_s
    ]
    if len(coarse) == len(found):
        dataset, step = coarse[0]
        yield Lack(
            LackKind.COARSE,
            where,
            f"Power comes at steps of {say_duration(step or 0)} in {dataset.title}; "
            f"{say_duration(validation.longest_step_s)} or less are asked for.",
            "Log readings at shorter steps.",
            dataset.path,
        )


def _say_days(best: DatasetFacts, baselining: Baselining) -> str:
    if not best.shows_readings:  # how often data come that one may not have is told by the day to nobody
        return f"Fewer than {baselining.wanted} days like it were measured before it."
    return f"{baselining.days} of {baselining.wanted} days like it were measured before it, most in {best.title}."


# --- agreements ----------------------------------------------------------------------------------------------


def _lacks_of_agreements(facts: TrialFacts) -> Iterator[Lack]:
    known = {agreement.partner.upper(): agreement for agreement in facts.agreements}
    names = {dataset.partner.upper(): dataset.partner_name for dataset in facts.datasets if dataset.partner}
    closed = {dataset.partner.upper() for dataset in facts.datasets if not dataset.is_licence_open}
    for code in sorted((closed | set(known)) - {""}):
        name = names.get(code) or code
        if said := _say_agreement(known.get(code), facts.today):
            yield Lack(
                LackKind.AGREEMENT,
                name,
                f"The Data Sharing Agreement of {name} {said}.",
                "Have it signed, and note it under the trial's agreements in the project file.",
            )


def _say_agreement(agreement: Agreement | None, today: date) -> str:
    if agreement is None:
        return "for this trial is not noted"
    if agreement.signed is None:
        return "is not signed yet"
    if agreement.signed > today:
        return f"is signed only on {say_day(agreement.signed)}"
    if agreement.until is not None and agreement.until < today:
        return f"ran out on {say_day(agreement.until)}"
    return ""


def _name_some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"
