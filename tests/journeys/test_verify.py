"""Somebody holds a file and asks whether it is the certified one: their browser hashes it, and sends no more."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from playwright.sync_api import Page, Request, expect

from tests.journeys.conftest import Portal, looks_right
from tests.journeys.test_anyone import HEAT_PUMP, open_dataset


def test_a_downloaded_file_is_told_from_an_altered_one_without_being_sent(
    page: Page, portal: Portal, tmp_path: Path
) -> None:
    open_dataset(page, HEAT_PUMP)
    address = page.get_by_role("link", name="Readings as CSV").get_attribute("href")
    assert address is not None
    readings = tmp_path / "readings.csv"
    readings.write_bytes(portal.get(address).content)
    methods = set()

    def note(request: Request) -> None:
        methods.add(request.method)

    page.get_by_role("link", name="Verify a file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this the certified file?")
    looks_right(page)
    page.on("request", note)
    page.get_by_label("Drop a file here, or choose one").set_input_files(readings)

    expect(page.get_by_role("heading", name="readings.csv is certified").first).to_be_visible()
    expect(page.get_by_role("link", name=HEAT_PUMP).first).to_be_visible()
    looks_right(page)
    assert f"sha256={sha256(readings.read_bytes()).hexdigest()}" in page.url
    assert methods == {"GET"}

    readings.write_bytes(readings.read_bytes()[:-1])
    page.get_by_label("Drop a file here, or choose one").set_input_files(readings)
    expect(
        page.get_by_role("heading", name="readings.csv is not a certified file that you may know of")
    ).to_be_visible()
    looks_right(page)
    assert methods == {"GET"}
