"""A trial's data package as an attached RO-Crate 1.2: its files by path, and an action for each procedure.

https://www.researchobject.org/ro-crate/specification/1.2/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from fairwatt.core.metadata.access import access_right
from fairwatt.core.metadata.addresses import fragment_of
from fairwatt.core.metadata.blanks import without_blanks
from fairwatt.core.metadata.certificate import Party, ProcedureEntry
from fairwatt.core.metadata.package_certificate import CERTIFICATE_PATH, SIGNATURE_PATH, PackageMember
from fairwatt.core.metadata.package_contents import PackageContents, PackedDataset
from fairwatt.core.metadata.rdf.nodes import find_iri
from fairwatt.core.metadata.ro_crate import CONTEXT, PROFILE
from fairwatt.core.metadata.saying import LANGUAGE, describe, describe_channel
from fairwatt.core.metadata.words import end_sentence, iso_instant

METADATA = "ro-crate-metadata.json"
Entity = dict[str, Any]
_MEDIA_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".jws": "application/jose",
    ".csv": "text/csv",
    ".toml": "application/toml",
    ".html": "text/html",
}
_PLANNED = {"@id": "http://schema.org/PotentialActionStatus"}
_DONE = {"@id": "http://schema.org/CompletedActionStatus"}


def to_trial_crate(
    contents: PackageContents, members: Sequence[PackageMember], *, pid_url: str, at: datetime
) -> dict[str, Any]:
    """Write ``ro-crate-metadata.json``.

    Parameters
    ----------
    members
        All files of the package but this one and those that are made after it.
    pid_url
        The package's permanent address.
    at
        When it was made: access is described for then.
    """
    writer = _Writer(contents, members, at)
    entities = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": PROFILE},
        },
        writer.root(pid_url),
        *writer.files(),
        *(entity for dataset in contents.datasets for entity in writer.dataset(dataset)),
        *(entity for procedure in contents.procedures for entity in writer.procedure(procedure)),
        *writer.events(),
        *writer.parties(),
        *writer.licences(),
        writer.software(),
        writer.identifier(pid_url),
        *writer.statuses(),
    ]
    graph = {entity["@id"]: _single(without_blanks(entity)) for entity in entities}
    return {"@context": CONTEXT, "@graph": list(graph.values())}


class _Writer:
    """The entities of one crate."""

    def __init__(self, contents: PackageContents, members: Sequence[PackageMember], at: datetime) -> None:
        self.contents, self.members, self.at = contents, members, at
        self.by_path = {member.path: member for member in members}
        self.folders = {dataset.certificate.pid: dataset for dataset in contents.datasets}

    def root(self, pid_url: str) -> Entity:
        contents = self.contents
        trial = contents.trial
        parts = [file_id(member.path) for member in self.members if not member.dataset]
        parts += [CERTIFICATE_PATH, SIGNATURE_PATH]
        parts += [folder_id(dataset.folder) for dataset in contents.datasets]
        return {
            "@id": "./",
            "@type": "Dataset",
            "name": f"Data package of trial {trial.code}: {trial.title}",
            "description": self._description(),
            "identifier": {"@id": pid_url},
            "url": contents.url,
            "datePublished": iso_instant(self.at),
            "inLanguage": LANGUAGE,
            "license": {"@id": self._root_licence()},
            "publisher": {"@id": self._publisher_id()},
            "author": _refs(_party_id(contents, party) for party in self._providers()),
            "conditionsOfAccess": contents.access,
            "temporalCoverage": self._coverage(contents.datasets),
            "hasPart": _refs(parts),
            "mentions": _refs(
                [f"#procedure-{fragment_of(p.code)}" for p in contents.procedures]
                + [f"#reading-{fragment_of(d.folder)}" for d in contents.datasets if d.readings]
                + [f"#event-{number}" for number, _ in enumerate(contents.events, 1)]
            ),
        }

    def _description(self) -> str:
        contents = self.contents
        summary = end_sentence(contents.summary or contents.trial.title)
        many = len(contents.left_out)
        out = f" {many:,} thing{'s were' if many > 1 else ' was'} left out; README.html says why." if many else ""
        return f"{summary} {contents.access}{out}"

    def _coverage(self, datasets: Iterable[PackedDataset]) -> str | None:
        spans = [dataset.certificate.date_of_data_validity for dataset in datasets]
        starts = [span.start for span in spans if span.start]
        ends = [span.end for span in spans if span.end]
        return f"{iso_instant(min(starts))}/{iso_instant(max(ends))}" if starts and ends else None

    def files(self) -> Iterator[Entity]:
        for member in self.members:
            dataset = self.folders.get(member.dataset)
            yield {
                "@id": file_id(member.path),
                "@type": "File",
                "name": member.path.rsplit("/", 1)[-1],
                "description": _ROLES[member.role],
                "contentSize": str(member.size),
                "sha256": member.sha256,
                "encodingFormat": self._media_type(member, dataset),
                "license": self._own_licence(dataset) if dataset else None,
            }

        for path, said in (
            (CERTIFICATE_PATH, "The certificate of this package: it names every other file with its sha256"),
            (SIGNATURE_PATH, "The signature of the package's certificate"),
        ):
            media_type = _MEDIA_TYPES[path[path.rindex(".") :]]
            yield {"@id": path, "@type": "File", "name": path, "description": said, "encodingFormat": media_type}

    def _media_type(self, member: PackageMember, dataset: PackedDataset | None) -> str:
        if dataset is not None and member.role == "original":
            pids = {file.path: file.pid for file in dataset.files}
            entries = {file.pid: file.media_type for file in dataset.certificate.files}
            return entries.get(pids.get(member.path, ""), "application/octet-stream")
        ending = re.search(r"\.[a-z]+$", member.path)
        return _MEDIA_TYPES.get(ending.group() if ending else "", "application/octet-stream")

    def dataset(self, dataset: PackedDataset) -> Iterator[Entity]:
        certificate, standing = dataset.certificate, dataset.standing
        mine = [member.path for member in self.members if member.dataset == certificate.pid]
        variables = [f"#{fragment_of(dataset.folder)}-{channel.field}" for channel in certificate.channels]
        yield {
            "@id": folder_id(dataset.folder),
            "@type": "Dataset",
            "name": certificate.title,
            "description": describe(certificate),
            "identifier": [certificate.pid_url, certificate.leo_identifier],
            "url": certificate.dataset_url,
            "license": self._own_licence(dataset),
            "version": str(certificate.version.number) if certificate.version.number else None,
            "dateModified": iso_instant(certificate.issued_at) if certificate.issued_at else None,
            "keywords": ", ".join(certificate.keywords),
            "temporalCoverage": self._coverage([dataset]),
            "conditionsOfAccess": [access_right(standing.access, at=self.at).value, dataset.access],
            "creditText": certificate.data_provenance.statement,
            "author": _ref(_party_id(self.contents, certificate.provider) if certificate.provider else ""),
            "spatialCoverage": _ref(_place_id(certificate.place)),
            "variableMeasured": _refs(variables),
            "hasPart": _refs(map(file_id, mine)),
        }
        for identifier, channel in zip(variables, certificate.channels, strict=True):
            yield {
                "@id": identifier,
                "@type": "PropertyValue",
                "name": channel.name or channel.field,
                "alternateName": channel.field,
                "description": describe_channel(channel),
                "propertyID": channel.quantity_uri,
                "unitText": channel.unit_symbol or channel.unit,
                "unitCode": channel.unit_uri,
            }
        if certificate.place:
            yield {"@id": _place_id(certificate.place), "@type": "Place", "name": certificate.place}
        yield from self._reading(dataset)

    def _reading(self, dataset: PackedDataset) -> Iterator[Entity]:
        """How the readings came from the files as received."""
        if dataset.readings is None:
            return
        logged = dataset.certificate.data_provenance.logged_at
        used = [file.path for file in dataset.files] + [profile.path for profile in dataset.profiles]
        yield {
            "@id": f"#reading-{fragment_of(dataset.folder)}",
            "@type": "CreateAction",
            "name": f"Reading the files of {dataset.certificate.title}",
            "description": dataset.certificate.data_provenance.quality,
            "agent": {"@id": self._publisher_id()},
            "instrument": {"@id": "#fairwatt"},
            "endTime": iso_instant(logged) if logged else None,
            "object": _refs(map(file_id, used)),
            "result": {"@id": file_id(dataset.readings.path)},
            "actionStatus": _DONE,
        }

    def procedure(self, procedure: ProcedureEntry) -> Iterator[Entity]:
        """What was done in a procedure: who measured, with what, where, when, and what came of it."""
        logged = [d for d in self.contents.datasets if procedure.code in {p.code for p in d.certificate.procedures}]
        named = [one.name for dataset in logged for one in dataset.assets if one.procedure == procedure.code]
        assets = {name: _asset_id(name) for name in named}
        places = {d.certificate.place for d in logged if d.certificate.place}
        results = [path for dataset in logged for path in _results(dataset)]
        spans = [dataset.certificate.date_of_data_validity for dataset in logged]
        starts, ends = [s.start for s in spans if s.start], [s.end for s in spans if s.end]
        agents = [_party_id(self.contents, d.certificate.provider) for d in logged if d.certificate.provider]
        yield {
            "@id": f"#procedure-{fragment_of(procedure.code)}",
            "@type": "CreateAction",
            "name": f"{self.contents.trial.code} {procedure.code}: {procedure.title}",
            "description": _said(logged, procedure.code) or "Nothing of it is in this package.",
            "agent": _refs(dict.fromkeys(agents)) or {"@id": self._publisher_id()},
            "instrument": _refs(assets.values()),
            "object": _refs(_place_id(place) for place in sorted(places)),
            "startTime": iso_instant(min(starts)) if starts else None,
            "endTime": iso_instant(max(ends)) if ends else None,
            "result": _refs(map(file_id, results)),
            "actionStatus": _DONE if results else _PLANNED,
        }
        for name, identifier in assets.items():
            yield {"@id": identifier, "@type": "IndividualProduct", "name": name, "description": "What was metered"}

    def events(self) -> Iterator[Entity]:
        for number, event in enumerate(self.contents.events, 1):
            yield {
                "@id": f"#event-{number}",
                "@type": "Event",
                "name": event.name,
                "description": f"An event of trial {self.contents.trial.code}",
                "startDate": iso_instant(event.start),
                "endDate": iso_instant(event.end),
                "about": _ref(_asset_id(event.asset) if event.asset else ""),
            }
            if event.asset:
                yield {"@id": _asset_id(event.asset), "@type": "IndividualProduct", "name": event.asset}

    def parties(self) -> Iterator[Entity]:
        catalogue = self.contents.catalogue
        yield {
            "@id": self._publisher_id(),
            "@type": "Organization",
            "name": catalogue.publisher or catalogue.name,
            "url": catalogue.url,
            "contactPoint": _ref(f"mailto:{catalogue.contact}" if catalogue.contact else ""),
        }
        if catalogue.contact:
            yield {
                "@id": f"mailto:{catalogue.contact}",
                "@type": "ContactPoint",
                "name": f"Contact of {catalogue.publisher or catalogue.name}",
                "contactType": "data management",
                "email": catalogue.contact,
            }
        for party in self._providers():
            home = find_iri(party.homepage)
            yield {
                "@id": _party_id(self.contents, party),
                "@type": "Organization",
                "name": party.name,
                "alternateName": party.code,
                "url": home,
            }

    def licences(self) -> Iterator[Entity]:
        for dataset in self.contents.datasets:
            licensing = dataset.certificate.licensing
            name = licensing.title or licensing.code or "No licence has been stated"
            yield {
                "@id": self._licence_id(dataset),
                "@type": "CreativeWork",
                "name": name,
                "identifier": licensing.code,
                "description": f"The licence of data in this package: {name}",
            }
        if self._root_licence() == "#licences":
            yield {
                "@id": "#licences",
                "@type": "CreativeWork",
                "name": "Each dataset has its own licence",
                "description": "The datasets of this package name the licence that they are under, each its own.",
            }

    def software(self) -> Entity:
        name, _, version = self.contents.reader.partition(" ")
        return {
            "@id": "#fairwatt",
            "@type": "SoftwareApplication",
            "name": name or "Fairwatt",
            "version": version,
            "url": self.contents.catalogue.url,
        }

    def _licence_id(self, dataset: PackedDataset) -> str:
        licensing = dataset.certificate.licensing
        return find_iri(licensing.address) or f"#licence-{fragment_of(licensing.code or 'none')}"

    def identifier(self, pid_url: str) -> Entity:
        """The package's permanent identifier, as an entity."""
        return {
            "@id": pid_url,
            "@type": "PropertyValue",
            "name": "Permanent identifier (ARK)",
            "propertyID": "https://registry.identifiers.org/registry/ark",
            "value": pid_url[pid_url.index("ark:") :] if "ark:" in pid_url else pid_url,
            "url": pid_url,
        }

    def statuses(self) -> Iterator[Entity]:
        """What the actions' states are called."""
        for status, name in ((_DONE, "Completed"), (_PLANNED, "Planned")):
            yield {**status, "@type": "ActionStatusType", "name": name}

    def _own_licence(self, dataset: PackedDataset) -> dict[str, str] | None:
        """The licence of a part, where it is not that of the whole, which goes without saying."""
        found = self._licence_id(dataset)
        return None if found == self._root_licence() else {"@id": found}

    def _root_licence(self) -> str:
        found = {self._licence_id(dataset) for dataset in self.contents.datasets}
        return found.pop() if len(found) == 1 else "#licences"

    def _publisher_id(self) -> str:
        return f"{self.contents.catalogue.url}/about/#publisher"

    def _providers(self) -> list[Party]:
        found = {
            d.certificate.provider.name: d.certificate.provider
            for d in self.contents.datasets
            if d.certificate.provider
        }
        return list(found.values())


