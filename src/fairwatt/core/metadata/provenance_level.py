"""The Level of Provenancing, 0 to 4, worked out from what a certificate says; never typed in by anybody.

In the manner of Icebreaker One's dataset assurance levels:

0. unknown
1. source and right to share stated, sensitivity class given, machine-readable
2. and what it is of: origin and quality in words, dates, period, place
3. and documented: how it was read, what every column is, a permanent address
4. and for machines: provenance and licence as addresses, units or coordinates as terms inside the data
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairwatt.core.metadata.certificate import Certificate

_NAMES = ("Unknown", "Stated", "Described", "Documented", "Machine-readable")
HIGHEST = len(_NAMES) - 1
_LEAST_DESCRIPTION = 40  # characters: a sentence
_READABLE = frozenset({"readings", "spatial", "table"})
_OPEN_CLASS = "IB1-O"


class ProvenanceLevel(BaseModel):
    """A level with what is missing for the next one (LEO's "Level of Provenancing")."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: int = Field(default=0, ge=0, le=HIGHEST)
    missing: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The level as a word."""
        return _NAMES[self.level]

    @property
    def label(self) -> str:
        """The level as a certificate writes it: ``3 of 4, documented``."""
        return f"{self.level} of {HIGHEST}, {self.name.lower()}"


class Requirement(NamedTuple):
    """One thing that a level asks for; ``todo`` is what to do where it is not met."""

    level: int
    is_met: bool
    todo: str


def assess_provenance(certificate: Certificate) -> ProvenanceLevel:
    """Work out the level: the highest whose requirements, and those of all levels below it, are met."""
    found = list(list_requirements(certificate))
    for level in range(1, HIGHEST + 1):
        missing = tuple(
            requirement.todo for requirement in found if requirement.level == level and not requirement.is_met
        )
        if missing:
            return ProvenanceLevel(level=level - 1, missing=missing)
    return ProvenanceLevel(level=HIGHEST)


def list_requirements(certificate: Certificate) -> Iterator[Requirement]:
    """Yield every requirement of every level, met or not, lowest level first."""
    yield from _stated(certificate)
    yield from _described(certificate)
    yield from _documented(certificate)
    yield from _for_machines(certificate)


def _stated(certificate: Certificate) -> Iterator[Requirement]:
    access = certificate.access
    is_classed = access.sensitivity == _OPEN_CLASS or bool(access.sensitivity and access.sensitivity_reason)
    is_linked = bool(certificate.data_provenance.source)
    yield Requirement(1, certificate.provider is not None, "Name the organisation that provides the data.")
    yield Requirement(1, certificate.licensing.is_stated, "Choose a licence: the right to share must be stated.")
    yield Requirement(1, is_classed, "Give the sensitivity class, and the reason where it is not open.")
    yield Requirement(
        1,
        is_linked or any(file.kind in _READABLE for file in certificate.files),
        "Add a file that a machine can read as data (CSV, Parquet, GeoJSON…), or the address of the source.",
    )


def _described(certificate: Certificate) -> Iterator[Requirement]:
    provenance = certificate.data_provenance
    has_period = certificate.date_of_data_validity.is_known or not any(f.kind == "readings" for f in certificate.files)
    has_place = bool(certificate.place) or any(file.crs for file in certificate.files)
    yield Requirement(2, bool(provenance.statement), "Say where the data come from and how they were measured.")
    yield Requirement(2, bool(provenance.quality), "Say how the quality was checked.")
    yield Requirement(2, provenance.logged_at is not None, "Log the dataset, so that its date is known.")
    yield Requirement(2, has_period, "Answer the questions about the files, so that the period covered is known.")
    yield Requirement(2, has_place, "Say where the data were measured.")


def _documented(certificate: Certificate) -> Iterator[Requirement]:
    unread = [file.name for file in certificate.files if file.kind == "readings" and not file.import_profile]
    if certificate.making is not None:  # made here: nothing was read but certified readings
        unread = []
    unknown = [c.name for c in certificate.channels if c.kind == "number" and not c.quantity]
    yield Requirement(3, not unread, f"Let the platform read {_some(unread)}, so that how is on record.")
    yield Requirement(
        3,
        len(certificate.data_description) >= _LEAST_DESCRIPTION,
        f"Describe the content in at least a sentence ({_LEAST_DESCRIPTION} characters).",
    )
    yield Requirement(3, not unknown, f"Say which quantity {_some(unknown)} measures.")
    yield Requirement(3, bool(certificate.pid), "Give the dataset a permanent address.")
    if certificate.making is not None:
        yield Requirement(3, bool(certificate.making.program), "Say which program carried the recipe out.")


def _for_machines(certificate: Certificate) -> Iterator[Requirement]:
    bare = [c.name for c in certificate.channels if c.kind == "number" and not c.unit]
    making = certificate.making
    if making is not None:
        yield Requirement(4, bool(making.recipe_url), "Publish the recipe, so that it has an address.")
    has_terms = any(c.unit_uri or c.quantity_uri for c in certificate.channels) or any(f.crs for f in certificate.files)
    yield Requirement(4, bool(certificate.licensing.address), "Choose a licence that has an address of its own.")
    yield Requirement(4, not bare, f"Say in which unit {_some(bare)} is.")
    yield Requirement(
        4,
        has_terms or bool(bare),
        "Add a channel whose quantity or unit has an address in QUDT, or a layer with a coordinate system.",
    )
    yield Requirement(4, all(file.sha256 for file in certificate.files), "Store every file with its checksum.")


def _some(names: list[str]) -> str:
    """Name the first of many, and count the others."""
    if not names:
        return ""
    more = len(names) - 1
    return f"'{names[0]}'" + (f" and {more} more" if more else "")
