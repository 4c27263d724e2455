"""A trial's data package: everything of it that the asker may have, certified, as one zip that can be resumed.

What is in it follows from who asks and when; the same contents are the same package, byte for byte, so that a download
goes on where it stopped, and goes on only while its asker may still have all of it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NoReturn

from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects

from fairwatt.core.errors import DamagedData, NotAllowed, NotFound, NotSignedIn, Overloaded
from fairwatt.core.files.profile import ImportProfile
from fairwatt.core.files.profile_text import write_toml
from fairwatt.core.identifiers import ark_of, new_key
from fairwatt.core.metadata import ProcedureEntry, TrialEntry
from fairwatt.core.metadata.certificate import FindingEntry
from fairwatt.core.metadata.package_certificate import (
    PackageCertificate,
    TrialWindow,
    canonical_package_json,
    parse_package_certificate,
)
from fairwatt.core.metadata.package_contents import (
    PackageContents,
    PackedAsset,
    PackedDataset,
    PackedFile,
    PackedProfile,
    PackedReadings,
)
from fairwatt.core.metadata.packaging import Identity, Package, write_package
from fairwatt.core.metadata.signing import sign_text, to_jwks
from fairwatt.lake.stored_zip import Read, Stored, StoredZip
from fairwatt.records.models import Dataset, Trial, TrialPackage
from fairwatt.services.access import (
    describe_access,
    visible_datasets,
)
from fairwatt.services.actors import Actor
from fairwatt.services.assets import find_assets
from fairwatt.services.audit import has_event, record_event
from fairwatt.services.byte_sums import Bytes, ExportBytes, find_sums, forget_sums, sum_up
from fairwatt.services.file_looks import READER
from fairwatt.services.jobs import JobContext, register
from fairwatt.services.links import absolute
from fairwatt.services.package_orders import PREPARE, order_preparing
from fairwatt.services.package_parts import (
    PackagePart,
    audience_of,
    look_at_parts,
    may_still_have,
    refuse_held,
    refuse_nothing,
    tell_withdrawn,
)
from fairwatt.services.projects import get_project, own_catalogue
from fairwatt.services.signing import Signer, list_keys
from fairwatt.services.trial_events import find_trial
from fairwatt.services.trials import trial_path
from fairwatt.services.upkeep import damage_named

DOWNLOADED = "trial.package_downloaded"
_AT_ONCE_BYTES = 128 << 20  # of files as received that are summed while the asker waits: about a second
_AT_ONCE_ROWS = 500_000  # of readings that are written as Parquet meanwhile
_RETRY_S = 15
_ASKED_EVERY = 64 << 20  # bytes that are sent of a dataset before its rights are asked about again
_ONE_DOWNLOAD = timedelta(days=1)  # a download in ranges may take so long and still be one event


@dataclass(frozen=True, slots=True)
class HandedPackage:
    """A package on its way out: the zip, and what to tell the receiver. ``etag`` is of these bytes alone."""

    zip: StoredZip
    filename: str
    etag: str
    row: TrialPackage


def hand_out_package(
    *, actor: Actor, code: str, at: datetime, key: str = "", is_first: bool = True, is_download: bool = True
) -> HandedPackage:
    """Lay out the package of a trial for the asker, and write the download to the audit log.

    Parameters
    ----------
    key
        Of the one package that is wanted; "" for whatever the asker may have now.
    is_first
        False for what looks like the further ranges of a download: they are no events of their own where the log has
        that download, by the same asker within a day.
    is_download
        False for a question about the headers alone (HEAD): that is no event of the log.

    Raises
    ------
    NotFound
        Where there is no such trial, or nothing of it is published that the asker may know of; where what they may
        have now is another package than the one wanted.
    NotSignedIn, NotAllowed
        Where there are data, and the asker may have none, or not all of the package that is wanted.
    Overloaded
        Where a worker still prepares it, with how far it is.
    DamagedData
        Where a stored file of it is not what was put there.
    """
    trial = find_trial(code)
    parts, withdrawn = look_at_parts(trial, actor, at)
    refuse_nothing(actor, trial, parts)
    _require_summed(trial, parts, at=at)
    contents = _contents(trial, parts, withdrawn, at=at)
    row, package = _find_or_make(trial, contents, parts, withdrawn, at=at)
    if key and row.key != key:
        _refuse_another(actor, code, key, at)
    made = _lay_out(package, parts, lambda part: may_still_have(part.row, actor=actor, at=at))
    if is_download:
        _record_download(actor, trial, row, at=at, is_first=is_first)
    # rights are in the contents: who may have something else is given another package, with another tag
    return HandedPackage(made, f"{trial.code}-{row.key}.zip", f'"{row.key}-{made.layout_sha256[:32]}"', row)


def _refuse_another(actor: Actor, code: str, key: str, at: datetime) -> NoReturn:
    """Refuse a package that is not what the asker may have now: as one for others, or as one that is past."""
    refuse_held(actor, *get_package(actor=actor, code=code, key=key), at)
    raise NotFound(
        "What you may have of this trial now is another package.",
        where={"package": key},
        next_step="Download it anew from the trial’s page; parts of two packages don’t go together.",
    )


def is_offered(row: TrialPackage, certificate: PackageCertificate, *, actor: Actor, at: datetime) -> bool:
    """Whether the asker gets a package under its address, or is told there that it is for others."""
    try:
        refuse_held(actor, row, certificate, at)
    except (NotSignedIn, NotAllowed):
        return True
    parts, withdrawn = look_at_parts(row.trial, actor, at)
    names = {source.name for part in parts for source in part.sources}
    if names - set(find_sums(source for part in parts for source in part.sources)):
        return False  # what was never summed is in no package yet
    contents, found = _contents(row.trial, parts, withdrawn, at=at), None
    while (made := TrialPackage.objects.filter(trial=row.trial, contents=contents.digest).first()) is not None:
        contents, found = contents.model_copy(update={"revision": contents.revision + 1}), made
    return found == row


def get_package(*, actor: Actor, code: str, key: str) -> tuple[TrialPackage, PackageCertificate]:
    """The certificate of a package, for those who may know of every dataset in it.

    Raises
    ------
    NotFound
        Where there is none, or the asker may not know of all that is in it.
    """
    row, certificate = find_package(actor=actor, key=key)
    if row.trial.code.lower() != code.lower():
        raise _no_such_package(key)
    return row, certificate


def find_package(*, actor: Actor, key: str) -> tuple[TrialPackage, PackageCertificate]:
    """The certificate of the package with this key, whichever trial's it is.

    Raises
    ------
    NotFound
        As :func:`get_package` does.
    """
    row = TrialPackage.objects.select_related("trial").filter(key=key).first()
    if row is None or row.datasets.exclude(pk__in=visible_datasets(actor).values("pk")).exists():
        raise _no_such_package(key)
    return row, parse_package_certificate(row.certificate)


def _no_such_package(key: str) -> NotFound:
    return NotFound("There is no such package.", where={"package": key}, next_step="Look on the trial’s page.")


def find_package_path(*, actor: Actor, key: str) -> str:
    """The page of the package of this key; "" where there is none that the asker may know of."""
    try:
        row, _ = find_package(actor=actor, key=key)
    except NotFound:
        return ""
    return package_path(row.trial.code, key)


def package_path(code: str, key: str) -> str:
    """The page of a package."""
    return f"{trial_path(code)}packages/{key}/"


# --- preparing it --------------------------------------------------------------------------------------------


def _require_summed(trial: Trial, parts: Sequence[PackagePart], *, at: datetime) -> None:
    """Have the sums of all that goes in; what takes long is a worker's to find."""
    known = find_sums(source for part in parts for source in part.sources)
    missing = [(part, source) for part in parts for source in part.sources if source.name not in known]
    weight = sum(file.size for part in parts for _, file, source in part.originals if source.name not in known)
    rows = sum(part.row.rows_total for part, source in missing if isinstance(source, ExportBytes))
    if weight <= _AT_ONCE_BYTES and rows <= _AT_ONCE_ROWS:
        for _, source in missing:
            sum_up(source, at=at)
        return
    job = order_preparing(trial, at=at)
    raise Overloaded(
        f"The package is being prepared ({job.progress:.0%} done): each file is read once for its checksum.",
        retry_after_s=_RETRY_S,
        next_step="Ask again in a moment; it is quick from then on.",
    )


