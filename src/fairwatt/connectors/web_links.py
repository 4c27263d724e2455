"""Looking at an address elsewhere: whether it still answers, without fetching what is there.

The address was typed by somebody, so that it may lead anywhere. Only public addresses are asked, at each hop anew: the
name is looked up once, what it stands for is judged, and that very address is connected to, so that no name can mean
another machine a moment later. Nothing inside the house is ever asked, and nothing of an answer's body is read.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock, Timer
from typing import Any, Literal, Self

import httpx

Outcome = Literal["works", "moved", "guarded", "broken", "silent", "refused"]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

_PORTS = {80, 443, 8080, 8443}
_MOST_HOPS = 6
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)  # of each read
_LOOK_S = 20.0  # of the whole look, as a server may send a byte a second for ever
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = tuple(  # which some Pythons take for global, or which lead into a house though they are
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # protocols' own
            "192.88.99.0/24",  # relays of 6to4
            "168.63.129.16/32",  # Azure's host, which knows its machines' secrets
            "64:ff9b:1::/48",  # NAT64 of a house
            "3fff::/20",  # documentation
            "5f00::/16",  # segments' names
        ),
    )
)
_CONNECTED = {"connection.connect_tcp.complete", "connection.start_tls.complete"}
_LATE = "It did not answer in time."
_REDIRECTS = {301, 302, 303, 307, 308}
_FOR_GOOD = {301, 308}
_ASKS_WHO = {401, 402, 403, 407, 451}
_NOT_BY_HEAD = {400, 403, 404, 405, 406, 410, 500, 501}  # some servers know GET alone


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What an address answered: in a word, in a sentence, by HTTP's number, and where it has moved to."""

    outcome: Outcome
    message: str
    status: int | None = None
    leads_to: str = ""


class _UnaskableAddressError(Exception):
    """The address is not asked."""


class _Deadline:
    """Breaks off whatever is being read when the time for all of it is up, though every read came in time."""

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self._lock = Lock()
        self._socket: socket.socket | None = None
        self._timer = Timer(seconds, self._pass)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()

    def note(self, event: str, about: Mapping[str, Any]) -> None:
        """Take the connection that was made, of all that httpx tells of its steps."""
        if event in _CONNECTED:
            with self._lock:
                self._socket = about["return_value"].get_extra_info("socket")
                self._break_off()

    def _pass(self) -> None:
        with self._lock:
            self.has_passed = True
            self._break_off()

    def _break_off(self) -> None:
        if self.has_passed and self._socket is not None:
            with suppress(OSError):  # it has ended already
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # not TLS's own, which unwraps it under a read


@dataclass(frozen=True, slots=True)
class _Look:
    """What is asked with, and what may be asked."""

    client: httpx.Client
    deadline: _Deadline
    resolve: Resolve
    may_ask: Callable[[str], bool]
    ports: frozenset[int] | None


def is_public(text: str) -> bool:
    """Whether an address is one of the internet's, whatever is wrapped into it.

    >>> is_public("93.184.216.34"), is_public("127.0.0.1"), is_public("::ffff:10.0.0.1"), is_public("64:ff9b::a00:1")
    (True, False, False, False)
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(map(_is_public, _meant(address)))


def _meant(address: Address) -> list[Address]:
    """What an address stands for: itself, and what is wrapped into it."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None or address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    tunnelled = [inner for inner in (address.sixtofour, *(address.teredo or ())) if inner is not None]
    return [address, *tunnelled]


def _is_public(address: Address) -> bool:
    is_site = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    if any(address.version == net.version and address in net for net in _NOT_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified or is_site)


