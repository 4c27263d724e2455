"""Time the faces of the catalogues that programs read, with 10,000 datasets: the first page, and one far behind it.

    python -m bench.bench_harvest [--datasets 10000] [--rounds 7] [--pages 99]

Works in a temporary data folder of its own (SQLite, or the database that FAIRWATT_DATABASE_URL names, which must be
empty). Each dataset has a certificate of three files and four channels. Prints for each face the median time of its
first page and of the one that is ``--pages`` pages behind it, asked in turn, with their numbers of queries.
"""

from __future__ import annotations

import argparse
import gc
import re
import statistics
import time
from datetime import datetime, timedelta
from html import unescape
from http import HTTPStatus
from urllib.parse import quote, urljoin

from bench.bench_catalogue import NOW, seed
from bench.stocking import empty_home

PAGE = 100


def publish(count: int) -> None:
    """Give every dataset its certificate and its place among the changes, as publishing one by one would."""
    from fairwatt.core.metadata import ChannelEntry
    from fairwatt.records.models import Dataset, DatasetVersion, Listing
    from fairwatt.services.certificates import draft_certificate

    channels = tuple(
        ChannelEntry(name=f"Active Power L{n}", field=f"active_power_l{n}_kw", quantity="power", unit="kw", count=10**6)
        for n in range(4)
    )
    versions, listings = [], []
    rows = Dataset.objects.filter(versions__isnull=True)
    model, key = draft_certificate(rows[0]), rows[0].key
    for place, dataset in enumerate(rows.iterator()):
        at, page = NOW - timedelta(minutes=count - place), model.dataset_url.replace(key, dataset.key)
        own = {"pid": model.pid.replace(key, dataset.key), "title": dataset.title, "dataset_url": page}
        own |= {"pid_url": model.pid_url.replace(key, dataset.key), "data_description": dataset.description}
        certificate = model.model_copy(update={**own, "channels": channels, "issued_at": at})
        versions.append(
            DatasetVersion(
                dataset=dataset, number=1, key=f"{dataset.key}v", certificate=certificate.model_dump(mode="json"),
                digest=certificate.checksum, published_at=at,
            )
        )  # fmt: skip
        listings.append(Listing(dataset=dataset, changed_at=at, told_at=at, was_public=True, is_public=True))
    DatasetVersion.objects.bulk_create(versions, batch_size=200)
    Listing.objects.bulk_create(listings, batch_size=500, ignore_conflicts=True)


def fetch(address: str) -> str:
    """Ask the portal, through all its middleware, as somebody who has not signed in."""
    from django.test import Client

    from fairwatt.api.ratelimits import limits

    limits.reset()
    answer = Client().get(address, HTTP_HOST="127.0.0.1")
    assert answer.status_code == HTTPStatus.OK, (address, answer.status_code)
    return answer.content.decode()


def faces(pages: int) -> dict[str, tuple[str, str]]:
    """Of each face the first page's address and the far one's."""
    from fairwatt.api.places import sign_place
    from fairwatt.records.models import Listing
    from fairwatt.services.harvests import Place

    far = pages * PAGE
    rows = Listing.objects.values_list("changed_at", "dataset")
    early, late = rows.order_by("changed_at", "dataset")[far - 1], rows.order_by("-changed_at", "-dataset")[far - 1]

    def after(row: tuple[datetime, int], salt: str, **also: object) -> str:
        return quote(sign_place(Place(*row), salt=salt, **also))

    def records(verb: str, prefix: str) -> tuple[str, str]:
        token = after(early, f"oai.{verb}", p=prefix, s="", c=far, t=Listing.objects.count())
        return f"/oai?verb={verb}&metadataPrefix={prefix}", f"/oai?verb={verb}&resumptionToken={token}"

    catalogue = "/catalogue/"
    table = "/catalogue/foreground/"
    search = "/api/3/action/package_search?rows=100&start="
    return {
        "page: catalogue": (catalogue, _last_page(catalogue)),
        "page: LEO's table": (table, _last_page(table)),
        "DCAT-AP, Turtle": ("/catalogue.ttl", f"/catalogue.ttl?cursor={after(early, 'catalogue.dcat.')}"),
        "Atom": ("/catalogue.atom", f"/catalogue.atom?cursor={after(late, 'catalogue.atom.')}"),
        "OAI-PMH, identifiers": records("ListIdentifiers", "oai_dc"),
        "OAI-PMH, oai_dc": records("ListRecords", "oai_dc"),
        "OAI-PMH, DataCite": records("ListRecords", "datacite"),
        "CKAN, package_search": (f"{search}0", f"{search}{far}"),
        "CKAN, package_search by id": (f"{search}0&sort=id+asc", f"{search}{far}&sort=id+asc"),
        "site map": ("/sitemaps/datasets-0.xml", "/sitemaps/datasets-1.xml"),
    }


def _last_page(address: str) -> str:
    """The last page of a list for people, by way of its links to the next."""
    while found := re.search(r'href="([^"]+)" rel="next"', fetch(address)):
        address = urljoin(address, unescape(found[1]))
    return address


def measure(asked: dict[str, tuple[str, str]], rounds: int) -> None:
    """Ask for both pages of every face in turn, and print a line for each."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts: dict[str, list[int]] = {}
    times: dict[str, list[list[tuple[float, float]]]] = {name: [[], []] for name in asked}
    for name, pair in asked.items():
        counts[name] = []
        for address in pair:
            with CaptureQueriesContext(connection) as queries:
                fetch(address)
            counts[name].append(len(queries))
    gc.collect()
    gc.freeze()  # what was made for the seeding is no part of a server
    for _ in range(rounds):
        for name, pair in asked.items():
            for place, address in enumerate(pair):
                times[name][place].append(_timed(address))
    print("| face | first / far page ms | first / far page, ms of this process | queries |\n|---|---|---|---|")
    for name, pages in times.items():
        wall, own = (" / ".join(f"{statistics.median(t[kind] for t in page):.0f}" for page in pages) for kind in (0, 1))
        print(f"| {name} | {wall} | {own} | {counts[name][0]} / {counts[name][1]} |")


def _timed(address: str) -> tuple[float, float]:
    """How long an answer takes, by the clock and of this process's own time [ms]."""
    begun, own = time.perf_counter(), time.process_time()
    fetch(address)
    return 1000 * (time.perf_counter() - begun), 1000 * (time.process_time() - own)


def run(*, datasets: int = 10_000, rounds: int = 7, pages: int = 99) -> None:
    """Set up, seed, measure, clean up."""
    with empty_home():
        seed(datasets, with_large=False)
        publish(datasets)
        print(f"\n### Catalogues of {datasets:,} datasets as programs read them, 100 a page, page 1 and {pages + 1}\n")
        measure(faces(pages), rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pages", type=int, default=99)
    wanted = parser.parse_args()
    run(datasets=wanted.datasets, rounds=wanted.rounds, pages=wanted.pages)
