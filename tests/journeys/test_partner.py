"""A partner logs data: one form for both origins, uploads that survive, an honest reading, a receipt."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Route, expect

from fairwatt.cli.demo import files
from tests.browsing import seen_once
from tests.journeys.conftest import READ_WITHIN_S, Portal, looks_right, sign_in

READ_WITHIN_MS = READ_WITHIN_S * 1_000


def save(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue").click()


def begin(page: Page, origin: str) -> str:
    """Begin an entry, and answer with its address."""
    page.goto("/share/")
    looks_right(page)
    with page.expect_navigation():
        page.get_by_role("button", name=f"Log {origin} data").click()
    match = re.search(r"/share/D-[A-Z0-9-]+/", page.url)
    assert match
    return match[0]


def answer_trial(page: Page, address: str) -> None:
    """Answer which trial and procedures, and the steps of the two procedures."""
    page.goto(address + "trial/")
    looks_right(page)
    page.get_by_label(re.compile("Sustained peak management")).check()
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Procedures")
    page.get_by_label(re.compile("P1 Baseline")).check()
    page.get_by_label(re.compile("P11 Monitor")).check()
    looks_right(page)
    save(page)
    for heading in ("P1 Baseline the site", "P11 Monitor power quality"):
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        page.get_by_label("Which asset was metered?").fill("Main incomer")
        save(page)


def answer_about_and_access(page: Page, address: str, title: str) -> None:
    """Answer what the data are, under which licence and for whom."""
    page.goto(address + "about/")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Description").fill("Three phases of the main incomer, every five seconds, for one journey.")
    looks_right(page)
    save(page)
    page.goto(address + "access/")
    licence = page.get_by_role("group", name=re.compile("Under which licence"))
    licence.get_by_label(re.compile("Creative Commons Attribution")).check()
    page.get_by_role("group", name=re.compile("When may everyone")).get_by_label("Now").check()
    looks_right(page)
    save(page)


def upload(page: Page, address: str, path: Path) -> None:
    """Upload a file, and answer the one thing that it can't tell."""
    page.goto(address + "files/")
    looks_right(page)
    page.set_input_files("#files", str(path))
    question = page.get_by_role("group", name="Which clock do the file's times follow?")
    expect(question).to_be_visible(timeout=READ_WITHIN_MS)
    looks_right(page)
    question.get_by_label(re.compile("UTC, the same all year")).check()
    with page.expect_navigation():
        page.get_by_role("button", name="Save and read the file").click()
    expect(page.get_by_text("every 5 seconds").first).to_be_visible(timeout=READ_WITHIN_MS)


