"""What every test in a real browser waits for."""

from __future__ import annotations

from playwright.sync_api import Page

PATIENCE_MS = 30_000  # of a page and of what is expected on it: a machine may be slow and busy


def wait_until_still(page: Page) -> None:
    """Wait until the chart has stood at the same place for ten frames: it grows to its place after it is drawn."""
    page.evaluate(
        """() => new Promise((done) => {
          let last = "", same = 0;
          const look = () => {
            const box = document.querySelector(".js-plotly-plot .nsewdrag")?.getBoundingClientRect();
            const now = JSON.stringify(box);
            same = box && now === last ? same + 1 : 0;
            last = now;
            same < 10 ? requestAnimationFrame(look) : done();
          };
          look();
        })"""
    )
