"""A process that is told to stop stops, whatever it is doing at that moment."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

HOLDING_ITS_LOCK = """
import os
from fairwatt.cli.stopping import stop_when_told
stop = stop_when_told(within_s=30)
with stop._cond:
    os.kill(os.getpid(), {number})
    sum(range(1_000))
print("stopped" if stop.wait(200) else "deaf")
"""

INSIDE_A_LIBRARY = """
import hashlib, os, threading, time
from fairwatt.cli.stopping import stop_when_told
stop = stop_when_told(within_s=30)
threading.Timer(0.2, os.kill, (os.getpid(), {number})).start()
seen = []
threading.Thread(target=lambda: seen.append(stop.wait(200)), daemon=True).start()
hashlib.pbkdf2_hmac("sha256", b"word", b"salt", 2_000_000)  # the main thread runs no Python meanwhile
print("stopped" if seen == [True] else "deaf")
"""

HOLDING_ON = """
import os, time
from fairwatt.cli.stopping import stop_when_told
stop = stop_when_told(within_s=0.3)
os.kill(os.getpid(), {number})
time.sleep(300)
print("held on")
"""


def run(program: str, number: signal.Signals) -> subprocess.CompletedProcess[str]:
    """Run a program that sends itself a signal, to its end."""
    command = [sys.executable, "-c", program.format(number=int(number))]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("program", [HOLDING_ITS_LOCK, INSIDE_A_LIBRARY], ids=["lock", "library"])
def test_a_signal_is_heard_whatever_the_main_thread_does(program: str, number: signal.Signals) -> None:
    done = run(program, number)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "stopped", "")


def test_work_that_does_not_let_go_is_ended_all_the_same() -> None:
    done = run(HOLDING_ON, signal.SIGTERM)

    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")


def test_a_child_whose_supervisor_is_gone_stops_by_itself() -> None:
    child = (
        "from fairwatt.cli.stopping import stop_when_told\n"
        "stop = stop_when_told(within_s=30)\n"
        "print('begun', flush=True)\n"
        "print('stopped' if stop.wait(200) else 'deaf', flush=True)\n"
    )
    parent = (
        "import os, subprocess, sys\n"
        f"begun = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=sys.stdout,\n"
        "    env=os.environ | {'FAIRWATT_SUPERVISOR': str(os.getpid())})\n"
        "sys.stdin.read()\n"
        "os._exit(0)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.stdin.close()  # the parent goes

        assert process.stdout.read() == "stopped\n"  # the child has the same output, and ends
