"""A certificate as DCAT-AP 3.0.1, with PROV-O, ODRL and the terms of Icebreaker One.

Every node carries the class and the labels that the profile asks of it, so that a validator needs nothing else. What
harvesters keep by its name has an address: the names that they give to blank nodes are others at every reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fairwatt.core.metadata.access import AccessRight, access_right, say_access
from fairwatt.core.metadata.addresses import (
    address_of,
    find_previous,
    first_issue,
    form_of,
    page_of,
    policy_address,
    sheet_of,
    versions_by_age,
)
from fairwatt.core.metadata.certificate import Catalogue, Certificate, ChannelEntry, Party, VersionEntry
from fairwatt.core.metadata.distributions import distributions_of, licence_of
from fairwatt.core.metadata.odrl import policy_of
from fairwatt.core.metadata.prov import provenance_of
from fairwatt.core.metadata.rdf import Iri, Node, find_iri, node, text, typed
from fairwatt.core.metadata.rdf.nodes import Given, expand
from fairwatt.core.metadata.saying import describe, describe_channel, keywords_of, publisher_of
from fairwatt.core.periods import format_duration
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords

_EU = "http://publications.europa.eu/resource/authority"
_PROFILE = "https://semiceu.github.io/DCAT-AP/releases/3.0.1/"
_ROLES = "http://inspire.ec.europa.eu/metadata-codelist/ResponsiblePartyRole"
_RIGHTS = {
    AccessRight.PUBLIC: "public",
    AccessRight.RESTRICTED: "restricted",
    AccessRight.SENSITIVE: "sensitive",
    AccessRight.NON_PUBLIC: "non-public",
}


def to_dcat(certificate: Certificate, *, at: datetime, words: AudienceWords = PLAIN_WORDS) -> list[Node]:
    """Describe a dataset, or a file as a dataset of its own, with the record that a catalogue keeps of it.

    ``at`` is the instant for which access is described, ``words`` what the project calls its audiences.
    """
    record = record_node(certificate)
    return [dataset_node(certificate, at=at, words=words), *([record] if record else [])]


def dataset_node(certificate: Certificate, *, at: datetime, words: AudienceWords = PLAIN_WORDS) -> Node:
    """The dataset alone, as a catalogue lists it."""
    said: dict[str, Given] = {
        "dct:title": text(certificate.title) or text(certificate.pid),
        "dct:description": text(describe(certificate)),
        "dct:identifier": [certificate.pid_url, certificate.doi_url, certificate.leo_identifier],
        "adms:identifier": [
            _identifier(certificate, certificate.pid, "ARK"),
            _identifier(certificate, certificate.doi, "DOI"),
            _identifier(certificate, certificate.leo_identifier, "LEO"),
        ],
        "dcat:keyword": [text(keyword) for keyword in keywords_of(certificate)],
        "dcat:theme": _concept(f"{_EU}/data-theme/ENER", "Energy"),
        "dct:type": _concept(f"{_EU}/dataset-type/STATISTICAL", "Statistical data") if certificate.readings else None,
        "dct:language": node(f"{_EU}/language/ENG", "dct:LinguisticSystem", {}),
        "dcat:landingPage": node(page_of(certificate), "foaf:Document", {}),
        "foaf:page": node(sheet_of(certificate), "foaf:Document", {}),
        "schema:variableMeasured": [_variable(channel) for channel in certificate.channels],
        "dcat:distribution": distributions_of(certificate),
        "odrl:hasPolicy": policy_of(certificate),
    }
    said |= _agents(certificate) | _times(certificate) | _versions(certificate) | _parts(certificate)
    said |= _rights(certificate, at=at, words=words) | _origin(certificate) | _status(certificate)
    return node(certificate.pid_url, ["dcat:Dataset", "dcat:Resource", "prov:Entity"], said)


def record_node(certificate: Certificate) -> Node | None:
    """What a catalogue says of its own entry: when it was made and changed, the profile it follows; None of a draft."""
    if certificate.issued_at is None:
        return None
    return node(
        f"{page_of(certificate)}#record",
        "dcat:CatalogRecord",
        {
            "foaf:primaryTopic": Iri(certificate.pid_url),
            "dct:title": text(f"Data Certificate of {certificate.title or certificate.pid}"),
            "dct:issued": typed(first_issue(certificate)),
            "dct:modified": typed(certificate.issued_at),
            "dct:language": Iri(f"{_EU}/language/ENG"),
            "dct:conformsTo": node(_PROFILE, "dct:Standard", {"dct:title": text("DCAT-AP 3.0.1")}),
        },
    )


def organization_node(certificate: Certificate, party: Party | None) -> Node | None:
    """An organisation, under an address of this portal's where it has a code."""
    if party is None or not party.name.strip():
        return None
    address = find_iri(f"{certificate.catalogue.url}/about/#organisation-{party.code}") if party.code else None
    home = find_iri(party.homepage)
    said: dict[str, Given] = {
        "foaf:name": text(party.name),
        "foaf:homepage": node(home, "foaf:Document", {}) if home else None,
    }
    return node(address, ["foaf:Agent", "foaf:Organization", "prov:Agent"], said)


