"""Run the benchmarks and write their tables to docs/reference/benchmarks.md.

    python -m bench [--share 0.1] [--runs 3] [--only ingest,plot,catalogue,reading] [--dry]

Each is a module of its own with its own options: ``python -m bench.bench_upload --gigabytes 5``.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import bench_ingest, bench_plot

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` on {cores} cores, Python {python}, {day}. Machines differ and are noisy: the ratios count,
measured in pairs on the same work in one run. The inputs are made by seeded generators in `bench/`; share {share} of
the full size.
"""


def run_catalogue() -> str:
    """Run the catalogue's benchmark in a process of its own (it sets up a database), and answer with its table."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.bench_catalogue"], capture_output=True, text=True, check=True, env=os.environ
    )
    return done.stdout


def main() -> None:
    """Run what was asked for, print it, and write the page unless told not to."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--share", type=float, default=0.1, help="share of the full inputs (1 is about 1 GB each)")
    parser.add_argument("--runs", type=int, default=3, help="paired runs, of which the median counts")
    parser.add_argument("--only", default="ingest,plot,catalogue,reading", help="which benchmarks")
    parser.add_argument("--inputs", default="year,wide,homes", help="which inputs of the ingest benchmark")
    parser.add_argument("--dry", action="store_true", help="print only")
    options = parser.parse_args()
    parts = []
    for name in options.only.split(","):
        if name == "catalogue":
            parts.append("## Catalogue and pages\n\n" + run_catalogue())
        elif name == "reading":
            from bench import bench_reading  # noqa: PLC0415 - its peers are no part of the workshop

            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                bench_reading.run(crossed=round(3_000 * options.share))
            parts.append(said.getvalue())
        else:
            module = {"ingest": bench_ingest, "plot": bench_plot}[name]
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                module.run(share=options.share, runs=options.runs, inputs=options.inputs.split(","))
            parts.append(said.getvalue())
        print(parts[-1], flush=True)
    if not options.dry:
        head = HEAD.format(
            cores=os.cpu_count(),
            python=platform.python_version(),
            day=f"{datetime.now(UTC):%-d %B %Y}",
            share=options.share,
        )
        PAGE.write_text("\n".join([head, *parts]), encoding="utf-8")


if __name__ == "__main__":
    main()
