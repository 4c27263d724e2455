"""Notice Ctrl-C and SIGTERM without ever waiting inside a signal's own call."""

from __future__ import annotations

import os
import select
import signal
import threading
import time

SUPERVISOR = "FAIRWATT_SUPERVISOR"  # names the process to which one started by ours belongs
LOOKS_EVERY_S = 1.0  # whether its supervisor is still there
TOLD_TO_STOP = 143  # how shells say that SIGTERM ended a process


def stop_when_told(*, within_s: float) -> threading.Event:
    """Make an event that Ctrl-C or SIGTERM sets; to be called once, in the main thread.

    A process that has not ended by itself ``within_s`` [s] after that is ended where it stands: what is left behind
    is what a power cut would leave, which everything here survives. One that a supervisor started is told to stop by
    the supervisor's end too, however that came.

    Setting an event takes its lock. A signal may arrive while the main thread holds that very lock, and would then
    wait for itself for ever; so the signal only leaves a byte in a pipe, and a thread sets the event. It does so at
    once, even where the main thread is inside a library that takes long.
    """
    stop = threading.Event()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)

    supervisor = int(os.environ.get(SUPERVISOR, "0"))

    def wait() -> None:
        while not select.select([reader], [], [], LOOKS_EVERY_S)[0]:
            if supervisor and os.getppid() != supervisor:
                break
        stop.set()
        time.sleep(within_s)
        os._exit(TOLD_TO_STOP)

    threading.Thread(target=wait, name="stop-when-told", daemon=True).start()
    return stop
