"""Who has looked at data that are not open to everyone: once an hour and person in the audit log, never in the way.

A picture, a table of first rows and a window of a tool show data as a download does. A page must not wait until that
is written down, so a thread of its own writes it, moments later; the last ones are written when the process ends.
"""

from __future__ import annotations

import atexit
import logging
import queue
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from fairwatt.core.metadata.access import Audience
from fairwatt.records.models import Dataset, User
from fairwatt.services.access import terms_of
from fairwatt.services.actors import Actor
from fairwatt.services.audit import has_event, record_event

VERB = "readings.viewed"
MOST_REMEMBERED = 10_000
LAST_WAIT_S = 10.0  # for what is still to be written when the process ends

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Viewing:
    """That somebody looked at a dataset's data, at an instant of an hour."""

    actor: Actor
    dataset: Dataset
    at: datetime

    @property
    def hour(self) -> datetime:
        return self.at.replace(minute=0, second=0, microsecond=0)

    @property
    def key(self) -> tuple[object, ...]:
        return self.actor.user.pk if self.actor.user else None, self.dataset.key, self.hour


def note_viewing(*, actor: Actor, dataset: Dataset, at: datetime) -> None:
    """Note that the actor has been shown some of a dataset's data; come back at once.

    Nothing is noted of data that are open to everyone at that instant, nor of drafts, which only those see who work
    on them.

    Parameters
    ----------
    dataset
        With its release rules fetched, so that no further query is made.
    """
    if actor.user is None or dataset.state == Dataset.State.DRAFT:
        return
    if terms_of(dataset).is_available(Audience.PUBLIC, at=at) and dataset.state != Dataset.State.WITHDRAWN:
        return
    viewing = _Viewing(actor, dataset, at)
    if not _writer.knows(viewing):
        transaction.on_commit(lambda: _writer.take(viewing))


@dataclass
class _Writer:
    """Writes viewings down, one after the other, in a thread that begins with the first of them."""

    _waiting: queue.Queue[_Viewing] = field(default_factory=queue.Queue)
    _known: OrderedDict[tuple[object, ...], None] = field(default_factory=OrderedDict)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def knows(self, viewing: _Viewing) -> bool:
        """Whether this process has taken it already in this hour."""
        return viewing.key in self._known

    def take(self, viewing: _Viewing) -> None:
        """Have it written, where this process has not done so yet; what was rolled back is never taken."""
        with self._guard:
            if viewing.key in self._known:
                return
            self._known[viewing.key] = None
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
            if settings.FAIRWATT_WRITE_BEHIND and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, name="viewings", daemon=True)
                self._thread.start()
                atexit.register(self.finish)
        if settings.FAIRWATT_WRITE_BEHIND:
            self._waiting.put(viewing)
        else:
            self._write(viewing)

    def finish(self, wait_s: float = LAST_WAIT_S) -> bool:
        """Wait until all that was taken is written; whether it is."""
        done = self._waiting.all_tasks_done
        with done:
            return done.wait_for(lambda: not self._waiting.unfinished_tasks, timeout=wait_s)

    def _run(self) -> None:
        while True:
            viewing = self._waiting.get()
            try:
                self._write(viewing)
            except Exception:  # the log has a hole then, and the server's own log tells of it
                logger.exception("a viewing of %s could not be noted", viewing.dataset.key)
                with self._guard:
                    self._known.pop(viewing.key, None)
            finally:
                if self._waiting.empty():
                    connection.close()
                self._waiting.task_done()

    @staticmethod
    def _write(viewing: _Viewing) -> None:
        """Add the event, unless another process did in this hour: each waits here for the person's row."""
        assert viewing.actor.user is not None
        with transaction.atomic():
            list(User.objects.select_for_update().filter(pk=viewing.actor.user.pk).values_list("pk"))
            known = has_event(
                actor=viewing.actor, verb=VERB, subject=viewing.dataset, since=viewing.hour, is_anywhere=True
            )
            if not known:
                record_event(actor=viewing.actor, verb=VERB, subject=viewing.dataset, at=viewing.at)


_writer = _Writer()