_ROLES = {
    "original": "A file exactly as it was received",
    "readings": "All readings of the dataset, times in UTC",
    "certificate": "The Data Certificate of the dataset",
    "signature": "The signature of the certificate beside it",
    "import-profile": "How a file was read, to read it so again",
    "findings": "What was noticed when the files were read",
    "channels": "The data dictionary: what each column of the readings is",
    "events": "The events of the trial",
    "description": "What this package holds, for people",
}


def file_id(path: str) -> str:
    """A file of the crate by its path, as an identifier."""
    return quote(path)


def folder_id(folder: str) -> str:
    """A folder of the crate, as an identifier."""
    return f"{quote(folder)}/"


def _results(dataset: PackedDataset) -> list[str]:
    originals = [file.path for file in dataset.files]
    return originals or ([dataset.readings.path] if dataset.readings else [])


def _said(datasets: Iterable[PackedDataset], procedure: str) -> str:
    """The answers of a procedure's steps, in a line."""
    told = [
        f"{detail.label} {detail.value}{' ' * bool(detail.unit)}{detail.unit}"
        for dataset in datasets
        for detail in dataset.certificate.details
        if detail.procedure == procedure and detail.value
    ]
    return "; ".join(dict.fromkeys(told))


def _party_id(contents: PackageContents, party: Party) -> str:
    return (
        find_iri(party.homepage)
        or f"{contents.catalogue.url}/about/#organisation-{fragment_of(party.code or party.name)}"
    )


def _asset_id(name: str) -> str:
    return f"#asset-{fragment_of(name)}"


def _place_id(name: str) -> str:
    return f"#place-{fragment_of(name)}" if name.strip() else ""


def _ref(identifier: str) -> dict[str, str] | None:
    return {"@id": identifier} if identifier else None


def _single(entity: Entity) -> Entity:
    """An entity with lists of one written as the one, as the specification would have it."""
    return {name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in entity.items()}


def _refs(identifiers: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": one} for one in identifiers if one]
