"""First pictures are drawn when readings arrive, and kept: whoever opens a page first does not wait for them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import DjangoCaptureOnCommitCallbacks

from fairwatt.core.errors import InsufficientData
from fairwatt.portal.pages import previews
from fairwatt.records.models import Dataset, Deposit, File
from fairwatt.services import reviews
from fairwatt.services.actors import Actor
from tests.services import entries
from tests.services.entries import AT, HOUR, READABLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Deposit:
    """An entry with a file that a worker has read, transactions and what follows them included."""
    cache.clear()
    with django_capture_on_commit_callbacks(execute=True):
        return entries.submitted(entries.partner())


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The datasets and files for which readings are fetched to be drawn, from now on."""
    asked: list[str] = []
    get_window = previews.get_window

    def watched(**question: Any) -> Any:
        asked.append(question["file_key"] or question["dataset_key"])
        return get_window(**question)

    monkeypatch.setattr(previews, "get_window", watched)
    return asked


def pictures(deposit: Deposit) -> list[str]:
    """What the pages of the dataset and of its file show."""
    dataset = Dataset.objects.get(pk=deposit.dataset_id)
    shown = []
    for file in (None, File.objects.get(dataset=dataset)):
        preview = previews.draw_preview(actor=Actor.system(), dataset=dataset, at=AT, file=file)
        assert preview is not None
        assert preview.chart is not None
        shown.append(preview.chart.title)
    return shown


def test_the_first_visitor_finds_the_pictures_drawn(read: Deposit, drawn: list[str]) -> None:
    assert pictures(read) == ["power (kW)", "power (kW)"]
    assert drawn == []


def test_publishing_draws_nothing_anew(read: Deposit, drawn: list[str]) -> None:
    reviews.approve_deposit(actor=entries.manager(), code=read.code, at=AT + HOUR)
    assert pictures(read) == ["power (kW)", "power (kW)"]
    assert drawn == []


def test_other_readings_are_drawn_anew(read: Deposit, drawn: list[str]) -> None:
    File.objects.update(read_at=AT + HOUR)
    pictures(read)
    dataset = Dataset.objects.get()
    assert drawn == [dataset.key, dataset.files.get().key]


def test_while_another_file_waits_the_dataset_is_not_drawn(read: Deposit, drawn: list[str]) -> None:
    one = File.objects.get()
    File.objects.create(
        dataset=one.dataset, key=entries.stock.key(), name="next.csv", original_name="", sha256="0" * 64, size=1,
        received_at=AT,
    )  # fmt: skip
    File.objects.filter(pk=one.pk).update(read_at=AT + HOUR)
    previews.draw_ahead(one.key, at=AT)
    assert drawn == [one.key]


def test_a_file_that_is_gone_is_nothing_to_draw(drawn: list[str]) -> None:
    previews.draw_ahead("gone", at=AT)
    assert drawn == []


def test_a_picture_that_fails_stops_no_reading(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    def fail(**_: object) -> None:
        raise InsufficientData("Nothing to draw.")

    monkeypatch.setattr(previews, "get_window", fail)
    actor = entries.partner()
    with django_capture_on_commit_callbacks(execute=True):
        file = entries.hand_in(actor, entries.entry(actor), READABLE, "meter.csv")
        entries.read_all()
    assert File.objects.get(pk=file.pk).state == File.State.READ
