"""Run the benchmarks: ``python -m bench [--share 0.1] [--runs 3] [--only ingest,plot]``."""

from __future__ import annotations

import argparse

from bench import bench_ingest, bench_plot

BENCHES = {"ingest": bench_ingest.run, "plot": bench_plot.run}


def main() -> None:
    """Run what was asked for and print tables in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--share", type=float, default=0.1, help="share of the full inputs (1 is about 1 GB each)")
    parser.add_argument("--runs", type=int, default=3, help="paired runs, of which the median counts")
    parser.add_argument("--only", default=",".join(BENCHES), help="which benchmarks")
    parser.add_argument("--inputs", default="year,wide,homes", help="which inputs of the ingest benchmark")
    options = parser.parse_args()
    for name in options.only.split(","):
        BENCHES[name](share=options.share, runs=options.runs, inputs=options.inputs.split(","))


if __name__ == "__main__":
    main()