@register(PREPARE)
def carry_out(context: JobContext) -> None:
    """Find the sums of all that packages of a trial may hold; done again it finds what it has done.

    What is damaged is told at the end: packages without it can be made.
    """
    trial = Trial.objects.filter(code=context.payload["trial"]).first()
    if trial is None:
        return
    parts, _ = look_at_parts(trial, Actor.system(), context.clock())
    sources = [(part.row, source) for part in parts for source in part.sources]
    damage: DamagedData | None = None
    for place, (row, source) in enumerate(sources):
        context.progress(place / len(sources), "Reading what goes into the package")
        try:
            with damage_named(row):
                sum_up(source, at=context.clock())
        except DamagedData as error:
            damage = damage or error
    _forget_gone(trial, [source for _, source in sources], at=context.clock())
    if damage is not None:
        raise damage


def _forget_gone(trial: Trial, summed: Sequence[Bytes], *, at: datetime) -> None:
    """Drop the sums of what was erased, or became another, while it was read."""
    parts, _ = look_at_parts(trial, Actor.system(), at)
    there = {source.name for part in parts for source in part.sources}
    forget_sums(source for source in summed if source.name not in there)


# --- the package ---------------------------------------------------------------------------------------------


def _contents(
    trial: Trial, parts: Sequence[PackagePart], withdrawn: Sequence[Dataset], *, at: datetime
) -> PackageContents:
    project = get_project()
    audience, access = audience_of(parts, at)
    return PackageContents(
        trial=TrialEntry(code=trial.code, title=trial.title),
        summary=trial.summary,
        url=absolute(trial_path(trial.code)),
        procedures=tuple(
            ProcedureEntry(code=procedure.code, title=procedure.title)
            for procedure in trial.procedures.filter(in_project_file=True)
        ),
        events=tuple(
            TrialWindow(name=event.name, start=event.starts_at, end=event.ends_at, asset=event.asset)
            for event in trial.events.all()
        ),
        datasets=tuple(_packed(parts, at)),
        left_out=(*(one for part in parts for one in part.left_out), *tell_withdrawn(withdrawn)),
        audience=audience,
        access=access,
        keys=_keys(),
        catalogue=own_catalogue(),
        reader=READER,
        time_zone=project.time_zone,
    )


