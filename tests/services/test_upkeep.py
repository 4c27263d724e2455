"""Upkeep as managers ask for it and as nights do it: merged, cleaned, checked, measured; damage is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from fairwatt.core.costs import Growth
from fairwatt.core.errors import DamagedData, InvalidInput, NotAllowed, NotFound
from fairwatt.core.files.profile import ChannelRule, ImportProfile, TimestampRule
from fairwatt.records.models import AuditEvent, Dataset, DatasetUpkeep, File, Job, Notification, StorageDamage
from fairwatt.services import upkeep
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from fairwatt.services.costs import add_costs_up, cost_of, list_costs, measure_dataset, write_costs
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.lakes import get_lake
from fairwatt.services.live_feeds import open_live_feed
from fairwatt.services.readings import ReadingSelection, get_window, hand_out_readings
from fairwatt.services.worker import run_pending
from tests.services import stock
from tests.services.entries import manager

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NIGHT = datetime(2026, 6, 2, 1, 30, tzinfo=UTC)  # half past two in London
PROFILE = ImportProfile(
    columns=2,
    timestamp=TimestampRule(columns=(0,), format="%Y-%m-%d %H:%M:%S", time_zone="UTC"),
    resolution_s=600,
    channels=(ChannelRule(name="Power", column=1, field="kw", decimals=1, quantity="power", unit="kw"),),
)


def content(day: int, factor: int = 1) -> str:
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)
    rows = [f"{at + timedelta(minutes=10 * n):%Y-%m-%d %H:%M:%S},{n * factor / 10}" for n in range(144)]
    return "\n".join(["time,kw", *rows]) + "\n"


def days(count: int, title: str = "School load", *, factor: int = 1, **fields: object) -> Dataset:
    """A published dataset of so many files, a day each."""
    owner = stock.dataset(title, release={"public": NOW - stock.DAY}, **fields)
    for day in range(count):
        stock.fill_lake(stock.file(owner, f"day {day}.csv"), PROFILE, content(day, factor))
    update_totals(owner, at=NOW)
    measure_dataset(owner, at=NOW)
    return owner


def work(at: datetime = NOW) -> list[Job]:
    run_pending(worker="tests", clock=lambda: at)
    return list(Job.objects.order_by("pk"))


def parquet(owner: Dataset, file: File | None = None) -> list[Path]:
    root = Path(settings.FAIRWATT_HOME) / "lake/tables" / owner.table / "readings"
    return sorted(root.rglob(f"source={file.key if file else '*'}/**/*.parquet"))


def spoil(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"spoilt" + path.read_bytes()[6:])


def test_a_manager_has_small_files_merged_and_the_readings_stay() -> None:
    owner, mel = days(3), manager()
    job = upkeep.request_upkeep(actor=mel, what="merge", dataset_key=owner.key, at=NOW)
    again = upkeep.request_upkeep(actor=mel, what="merge", dataset_key=owner.key, at=NOW)
    assert again == job, "the same work is not asked for twice"
    (done,) = work()
    assert (done.state, "3 files became 1" in done.log) == ("done", True)
    window = get_window(actor=mel, dataset_key=owner.key, fields=["kw"], at=NOW)
    assert window.total == 3 * 144
    assert DatasetUpkeep.objects.get(dataset=owner).merged_at == NOW
    verbs = list(AuditEvent.objects.filter(verb="upkeep.requested").values_list("actor_label", "dataset_key"))
    assert verbs == [(mel.label, owner.key)] * 2


@pytest.mark.parametrize("what", sorted(upkeep.WHAT))
def test_upkeep_is_for_managers_alone(what: str) -> None:
    owner = stock.dataset()
    with pytest.raises(NotAllowed):
        upkeep.request_upkeep(actor=stock.actor(stock.person()), what=what, dataset_key=owner.key, at=NOW)
    with pytest.raises(NotAllowed):
        upkeep.state_of_upkeep(actor=stock.actor(stock.person()), at=NOW)
    with pytest.raises(NotAllowed):
        upkeep.request_upkeep(
            actor=stock.actor(stock.person(is_manager=True), "read"), what=what, dataset_key=owner.key, at=NOW
        )
    assert not Job.objects.exists()


def test_what_nobody_knows_is_refused() -> None:
    mel = manager()
    with pytest.raises(InvalidInput, match="no upkeep 'polish'"):
        upkeep.request_upkeep(actor=mel, what="polish", at=NOW)
    with pytest.raises(NotFound):
        upkeep.request_upkeep(actor=mel, what="check", dataset_key="nothing", at=NOW)
    with pytest.raises(InvalidInput, match="which dataset"):
        upkeep.request_upkeep(actor=mel, what="recode", at=NOW)


def test_a_night_tends_all_once_and_the_next_one_again() -> None:
    owner = days(5)
    upkeep.schedule_upkeep(at=NOW)
    assert not Job.objects.exists(), "it is noon"
    upkeep.schedule_upkeep(at=NIGHT)
    upkeep.schedule_upkeep(at=NIGHT + timedelta(minutes=5))
    (done,) = work(NIGHT)
    assert (done.kind, done.state) == ("tend-storage", "done"), done.error
    assert len(parquet(owner)) == 6, "five small ones stay for an hour for those who read them"
    state = upkeep.state_of_upkeep(actor=manager(), at=NIGHT)
    assert state.next_at == datetime(2026, 6, 3, 1, tzinfo=UTC)
    assert state.checked_from == NIGHT
    upkeep.schedule_upkeep(at=NIGHT + timedelta(minutes=20))
    assert not Job.objects.filter(state="queued").exists()
    upkeep.schedule_upkeep(at=NIGHT + timedelta(days=1))
    assert Job.objects.filter(kind="tend-storage", state="queued").count() == 1


def test_a_clock_that_is_set_back_makes_one_night_more_and_no_harm() -> None:
    owner = days(2)
    upkeep.schedule_upkeep(at=NIGHT)
    work(NIGHT)
    back = NIGHT - timedelta(days=30)
    upkeep.schedule_upkeep(at=back)
    assert {job.state for job in work(back)} == {"done"}
    upkeep.schedule_upkeep(at=back + timedelta(minutes=5))
    assert Job.objects.count() == 2
    assert len(parquet(owner)) == 2


@pytest.mark.parametrize(
    ("last", "begins"),
    [
        (datetime(2026, 3, 28, 1, 5, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)),  # two o'clock is left out
        (datetime(2026, 10, 24, 0, 5, tzinfo=UTC), datetime(2026, 10, 25, 0, tzinfo=UTC)),  # it comes twice
    ],
)
def test_a_night_on_which_clocks_change_is_tended_once(last: datetime, begins: datetime) -> None:
    days(1)
    project = Path(settings.FAIRWATT_PROJECT_FILE).read_text()
    berlin = Path(settings.FAIRWATT_HOME) / "project.toml"
    berlin.write_text(project.replace('time_zone = "Europe/London"', 'time_zone = "Europe/Berlin"'))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "FAIRWATT_PROJECT_FILE", berlin)
        upkeep.schedule_upkeep(at=last)
        work(last)
        assert upkeep.state_of_upkeep(actor=manager(), at=last).next_at == begins
        quarters = [last + timedelta(minutes=15 * number) for number in range(2, 4 * 30)]
        for at in quarters:
            upkeep.schedule_upkeep(at=at)
            Job.objects.filter(state="queued").update(state="done")
    nights = list(Job.objects.filter(kind=upkeep.TEND).order_by("created_at").values_list("created_at", flat=True))
    assert len(nights) == 2
    assert begins <= nights[1] < begins + timedelta(minutes=15)


def test_readings_that_came_live_have_no_original_to_check() -> None:
    owner = days(1, "Homes")
    open_live_feed(actor=manager(), dataset_key=owner.key, at=NOW)

    for what in ("tend", "check"):
        upkeep.request_upkeep(actor=manager(), what=what, at=NOW)
        assert [(job.state, job.error) for job in work()][-1] == ("done", "")
    assert upkeep.state_of_upkeep(actor=manager(), at=NOW).unchecked == 0


def test_damage_is_found_named_and_told_once_and_other_datasets_are_unharmed() -> None:
    bad, good, mel = days(2, "Bad"), days(2, "Good", factor=2), manager()
    file = bad.files.order_by("position").last()
    assert file is not None
    spoil(parquet(bad, file)[0])
    original = get_lake().raw.path(bad.files.first().sha256)
    spoil(original)
    upkeep.request_upkeep(actor=mel, what="check", at=NOW)
    upkeep.request_upkeep(actor=mel, what="check", at=NOW)
    work()
    upkeep.request_upkeep(actor=mel, what="check", dataset_key=bad.key, at=NOW)
    work()
    found = StorageDamage.objects.order_by("place")
    assert [(one.dataset, one.file_name, one.kind) for one in found] == [
        (bad, "day 0.csv", "hash"),
        (bad, "day 1.csv", "hash"),
    ]
    told = Notification.objects.filter(recipient=mel.user).values_list("text", flat=True)
    assert sorted(told) == [
        "A stored file of “Bad” is damaged: “day 0.csv”. The bytes of the original are not those that were received.",
        "A stored file of “Bad” is damaged: “day 1.csv”. Its bytes are not those that were written.",
    ]
    assert AuditEvent.objects.filter(verb="storage.damaged", dataset_key=bad.key).count() == 2
    assert get_window(actor=mel, dataset_key=good.key, fields=["kw"], at=NOW).total == 288
    assert upkeep.state_of_upkeep(actor=mel, at=NOW).damages == tuple(found.order_by("-found_at", "-id"))


def test_a_dataset_that_is_damaged_keeps_no_other_from_being_tended() -> None:
    bad, good = days(4, "Bad"), days(4, "Good", factor=2)
    cut = parquet(bad)[2]
    cut.chmod(0o644)
    cut.write_bytes(cut.read_bytes()[:200])
    upkeep.schedule_upkeep(at=NIGHT)
    (done,) = work(NIGHT)
    assert done.state == "done", done.error
    assert "Good: 4 files became 1" in done.log
    assert "Bad: A file of these readings is damaged or gone" in done.log
    assert [one.dataset for one in StorageDamage.objects.all()] == [bad]
    assert get_window(actor=manager(), dataset_key=good.key, fields=["kw"], at=NIGHT).total == 4 * 144


def test_damage_that_was_mended_is_no_finding_any_more() -> None:
    owner, mel = days(1), manager()
    (path,) = parquet(owner)
    whole = path.read_bytes()
    spoil(path)
    upkeep.request_upkeep(actor=mel, what="check", dataset_key=owner.key, at=NOW)
    work()
    assert len(upkeep.state_of_upkeep(actor=mel, at=NOW).damages) == 1
    path.write_bytes(whole)
    upkeep.request_upkeep(actor=mel, what="check", dataset_key=owner.key, at=NOW)
    work()
    assert not upkeep.state_of_upkeep(actor=mel, at=NOW).damages
    assert StorageDamage.objects.get().mended_at == NOW


def test_a_question_that_meets_damage_names_the_dataset_and_the_file() -> None:
    owner, mel = days(2), manager()
    file = owner.files.get(name="day 1.csv")
    parquet(owner, file)[0].unlink()
    with pytest.raises(DamagedData) as caught:
        get_window(actor=mel, dataset_key=owner.key, fields=["kw"], at=NOW)
    assert (caught.value.where["dataset"], caught.value.where["file"]) == (owner.key, "day 1.csv")
    assert "“School load”" in caught.value.message
    with pytest.raises(DamagedData):
        hand_out_readings(actor=mel, dataset_key=owner.key, selection=ReadingSelection(), at=NOW)
    first = owner.files.get(name="day 0.csv")
    assert get_window(actor=mel, dataset_key=owner.key, fields=["kw"], at=NOW, file_key=first.key).total == 144
    assert StorageDamage.objects.get().file_name == "day 1.csv"


def test_a_published_version_is_had_as_it_was_after_merging_and_cleaning() -> None:
    owner, mel = days(3), manager()
    issue_version(actor=mel, dataset=owner, at=NOW)
    first, wide = _download(mel, owner, None), _download(mel, owner, None, shape="wide")
    stock.fill_lake(stock.file(owner, "day 3.csv"), PROFILE, content(3))
    update_totals(owner, at=NOW)
    upkeep.request_upkeep(actor=mel, what="merge", dataset_key=owner.key, at=NOW)
    upkeep.request_upkeep(actor=mel, what="clean", dataset_key=owner.key, at=NOW)
    later = datetime.now(UTC) + timedelta(hours=2)
    work(later)
    assert len(parquet(owner)) == 1
    assert _download(mel, owner, 1) == first
    assert _download(mel, owner, 1, shape="wide") == wide
    assert len(_download(mel, owner, None, shape="wide").splitlines()) == 1 + 4 * 144
    assert len(_download(mel, owner, None).splitlines()) == 1 + 4 * 144
    with pytest.raises(NotFound, match="no readings of a version 7"):
        _download(mel, owner, 7)


def _download(actor: Actor, owner: Dataset, version: int | None, *, shape: str = "long") -> bytes:
    selection = ReadingSelection(version=version, shape=shape)
    handed = hand_out_readings(actor=actor, dataset_key=owner.key, selection=selection, at=NOW)
    return handed.path.read_bytes() if handed.path else b"".join(handed.chunks or ())


def test_costs_are_measured_in_bytes_and_with_prices_in_money() -> None:
    owner, mel = days(3), manager()
    (cost,) = list_costs(actor=mel, at=NOW)
    on_disk = sum(path.stat().st_size for path in parquet(owner))
    assert (cost.size.readings, cost.size.raw) == (on_disk, sum(owner.files.values_list("size", flat=True)))
    assert (cost.readings, cost.yearly) == (432, None)
    assert cost.bytes_a_reading == (Decimal(on_disk) / 432).quantize(Decimal("0.01"))
    project = Path(settings.FAIRWATT_PROJECT_FILE)
    priced = Path(settings.FAIRWATT_HOME) / "project.toml"
    priced.write_text(project.read_text() + '\n[storage_prices]\ncurrency = "GBP"\nhot = 1000.0\ncool = 100.0\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "FAIRWATT_PROJECT_FILE", priced)
        priced_cost = cost_of(owner, at=NOW)
        assert priced_cost is not None
        exact = (Decimal(1000) * cost.size.readings + Decimal(100) * cost.size.raw) * 12 / 10**9
        assert priced_cost.yearly == exact.quantize(Decimal("0.01"))
        table = write_costs([priced_cost, add_costs_up([priced_cost], at=NOW)])
    assert table.splitlines()[1].startswith(f"{owner.key},,School load,")
    assert table.splitlines()[2].startswith(",,All datasets,")


def test_what_came_in_one_delivery_is_not_forecast_to_come_each_month() -> None:
    """The month of the first arrival is no whole one; after it, a month in which nothing came is."""
    owner = days(2)
    File.objects.filter(dataset=owner).update(received_at=datetime(2026, 4, 28, tzinfo=UTC))
    measure_dataset(owner, at=NOW)
    early, later = (cost_of(owner, at=datetime(2026, month, 15, tzinfo=UTC)) for month in (5, 6))
    assert early is not None
    assert (early.growth, early.later, early.yearly_later) == (None, None, None)
    assert later is not None
    assert later.growth == Growth(mean=0, least=0, most=0, months=1)
    assert later.later == 3 * (later.size.total,)


def test_growth_is_forecast_by_whole_months_with_its_range() -> None:
    owner = days(2)
    sizes = {0: datetime(2026, 3, 5, tzinfo=UTC), 1: datetime(2026, 5, 5, tzinfo=UTC)}
    for number, file in enumerate(owner.files.order_by("position")):
        File.objects.filter(pk=file.pk).update(received_at=sizes[number])
    measured = measure_dataset(owner, at=NOW)
    assert [entry["month"] for entry in measured.arrivals] == ["2026-03", "2026-05"]
    cost = cost_of(owner, at=NOW)
    assert cost is not None
    assert cost.growth is not None
    march, may = (entry["bytes"] for entry in measured.arrivals)
    assert cost.growth == Growth(mean=round(may / 2), least=0, most=may, months=2), "April and May"
    assert cost.later is not None
    assert cost.later[0] == cost.size.total
    assert abs(march + may - cost.size.total) <= 2, "all that is kept has come some month"
