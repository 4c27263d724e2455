"""What every test in a real browser waits for: a page fills by and by, and one look may come too early."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PATIENCE_MS = 60_000  # of a page and of what is expected on it: a machine may be slow and busy
AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],  # what passes needs no list
}
_Seen = TypeVar("_Seen")

_STANDS_STILL = """(patience) => new Promise((done, failed) => {
  let last = "", frames = 0, since = 0, begun = performance.now();
  const look = (now) => {
    const chart = document.querySelector(".js-plotly-plot");
    const box = chart?.querySelector(".nsewdrag")?.getBoundingClientRect();
    const drawn = chart?.querySelector(".main-svg")?.getBoundingClientRect();
    const isWhole = box && drawn && Math.abs(drawn.width - chart.getBoundingClientRect().width) < 2;
    const isBusy = document.fonts.status !== "loaded" || document.querySelector(".explore__busy.is-on");
    const place = JSON.stringify([box, drawn]);
    if (!isWhole || isBusy || place !== last) { last = place; frames = 0; since = now; }
    if (++frames > 10 && now - since > 400) return done();
    if (performance.now() - begun > patience) return failed(new Error(`the chart does not stand still: ${place}`));
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


def wait_until_still(page: Page) -> None:
    """Wait until the chart is as wide as its place, and has stood there for ten frames and a while.

    It is drawn 700 px wide and grows to its place later; fonts and answers under way may move it as well.
    """
    page.evaluate(_STANDS_STILL, PATIENCE_MS)


def seen_once(page: Page, look: Callable[[], _Seen], holds: Callable[[_Seen], object]) -> _Seen:
    """Look again and again until what is seen holds, and answer with it."""
    deadline = time.monotonic() + PATIENCE_MS / 1_000
    while not holds(seen := look()):
        assert time.monotonic() < deadline, seen
        page.wait_for_timeout(100)
    return seen


def assert_accessible(page: Page) -> None:
    """Fail with every WCAG 2.2 AA violation that axe finds on the page as it stands, once it is loaded."""
    page.wait_for_load_state()
    found = Axe().run(page, options=AXE).response["violations"]
    told = [f"{v['id']}: {v['help']} — {[n['html'][:160] for n in v['nodes'][:3]]}" for v in found]
    assert told == [], f"{page.url}\n" + "\n".join(told)