def _keys() -> str:
    return json.dumps(to_jwks(list_keys()), indent=2) + "\n"


def _packed(parts: Sequence[PackagePart], at: datetime) -> Iterator[PackedDataset]:
    known = find_sums(source for part in parts for source in part.sources)
    allowed = [part.row for part in parts if part.decision.allowed]
    prefetch_related_objects(allowed, "files__findings")
    for part in parts:
        readings = known[part.readings.name] if part.readings else None
        yield PackedDataset(
            folder=part.folder,
            certificate=part.certificate,
            jws=part.jws,
            standing=part.standing,
            access=describe_access(part.row, at).sentence,
            assets=tuple(_assets(part)),
            has_data=part.decision.allowed,
            files=tuple(
                PackedFile(
                    path=path,
                    pid=ark_of(get_project().identifiers.naan, file.key),
                    size=known[source.name].size,
                    sha256=source.sha256,
                )
                for path, file, source in part.originals
            ),
            readings=PackedReadings(path=f"{part.folder}/readings.parquet", size=readings.size, sha256=readings.sha256)
            if readings
            else None,
            profiles=tuple(_profiles(part)) if part.decision.allowed else (),
            findings=tuple(_findings(part)) if part.decision.allowed else (),
        )


def _assets(part: PackagePart) -> Iterator[PackedAsset]:
    """What was metered, as far as the certificate says it."""
    said = {(detail.procedure, detail.value) for detail in part.certificate.details}
    for procedure, name in find_assets(part.row):
        if (procedure, name) in said:
            yield PackedAsset(procedure=procedure, name=name)


def _profiles(part: PackagePart) -> Iterator[PackedProfile]:
    """The import profiles of a dataset's files, each once."""
    seen: set[str] = set()
    for file in part.row.files.all():
        if not file.profile or file.erased_at is not None:
            continue
        profile = ImportProfile.model_validate(file.profile)
        if profile.digest not in seen:
            seen.add(profile.digest)
            yield PackedProfile(path=f"{part.folder}/profiles/{file.key}.toml", text=write_toml(profile))


def _findings(part: PackagePart) -> Iterator[FindingEntry]:
    for file in part.row.files.all():
        for one in file.findings.all():
            yield FindingEntry(
                code=one.code, severity=one.severity, count=one.count, files=(file.name,), message=one.message
            )


