"""The built styles and scripts: all there, none from elsewhere, kept for ever by browsers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from fairwatt.portal.templatetags.assets import MANIFEST, asset

BUILT = MANIFEST.parent
NAMES: dict[str, str] = json.loads(MANIFEST.read_text())
LOCK = Path(__file__).parents[2] / "assets" / "package-lock.json"


@pytest.mark.parametrize(
    "name", ["portal.css", "portal.js", "upload.js", "favicon.svg", "inter-latin-wght-normal.woff2"]
)
def test_every_built_file_is_there_under_the_name_of_its_content(name: str) -> None:
    assert (BUILT / NAMES[name]).is_file()
    assert asset(name) == f"/static/portal/{NAMES[name]}"


def test_an_unknown_file_is_an_error_not_an_empty_address() -> None:
    with pytest.raises(KeyError):
        asset("nothing.css")


def test_the_style_sheet_asks_no_other_host_and_finds_its_fonts() -> None:
    style = (BUILT / NAMES["portal.css"]).read_text()
    addresses = re.findall(r"url\((?:\"|')?([^)\"']+)", style)

    foreign = [address for address in addresses if not address.startswith(("data:", "./"))]
    missing = [address for address in addresses if address.startswith("./") and not (BUILT / address[2:]).is_file()]
    assert (foreign, missing) == ([], [])


def test_the_lock_file_names_no_host() -> None:
    assert '"resolved"' not in LOCK.read_text()


@pytest.mark.django_db  # closing an answer looks at the connections
def test_a_file_named_by_its_content_may_be_kept_for_ever(client: Client) -> None:
    answer = client.get(asset("portal.css"))

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
    assert re.match(settings.WHITENOISE_IMMUTABLE_FILE_TEST, asset("portal.js"))
    answer.close()
