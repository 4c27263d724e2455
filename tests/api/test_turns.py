"""Slow readers hold up nobody but themselves, and what they leave behind is let go."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from fairwatt.api.turns import Turns
from fairwatt.core.errors import TooManyRequests
from tests.waiting import PATIENCE_S, until

THREADS = 8  # as the portal is served


def test_all_turns_and_those_of_one_asker_are_bounded() -> None:
    turns = Turns(most=3, each=2, waiting=0)
    kept = [turns.take("a", wait_s=0), turns.take("a", wait_s=0)]
    with pytest.raises(TooManyRequests) as refused:
        turns.take("a", wait_s=0)
    assert refused.value.retry_after_s > 0
    kept.append(turns.take("b", wait_s=0))
    with pytest.raises(TooManyRequests):
        turns.take("c", wait_s=0)
    kept[0].give_back()
    kept[0].give_back()
    kept.append(turns.take("c", wait_s=0))
    with pytest.raises(TooManyRequests):
        turns.take("d", wait_s=0)
    del kept
    assert turns.take("a", wait_s=0)


def test_who_waits_gets_the_turn_that_comes_free() -> None:
    turns = Turns(most=1, each=1)
    first = turns.take("a", wait_s=0)
    threading.Timer(0.05, first.give_back).start()
    assert turns.take("b", wait_s=20)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A real server with as many threads as the portal's."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "tests.api.slow_portal:application", "--interface", "wsgi"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--blocking-threads", str(THREADS), "--no-ws"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=Path(__file__).parents[2])
        try:
            until(lambda: _answers(f"http://127.0.0.1:{port}/"))
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(PATIENCE_S)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=PATIENCE_S).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.one_database
def test_pages_are_answered_while_more_readers_than_threads_take_nothing(address: str) -> None:
    with ExitStack() as stack:
        readers = [stack.enter_context(httpx.Client(base_url=address, timeout=PATIENCE_S)) for _ in range(THREADS + 4)]
        asked = [
            reader.send(
                reader.build_request("GET", "/download", headers={"Authorization": f"Bearer {number}"}), stream=True
            )
            for number, reader in enumerate(readers)
        ]
        assert [answer.status_code for answer in asked].count(200) == 5
        assert {answer.status_code for answer in asked} == {200, 429}
        assert httpx.get(address, timeout=PATIENCE_S).text == "5"
        for answer in asked:
            answer.close()
    # What nobody reads any more is not made any more, and others get their turn.
    until(lambda: httpx.get(address, timeout=PATIENCE_S).text == "0")
    with httpx.stream("GET", f"{address}/download", timeout=PATIENCE_S) as answer:
        assert next(answer.iter_raw()).startswith(b"xxx")
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        httpx.get(f"{address}/hurry", timeout=PATIENCE_S).raise_for_status()
        with httpx.stream("GET", f"{address}/download", timeout=PATIENCE_S):
            until(lambda: httpx.get(address, timeout=PATIENCE_S).text == "0")  # cut off, though still open here
