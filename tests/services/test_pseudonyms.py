"""Numbers of supply points: never shown, never stored with readings, told to data managers only."""

from __future__ import annotations

import json
from functools import partial

import pytest
from django.core import serializers

from fairwatt.core.errors import InvalidInput, NotAllowed, NotFound
from fairwatt.core.files import ImportProfile
from fairwatt.core.files.privacy import is_mpan
from fairwatt.core.files.profile_text import write_json
from fairwatt.records.models import AuditEvent, Channel, Dataset, Deposit, File, FileFinding, SeriesPseudonym
from fairwatt.services import deposits
from fairwatt.services.access import require_original
from fairwatt.services.actors import Actor
from fairwatt.services.datasets import open_original
from fairwatt.services.import_profiles import give_document
from fairwatt.services.lakes import get_lake
from fairwatt.services.pseudonyms import Pseudonyms, reveal_series
from tests.services import entries, stock
from tests.services.entries import AT

pytestmark = pytest.mark.django_db
ONE, TWO = "1012345678903", "2000000000015"
METERS = b"MPAN,time,kWh\n" + b"".join(
    f"{number},2020-09-01T{h:02}:{m:02}:00Z,{h + m / 100:.2f}\n".encode()
    for h in range(24)
    for m in (0, 30)
    for number in (ONE, TWO)
)


def _received(actor: Actor, deposit: Deposit, content: bytes = METERS, name: str = "meters.csv") -> File:
    file = entries.hand_in(actor, deposit, content, name)
    entries.read_all()
    return File.objects.select_related("dataset").get(pk=file.pk)


def _everything_stored() -> str:
    """All rows that pages show, as text; the numbers that managers may ask for are in a table of their own."""
    rows = [*File.objects.all(), *FileFinding.objects.all(), *Channel.objects.all(), *Dataset.objects.all()]
    return serializers.serialize("json", rows)


def test_readings_have_other_names_and_no_row_holds_the_number(actor: Actor, deposit: Deposit) -> None:
    file = _received(actor, deposit)
    assert (file.state, file.rows, file.series_count) == ("read", 96, 2)
    names = Pseudonyms()
    assert get_lake().series(file.dataset.table) == sorted([names(ONE), names(TWO)])
    assert ONE not in _everything_stored()
    assert TWO not in _everything_stored()
    assert file.sample["rows"][0][0] == names(ONE)
    assert FileFinding.objects.get(code="meter-point-numbers").channel == "MPAN"
    assert dict(SeriesPseudonym.objects.values_list("pseudonym", "number")) == {names(ONE): ONE, names(TWO): TWO}


def test_a_gas_meters_number_in_the_files_name_is_known_by_the_rows(actor: Actor, deposit: Deposit) -> None:
    """The check digits of an MPRN alone would be right too often; findings call the file by its name."""
    number = "3938424403"
    lines = [f"{number},2020-09-01T{h:02}:00:00Z,{h}.5" for h in range(24)]
    lines[7] = f"{number},soon,7.5"
    file = _received(actor, deposit, "\n".join(["MPRN,time,kWh", *lines, ""]).encode(), f"gas {number}.csv")
    name = Pseudonyms()(number)
    assert (file.state, file.name) == ("read", f"gas {name}.csv")
    assert FileFinding.objects.get(code="bad-stamp").message.startswith(f"Row 9 of gas {name}.csv: ")
    file.original_name = ""
    assert number not in serializers.serialize("json", [file, *FileFinding.objects.all(), *Channel.objects.all()])


def test_the_profile_that_everybody_may_see_tells_no_number(actor: Actor, deposit: Deposit) -> None:
    """A line above the table is a reason, and a document that came with the file may name the meter."""
    content = f"Meter {ONE}: all times in UTC\ntime,kWh\n".encode() + b"".join(
        f"2020-09-01 {h:02}:00,{h}.5\n".encode() for h in range(24)
    )
    file = _received(actor, deposit, content, "meter.csv")
    assert file.profile is not None
    told = {**file.profile, "series": TWO, "timestamp": {**file.profile["timestamp"], "time_zone": "UTC"}}
    document = write_json(ImportProfile.model_validate(told))
    give_document(actor=actor, file_key=file.key, document=document, at=AT)
    entries.read_all()
    file.refresh_from_db()
    names = Pseudonyms()
    assert file.profile is not None
    assert file.profile["series"] == names(TWO)
    assert ONE not in json.dumps(file.profile)
    assert get_lake().series(file.dataset.table) == [names(TWO)]


