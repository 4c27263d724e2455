"""What the channels of a dataset's files add up to: kept when a file is read or goes, not made when a page opens."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from pytest_django import DjangoAssertNumQueries

from fairwatt.records.models import Dataset, DatasetChannel, File
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import draft_certificate
from fairwatt.services.dataset_channels import store_dataset_channels
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.files import enqueue_reading
from fairwatt.services.readings import list_channels
from tests.services import stock
from tests.services.stock import NOW

pytestmark = pytest.mark.django_db
KEPT = (
    "position",
    "name",
    "field",
    "unit",
    "resolution_s",
    "count",
    "missing",
    "minimum",
    "mean",
    "maximum",
    "is_mixed",
)
LOADS = {"count": 10, "missing": 1, "minimum": 0.5, "mean": 2.0, "maximum": 4.0, "resolution_s": 60.0}
MORE = {"count": 30, "missing": 4, "minimum": 0.25, "mean": 6.0, "maximum": 9.0, "resolution_s": 1.0}


@pytest.fixture
def house() -> Dataset:
    """Two files: both with a load (spelled in two ways), the second with a voltage before it."""
    row = stock.dataset()
    stock.channel(stock.file(row, "one.csv"), "Load", "load_kw", **LOADS)
    two = stock.file(row, "two.csv")
    stock.channel(two, "Mains", "mains_v", unit="v", quantity="voltage", **MORE)
    stock.channel(two, "LOAD avg", "load_kw", **MORE)
    return row


def kept(row: Dataset) -> list[tuple[object, ...]]:
    return list(row.channels.values_list(*KEPT))


BOTH = [
    (1, "Load", "load_kw", "kw", 1.0, 40, 5, 0.25, 5.0, 9.0, False),
    (2, "Mains", "mains_v", "v", 1.0, 30, 4, 0.25, 6.0, 9.0, False),
]
FIRST = [(1, "Load", "load_kw", "kw", 60.0, 10, 1, 0.5, 2.0, 4.0, False)]


def test_channels_are_added_up_by_field_in_the_files_order(house: Dataset) -> None:
    assert kept(house) == BOTH


def test_the_first_file_names_a_channel_even_where_it_was_read_again_later(house: Dataset) -> None:
    one = house.files.get(name="one.csv")
    one.channels.all().delete()
    stock.channel(one, "Load", "load_kw", **LOADS)
    assert kept(house) == BOTH


def test_a_channel_without_readings_has_no_mean_and_a_mean_is_weighed_by_its_readings() -> None:
    row = stock.dataset()
    none = {"count": 0, "missing": 9, "minimum": None, "mean": None, "maximum": None, "resolution_s": None}
    stock.channel(stock.file(row), "Load", "load_kw", **none)
    assert kept(row) == [(1, "Load", "load_kw", "kw", None, 0, 9, None, None, None, False)]
    stock.channel(stock.file(row), "Load", "load_kw", **LOADS)
    assert kept(row) == [(1, "Load", "load_kw", "kw", 60.0, 10, 10, 0.5, 2.0, 4.0, False)]


def test_files_that_disagree_on_the_unit_are_told() -> None:
    row = stock.dataset()
    for unit in ("kw", "w"):
        stock.channel(stock.file(row), unit=unit)
    assert list(row.channels.values_list("unit", "is_mixed")) == [("kw", True)]


def test_a_removed_file_takes_its_part_with_it(house: Dataset) -> None:
    house.files.get(name="two.csv").delete()
    update_totals(house, at=NOW)
    assert kept(house) == FIRST
    house.files.all().delete()
    update_totals(house, at=NOW)
    assert kept(house) == []


def test_while_a_file_is_read_again_what_it_held_counts_no_longer(house: Dataset) -> None:
    enqueue_reading(house.files.get(name="two.csv"), created_by=None, at=NOW)
    assert kept(house) == FIRST


def test_a_file_that_could_not_be_read_adds_nothing(house: Dataset) -> None:
    house.files.filter(name="two.csv").update(state=File.State.FAILED)
    update_totals(house, at=NOW)
    assert kept(house) == FIRST


def test_certificate_list_and_page_say_what_is_kept(house: Dataset) -> None:
    entries = draft_certificate(house).channels
    listed = list_channels(actor=Actor.system(), dataset_key=house.key, at=NOW)
    said = [(c.field, c.name, c.unit, c.count, c.missing, c.minimum, c.mean, c.maximum) for c in entries]
    assert said == [(c.field, c.name, c.unit, c.count, c.missing, c.minimum, c.mean, c.maximum) for c in listed]
    assert said == [("load_kw", "Load", "kw", 40, 5, 0.25, 5.0, 9.0), ("mains_v", "Mains", "v", 30, 4, 0.25, 6.0, 9.0)]


def test_a_list_of_channels_asks_the_same_however_many_files_there_are(
    house: Dataset, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        stock.channel(stock.file(house, f"more {number}.csv"), "Load", "load_kw", **LOADS)
    with django_assert_num_queries(3):  # the dataset, who may have its values, the channels
        list_channels(actor=Actor.anonymous(), dataset_key=house.key, at=NOW)


def test_the_migration_adds_up_what_had_been_read_before_it(house: Dataset) -> None:
    other = stock.dataset("Unread")
    stock.channel(stock.file(other, state=File.State.FAILED))
    third = stock.dataset("Third")
    stock.channel(stock.file(third), "Load", "load_kw", **LOADS)
    DatasetChannel.objects.all().delete()
    import_module("fairwatt.records.migrations.0004_dataset_channels").add_channels_up(apps, None)
    assert (kept(house), kept(other), kept(third)) == (BOTH, [], FIRST)
    store_dataset_channels(house)
    assert kept(house) == BOTH
