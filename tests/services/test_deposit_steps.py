"""The form of the Data Sharing Log: its paths, its questions, and what answers may be."""

from __future__ import annotations

from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.core.project import Project, parse_project
from fairwatt.services import deposit_steps as steps
from fairwatt.services.answers import FieldSpec, clean_answer
from fairwatt.services.deposit_steps import Answers, find_step, keep_answers, list_steps, validate_step

PROJECT = parse_project(
    """
    [[partners]]
    code = "LCH"
    name = "Low Carbon Hub"
    [[partners]]
    code = "MET"
    name = "Weather"
    partner = false
    [[trials]]
    code = "A1"
    title = "Peak"
    [[trials.procedures]]
    code = "P1"
    title = "Baseline"
    [[trials.procedures.steps]]
    slug = "asset"
    label = "Asset"
    required = true
    [[trials.procedures]]
    code = "P2"
    title = "Nothing to ask"
    [[trials.procedures]]
    code = "P3"
    title = "Event"
    [[trials.procedures.steps]]
    slug = "begin"
    label = "Begin"
    type = "datetime"
    required = true
    [[trials]]
    code = "B2"
    title = "Trade"
    [[trials.procedures]]
    code = "P1"
    title = "Agree"
    """
)


def _greedy_project(procedures: int, questions: int) -> Project:
    text = '[[partners]]\ncode="LCH"\nname="Hub"\n[[trials]]\ncode="A1"\ntitle="T"\n'
    for number in range(procedures):
        text += f'[[trials.procedures]]\ncode="P{number}"\ntitle="T"\n'
        for question in range(questions):
            text += f'[[trials.procedures.steps]]\nslug="q{question}"\nlabel="Q"\nrequired=true\n'
    return parse_project(text)


def _path(answers: dict[str, dict[str, Any]], project: Project = PROJECT) -> list[str]:
    return [step.slug for step in list_steps(answers, project)]


def _foreground(*procedures: str, trial: str = "A1") -> dict[str, dict[str, Any]]:
    return {
        "origin": {"origin": "foreground"},
        "trial": {"trial": trial},
        "procedures": {"procedures": list(procedures)},
    }


def test_the_first_question_decides_the_path() -> None:
    assert _path({}) == ["origin"]
    assert _path({"origin": {"origin": "foreground"}}) == [
        "origin", "trial", "procedures", "about", "access", "files", "check",
    ]  # fmt: skip
    assert _path({"origin": {"origin": "background"}}) == [
        "origin", "parties", "about", "source", "access", "files", "check",
    ]  # fmt: skip


def test_only_the_steps_of_the_chosen_procedures_are_asked() -> None:
    assert "procedure-p1" in _path(_foreground("P1"))
    assert "procedure-p3" not in _path(_foreground("P1"))
    assert _path(_foreground("P3", "P1"))[3:5] == ["procedure-p1", "procedure-p3"]
    assert not [slug for slug in _path(_foreground("P2")) if slug.startswith("procedure-")]
    assert find_step("procedure-p1", _foreground("P1"), PROJECT).title == "P1 Baseline"
    with pytest.raises(NotFound, match="no step “procedure-p3”"):
        find_step("procedure-p3", _foreground("P1"), PROJECT)


def test_a_background_link_needs_no_files() -> None:
    answers = {"origin": {"origin": "background"}, "source": {"source": "link"}}
    assert "files" not in _path(answers)
    assert "files" in _path(answers | {"source": {"source": "file"}})


def count_required(answers: Answers, project: Project) -> int:
    """How many questions must be answered on this path."""
    return sum(spec.required for step in list_steps(answers, project) for spec in step.fields(answers, project))


