"""Time writing a certificate in every form that it has, with 1, 30, 100 and 300 files.

    python -m bench.bench_certificates [--rounds 15]

In this process alone, of its own time: reading the certificate as it is stored, and each form. Needs no data folder.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from datetime import UTC, datetime

from fairwatt.core.metadata import (
    AccessTerms,
    Audience,
    Catalogue,
    Certificate,
    ChannelEntry,
    FileEntry,
    Licensing,
    Party,
    Provenance,
    Release,
    Validity,
    VersionEntry,
    parse_certificate,
)
from fairwatt.core.metadata.forms import forms_of
from fairwatt.core.project.audiences import PLAIN_WORDS

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BASE = "https://data.example"
SPAN = Validity(start=datetime(2025, 11, 1, tzinfo=UTC), end=datetime(2025, 12, 1, tzinfo=UTC))
FILES = (1, 30, 100, 300)


def make_certificate(files: int) -> Certificate:
    """A published dataset of so many files, with four channels."""
    return Certificate(
        kind="dataset",
        pid="ark:/99999/0000000gnp8",
        pid_url=f"{BASE}/ark:/99999/0000000gnp8",
        dataset_url=f"{BASE}/datasets/0000000gnp8/",
        title="Load of a school",
        origin="foreground",
        data_description="Load of a primary school, every 5 seconds during flexibility events.",
        data_provenance=Provenance(statement="Logged at the incomer.", logged_by="A partner", logged_at=NOW),
        licensing=Licensing(code="CC-BY-4.0", url="https://creativecommons.org/licenses/by/4.0/", is_open=True),
        date_of_data_validity=SPAN,
        keywords=("school", "flexibility"),
        provider=Party(code="LCH", name="A partner", homepage="https://partner.example/"),
        rows=2_000 * files,
        readings=8_000 * files,
        channels=tuple(_channel(number) for number in range(4)),
        files=tuple(map(_file, range(files))),
        access=AccessTerms(releases=(Release(audience=Audience.PUBLIC, available_from=NOW),)),
        version=VersionEntry(number=1, pid="ark:/99999/000000vers1", published_at=NOW),
        issued_at=NOW,
        issued_by="A manager",
        catalogue=Catalogue(name="A portal", url=BASE, publisher="A council", contact="data@example.org"),
    )  # fmt: skip


def _channel(number: int) -> ChannelEntry:
    return ChannelEntry(
        name=f"Active Power L{number}", field=f"active_power_l{number}_kw", quantity="power", unit="kw", count=2_000,
        quantity_uri="http://qudt.org/vocab/quantitykind/ActivePower", unit_uri="http://qudt.org/vocab/unit/KiloW",
        minimum=0.5, mean=1.25, maximum=9.0, resolution_s=5.0,
    )  # fmt: skip


def _file(number: int) -> FileEntry:
    page = f"{BASE}/files/{number:011d}/"
    return FileEntry(
        pid=f"ark:/99999/{number:011d}", name=f"MVSA1_2_1_P11_{number}.txt", size=3_456_789, sha256=f"{number:064x}",
        media_type="text/tab-separated-values", format="TSV", kind="readings", rows=2_000, url=page,
        download_url=f"{page}original", import_profile="b" * 64, validity=SPAN,
    )  # fmt: skip


def measure(files: int, rounds: int) -> dict[str, float]:
    """The median time of reading a certificate back and of writing each form [ms], by its ending."""
    stored = make_certificate(files).model_dump(mode="json")
    forms = forms_of(parse_certificate(stored))
    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        begun = time.process_time()
        certificate = parse_certificate(stored)
        times["reading it back"].append(time.process_time() - begun)
        for form in forms:
            begun = time.process_time()
            form.write(certificate, NOW, PLAIN_WORDS)
            times[form.ending].append(time.process_time() - begun)
    return {name: 1000 * statistics.median(found) for name, found in times.items()}


def run(*, rounds: int = 15) -> None:
    """Measure, and print a line for each form."""
    print("\n### A certificate in all its forms, ms of the process's own time\n")
    found = {files: measure(files, rounds) for files in FILES}
    print("| form | " + " | ".join(f"{files} file{'s' * (files > 1)}" for files in FILES) + " |")
    print("|---" * (len(FILES) + 1) + "|")
    for name in found[FILES[0]]:
        print(f"| {name} | " + " | ".join(f"{found[files][name]:.1f}" for files in FILES) + " |")
    print("| **all** | " + " | ".join(f"**{sum(found[files].values()):.1f}**" for files in FILES) + " |")
    print("\nWanted for a dataset: 50 ms for all of them.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    run(rounds=parser.parse_args().rounds)
