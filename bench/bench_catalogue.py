"""Time the catalogue with 2,000 datasets, and a dataset's page with 100 million readings behind it.

    python -m bench.bench_catalogue [--datasets 2000] [--rounds 15]

Works in a temporary data folder of its own (SQLite, or the database that FAIRWATT_DATABASE_URL names, which must be
empty). Prints the median, the best and the worst of each question in milliseconds, and its number of queries. The
questions are asked in turn, round after round, so that a slow spell of the machine meets them all.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from bench.inputs import make_input
from bench.stocking import empty_home

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
WORDS = """
    school battery heat pump substation feeder solar charger village hall depot library pool farm mill office
    evening morning peak turn down demand response baseline voltage load export half hour second minute meter
""".split()  # noqa: SIM905
QUANTITIES = ("power", "energy", "voltage", "current", "temperature", "price", "irradiance", "frequency")
LICENCES = ("CC-BY-4.0", "OGL-UK-3.0", "DSA")
FORMATS = ("CSV", "TSV", "Parquet", "GeoJSON")
FILES_OF_THE_LARGE_ONE = 100
CHANNELS = 141


def seed(count: int, *, with_large: bool = True) -> str:
    """Fill the records with ``count`` published datasets, three files each; the key of the largest one, or ""."""
    from fairwatt.core.identifiers import new_key
    from fairwatt.records.models import Dataset, File, Procedure, ReleaseRule
    from fairwatt.records.search import index_datasets
    from fairwatt.services.projects import sync_project

    sync_project(at=NOW)
    draw = random.Random(1)
    datasets = [_dataset(draw, new_key(number)) for number in range(count)]
    Dataset.objects.bulk_create(datasets, batch_size=500)
    procedures = list(Procedure.objects.all())
    through = Dataset.procedures.through
    through.objects.bulk_create(
        [through(dataset=row, procedure=draw.choice(procedures)) for row in datasets if row.trial], batch_size=500
    )
    ReleaseRule.objects.bulk_create(
        [
            ReleaseRule(
                dataset=row, audience=audience, available_from=draw.choice((None, NOW, NOW + timedelta(days=9)))
            )
            for row in datasets
            for audience in ("public", "external", "partner")
        ],
        batch_size=500,
    )
    File.objects.bulk_create(
        [
            _file(row, new_key(10**9 + 3 * place + number), number + 1)
            for place, row in enumerate(datasets)
            for number in range(3)
        ],
        batch_size=500,
    )
    largest = _make_large(datasets[-1]) if with_large else ""
    index_datasets()
    return largest


def _dataset(draw: random.Random, key: str):
    from fairwatt.records.models import Dataset, Organization, Trial

    origin = draw.choice(("foreground", "background"))
    start = datetime(2018, 1, 1, tzinfo=UTC) + timedelta(days=draw.randrange(1500))
    return Dataset(
        key=key,
        table=key,
        identifier=f"MVS{draw.randrange(9)}.{draw.randrange(9)}-{key}",
        title=" ".join(draw.choices(WORDS, k=5)).capitalize(),
        description=" ".join(draw.choices(WORDS, k=60)),
        keywords=draw.sample(WORDS, 4),
        origin=origin,
        state="published",
        provider=draw.choice(Organization.objects.all()),
        trial=draw.choice(Trial.objects.all()) if origin == "foreground" else None,
        licence=draw.choice(LICENCES),
        formats=draw.sample(FORMATS, draw.randrange(1, 3)),
        quantities=draw.sample(QUANTITIES, draw.randrange(1, 4)),
        file_count=3,
        rows_total=10**6,
        readings_total=3 * 10**6,
        period_start=start,
        period_end=start + timedelta(days=draw.randrange(1, 700)),
        resolution_s=draw.choice((1.0, 5.0, 60.0, 600.0, 1800.0)),
        coverage=[1.0] * 60,
        created_at=NOW,
        updated_at=NOW,
        published_at=NOW - timedelta(minutes=draw.randrange(10**6)),
    )


def _file(dataset, key: str, position: int):
    from fairwatt.records.models import File

    return File(
        dataset=dataset,
        key=key,
        name=f"{dataset.identifier}F{position}.csv",
        original_name="",
        position=position,
        sha256=key.ljust(64, "0").translate(str.maketrans("ghjkmnpqrstvwxz", "000000000000000")),
        size=10**7,
        format="CSV",
        media_type="text/csv",
        kind="readings",
        state="read",
        rows=10**6,
        coverage=[1.0] * 60,
        received_at=NOW,
        read_at=NOW,
    )


def _make_large(dataset) -> str:
    """Give a dataset a hundred files of 141 channels, 100 million readings in all, and publish it."""
    from fairwatt.core.identifiers import new_key
    from fairwatt.records.models import Channel, File
    from fairwatt.services.actors import Actor
    from fairwatt.services.certificates import issue_version
    from fairwatt.services.dataset_channels import store_dataset_channels

    dataset.files.all().delete()
    files = [_file(dataset, new_key(2 * 10**9 + place), place + 1) for place in range(FILES_OF_THE_LARGE_ONE)]
    File.objects.bulk_create(files)
    _take_readings_in(dataset.table, files[0].key)
    Channel.objects.bulk_create(
        [
            Channel(
                file=file,
                position=place,
                name=f"Active Power L{place} Avg" if place else "kW",
                field=f"active_power_l{place}_avg_kw" if place else "kw",
                quantity="power",
                unit="kw",
                count=7_100,
                minimum=0.0,
                mean=1.5,
                maximum=9.25,
                resolution_s=1.0,
            )
            for file in files
            for place in range(CHANNELS)
        ],
        batch_size=500,
    )
    store_dataset_channels(dataset)
    dataset.file_count, dataset.readings_total = len(files), 7_100 * CHANNELS * len(files)
    dataset.save()
    dataset.release_rules.filter(audience="public").update(available_from=NOW)
    issue_version(actor=Actor.system(), dataset=dataset, at=NOW)
    return str(dataset.key)


def _take_readings_in(table: str, source: str) -> None:
    """Put a day of readings of a file into the lake: enough to be drawn."""
    from fairwatt.services.lakes import get_lake

    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as folder:
        path, profile = make_input("year", Path(folder), 1 / 365)
        get_lake().ingest(path, profile, table=table, source=source, name="day.csv")


def questions(largest: str) -> dict[str, Callable[[], object]]:
    """What is timed: the services' answers, and whole pages through all the middleware."""
    from django.core.cache import cache
    from django.test import Client

    from fairwatt.portal.pages.previews import draw_preview
    from fairwatt.records.models import Organization, User
    from fairwatt.services.actors import Actor
    from fairwatt.services.catalogues import CatalogueQuery, catalogue_table, search_catalogue, suggest
    from fairwatt.services.certificates import certificate_of
    from fairwatt.services.datasets import get_dataset

    member = User.objects.create_user("partner@bench.example")
    member.memberships.create(organization=Organization.objects.filter(is_partner=True)[0])
    actor, client = Actor(user=member), Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")

    def search(**asked: object) -> Callable[[], object]:
        return lambda: search_catalogue(actor=actor, query=CatalogueQuery(**asked), at=NOW)

    def page(address: str) -> Callable[[], object]:
        def fetch() -> object:
            response = client.get(address, HTTP_HOST="127.0.0.1")
            assert response.status_code == HTTPStatus.OK, (address, response.status_code)
            return response

        return fetch

    def draw() -> object:
        cache.clear()
        return draw_preview(actor=actor, dataset=get_dataset(actor=actor, key=largest, at=NOW), at=NOW)

    return {
        "search: everything": search(),
        "search: two words": search(text="school battery"),
        "search: one letter": search(text="s"),
        "search: four facets chosen": search(origin="foreground", access="open", format="CSV", quantity="power"),
        "search: by title, 100 a page": search(sort="title", limit=100),
        "suggest": lambda: suggest(actor=actor, text="school bat", at=NOW),
        "LEO's foreground table": lambda: catalogue_table(actor=actor, origin="foreground", at=NOW),
        "dataset with 100 M readings": lambda: certificate_of(get_dataset(actor=actor, key=largest, at=NOW)),
        "drawing its picture, once on arrival": draw,
        "page: catalogue": page("/catalogue/"),
        "page: catalogue, words and facets": page("/catalogue/?q=school&origin=foreground&format=CSV"),
        "page: dataset with 100 M readings": page(f"/datasets/{largest}/"),
    }


def measure(asked: dict[str, Callable[[], object]], rounds: int) -> None:
    """Ask everything in turn, and print a line for each."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times: dict[str, list[float]] = {name: [] for name in asked}
    counts: dict[str, int] = {}
    for name, ask in asked.items():  # once for the caches, counted
        with CaptureQueriesContext(connection) as queries:
            ask()
        counts[name] = len(queries)
    for _ in range(rounds):
        for name, ask in asked.items():
            begun = time.perf_counter()
            ask()
            times[name].append(1000 * (time.perf_counter() - begun))
    print(f"| median of {rounds} | ms | best | worst | queries |\n|---|---|---|---|---|")
    for name, found in times.items():
        print(f"| {name} | {statistics.median(found):.1f} | {min(found):.1f} | {max(found):.1f} | {counts[name]} |")


def run(*, datasets: int = 2_000, rounds: int = 15) -> None:
    """Set up, seed, measure, clean up."""
    with empty_home():
        largest = seed(datasets)
        print(f"\n### Catalogue with {datasets:,} datasets, and pages through all the middleware\n")
        measure(questions(largest), rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=15)
    wanted = parser.parse_args()
    run(datasets=wanted.datasets, rounds=wanted.rounds)
