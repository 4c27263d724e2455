"""The catalogues' index: what words and facet values a dataset has, and which datasets match some words.

Words are folded here, in the same way for index and question, so that SQLite and PostgreSQL find the same:
accents and capitals do not count, a plural finds its singular, an identifier is found by any of its parts, and
the last letters of a word may be left out. Nothing in a question is an operator.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from django.db import connection, transaction
from django.db.models import Prefetch, QuerySet
from django.db.models.expressions import RawSQL

from fairwatt.core.units import QUANTITIES
from fairwatt.records.models import Channel, Dataset, FacetValue, File, SearchText
from fairwatt.records.search_index import INDEX, TABLE

MOST_WORDS = 12  # of a question; the rest is not read
MOST_RANKED = 20_000  # matches that are put in order of relevance
_LONGEST_WORD = 60
_LONGEST_TEXT = 200_000  # characters of a field; a tsvector holds at most 1 MB
_WORD = re.compile(r"[^\W_]+")
_BATCH = 200

RESOLUTIONS = (
    ("1s", "Up to a second", 1.0),
    ("1min", "Up to a minute", 60.0),
    ("10min", "Up to 10 minutes", 600.0),
    ("30min", "Up to half an hour", 1_800.0),
    ("1h", "Up to an hour", 3_600.0),
    ("1d", "Up to a day", 86_400.0),
    ("longer", "Longer than a day", float("inf")),
)


def fold_words(text: str) -> list[str]:
    """Split a text into folded words: ``"Température_L1 (kWh)"`` → ``["temperature", "l1", "kwh"]``."""
    decomposed = text
    for _ in range(2):  # some letters take two rounds: a bold A is a letter A first, then a small one
        decomposed = unicodedata.normalize("NFKD", decomposed).casefold()
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return [_singular(word)[:_LONGEST_WORD] for word in _WORD.findall(bare)]


def _singular(word: str) -> str:
    """Cut an English plural's ending (the S-stemmer of Harman, 1991)."""
    if len(word) <= 3 or not word.endswith("s"):  # noqa: PLR2004 - "gas", "bus"
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return f"{word[:-3]}y"
    if word.endswith(("us", "ss")):
        return word
    return word[:-1]


def index_dataset(dataset: Dataset) -> None:
    """Make a dataset's words and facet values anew; call it whenever what they are made of has changed."""
    index_datasets(Dataset.objects.filter(pk=dataset.pk))


def index_datasets(datasets: QuerySet[Dataset] | None = None) -> int:
    """Make the words and facet values of many datasets anew (all, where none are named), and count them."""
    rows = Dataset.objects.all() if datasets is None else datasets
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(keys), _BATCH):
        _index_batch(keys[first : first + _BATCH])
    return len(keys)


@transaction.atomic
def _index_batch(keys: list[int]) -> None:
    rows = list(
        Dataset.objects.filter(pk__in=keys)
        .select_related("trial", "provider", "receiver")
        .prefetch_related(
            "procedures",
            "dois",
            Prefetch(
                "files",  # erased ones are not found by their names any more
                File.objects.filter(erased_at=None).only("dataset_id", "name", "identifier", "format", "resolution_s"),
            ),
            Prefetch("files__channels", Channel.objects.only("file_id", "name", "quantity")),
        )
    )
    SearchText.objects.bulk_create(
        [_text_of(dataset) for dataset in rows],
        update_conflicts=True,
        unique_fields=["dataset"],
        update_fields=["names", "subjects", "description", "parts"],
    )
    FacetValue.objects.filter(dataset__in=keys).delete()
    FacetValue.objects.bulk_create(
        [
            FacetValue(dataset=dataset, name=name, value=value[:120])
            for dataset in rows
            for name, value in sorted(set(_facets_of(dataset)))
            if value
        ]
    )


def _text_of(dataset: Dataset) -> SearchText:
    files = list(dataset.files.all())
    names = {channel.name: None for file in files for channel in file.channels.all()}
    quantities = [QUANTITIES[code].label for code in _quantities(dataset) if code in QUANTITIES]
    subjects = [*map(str, dataset.keywords), *quantities, dataset.place, dataset.origin]
    for organization in (dataset.provider, dataset.receiver):
        subjects += [organization.code, organization.name] if organization else []
    if dataset.trial is not None:
        subjects += [dataset.trial.code, dataset.trial.title]
    for procedure in dataset.procedures.all():
        subjects += [procedure.code, procedure.title]
    return SearchText(
        dataset=dataset,
        names=_join([dataset.title, dataset.identifier, dataset.key, *_dois_of(dataset)]),
        subjects=_join(subjects),
        description=_join([dataset.description, dataset.provenance]),
        parts=_join([*names, *(text for file in files for text in (file.name, file.identifier))]),
    )


