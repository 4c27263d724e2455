"""Cleaning: what was found is marked, taken away or mended by a recipe; every change is told of, raw values stay."""

from __future__ import annotations

from fairwatt.core.cleaning.bands import BANDS, band_of, leo_class
from fairwatt.core.cleaning.cleaned import DONE, Change, CleanedChannel, CleanedWindow, Count, Refusal, Trial
from fairwatt.core.cleaning.cleaning import Cleaned, clean
from fairwatt.core.cleaning.recipe import ANY, CHOOSE, DEFAULT, FIXES, REFUSE, Action, Choice, Recipe, Step

__all__ = [
    "ANY",
    "BANDS",
    "CHOOSE",
    "DEFAULT",
    "DONE",
    "FIXES",
    "REFUSE",
    "Action",
    "Change",
    "Choice",
    "Cleaned",
    "CleanedChannel",
    "CleanedWindow",
    "Count",
    "Recipe",
    "Refusal",
    "Step",
    "Trial",
    "band_of",
    "clean",
    "leo_class",
]
