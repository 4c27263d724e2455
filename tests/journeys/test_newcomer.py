"""A newcomer starts the demo: one command, three passwords, a clean end, and the same again tomorrow."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import GONE_WITHIN_S, READ_WITHIN_S, Portal, free_port, looks_right, sign_in

WORD_OF_GREETING = "What our flexibility trials measured, open to all who build on it"


def processes_of(home: Path) -> list[str]:
    """The command lines of whatever still runs with this data folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it ended, or is somebody else's
            continue
        if f"FAIRWATT_HOME={home}".encode() in environment or f"--home {home} " in command:
            found.append(command)
    return found


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that takes a machine seconds."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def wait_until_gone(home: Path) -> None:
    """Wait until nothing runs with this data folder."""
    wait_until(lambda: not processes_of(home))


def demo_command(home: Path, port: int, *arguments: str) -> list[str]:
    """The command as `make demo` runs it."""
    return [sys.executable, "-m", "fairwatt.cli", "demo", "--home", str(home), "--port", str(port), *arguments]


def clean_environment() -> dict[str, str]:
    """This process's environment without what is ours."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("FAIRWATT_", "DJANGO_"))}


def test_the_home_page_is_the_first_sight(page: Page, portal: Portal) -> None:
    answer = page.goto("/")

    assert answer is not None
    assert answer.status == 200
    expect(page.get_by_role("heading", level=1)).to_have_text(WORD_OF_GREETING)
    expect(page.get_by_role("searchbox")).to_be_visible()
    expect(page.locator(".results > li")).to_have_count(5)
    assert page.locator(".home__count").first.inner_text().strip().isdigit()
    looks_right(page)
    for address in ("/about/", "/accessibility/", "/api/v1/docs"):
        page.goto(address)
        looks_right(page)


@pytest.mark.parametrize(
    ("role", "name"),
    [("data manager", "Morgan Hale"), ("partner", "Priya Shah"), ("outside researcher", "Robin Dale")],
)
def test_each_printed_password_works(page: Page, portal: Portal, role: str, name: str) -> None:
    page.goto("/accounts/login/")
    looks_right(page)
    sign_in(page, portal, role)

    page.goto("/account/")
    expect(page.locator("main")).to_contain_text(portal.passwords[role][0])
    assert name in page.locator("header").inner_text() or name in page.content()
    looks_right(page)
    page.goto("/share/")
    looks_right(page)


def test_a_wrong_password_says_so_and_no_more(page: Page, portal: Portal) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").first.fill(portal.passwords["partner"][0])
    page.get_by_label("Password", exact=True).first.fill("not the password")
    page.get_by_role("button", name="Sign in").first.click()

    expect(page.locator("main")).to_contain_text("not correct")
    looks_right(page)


def test_a_taken_port_is_one_clear_line(portal: Portal, tmp_path: Path) -> None:
    port = int(portal.url.rsplit(":", 1)[1])

    tried = subprocess.run(
        demo_command(tmp_path / "other", port),
        capture_output=True,
        text=True,
        timeout=READ_WITHIN_S,
        env=clean_environment(),
        check=False,
    )

    assert tried.returncode != 0
    assert len(tried.stderr.strip().splitlines()) == 1
    assert f"Port {port}" in tried.stderr
    assert f"PORT={port + 1}" in tried.stderr
    assert not (tmp_path / "other").exists()


def test_a_demo_stops_cleanly_keeps_its_data_and_begins_afresh_when_told(
    portal: Portal, filled: Path, tmp_path: Path
) -> None:
    """Begun with a copy of what a demo was filled with: filling takes longest."""
    home, port = tmp_path / "data", free_port()
    shutil.copytree(filled, home)

    first = start_demo(home, port)
    said = read_until(first.stdout, "READY")
    assert not any("Filling" in line for line in said)
    assert [line for line in said if "@" in line] == [line for line in portal.output if "@" in line]
    wait_until(lambda: len(processes_of(home)) >= 3)
    titles = list_titles(portal, port)
    assert len(titles) >= 14
    first.send_signal(signal.SIGINT)
    assert first.communicate(timeout=GONE_WITHIN_S)[0].rstrip().endswith("Stopped.")
    assert first.returncode == 0
    wait_until_gone(home)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/", timeout=READ_WITHIN_S)

    second = start_demo(home, port)
    assert read_until(second.stdout, "READY") == said
    assert list_titles(portal, port) == titles
    second.kill()  # no chance to tell its children
    second.communicate(timeout=GONE_WITHIN_S)
    wait_until_gone(home)

    afresh = start_demo(home, port, "--reset")
    read_until(afresh.stdout, " 1/")
    passwords = (home / "demo_accounts.json").read_text()
    assert [password for _, password in portal.passwords.values() if password in passwords] == []
    afresh.send_signal(signal.SIGINT)
    left = afresh.communicate(timeout=GONE_WITHIN_S)[0]
    assert "Traceback" not in left
    assert afresh.returncode != 0
    wait_until_gone(home)


def start_demo(home: Path, port: int, *arguments: str) -> subprocess.Popen[str]:
    """Start a demo whose lines can be read."""
    return subprocess.Popen(
        demo_command(home, port, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clean_environment(),
    )


def read_until(lines: Iterable[str] | None, mark: str) -> list[str]:
    """The lines up to the one that holds the mark."""
    assert lines is not None
    said = []
    for line in lines:
        said.append(line.rstrip())
        if mark in line:
            return said
    raise AssertionError("it ended before:\n" + "\n".join(said))


def list_titles(portal: Portal, port: int) -> list[str]:
    """The titles of all published datasets of the demo at this port."""
    there = replace(portal, url=f"http://127.0.0.1:{port}")
    return [entry["title"] for entry in there.get("/api/v1/datasets", limit=100).json()["items"]]
