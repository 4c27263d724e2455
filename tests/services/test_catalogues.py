"""Finding datasets: words, facets with counts, pages that stay put, and LEO's two tables."""

from __future__ import annotations

import contextlib
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairwatt.core.errors import InvalidInput, NotAllowed
from fairwatt.core.metadata import classify_access
from fairwatt.records.models import Dataset, Procedure
from fairwatt.records.search import fold_words, index_dataset, index_datasets
from fairwatt.services.access import terms_of
from fairwatt.services.actors import Actor
from fairwatt.services.catalogues import (
    FACETS,
    CataloguePage,
    CatalogueQuery,
    catalogue_table,
    count_catalogues,
    search_catalogue,
    suggest,
)
from fairwatt.services.projects import sync_project
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db

NOBODY = Actor.anonymous()


def _search(actor: Actor = NOBODY, **asked: object) -> CataloguePage:
    return search_catalogue(actor=actor, query=CatalogueQuery(**asked), at=NOW)


def _titles(page: CataloguePage) -> list[str]:
    return [entry.title for entry in page.items]


def _counts(page: CataloguePage, name: str) -> dict[str, int]:
    return {value.value: value.count for facet in page.facets if facet.name == name for value in facet.values}


def _stocked() -> dict[str, Dataset]:
    """Five datasets of two origins: open, shared, embargoed, closed, and one withheld."""
    lch, met = stock.organization("LCH", name="Low Carbon Hub"), stock.organization("MET", is_partner=False)
    stock.trial("A1.2.1", {"P1": "Baseline the asset", "P11": "Run the event"})
    p1, p11 = Procedure.objects.order_by("code")
    rows = {
        "school": stock.dataset(
            "Rose Hill school load",
            identifier="MVSA1.2.1.041",
            description="Battery turn-down in the evening.",
            keywords=["Primary school"],
            provider=lch,
            trial=p1.trial,
            procedures=(p1, p11),
            release={"public": NOW - DAY},
            period_start=datetime(2019, 11, 18, tzinfo=UTC),
            period_end=datetime(2021, 1, 1, tzinfo=UTC),
            resolution_s=5.0,
            quantities=["power", "voltage"],
            formats=["TSV"],
        ),
        "hall": stock.dataset(
            "Village hall heat pump", trial=p1.trial, procedures=(p1,), release={"partner": NOW - DAY}, formats=["CSV"]
        ),
        "weather": stock.dataset(
            "Température at Bénson", origin="background", provider=met, release={"public": NOW + DAY}, formats=["CSV"]
        ),
        "prices": stock.dataset("Day-ahead prices", origin="background", licence="OGL-UK-3.0"),
        "secret": stock.dataset("Withheld meters", metadata_withheld=True, release={"public": NOW - DAY}),
    }
    name = "MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt"
    stock.channel(stock.file(rows["school"], name, format="TSV", resolution_s=5.0))
    stock.dataset("A draft school", state="draft", published_at=None)
    index_datasets()
    return rows


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("school", ["Rose Hill school load"]),
        ("SCHOOLS", ["Rose Hill school load"]),
        ("rose hil", ["Rose Hill school load"]),
        ("temperature benson", ["Température at Bénson"]),
        ("TEMPÉRATURE", ["Température at Bénson"]),
        ("low carbon hub", ["Rose Hill school load"]),
        ("LCH", ["Rose Hill school load"]),
        ("run event", ["Rose Hill school load"]),
        ("Active Power L1", ["Rose Hill school load"]),
        ("MVSA1.2.1.041", ["Rose Hill school load"]),
        ("MVSA1_2_1_P11_LCH_01092020_LEOD041F06", ["Rose Hill school load"]),
        ("voltages", ["Rose Hill school load"]),
        ("turn-down", ["Rose Hill school load"]),
        ("school heat", []),
        ("withheld", []),
        ("draft", []),
        ("day-ahead price", ["Day-ahead prices"]),
        ("???", []),
    ],
)
def test_words_find_datasets_whatever_their_accents_capitals_and_plurals(text: str, found: list[str]) -> None:
    _stocked()
    page = _search(text=text)
    assert (_titles(page), page.total) == (found, len(found))


@pytest.mark.parametrize(
    "text",
    ['"', "'", '" OR 1', "school OR hall", "NOT school", "NEAR(a b)", "names:school", "* school", "a & b | !c",
     "(", "a:*b", "title^2", "-school", "{names}: x", "school:A", "\\", "%", "--", "; drop table", "a<->b",
     "\x00school"],
)  # fmt: skip
def test_nothing_in_a_question_is_an_operator(text: str) -> None:
    _stocked()
    page = _search(text=text)
    assert page.total == len(page.items)
    if text in ("school OR hall", "NOT school", "names:school"):
        assert page.items == ()
    if text in ("-school", "* school", "\x00school"):
        assert _titles(page) == ["Rose Hill school load"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=st.text(max_size=40))
