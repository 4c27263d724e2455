"""Anyone finds data: search and facets, a dataset's page and certificate, citation, code that works, downloads."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import polars as pl
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browsing import assert_accessible, seen_once
from tests.journeys.conftest import Portal, looks_right

FIELDS = (
    "LEO Identifier",
    "Licensing",
    "Date of Data Validity",
    "Publication Restrictions",
    "Dataset URL",
    "Data Description",
    "Data Provenance",
    "Level of Provenancing",
)
HEAT_PUMP = "School heat pump, ten-minute readings"
POWER_QUALITY = "Power quality at Mill Lane School during the winter events"
SUBSTATION = "Mill Lane primary substation, every second"


def found(page: Page) -> list[str]:
    """The titles that the catalogue shows, once it is there as a whole."""
    page.wait_for_load_state()
    return page.locator(".results h3").all_inner_texts()


def open_dataset(page: Page, title: str) -> None:
    """Search for a dataset by its title, and open its page."""
    page.goto(f"/catalogue/?{urlencode({'q': title})}")
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.wait_for_load_state()  # its code is at work


def test_words_and_facets_narrow_the_catalogue_to_an_address_that_can_be_sent(
    page: Page, enter: Callable[..., Page], width: str
) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill("mill lane")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Catalogue")
    looks_right(page)
    by_words = found(page)
    assert SUBSTATION in by_words

    page.locator("details.filters > summary").click() if width == "phone" else None
    option = page.get_by_role("group", name="Access").locator("label", has_text="Open")
    promised = int(option.locator(".facet__count").inner_text())
    option.click()
    expect(page.locator(".found__chips")).to_contain_text("Open")
    expect(page.get_by_role("status")).to_have_text(f"{promised} datasets")
    expect(page.locator(".results h3")).to_have_count(promised)
    looks_right(page)
    narrowed = found(page)
    assert (len(narrowed), set(narrowed) < set(by_words)) == (promised, True)
    asked = seen_once(page, lambda: parse_qs(urlsplit(page.url).query), lambda now: "access" in now)
    assert (asked["q"], asked["access"]) == (["mill lane"], ["open"])

    colleague = enter("", "desktop")
    colleague.goto(page.url)
    assert found(colleague) == narrowed


def test_facets_work_without_javascript(enter: Callable[..., Page]) -> None:
    page = enter("", "desktop", java_script_enabled=False)
    page.goto("/catalogue/")

    page.get_by_role("group", name="Origin").get_by_label("Background").check()
    page.get_by_role("button", name="Apply filters").click()

    expect(page).to_have_url(re.compile("origin=background"))
    assert "Day-ahead power price" in found(page)
    assert HEAT_PUMP not in found(page)


def test_a_search_without_an_answer_says_how_to_go_on(page: Page) -> None:
    page.goto("/catalogue/?q=perpetuum+mobile")

    expect(page.get_by_role("heading", name="Nothing answers to all of that")).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name="Show everything").click()
    expect(page.locator(".results h3", has_text=HEAT_PUMP)).to_be_visible()


def test_both_catalogues_are_leos_tables_and_go_out_as_csv_and_json(page: Page, portal: Portal) -> None:
    heads = {
        "foreground": ["Data ID", "Title", "Number of files", "Format", "Procedures"],
        "background": ["Data ID", "Title", "Provider", "Receiver", "Format"],
    }
    for origin, head in heads.items():
        page.goto(f"/catalogue/{origin}/")
        looks_right(page)
        shown = page.locator("thead th").all_inner_texts()
        ids = page.locator("tbody th").all_inner_texts()
        titles = page.locator("tbody td:nth-child(2)").all_inner_texts()
        assert len(shown) == len(head), shown
        assert len(set(ids)) == len(ids) > 3

        table = list(csv.reader(io.StringIO(portal.get(f"/catalogue/{origin}.csv").text)))
        entries = portal.get(f"/catalogue/{origin}.json").json()
        assert [row[0] for row in table[1:]] == ids
        assert [row[1] for row in table[1:]] == titles
        rows = entries["items"] if isinstance(entries, dict) else entries
        assert len(rows) == len(ids)


def test_a_datasets_page_says_what_it_is_and_how_to_use_it(page: Page, portal: Portal, width: str) -> None:
    open_dataset(page, HEAT_PUMP)
    looks_right(page)
    for heading in ("Preview", "About these data", "Data dictionary", "Files", "Use it in code", "Cite it", "Versions"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    dictionary = page.get_by_role("region", name="Table of channels").inner_text()
    assert "kW" in dictionary
    assert "°C" in dictionary
    expect(page.locator("#preview .chart__plot")).to_be_visible()

    page.get_by_text("BibTeX", exact=True).click()
    key = page.url.rstrip("/").rsplit("/", 1)[1]
    citation = page.locator("#citation").inner_text()
    assert HEAT_PUMP in citation
    assert re.search(r"ark:/?99999/", citation)
    expect(page.locator("#bibtex")).to_have_text(re.compile("^@"))
    if width == "desktop":
        labels = page.locator("#code summary").all_inner_texts()
        assert labels == ["curl", "pandas", "polars", "R", "Power Query"]
        assert f"{portal.url}/api/v1/datasets/{key}/readings" in page.locator("#code-curl").inner_text()


def test_the_preview_breaks_where_readings_are_missing(page: Page) -> None:
    open_dataset(page, POWER_QUALITY)

    page.locator("#preview").get_by_label("Channel").select_option("voltage_l2n_v_avg")
    expect(page.locator("#preview .chart__title")).to_contain_text("L2N")
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("cell", name="no readings").first).to_be_visible()
    assert_accessible(page)


def test_the_curl_line_brings_every_reading(enter: Callable[..., Page], portal: Portal, tmp_path: Path) -> None:
    page = enter("")
    open_dataset(page, HEAT_PUMP)
    line = page.locator("#code-curl").inner_text()

    subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, check=True, capture_output=True)

    (path,) = tmp_path.glob("*.csv")
    frame = pl.read_csv(path, try_parse_dates=True)
    assert (frame.columns[0], frame.height) == ("start", 30 * 24 * 6)


def test_downloads_are_the_bytes_that_came_and_the_readings_in_them(
    page: Page, portal: Portal, tmp_path: Path, width: str
) -> None:
    open_dataset(page, HEAT_PUMP)
    with page.expect_download() as csv_download:
        page.get_by_role("link", name="Readings as CSV").click()
    with page.expect_download() as parquet_download:
        page.get_by_role("link", name="Readings as Parquet").click()
    with page.expect_download() as original_download:
        page.get_by_role("region", name="Table of files").get_by_role("link", name="Download heatpump.csv").click()

    original = Path(original_download.value.path()).read_bytes()
    as_parquet = pl.read_parquet(parquet_download.value.path())
    as_csv = pl.read_csv(csv_download.value.path())
    assert original_download.value.suggested_filename == "heatpump.csv"
    assert (as_csv.columns, as_csv.height) == (as_parquet.columns, as_parquet.height)

    page.get_by_role("link", name="heatpump.csv", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("heatpump.csv")
    looks_right(page)
    told = page.locator("dd.sha").first.inner_text()
    assert re.sub(r"\s", "", told) == sha256(original).hexdigest()


def test_the_certificate_has_leos_eight_fields_on_one_a4_page(page: Page, portal: Portal, width: str) -> None:
    open_dataset(page, HEAT_PUMP)
    page.get_by_role("link", name="Data Certificate").first.click()
    expect(page.locator(".sheet")).to_be_visible()
    looks_right(page)
    labels = page.locator(".sheet__fields dt").all_inner_texts()
    assert sorted(labels) == sorted(FIELDS)
    assert all(text.strip() for text in page.locator(".sheet__fields dd").all_inner_texts())

    printed = PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True)))
    assert len(printed.pages) == 1
    assert "Level of Provenancing" in printed.pages[0].extract_text()
    if width == "desktop":
        address = page.get_by_role("link", name="PDF").get_attribute("href")
        made = PdfReader(io.BytesIO(portal.get(str(address)).content))
        assert len(made.pages) == 1
        text = made.pages[0].extract_text()
        assert [name for name in FIELDS if name not in text] == []


def test_every_published_certificate_prints_on_one_page(enter: Callable[..., Page], portal: Portal) -> None:
    listed = portal.get("/api/v1/datasets", limit=100).json()["items"]
    page = enter("")
    lengths = {}
    for entry in listed:
        page.goto(f"/datasets/{entry['id']}/certificate/")
        lengths[entry["title"]] = len(PdfReader(io.BytesIO(page.pdf(format="A4"))).pages)
    assert {title: pages for title, pages in lengths.items() if pages != 1} == {}


def test_machines_read_the_page_too(enter: Callable[..., Page]) -> None:
    page = enter("")
    open_dataset(page, HEAT_PUMP)

    document = json.loads(page.locator('script[type="application/ld+json"]').inner_text())
    assert isinstance(document["@context"], dict | list)
    assert not isinstance(document["@context"], str)
    assert HEAT_PUMP in json.dumps(document)
    metas = page.locator('meta[name^="DC."]')
    told = {metas.nth(i).get_attribute("name") for i in range(metas.count())}
    assert {"DC.title", "DC.creator", "DC.identifier", "DC.date", "DC.rights", "DC.coverage"} <= told


def test_both_spellings_of_an_ark_lead_to_the_page(enter: Callable[..., Page], portal: Portal) -> None:
    page = enter("")
    open_dataset(page, HEAT_PUMP)
    landing = page.url
    name = page.locator(".facts code", has_text="ark:").first.inner_text()
    bare = re.sub(r"^ark:/?", "", name)

    for spelling in (f"/ark:{bare}", f"/ark:/{bare}"):
        page.goto(spelling)
        expect(page).to_have_url(landing)


def test_the_dark_theme_is_as_readable(enter: Callable[..., Page]) -> None:
    page = enter("", color_scheme="dark")
    page.goto("/")
    assert_accessible(page)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", dark)[:3])) < 200, dark
    page.goto("/catalogue/?access=open")
    assert_accessible(page)
    open_dataset(page, HEAT_PUMP)
    assert_accessible(page)
    page.get_by_role("link", name="Data Certificate").first.click()
    expect(page.locator(".sheet")).to_be_visible()
    assert_accessible(page)
    page.goto("/accounts/login/")
    assert_accessible(page)


def test_an_address_that_leads_nowhere_says_so(page: Page) -> None:
    answer = page.goto("/datasets/nothinghere/")

    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Go to the catalogue")).to_be_visible()
    looks_right(page)
    answer = page.goto("/no/such/page")
    assert answer is not None
    assert answer.status == 404
    looks_right(page)