def publisher_node(certificate: Certificate) -> Node:
    """Who publishes."""
    return publisher_of_catalogue(certificate.catalogue)


def publisher_of_catalogue(catalogue: Catalogue) -> Node:
    """Who publishes a catalogue, and all that is in it."""
    said: dict[str, Given] = {
        "foaf:name": text(catalogue.publisher or catalogue.name),
        "foaf:homepage": node(catalogue.url, "foaf:Document", {}),
        "foaf:mbox": find_iri(f"mailto:{catalogue.contact}") if "@" in catalogue.contact else None,
    }
    return node(f"{catalogue.url}/about/#publisher", ["foaf:Agent", "foaf:Organization"], said)


def _agents(certificate: Certificate) -> dict[str, Given]:
    providers = [organization_node(certificate, party) for party in certificate.providers]
    receiver = organization_node(certificate, certificate.receiver)
    return {
        "dct:publisher": publisher_node(certificate),
        "dct:creator": providers,
        "dct:contributor": receiver,
        "dcat:contactPoint": _contact(certificate),
        "prov:qualifiedAttribution": [
            *(_attribution(provider, "resourceProvider", "Provider") for provider in providers),
            _attribution(receiver, "user", "Receiver"),
        ],
    }


def _contact(certificate: Certificate) -> Node | None:
    address = certificate.access.contact or certificate.catalogue.contact
    reach: dict[str, Given] = {"vcard:fn": text(publisher_of(certificate))}
    if "@" in address:
        reach["vcard:hasEmail"] = find_iri(f"mailto:{address}")
    else:
        reach["vcard:hasURL"] = find_iri(address) or find_iri(certificate.catalogue.url)
    return node(None, ["vcard:Kind", "vcard:Organization"], reach)


def _attribution(agent: Node | None, role: str, label: str) -> Node | None:
    if agent is None:
        return None
    had = node(f"{_ROLES}/{role}", ["dcat:Role", "skos:Concept"], {"skos:prefLabel": text(label)})
    return node(None, "prov:Attribution", {"prov:agent": agent, "dcat:hadRole": had})


def _times(certificate: Certificate) -> dict[str, Given]:
    validity = certificate.date_of_data_validity
    ends: dict[str, Given] = {"dcat:startDate": typed(validity.start), "dcat:endDate": typed(validity.end)}
    resolution = certificate.resolution_s
    grows = validity.start is not None and validity.end is None
    return {
        "dct:temporal": node(None, "dct:PeriodOfTime", ends) if validity.start or validity.end else None,
        "dcat:temporalResolution": typed(format_duration(resolution), "xsd:duration") if resolution else None,
        "dct:spatial": _place(certificate),
        "dct:accrualPeriodicity": node(f"{_EU}/frequency/UPDATE_CONT", "dct:Frequency", {}) if grows else None,
        "dct:created": typed(certificate.data_provenance.logged_at),
        "dct:issued": typed(first_issue(certificate)),
        "dct:modified": typed(certificate.issued_at),
    }


def _place(certificate: Certificate) -> Node | None:
    """Where the data are from: a name, and the box around the maps among them, for whoever searches by area."""
    box = typed(write_box(certificate.bounds), "gsp:wktLiteral")
    label = text(certificate.place)
    if label is None and box is None:
        return None
    return node(None, "dct:Location", {"rdfs:label": label, "dcat:bbox": box, "locn:geometry": box})


def write_box(bounds: Sequence[float]) -> str:
    """Write a box as well-known text; "" where there is none.

    >>> write_box((-1.5, 51.7, -1.25, 52))
    'POLYGON((-1.5 51.7,-1.25 51.7,-1.25 52,-1.5 52,-1.5 51.7))'
    """
    if not bounds:
        return ""
    west, south, east, north = (f"{bound:.9g}" for bound in bounds)
    return f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"


def _versions(certificate: Certificate) -> dict[str, Given]:
    known, previous = versions_by_age(certificate), find_previous(certificate)
    return {
        "dcat:version": str(certificate.version.number) if certificate.version.number else None,
        "owl:versionInfo": str(certificate.version.number) if certificate.version.number else None,
        "adms:versionNotes": text(certificate.version.note),
        "dcat:hasVersion": [_version(certificate, version) for version in known],
        "dcat:hasCurrentVersion": Iri(address_of(certificate, known[-1].pid)) if known else None,
        "dcat:previousVersion": Iri(address_of(certificate, previous.pid)) if previous else None,
    }


