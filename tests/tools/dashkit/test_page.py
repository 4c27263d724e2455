from __future__ import annotations

import gzip
import re
import subprocess
import sys

import brotli
import pytest
from django.test import Client
from django.urls import reverse
from plotly.offline import get_plotlyjs_version

from fairwatt.tools.dashkit import bundles
from fairwatt.tools.dashkit.app import PLOTLY, VENDOR
from fairwatt.tools.dashkit.urls import load_tool
from tests.tools.dashkit.conftest import Caller

PAGE = "/tools/trial/"


def scripts(html: str) -> list[str]:
    return re.findall(r'<script[^>]* src="([^"]+)"', html)


def test_the_page_stands_in_the_portals_frame_with_a_nonce_on_every_script(caller: Caller) -> None:
    response = caller.client.get(PAGE)
    html = response.content.decode()
    policy = response["Content-Security-Policy"]
    (nonce,) = set(re.findall(r"'nonce-([^']+)'", policy))
    assert "<h1>Trial of tools</h1>" in html
    assert 'id="main"' in html
    assert re.findall(r"<script(?![^>]* nonce=)[^>]*>", html) == []
    assert f'nonce="{nonce}"' in html
    assert "unsafe-eval" not in policy


def test_only_the_page_of_a_tool_may_style_itself(caller: Caller) -> None:
    def styles(address: str) -> str:
        policy = caller.client.get(address)["Content-Security-Policy"]
        return next(part for part in policy.split("; ") if part.startswith("style-src"))

    assert styles(PAGE) == "style-src 'self' 'unsafe-inline'"
    assert "unsafe-inline" not in styles(f"{PAGE}_dash-layout")
    assert "unsafe-inline" not in styles(reverse("about"))


def test_the_page_gives_the_csrf_cookie_and_scripts_do_not(caller: Caller) -> None:
    html = caller.client.get(PAGE).content.decode()
    assert "csrftoken" in caller.client.cookies
    fresh = Client()
    for address in scripts(html):
        if address.startswith(PAGE):
            fresh.get(address)
    assert not fresh.cookies


def test_every_script_is_of_this_host_and_only_those_in_use_are_loaded(caller: Caller) -> None:
    addresses = scripts(caller.client.get(PAGE).content.decode())
    assert all(address.startswith("/") for address in addresses)
    own = [address for address in addresses if address.startswith(PAGE)]
    assert not [a for a in own if "dash_table" in a or "/plotly/" in a]
    sizes = [len(caller.client.get(a, headers={"Accept-Encoding": "br"}).content) for a in own]
    assert sum(sizes) < 1_000_000  # the whole of it, compressed; all of Dash with all of Plotly is twice that


def test_scripts_come_compressed_and_stay_in_the_browser(caller: Caller) -> None:
    address = next(a for a in scripts(caller.client.get(PAGE).content.decode()) if "react-dom" in a)
    plain = caller.client.get(address)
    packed = caller.client.get(address, headers={"Accept-Encoding": "gzip, br"})
    zipped = caller.client.get(address, headers={"Accept-Encoding": "gzip, br;q=0"})
    assert (packed["Content-Encoding"], zipped["Content-Encoding"]) == ("br", "gzip")
    assert brotli.decompress(packed.content) == gzip.decompress(zipped.content) == plain.content
    assert packed["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed["Vary"] == "Accept-Encoding"
    again = caller.client.get(address, headers={"Accept-Encoding": "br", "If-None-Match": packed["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_prepared_tool_has_its_scripts_compressed_before_anybody_asks(caller: Caller) -> None:
    bundles._read.cache_clear()
    load_tool("tests.tools.dashkit.trial").prepare()
    prepared = bundles._read.cache_info().currsize
    for address in scripts(caller.client.get(PAGE).content.decode()):
        if address.startswith(f"{PAGE}_dash-component-suites/"):
            caller.client.get(address, headers={"Accept-Encoding": "br"})
    assert prepared > 5
    assert bundles._read.cache_info().currsize == prepared


def test_a_script_without_a_fingerprint_is_asked_for_again(caller: Caller) -> None:
    response = caller.client.get(f"{PAGE}_dash-component-suites/dash/deps/react@18.3.1.min.js")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "_dash-component-suites/dash/../../../../../etc/passwd",
        "_dash-component-suites/dash/%2e%2e/%2e%2e/settings.py",
        "_dash-component-suites/dash/dash.py",
        "_dash-component-suites/os/path.py",
        "_dash-component-suites/fairwatt.portal/settings.py",
        "_dash-component-suites/fairwatt.tools.dashkit/app.py",
        "_dash-component-suites/plotly/package_data/plotly.min.js.map",
        "assets/../app.py",
        "assets/%2e%2e/app.py",
        "no-such-place",
        "_reload-hash",
        "_favicon.ico",
        "_mcp",
    ],
)
def test_what_a_tool_does_not_serve_is_not_found(caller: Caller, path: str) -> None:
    assert caller.client.get(f"{PAGE}{path}").status_code == 404


def test_the_smaller_plotly_is_of_the_version_that_the_figures_are_made_for() -> None:
    head = (VENDOR / PLOTLY).read_text(encoding="utf-8")[:200]
    assert f"plotly.js (basic - minified) v{get_plotlyjs_version()}" in head


def test_pages_do_not_wait_for_dash_to_be_imported() -> None:
    code = (
        "import sys, django; django.setup(); from django.urls import reverse; "
        "print(reverse('tools-explore'), 'dash' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["/tools/explore/", "False"]
