"""Data that a recipe made of others: the chain, what a file is told to be, and what every form says of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from datacite import schema45
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import PROV

from fairwatt.core.metadata import Certificate, assess_provenance, canonical_json, chain_of, parse_certificate
from fairwatt.core.metadata.chain import ways_to
from fairwatt.core.metadata.data_package import to_data_package
from fairwatt.core.metadata.datacite import to_datacite
from fairwatt.core.metadata.dcat import to_dcat
from fairwatt.core.metadata.dublin_core import to_dublin_core
from fairwatt.core.metadata.making import Making, Source
from fairwatt.core.metadata.rdf import to_turtle
from fairwatt.core.metadata.ro_crate import to_ro_crate
from fairwatt.core.metadata.schema_org import to_schema_org
from fairwatt.core.metadata.verifying import Evidence, judge_file
from tests.core.metadata.examples import BASE, FILE, NOW, certificate
from tests.core.metadata.test_forms import crate_faults

RECIPE, OF_FIRST, OF_SECOND, RESULT, BYTES = ("1" * 64, "2" * 64, "3" * 64, "4" * 64, "5" * 64)
FIRST = Source(
    pid="ark:/99999/00000first1", pid_url=f"{BASE}/ark:/99999/00000first1", title="Raw load", readings_sha256=OF_FIRST
)
SECOND = Source(
    pid="ark:/99999/0000second1", pid_url=f"{BASE}/ark:/99999/0000second1", title="Weather", readings_sha256=OF_SECOND
)
MAKING = Making(
    recipe_sha256=RECIPE,
    recipe_name="Fill short gaps",
    recipe_url=f"{BASE}/recipes/fill.json",
    program="fairwatt 0.2.0",
    made_at=NOW,
    made_from=(FIRST, SECOND),
)
STORED = FILE.model_copy(
    update={"name": "clean.parquet", "sha256": BYTES, "readings_sha256": RESULT, "import_profile": ""}
)
CLEAN = certificate(
    title="Clean load", making=MAKING, files=(STORED,), readings_sha256=RESULT, import_profile="", procedures=()
)
PROVENANCE = "prov:wasGeneratedBy"


def test_the_chain_goes_from_the_versions_readings_over_the_recipe_to_the_result() -> None:
    origins = (OF_FIRST, OF_SECOND, RECIPE)
    assert [(link.step, link.sha256, link.pid, link.made_from) for link in chain_of(CLEAN)] == [
        ("readings", OF_FIRST, FIRST.pid, ()),
        ("readings", OF_SECOND, SECOND.pid, ()),
        ("recipe", RECIPE, CLEAN.pid, ()),
        ("result", BYTES, STORED.pid, origins),
        ("result", RESULT, CLEAN.pid, origins),
    ]
    assert {link.sha256 for link in ways_to(CLEAN, chain_of(CLEAN)[-1])} == {*origins, RESULT}


JUDGED = {
    "result": (RESULT, "result", "x is the result Clean load, all of it and unchanged: made by the recipe “Fill short"),
    "bytes": (BYTES, "result", "x is the result clean.parquet, all of it"),
    "recipe": (RECIPE, "recipe", "x is the recipe “Fill short gaps”, by which Clean load was made."),
    "source": (OF_SECOND, "readings", "x holds the readings of Weather, which Clean load was made from."),
    "stranger": ("9" * 64, "", "x is neither a certified file nor all of the certified readings"),
}


@pytest.mark.parametrize("case", list(JUDGED))
def test_whoever_has_a_file_is_told_which_step_it_is(case: str) -> None:
    digest, step, words = JUDGED[case]
    found = judge_file(CLEAN, Evidence("x", 9, digest))
    assert (found.link.step if found.link else "", found.reason.startswith(words)) == (step, True), found.reason


def test_it_is_signed_with_its_making_and_comes_back_and_others_are_hashed_as_ever() -> None:
    assert parse_certificate(canonical_json(CLEAN)) == CLEAN
    assert CLEAN.checksum != CLEAN.model_copy(update={"making": None}).checksum
    assert "making" not in json.loads(canonical_json(certificate()))
    assert ("Data Provenance", True) in [(name, MAKING.sentence in text) for name, text in CLEAN.leo_fields()]


@pytest.mark.parametrize(
    "wrong", [{"made_from": ()}, {"recipe_sha256": ""}, {"recipe_sha256": "x"}], ids=["nothing", "no-hash", "no-hex"]
)
def test_a_making_without_what_it_was_made_from_or_by_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Making.model_validate({**MAKING.model_dump(), **wrong})


def test_the_graph_says_what_was_used_what_it_is_derived_from_and_by_which_plan() -> None:
    graph = Graph().parse(data=to_turtle(to_dcat(CLEAN, at=NOW)), format="turtle")
    dataset, making = URIRef(CLEAN.pid_url), URIRef(f"{CLEAN.dataset_url}#making")
    recipe = URIRef(f"urn:sha256:{RECIPE}")
    dct = Namespace("http://purl.org/dc/terms/")

    assert set(graph.objects(dataset, PROV.wasGeneratedBy)) == {making}
    assert set(graph.objects(dataset, PROV.wasDerivedFrom)) == {URIRef(FIRST.pid_url), URIRef(SECOND.pid_url)}
    assert set(graph.objects(making, PROV.used)) == {URIRef(FIRST.pid_url), URIRef(SECOND.pid_url), recipe}
    assert str(graph.value(URIRef(FIRST.pid_url), PROV.hadMember)) == f"urn:sha256:{OF_FIRST}"
    (association,) = graph.objects(making, PROV.qualifiedAssociation)
    assert graph.value(association, PROV.hadPlan) == recipe
    assert str(graph.value(recipe, PROV.atLocation)) == MAKING.recipe_url
    assert graph.value(dataset, dct.title) is not None


def test_schema_org_bases_it_on_the_versions() -> None:
    document = to_schema_org(CLEAN, at=NOW)
    assert [source["@id"] for source in document["isBasedOn"]] == [FIRST.pid_url, SECOND.pid_url]
    used = [entity["@id"] for entity in document[PROVENANCE]["prov:used"]]
    assert used == [f"urn:sha256:{digest}" for digest in (OF_FIRST, OF_SECOND, RECIPE)]
    assert document[PROVENANCE]["prov:wasAssociatedWith"][1]["name"] == "fairwatt 0.2.0"


def test_the_crate_has_an_action_with_the_recipe_as_instrument_and_all_that_it_names() -> None:
    crate = to_ro_crate(CLEAN, at=NOW)
    by_id = {entity["@id"]: entity for entity in crate["@graph"]}
    (action,) = [entity for entity in crate["@graph"] if entity["@type"] == "CreateAction"]

    assert crate_faults(crate) == []
    assert by_id[action["instrument"]["@id"]]["name"] == "Fill short gaps"
    assert [by_id[one["@id"]]["name"] for one in action["object"]] == ["Raw load", "Weather"]
    assert STORED.download_url in [one["@id"] for one in action["result"]]
    assert all(one["@id"] in by_id for one in action["result"])


def test_the_other_forms_name_the_versions() -> None:
    datacite = to_datacite(CLEAN, at=NOW)
    assert list(schema45.validator.iter_errors(datacite)) == []
    derived = [one for one in datacite["relatedIdentifiers"] if one["relationType"] == "IsDerivedFrom"]
    assert [one["relatedIdentifier"] for one in derived] == [FIRST.pid, SECOND.pid]
    sources = [text for name, text in to_dublin_core(CLEAN, at=NOW) if name == "DC.source"]
    assert {FIRST.pid_url, SECOND.pid_url} <= set(sources)
    package = to_data_package(CLEAN)["sources"]
    assert [source["path"] for source in package[:2]] == [FIRST.pid_url, SECOND.pid_url]


def test_its_level_asks_for_the_program_and_for_an_address_of_the_recipe() -> None:
    def missing(**changes: str) -> tuple[int, tuple[str, ...]]:
        found = assess_provenance(CLEAN.model_copy(update={"making": MAKING.model_copy(update=changes)}))
        return found.level, found.missing

    assert missing() == (4, ())
    assert missing(recipe_url="") == (3, ("Publish the recipe, so that it has an address.",))
    assert missing(program="") == (2, ("Say which program carried the recipe out.",))


digests = st.text("0123456789abcdef", min_size=64, max_size=64)
sources = st.builds(Source, pid=st.just("ark:/99999/0000000abc1"), title=st.text(max_size=20), readings_sha256=digests)
makings = st.builds(
    Making, recipe_sha256=digests, recipe_name=st.text(max_size=20), made_from=st.lists(sources, min_size=1, max_size=4)
)


@given(makings, digests)
def test_every_link_is_made_of_links_that_come_before_it(making: Making, result: str) -> None:
    made: Certificate = CLEAN.model_copy(update={"making": making, "readings_sha256": result})
    seen: set[str] = set()
    for link in chain_of(made):
        assert set(link.made_from) <= seen or link.sha256 in link.made_from
        seen.add(link.sha256)
    assert parse_certificate(canonical_json(made)) == made
