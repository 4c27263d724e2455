"""What is done behind everybody's back is done in turn, and whatever fails stops nothing."""

from __future__ import annotations

import threading

from fairwatt.lake.stores.behind import Behind
from tests.waiting import PATIENCE_S


def test_work_is_done_in_turn_and_later_work_too() -> None:
    behind, done, ended = Behind("test"), list[int](), threading.Event()
    for number in range(100):
        behind.add(lambda number=number: done.append(number))
    behind.add(ended.set)
    assert ended.wait(PATIENCE_S)
    assert done == list(range(100))
    again = threading.Event()
    behind.add(again.set)
    assert again.wait(PATIENCE_S)


def test_what_waits_is_bounded() -> None:
    behind, begun, go_on, done = Behind("test", most=2), threading.Event(), threading.Event(), list[int]()
    ended = threading.Event()
    behind.add(lambda: begun.set() or go_on.wait(PATIENCE_S))
    assert begun.wait(PATIENCE_S)
    for number in range(4):
        behind.add(lambda number=number: done.append(number))
    behind.add(ended.set)
    go_on.set()
    assert ended.wait(PATIENCE_S)
    assert done == [3]


def test_work_that_fails_stops_nothing() -> None:
    behind, ended = Behind("test"), threading.Event()

    def fail() -> None:
        raise ValueError("a fault of ours")

    behind.add(fail)
    behind.add(ended.set)
    assert ended.wait(PATIENCE_S)
