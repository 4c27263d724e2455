"""A data manager reviews: the queue, the certificate as it will be, return, edit, approve, the log, people."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fairwatt.cli.demo import files
from fairwatt.client import Client
from tests.browsing import seen_once
from tests.journeys.conftest import Portal, looks_right, make_token, wait_until_read

WAITING = "Peer-to-peer trade between Hollow Lane and the leisure centre"
PASSWORD = "a long pass phrase of mine"


@pytest.fixture
def hand_in(enter: Callable[..., Page], portal: Portal, tmp_path: Path, tokens: dict[str, str]) -> Callable[[str], str]:
    """Hand in an entry as the partner does, with a file that has been read; answers with its code."""

    def hand_in_(title: str) -> str:
        if "partner" not in tokens:
            tokens["partner"] = make_token(enter("partner"), "Entries for review")
        path = files.write_trade(tmp_path / "trade-august.csv", seed=len(title), start=files.winter(1, month=8), days=2)
        answers: dict[str, dict[str, Any]] = {
            "trial": {"trial": "B2.1"},
            "procedures": {"procedures": ["P2"]},
            "procedure-p2": {"both_metered": "yes"},
            "about": {"title": title, "description": "Half-hourly trade of two days, for a review."},
            "access": {"licence": "CC-BY-4.0", "public": "now"},
        }
        with Client(portal.url, tokens["partner"]) as client:
            deposit = client.start_deposit("foreground", answers)
            receipt = client.upload(path, deposit.code)
            wait_until_read(client, deposit.code)
            client.answer_questions(receipt.file, {"time_zone": "UTC"})
            wait_until_read(client, deposit.code)
            assert client.submit_deposit(deposit.code).state == "submitted"
        return deposit.code

    return hand_in_


def test_the_queue_leads_to_the_certificate_as_it_will_be_and_the_findings(
    enter: Callable[..., Page], width: str
) -> None:
    page = enter("data manager", width)
    page.goto("/review/")
    looks_right(page)
    page.get_by_role("link", name=WAITING).click()

    expect(page.get_by_role("heading", name="The certificate as it will be")).to_be_visible()
    sheet = page.locator(".sheet")
    expect(sheet).to_contain_text("draft, not issued")
    expect(sheet).to_contain_text("Level of Provenancing")
    expect(page.locator("section", has=page.locator("h2#files"))).to_contain_text("trade-september.csv")
    expect(page.locator("section", has=page.locator("h2#files")).locator(".chart__plot")).to_be_visible()
    looks_right(page)


def test_an_entry_goes_back_only_with_a_comment_which_its_partner_sees(
    enter: Callable[..., Page], hand_in: Callable[[str], str], width: str, mark: str
) -> None:
    title = f"Trade to be returned, {width} {mark}"
    code = hand_in(title)
    manager = enter("data manager", width)
    manager.goto(f"/review/{code}/")
    manager.get_by_text("Return it with a comment").click()
    manager.get_by_role("button", name="Return it").click()
    expect(manager.get_by_text("This field is required").or_(manager.get_by_text("Say ")).first).to_be_visible()
    looks_right(manager)
    wish = f"Please say which meter this is, on a {width}."
    manager.get_by_label("What should the depositor do?").fill(wish)
    manager.get_by_role("button", name="Return it").click()
    expect(manager.locator("main")).to_contain_text(f"{code} is returned; its depositor has been told.")

    partner = enter("partner", width)
    partner.goto("/notifications/")
    told = partner.get_by_role("listitem").filter(has_text=f"({code}) came back with a comment: {wish}")
    looks_right(partner)
    told.get_by_role("button", name="Open").click()
    expect(partner.get_by_text(wish).first).to_be_visible()
    expect(partner).to_have_url(re.compile(rf"/share/{code}/$"))
    looks_right(partner)


def test_an_entry_is_mended_and_approved_and_stands_in_the_catalogue(
    enter: Callable[..., Page], hand_in: Callable[[str], str], width: str, mark: str
) -> None:
    code = hand_in(f"Trade to be approved, {width} {mark}")
    manager = enter("data manager", width)
    manager.goto(f"/review/{code}/")
    manager.get_by_role("link", name="Edit the metadata").click()
    looks_right(manager)
    title = f"Trade in August, {width} {mark}"
    manager.get_by_label("Title").fill(title)
    manager.get_by_role("button", name="Save the changes").click()
    history = manager.locator("section", has=manager.locator("h2#history"))
    history.locator("summary").first.click()
    expect(history).to_contain_text(f"Trade to be approved, {width} {mark}")
    expect(history).to_contain_text(title)

    manager.get_by_label("Note on this version").fill("Checked against the bill.")
    manager.get_by_role("button", name="Approve and publish").click()
    expect(manager.get_by_role("heading", name=re.compile("^Published on"))).to_be_visible()
    looks_right(manager)
    manager.get_by_role("link", name="Open its page").click()
    expect(manager.get_by_role("heading", level=1)).to_have_text(title)
    expect(manager.locator("#versions")).to_contain_text("Checked against the bill.")
    expect(manager.locator(".badges")).to_contain_text("Version 1")
    identifier = manager.locator(".facts code").first.inner_text()

    anyone = enter("", width)
    anyone.goto("/catalogue/foreground/")
    row = anyone.get_by_role("row").filter(has_text=title)
    expect(row.get_by_role("cell")).to_have_text([title, "1", "CSV", "B2.1 P2"], use_inner_text=True)
    expect(row.get_by_role("rowheader")).to_have_text(identifier)
    partner = enter("partner", width)
    partner.goto("/notifications/")
    expect(partner.locator("main")).to_contain_text(f"“{title}” is published as {identifier}.")

    manager.goto(f"/audit/?text={code}")
    log = manager.get_by_role("list", name="Entries, latest first")
    expect(log.get_by_role("listitem").first).to_contain_text("Morgan Hale approved")
    looks_right(manager)


def test_the_log_goes_out_as_csv(enter: Callable[..., Page]) -> None:
    page = enter("data manager")
    page.goto("/audit/?verb=deposit.approved")
    total = int(re.sub(r"\D", "", page.locator("p[aria-live] strong").inner_text()))

    with page.expect_download() as download:
        page.get_by_role("link", name="CSV of these").click()

    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert len(rows) == total >= 14
    assert {row["verb"] for row in rows} == {"deposit.approved"}
    assert {row["who"] for row in rows} == {"Morgan Hale"}


@pytest.mark.parametrize(
    ("role", "status", "heading"),
    [
        ("", 200, "Sign in"),
        ("partner", 403, "You don’t have access to this"),
        ("outside researcher", 403, "You don’t have access to this"),
    ],
)
def test_the_back_office_is_for_managers(enter: Callable[..., Page], role: str, status: int, heading: str) -> None:
    page = enter(role)
    for address in ("/review/", "/audit/", "/audit/?format=csv"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == status, address
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    looks_right(page)
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Review")).to_have_count(0)


def test_somebody_invited_signs_up_and_is_a_member(
    enter: Callable[..., Page], portal: Portal, width: str, mark: str
) -> None:
    email = f"kim.{mark}@hollowlane.example"
    manager = enter("data manager", width)
    manager.goto("/people/")
    looks_right(manager)
    manager.get_by_role("link", name="Hollow Lane Community Energy").click()
    looks_right(manager)
    manager.get_by_label("E-mail address").fill(email)
    manager.get_by_role("button", name="Send the invitation").click()
    expect(manager.locator("main")).to_contain_text(email)
    mail = re.compile(rf"To: {re.escape(email)}.*?(http\S+/invitations/\S+)\s", re.DOTALL)
    log = portal.home / "logs" / "server.log"
    (link,) = seen_once(manager, lambda: mail.findall(log.read_text(errors="replace")), len)

    invited = enter("", width)
    invited.goto(link)
    expect(invited.get_by_role("heading", level=1)).to_have_text("Join Hollow Lane Community Energy")
    looks_right(invited)
    invited.get_by_role("link", name="Create an account").click()
    looks_right(invited)
    expect(invited.locator("main")).not_to_contain_text("We send one message")  # the link came by mail already
    invited.get_by_label("Your name").fill(f"Kim {width.capitalize()}")
    expect(invited.get_by_label("E-mail").first).to_have_value(email)
    invited.get_by_label("Password", exact=True).fill(PASSWORD)
    invited.get_by_label("Password again").fill(PASSWORD)
    invited.get_by_role("button", name="Create account").click()
    invited.get_by_role("button", name="Join", exact=True).click()
    expect(invited.locator("body")).to_contain_text("Welcome to Hollow Lane Community Energy")
    invited.goto("/people/")
    members = invited.locator("main").get_by_role("listitem").filter(has_text=email)
    expect(members).to_contain_text("Member since")
