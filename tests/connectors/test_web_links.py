"""Looking at addresses elsewhere: what they answer, and that nothing inside is ever asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import sleep
from typing import Any

import httpx
import pytest

from fairwatt.connectors.web_links import LinkAnswer, is_public, look_at


class _Site(BaseHTTPRequestHandler):
    """Answers by its path: ``/200``, ``/301/NEXT``, ``/head-405``, ``/drip``, which never ends its headers."""

    seen: list[tuple[str, str, str]] = []
    broken_off = Event()

    def do_HEAD(self) -> None:
        if self.path == "/drip":
            self._drip()
        else:
            self._tell(405 if "head-405" in self.path else self._status())

    def do_GET(self) -> None:
        self._tell(200 if "head-405" in self.path else self._status())

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while True:
                self.wfile.write(b"x")
                sleep(0.02)
        except OSError:
            self.close_connection = True
            _Site.broken_off.set()

    def _status(self) -> int:
        return int(self.path.split("/")[1])

    def _tell(self, status: int) -> None:
        _Site.seen.append((self.command, self.headers["Host"], self.path))
        self.send_response(status)
        if status in {301, 302, 308}:
            self.send_header("Location", self.path.partition(f"/{status}/")[2])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_said: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def look(address: str, port: int) -> LinkAnswer:
    """Look at an address of a made-up web: every name is the site's but ``inside``, which lies in the house."""
    _Site.seen.clear()

    def resolve(host: str, _port: int) -> Sequence[str]:
        if host == "nobody.example":
            raise OSError("unknown")
        return ["10.0.0.7"] if host == "inside.example" else ["127.0.0.1"]

    return look_at(
        address.replace("{port}", str(port)), resolve=resolve, may_ask=lambda ip: not ip.startswith("10."), ports=None
    )


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        ("200", "works", 200),
        ("206", "works", 206),
        ("head-405", "works", 200),
        ("302/http://data.example:{port}/200", "works", 200),
        ("302//200", "works", 200),
        ("401", "guarded", 401),
        ("403", "guarded", 403),
        ("404", "broken", 404),
        ("410", "broken", 410),
        ("429", "broken", 429),
        ("500", "broken", 500),
        ("301/http://data.example:{port}/404", "broken", 404),
        ("302/http://inside.example:{port}/200", "refused", None),
        ("302/file:///etc/passwd", "refused", None),
        ("302/http://nobody.example/", "silent", None),
        ("302/http://[bad/", "silent", None),
    ],
)
def test_an_answer_is_told_in_a_word(port: int, path: str, outcome: str, status: int | None) -> None:
    answer = look(f"http://data.example:{{port}}/{path}", port)
    assert (answer.outcome, answer.status) == (outcome, status)
    assert answer.message.endswith(".") or answer.message.endswith(").")
    assert all(host.startswith("data.example:") for _, host, _ in _Site.seen)


def test_who_sends_a_sign_now_and_then_for_ever_is_broken_off(port: int) -> None:
    _Site.broken_off.clear()
    answer = look_at(
        f"http://data.example:{port}/drip",
        resolve=lambda *_: ["127.0.0.1"],
        may_ask=lambda _: True,
        ports=None,
        within_s=0.3,
    )
    assert answer == LinkAnswer("silent", "It did not answer in time.")
    assert _Site.broken_off.wait(30)


def test_no_time_is_left_for_a_next_hop_when_looking_names_up_took_it_all(port: int) -> None:
    _Site.seen.clear()
    late = Event()

    def resolve(host: str, _port: int) -> Sequence[str]:
        late.wait(0.3 if host == "slow.example" else 0)
        return ["127.0.0.1"]

    answer = look_at(
        f"http://slow.example:{port}/302/http://next.example:{port}/200",
        resolve=resolve,
        may_ask=lambda _: True,
        ports=None,
        within_s=0.05,
    )
    assert answer == LinkAnswer("silent", "It did not answer in time.")
    assert all(host.startswith("slow.example") for _, host, _ in _Site.seen)


def test_what_has_moved_for_good_says_where_to(port: int) -> None:
    new = f"http://new.example:{port}/200"
    assert look(f"http://data.example:{{port}}/301/{new}", port) == LinkAnswer(
        "moved", "It has moved for good, and leads there.", 200, new
    )
    assert look(f"http://data.example:{{port}}/302/http://b.example:{port}/301/{new}", port).outcome == "works"


def test_a_circle_of_redirects_ends(port: int) -> None:
    path = "/301/" * 7 + "http://data.example/200"
    answer = look(f"http://data.example:{{port}}{path}", port)
    assert answer.outcome == "broken"
    assert "more than 5 times" in answer.message
    assert len(_Site.seen) == 6


def test_a_name_is_looked_up_once_and_its_address_is_the_one_that_is_asked(port: int) -> None:
    """A name that means a public machine when it is judged can't mean another when it is asked."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.7"]

    answer = look_at(
        f"http://data.example:{port}/200", resolve=resolve, may_ask=lambda ip: ip == "127.0.0.1", ports=None
    )
    assert (answer.outcome, asked) == ("works", ["data.example"])


def test_a_name_with_one_address_inside_is_not_asked(port: int) -> None:
    _Site.seen.clear()
    answer = look_at(
        f"http://data.example:{port}/200",
        resolve=lambda *_: ["127.0.0.1", "10.0.0.7"],
        may_ask=lambda ip: ip == "127.0.0.1",
        ports=None,
    )
    assert (answer.outcome, _Site.seen) == ("refused", [])


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://172.16.0.1:8080/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://100.64.0.1/",
        "http://168.63.129.16/",
        "http://192.0.0.9/",
        "http://192.0.0.192/",
        "http://192.88.99.1/",
        "http://198.18.0.1/",
        "http://[2002:a83f:8110::1]/",
        "http://[64:ff9b::a83f:8110]/",
        "http://[64:ff9b:1::1]/",
        "http://[3fff::1]/",
        "http://[5f00::1]/",
        "http://224.0.0.1/",
        "http://93.184.216.34:22/",
        "http://name:password@93.184.216.34/",
        "ftp://93.184.216.34/",
        "file:///etc/passwd",
        "gopher://93.184.216.34/",
        "http:///nowhere",
        "not an address",
    ],
)
def test_addresses_inside_and_odd_ones_are_not_asked(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_asked: object, **_more: object) -> None:
        raise AssertionError("it was asked")

    monkeypatch.setattr(httpx.Client, "stream", refuse)
    assert look_at(address).outcome == "refused"


@pytest.mark.parametrize(
    "ip", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "192.0.1.1", "168.63.129.17"]
)
def test_addresses_of_the_internet_are_public(ip: str) -> None:
    assert is_public(ip)