def _dois_of(dataset: Dataset) -> Iterator[str]:
    """A dataset's DOIs as people copy them: with what stands before them in addresses and citations."""
    for doi in dataset.dois.all():
        if doi.registered_at is not None:
            yield f"https://doi.org/{doi.name} dx.doi.org doi:"


def _join(texts: Iterable[str]) -> str:
    return " ".join(word for text in texts for word in fold_words(text))[:_LONGEST_TEXT]


def _facets_of(dataset: Dataset) -> Iterator[tuple[str, str]]:
    yield "origin", dataset.origin
    yield "licence", dataset.licence
    yield from (("keyword", str(keyword).strip()) for keyword in dataset.keywords)
    if dataset.trial is not None:
        yield "trial", dataset.trial.code
        for procedure in dataset.procedures.all():
            yield "procedure", f"{dataset.trial.code}.{procedure.code}"
    if dataset.provider is not None:
        yield "provider", dataset.provider.code
    for quantity in _quantities(dataset):
        yield "quantity", quantity
    for format_ in {*map(str, dataset.formats), *(file.format for file in dataset.files.all())}:
        yield "format", format_
    for seconds in {dataset.resolution_s, *(file.resolution_s for file in dataset.files.all())}:
        if seconds is not None:
            yield "resolution", classify_resolution(seconds)
    if dataset.period_start is not None and dataset.period_end is not None:
        last = dataset.period_end.year - (
            dataset.period_end == dataset.period_end.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
        )
        for year in range(dataset.period_start.year, last + 1):
            yield "period", str(year)


def _quantities(dataset: Dataset) -> list[str]:
    found = {channel.quantity for file in dataset.files.all() for channel in file.channels.all()}
    return sorted({*found, *map(str, dataset.quantities)} - {""})


def classify_resolution(seconds: float) -> str:
    """Name the class of a resolution [s]: ``1s``, ``1min`` … ``longer``."""
    return next(code for code, _, most in RESOLUTIONS if seconds <= most)


def match_words(text: str) -> RawSQL | None:
    """Make the subquery of the datasets that have every word of ``text``, or the beginning of it.

    None where ``text`` has no word at all: then everything matches.
    """
    words = fold_words(text)[:MOST_WORDS]
    if not words:
        return None
    if connection.vendor == "sqlite":
        sql = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s"  # noqa: S608 - names of ours
        return RawSQL(sql, [_fts5_question(words)])  # noqa: S611 - a parameter
    sql = f"SELECT dataset_id FROM {TABLE} WHERE document @@ to_tsquery('simple', %s)"  # noqa: S608 - names of ours
    return RawSQL(sql, [_tsquery(words)])  # noqa: S611 - a parameter


def rank_matches(text: str) -> list[int]:
    """List the datasets that match, the best first: title and identifier weigh most, channels and files least."""
    words = fold_words(text)[:MOST_WORDS]
    if not words:
        return []
    if connection.vendor == "sqlite":
        sql = (
            f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s "  # noqa: S608 - names of ours
            f"ORDER BY bm25({INDEX}, 10.0, 5.0, 2.0, 1.0), rowid DESC LIMIT %s"
        )
        question = _fts5_question(words)
    else:
        sql = (
            f"SELECT dataset_id FROM {TABLE}, to_tsquery('simple', %s) question "  # noqa: S608 - names of ours
            "WHERE document @@ question "
            "ORDER BY ts_rank('{0.1, 0.2, 0.5, 1.0}', document, question, 1) DESC, dataset_id DESC LIMIT %s"
        )
        question = _tsquery(words)
    with connection.cursor() as cursor:
        cursor.execute(sql, [question, MOST_RANKED])
        return [row[0] for row in cursor.fetchall()]


def _fts5_question(words: list[str]) -> str:
    """Quote each word as a string, so that none is an operator; the star makes it a beginning."""
    return " ".join(f'"{word}"*' for word in words)


def _tsquery(words: list[str]) -> str:
    return " & ".join(f"'{word}':*" for word in words)
