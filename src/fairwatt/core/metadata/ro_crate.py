"""A certificate as the metadata of an RO-Crate 1.2 (https://www.researchobject.org/ro-crate/specification/1.2/).

The crate is detached: its root is the dataset under its PID, and its files stay where they are. Its context is the
specification's own address, as the specification demands.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fairwatt.core.metadata.access import access_right, say_access
from fairwatt.core.metadata.addresses import address_of, first_issue, form_of, fragment_of, page_of, readings_of, urn_of
from fairwatt.core.metadata.blanks import one_or_all, without_blanks
from fairwatt.core.metadata.certificate import Certificate, ChannelEntry, FileEntry, Part, Party
from fairwatt.core.metadata.distributions import READINGS, say_readings
from fairwatt.core.metadata.making import Making
from fairwatt.core.metadata.rdf.nodes import find_iri
from fairwatt.core.metadata.saying import (
    LANGUAGE,
    activity_of,
    describe,
    describe_channel,
    keywords_of,
    publisher_of,
)
from fairwatt.core.metadata.words import iso_instant
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords

CONTEXT = "https://w3id.org/ro/crate/1.2/context"
PROFILE = "https://w3id.org/ro/crate/1.2"
Entity = dict[str, Any]


def to_ro_crate(certificate: Certificate, *, at: datetime, words: AudienceWords = PLAIN_WORDS) -> dict[str, Any]:
    """Write ``ro-crate-metadata.json``; ``at`` is the instant for which access is described."""
    providers = [found for party in certificate.providers if (found := _organization(certificate, party))]
    receiver = _organization(certificate, certificate.receiver)
    publisher = _publisher(certificate)
    licence = _licence(certificate)
    files = [_file(file, certificate, licence) for file in certificate.files if file.download_url]
    parts = [_part(part) for part in certificate.parts]
    readings = [_readings(ending, certificate, licence) for ending in READINGS if certificate.offers_readings]
    variables = [_variable(channel, certificate) for channel in certificate.channels]
    actions = _actions(certificate, providers[0] if providers else publisher, files + readings)
    made_of = _made_of(certificate)
    root = _root(certificate, at=at, words=words) | {
        "license": _ref(licence),
        "author": one_or_all([_ref(author) for author in providers or [publisher]]),
        "publisher": _ref(publisher),
        "contributor": _ref(receiver),
        "hasPart": [_ref(entity) for entity in files + readings + parts],
        "mentions": [_ref(action) for action in actions],
        "variableMeasured": [_ref(variable) for variable in variables],
    }
    named = [_descriptor(certificate), root, *files, *readings, *parts, *variables, *actions, *made_of, licence]
    named += [entity for entity in (*providers, receiver, publisher, _place(certificate)) if entity]
    graph = {entity["@id"]: without_blanks(entity) for entity in named}
    return {"@context": CONTEXT, "@graph": list(graph.values())}


def _descriptor(certificate: Certificate) -> Entity:
    return {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": certificate.pid_url},
        "conformsTo": {"@id": PROFILE},
        "url": form_of(certificate, "ro-crate-metadata.json"),
    }


def _root(certificate: Certificate, *, at: datetime, words: AudienceWords) -> Entity:
    validity, first = certificate.date_of_data_validity, first_issue(certificate)
    published = first or certificate.data_provenance.logged_at or at
    ends = iso_instant(validity.end) if validity.end else ".."
    place = _place(certificate)
    return {
        "@id": certificate.pid_url,
        "@type": "Dataset",
        "name": certificate.title,
        "description": describe(certificate),
        "identifier": [certificate.pid_url, certificate.doi_url, certificate.leo_identifier],
        "cite-as": certificate.doi_url,
        "url": page_of(certificate),
        "datePublished": iso_instant(published),
        "dateModified": iso_instant(certificate.issued_at) if certificate.issued_at else None,
        "version": str(certificate.version.number) if certificate.version.number else None,
        "inLanguage": LANGUAGE,
        "keywords": ", ".join(keywords_of(certificate)),
        "temporalCoverage": f"{iso_instant(validity.start)}/{ends}" if validity.start else None,
        "spatialCoverage": _ref(place) if place else None,
        "conditionsOfAccess": [
            access_right(certificate.access, at=at).value,
            say_access(certificate.access, at=at, zone=certificate.time_zone, words=words),
            certificate.publication_restrictions,
        ],
        "creditText": certificate.data_provenance.statement,
        "isPartOf": {"@id": certificate.part_of.pid_url} if certificate.part_of else None,
    }


def _file(file: FileEntry, certificate: Certificate, licence: Entity) -> Entity:
    return {
        "@id": file.download_url,
        "@type": "File",
        "name": file.name,
        "identifier": address_of(certificate, file.pid),
        "encodingFormat": file.media_type,
        "contentSize": None if file.known_size is None else str(file.known_size),
        "sha256": file.sha256,
        "license": _ref(licence),
        "url": file.url,
    }


def _readings(ending: str, certificate: Certificate, licence: Entity) -> Entity:
    name, media_type = READINGS[ending]
    return {
        "@id": readings_of(certificate, ending),
        "@type": "File",
        "name": say_readings(name),
        "encodingFormat": media_type,
        "license": _ref(licence),
    }


def _variable(channel: ChannelEntry, certificate: Certificate) -> Entity:
    return {
        "@id": f"{page_of(certificate)}#channel-{channel.field}",
        "@type": "PropertyValue",
        "name": channel.name or channel.field,
        "alternateName": channel.field,
        "description": describe_channel(channel),
        "propertyID": channel.quantity_uri,
        "unitText": channel.unit_symbol or channel.unit,
        "unitCode": channel.unit_uri,
    }


def _actions(certificate: Certificate, agent: Entity, files: list[Entity]) -> list[Entity]:
    """One action for each procedure of the trial that the data were logged in, and the reading of the files."""
    if certificate.making is not None:
        return [_making_action(certificate, certificate.making, agent, files)]
    if certificate.kind == "package":
        return [_packing_action(certificate, files)]
    files = [file for file in files if not _is_readings(file, certificate)]
    logged, page = certificate.data_provenance.logged_at, page_of(certificate)
    ended = iso_instant(logged) if logged else None
    results = [_ref(file) for file in files]
    trial = certificate.trial.code if certificate.trial else ""
    made = [
        {
            "@id": f"{page}#procedure-{fragment_of(procedure.code)}",
            "@type": "CreateAction",
            "name": f"{trial} {procedure.code}: {procedure.title}".strip(),
            "agent": _ref(agent),
            "endTime": ended,
            "result": results,
        }
        for procedure in certificate.procedures
    ]
    plans = [file for file in certificate.files if file.import_profile]
    reading = {
        "@id": f"{page}#reading",
        "@type": "CreateAction",
        "name": activity_of(certificate),
        "description": certificate.data_provenance.quality,
        "agent": _ref(agent),
        "endTime": ended,
        "object": [{"@id": urn_of(digest)} for digest in dict.fromkeys(f.import_profile for f in plans)],
        "result": results,
    }
    return [*made, reading] if results else made


def _is_readings(entity: Entity, certificate: Certificate) -> bool:
    return entity["@id"] in {readings_of(certificate, ending) for ending in READINGS}


def _making_action(certificate: Certificate, making: Making, agent: Entity, results: list[Entity]) -> Entity:
    """The making of the data: of versions of other datasets, with a recipe as its instrument."""
    return {
        "@id": f"{page_of(certificate)}#making",
        "@type": "CreateAction",
        "name": making.sentence,
        "description": certificate.data_provenance.quality,
        "agent": _ref(agent),
        "endTime": iso_instant(making.made_at) if making.made_at else None,
        "instrument": {"@id": urn_of(making.recipe_sha256)},
        "object": [{"@id": source.pid_url or source.pid} for source in making.made_from],
        "result": [_ref(entity) for entity in results],
    }


def _packing_action(certificate: Certificate, results: list[Entity]) -> Entity:
    """The putting together of a package, by the portal that certifies it."""
    return {
        "@id": f"{page_of(certificate)}#packing",
        "@type": "CreateAction",
        "name": activity_of(certificate),
        "agent": _ref(_publisher(certificate)),
        "endTime": iso_instant(certificate.issued_at) if certificate.issued_at else None,
        "object": [{"@id": part.pid_url} for part in certificate.parts],
        "result": [_ref(entity) for entity in results],
    }


def _part(part: Part) -> Entity:
    return {"@id": part.pid_url, "@type": "Dataset", "name": part.title, "identifier": part.pid, "url": part.pid_url}


def _made_of(certificate: Certificate) -> list[Entity]:
    """What the making speaks of: the recipe, and the versions with the hashes of their readings."""
    making = certificate.making
    if making is None:
        return []
    recipe = {
        "@id": urn_of(making.recipe_sha256),
        "@type": "HowTo",
        "name": making.recipe_name,
        "identifier": making.recipe_sha256,
        "url": find_iri(making.recipe_url),
    }
    sources = [
        {
            "@id": source.pid_url or source.pid,
            "@type": "Dataset",
            "name": source.title,
            "identifier": [source.pid, urn_of(source.readings_sha256)],
        }
        for source in making.made_from
    ]
    return [recipe, *sources]


def _organization(certificate: Certificate, party: Party | None) -> Entity | None:
    if party is None or not party.name.strip():
        return None
    own = f"{certificate.catalogue.url}/about/#organisation-{fragment_of(party.code or party.name)}"
    home = find_iri(party.homepage)
    return {"@id": home or own, "@type": "Organization", "name": party.name, "alternateName": party.code, "url": home}


def _publisher(certificate: Certificate) -> Entity:
    catalogue = certificate.catalogue
    return {
        "@id": f"{catalogue.url}/about/#publisher",
        "@type": "Organization",
        "name": publisher_of(certificate),
        "url": catalogue.url,
    }


def _licence(certificate: Certificate) -> Entity:
    """The licence as the specification wants it: an entity with a name, also where none has been chosen."""
    licensing = certificate.licensing
    name = licensing.title or licensing.code or "No licence has been stated"
    address = find_iri(licensing.address) or f"{page_of(certificate)}#licence"
    return {"@id": address, "@type": "CreativeWork", "name": name, "identifier": licensing.code}


def _place(certificate: Certificate) -> Entity | None:
    if not certificate.place.strip():
        return None
    return {"@id": f"{page_of(certificate)}#place", "@type": "Place", "name": certificate.place}


def _ref(entity: Entity | None) -> dict[str, str] | None:
    return {"@id": entity["@id"]} if entity else None
