"""A recipe as TOML: what is written is read back the same, and what can't be is named with its place."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.cleaning import ANY, CHOOSE, DEFAULT, FIXES, REFUSE, Action, Choice, Recipe, Step
from fairwatt.core.cleaning.recipe_text import digest_of, parse_recipe, write_recipe
from fairwatt.core.errors import InvalidInput, TooLarge

_NO_ZONE = "\nbegin = 2021-06-07T12:00:00\nend = 2021-06-07T13:00:00Z"
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_FIXES = st.sampled_from([CHOOSE, REFUSE, *FIXES])
_ACTIONS = st.sampled_from(Action)
_STEPS = st.builds(
    Step,
    finding=st.sampled_from([ANY, "outliers", "missing-rows", "ours"]),
    action=_ACTIONS,
    fix=_FIXES,
    least=st.integers(1, 10),
    most=st.none() | st.integers(10, 1_000),
    channels=st.lists(_TEXTS, max_size=3).map(tuple),
    most_share=st.floats(0, 1),
)
_CHOICES = st.builds(
    lambda begin, length, **rest: Choice(begin=begin, end=begin + length, **rest),
    begin=st.integers(-(10**15), 4 * 10**15),
    length=st.integers(1, 10**12),
    finding=_TEXTS,
    action=_ACTIONS,
    fix=_FIXES,
    series=_TEXTS,
    channel=_TEXTS,
)
_RECIPES = st.builds(
    Recipe,
    name=_TEXTS,
    version=_TEXTS,
    steps=st.lists(_STEPS, max_size=4).map(tuple),
    choices=st.lists(_CHOICES, max_size=3).map(tuple),
    longest_days=st.floats(0, 1_000),
    worst=st.floats(0, 2),
    zone=st.sampled_from(["Europe/London", "UTC"]),
    seed=st.integers(0, 2**31),
)


@given(_RECIPES)
def test_what_is_written_is_read_back_the_same(recipe: Recipe) -> None:
    text = write_recipe(recipe)

    assert parse_recipe(text) == parse_recipe(text.encode()) == recipe
    assert write_recipe(parse_recipe(text)) == text


def test_the_default_recipe_is_read_back_and_its_digest_is_that_of_its_content() -> None:
    assert parse_recipe(write_recipe(DEFAULT)) == DEFAULT
    assert digest_of(DEFAULT) == digest_of(parse_recipe(write_recipe(DEFAULT)))
    assert digest_of(DEFAULT) != digest_of(dataclasses.replace(DEFAULT, seed=2))


def test_a_recipe_that_a_person_wrote_is_read() -> None:
    found = parse_recipe("""
        name = "substation"
        version = "2026-03"
        [[steps]]
        finding = "missing-values"
        action = "mend"
        fix = "linear"
        most = 2
        [[steps]]
        finding = "*"
        action = "mark"
        [[choices]]
        finding = "outliers"
        begin = 2021-06-07T12:00:00+01:00
        end = 2021-06-07T11:30:00Z
        action = "keep"
    """)

    assert found.steps == (Step("missing-values", Action.MEND, "linear", most=2), Step(ANY, Action.MARK))
    (choice,) = found.choices
    assert (choice.begin, choice.end) == (1_623_063_600_000_000, 1_623_065_400_000_000)
    assert found.seed == 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name = ", "not valid TOML"),
        ("version = '1'", "name: it must be given"),
        ("format = 2\nname = 'a'\nversion = '1'", "format: this Fairwatt reads format 1"),
        ("name = 'a'\nversion = 1", "version: 1 can't stand there"),
        ("name = 'a'\nversion = '1'\nspeed = 3", "speed: there is no such entry"),
        ("name = 'a'\nversion = '1'\nsteps = 3", "steps: write each as [[steps]]"),
        ("name = 'a'\nversion = '1'\n[[steps]]\nfinding = 'x'", "steps[0].action: it must be given"),
        ("name = 'a'\nversion = '1'\n[[steps]]\nfinding = 'x'\naction = 'burn'", "'burn' is none of keep, mark"),
        ("name = 'a'\nversion = '1'\n[[steps]]\nfinding = 'x'\naction = 'mend'\nfix = 'glue'", "no fix 'glue'"),
        ("name = 'a'\nversion = '1'\n[[steps]]\nfinding = 'x'\naction = 'mend'\nleast = true", "least: True can't"),
        (
            "name = 'a'\nversion = '1'\n[[choices]]\nfinding = 'x'\naction = 'keep'" + _NO_ZONE,
            "choices[0].begin: write a time with its zone",
        ),
    ],
)
def test_what_can_t_be_a_recipe_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(InvalidInput, match=r"mine\.toml is no recipe") as refused:
        parse_recipe(text, name="mine.toml")

    assert place in refused.value.message


def test_a_document_that_is_no_text_or_far_too_large_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not valid TOML"):
        parse_recipe(b"\xff\xfe\x00")
    with pytest.raises(TooLarge):
        parse_recipe(b"#" * (8 << 20) + b"#")