@pytest.mark.parametrize(("procedures", "questions"), [(1, 1), (1, 20), (5, 4)])
def test_no_path_has_more_than_ten_required_questions_whatever_the_project_file_says(
    procedures: int, questions: int
) -> None:
    project = _greedy_project(procedures, questions)
    codes = [f"P{n}" for n in range(procedures)]
    for chosen in chain.from_iterable(combinations(codes, n) for n in range(1, procedures + 1)):
        answers = _foreground(*chosen)
        assert count_required(answers, project) == min(10, 7 + len(chosen) * questions)
        asked = [s for s in list_steps(answers, project) if s.slug.startswith("procedure-")]
        assert sum(len(s.fields(answers, project)) for s in asked) == len(chosen) * questions
    for source in ("file", "link"):
        answers = {"origin": {"origin": "background"}, "source": {"source": source}}
        assert count_required(answers, project) == 8


def test_every_fault_of_a_step_is_told_with_its_field() -> None:
    step = find_step("access", _foreground("P1"), PROJECT)
    with pytest.raises(InvalidInput) as refusal:
        validate_step(step, {"public": "date", "sensitivity": "IB1-SP"}, _foreground("P1"), PROJECT)
    assert refusal.value.where == {
        "field": "licence",
        "fields": {
            "licence": "Choose an answer to “Under which licence”.",
            "public_date": "Give the day.",
            "sensitivity_reason": "Say why the data are not open.",
        },
    }


def test_answers_that_are_stored_are_read_again_as_they_are() -> None:
    answers = _foreground("P1", "P3")
    raw: dict[str, dict[str, Any]] = {
        "about": {"title": " School \n battery ", "description": "One\r\ntwo", "keywords": "a, b", "extra": "left out"},
        "access": {"licence": "CC-BY-4.0", "public": "date", "public_date": "2027-05-01", "metadata_withheld": "on"},
        "procedure-p3": {"begin": "2020-09-01T17:00"},
        "procedures": {"procedures": ["P3", "P1", "P3"]},
    }
    for slug, values in raw.items():
        step = find_step(slug, answers, PROJECT)
        clean = validate_step(step, values, answers, PROJECT)
        assert validate_step(step, clean, answers, PROJECT) == clean
        answers = keep_answers(answers, slug, clean, PROJECT)
    assert answers["about"]["title"] == "School battery"
    assert answers["about"]["description"] == "One\ntwo"
    assert "extra" not in answers["about"]
    assert answers["procedures"]["procedures"] == ["P1", "P3"]
    assert answers["procedure-p3"]["begin"] == "2020-09-01T17:00:00+01:00"
    assert answers["access"]["metadata_withheld"] is True


def test_another_trial_drops_the_answers_of_the_first_ones_procedures() -> None:
    answers = _foreground("P1", "P3") | {"procedure-p3": {"begin": None}, "about": {"title": "Kept"}}
    kept = keep_answers(answers, "trial", {"trial": "B2"}, PROJECT)
    assert kept == {
        "origin": {"origin": "foreground"},
        "trial": {"trial": "B2"},
        "procedures": {"procedures": ["P1"]},
        "about": {"title": "Kept"},
    }
    assert answers["procedures"] == {"procedures": ["P1", "P3"]}, "what was passed in stays as it was"


