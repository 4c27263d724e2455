"""Trials: what is gathered for whoever looks, their events, and what is counted of these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairwatt.core.errors import Conflict, DamagedData, InvalidInput, NotAllowed, NotFound, NotSignedIn
from fairwatt.core.flexibility.holding import Holding
from fairwatt.core.flexibility.lacking import LackKind
from fairwatt.core.metadata.event_files import EventValues
from fairwatt.records.models import AuditEvent, Dataset, EventCount, Job, Membership, TrialEvent
from fairwatt.services import trial_events
from fairwatt.services.actors import Actor
from fairwatt.services.event_counts import COUNT, count_events, find_uncounted, order_counts
from fairwatt.services.jobs import claim_job
from fairwatt.services.lakes import get_lake
from fairwatt.services.projects import sync_project
from fairwatt.services.trial_events import import_events
from fairwatt.services.trials import get_trial, list_trials
from fairwatt.services.worker import run_job
from tests.services import stock
from tests.services.trial_stock import CODE, EVENT, START, logged, trial

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER = stock.NOW + HOUR


def manager() -> Actor:
    return stock.actor(stock.person("mia", is_manager=True))


def steward(code: str = "TCC") -> Actor:
    user = stock.person("sue", organization=stock.organization(code))
    Membership.objects.filter(user=user).update(role=Membership.Role.STEWARD)
    return stock.actor(user)


def kinds(actor: Actor | None = None) -> list[LackKind]:
    return [lack.kind for lack in get_trial(actor=actor or Actor.anonymous(), code=CODE, at=stock.NOW).lacks]


def test_a_trial_shows_who_logged_what_and_says_what_nobody_did() -> None:
    dataset = logged()
    view = get_trial(actor=Actor.anonymous(), code=CODE.lower(), at=stock.NOW)
    assert [(p.row.code, [d.row.pk for d in p.datasets], p.files) for p in view.procedures] == [
        ("P1", [dataset.pk], 1),
        ("P5", [], 0),
    ]
    assert view.procedures[0].assets == ("Asset of School load",)
    assert [partner.code for partner in view.partners] == ["TCC"]
    assert kinds() == [LackKind.NO_EVENT, LackKind.NOTHING_LOGGED]


def test_an_event_is_counted_in_its_window_and_on_the_working_days_before_it() -> None:
    logged()
    trial_events.add_event(actor=manager(), code=CODE, values=EVENT, at=stock.NOW)
    assert count_events(trial(), at=LATER) == 1
    (row,) = EventCount.objects.get().rows
    assert (row["expected"], row["present"], row["gaps"]) == (4, 4, [])
    good = [day["day"] for day in row["days"] if day["present"]]
    # 1 June is the first day with readings; the 6th, 7th, 13th and 14th are weekends
    assert good == [f"2020-06-{day:02}" for day in (15, 12, 11, 10, 9, 8, 5, 4, 3, 2, 1)]
    view = get_trial(actor=Actor.anonymous(), code=CODE, at=stock.NOW)
    assert [(e.present, e.holding, e.baselining and e.baselining.days) for e in view.events[0].datasets] == [
        (4, Holding.WHOLE, 11)
    ]
    assert kinds() == [LackKind.NOTHING_LOGGED]


def test_an_event_that_reaches_over_the_end_of_the_readings_has_a_gap_and_too_few_days() -> None:
    logged(days=2)
    last = datetime(2020, 6, 2, 23, tzinfo=UTC)
    values = EventValues("Late", last, last + timedelta(hours=2))
    trial_events.add_event(actor=manager(), code=CODE, values=values, at=stock.NOW)
    count_events(trial(), at=LATER)
    found = {lack.kind: lack.message for lack in get_trial(actor=Actor.anonymous(), code=CODE, at=stock.NOW).lacks}
    assert "2 readings" in found[LackKind.GAPS]
    assert found[LackKind.BASELINE].startswith("1 of 10 days")


def test_what_is_counted_is_counted_again_only_when_something_changed() -> None:
    dataset = logged()
    event = trial_events.add_event(actor=manager(), code=CODE, values=EVENT, at=stock.NOW)
    job = Job.objects.get(kind=COUNT)
    assert order_counts(trial(), at=stock.NOW) == job  # asked again, the same
    assert run_job(job=_claimed(job), clock=lambda: LATER).state == Job.State.DONE
    assert (count_events(trial(), at=LATER), order_counts(trial(), at=LATER)) == (0, None)
    values = EventValues("Event 1", START, START + timedelta(hours=3))
    trial_events.change_event(actor=manager(), event_id=event.pk, values=values, at=LATER + stock.DAY)
    assert count_events(trial(), at=LATER + 2 * stock.DAY) == 1
    Dataset.objects.filter(pk=dataset.pk).update(state="withdrawn")
    assert count_events(trial(), at=LATER + 3 * stock.DAY) == 0
    assert not EventCount.objects.exists()


def test_what_could_not_be_counted_is_not_tried_at_each_view_of_the_page() -> None:
    logged()
    trial_events.add_event(actor=manager(), code=CODE, values=EVENT, at=stock.NOW)
    Job.objects.filter(kind=COUNT).update(state=Job.State.FAILED, finished_at=stock.NOW)
    assert order_counts(trial(), at=stock.NOW + HOUR / 2) is None
    assert Job.objects.filter(kind=COUNT).count() == 1
    assert order_counts(trial(), at=stock.NOW + 2 * HOUR) is not None


def _claimed(job: Job) -> Job:
    Job.objects.exclude(kind=COUNT).delete()  # what publishing ordered beside it
    claimed = claim_job(worker="tests", at=LATER)
    assert claimed == job
    return claimed


@pytest.mark.parametrize("who", ["anonymous", "member", "steward", "other steward", "manager"])
def test_events_are_changed_by_managers_and_stewards_of_who_provides_data(who: str) -> None:
    logged()
    member = stock.person("max", organization=stock.organization("TCC"))
    actor = {
        "anonymous": Actor.anonymous,
        "member": lambda: stock.actor(member),
        "steward": steward,
        "other steward": lambda: steward("NWS"),
        "manager": manager,
    }[who]()
    if who in {"steward", "manager"}:
        event = trial_events.add_event(actor=actor, code=CODE, values=EVENT, at=stock.NOW)
        assert event.organization == (stock.organization("TCC") if who == "steward" else None)
        assert AuditEvent.objects.filter(verb="event.added").get().detail["name"] == "Event 1"
        trial_events.remove_event(actor=actor, event_id=event.pk, at=stock.NOW)
        assert (TrialEvent.objects.exists(), AuditEvent.objects.filter(verb="event.removed").count()) == (False, 1)
        return
    refusal = NotSignedIn if who == "anonymous" else NotAllowed
    with pytest.raises(refusal):
        trial_events.add_event(actor=actor, code=CODE, values=EVENT, at=stock.NOW)
    event = trial_events.add_event(actor=manager(), code=CODE, values=EVENT, at=stock.NOW)
    with pytest.raises(refusal):
        trial_events.remove_event(actor=actor, event_id=event.pk, at=stock.NOW)
    assert TrialEvent.objects.count() == 1


def test_a_steward_may_not_change_an_event_of_somebody_else() -> None:
    logged()
    event = trial_events.add_event(actor=manager(), code=CODE, values=EVENT, at=stock.NOW)
    with pytest.raises(NotAllowed, match="organisation that added"):
        trial_events.change_event(actor=steward(), event_id=event.pk, values=EVENT, at=stock.NOW)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (EventValues("", START, START + timedelta(hours=1)), "name"),
        (EventValues("x" * 121, START, START + timedelta(hours=1)), "name"),
        (EventValues("E", START, START), "ends after"),
        (EventValues("E", START, START + timedelta(days=32)), "within 31 days"),
        (EventValues("E", START.replace(tzinfo=None), START), "no offset"),
        (EventValues("E", START + timedelta(seconds=1), START + timedelta(hours=1)), "whole minute"),
        (EventValues("E", datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 1, 1, tzinfo=UTC)), "year 1"),
        (EventValues("E", START, datetime(9999, 12, 31, 23, tzinfo=timezone(-12 * HOUR))), "year 9999"),
    ],
    ids=["no name", "long name", "empty", "long", "naive", "seconds", "first year", "last year"],
)
def test_what_can_be_no_event_is_refused(values: EventValues, said: str) -> None:
    trial()
    with pytest.raises(InvalidInput, match=said):
        trial_events.add_event(actor=manager(), code=CODE, values=values, at=stock.NOW)


def test_a_csv_file_of_events_is_taken_whole_or_not_at_all_and_may_come_again() -> None:
    trial()
    good = (
        b"start,end,name,asset\r\n2020-06-16 17:00,2020-06-16 19:00,Event 1,Battery\r\n"
        b"2020-06-17T16:00:00Z,2020-06-17T18:00:00+00:00,Event 2,\r\n"
    )
    assert import_events(actor=manager(), code=CODE, document=good, at=stock.NOW) == (2, 0)
    assert import_events(actor=manager(), code=CODE, document=good, at=stock.NOW) == (0, 2)
    rows = [(e.name, e.starts_at, e.asset) for e in TrialEvent.objects.all()]
    assert rows == [  # 17:00 on the clock of London in June is 16:00 UTC
        ("Event 1", datetime(2020, 6, 16, 16, tzinfo=UTC), "Battery"),
        ("Event 2", datetime(2020, 6, 17, 16, tzinfo=UTC), ""),
    ]
    clash = good + b"2021-06-17 17:00,2021-06-17 18:00,Event 3,\r\n2021-06-18 17:00,2021-06-18 18:00,event 2,\r\n"
    with pytest.raises(Conflict, match=r"Line 5: .*event 2"):
        import_events(actor=manager(), code=CODE, document=clash, at=stock.NOW)
    assert TrialEvent.objects.count() == 2


def test_an_import_refuses_what_differs_from_an_event_of_that_name_and_counts_what_does_not() -> None:
    trial()
    head = b"start,end,name,asset\n"
    good = head + b"2020-06-16T16:00Z,2020-06-16T18:00Z,  Event   1 ,Battery\n"
    assert import_events(actor=manager(), code=CODE, document=good, at=stock.NOW) == (1, 0)
    assert import_events(actor=manager(), code=CODE, document=good, at=stock.NOW) == (0, 1)
    with pytest.raises(Conflict, match=r"Line 2: .*Event 1"):
        import_events(actor=manager(), code=CODE, document=good.replace(b"Battery", b"Heat pump"), at=stock.NOW)
    assert [(e.name, e.asset) for e in TrialEvent.objects.all()] == [("Event 1", "Battery")]
    detail = AuditEvent.objects.get(verb="events.imported").detail
    assert (detail["added"], detail["sha256"]) == (1, sha256(good).hexdigest())


def test_an_import_takes_as_many_queries_for_many_events_as_for_two() -> None:
    trial()

    def queries(names: range) -> int:
        rows = "".join(f"2020-06-{n + 1:02}T16:00Z,2020-06-{n + 1:02}T18:00Z,Event {n}\n" for n in names)
        with CaptureQueriesContext(connection) as captured:
            document = f"start,end,name\n{rows}".encode()
            assert import_events(actor=who, code=CODE, document=document, at=stock.NOW) == (len(names), 0)
        return len(captured)

    who = manager()
    assert queries(range(5, 25)) <= queries(range(2))


def waiting() -> list[str]:
    return [one.event.name for one in find_uncounted(trial())]


def test_only_events_whose_days_before_change_with_another_event_are_counted_again() -> None:
    logged(days=150)
    who = manager()
    for name, day in (("Before", -1), ("Soon", 3), ("Much later", 70)):
        values = EventValues(name, START + day * stock.DAY, EVENT.end + day * stock.DAY)
        trial_events.add_event(actor=who, code=CODE, values=values, at=stock.NOW)
    assert (count_events(trial(), at=LATER), waiting()) == (3, [])
    # 31 days from the 16th of June on are busy: the last within 45 days of what is 70 days later
    long = EventValues("Long", START, START + 31 * stock.DAY)
    event = trial_events.add_event(actor=who, code=CODE, values=long, at=LATER)
    assert waiting() == ["Long", "Soon", "Much later"]
    assert (count_events(trial(), at=LATER), waiting()) == (3, [])
    assert {row.name: row.changed_at for row in TrialEvent.objects.exclude(pk=event.pk)} == dict.fromkeys(
        ("Before", "Soon", "Much later"), stock.NOW
    )
    trial_events.remove_event(actor=who, event_id=event.pk, at=LATER)
    assert waiting() == ["Soon", "Much later"]


def test_what_the_project_file_drops_or_asks_for_otherwise_is_counted_again(tmp_path: Path, settings: Any) -> None:
    logged()
    settings.FAIRWATT_PROJECT_FILE = path = tmp_path / "project.toml"
    events = [
        f'[[trials.events]]\nname = "E{day}"\nstart = 2020-06-{day}T17:00:00Z\nend = 2020-06-{day}T19:00:00Z\n'
        for day in (15, 16)
    ]

    def written(*events: str, asked: str = "") -> list[str]:
        head = '[[partners]]\ncode = "TCC"\nname = "T"\n[[trials]]\ncode = "T9.1"\ntitle = "T"\n'
        procedure = '[[trials.procedures]]\ncode = "P1"\ntitle = "B"\n'
        path.write_text(f"{head}{''.join(events)}{asked}{procedure}")
        sync_project(at=stock.NOW)
        return waiting()

    assert written(*events) == ["E15", "E16"]
    assert (count_events(trial(), at=LATER), written(*events)) == (2, [])
    assert written(events[1]) == ["E16"]  # the 15th is a day like it now
    assert (count_events(trial(), at=LATER), written(events[1])) == (1, [])
    assert written(events[1], asked="[trials.validation]\nlook_back_days = 10\nbaseline_days = 5\n") == ["E16"]


def test_damaged_readings_hold_up_the_counts_of_no_other_dataset() -> None:
    damaged = logged("A damaged load")
    logged("Whole load")
    trial_events.add_event(actor=manager(), code=CODE, values=EVENT, at=stock.NOW)
    for path in (get_lake().root / "tables" / damaged.table).rglob("*.parquet"):
        path.write_bytes(b"no parquet")
    with pytest.raises(DamagedData, match="A damaged load"):
        count_events(trial(), at=LATER)
    assert [count.dataset.title for count in EventCount.objects.all()] == ["Whole load"]


def test_events_of_the_project_file_are_kept_in_step_with_it(tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "project.toml"
    settings.FAIRWATT_PROJECT_FILE = path
    head = '[[partners]]\ncode = "TCC"\nname = "T"\n[[trials]]\ncode = "T9.1"\ntitle = "T"\n'
    event = '[[trials.events]]\nname = "E1"\nstart = 2020-06-16T17:00:00Z\nend = 2020-06-16T19:00:00+00:00\n'
    path.write_text(f'{head}{event}[[trials.procedures]]\ncode = "P1"\ntitle = "B"\n')
    sync_project(at=stock.NOW)
    row = TrialEvent.objects.get()
    assert (row.name, row.starts_at, row.in_project_file) == ("E1", START, True)
    with pytest.raises(Conflict, match="in the project file"):
        trial_events.remove_event(actor=manager(), event_id=row.pk, at=stock.NOW)
    sync_project(at=LATER)
    row.refresh_from_db()
    assert row.changed_at == stock.NOW  # nothing has
    trial_events.add_event(actor=manager(), code=CODE, values=EventValues("Own", START, EVENT.end), at=stock.NOW)
    path.write_text(f'{head}[[trials.procedures]]\ncode = "P1"\ntitle = "B"\n# without\n')
    sync_project(at=LATER)
    assert [row.name for row in TrialEvent.objects.all()] == ["Own"]


def test_what_is_hidden_from_the_asker_is_no_part_of_what_they_see() -> None:
    logged("Hidden load", procedure="P5", metadata_withheld=True)
    logged("Draft load", procedure="P5")
    Dataset.objects.filter(title="Draft load").update(state="draft")
    view = get_trial(actor=Actor.anonymous(), code=CODE, at=stock.NOW)
    assert (view.datasets, view.files, view.partners, view.period) == ((), 0, (), None)
    assert kinds() == [LackKind.NO_EVENT, LackKind.NOTHING_LOGGED, LackKind.NOTHING_LOGGED]
    assert kinds(manager()) == [LackKind.NO_EVENT, LackKind.NOTHING_LOGGED, LackKind.NOT_PUBLISHED]


def test_gaps_of_restricted_readings_are_told_without_series_and_times() -> None:
    logged(days=2, release={})
    last = datetime(2020, 6, 2, 23, tzinfo=UTC)
    late = EventValues("Late", last, last + timedelta(hours=2))
    trial_events.add_event(actor=manager(), code=CODE, values=late, at=stock.NOW)
    count_events(trial(), at=LATER)

    def said(actor: Actor) -> str:
        found = get_trial(actor=actor, code=CODE, at=stock.NOW).lacks
        return next(lack.message for lack in found if lack.kind == LackKind.GAPS)

    assert said(Actor.anonymous()) == "Some of its readings are missing in the hours of this event."
    assert "Active Power L1" in said(manager())


def test_an_event_lists_each_dataset_that_it_is_about_and_no_other() -> None:
    logged("School load")
    logged("Short log", days=2)
    for name, asset in (("Of all", ""), ("Of one", "Asset of short log"), ("Of none", "Pool"), ("Of no word", "oo")):
        values = EventValues(name, START, START + HOUR, asset)
        trial_events.add_event(actor=manager(), code=CODE, values=values, at=stock.NOW)
    count_events(trial(), at=LATER)
    view = get_trial(actor=Actor.anonymous(), code=CODE, at=stock.NOW)
    assert {event.row.name: [(d.dataset.row.title, d.holding) for d in event.datasets] for event in view.events} == {
        "Of all": [("School load", Holding.WHOLE), ("Short log", Holding.NONE)],
        "Of one": [("Short log", Holding.NONE)],
        "Of none": [],
        "Of no word": [],
    }
    said = [(lack.kind, lack.where.split(",")[0]) for lack in view.lacks if lack.kind != LackKind.NOTHING_LOGGED]
    assert said == [
        (LackKind.UNKNOWN_ASSET, "Of none"),
        (LackKind.UNKNOWN_ASSET, "Of no word"),
        (LackKind.UNCOVERED, "Of all"),
        (LackKind.UNCOVERED, "Of one"),
    ]
    warned = {event.row.name for event in view.events if not all(dataset.is_good for dataset in event.datasets)}
    assert warned == {"Of all", "Of one"}  # each of them is told among what is missing


def test_a_dataset_with_too_few_days_is_no_warning_where_another_has_enough_also_one_that_is_not_the_askers() -> None:
    logged("Closed load", release={})
    short = logged("Short log")
    trial_events.add_event(actor=manager(), code=CODE, values=EVENT, at=stock.NOW)
    count_events(trial(), at=LATER)
    count = EventCount.objects.get(dataset=short)
    count.rows = [{**row, "days": []} for row in count.rows]
    count.save()
    for actor in (Actor.anonymous(), stock.actor(stock.person("max", is_manager=True))):
        view = get_trial(actor=actor, code=CODE, at=stock.NOW)
        found = {one.dataset.row.title: one for one in view.events[0].datasets}
        assert LackKind.BASELINE not in {lack.kind for lack in view.lacks}
        assert all(one.is_good for one in found.values())
        assert found["Short log"].baselining is not None
        assert (found["Short log"].baselining.days, found["Short log"].has_days_elsewhere) == (0, True)
    assert not found["Closed load"].has_days_elsewhere


def test_how_many_readings_restricted_data_have_in_an_event_is_told_to_nobody_else() -> None:
    logged(days=2, release={})
    last = datetime(2020, 6, 2, 23, tzinfo=UTC)
    late = EventValues("Late", last, last + timedelta(hours=2))
    trial_events.add_event(actor=manager(), code=CODE, values=late, at=stock.NOW)
    count_events(trial(), at=LATER)
    found = {}
    for name, actor in (("anyone", Actor.anonymous()), ("owner", manager())):
        view = get_trial(actor=actor, code=CODE, at=stock.NOW)
        (held,) = view.events[0].datasets
        days = [lack.message for lack in view.lacks if lack.kind == LackKind.BASELINE]
        found[name] = (held.holding, held.present, held.share, held.baselining and held.baselining.days, days)
    assert found == {
        "anyone": (Holding.GAPS, None, None, None, ["Fewer than 10 days like it were measured before it."]),
        "owner": (Holding.GAPS, 2, 0.5, 1, ["1 of 10 days like it were measured before it, most in School load."]),
    }


def test_what_was_withdrawn_is_named_as_such_and_counts_nowhere_else() -> None:
    kept = logged("School load", days=2)
    gone = logged("Gone load", provider=stock.organization("BGN"))
    Dataset.objects.filter(pk=gone.pk).update(state="withdrawn")
    view = get_trial(actor=Actor.anonymous(), code=CODE, at=stock.NOW)
    assert ([d.row.pk for d in view.datasets], [d.row.pk for d in view.withdrawn]) == ([kept.pk], [gone.pk])
    assert ([partner.code for partner in view.partners], view.files) == (["TCC"], 1)
    assert view.period == (kept.period_start, kept.period_end)


@pytest.mark.parametrize(
    ("who", "are_told"), [("anonymous", False), ("outsider", False), ("partner", True), ("manager", True)]
)
def test_who_has_signed_an_agreement_is_told_to_partners(
    who: str, are_told: bool, tmp_path: Path, settings: Any
) -> None:
    logged()
    settings.FAIRWATT_PROJECT_FILE = path = tmp_path / "project.toml"
    path.write_text(
        '[[partners]]\ncode = "TCC"\nname = "T"\n[[trials]]\ncode = "T9.1"\ntitle = "T"\n'
        '[[trials.agreements]]\npartner = "TCC"\n[[trials.procedures]]\ncode = "P1"\ntitle = "B"\n'
    )
    actor = {
        "anonymous": Actor.anonymous,
        "outsider": lambda: stock.actor(stock.person("ola")),
        "partner": lambda: stock.actor(stock.person("pat", organization=stock.organization("NWS"))),
        "manager": manager,
    }[who]()
    assert (LackKind.AGREEMENT in kinds(actor)) is are_told


def test_a_program_that_may_only_read_is_offered_no_event_to_change() -> None:
    logged()
    steward_of_it = steward()
    trial_events.add_event(actor=steward_of_it, code=CODE, values=EVENT, at=stock.NOW)
    reader = Actor(user=steward_of_it.user, scopes=frozenset({"read"}))
    offered = [get_trial(actor=a, code=CODE, at=stock.NOW).events[0].is_changeable for a in (steward_of_it, reader)]
    assert offered == [True, False]


def test_lists_and_pages_take_the_same_number_of_queries_however_much_there_is() -> None:
    logged()
    trial_events.add_event(actor=manager(), code=CODE, values=EVENT, at=stock.NOW)
    reader = stock.actor(stock.person("ann"))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert list_trials(actor=reader, at=stock.NOW)
        return len(captured)

    before = queries()
    for number in range(3):
        logged(f"Load {number}")
        values = EventValues(f"More {number}", START + number * stock.DAY, EVENT.end + number * stock.DAY)
        trial_events.add_event(actor=manager(), code=CODE, values=values, at=stock.NOW)
    count_events(trial(), at=LATER)
    assert queries() == before


def test_a_trial_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match="no such trial"):
        get_trial(actor=Actor.anonymous(), code="NONE", at=stock.NOW)
