"""The project file: what a fast-follower edits, without code, to make the platform their own.

Partners, trials, procedures and their steps, the grammar of identifiers, licences, audiences, limits and
branding. Documented in docs/reference/project-file.md; the demo's is written by ``fairwatt demo``.
"""

from __future__ import annotations

import re
import tomllib
from typing import Self

from pydantic import Field, ValidationError, model_validator

from fairwatt.core.errors import InvalidInput
from fairwatt.core.project.audiences import Audiences
from fairwatt.core.project.dois import DataCite
from fairwatt.core.project.entries import Entry, say_faults
from fairwatt.core.project.keeping import Prices, Upkeep
from fairwatt.core.project.live import Mqtt
from fairwatt.core.project.trials import Procedure as Procedure
from fairwatt.core.project.trials import Trial as Trial


class Branding(Entry):
    """How the portal names itself. ``accent`` is a CSS colour with contrast of at least 4.5 on white."""

    name: str = "Fairwatt"
    tagline: str = "Open data for local energy"
    owner: str = ""
    contact_email: str = ""
    accent: str = Field(default="#00796b", pattern=r"^#[0-9a-fA-F]{6}$")


class Partner(Entry):
    """An organisation of the project. ``code`` stands in identifiers (SSEN, LCH…)."""

    code: str = Field(pattern=r"^[A-Za-z0-9]{2,12}$")
    name: str
    homepage: str = ""
    partner: bool = True  # False: a provider of background data that is no member of the project


class Licence(Entry):
    """A licence a dataset may be shared under; ``code`` is the SPDX identifier or one of the project's."""

    code: str
    title: str
    url: str = ""
    open: bool = True


class Identifiers(Entry):
    """The grammar of the project's own identifiers, and the ARK name space.

    ``file_pattern`` is a regular expression with the named groups trial, procedure, partner, date, dataset
    and file, matched on a file's name without its ending. ``naan`` is the ARK name-assigning authority
    (99999 is the test number).
    """

    naan: str = Field(default="99999", pattern=r"^[0-9bcdfghjkmnpqrstvwxz]{5}$")
    file_pattern: str = (
        r"^MVS(?P<trial>[A-Z]?\d+(?:_\d+)*)_(?P<procedure>P\d+)_(?P<partner>[A-Za-z0-9]+)"
        r"_(?P<date>\d{8})_LEOD(?P<dataset>\d+)F(?P<file>\d+)$"
    )
    foreground_prefix: str = "MVS"
    background_prefix: str = "BKG"

    @model_validator(mode="after")
    def _pattern_compiles(self) -> Self:
        try:
            re.compile(self.file_pattern)
        except re.error as error:
            raise ValueError(f"file_pattern is no regular expression: {error}") from error
        return self


class Limits(Entry):
    """What a partner may hand in. Sizes in bytes."""

    file_bytes: int = Field(default=20 * 1024**3, gt=0)
    organization_bytes: int = Field(default=500 * 1024**3, gt=0)
    columns: int = Field(default=4_000, gt=0)
    uncompressed_ratio: int = Field(default=200, gt=1)  # a compressed file larger than this many times is refused
    upload_days: int = Field(default=7, gt=0)  # unfinished uploads are kept this long


class Project(Entry):
    """The whole project file. ``default_licence`` is the code of the licence that a new entry begins with."""

    branding: Branding = Branding()
    identifiers: Identifiers = Identifiers()
    limits: Limits = Limits()
    upkeep: Upkeep = Upkeep()
    storage_prices: Prices = Prices()
    partners: tuple[Partner, ...] = Field(min_length=1)
    trials: tuple[Trial, ...] = ()
    audiences: Audiences = Audiences()
    licences: tuple[Licence, ...] = (
        Licence(
            code="CC-BY-4.0",
            title="Creative Commons Attribution 4.0",
            url="https://creativecommons.org/licenses/by/4.0/",
        ),
        Licence(
            code="OGL-UK-3.0",
            title="Open Government Licence v3.0",
            url="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        ),
        Licence(
            code="CC0-1.0", title="Creative Commons Zero 1.0", url="https://creativecommons.org/publicdomain/zero/1.0/"
        ),
        Licence(code="DSA", title="Under the project's Data Sharing Agreement", open=False),
    )
    default_licence: str = ""
    datacite: DataCite | None = None
    mqtt: tuple[Mqtt, ...] = ()
    time_zone: str = "Europe/London"

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Self:
        for what, codes in (
            ("partner", [p.code.upper() for p in self.partners]),
            ("trial", [t.code.upper() for t in self.trials]),
            ("licence", [licence.code for licence in self.licences]),
            ("mqtt", [one.name.upper() for one in self.mqtt]),
        ):
            twice = sorted({code for code in codes if codes.count(code) > 1})
            if twice:
                raise ValueError(f"{what} code {', '.join(twice)} stands twice")
        return self

    @model_validator(mode="after")
    def _trials_name_partners(self) -> Self:
        known = {partner.code.upper() for partner in self.partners}
        for trial in self.trials:
            named = [agreement.partner for agreement in trial.agreements]
            named += [one.partner for procedure in trial.procedures for one in procedure.expects if one.partner]
            if unknown := [code for code in named if code.upper() not in known]:
                raise ValueError(f"trial {trial.code} names {unknown[0]}, which is none of the partners")
        return self

    @model_validator(mode="after")
    def _default_licence_is_known(self) -> Self:
        if self.default_licence and self.find_licence(self.default_licence) is None:
            known = ", ".join(licence.code for licence in self.licences)
            raise ValueError(f"default_licence '{self.default_licence}' is none of the licences: {known}")
        return self

    def find_trial(self, code: str) -> Trial | None:
        """The trial of this code, whichever case it is written in."""
        return next((t for t in self.trials if t.code.upper() == code.upper()), None)

    def find_licence(self, code: str) -> Licence | None:
        """The licence of this code."""
        return next((licence for licence in self.licences if licence.code == code), None)


def parse_project(text: str, *, name: str = "project.toml") -> Project:
    """Parse a project file.

    Raises
    ------
    InvalidInput
        Where the text is no TOML or entries are wrong; the message names them as a reader finds them in the file:
        by their code and their place, counted from 1.
    """
    try:
        return Project.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{name} is not valid TOML: {error}.", where={"file": name}) from error
    except ValidationError as error:
        faults = say_faults(error.errors(), tomllib.loads(text))
        raise InvalidInput(
            f"{name}: " + "; ".join(f"{place}: {fault}" if place else fault for place, fault in faults) + ".",
            where={"file": name, "entry": faults[0][0] or "the file"},
            next_step="Mend the entry; docs/reference/project-file.md lists them all.",
        ) from error