def look_up(host: str, port: int) -> list[str]:
    """The addresses that a name stands for."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def look_at(
    address: str,
    *,
    agent: str = "Fairwatt link check",
    resolve: Resolve = look_up,
    may_ask: Callable[[str], bool] = is_public,
    ports: frozenset[int] | None = frozenset(_PORTS),
    within_s: float = _LOOK_S,
) -> LinkAnswer:
    """Ask whether an address answers.

    Parameters
    ----------
    address
        ``http`` or ``https``.
    agent
        How the asker names itself.
    resolve, may_ask, ports
        How names are looked up, which addresses may be asked, and at which ports (None: any).
    within_s
        How long all of it may take [s]; what is being waited for then is broken off.
    """
    hops: list[int] = []
    here, headers = address, {"User-Agent": agent}
    with httpx.Client(timeout=_TIMEOUT, trust_env=False, headers=headers) as client, _Deadline(within_s) as deadline:
        look = _Look(client, deadline, resolve, may_ask, ports)
        try:
            while len(hops) < _MOST_HOPS and not deadline.has_passed:
                status, target = _ask(look, here)
                if status not in _REDIRECTS or not target:
                    return _judge(status, here, moved=bool(hops) and all(hop in _FOR_GOOD for hop in hops))
                hops.append(status)
                here = str(httpx.URL(here).join(target))
        except _UnaskableAddressError as refusal:
            where = "It leads on to an address that is not asked" if hops else "It is not asked"
            return LinkAnswer("refused", f"{where}: {refusal}")
        except (httpx.InvalidURL, UnicodeError, ValueError):
            return LinkAnswer("broken" if hops else "refused", "It is, or leads on to, no address of the web.")
        except httpx.HTTPError as error:
            return LinkAnswer("silent", _LATE if deadline.has_passed else _say(error))
        except OSError:
            return LinkAnswer("silent", "Nobody knows a machine of this name.")
    endless = f"It leads from one address to the next, more than {_MOST_HOPS - 1} times."
    return LinkAnswer("silent", _LATE) if deadline.has_passed else LinkAnswer("broken", endless)


def _ask(look: _Look, address: str) -> tuple[int, str]:
    """Ask one address; the status, and where it leads on to."""
    url = httpx.URL(address)
    host = url.host
    if url.scheme not in {"http", "https"} or not host:
        raise _UnaskableAddressError("only http and https are.")
    if url.userinfo:
        raise _UnaskableAddressError("it holds a name or a password.")
    port = url.port or (443 if url.scheme == "https" else 80)
    if look.ports is not None and port not in look.ports:
        raise _UnaskableAddressError(f"port {port} is none of the web's.")
    found = look.resolve(host, port)
    if not found or not all(map(look.may_ask, found)):
        raise _UnaskableAddressError("it lies in no public network.")
    pinned = url.copy_with(host=found[0])
    headers = {"Host": url.netloc.decode("ascii")}
    extensions = {"sni_hostname": url.raw_host.decode("ascii"), "trace": look.deadline.note}
    status, target = 0, ""
    for method in ("HEAD", "GET"):
        more = {"Range": "bytes=0-0"} if method == "GET" else {}
        with look.client.stream(method, pinned, headers=headers | more, extensions=extensions) as answer:
            status, target = answer.status_code, answer.headers.get("Location", "")
        if status not in _NOT_BY_HEAD:
            break
    return status, target


def _judge(status: int, here: str, *, moved: bool) -> LinkAnswer:
    said = _phrase(status)
    if status in _ASKS_WHO:
        return LinkAnswer("guarded", f"It answers, and asks who you are ({said}).", status)
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return LinkAnswer("broken", f"There is nothing there any more ({said}).", status)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return LinkAnswer("broken", f"It could not answer ({said}).", status)
    if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return LinkAnswer("broken", f"It answers with an error ({said}).", status)
    if moved:
        return LinkAnswer("moved", "It has moved for good, and leads there.", status, here)
    return LinkAnswer("works", f"It answers ({said}).", status)


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _say(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectTimeout | httpx.ReadTimeout):
        return _LATE
    if isinstance(error, httpx.ConnectError) and "certificate" in str(error).lower():
        return "Its certificate can't be trusted, so that nobody knows who answers."
    if isinstance(error, httpx.ConnectError):
        return "No connection could be made."
    return "It broke off, or its answer was none."