def test_the_entry_becomes_personal_and_stays_so(actor: Actor, deposit: Deposit) -> None:
    file = _received(actor, deposit)
    reason = "Files hold numbers of supply points (MPAN or MPRN), which point to homes and businesses."
    assert (file.dataset.sensitivity, file.dataset.sensitivity_reason) == ("IB1-SP", reason)
    deposits.save_step(
        actor=actor, code=deposit.code, step="access", answers={"licence": "CC-BY-4.0", "public": "now"}, at=AT
    )
    dataset = Dataset.objects.get(pk=deposit.dataset_id)
    assert (dataset.sensitivity, dataset.sensitivity_reason) == ("IB1-SP", reason)


def test_a_number_in_a_heading_gets_its_other_name_too(actor: Actor, deposit: Deposit) -> None:
    assert is_mpan(ONE)
    content = f"start time,{ONE} (kWh)\n".encode() + b"".join(
        f"2020-09-01T{h:02}:{m:02}:00Z,{h}.5\n".encode() for h in range(24) for m in (0, 30)
    )
    file = _received(actor, deposit, content, f"{ONE} September.csv")
    name = Pseudonyms()(ONE)
    assert file.name == f"{name} September.csv"
    channel = Channel.objects.get()
    assert (channel.name, channel.field, channel.unit) == (f"{name} (kWh)", f"c_{name.replace('-', '_')}_kwh", "kwh")
    file.original_name = ""
    assert ONE not in json.dumps([file.sample, file.profile, channel.name, list(get_lake().fields(file.dataset.table))])


def test_the_original_stays_with_its_provider(actor: Actor, deposit: Deposit) -> None:
    file = _received(actor, deposit)
    Dataset.objects.filter(pk=file.dataset_id).update(state="published", published_at=AT)
    file.dataset.release_rules.update(available_from=AT)
    assert open_original(actor=actor, file_key=file.key, at=AT).name == "meters.csv"
    assert open_original(actor=entries.manager(), file_key=file.key, at=AT).name == "meters.csv"
    other = stock.actor(stock.person("another", organization=stock.organization("TCC")))
    for somebody in (other, Actor.anonymous()):
        with pytest.raises(NotAllowed) as refused:
            open_original(actor=somebody, file_key=file.key, at=AT)
        assert refused.value.message == (
            "The original file holds numbers of supply points (MPAN or MPRN), so it stays with its provider."
        )


def test_an_original_that_names_people_stays_with_its_provider_too(actor: Actor, deposit: Deposit) -> None:
    lines = [f"2020-09-01T{h:02}:00:00Z,{h}.5,A Person,1 Kiln Street" for h in range(24)]
    file = _received(
        actor, deposit, "\n".join(["start time,kWh,Customer name,Address", *lines, ""]).encode(), "meter.csv"
    )
    Dataset.objects.filter(pk=file.dataset_id).update(state="published", published_at=AT)
    assert (file.state, file.dataset.sensitivity) == ("read", "IB1-SP")
    assert list(get_lake().fields(file.dataset.table)) == ["kwh"]
    assert get_lake().series(file.dataset.table) == [Pseudonyms()("APERSON")]
    assert "A Person" not in _everything_stored()
    assert "Kiln Street" not in _everything_stored()
    file = File.objects.select_related("dataset").get(pk=file.pk)
    require_original(actor=actor, file=file, at=AT)
    with pytest.raises(NotAllowed, match="says whose its readings are"):
        require_original(actor=Actor.anonymous(), file=file, at=AT)


