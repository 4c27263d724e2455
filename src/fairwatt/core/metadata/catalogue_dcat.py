"""A page of a catalogue as DCAT-AP: the catalogue, its datasets, its records, and where the next page is (Hydra).

Harvesters take every ``dcat:Dataset`` of a page for an entry of its own. So a dataset's versions, and the original that
it was taken from, are named here and not described: the dataset's own document does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fairwatt.core.metadata.certificate import Catalogue, Certificate
from fairwatt.core.metadata.dcat import dataset_node, publisher_of_catalogue, record_node
from fairwatt.core.metadata.rdf import Iri, Node, node, text, typed
from fairwatt.core.metadata.rdf.nodes import Given
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords

_EU = "http://publications.europa.eu/resource/authority"
WITHDRAWN = f"{_EU}/dataset-status/WITHDRAWN"
_NOT_LISTED = {"dcat:hasVersion", "dct:source"}


@dataclass(frozen=True, slots=True)
class Service:
    """A way for programs into the catalogue. ``follows`` is the address of the standard it follows."""

    title: str
    address: str
    description_url: str = ""
    follows: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """A dataset that is in the catalogue no more: the address of its PID, and when it went."""

    pid_url: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguePage:
    """One page of a catalogue.

    Attributes
    ----------
    address, title, description
        The catalogue's own.
    page, first, next
        Addresses of this page, of the first and of the next, "" at the end.
    total, size
        Datasets of all pages, and at most of one.
    modified
        When anything in the catalogue last changed.
    parts
        Catalogues that this one is made of.
    certificates, gone
        What is on this page.
    """

    address: str
    title: str
    description: str
    publisher: Catalogue
    page: str
    first: str
    next: str
    total: int
    size: int
    modified: datetime | None = None
    parts: Sequence[str] = ()
    services: Sequence[Service] = ()
    certificates: Sequence[Certificate] = ()
    gone: Sequence[Gone] = ()


def to_catalogue(page: CataloguePage, *, at: datetime, words: AudienceWords = PLAIN_WORDS) -> list[Node]:
    """Describe a page of a catalogue; ``at`` is the instant for which access is described."""
    datasets = [_listed(dataset_node(certificate, at=at, words=words)) for certificate in page.certificates]
    records = [record for certificate in page.certificates if (record := record_node(certificate))]
    return [_catalogue(page, datasets, records), _page(page), *datasets, *records, *map(_gone, page.gone)]


def _catalogue(page: CataloguePage, datasets: Iterable[Node], records: Iterable[Node]) -> Node:
    said: dict[str, Given] = {
        "dct:title": text(page.title),
        "dct:description": text(page.description),
        "dct:publisher": publisher_of_catalogue(page.publisher),
        "dct:identifier": page.address,
        "dct:language": node(f"{_EU}/language/ENG", "dct:LinguisticSystem", {}),
        "dct:modified": typed(page.modified),
        "dcat:themeTaxonomy": _taxonomy(),
        "foaf:homepage": node(page.address, "foaf:Document", {}),
        "dct:hasPart": [Iri(part) for part in page.parts],
        "dcat:service": [_service(service) for service in page.services],
        "dcat:dataset": [dataset.iri for dataset in datasets],
        "dcat:record": [record.iri for record in records],
    }
    return node(f"{page.address}#catalogue", "dcat:Catalog", said)


def _taxonomy() -> Node:
    return node(f"{_EU}/data-theme", "skos:ConceptScheme", {"dct:title": text("Data theme")})


def _service(service: Service) -> Node:
    follows = node(service.follows, "dct:Standard", {"dct:title": text(service.title)}) if service.follows else None
    said: dict[str, Given] = {
        "dct:title": text(service.title),
        "dcat:endpointURL": Iri(service.address),
        "dcat:endpointDescription": Iri(service.description_url) if service.description_url else None,
        "dct:conformsTo": follows,
    }
    return node(f"{service.address}#service", "dcat:DataService", said)


def _page(page: CataloguePage) -> Node:
    """The page itself: both names that Hydra has had for it and its ways on, as harvesters know one or the other."""
    return node(
        page.page,
        ["hydra:PagedCollection", "hydra:PartialCollectionView"],
        {
            "hydra:totalItems": typed(page.total),
            "hydra:itemsPerPage": typed(page.size),
            "hydra:first": Iri(page.first),
            "hydra:firstPage": page.first,
            "hydra:next": Iri(page.next) if page.next else None,
            "hydra:nextPage": page.next,
            "foaf:primaryTopic": Iri(f"{page.address}#catalogue"),
        },
    )


def _listed(dataset: Node) -> Node:
    return Node(dataset.iri, tuple(said for said in dataset.statements if said[0] not in _NOT_LISTED))


def _gone(gone: Gone) -> Node:
    """What is left of a dataset: no ``dcat:Dataset`` any more, but its end, and when it came."""
    status = node(WITHDRAWN, "skos:Concept", {"skos:prefLabel": text("withdrawn")})
    return node(gone.pid_url, "prov:Entity", {"adms:status": status, "prov:invalidatedAtTime": typed(gone.at)})
