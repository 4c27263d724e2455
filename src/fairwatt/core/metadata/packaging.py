"""From what a trial's package is made of to its files: those that are written here, and where the data go.

The same contents under the same name are the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from fairwatt.core.metadata.certificate import Certificate, Validity, canonical_json
from fairwatt.core.metadata.event_files import EventValues, write_events
from fairwatt.core.metadata.package_certificate import (
    CERTIFICATE_PATH,
    KEYS_PATH,
    SIGNATURE_PATH,
    PackageCertificate,
    PackagedDataset,
    PackageMember,
    Role,
    canonical_package_json,
    lowest_level,
)
from fairwatt.core.metadata.package_contents import (
    PackageContents,
    PackedDataset,
    write_channels,
    write_findings,
)
from fairwatt.core.metadata.package_pages import write_certificate_page, write_readme
from fairwatt.core.metadata.schema_org import to_schema_org
from fairwatt.core.metadata.trial_crate import METADATA, to_trial_crate
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords

README = "README.html"
EVENTS = "events.csv"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a package is called, when it was made first, and on whose behalf."""

    pid: str
    pid_url: str
    at: datetime
    issued_by: str


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is written here."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Package:
    """A package before its data are put in: its certificate, and the written files before the data.

    ``data`` are the certified members that are fetched: files as received and readings, in their order.
    """

    certificate: PackageCertificate
    jws: str
    written: tuple[Written, ...]
    data: tuple[PackageMember, ...]


def write_package(
    contents: PackageContents,
    identity: Identity,
    *,
    sign: Callable[[str], str],
    words: AudienceWords = PLAIN_WORDS,
) -> Package:
    """Write everything of a package but its data.

    Parameters
    ----------
    sign
        Makes the detached JWS of the certificate's canonical JSON.
    """
    small = [
        *_common(contents),
        *(one for dataset in contents.datasets for one in _of_dataset(dataset, identity, words)),
    ]
    data = [member for dataset in contents.datasets for member in _data_of(dataset)]
    members = [*(_member(*one) for one in small), *data]
    pid, pid_url, at = identity.pid, identity.pid_url, identity.at
    readme = write_readme(contents, members, pid=pid, pid_url=pid_url, at=at)
    members = [_member(Written(README, readme.encode()), "description", ""), *members]
    crate = _json(to_trial_crate(contents, members, pid_url=pid_url, at=at))
    head = [Written(README, readme.encode()), Written(METADATA, crate.encode())]
    members = [members[0], _member(head[1], "description", ""), *members[1:]]
    certificate = _certify(contents, members, identity)
    text = canonical_package_json(certificate)
    jws = sign(text)
    papers = [
        Written(CERTIFICATE_PATH, text.encode()),
        Written(SIGNATURE_PATH, jws.encode()),
        Written(KEYS_PATH, contents.keys.encode()),
    ]
    return Package(certificate, jws, (*head, *papers, *(one for one, _, _ in small)), tuple(data))


def _common(contents: PackageContents) -> Iterator[tuple[Written, Role, str]]:
    if contents.events:
        events = (EventValues(one.name, one.start, one.end, one.asset) for one in contents.events)
        yield Written(EVENTS, write_events(events).encode()), "events", ""


def _of_dataset(
    dataset: PackedDataset, identity: Identity, words: AudienceWords
) -> Iterator[tuple[Written, Role, str]]:
    pid, folder = dataset.certificate.pid, dataset.folder
    schema_org = _json(to_schema_org(dataset.standing, at=identity.at, words=words))
    page = write_certificate_page(dataset.standing, access=dataset.access)
    texts: list[tuple[str, str, Role]] = [
        ("certificate.json", canonical_json(dataset.certificate), "certificate"),
        ("certificate.jws", dataset.jws, "signature"),
        ("certificate.html", page, "certificate"),
        ("certificate.jsonld", schema_org, "certificate"),
        ("channels.csv", write_channels(dataset) if dataset.certificate.channels else "", "channels"),
        ("findings.csv", write_findings(dataset) if dataset.findings else "", "findings"),
    ]
    for name, text, role in texts:
        if text:
            yield Written(f"{folder}/{name}", text.encode()), role, pid
    for profile in dataset.profiles:
        yield Written(profile.path, profile.text.encode()), "import-profile", pid


def _data_of(dataset: PackedDataset) -> Iterator[PackageMember]:
    pid = dataset.certificate.pid
    for file in dataset.files:
        yield PackageMember(path=file.path, size=file.size, sha256=file.sha256, role="original", dataset=pid)
    if (readings := dataset.readings) is not None:
        yield PackageMember(
            path=readings.path, size=readings.size, sha256=readings.sha256, role="readings", dataset=pid
        )


def _member(written: Written, role: Role, dataset: str) -> PackageMember:
    digest = sha256(written.content).hexdigest()
    return PackageMember(path=written.path, size=len(written.content), sha256=digest, role=role, dataset=dataset)


def _certify(contents: PackageContents, members: list[PackageMember], identity: Identity) -> PackageCertificate:
    certificates = [dataset.certificate for dataset in contents.datasets]
    with_data = [dataset.certificate for dataset in contents.datasets if dataset.has_data]
    trial = contents.trial
    return PackageCertificate(
        pid=identity.pid,
        pid_url=identity.pid_url,
        url=contents.url,
        title=f"Data package of trial {trial.code}: {trial.title}",
        description=contents.summary,
        trial=trial,
        procedures=contents.procedures,
        events=contents.events,
        audience=contents.audience,
        access=contents.access,
        level_of_provenancing=lowest_level(one.level_of_provenancing for one in with_data),
        date_of_data_validity=_validity(with_data),
        providers=tuple({one.provider.name: one.provider for one in certificates if one.provider}.values()),
        datasets=tuple(map(_packaged, contents.datasets)),
        members=tuple(members),
        left_out=contents.left_out,
        catalogue=contents.catalogue,
        time_zone=contents.time_zone,
        issued_at=identity.at,
        issued_by=identity.issued_by,
    )


def _packaged(dataset: PackedDataset) -> PackagedDataset:
    certificate = dataset.certificate
    return PackagedDataset(
        pid=certificate.pid,
        pid_url=certificate.pid_url,
        title=certificate.title,
        version=certificate.version.number,
        certificate_sha256=certificate.checksum,
        licence=certificate.licensing.code,
        access=dataset.access,
        level=certificate.level_of_provenancing.level,
        procedures=tuple(procedure.code for procedure in certificate.procedures),
        has_data=dataset.has_data,
    )


def _validity(certificates: list[Certificate]) -> Validity:
    spans = [one.date_of_data_validity for one in certificates if one.date_of_data_validity.is_known]
    starts, ends = [span.start for span in spans if span.start], [span.end for span in spans if span.end]
    return Validity(start=min(starts, default=None), end=max(ends, default=None))


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
