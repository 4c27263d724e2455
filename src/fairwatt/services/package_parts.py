"""What of a trial somebody may have for a package, and where its bytes come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

from django.db.models import Prefetch

from fairwatt.core.errors import Gone, NotAllowed, NotFound, NotSignedIn
from fairwatt.core.metadata import Audience, Certificate, parse_certificate
from fairwatt.core.metadata.package_certificate import LeftOut, PackageAudience, PackageCertificate
from fairwatt.lake.made import Export
from fairwatt.records.models import Dataset, DatasetVersion, File, Trial, TrialPackage
from fairwatt.services.access import (
    Decision,
    Standing,
    asking_once,
    decide_data,
    decide_many,
    find_standing,
    terms_of,
    visible_datasets,
    withheld_originals,
)
from fairwatt.services.actors import Actor
from fairwatt.services.byte_sums import Bytes, ExportBytes, RawBytes
from fairwatt.services.lakes import get_lake
from fairwatt.services.package_losses import name_of
from fairwatt.services.projects import get_project
from fairwatt.services.signing import find_signature
from fairwatt.services.standing import as_it_stands, find_losses


@dataclass(slots=True)
class PackagePart:
    """A dataset of the trial, looked at for one asker: what of it goes into the package, and from where."""

    row: Dataset
    certificate: Certificate
    standing: Certificate
    jws: str
    version: DatasetVersion
    decision: Decision
    is_owner_only: bool = False
    originals: list[tuple[str, File, RawBytes]] = field(default_factory=list)
    readings: ExportBytes | None = None
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def folder(self) -> str:
        """Its folder in the package."""
        return f"datasets/{self.row.key}"

    @property
    def sources(self) -> list[Bytes]:
        """Where its data come from, the files as received first."""
        return [*(source for _, _, source in self.originals), *([self.readings] if self.readings else [])]


@asking_once()
def look_at_parts(trial: Trial, actor: Actor, at: datetime) -> tuple[list[PackagePart], list[Dataset]]:
    """Look at all datasets of a trial that the asker may know of: what of each they may have, and those withdrawn."""
    rows = list(
        visible_datasets(actor)
        .filter(trial=trial)
        .select_related("provider")
        .prefetch_related(
            "release_rules",
            "procedures",
            "channels",
            Prefetch("files", File.objects.defer("sample", "inspected", "questions", "certificate")),
        )
        .order_by("key")
    )
    latest = _latest_versions(rows)
    decisions, losses = decide_many(actor=actor, datasets=rows, at=at), find_losses(rows)
    parts: list[PackagePart] = []
    withdrawn: list[Dataset] = []
    for row in rows:
        version = latest.get(row.pk)
        if row.state != Dataset.State.PUBLISHED or version is None:
            # a draft is named in no package: whoever is given that on may not know of it
            if row.state == Dataset.State.WITHDRAWN and not row.metadata_withheld:
                withdrawn.append(row)
            continue
        certified, decision = parse_certificate(version.certificate), decisions[row.pk]
        certificate = certified if decision.allowed or not certified.tells_values else certified.without_values()
        jws = find_signature(certificate, version.signatures)
        now = as_it_stands(certificate, row, loss=losses[row.pk])
        part = PackagePart(row, certificate, now, jws, version, decision)
        parts.append(part)
        if not decision.allowed:
            why = f"{decision.reason} {decision.how}".strip()
            part.left_out.append(LeftOut(what=f"Data of {row.title}", why=why, pid=certificate.pid))
    _fill([part for part in parts if part.decision.allowed], find_standing(actor), at)
    return parts, withdrawn


def tell_withdrawn(rows: Sequence[Dataset]) -> list[LeftOut]:
    """Name the datasets that a package has nothing of since they were withdrawn."""
    return [LeftOut(what=row.title, why=f"It was withdrawn. {row.withdrawal_reason}".strip()) for row in rows]


def _latest_versions(rows: Sequence[Dataset]) -> dict[int, DatasetVersion]:
    found = DatasetVersion.objects.filter(dataset__in=rows).order_by("number")
    newest = dict(found.values_list("dataset_id", "pk"))
    return {version.dataset_id: version for version in DatasetVersion.objects.filter(pk__in=newest.values())}


def _fill(parts: Sequence[PackagePart], standing: Standing, at: datetime) -> None:
    """Note which originals and readings the asker may have of datasets whose data they may have."""
    files = [file for part in parts for file in part.row.files.all()]
    withheld = withheld_originals(files)
    for part in parts:
        terms = terms_of(part.row)
        part.is_owner_only = not any(terms.is_available(audience, at=at) for audience in Audience)
        certified = {entry.pid.rsplit("/", 1)[-1]: entry for entry in part.certificate.files}
        paths: set[str] = set()
        for file in part.row.files.all():
            if file.key not in certified:
                continue
            refusal = None if standing.owns(part.row) else withheld.get(file.pk)
            if why := _why_not(file, refusal):
                part.left_out.append(
                    LeftOut(what=f"{file.name} of {part.row.title}", why=why, pid=certified[file.key].pid)
                )
                continue
            part.is_owner_only = part.is_owner_only or file.pk in withheld
            part.originals.append((_path_of(part, file, paths), file, RawBytes(file.sha256)))
        part.readings = _readings_of(part)


def _why_not(file: File, refusal: NotAllowed | None) -> str:
    if file.erased_at is not None or file.original_erased_at is not None:
        return "It was erased, for good."
    if not file.sha256:
        return "It came reading by reading: there is no file as it was sent. Its readings are here."
    return refusal.message if refusal is not None else ""


def _path_of(part: PackagePart, file: File, taken: set[str]) -> str:
    """Where a file goes: under its own name, beside others of that name in a folder of its own."""
    name = file.name.replace("/", "_").replace("\\", "_").strip() or file.key
    name = file.key if name in {".", ".."} else name
    path = f"{part.folder}/original/{name}"
    if path.casefold() in taken:
        path = f"{part.folder}/original/{file.key}/{name}"
    taken.add(path.casefold())
    return path


def _readings_of(part: PackagePart) -> ExportBytes | None:
    """The readings of a dataset as they were published; as they are, where parts were erased since."""
    if not part.standing.offers_readings or not part.row.readings_total:
        return None
    version = part.version.lake_version
    if part.standing.erasure is not None:
        version = None
    try:
        return ExportBytes(_export(part, version))
    except (Gone, NotFound):
        return ExportBytes(_export(part, None))


def _export(part: PackagePart, version: int | None) -> Export:
    lake, table = get_lake(), part.row.table
    fields = [channel.field for channel in part.certificate.channels]
    if version is None:
        held = lake.fields(table)
        fields = [name for name in fields if name in held]
    return lake.export(table, format="parquet", fields=fields, version=version)


def refuse_nothing(actor: Actor, trial: Trial, parts: Sequence[PackagePart]) -> None:
    """Refuse whoever may have nothing of a trial: NotFound, NotSignedIn or NotAllowed."""
    if not parts:
        raise NotFound(
            f"Nothing of trial {trial.code} is published yet.",
            where={"trial": trial.code},
            next_step="Its page says what is still missing.",
        )
    if any(part.decision.allowed for part in parts):
        return
    _refuse(actor, [part.decision for part in parts], "data of this trial", {"trial": trial.code})


def refuse_held(actor: Actor, row: TrialPackage, certificate: PackageCertificate, at: datetime) -> None:
    """Refuse whoever may not have all data that a package holds: NotSignedIn or NotAllowed."""
    held = {name_of(one.pid) for one in certificate.datasets if one.has_data}
    decisions = decide_many(actor=actor, datasets=row.datasets.filter(key__in=held).order_by("key"), at=at).values()
    if refused := [decision for decision in decisions if not decision.allowed]:
        _refuse(actor, refused, "data of this package", {"package": row.key})


def _refuse(actor: Actor, refused: Sequence[Decision], what: str, where: dict[str, str]) -> NoReturn:
    if not actor.is_signed_in and any(one.http_status == NotSignedIn.http_status for one in refused):
        raise NotSignedIn(f"The {what} are not for everyone.", where=where, next_step="Sign in, or use a token.")
    first = refused[0]
    raise NotAllowed(f"You may not have the {what}. {first.reason}", where=where, next_step=first.how)


def may_still_have(row: Dataset, *, actor: Actor, at: datetime) -> None:
    """Ask again about a dataset that is being sent.

    Raises
    ------
    Gone
        Where it was withdrawn, or is the asker's no more: the transfer breaks off.
    """
    now = Dataset.objects.prefetch_related("release_rules").get(pk=row.pk)
    erased = now.files.exclude(original_erased_at=None).count() != sum(
        file.original_erased_at is not None for file in row.files.all()
    )
    if erased or not decide_data(actor=actor, dataset=now, at=at).allowed:
        raise Gone("What was being sent may not be had any more.", where={"dataset": row.key})


def audience_of(parts: Sequence[PackagePart], at: datetime) -> tuple[PackageAudience, str]:
    """The widest audience that may have all of what is in it, and that in a sentence."""
    words = get_project().audiences.words
    for audience in Audience:
        if all(_is_for(part, audience, at) for part in parts):
            return audience.value, f"This package holds what {words.within(audience)} may have of the trial."
    return "owners", (
        "This package holds data that are not released to everyone who may read here: keep it with those who may have "
        "them."
    )


def _is_for(part: PackagePart, audience: Audience, at: datetime) -> bool:
    if part.row.metadata_withheld:
        return False
    return not part.decision.allowed or (not part.is_owner_only and terms_of(part.row).is_available(audience, at=at))
