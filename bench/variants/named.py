"""All named variants: each way of writing on its own, and whole files as their makers write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from bench.variants import recipes
from bench.variants.devices import DEVICES
from bench.variants.exports import EXPORTS
from bench.variants.moments import FORMS
from bench.variants.network import NETWORK
from bench.variants.recipes import Recipe
from bench.variants.records import RECORDS
from bench.variants.sheets import SHEETS
from bench.variants.suppliers import SUPPLIERS
from bench.variants.unusual import UNUSUAL
from bench.variants.variant import Variant
from bench.variants.wide import WIDE
from bench.variants.wrapped import WRAPPED
from bench.variants.writing import NOTES, NULL_WORDS, NUMBER_FORMS, PREAMBLES, UNIT_PLACES

ALL_PERIODS = ("plain", "spring", "autumn", "small")
Maker = Callable[[str], Variant | None]


def makers(*, thorough: bool = False) -> dict[str, Maker]:
    """By name: period → variant, None where it can't be written over that period.

    Parameters
    ----------
    thorough
        With every unit in every place, and every form of time for several meters.
    """
    found: dict[str, Maker] = dict(_forms(thorough=thorough))
    found |= dict(_values(thorough=thorough))
    found |= dict(_texts())
    found |= dict(_layouts())
    found |= WIDE
    for group in (SUPPLIERS, NETWORK, DEVICES, EXPORTS, RECORDS, SHEETS, WRAPPED, UNUSUAL):
        for make in group:
            found[make.__name__.strip("_").replace("_", " ")] = make
    return found


def named_variants(periods: tuple[str, ...] = ALL_PERIODS, *, thorough: bool = True) -> Iterator[Variant]:
    """Every named variant over every period."""
    for name, make in makers(thorough=thorough).items():
        for period in periods:
            variant = make(period)
            if variant is not None:
                yield replace(variant, name=f"{name}, {period}")


def variant_of(name: str, make: Maker, turn: int, periods: tuple[str, ...] = ALL_PERIODS) -> Variant:
    """One variant over the period whose turn it is, or the next one over which it can be written."""
    first = turn % len(periods)
    for period in (*periods[first:], *periods[:first]):
        variant = make(period)
        if variant is not None:
            return replace(variant, name=f"{name}, {period}")
    raise LookupError(f"{name} can't be written over any period")


def _built(group: str, choices: Mapping[str, object], period: str) -> Variant | None:
    recipe = Recipe(period=period, **choices)
    return None if recipes.why_impossible(recipe) else recipes.build(recipe, group=group)


def _one(group: str, name: str, **choices: object) -> tuple[str, Maker]:
    return name, partial(_built, group, choices)


def _forms(*, thorough: bool) -> Iterator[tuple[str, Maker]]:
    for turn, form in enumerate(FORMS):
        step = {"step_s": form.only_steps[0]} if form.only_steps else {}
        yield _one("times", f"time {form.name}", form=form.name, seed=turn, **step)
        if thorough or turn % 4 == 0:
            several = {"form": form.name, "seed": turn + 100, "meters": "named", "channels": "power", **step}
            yield _one("times", f"time {form.name}, several meters", **several)
    for order in ("reversed", "shuffled"):
        for form_name in ("dd-mm", "iso-z"):
            yield _one("times", f"time {form_name}, {order}", form=form_name, order=order)
    for step in (1, 60, 3600):
        for form_name in ("iso-local", "dd-mm-seconds", "epoch-ms", "excel-serial"):
            if form_name != "excel-serial" or step > 1:
                choices = {"form": form_name, "step_s": step, "channels": "electrical"}
                yield _one("times", f"time {form_name} every {step} s", **choices)


def _values(*, thorough: bool) -> Iterator[tuple[str, Maker]]:
    for name in NUMBER_FORMS:
        channels = "watts" if "thousands" in name else "price"
        delimiter = ";" if "comma" in name or "point" in name else ","
        yield _one("values", f"numbers {name}", numbers=name, channels=channels, delimiter=delimiter)
    for word in NULL_WORDS:
        yield _one("values", f"missing {word!r}", null=word, channels="weather")
    for sentinel, channels in (
        ("-999", "energy"),
        ("9999", "carbon"),
        ("-1", "energy"),
        ("999", "weather"),
        ("9999", "watts"),
    ):
        yield _one("values", f"sentinel {sentinel} for {channels}", sentinel=sentinel, channels=channels)
    for row, channels in enumerate(recipes.CHANNEL_SETS):
        for column, place in enumerate(UNIT_PLACES):
            is_written = place != "underscore" or channels not in {"price", "weather", "carbon"}
            if is_written and (thorough or row == column or place == "nowhere"):
                yield _one("values", f"{channels}, unit {place}", channels=channels, units=place, form="iso-local")


def _texts() -> Iterator[tuple[str, Maker]]:
    for delimiter in ",;\t|":
        for end in ("\n", "\r\n", "\r\r\n", "\r"):
            choices = {"delimiter": delimiter, "line_end": end, "form": "dd-mm", "channels": "electrical"}
            yield _one("text", f"text {delimiter!r} {end!r}", **choices)
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"):
        yield _one("text", f"text in {encoding}", encoding=encoding, channels="price", form="dd-mm")
    for compression in ("gzip", "zip"):
        yield _one("text", f"text packed by {compression}", compression=compression)
    yield _one("text", "text all quoted", quoted=True, form="dd-mm")
    yield _one("text", "text with sep= first", first_line="sep=;", delimiter=";", numbers="decimal-comma")


def _layouts() -> Iterator[tuple[str, Maker]]:
    for name in PREAMBLES:
        yield _one("layout", f"preamble {name}", preamble=name, form="dd-mm", channels="weather")
    for name in NOTES:
        yield _one("layout", f"notes {name}", notes=name, form="dd-mm", channels="power")
    for form in ("dd-mm", "epoch-s", "epoch-ms", "iso-z", "two-columns"):
        yield _one("layout", f"no head, {form}", has_head=False, units="nowhere", form=form)
    yield _one("layout", "row numbers", row_numbers=True, form="dd-mm")
    framed = {"preamble": "keys", "units": "second-row", "notes": "end-of-report", "form": "dd-mm"}
    yield _one("layout", "preamble, row of units, notes", channels="electrical", **framed)
    for container in ("xlsx", "ods", "json"):
        for form in ("dd-mm", "iso-z", "epoch-ms"):
            yield _one("layout", f"texts in {container}, {form}", container=container, form=form)