def test_any_text_at_all_can_be_asked(text: str) -> None:
    assert _search(text=text, limit=1).total >= 0
    assert suggest(actor=NOBODY, text=text, at=NOW) == []


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_that_is_found(text: str) -> None:
    for word in fold_words(text):
        assert word == word.casefold()
        assert " " not in word
        assert '"' not in word
        assert "'" not in word


def test_the_best_match_comes_first() -> None:
    plain = stock.dataset("Substation", description="Next to the school.", published_at=NOW - DAY)
    titled = stock.dataset("School", published_at=NOW - 3 * DAY)
    named = stock.dataset("Depot", keywords=["school"], published_at=NOW - 2 * DAY)
    index_datasets()
    assert [entry.key for entry in _search(text="school").items] == [titled.key, named.key, plain.key]
    assert [entry.key for entry in _search(text="school", sort="newest").items] == [plain.key, named.key, titled.key]


def test_an_edit_is_found_at_once_and_the_old_words_are_not() -> None:
    row = stock.dataset("Old name", provider=stock.organization("LCH"))
    index_dataset(row)
    Dataset.objects.filter(pk=row.pk).update(title="New name", provider=stock.organization("MET"))
    index_dataset(row)
    assert (_search(text="old").total, _search(text="new").total) == (0, 1)
    assert _counts(_search(), "provider") == {"MET": 1}
    row.delete()
    assert _search(text="new").total == 0


def test_only_what_one_may_see_is_found_and_counted() -> None:
    rows = _stocked()
    member = stock.actor(stock.person(organization=stock.organization("TCC")))
    assert _search().total == 4
    assert _search(member).total == 5
    assert _counts(_search(), "origin") == {"foreground": 2, "background": 2}
    assert _counts(_search(member), "origin") == {"foreground": 3, "background": 2}
    assert count_catalogues(actor=NOBODY, at=NOW) == {"foreground": 2, "background": 2}
    assert rows["secret"].key not in {entry.key for entry in _search().items}
    assert suggest(actor=NOBODY, text="with", at=NOW) == []
    assert [found.key for found in suggest(actor=member, text="with", at=NOW)] == [rows["secret"].key]


def test_facets_are_counted_with_labels() -> None:
    _stocked()
    page = _search()
    found = {facet.name: [(v.value, v.label, v.count) for v in facet.values] for facet in page.facets}
    assert list(found) == list(FACETS)
    assert found["trial"] == [("A1.2.1", "A1.2.1 Trial A1.2.1", 2)]
    assert found["procedure"] == [
        ("A1.2.1.P1", "A1.2.1 P1 Baseline the asset", 2),
        ("A1.2.1.P11", "A1.2.1 P11 Run the event", 1),
    ]
    assert found["provider"] == [
        ("TCC", "The TCC organisation", 2),
        ("LCH", "Low Carbon Hub", 1),
        ("MET", "The MET organisation", 1),
    ]
    assert [value for value, _, _ in found["quantity"]] == ["power", "voltage"]
    assert found["resolution"] == [("1min", "Up to a minute", 1)]
    assert found["access"] == [
        ("open", "Open", 1),
        ("shared", "Shared", 1),
        ("embargoed", "Embargoed", 1),
        ("closed", "Closed", 1),
    ]
    assert [(value, count) for value, _, count in found["licence"]] == [("CC-BY-4.0", 3), ("OGL-UK-3.0", 1)]
    assert found["format"] == [("CSV", "CSV", 2), ("TSV", "TSV", 1)]
    assert found["period"] == [("2020", "2020", 1), ("2019", "2019", 1)]  # [.., 2021-01-01) holds nothing of 2021