def _find_or_make(
    trial: Trial, contents: PackageContents, parts: Sequence[PackagePart], withdrawn: Sequence[Dataset], *, at: datetime
) -> tuple[TrialPackage, Package]:
    """The package of these contents: made the first time anybody asks for them, the same ever after."""
    digest = contents.digest
    row = TrialPackage.objects.filter(trial=trial, contents=digest).first()
    if row is None:
        try:
            return _make(trial, contents, parts, withdrawn, at=at)
        except IntegrityError:  # somebody asked for just these at the same moment
            row = TrialPackage.objects.get(trial=trial, contents=digest)
    package = _write(contents, row.key, row.made_at, sign=row.signature)
    if package.certificate.checksum == row.digest:
        return row, package
    if parse_package_certificate(row.certificate).checksum != row.digest:
        raise DamagedData(
            "The package is not what was certified.",
            where={"package": row.key},
            next_step="Tell the data manager: its record was altered.",
        )
    # the record is whole, so it is the program that writes otherwise since: that is another package
    later = contents.model_copy(update={"revision": contents.revision + 1})
    return _find_or_make(trial, later, parts, withdrawn, at=at)


def _make(
    trial: Trial, contents: PackageContents, parts: Sequence[PackagePart], withdrawn: Sequence[Dataset], *, at: datetime
) -> tuple[TrialPackage, Package]:
    signer = Signer.open(at=at)
    contents = contents.model_copy(update={"keys": _keys()})  # which it may have published just now
    digest = contents.digest
    key = new_key(secrets.token_bytes(16), naan=get_project().identifiers.naan)
    unsigned = _write(contents, key, at, sign="")
    jws = sign_text(canonical_package_json(unsigned.certificate), signer.private, kid=signer.kid, at=at)
    package = _write(contents, key, at, sign=jws)
    with transaction.atomic():
        row = TrialPackage.objects.create(
            trial=trial,
            key=key,
            contents=digest,
            certificate=package.certificate.model_dump(mode="json"),
            digest=package.certificate.checksum,
            signature=jws,
            size=_lay_out(package, parts, lambda _part: None).size,
            made_at=at,
        )
        row.datasets.set([*(part.row for part in parts), *withdrawn])  # all that it names
        detail = {"trial": trial.code, "digest": row.digest, "files": len(package.certificate.members)}
        record_event(actor=Actor.system(), verb="package.certified", subject=row, at=at, detail=detail)
    return row, package


def _write(contents: PackageContents, key: str, at: datetime, *, sign: str) -> Package:
    pid = ark_of(get_project().identifiers.naan, key)
    identity = Identity(pid, absolute(f"/{pid}"), at, contents.catalogue.publisher or contents.catalogue.name)
    return write_package(contents, identity, sign=lambda _text: sign, words=get_project().audiences.words)


def _lay_out(package: Package, parts: Sequence[PackagePart], ask: Callable[[PackagePart], None]) -> StoredZip:
    """Lay out a package; ``ask`` raises where what it is asked about may not be had any more, while it is sent."""
    sources: dict[str, tuple[PackagePart, Bytes]] = {
        path: (part, source) for part in parts for path, _, source in part.originals
    }
    sources |= {f"{part.folder}/readings.parquet": (part, part.readings) for part in parts if part.readings}
    known = find_sums(source for _, source in sources.values())
    members = [Stored.of_bytes(one.path, one.content) for one in package.written]
    members += [Stored.folder(folder) for folder in ("datasets", *(part.folder for part in parts))]
    for member in package.data:
        part, source = sources[member.path]
        found = known[source.name]
        members.append(Stored(member.path, found.size, found.crc32, _asking(source, partial(ask, part))))
    return StoredZip(members, at=package.certificate.issued_at)


def _asking(source: Bytes, ask: Callable[[], None]) -> Read:
    """Read bytes, and ask before the first of them and from time to time: a large package is sent for hours."""

    def read(start: int, end: int) -> Iterator[bytes]:
        ask()
        since = 0
        for piece in source.read(start, end):
            since += len(piece)
            if since > _ASKED_EVERY:
                ask()
                since = 0
            yield piece

    return read


def _record_download(actor: Actor, trial: Trial, row: TrialPackage, *, at: datetime, is_first: bool) -> None:
    detail = {"package": row.key, "digest": row.digest}
    known = has_event(actor=actor, verb=DOWNLOADED, subject=trial, since=at - _ONE_DOWNLOAD, detail=detail)
    if is_first or not known:
        record_event(actor=actor, verb=DOWNLOADED, subject=trial, at=at, detail=detail)
