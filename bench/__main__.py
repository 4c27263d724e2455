"""Run the benchmarks and write their tables to docs/reference/benchmarks.md.

    python -m bench [--share 0.05] [--runs 3] [--minutes 10] [--only start,ingest,plot] [--dry]

Each part runs in a process of its own, one after another, and is ended where the time is over: the page says so then.
Each is a module too, with its own options: ``python -m bench.bench_upload --gigabytes 5``.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
INPUTS = ("year", "wide", "homes", "feeders")
FEWEST_ROUNDS = 9  # of a page's question
HEAD = """# Benchmarks

Written by `make bench` on {machine}, Python {python}, {day}. Machines differ and are noisy: the ratios count, measured
in pairs on the same work in one run, medians of {runs}. The inputs are made by seeded generators in `bench/`; share
{share} of the full size, where a part has one.
"""


def run_start(options: argparse.Namespace) -> None:
    """Time the demo's starts, and what its server holds."""
    from bench import bench_start  # each part in its own process imports its own

    bench_start.run(runs=options.runs)


def run_first_look(options: argparse.Namespace) -> None:
    """Time real files from the last byte to the preview."""
    from bench import bench_first_look

    bench_first_look.run(runs=options.runs)


def run_catalogue(options: argparse.Namespace) -> None:
    """Time catalogue and pages."""
    from bench import bench_catalogue

    bench_catalogue.run(datasets=2_000, rounds=max(FEWEST_ROUNDS, 5 * options.runs))


def run_harvest(options: argparse.Namespace) -> None:
    """Time the catalogues as programs read them."""
    from bench import bench_harvest

    bench_harvest.run(rounds=max(FEWEST_ROUNDS, options.runs))


def run_certificates(options: argparse.Namespace) -> None:
    """Time a certificate in all its forms."""
    from bench import bench_certificates

    bench_certificates.run(rounds=max(FEWEST_ROUNDS, options.runs))


def run_package(options: argparse.Namespace) -> None:
    """Weigh the server while it sends a large data package."""
    from bench import bench_package

    bench_package.run(gigabytes=5 * options.share)


def run_plot(options: argparse.Namespace) -> None:
    """Time windows beside polars and pandas."""
    from bench import bench_plot

    bench_plot.run(share=options.share, runs=options.runs, inputs=list(INPUTS))


def run_answers(options: argparse.Namespace) -> None:
    """Time raw readings, aggregates and windows through server and service."""
    from bench import bench_answers

    bench_answers.run(share=min(1.0, 4 * options.share), runs=options.runs)


def run_matrix(options: argparse.Namespace) -> None:
    """Time many homes' half-hours as a matrix."""
    from bench import bench_matrix

    bench_matrix.run(share=min(1.0, 4 * options.share), runs=options.runs)


def run_ingest(options: argparse.Namespace) -> None:
    """Time an ingest beside bare writers."""
    from bench import bench_ingest

    bench_ingest.run(share=options.share, runs=options.runs, inputs=options.inputs.split(","))


def run_export(options: argparse.Namespace) -> None:
    """Time downloads of a month through the real server."""
    from bench import bench_export

    bench_export.run(days=max(31, round(365 * options.share)), runs=options.runs)


def run_reading(options: argparse.Namespace) -> None:
    """Count who reads the same files right."""
    from bench import bench_reading

    bench_reading.run(crossed=round(3_000 * options.share))


def run_upload(options: argparse.Namespace) -> None:
    """Weigh the server while a large file arrives."""
    from bench import bench_upload

    bench_upload.run(int(5e9 * options.share))


def run_live(options: argparse.Namespace) -> None:
    """Count the live readings that are acknowledged a second."""
    from bench import bench_live

    bench_live.run(seconds=max(3.0, 60 * options.share), runs=options.runs)


def run_kills(options: argparse.Namespace) -> None:
    """Kill what writes a lake, and count what was lost by it: 100 rounds of each kind at the full share."""
    from bench import bench_kills

    bench_kills.run(rounds=max(3, round(100 * options.share)))


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "start": run_start,
    "first_look": run_first_look,
    "catalogue": run_catalogue,
    "harvest": run_harvest,
    "certificates": run_certificates,
    "package": run_package,
    "plot": run_plot,
    "answers": run_answers,
    "matrix": run_matrix,
    "export": run_export,
    "upload": run_upload,
    "ingest": run_ingest,
    "live": run_live,
    "reading": run_reading,
    "kills": run_kills,
}


def measure(part: str, arguments: list[str], *, seconds: float) -> str:
    """Run one part in a process of its own, with whatever it starts ended when the time is over; its tables."""
    command = [sys.executable, "-m", "bench", "--part", part, *arguments]
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("FAIRWATT_", "DJANGO_"))}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            said, complaint = process.communicate(timeout=max(seconds, 1))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, complaint = process.communicate()
            return f"{said}\nThe time was over before this part ({part}) was.\n"
    if process.returncode:
        last = complaint.strip().splitlines()[-1:] or ["no word why"]
        print(complaint, file=sys.stderr)
        return f"{said}\nThis part ({part}) failed: {last[0]}\n"
    return said


def name_machine() -> str:
    """The processor with its cores, and the memory."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({model or platform.machine()}), {memory:.0f} GiB"


def main() -> None:
    """Run what was asked for, print it, and write the page unless told not to."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--share", type=float, default=0.05, help="share of the full inputs (1 is about 1 GB each)")
    parser.add_argument("--runs", type=int, default=3, help="paired runs, of which the median counts")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long all of it may take")
    parser.add_argument("--only", default=",".join(PARTS), help="which parts")
    parser.add_argument("--inputs", default=",".join(INPUTS), help="which inputs of the ingest benchmark")
    parser.add_argument("--dry", action="store_true", help="print only")
    parser.add_argument("--part", choices=list(PARTS), help="run this one here, and nothing else")
    options = parser.parse_args()
    if options.part:
        PARTS[options.part](options)
        return
    deadline = time.monotonic() + 60 * options.minutes
    arguments = ["--share", str(options.share), "--runs", str(options.runs), "--inputs", options.inputs]
    parts = []
    for part in options.only.split(","):
        parts.append(measure(part, arguments, seconds=deadline - time.monotonic()))
        print(parts[-1], flush=True)
    if not options.dry:
        head = HEAD.format(
            machine=name_machine(),
            python=platform.python_version(),
            day=f"{datetime.now(UTC):%-d %B %Y}",
            runs=options.runs,
            share=options.share,
        )
        PAGE.write_text("\n".join([head, *parts]), encoding="utf-8")


if __name__ == "__main__":
    main()