def test_each_facet_is_counted_with_the_others_applied() -> None:
    _stocked()
    page = _search(origin="background", access=("embargoed", "closed", "shared"))
    assert sorted(_titles(page)) == ["Day-ahead prices", "Température at Bénson"]
    assert _counts(page, "origin") == {"foreground": 1, "background": 2}  # the choice of access applied, its own not
    assert _counts(page, "access") == {"shared": 0, "embargoed": 1, "closed": 1}
    assert _counts(page, "provider") == {"TCC": 1, "MET": 1}
    chosen = {v.value for facet in page.facets for v in facet.values if v.selected}
    assert chosen == {"background", "embargoed", "closed", "shared"}


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({"trial": "A1.2.1"}, {"Rose Hill school load", "Village hall heat pump"}),
        ({"procedure": "A1.2.1.P11"}, {"Rose Hill school load"}),
        ({"provider": ("LCH", "MET")}, {"Rose Hill school load", "Température at Bénson"}),
        ({"quantity": "voltage"}, {"Rose Hill school load"}),
        ({"resolution": "1min"}, {"Rose Hill school load"}),
        ({"access": "open"}, {"Rose Hill school load"}),
        ({"licence": "OGL-UK-3.0"}, {"Day-ahead prices"}),
        ({"format": ("TSV", "CSV"), "origin": "foreground"}, {"Rose Hill school load", "Village hall heat pump"}),
        ({"period": "2020"}, {"Rose Hill school load"}),
        ({"period": "2021"}, set()),
        ({"period_start": datetime(2020, 12, 31, tzinfo=UTC)}, {"Rose Hill school load"}),
        ({"period_start": datetime(2021, 1, 1, tzinfo=UTC)}, set()),
        ({"period_end": datetime(2019, 11, 18, tzinfo=UTC)}, set()),
        ({"provider": "nobody"}, set()),
    ],
)
def test_a_choice_leaves_what_has_it(asked: dict[str, object], titles: set[str]) -> None:
    _stocked()
    assert set(_titles(_search(**asked))) == titles


def test_the_access_class_in_sql_is_that_of_the_certificate() -> None:
    dates = {"absent": ..., "never": None, "past": NOW - DAY, "now": NOW, "future": NOW + DAY}
    for chosen in itertools.product(dates.values(), repeat=3):
        audiences = zip(("public", "external", "partner"), chosen, strict=True)
        stock.dataset(release={audience: at for audience, at in audiences if at is not ...})
    index_datasets()
    expected: dict[str, set[str]] = {}
    for row in Dataset.objects.prefetch_related("release_rules"):
        expected.setdefault(classify_access(terms_of(row), at=NOW).value, set()).add(row.key)
    assert _counts(_search(), "access") == {name: len(keys) for name, keys in expected.items()}
    for name, keys in expected.items():
        found: set[str] = set()
        cursor = ""
        while True:
            page = _search(access=name, limit=100, cursor=cursor)
            found |= {entry.key for entry in page.items}
            assert {entry.access for entry in page.items} <= {name}
            if not (cursor := page.next):
                break
        assert found == keys


@pytest.mark.parametrize("sort", ["newest", "title", "period", "relevance"])
def test_pages_hold_each_dataset_once_though_others_arrive_in_between(sort: str) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(23):
        stock.dataset(
            f"Meter {'abcdefg'[number % 7]}",  # equal titles, equal dates, some without a period
            published_at=NOW - (number % 5) * DAY,
            period_start=start if number % 3 else None,
            period_end=start + (1 + number % 4) * DAY if number % 3 else None,
        )
    index_datasets()
    asked = {"sort": sort, "text": "meter" if sort == "relevance" else "", "limit": 5}
    whole = [entry.key for entry in _search(**{**asked, "limit": 100}).items]
    assert len(set(whole)) == 23

    seen: list[str] = []
    page = _search(**asked)
    pages = [page]
    while page.next:
        seen += [entry.key for entry in page.items]
        late = stock.dataset("Meter", published_at=NOW + timedelta(seconds=len(seen)))
        index_dataset(late)
        page = search_catalogue(actor=NOBODY, query=CatalogueQuery(**asked, cursor=page.next), at=NOW + DAY)
        pages.append(page)
    seen += [entry.key for entry in page.items]
    old = [key for key in seen if key in set(whole)]
    assert sorted(old) == sorted(whole)
    assert len(set(seen)) == len(seen)
    if sort != "relevance":
        assert old == whole

    back = _search(**asked, cursor=pages[-1].previous)
    assert [entry.key for entry in back.items] == [entry.key for entry in pages[-2].items]
    assert pages[0].previous == ""


def test_a_forged_cursor_is_refused() -> None:
    for cursor in ("x", "bm90IGpzb24", "WyJuZXdlc3QiXQ", "WyJ0aXRsZSIsImEiLDEsMF0", "////", "\x00"):
        with pytest.raises(InvalidInput, match="belongs to no page"):
            _search(cursor=cursor)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cursor=st.text(max_size=60), sort=st.sampled_from(["newest", "title", "period"]))
