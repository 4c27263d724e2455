"""What several forms of a certificate say in the same words."""

from __future__ import annotations

from fairwatt.core.metadata.certificate import Certificate, ChannelEntry
from fairwatt.core.metadata.words import end_sentence

LANGUAGE = "en-GB"
PACKED = "Put together as the data package of a trial"
ANY_SUBJECT = "energy"  # what all data here are about
_LEAST_DESCRIPTION = 50  # characters that search engines for datasets accept


def describe(certificate: Certificate) -> str:
    """The description, never shorter than search engines want: what the certificate knows is added to a short text.

    Where data are gone since it was issued, the last sentence says so.
    """
    said = _describe(certificate)
    return f"{end_sentence(said)} {certificate.standing}" if certificate.standing else said


def _describe(certificate: Certificate) -> str:
    given = certificate.data_description
    if len(given) >= _LEAST_DESCRIPTION:
        return given
    what = f"{certificate.origin.capitalize()} data"
    by = f" provided by {certificate.provider.name}" if certificate.provider else ""
    added = f"{certificate.title}. {what}{by}, in the catalogue of {certificate.catalogue.name}."
    return f"{end_sentence(given)} {added}".strip()


def publisher_of(certificate: Certificate) -> str:
    """Who publishes: the project's owner, or the portal."""
    return certificate.catalogue.publisher or certificate.catalogue.name


def creators_of(certificate: Certificate) -> tuple[str, ...]:
    """Who made the data: their provider, of a package several, or the publisher where none is named."""
    named = [party.name for party in certificate.providers if party.name.strip()]
    return tuple(dict.fromkeys(named)) or (publisher_of(certificate),)


def licence_said(certificate: Certificate) -> str | dict[str, str]:
    """The licence by its address; as a work with a name where it has none; "" where none has been chosen."""
    licensing = certificate.licensing
    name = licensing.title or licensing.code
    if licensing.address or not name:
        return licensing.address
    return {"@type": "CreativeWork", "@id": f"{certificate.dataset_url}#licence", "name": name}


def keywords_of(certificate: Certificate) -> tuple[str, ...]:
    """The keywords that were given; where none were, what was measured, so that data are found by that."""
    given = tuple(keyword for keyword in certificate.keywords if keyword.strip())
    measured = dict.fromkeys(channel.quantity_label for channel in certificate.channels)
    return given or (*filter(None, measured), ANY_SUBJECT)


def creator_of(certificate: Certificate) -> str:
    """Who made the data, where a form has room for one."""
    return creators_of(certificate)[0]


def describe_channel(channel: ChannelEntry) -> str:
    """What a column holds: ``mean import Active power``."""
    return " ".join(part for part in (channel.statistic, channel.direction, channel.quantity_label) if part)


def activity_of(certificate: Certificate) -> str:
    """What the data came of: the trial's procedures, or that they were logged, or packed."""
    if certificate.kind == "package":
        return PACKED
    trial = certificate.trial
    names = [f"{trial.code} {p.code}: {p.title}" for p in certificate.procedures] if trial else []
    return "; ".join(names) or "Logged and read"
