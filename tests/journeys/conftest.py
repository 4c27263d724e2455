"""The journeys' ground: the demo as a newcomer starts it, and a real browser at two widths.

One demo a test process: `fairwatt demo` on a free port, in a copy of a folder that it filled once, ended with
Ctrl-C's signal.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from fairwatt.client import Client
from tests.browsing import PATIENCE_MS, assert_accessible

WIDTHS = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
READ_WITHIN_S = 240
READY_WITHIN_S = 480  # three of them may start on two slow and busy cores
GONE_WITHIN_S = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test below this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Portal:
    """A running demo: its address, its people's passwords, what it printed."""

    url: str
    home: Path
    passwords: dict[str, tuple[str, str]]
    output: list[str] = field(default_factory=list)

    def get(self, address: str, **params: str | int) -> httpx.Response:
        """What the portal answers to a program that has not signed in."""
        return httpx.get(self.url + address, params=params or None, timeout=READ_WITHIN_S)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_demo(home: Path, *arguments: str, port: int | None = None) -> Iterator[Portal]:
    """Run `fairwatt demo` until the block ends, then stop it as Ctrl-C does."""
    port = port or free_port()
    command = [sys.executable, "-m", "fairwatt.cli", "demo", "--home", str(home), "--port", str(port), *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("FAIRWATT_", "DJANGO_"))}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    try:
        yield _wait_until_ready(process, home)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(GONE_WITHIN_S)
        finally:
            if process.poll() is None:
                process.kill()
            assert process.stdout is not None
            process.stdout.close()


def _wait_until_ready(process: subprocess.Popen[str], home: Path) -> Portal:
    assert process.stdout is not None
    lines: list[str] = []
    passwords: dict[str, tuple[str, str]] = {}
    deadline = time.monotonic() + READY_WITHIN_S
    for line in process.stdout:
        lines.append(line.rstrip())
        if match := re.match(r"\s+(data manager|partner|outside researcher)\s+(\S+@\S+)\s+(\S+)$", line):
            passwords[match[1]] = (match[2], match[3])
        if match := re.match(r"READY (\S+)", line):
            return Portal(match[1], home, passwords, lines)
        assert time.monotonic() < deadline, "\n".join(lines)
    raise AssertionError("the demo ended before it was ready:\n" + "\n".join(lines))


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The data folder of a demo that was filled and has ended: whichever process comes first fills it for all."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    home = shared / "filled-demo"
    with (shared / "filled-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            with running_demo(shared / "demo-being-filled"):
                pass
            (shared / "demo-being-filled").rename(home)
    return home


@pytest.fixture(scope="session")
def portal(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The demo of this test process."""
    home = tmp_path_factory.mktemp("demo") / "data"
    shutil.copytree(filled, home)
    with running_demo(home) as running:
        yield running


@pytest.fixture(scope="session")
def keys(portal: Portal) -> dict[str, str]:
    """Title → key of the datasets that the API lists to anybody at first."""
    listed = portal.get("/api/v1/datasets", limit=100).json()["items"]
    return {entry["title"]: entry["id"] for entry in listed}


@dataclass
class Watch:
    """What a page must never do: write errors to the console, ask another host."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@pytest.fixture
def open_context(chromium: Browser, portal: Portal) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser of one's own (cookies apart) at a width; console errors and foreign requests fail the test."""
    contexts: list[BrowserContext] = []
    watch = Watch()

    def watched(page: Page) -> None:
        page.on("console", lambda m: watch.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: watch.errors.append(str(e)))
        page.on("request", lambda r: None if _is_own(r.url, portal.url) else watch.foreign.append(r.url))

    def open_(width: str = "desktop", **options: object) -> BrowserContext:
        context = chromium.new_context(
            viewport=WIDTHS[width],
            base_url=portal.url,
            locale="en-GB",
            timezone_id="Europe/London",
            has_touch=width == "phone",
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", watched)
        contexts.append(context)
        return context

    yield open_
    for context in contexts:
        context.close()
    # pages that refuse on purpose, and connections that a test cuts
    refusals = re.compile(r"status of (401|403|404|409|410|422)|ERR_CONNECTION_RESET")
    assert [e for e in watch.errors if not refusals.search(e)] == []
    assert watch.foreign == []


def _is_own(url: str, own: str) -> bool:
    return url.startswith((own, "data:", "blob:", "about:"))


@pytest.fixture(params=list(WIDTHS))
def width(request: pytest.FixtureRequest) -> str:
    """Desktop and phone, one after the other."""
    return str(request.param)


@pytest.fixture
def page(open_context: Callable[..., BrowserContext], width: str) -> Page:
    """A fresh page of a visitor who has not signed in, at both widths."""
    return open_context(width).new_page()


@pytest.fixture
def mark() -> str:
    """A word of this attempt alone: what it makes stays in the demo, where another attempt makes the same again."""
    return secrets.token_hex(3)


@pytest.fixture(scope="session")
def sessions() -> dict[str, StorageState]:
    """The cookies of whoever has signed in once: signing in again is no part of every journey."""
    return {}


@pytest.fixture(scope="session")
def tokens() -> dict[str, str]:
    """The tokens that were made once, by role."""
    return {}


@pytest.fixture
def enter(
    open_context: Callable[..., BrowserContext], portal: Portal, sessions: dict[str, StorageState]
) -> Callable[..., Page]:
    """Open a page of somebody who is signed in ("" for nobody), each with a browser of their own."""

    def enter_(role: str, width: str = "desktop", **options: object) -> Page:
        if not role:
            return open_context(width, **options).new_page()
        if role in sessions:
            return open_context(width, storage_state=sessions[role], **options).new_page()
        page = open_context(width, **options).new_page()
        sign_in(page, portal, role)
        sessions[role] = page.context.storage_state()
        return page

    return enter_


def sign_in(page: Page, portal: Portal, role: str) -> None:
    """Sign in through the page, as a person does."""
    email, password = portal.passwords[role]
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").first.fill(email)
    page.get_by_label("Password", exact=True).first.fill(password)
    page.get_by_role("button", name="Sign in").first.click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def assert_nothing_sticks_out(page: Page) -> None:
    """Fail where the page is wider than the screen."""
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than the screen"


def looks_right(page: Page) -> None:
    """Fail where the page shuts somebody out or sticks out of the screen."""
    assert_accessible(page)
    assert_nothing_sticks_out(page)


def make_token(page: Page, name: str, check: Callable[[Page], None] | None = None) -> str:
    """Make a token on the account page, as a person does, and answer with its secret."""
    page.goto("/account/tokens/")
    if check is not None:
        check(page)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("checkbox", name=re.compile("^Read")).check()
    page.get_by_role("checkbox", name=re.compile("^Deposit")).check()
    page.get_by_role("button", name="Make the token").click()
    secret = page.locator("#secret")
    expect(secret).to_have_text(re.compile("fwt_"))
    return secret.inner_text().strip()


def wait_until_read(client: Client, code: str) -> None:
    """Wait until the worker has read a deposit's files, or has asked about them."""
    deadline = time.monotonic() + READ_WITHIN_S
    while any(file.state in {"received", "reading"} for file in client.deposit(code).files):
        assert time.monotonic() < deadline, f"the files of {code} are not read after {READ_WITHIN_S} s"
        time.sleep(0.2)