def test_no_cursor_breaks_the_search(cursor: str, sort: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert _search(cursor=cursor, sort=sort).total == 0


def test_a_search_takes_as_many_queries_for_many_datasets_as_for_few() -> None:
    stock.trial("A1.2.1", {"P1": "Baseline"})
    procedure = Procedure.objects.get()
    actor = stock.actor(stock.person(organization=stock.organization("LCH")))

    def grow(count: int) -> None:
        for number in range(count):
            stock.dataset(
                f"Meter {number}",
                trial=procedure.trial,
                procedures=(procedure,),
                release={"public": NOW, "partner": NOW - DAY},
                formats=["CSV"],
            )
        index_datasets()

    def count(**asked: object) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            _search(actor, **asked)
        return len(queries)

    grow(3)
    few = [count(), count(text="meter"), count(origin="foreground", access="open", format="CSV")]
    grow(40)
    assert [count(), count(text="meter"), count(origin="foreground", access="open", format="CSV")] == few
    assert max(few) <= 16


def test_an_entry_says_what_a_list_needs() -> None:
    rows = _stocked()
    partner = stock.actor(stock.person(organization=stock.organization("LCH")))
    (entry,) = _search(partner, text="village hall").items
    assert (entry.key, entry.path) == (rows["hall"].key, f"/datasets/{rows['hall'].key}/")
    assert (entry.access, entry.access_label, entry.access_icon) == ("shared", "Shared", "people")
    assert entry.access_sentence == "Only project partners may download these data."
    assert (entry.can_read, entry.trial, entry.procedures, entry.formats) == (True, "A1.2.1", ("P1",), ("CSV",))
    (same,) = _search(text="village hall").items
    assert same.can_read is False


def test_leos_two_tables_have_exactly_one_row_for_each_dataset() -> None:
    rows = _stocked()
    rows["school"].file_count = 1
    rows["school"].save()
    foreground = catalogue_table(actor=NOBODY, origin="foreground", at=NOW)
    assert {row.cells("foreground") for row in foreground} == {
        ("MVSA1.2.1.041", "Rose Hill school load", "1", "TSV", "A1.2.1 P1, A1.2.1 P11"),
        (rows["hall"].key, "Village hall heat pump", "0", "CSV", "A1.2.1 P1"),
    }
    background = catalogue_table(actor=NOBODY, origin="background", at=NOW)
    assert {row.cells("background") for row in background} == {
        (rows["weather"].key, "Température at Bénson", "The MET organisation", "", "CSV"),
        (rows["prices"].key, "Day-ahead prices", "The TCC organisation", "", ""),
    }
    with pytest.raises(InvalidInput, match="no catalogue 'other'"):
        catalogue_table(actor=NOBODY, origin="other", at=NOW)


def test_a_question_reads_from_and_writes_to_an_address() -> None:
    params = {
        "q": ["school load"],
        "format": ["CSV", "TSV"],
        "access": ["open"],
        "period_start": ["2019-11-18"],
        "period_end": ["2019-11-19"],
        "sort": ["title"],
        "limit": ["50"],
        "utm_source": ["x"],
    }
    query = CatalogueQuery.from_params(params)
    assert query.period_end == datetime(2019, 11, 20, tzinfo=UTC)
    written = query.to_params()
    assert written == [
        ("q", "school load"),
        ("access", "open"),
        ("format", "CSV"),
        ("format", "TSV"),
        ("period_start", "2019-11-18"),
        ("period_end", "2019-11-19"),
        ("sort", "title"),
        ("limit", "50"),
    ]
    again: dict[str, list[str]] = {}
    for name, value in written:
        again.setdefault(name, []).append(value)
    assert CatalogueQuery.from_params(again) == query
    assert query.to_params(format=(), sort="") == [pair for pair in written if pair[0] not in ("format", "sort")]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"sort": "size"}, "sort"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"period_start": "18/11/2019"}, "period_start"),
        ({"period_end": "9999-12-31"}, "period_end"),
    ],
)
def test_what_cannot_be_read_is_named(params: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        CatalogueQuery.from_params(params)
    assert refusal.value.where == {"field": field}


def test_a_token_that_may_not_read_finds_nothing() -> None:
    with pytest.raises(NotAllowed):
        _search(stock.actor(stock.person(), "deposit"))


def test_a_partner_or_trial_renamed_in_the_project_file_is_found_by_its_new_name(settings: Any, tmp_path: Path) -> None:
    text = Path(settings.FAIRWATT_PROJECT_FILE).read_text()
    sync_project(at=NOW)
    procedure = Procedure.objects.get(trial__code="A1.2.1", code="P1")
    row = stock.dataset(
        "Load", provider=stock.organization("LCH"), trial=procedure.trial, procedures=(procedure,), identifier="X"
    )
    index_dataset(row)
    assert (_search(text="low carbon").total, _search(text="zebra").total) == (1, 0)
    settings.FAIRWATT_PROJECT_FILE = tmp_path / "project.toml"
    settings.FAIRWATT_PROJECT_FILE.write_text(
        text.replace('"Low Carbon Hub"', '"Zebra Energy"').replace('"Baseline the asset"', '"Observe the okapi"')
    )
    sync_project(at=NOW)
    assert (_search(text="low carbon").total, _search(text="zebra okapi").total) == (0, 1)
    assert [value.label for facet in _search().facets if facet.name == "provider" for value in facet.values] == [
        "Zebra Energy"
    ]
