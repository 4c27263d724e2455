"""All named variants: each way of writing on its own, and whole files as their makers write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bench.variants import recipes, wide
from bench.variants.devices import device_variants
from bench.variants.moments import FORMS
from bench.variants.network import network_variants
from bench.variants.recipes import Recipe
from bench.variants.records import record_variants
from bench.variants.sheets import sheet_variants
from bench.variants.suppliers import supplier_variants
from bench.variants.variant import Variant
from bench.variants.writing import NOTES, NULL_WORDS, NUMBER_FORMS, PREAMBLES, UNIT_PLACES

ALL_PERIODS = ("plain", "spring", "autumn", "small")
_GROUP_OF_FORM = "times"


def named_variants(periods: tuple[str, ...] = ALL_PERIODS, *, turns: bool = False) -> Iterator[Variant]:
    """Every named variant over every period; with ``turns`` each once, the periods taking turns."""
    if not turns:
        for period in periods:
            for variant in _over(period):
                yield replace(variant, name=f"{variant.name}, {period}")
        return
    lists = [list(_over(period)) for period in periods]
    for place, name in enumerate(dict.fromkeys(v.name for one in lists for v in one)):
        first = place % len(periods)
        for period, one in zip((*periods[first:], *periods[:first]), (*lists[first:], *lists[:first]), strict=True):
            found = next((v for v in one if v.name == name), None)
            if found is not None:
                yield replace(found, name=f"{name}, {period}")
                break


def _over(period: str) -> Iterator[Variant]:
    yield from _forms(period)
    yield from _values(period)
    yield from _texts(period)
    yield from _layouts(period)
    for variant in wide.wide_variants(period):
        yield replace(variant, name=variant.name.replace(f" {period}", ""))
    yield from supplier_variants(period)
    yield from network_variants(period)
    yield from device_variants(period)
    yield from record_variants(period)
    yield from sheet_variants(period)


def _built(group: str, period: str, name: str, **choices: object) -> Iterator[Variant]:
    recipe = Recipe(period=period, **choices)  # type: ignore[arg-type]
    if not recipes.why_impossible(recipe):
        yield recipes.build(recipe, group=group, name=name)


def _forms(period: str) -> Iterator[Variant]:
    for turn, form in enumerate(FORMS):
        yield from _built(_GROUP_OF_FORM, period, f"time {form.name}", form=form.name, seed=turn)
        yield from _built(
            _GROUP_OF_FORM,
            period,
            f"time {form.name}, several meters",
            form=form.name,
            seed=turn + 100,
            meters="named",
            channels="power",
        )
    for order in ("reversed", "shuffled"):
        for form_name in ("dd-mm", "iso-z"):
            yield from _built(_GROUP_OF_FORM, period, f"time {form_name}, {order}", form=form_name, order=order)
    for step in (1, 60, 3600):
        for form_name in ("iso-local", "dd-mm-seconds", "epoch-ms", "excel-serial"):
            yield from _built(
                _GROUP_OF_FORM,
                period,
                f"time {form_name} every {step} s",
                form=form_name,
                step_s=step,
                channels="electrical",
            )


def _values(period: str) -> Iterator[Variant]:
    for name in NUMBER_FORMS:
        channels = "watts" if "thousands" in name else "price"
        delimiter = ";" if "comma" in name or "point" in name else ","
        yield from _built("values", period, f"numbers {name}", numbers=name, channels=channels, delimiter=delimiter)
    for word in NULL_WORDS:
        yield from _built("values", period, f"missing {word!r}", null=word, channels="weather")
    for sentinel, channels in (("-999", "energy"), ("9999", "carbon"), ("-1", "energy"), ("999", "weather")):
        yield from _built("values", period, f"sentinel {sentinel} for {channels}", sentinel=sentinel, channels=channels)
    for channels in recipes.CHANNEL_SETS:
        for place in UNIT_PLACES:
            yield from _built(
                "values", period, f"{channels}, unit {place}", channels=channels, units=place, form="iso-local"
            )


def _texts(period: str) -> Iterator[Variant]:
    for delimiter in ",;\t|":
        for end in ("\n", "\r\n", "\r\r\n", "\r"):
            yield from _built(
                "text",
                period,
                f"text {delimiter!r} {end!r}",
                delimiter=delimiter,
                line_end=end,
                form="dd-mm",
                channels="electrical",
            )
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"):
        yield from _built("text", period, f"text in {encoding}", encoding=encoding, channels="price", form="dd-mm")
    for compression in ("gzip", "zip"):
        yield from _built("text", period, f"text packed by {compression}", compression=compression)
    yield from _built("text", period, "text all quoted", quoted=True, form="dd-mm")
    yield from _built(
        "text", period, "text with sep= first", first_line="sep=;", delimiter=";", numbers="decimal-comma"
    )


def _layouts(period: str) -> Iterator[Variant]:
    for name in PREAMBLES:
        yield from _built("layout", period, f"preamble {name}", preamble=name, form="dd-mm", channels="weather")
    for name in NOTES:
        yield from _built("layout", period, f"notes {name}", notes=name, form="dd-mm", channels="power")
    for form in ("dd-mm", "epoch-s", "epoch-ms", "iso-z", "two-columns"):
        yield from _built("layout", period, f"no head, {form}", has_head=False, units="nowhere", form=form)
    yield from _built("layout", period, "row numbers", row_numbers=True, form="dd-mm")
    yield from _built(
        "layout",
        period,
        "preamble, row of units, notes",
        preamble="keys",
        units="second-row",
        notes="end-of-report",
        form="dd-mm",
        channels="electrical",
    )
    for container in ("xlsx", "ods", "json"):
        for form in ("dd-mm", "iso-z", "epoch-ms"):
            yield from _built("layout", period, f"texts in {container}, {form}", container=container, form=form)