def _version(certificate: Certificate, version: VersionEntry) -> Node:
    """A version by its own PID; it needs a title and a description where it is said to be a dataset."""
    return node(
        address_of(certificate, version.pid),
        "dcat:Dataset",
        {
            "dct:title": text(f"{certificate.title}, version {version.number}"),
            "dct:description": text(version.note or describe(certificate)),
            "dct:issued": typed(version.published_at),
            "dcat:version": str(version.number),
            "dct:identifier": [address_of(certificate, version.pid), version.doi_url],
            "dcat:isVersionOf": Iri(certificate.pid_url),
            "odrl:hasPolicy": Iri(policy_address(certificate)),
        },
    )


def _parts(certificate: Certificate) -> dict[str, Given]:
    parent = certificate.part_of
    files = certificate.files if certificate.kind == "dataset" else ()
    return {
        "dct:isPartOf": Iri(parent.pid_url) if parent else None,
        "dct:hasPart": [
            *(Iri(address_of(certificate, file.pid)) for file in files),
            *(Iri(part.pid_url) for part in certificate.parts),
        ],
        "rdfs:seeAlso": [Iri(form_of(certificate, ending)) for ending in ("jsonld", "ttl", "rdf")],
    }


def _rights(certificate: Certificate, *, at: datetime, words: AudienceWords) -> dict[str, Given]:
    terms, level = certificate.access, certificate.level_of_provenancing
    said = [say_access(terms, at=at, zone=certificate.time_zone, words=words), certificate.publication_restrictions]
    right = access_right(terms, at=at)
    return {
        "dct:license": licence_of(certificate),
        "dct:accessRights": node(right.value, "dct:RightsStatement", {"rdfs:label": text(_RIGHTS[right])}),
        "dct:rights": [
            *(node(None, "dct:RightsStatement", {"rdfs:label": label}) for label in map(text, said) if label),
            *_triage(certificate),
        ],
        "ib1:sensitivityClass": expand(f"ib1:{terms.sensitivity}") if terms.sensitivity.startswith("IB1-") else None,
        "ib1:datasetAssurance": typed(level.level),
    }


def _status(certificate: Certificate) -> dict[str, Given]:
    """Whether the data can still be had; EU's list knows no more than that they were withdrawn."""
    withdrawal = certificate.withdrawal
    if withdrawal is None:
        return {"rdfs:comment": text(certificate.standing)}
    return {
        "adms:status": _concept(f"{_EU}/dataset-status/WITHDRAWN", "withdrawn"),
        "prov:invalidatedAtTime": typed(withdrawal.at),
        "rdfs:comment": text(certificate.standing),
    }


def _triage(certificate: Certificate) -> list[Node | None]:
    """The outcome of the open data triage, in words: no registered vocabulary has terms for all of it."""
    return [
        node(None, "dct:RightsStatement", {"rdfs:label": label})
        for label in map(text, certificate.triage.sentences() if certificate.triage else ())
        if label
    ]


def _origin(certificate: Certificate) -> dict[str, Given]:
    provenance = certificate.data_provenance
    statement = text(provenance.statement)
    providers = [organization_node(certificate, party) for party in certificate.providers]
    source = find_iri(provenance.source)
    told = node(f"{page_of(certificate)}#provenance", "dct:ProvenanceStatement", {"rdfs:label": statement})
    return {
        "dct:provenance": told if statement else None,
        "dct:source": _source(certificate, source) if source else None,
        **provenance_of(certificate, [found for found in providers if found]),
    }


def _source(certificate: Certificate, address: Iri) -> Node:
    """The original elsewhere: the profile wants it to be a dataset, and that a title and a description."""
    said = f"The original of {certificate.title or certificate.pid}"
    return node(address, "dcat:Dataset", {"dct:title": text(said), "dct:description": text(f"{said}, kept elsewhere.")})


def _identifier(certificate: Certificate, notation: str, scheme: str) -> Node | None:
    if not notation:
        return None
    address = f"{page_of(certificate)}#identifier-{scheme.lower()}"
    return node(address, "adms:Identifier", {"skos:notation": notation, "adms:schemaAgency": text(scheme)})


def _concept(address: str, label: str) -> Node:
    return node(address, "skos:Concept", {"skos:prefLabel": text(label)})


def _variable(channel: ChannelEntry) -> Node:
    return node(
        None,
        "schema:PropertyValue",
        {
            "schema:name": channel.name,
            "schema:alternateName": channel.field if channel.field != channel.name else None,
            "schema:description": describe_channel(channel),
            "schema:propertyID": find_iri(channel.quantity_uri),
            "schema:unitCode": find_iri(channel.unit_uri),
            "schema:unitText": channel.unit_symbol or channel.unit,
        },
    )