def test_a_provider_that_is_not_listed_is_named_and_a_link_is_given() -> None:
    answers = {"origin": {"origin": "background"}}
    for slug, raw, field in (
        ("parties", {"provider": "other", "receiver": "LCH"}, "provider_name"),
        ("parties", {"provider": "LCH", "receiver": "MET"}, "receiver"),
        ("source", {"source": "link"}, "link"),
        ("source", {"source": "link", "link": "javascript:alert(1)"}, "link"),
        ("source", {"source": "link", "link": "file:///etc/passwd"}, "link"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            validate_step(find_step(slug, answers, PROJECT), raw, answers, PROJECT)
        assert refusal.value.where["field"] == field


@pytest.mark.parametrize(
    ("kind", "raw", "read"),
    [
        ("number", "1250.50", "1250.50"),
        ("number", "\u22123 500", "-3500"),
        ("number", 16, "16"),
        ("date", "2021-03-28", "2021-03-28"),
        ("datetime", "2021-10-31 01:30", "2021-10-31T01:30:00+01:00"),
        ("datetime", "2021-01-05T10:00:00Z", "2021-01-05T10:00:00+00:00"),
        ("boolean", "No", False),
        ("boolean", True, True),
        ("text", "  ", None),
        ("text", "a\0b", "ab"),
        ("text", ["one"], "one"),
        ("url", "https://data.example/x?y=1", "https://data.example/x?y=1"),
    ],
)
def test_an_answer_is_read_by_its_kind(kind: Any, raw: object, read: object) -> None:
    assert clean_answer(FieldSpec("f", "Field", type=kind), raw, zone="Europe/London") == read


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("number", "1,250"),
        ("number", "nan"),
        ("number", "Infinity"),
        ("number", "1e400"),
        ("number", "1e-50"),
        ("number", "1e-2000000000"),  # two thousand million zeros when written out
        ("number", "twelve"),
        ("date", "28/03/2021"),
        ("date", "0001-01-01"),
        ("datetime", "2021-03-28T01:30"),
        ("datetime", "soon"),
        ("boolean", "perhaps"),
        ("text", "x" * 501),
        ("url", "example"),
    ],
)
def test_an_answer_that_can_not_be_read_is_refused_with_its_field(kind: Any, raw: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        clean_answer(FieldSpec("f", "Field", type=kind), raw, zone="Europe/London")
    assert refusal.value.where == {"field": "f"}


@given(
    kind=st.sampled_from(["text", "paragraph", "date", "datetime", "number", "choice", "choices", "boolean", "url"]),
    raw=st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.text())),
    required=st.booleans(),
)
def test_whatever_is_sent_is_read_or_refused_and_what_is_read_is_read_again_the_same(
    kind: Any, raw: object, required: bool
) -> None:
    choices = (("a", "A"), ("b", "B")) if kind in {"choice", "choices"} else ()
    spec = FieldSpec("f", "Field", type=kind, required=required, choices=choices)
    try:
        read = clean_answer(spec, raw, zone="Europe/London")
    except InvalidInput as refusal:
        assert refusal.where == {"field": "f"}  # noqa: PT017 - a refusal is one of two good outcomes
        return
    assert not (required and read in (None, []))
    assert clean_answer(spec, read, zone="Europe/London") == read


def test_the_step_registry_names_each_step_once() -> None:
    slugs = [step.slug for step in steps.STEPS]
    assert len(slugs) == len(set(slugs))


OWN_WORDS = parse_project(
    """
    default_licence = "OGL-UK-3.0"
    [[partners]]
    code = "LCH"
    name = "Low Carbon Hub"
    [[trials]]
    code = "A1"
    title = "Peak"
    ends = 2021-03-31
    [[trials.procedures]]
    code = "P1"
    title = "Baseline"
    [audiences.public]
    release = "trial end + 12 months"
    [audiences.external]
    name = "registered researchers"
    description = "Checked by the county."
    release = "never"
    """
)


def test_the_project_names_the_audiences_and_proposes_licence_and_releases() -> None:
    step = next(step for step in steps.STEPS if step.slug == "access")

    asked = step.fields({"trial": {"trial": "a1"}}, OWN_WORDS)

    assert [(spec.name, spec.label, spec.help, spec.initial) for spec in asked[:7]] == [
        ("licence", "Under which licence?", "", "OGL-UK-3.0"),
        ("public", "When may everyone have these data?", "Everybody, without an account.", "date"),
        ("public_date", "From which day on?", "", "2022-03-31"),
        (
            "external",
            "When may registered researchers have them?",
            "Checked by the county. They never wait longer than everyone.",
            "never",
        ),
        ("external_date", "From which day on?", "", ""),
        (
            "partner",
            "When may project partners have them?",
            "People of the organisations that make up the project. They never wait longer than everyone.",
            "now",
        ),
        ("partner_date", "From which day on?", "", ""),
    ]


def test_a_release_counted_from_a_trial_is_not_proposed_where_there_is_none() -> None:
    step = next(step for step in steps.STEPS if step.slug == "access")

    public = step.fields({}, OWN_WORDS)[1]

    assert (public.name, public.initial) == ("public", "")
