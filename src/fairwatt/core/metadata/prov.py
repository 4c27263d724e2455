"""How the data came about, as W3C's PROV-O: raw files by checksum, the import profile, who read and logged them."""

from __future__ import annotations

from collections.abc import Iterable

from fairwatt.core.metadata.addresses import address_of, find_previous, page_of, urn_of
from fairwatt.core.metadata.certificate import Certificate, FileEntry, Part
from fairwatt.core.metadata.making import Making
from fairwatt.core.metadata.rdf import Iri, Node, find_iri, node, text, typed
from fairwatt.core.metadata.saying import PACKED


def provenance_of(certificate: Certificate, providers: list[Node]) -> dict[str, list[Node | Iri]]:
    """What is said of a dataset's origin: the activities that made it, the bytes it comes from, its predecessor."""
    previous, provider = find_previous(certificate), providers[0] if providers else None
    raw = list(_raw_files(certificate.files))
    making = certificate.making
    made_from = _sources(making) if making else [_held(part) for part in certificate.parts]
    derived: list[Node | Iri] = [*made_from] or [found.iri for found in raw if found.iri]
    return {
        "prov:wasGeneratedBy": [_activity(certificate, made_from, provider, raw)],
        "prov:wasDerivedFrom": derived,
        "prov:wasAttributedTo": [*providers],
        "prov:wasRevisionOf": [Iri(address_of(certificate, previous.pid))] if previous else [],
        "prov:hadPrimarySource": [found] if (found := find_iri(certificate.data_provenance.source)) else [],
    }


def _activity(certificate: Certificate, made_from: list[Node], provider: Node | None, raw: list[Node]) -> Node:
    if certificate.making is not None:
        return _making(certificate, certificate.making, made_from, provider)
    if certificate.kind == "package":
        return _packing(certificate, made_from)
    return _reading(certificate, provider, raw)


def _raw_files(files: Iterable[FileEntry]) -> Iterable[Node]:
    for file in files:
        if file.sha256:
            yield node(
                urn_of(file.sha256),
                "prov:Entity",
                {"rdfs:label": text(file.name), "prov:atLocation": find_iri(file.download_url)},
            )


def _sources(making: Making) -> list[Node]:
    """The versions that a result was made of, and the readings that are certified of each, by their hash."""
    return [
        node(
            source.pid_url or source.pid,
            "prov:Entity",
            {
                "rdfs:label": text(source.title),
                "prov:hadMember": node(
                    urn_of(source.readings_sha256), "prov:Entity", {"rdfs:label": text(f"Readings of {source.title}")}
                ),
            },
        )
        for source in making.made_from
    ]


def _held(part: Part) -> Node:
    return node(part.pid_url, "prov:Entity", {"rdfs:label": text(part.title)})


def _packing(certificate: Certificate, parts: list[Node]) -> Node:
    """The putting together of a package, of the datasets that it holds."""
    return node(
        f"{page_of(certificate)}#packing",
        "prov:Activity",
        {"rdfs:label": text(PACKED), "prov:used": parts, "prov:endedAtTime": typed(certificate.issued_at)},
    )


def _making(certificate: Certificate, making: Making, made_from: list[Node], provider: Node | None) -> Node:
    """The making of the data by a recipe, which is the plan of it."""
    recipe = node(
        urn_of(making.recipe_sha256),
        ["prov:Entity", "prov:Plan"],
        {"rdfs:label": text(f"Recipe “{making.recipe_name}”"), "prov:atLocation": find_iri(making.recipe_url)},
    )
    program = node(None, ["prov:Agent", "prov:SoftwareAgent"], {"rdfs:label": making.program})
    return node(
        f"{page_of(certificate)}#making",
        "prov:Activity",
        {
            "rdfs:label": text(making.sentence),
            "dct:description": text(certificate.data_provenance.quality),
            "prov:used": [*made_from, recipe],
            "prov:endedAtTime": typed(making.made_at),
            "prov:wasAssociatedWith": [provider, program if making.program else None],
            "prov:qualifiedAssociation": [_association(program, recipe)] if making.program else [],
        },
    )


def _reading(certificate: Certificate, provider: Node | None, raw: list[Node]) -> Node:
    """The reading of the raw files, by the profiles and the program that did it."""
    provenance = certificate.data_provenance
    plans = list(_plans(certificate.files))
    reader = node(None, ["prov:Agent", "prov:SoftwareAgent"], {"rdfs:label": provenance.reader})
    return node(
        f"{page_of(certificate)}#reading",
        "prov:Activity",
        {
            "rdfs:label": text("Reading of the files" if raw else "Logging"),
            "dct:description": text(provenance.quality),
            "prov:used": [*raw, *plans],
            "prov:endedAtTime": typed(provenance.logged_at),
            "prov:wasAssociatedWith": [provider, reader if provenance.reader else None],
            "prov:qualifiedAssociation": [_association(reader, plan) for plan in plans] if provenance.reader else [],
            "prov:wasInformedBy": list(_procedures(certificate, provider)),
        },
    )


def _association(reader: Node, plan: Node) -> Node:
    return node(None, "prov:Association", {"prov:agent": reader, "prov:hadPlan": plan})


def _plans(files: Iterable[FileEntry]) -> Iterable[Node]:
    """The import profiles, each once."""
    known = {file.import_profile: file for file in files if file.import_profile}
    for digest, file in known.items():
        name = f"Import profile “{file.import_profile_name}”" if file.import_profile_name else "Import profile"
        yield node(
            urn_of(digest),
            ["prov:Entity", "prov:Plan"],
            {"rdfs:label": text(name), "prov:atLocation": find_iri(file.import_profile_url)},
        )


def _procedures(certificate: Certificate, provider: Node | None) -> Iterable[Node]:
    """The procedures of the trial in which the data were logged."""
    trial = certificate.trial
    for procedure in certificate.procedures:
        label = f"{trial.code} {procedure.code}: {procedure.title}" if trial else f"{procedure.code}: {procedure.title}"
        yield node(
            f"{page_of(certificate)}#procedure-{procedure.code}",
            "prov:Activity",
            {"rdfs:label": text(label), "prov:wasAssociatedWith": [provider]},
        )
