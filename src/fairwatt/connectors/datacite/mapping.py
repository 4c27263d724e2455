"""From metadata to what DataCite's REST API takes, which differs a little from DataCite's own JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any


class Event(StrEnum):
    """What becomes of a DOI's state: findable by everybody, or registered and kept out of the search."""

    PUBLISH = "publish"
    HIDE = "hide"


def attributes_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Turn DataCite's JSON into the attributes of a DOI.

    Parameters
    ----------
    document
        As :func:`fairwatt.core.metadata.datacite.to_datacite` writes it.
    """
    attributes = {name: value for name, value in document.items() if name not in {"alternateIdentifiers", "doi"}}
    attributes["publicationYear"] = int(document["publicationYear"])
    attributes["identifiers"] = [
        {"identifier": one["alternateIdentifier"], "identifierType": one["alternateIdentifierType"]}
        for one in document.get("alternateIdentifiers", ())
    ]
    for name in _CLEARED:  # what is left out of a change stays as it was
        attributes.setdefault(name, [])
    return attributes


_CLEARED = (
    "subjects", "contributors", "dates", "relatedIdentifiers", "sizes", "formats", "rightsList", "descriptions",
    "geoLocations",
)  # fmt: skip


def digest_of(event: Event, attributes: Mapping[str, Any]) -> str:
    """Hash what is to be sent, so that the same is not sent twice."""
    return sha256(json.dumps([event, attributes], sort_keys=True).encode()).hexdigest()


def payload_of(name: str, attributes: Mapping[str, Any], event: Event | None = None) -> dict[str, Any]:
    """Put attributes into JSON:API's envelope; without an event a new DOI stays a draft, and another as it is."""
    asked = {"event": event.value} if event is not None else {}
    return {"data": {"type": "dois", "id": name, "attributes": {"doi": name, **attributes, **asked}}}
