"""Who may have the data, and from when: one object that the portal enforces and every exporter reads.

Audiences are nested by fact: a project partner is also a signed-in person, and everybody is part of the
public. So an audience may have the data from the earliest of its own date and those of the wider ones; more
audience is never less access.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, model_validator

from fairwatt.core.metadata.words import Text, say_date
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords, begin


class Audience(StrEnum):
    """The groups a release date can be set for, from the widest to the narrowest."""

    PUBLIC = "public"
    EXTERNAL = "external"
    PARTNER = "partner"

    @property
    def wider(self) -> tuple[Audience, ...]:
        """Itself and every audience that its members also belong to."""
        return _NESTED[: _NESTED.index(self) + 1]


_NESTED = (Audience.PUBLIC, Audience.EXTERNAL, Audience.PARTNER)


class AccessClass(StrEnum):
    """What a catalogue says of a dataset's data at one instant."""

    OPEN = "open"
    SHARED = "shared"
    EMBARGOED = "embargoed"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The class as a word."""
        return self.value.capitalize()


class AccessRight(StrEnum):
    """The EU's access-right authority list."""

    PUBLIC = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
    RESTRICTED = "http://publications.europa.eu/resource/authority/access-right/RESTRICTED"
    SENSITIVE = "http://publications.europa.eu/resource/authority/access-right/SENSITIVE"
    NON_PUBLIC = "http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC"


_PERSONAL = "IB1-SP"
_COAR = {
    AccessClass.OPEN: "http://purl.org/coar/access_right/c_abf2",
    AccessClass.SHARED: "http://purl.org/coar/access_right/c_16ec",
    AccessClass.EMBARGOED: "http://purl.org/coar/access_right/c_f1cf",
    AccessClass.CLOSED: "http://purl.org/coar/access_right/c_14cb",
}
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]


class Release(BaseModel):
    """From when one audience may have the data; ``available_from`` None means never."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    audience: Audience
    available_from: Instant | None = None


class AccessTerms(BaseModel):
    """Everything that decides about a dataset's data: a release for each audience that has one.

    Attributes
    ----------
    releases
        At most one for each audience, widest first.
    sensitivity
        Icebreaker One's class: IB1-O, IB1-SA, IB1-SB, IB1-SP, IB1-C.
    metadata_withheld
        Whether even the metadata are kept from all but the provider's members and managers.
    contact
        Whom to write to for access: an address, or "" where nobody has been named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    releases: tuple[Release, ...] = ()
    sensitivity: Text = "IB1-O"
    sensitivity_reason: Text = ""
    metadata_withheld: bool = False
    contact: Text = ""

    @model_validator(mode="after")
    def _one_release_an_audience(self) -> AccessTerms:
        audiences = [release.audience for release in self.releases]
        if len(set(audiences)) < len(audiences):
            raise ValueError("an audience has two release dates")
        return self

    @property
    def is_personal(self) -> bool:
        """Whether the data are about people."""
        return self.sensitivity == _PERSONAL

    def available_from(self, audience: Audience) -> datetime | None:
        """Say from when ``audience`` may have the data, the wider audiences' dates counted; None is never."""
        dates = [
            release.available_from
            for release in self.releases
            if release.available_from is not None and release.audience in audience.wider
        ]
        return min(dates, default=None)

    def is_available(self, audience: Audience | None, *, at: datetime) -> bool:
        """Decide whether ``audience`` may have the data at the instant ``at``; None is nobody."""
        start = None if audience is None else self.available_from(audience)
        return start is not None and start <= at

    def next_opening(self, audience: Audience, *, at: datetime) -> datetime | None:
        """Say when the data open for ``audience``, where they are shut now and will open."""
        start = self.available_from(audience)
        return start if start is not None and start > at else None


def classify_access(terms: AccessTerms, *, at: datetime) -> AccessClass:
    """Class a dataset's data at the instant ``at``.

    Open where everyone may have them; embargoed where everyone will, or where nobody may yet but somebody
    will; shared where some audience may; closed where nobody may and nobody will.
    """
    if terms.is_available(Audience.PUBLIC, at=at):
        return AccessClass.OPEN
    if terms.available_from(Audience.PUBLIC) is not None:
        return AccessClass.EMBARGOED
    start = terms.available_from(Audience.PARTNER)  # the earliest of all
    if start is None:
        return AccessClass.CLOSED
    return AccessClass.SHARED if start <= at else AccessClass.EMBARGOED


def opening_date(terms: AccessTerms, *, at: datetime) -> datetime | None:
    """Say when an embargo ends: the public's date, or the first date of anybody where the public has none."""
    if classify_access(terms, at=at) is not AccessClass.EMBARGOED:
        return None
    return terms.next_opening(Audience.PUBLIC, at=at) or terms.next_opening(Audience.PARTNER, at=at)


def access_right(terms: AccessTerms, *, at: datetime) -> AccessRight:
    """Name the EU access right that holds at the instant ``at``."""
    access = classify_access(terms, at=at)
    if access is AccessClass.OPEN:
        return AccessRight.PUBLIC
    if access is AccessClass.CLOSED:
        return AccessRight.NON_PUBLIC
    return AccessRight.SENSITIVE if terms.is_personal else AccessRight.RESTRICTED


def coar_right(terms: AccessTerms, *, at: datetime) -> str:
    """Name the COAR access right that holds at the instant ``at``."""
    return _COAR[classify_access(terms, at=at)]


def say_label(terms: AccessTerms, *, at: datetime, zone: str = "UTC") -> str:
    """Say the class in a few words: ``Open``, ``Embargoed until 1 May 2027``."""
    ends = opening_date(terms, at=at)
    label = classify_access(terms, at=at).label
    return f"{label} until {say_date(ends, zone=zone)}" if ends else label


def say_access(terms: AccessTerms, *, at: datetime, zone: str = "UTC", words: AudienceWords = PLAIN_WORDS) -> str:
    """Say in one plain sentence who may have the data, now and later, in the project's ``words``.

    ``Anyone may download these data from 1 May 2027; project partners may now.``
    """
    if terms.is_available(Audience.PUBLIC, at=at):
        return f"{begin(words.one_of(Audience.PUBLIC))} may download these data, without an account."
    now, later = _parts(terms, at=at)
    if later:
        (first, day), *others = [(words.one_of(audience), say_date(start, zone=zone)) for audience, start in later]
        tail = f"; {words.one_of(now)} may now." if now else "."
        return (
            f"{begin(first)} may download these data from {day}" + "".join(f"; {w} from {d}" for w, d in others) + tail
        )
    if now is Audience.PARTNER:
        return f"Only {words.one_of(now)} may download these data."
    if now:
        return f"{begin(words.one_of(now))} may download these data."
    return "These data are not shared; only their description is."


def _parts(terms: AccessTerms, *, at: datetime) -> tuple[Audience | None, list[tuple[Audience, datetime]]]:
    """Find who may now, and who may later with the instants, the widest audience first."""
    later: list[tuple[Audience, datetime]] = []
    for audience in _NESTED:
        if terms.is_available(audience, at=at):
            return audience, later
        start = terms.available_from(audience)
        if start is not None and (not later or start != later[-1][1]):  # a narrower one matters where it is earlier
            later.append((audience, start))
    return None, later
