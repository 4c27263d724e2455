"""Combinations: recipes drawn at random, mended where no truthful file of theirs can be written."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from bench.variants.moments import FORMS
from bench.variants.recipes import CHANNEL_SETS, METERS, Recipe, why_impossible
from bench.variants.truth import PERIODS
from bench.variants.wide import DATE_FORMS, HEADINGS, LEADS, WideRecipe
from bench.variants.wide import why_impossible as why_wide_impossible
from bench.variants.writing import NOTES, NULL_WORDS, NUMBER_FORMS, PREAMBLES, UNIT_PLACES

# The plain choice first, so that what fails is told in its plainest form.
DIMENSIONS: Mapping[str, tuple[object, ...]] = {
    "form": ("iso-z", *(form.name for form in FORMS)),
    "channels": tuple(CHANNEL_SETS),
    "period": tuple(PERIODS),
    "step_s": (1800, 3600, 900, 600, 60, 1),
    "meters": tuple(METERS),
    "numbers": tuple(NUMBER_FORMS),
    "null": NULL_WORDS,
    "sentinel": ("", "-999", "9999"),
    "units": tuple(UNIT_PLACES),
    "preamble": tuple(PREAMBLES),
    "notes": tuple(NOTES),
    "has_head": (True, False),
    "row_numbers": (False, True),
    "order": ("forward", "reversed", "shuffled"),
    "delimiter": (",", ";", "\t", "|"),
    "line_end": ("\n", "\r\n", "\r\r\n"),
    "encoding": ("utf-8", "utf-8-sig", "utf-16", "cp1252"),
    "quoted": (False, True),
    "compression": ("none", "gzip", "zip"),
    "container": ("text", "xlsx", "ods", "json"),
}
WIDE_DIMENSIONS: Mapping[str, tuple[object, ...]] = {
    "heading": tuple(HEADINGS),
    "lead": tuple(LEADS),
    "dates": tuple(DATE_FORMS),
    "period": tuple(PERIODS),
    "meters": (1, 2),
    "has_total": (False, True),
    "has_flags": (False, True),
    "container": ("text", "xlsx", "ods"),
    "delimiter": (",", ";", "\t"),
    "line_end": ("\n", "\r\n"),
    "null": ("", "NULL", "-"),
    "order": ("forward", "reversed"),
}
_KEPT = ("form", "numbers", "units", "period", "channels")  # what a mended recipe gives up last


def mended(recipe: Recipe) -> Recipe:
    """The nearest recipe of which a truthful file can be written."""
    plain = Recipe()
    for name in (*(name for name in DIMENSIONS if name not in _KEPT), *reversed(_KEPT)):
        if not why_impossible(recipe):
            return recipe
        tried = replace(recipe, **{name: getattr(plain, name)})
        if why_impossible(tried) != why_impossible(recipe):
            recipe = tried
    return recipe if not why_impossible(recipe) else plain


def mended_wide(recipe: WideRecipe) -> WideRecipe:
    """The same of a wide table."""
    for change in ({"period": "plain"}, {"meters": 1}, {"delimiter": ",", "line_end": "\n"}):
        if not why_wide_impossible(recipe):
            break
        recipe = replace(recipe, **change)
    return recipe


def draw(chance: random.Random, seed: int) -> Recipe | WideRecipe:
    """A recipe with a handful of choices that are not the plain ones; one of eight is a wide table."""
    if chance.random() < 1 / 8:
        return mended_wide(WideRecipe(seed=seed, **_choose(chance, WIDE_DIMENSIONS)))
    return mended(Recipe(seed=seed, **_choose(chance, DIMENSIONS)))


def _choose(chance: random.Random, dimensions: Mapping[str, tuple[object, ...]]) -> dict[str, object]:
    names = {next(iter(dimensions)), "period", *chance.sample(list(dimensions), chance.randrange(2, 8))}
    return {name: chance.choice(dimensions[name]) for name in dimensions if name in names}