def test_a_partner_logs_foreground_data_from_draft_to_receipt(
    page: Page, portal: Portal, width: str, tmp_path: Path
) -> None:
    log = files.write_power_quality_log(
        tmp_path / f"MVSA1_2_1_P11_HLC_24112025_LEOD09{len(width)}F01.txt",
        seed=len(width),
        start=files.winter(18, 14, 30),
        hours=1,
    )
    sign_in(page, portal, "partner")
    address = begin(page, "foreground")
    answer_trial(page, address)
    answer_about_and_access(page, address, f"A journey's log, {width}")
    upload(page, address, log)

    page.get_by_role("link", name=re.compile("See the table, the chart")).click()
    expect(page.get_by_text("720", exact=True).first).to_be_visible()
    looks_right(page)

    page.goto(address + "check/")
    looks_right(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Send for review").click()

    expect(page.get_by_text("Waiting for review").first).to_be_visible()
    looks_right(page)
    receipt = page.locator("main").inner_text()
    code = address.split("/")[2]
    assert code in receipt
    assert sha256(log.read_bytes()).hexdigest() in receipt.replace("\n", "")
    assert f"{log.stat().st_size:,} bytes".replace(",", "\u2009") in receipt or str(log.stat().st_size) in re.sub(
        r"\s", "", receipt
    )


def test_the_second_file_of_a_logger_is_offered_how_the_first_was_read(
    page: Page, portal: Portal, width: str, mark: str, tmp_path: Path
) -> None:
    name = f"Battery logger {mark}"
    first, second = (_logger(tmp_path / f"{width}-{month:02}.csv", month, mark) for month in (2, 3))
    sign_in(page, portal, "partner")
    page.goto("/account/loggers/")
    looks_right(page)
    address = begin(page, "foreground")

    _send(page, address, first)
    page.get_by_role("link", name=first.name, exact=True).click()
    looks_right(page)
    after = page.locator("#after")
    expect(after.get_by_text("2020-02-01 00:00").first).to_be_visible()
    page.get_by_label("Central European clock time").check()
    expect(after.get_by_text("2020-01-31 23:00").first).to_be_visible()
    page.get_by_text("Change how it is read").click()
    page.locator("details.correct summary").first.click()
    looks_right(page)
    page.get_by_role("button", name="Save and read the file").click()
    _open_when_read(page, address, first.name)
    looks_right(page)
    page.get_by_label("What is the logger called?").fill(name)
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_text(f"Saved as “{name}” for the next files.")).to_be_visible()

    _send(page, address, second)
    offer = page.get_by_text(f"Looks like your “{name}” of February 2020 (2 of 2 columns the same).")
    expect(offer).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name=re.compile("Read it the same way")).click()
    _open_when_read(page, address, second.name)
    expect(page.get_by_text(f"Read the same way as “{name}”.")).to_be_visible()
    looks_right(page)
    page.goto("/account/loggers/")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    looks_right(page)


def _logger(path: Path, month: int, mark: str) -> Path:
    """A month's week of half-hours, whose clock nobody can tell."""
    rows = (
        f"2020-{month:02}-{1 + n // 48:02} {n % 48 // 2:02}:{n % 2 * 30:02},{n % 9}.5,24{n % 3}.1\n" for n in range(336)
    )
    path.write_text(f"start time,Power of {mark} (kW),Voltage (V)\n" + "".join(rows))
    return path


def _send(page: Page, address: str, path: Path) -> None:
    """Send a file, and wait until it asks."""
    page.goto(address + "files/")
    page.set_input_files("#files", str(path))
    row = page.locator("li.file-row", has_text=path.name)
    expect(row.get_by_text("Needs an answer")).to_be_visible(timeout=READ_WITHIN_MS)


def _open_when_read(page: Page, address: str, name: str) -> None:
    """Wait on the list of files until one is read, then open its page."""
    page.goto(address + "files/")
    row = page.locator("li.file-row", has_text=name)
    expect(row.get_by_text("Read", exact=True)).to_be_visible(timeout=READ_WITHIN_MS)
    page.get_by_role("link", name=name, exact=True).click()


def test_an_entry_begun_on_a_phone_is_finished_on_a_desktop(
    open_context: Callable[..., BrowserContext], portal: Portal
) -> None:
    phone = open_context("phone").new_page()
    sign_in(phone, portal, "partner")
    address = begin(phone, "foreground")
    answer_trial(phone, address)

    desktop = open_context("desktop").new_page()
    sign_in(desktop, portal, "partner")
    desktop.goto(address)

    looks_right(desktop)
    expect(desktop.locator("main")).to_contain_text("P11 Monitor power quality")
    desktop.goto(address + "procedures/")
    expect(desktop.get_by_label(re.compile("P11 Monitor"))).to_be_checked()
    expect(desktop.get_by_label(re.compile("P5 Deliver"))).not_to_be_checked()


def test_what_is_missing_is_said_beside_the_field_and_nothing_is_lost(page: Page, portal: Portal) -> None:
    sign_in(page, portal, "partner")
    address = begin(page, "foreground")

    page.goto(address + "about/")
    page.get_by_label("Description").fill("Kept although the title is missing.")
    save(page)

    expect(page.get_by_role("link", name="Answer “Title”.")).to_be_visible()
    expect(page.get_by_label("Description")).to_have_value("Kept although the title is missing.")
    looks_right(page)


