"""How long a partner waits after the last byte: real logger files through the real upload path.

    python -m bench.bench_first_look [--runs 3] [--data ../shared/data/leo]

A server and a worker of our own; the client uploads, then the file's page is asked for until it shows what was found.
Where the file can't tell something, that page is the table with the question; the guess is taken as the answer, and
the page asked for again until it shows the chart.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.serving import Portal, running_portal
from fairwatt.client import Client
from fairwatt.client.models import DepositedFile

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "leo"
FILES = {"MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt": 3.0, "error_testing.csv": 2.0}  # wanted at most [s]
TABLE, CHART = "table--raw", "chart__plot"  # marks of the page's markup
LONGEST_S = 60.0
EACH_S = 0.02


@dataclass(frozen=True)
class Look:
    """One file's way: from the last byte to what was found, and from the answer to the chart, if one was needed [s]."""

    found_s: float
    asked: tuple[str, ...]
    answered_s: float

    @property
    def preview_s(self) -> float:
        """Everything that the platform made the partner wait for."""
        return self.found_s + self.answered_s


def run(*, runs: int = 3, data: Path = DATA) -> None:
    """Print a table of the files that are there."""
    files = [data / name for name in FILES if (data / name).is_file()]
    print("\n### From the last byte to the preview\n")
    if not files:
        print(f"The files are not at {data}: nothing was measured.")
        return
    print("| file | MB | shown, with its questions [s] | asked | after the answer [s] | in all [s] | wanted [s] |")
    print("|---|---|---|---|---|---|---|")
    with running_portal() as portal, Client(portal.url, portal.token) as client:
        for path in files:
            looks = [_look(portal, client, path) for _ in range(runs)]
            found, answered, preview = (
                statistics.median(getattr(look, name) for look in looks)
                for name in ("found_s", "answered_s", "preview_s")
            )
            asked = ", ".join(looks[0].asked) or "nothing"
            figures = f"{found:.2f} | {asked} | {answered:.2f} | {preview:.2f} | {FILES[path.name]:.0f}"
            print(f"| {path.name} | {path.stat().st_size / 1e6:.1f} | {figures} |", flush=True)


def _look(portal: Portal, client: Client, path: Path) -> Look:
    deposit = client.start_deposit("foreground")
    client.upload(path, deposit.code, resume=False)
    begin = time.perf_counter()
    file = _wait_until_read(client, deposit.code)
    _wait_for_page(portal, deposit.code, file, TABLE if file.questions else CHART)
    found_s = time.perf_counter() - begin
    answers = {question.id: question.guess or question.choices[0][0] for question in file.questions}
    if not answers:
        return Look(found_s, (), 0.0)
    begin = time.perf_counter()
    client.answer_questions(file.id, answers)
    file = _wait_until_read(client, deposit.code)
    _wait_for_page(portal, deposit.code, file, CHART)
    return Look(found_s, tuple(answers), time.perf_counter() - begin)


def _wait_until_read(client: Client, code: str) -> DepositedFile:
    deadline = time.perf_counter() + LONGEST_S
    while time.perf_counter() < deadline:
        (file,) = client.deposit(code).files
        if file.state not in {"received", "reading"}:
            return file
        time.sleep(EACH_S)
    raise TimeoutError(f"the file of {code} is not read after {LONGEST_S:.0f} s")


def _wait_for_page(portal: Portal, code: str, file: DepositedFile, mark: str) -> None:
    address = f"{portal.url}/share/{code}/files/{file.id}/"
    deadline = time.perf_counter() + LONGEST_S
    with httpx.Client(cookies=portal.cookies, timeout=LONGEST_S) as browser:
        while time.perf_counter() < deadline:
            page = browser.get(address)
            page.raise_for_status()
            if mark in page.text:
                return
            time.sleep(EACH_S)
    raise TimeoutError(f"{address} does not show {mark} after {LONGEST_S:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    run(runs=asked.runs, data=asked.data)