def test_an_original_without_such_numbers_is_for_everybody_who_may_have_the_data(
    actor: Actor, deposit: Deposit
) -> None:
    file = _received(actor, deposit, entries.READABLE, "meter.csv")
    Dataset.objects.filter(pk=file.dataset_id).update(state="published", published_at=AT)
    file = File.objects.select_related("dataset").get(pk=file.pk)
    require_original(actor=Actor.anonymous(), file=file, at=AT)


def test_a_manager_may_ask_which_supply_point_it_is_and_the_log_says_so(actor: Actor, deposit: Deposit) -> None:
    file = _received(actor, deposit)
    name, key, manager = Pseudonyms()(ONE), file.dataset.key, entries.manager()
    ask = partial(reveal_series, dataset_key=key, at=AT)
    assert ask(actor=manager, series=name, reason=" A fault \n at the meter ") == ONE
    event = AuditEvent.objects.get(verb="series.revealed")
    assert manager.user is not None
    assert (event.actor_id, event.dataset_key) == (manager.user.pk, key)
    assert event.detail == {"series": name, "reason": "A fault at the meter"}
    wrong = (
        (actor, name, "x", NotAllowed),
        (manager, "mp-none", "x", NotFound),
        (manager, Pseudonyms()("1"), "x", NotFound),
        (manager, name, " \n", InvalidInput),
    )
    for asker, series, reason, error in wrong:
        with pytest.raises(error):
            ask(actor=asker, series=series, reason=reason)
    assert AuditEvent.objects.filter(verb="series.revealed").count() == 1


def test_names_are_keyed_and_steady(settings: object) -> None:
    first = Pseudonyms()(ONE)
    assert first == Pseudonyms()(ONE) != Pseudonyms()(TWO)
    assert (first[:3], len(first)) == ("mp-", 19)
    settings.SECRET_KEY = "another key, as long as the first one was"
    assert Pseudonyms()(ONE) != first


LONG_WITHOUT = b"".join(
    f"2020-{month:02}-{day:02}T{h:02}:{m:02}:00Z,{h + m / 100:.2f},Meter {'AB'[m > 29]},ok\n".encode()
    for month in range(1, 13)
    for day in range(1, 29)
    for h in range(24)
    for m in range(0, 60, 2)
)


@pytest.mark.parametrize("where", ["series", "words"])
def test_a_number_late_in_a_long_file_is_hidden_and_makes_the_entry_personal(
    actor: Actor, deposit: Deposit, where: str
) -> None:
    """241,920 rows, of which samples show some; the number stands in one of the others."""
    lines = (b"time,kWh,meter,note\n" + LONG_WITHOUT).splitlines(keepends=True)
    old, new = (b"Meter A", ONE.encode()) if where == "series" else (b",ok", f",swapped for {ONE} (new)".encode())
    lines[150_002] = lines[150_002].replace(old, new)
    assert new in lines[150_002]
    file = _received(actor, deposit, b"".join(lines), "long.csv")
    assert (file.state, file.rows) == ("read", 241_920)
    finding = FileFinding.objects.get(code="meter-point-numbers")
    assert (finding.channel, finding.count, finding.where) == (
        "" if where == "series" else "note",
        1,
        ["line 150,003"],
    )
    assert file.dataset.sensitivity == "IB1-SP"
    assert ONE not in _everything_stored()
    lake, table = get_lake(), file.dataset.table
    name = Pseudonyms()(ONE)
    assert SeriesPseudonym.objects.get().pseudonym == name
    assert lake.series(table) == sorted(["Meter A", "Meter B"] + [name] * (where == "series"))
    stored = [path.read_bytes() for path in (lake.root / "tables").rglob("*") if path.is_file()]
    assert not any(ONE.encode() in content for content in stored)


def test_a_number_in_the_files_name_alone_makes_the_entry_personal(actor: Actor, deposit: Deposit) -> None:
    file = _received(actor, deposit, entries.READABLE, f"{ONE}.csv")
    assert FileFinding.objects.get(code="meter-point-numbers").message.startswith("The file’s name holds the numbers")
    assert file.dataset.sensitivity == "IB1-SP"
