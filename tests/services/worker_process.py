"""A worker of its own, for tests that kill it: ``python -m tests.services.worker_process DATABASE WHERE``.

At WHERE (``before`` or ``after`` the readings are in the lake, or in the ``middle`` of putting them there, or
``never``) it says so and waits to be killed.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

import django
from django.conf import settings


def main(database: str, where: str) -> None:
    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from fairwatt.lake import Lake  # noqa: PLC0415 - only once Django is set up
    from fairwatt.services.jobs import JobContext  # noqa: PLC0415
    from fairwatt.services.worker import run_worker  # noqa: PLC0415

    ingest, progress = Lake.ingest, JobContext.progress

    def wait() -> None:
        sys.stdout.write(f"{where}\n")
        sys.stdout.flush()
        time.sleep(600)

    def ingest_and_wait(self: Lake, *args: Any, **fields: Any) -> Any:
        if where == "before":
            wait()
        result = ingest(self, *args, **fields)
        if where == "after":
            wait()
        return result

    def progress_and_wait(self: JobContext, share: float, stage: str = "") -> None:
        progress(self, share, stage)
        if where == "middle" and self._mine().filter(progress__gte=0.1).exists():
            wait()

    JobContext.progress = progress_and_wait
    Lake.ingest = ingest_and_wait
    run_worker(name="process", stop=threading.Event(), poll_s=0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