def test_an_upload_goes_on_after_the_connection_was_cut_and_the_page_reloaded(
    open_context: Callable[..., BrowserContext], portal: Portal, tmp_path: Path
) -> None:
    big = files.write_substation_monitor(
        tmp_path / "eighteen-megabytes.csv", seed=3, start=files.winter(3), rows=560_000
    )
    page = open_context("desktop").new_page()
    sign_in(page, portal, "partner")
    address = begin(page, "foreground")
    page.goto(address + "files/")
    sent: list[int] = []

    def cut_after_the_first_piece(route: Route) -> None:
        if route.request.method == "PATCH":
            offset = int(route.request.headers["upload-offset"])
            sent.append(offset)
            if offset > 0:
                route.abort("connectionreset")
                return
        route.continue_()

    page.route("**/api/uploads/**", cut_after_the_first_piece)
    page.set_input_files("#files", str(big))
    seen_once(page, lambda: max(sent, default=0), bool)
    assert min(sent) == 0
    page.reload()

    expect(page.get_by_role("heading", name="Not finished")).to_be_visible()
    looks_right(page)
    page.unroute("**/api/uploads/**")
    offsets: list[int] = []
    page.on(
        "request",
        lambda r: offsets.append(int(r.headers["upload-offset"])) if r.method == "PATCH" else None,
    )
    page.set_input_files("#files", str(big))

    expect(page.get_by_text("Read", exact=True).first).to_be_visible(timeout=READ_WITHIN_MS)
    assert min(offsets) == max(sent)
    page.goto(address + "check/")
    expect(page.locator("main")).to_contain_text(re.compile(r"18\.\d\sMB"))


def test_small_files_can_be_sent_without_javascript(
    open_context: Callable[..., BrowserContext], portal: Portal, tmp_path: Path
) -> None:
    page = open_context("phone", java_script_enabled=False).new_page()
    sign_in(page, portal, "partner")
    address = begin_without_checks(page)
    page.goto(address + "files/")
    path = files.write_trade(tmp_path / "trade.csv", seed=77, start=files.winter(1, month=9), days=3)

    page.set_input_files("#files", str(path))
    with page.expect_navigation():
        page.get_by_role("button", name="Send the files").click()

    expect(page.locator("main")).to_contain_text("trade.csv")


def begin_without_checks(page: Page) -> str:
    """Begin an entry where axe can't run, as JavaScript is off."""
    page.goto("/share/")
    with page.expect_navigation():
        page.get_by_role("button", name="Log foreground data").click()
    match = re.search(r"/share/D-[A-Z0-9-]+/", page.url)
    assert match
    return match[0]


def test_background_data_may_stay_where_they_are(page: Page, portal: Portal, width: str) -> None:
    sign_in(page, portal, "partner")
    address = begin(page, "background")
    page.goto(address + "parties/")
    page.get_by_role("group", name="Who provides the data?").get_by_label("Northern Weather Service").check()
    page.get_by_role("group", name="Who receives them").get_by_label("University of Wrenshire").check()
    looks_right(page)
    save(page)
    answer_about_and_access(page, address, f"Rain radar, {width}")
    page.goto(address + "source/")
    page.get_by_label(re.compile("They stay where they are")).check()
    page.get_by_label("The link").fill("https://northern-weather.example/radar")
    looks_right(page)
    save(page)

    page.goto(address + "check/")
    with page.expect_navigation():
        page.get_by_role("button", name="Send for review").click()

    expect(page.get_by_text("Waiting for review").first).to_be_visible()


def test_a_returned_entry_shows_the_managers_comment_and_can_be_sent_again(page: Page, portal: Portal) -> None:
    sign_in(page, portal, "partner")
    page.goto("/share/")
    page.get_by_role("link", name="Leisure centre load, October").click()

    expect(page.get_by_text("could you upload the load, and say which meter it is from?").first).to_be_visible()
    looks_right(page)
