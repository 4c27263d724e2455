"""Data Certificates of datasets and files: built from records, issued as versions, read back as issued."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, prefetch_related_objects

from fairwatt.core.errors import Conflict, InvalidInput, NotFound
from fairwatt.core.findings import WITHOUT_VALUES
from fairwatt.core.identifiers import ark_of, new_key
from fairwatt.core.metadata import (
    Audience,
    Certificate,
    ChannelEntry,
    Detail,
    FileEntry,
    FindingEntry,
    Parent,
    Party,
    ProcedureEntry,
    Provenance,
    TrialEntry,
    Validity,
    VersionEntry,
    assess_provenance,
    parse_certificate,
)
from fairwatt.core.project import Project
from fairwatt.core.units import QUANTITIES, UNITS
from fairwatt.records.models import (
    Channel,
    Dataset,
    DatasetChannel,
    DatasetVersion,
    Deposit,
    File,
    FileFinding,
    LiveFeed,
    Organization,
)
from fairwatt.records.search import index_dataset
from fairwatt.services.access import decide_data, no_such_dataset, require_metadata, terms_of
from fairwatt.services.actors import Actor
from fairwatt.services.audit import record_event
from fairwatt.services.file_looks import READER, find_bounds, profile_digest, profile_name
from fairwatt.services.file_tables import headings_of, table_of
from fairwatt.services.lakes import get_lake
from fairwatt.services.links import absolute, dataset_path, file_path, original_path, profile_path
from fairwatt.services.listings import note_change
from fairwatt.services.projects import get_project, licensing_of, own_catalogue
from fairwatt.services.readings_digests import hash_readings
from fairwatt.services.signing import Signer
from fairwatt.services.triage import triage_of

_MOST_FINDINGS = 100
_MOST_TABLES = 20
_SEVERITIES = ("error", "warning", "info")


def certificate_of(subject: Dataset | File | Deposit) -> Certificate:
    """Return the certificate of a dataset or file as issued, or as it would be where none has been issued yet.

    For a deposit it is always the one that approval would issue now: what the review looks at.
    """
    if isinstance(subject, Deposit):
        return draft_certificate(subject.dataset)
    if isinstance(subject, File):
        return parse_certificate(subject.certificate) if subject.certificate else _draft_of_file(subject)
    latest = subject.versions.first()
    return parse_certificate(latest.certificate) if latest is not None else draft_certificate(subject)


def draft_certificate(dataset: Dataset) -> Certificate:
    """Build the certificate that a dataset would be given now: from its records alone, issued by nobody."""
    return _Builder(dataset).of_dataset()


def get_certificate(*, actor: Actor, key: str, at: datetime) -> Certificate:
    """Return the certificate of the dataset, version or file with this key, as the asker may see it.

    Raises
    ------
    NotFound
        Where there is none, or the asker may not know of it.
    """
    version = DatasetVersion.objects.select_related("dataset").filter(key=key).first()
    subject: Dataset | File | None = None
    if version is None:
        subject = Dataset.objects.filter(key=key).first() or File.objects.filter(key=key).first()
    dataset = version.dataset if version else subject.dataset if isinstance(subject, File) else subject
    if dataset is None:
        raise no_such_dataset(key)
    require_metadata(actor=actor, dataset=dataset, at=at)
    if version is not None:
        return as_shown(parse_certificate(version.certificate), actor=actor, dataset=dataset, at=at)
    if subject is None:
        raise no_such_dataset(key)
    return as_shown(certificate_of(subject), actor=actor, dataset=dataset, at=at)


def as_shown(certificate: Certificate, *, actor: Actor, dataset: Dataset, at: datetime) -> Certificate:
    """A certificate as it may be shown: without values of the readings to those who may not have these.

    What is issued while the data are not open holds none anyhow; certificates of data that were open once may.
    """
    if not certificate.tells_values or decide_data(actor=actor, dataset=dataset, at=at).allowed:
        return certificate
    return certificate.without_values()


def measured_channels(
    certificate: Certificate, subject: Dataset | File, *, actor: Actor, at: datetime
) -> tuple[ChannelEntry, ...]:
    """A certificate's channels, with the values of the readings for those who may have these.

    Its own channels hold them where the data were open when it was issued; else they come from the records, for
    the latest version.
    """
    dataset = subject.dataset if isinstance(subject, File) else subject
    if any(channel.maximum is not None for channel in certificate.channels):
        return certificate.channels
    if not certificate.channels or not decide_data(actor=actor, dataset=dataset, at=at).allowed:
        return certificate.channels
    known = {channel.field: channel for channel in subject.channels.all()}
    return tuple(
        entry.model_copy(update={"minimum": found.minimum, "mean": found.mean, "maximum": found.maximum})
        if (found := known.get(entry.field)) is not None
        else entry
        for entry in certificate.channels
    )


def shown_findings(file: File, *, actor: Actor, at: datetime) -> list[FileFinding]:
    """What was noticed in a file, as it may be shown: without what quotes values to those who may not have these."""
    findings = list(file.findings.all())
    if all(finding.code not in WITHOUT_VALUES for finding in findings):
        return findings
    if decide_data(actor=actor, dataset=file.dataset, at=at).allowed:
        return findings
    for finding in findings:
        if finding.code in WITHOUT_VALUES:
            finding.message, finding.where = WITHOUT_VALUES[finding.code], []
    return findings


@transaction.atomic
def issue_version(*, actor: Actor, dataset: Dataset, at: datetime, note: str = "") -> DatasetVersion:
    """Issue the next version of a dataset: a certificate for it and one for each of its files.

    Call it inside the transaction that publishes, after the dataset's state and identifier have been set: the
    certificates say what the records say at this moment, and never change afterwards.

    Raises
    ------
    Conflict
        Where a file has not been read yet, or could not be.
    InvalidInput
        Where a version after the first has no note.
    """
    dataset = Dataset.objects.select_for_update(of=("self",)).get(pk=dataset.pk)
    builder = _Builder(dataset)
    _refuse_unread(builder.files)
    hashed, signer = hash_readings(dataset, at=at), Signer.open(at=at)
    builder.note_hashes(dataset.files.values_list("pk", "readings_sha256"))
    number = (dataset.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    if number > 1 and not note.strip():
        raise InvalidInput("A new version needs a note that says what is new.", where={"field": "note"})
    project = get_project()
    key = new_key(secrets.token_bytes(16), naan=project.identifiers.naan)
    entry = VersionEntry(number=number, pid=ark_of(project.identifiers.naan, key), published_at=at, note=note)
    issued = {"version": entry, "versions": (entry, *_versions(dataset)), "issued_at": at, "issued_by": actor.label}
    certificate = _issued(builder.of_dataset(), {**issued, "readings_sha256": hashed})
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=number,
        key=key,
        note=note,
        certificate=certificate.model_dump(mode="json"),
        digest=certificate.checksum,
        signatures=signer.sign(certificate),
        readings_sha256=hashed,
        published_at=at,
        published_by=actor.user,
        lake_version=max(get_lake().version(dataset.table), 0) if dataset.readings_total else None,
    )
    prefetch_related_objects(builder.files, "channels")
    for file in builder.files:
        file.version = version
        own = _issued(builder.of_file(file), issued)
        file.certificate, file.signatures = own.model_dump(mode="json"), signer.sign(own)
    File.objects.bulk_update(builder.files, ["version", "certificate", "signatures"], batch_size=100)
    index_dataset(dataset)
    note_change(dataset, at=at)
    record_event(
        actor=actor,
        verb="certificate.issued",
        subject=version,
        at=at,
        detail={"number": number, "digest": version.digest, "files": len(builder.files)},
    )
    return version


def _issued(draft: Certificate, issued: dict[str, Any]) -> Certificate:
    """The certificate as it is issued: everybody may have it, so values of readings are in it only where these are
    everybody's too, and nobody's personal ones."""
    certificate = Certificate.model_validate({**dict(draft), **issued})
    terms = certificate.access
    is_open = certificate.issued_at is not None and terms.is_available(Audience.PUBLIC, at=certificate.issued_at)
    return certificate if is_open and not terms.is_personal else certificate.without_values()


def _refuse_unread(files: Iterable[File]) -> None:
    unread = [file for file in files if file.state not in (File.State.READ, File.State.FAILED)]
    if unread:
        raise Conflict(
            f"{unread[0].name} has not been read yet: {unread[0].get_state_display().lower()}.",
            where={"file": unread[0].key},
            next_step="Wait until it has been read, or answer its questions.",
        )


def _draft_of_file(file: File) -> Certificate:
    builder = _Builder(file.dataset, erased=file if file.erased_at else None)
    found = next((known for known in builder.files if known.pk == file.pk), None)
    if found is None:
        raise NotFound("There is no such file.", where={"file": file.key})
    return builder.of_file(found)


def _versions(dataset: Dataset) -> list[VersionEntry]:
    naan = get_project().identifiers.naan
    return [
        VersionEntry(number=row.number, pid=ark_of(naan, row.key), published_at=row.published_at, note=row.note)
        for row in dataset.versions.all()
    ]


class _Builder:
    """Certificates of a dataset and its files from one reading of the records.

    A fixed number of queries for the dataset's, and one more for each file's. Erased files are in none, but for the
    one that is named.
    """

    def __init__(self, dataset: Dataset, *, erased: File | None = None) -> None:
        self.dataset = dataset
        self.project: Project = get_project()
        known = dataset.files.filter(Q(erased_at=None) | Q(pk=erased.pk if erased else None))
        rows = known.select_related("logger").defer("certificate", "questions", "inspected")
        self.files = list(rows.prefetch_related("findings"))
        open_feed = LiveFeed.objects.filter(dataset=dataset, closed_at=None).values_list("file", flat=True).first()
        self._live_file = open_feed  # its readings go on, and so do the dataset's
        self._entries = {file.pk: self._file_entry(file) for file in self.files}

    def note_hashes(self, hashes: Iterable[tuple[int, str]]) -> None:
        """Put into the certificates what the files' readings hash to."""
        for pk, sha256 in hashes:
            if pk in self._entries:
                self._entries[pk] = self._entries[pk].model_copy(update={"readings_sha256": sha256})

    def of_dataset(self) -> Certificate:
        dataset = self.dataset
        profiles = {entry.import_profile for entry in self._entries.values() if entry.import_profile}
        certificate = Certificate(
            kind="dataset",
            pid=self._ark(dataset.key),
            pid_url=self._ark_url(dataset.key),
            dataset_url=absolute(dataset_path(dataset.key)),
            leo_identifier=dataset.identifier,
            title=dataset.title,
            data_description=dataset.description,
            date_of_data_validity=Validity(
                start=dataset.period_start, end=None if self._live_file else dataset.period_end
            ),
            resolution_s=dataset.resolution_s,
            coverage=tuple(round(share, 3) for share in dataset.coverage),
            rows=dataset.rows_total,
            readings=dataset.readings_total,
            series_count=_count_series(dataset, self.files),
            channels=tuple(map(_channel_entry, dataset.channels.all())),
            files=tuple(self._listed()),
            findings=tuple(_summarise_findings(self.files)),
            import_profile=profiles.pop() if len(profiles) == 1 else "",
            versions=tuple(_versions(dataset)),
            **self._shared(),
        )
        return certificate.model_copy(update={"level_of_provenancing": assess_provenance(certificate)})

    def _listed(self) -> Iterable[FileEntry]:
        """The files as a dataset's certificate lists them: of very many, only their own say how each is a table."""
        if len(self._entries) <= _MOST_TABLES:
            return self._entries.values()
        return (entry.model_copy(update={"table": None}) for entry in self._entries.values())

    def of_file(self, file: File) -> Certificate:
        dataset = self.dataset
        entry = self._entries[file.pk]
        channels = list(file.channels.all())
        certificate = Certificate(
            kind="file",
            pid=entry.pid,
            pid_url=self._ark_url(file.key),
            dataset_url=absolute(dataset_path(dataset.key)),
            leo_identifier=file.identifier or dataset.identifier,
            title=file.name,
            data_description=dataset.description,
            part_of=Parent(
                pid=self._ark(dataset.key),
                pid_url=self._ark_url(dataset.key),
                title=dataset.title,
                url=absolute(dataset_path(dataset.key)),
            ),
            date_of_data_validity=entry.validity,
            resolution_s=file.resolution_s,
            coverage=tuple(round(share, 3) for share in file.coverage),
            rows=file.rows,
            readings=sum(channel.count for channel in channels),
            series_count=file.series_count,
            channels=tuple(map(_channel_entry, channels)),
            files=(entry,),
            findings=tuple(_summarise_findings([file])),
            import_profile=entry.import_profile,
            readings_sha256=entry.readings_sha256,
            **self._shared(),
        )
        return certificate.model_copy(update={"level_of_provenancing": assess_provenance(certificate)})

    def _shared(self) -> dict[str, Any]:
        """What a dataset's certificate and those of its files have in common."""
        dataset = self.dataset
        return {
            "licensing": licensing_of(dataset.licence),
            "publication_restrictions": dataset.restrictions,
            "data_provenance": self._provenance(),
            "keywords": tuple(map(str, dataset.keywords)),
            "origin": dataset.origin,
            "place": dataset.place,
            "provider": _party(dataset.provider),
            "receiver": _party(dataset.receiver),
            "trial": TrialEntry(code=dataset.trial.code, title=dataset.trial.title) if dataset.trial else None,
            "procedures": tuple(ProcedureEntry(code=p.code, title=p.title) for p in dataset.procedures.all()),
            "details": tuple(_detail(answer) for answer in dataset.details),
            "triage": triage_of(dataset),
            "access": terms_of(dataset),
            "catalogue": own_catalogue(),
            "time_zone": self.project.time_zone,
        }

    def _provenance(self) -> Provenance:
        dataset = self.dataset
        deposit = Deposit.objects.select_related("organization").filter(dataset=dataset).first()
        organization = deposit.organization if deposit else None
        logged_at = (deposit.submitted_at or deposit.created_at) if deposit else dataset.created_at
        return Provenance(
            statement=dataset.provenance,
            quality=dataset.quality_statement,
            source=dataset.link,
            logged_by=organization.name if organization else "",
            logged_at=logged_at,
            reader=READER if any(file.read_at for file in self.files) else "",
        )

    def _file_entry(self, file: File) -> FileEntry:
        kept = file.original_erased_at is None
        return FileEntry(
            pid=self._ark(file.key),
            name=file.name,
            identifier=file.identifier,
            size=file.size if kept else 0,
            sha256=file.sha256 if kept else "",
            media_type=file.media_type,
            format=file.format,
            kind=file.kind,
            rows=file.rows,
            url=absolute(file_path(file.key)),
            download_url=absolute(original_path(file.key)) if file.sha256 and kept else "",
            import_profile=profile_digest(file),
            import_profile_name=profile_name(file) if file.profile else "",
            import_profile_version=file.profile["version"] if file.profile else 0,
            import_profile_url=absolute(profile_path(file.key)) if file.profile else "",
            validity=Validity(start=file.period_start, end=None if file.pk == self._live_file else file.period_end),
            crs=str(file.extent.get("crs") or "") if file.extent else "",
            bounds=find_bounds(file),
            attributes=tuple(file.extent.get("fields") or ()) if file.extent else (),
            readings_sha256=file.readings_sha256,
            columns=headings_of(file),
            table=table_of(file),
        )

    def _ark(self, key: str) -> str:
        return ark_of(self.project.identifiers.naan, key)

    def _ark_url(self, key: str) -> str:
        return absolute(f"/{self._ark(key)}")


def _count_series(dataset: Dataset, files: Iterable[File]) -> int:
    """Count the series (meters, places) that the readings tell apart; files may tell of the same."""
    counted = sum(file.series_count for file in files)
    if counted <= 1:
        return counted
    return len(set().union(*get_lake().series_by_source(dataset.table).values()))


def _party(organization: Organization | None) -> Party | None:
    if organization is None:
        return None
    return Party(code=organization.code, name=organization.name, homepage=organization.homepage)


def _detail(answer: dict[str, object]) -> Detail:
    value = answer.get("value")
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value if value is not None else "")
    return Detail(
        procedure=str(answer.get("procedure") or ""),
        label=str(answer.get("label") or answer.get("slug") or ""),
        value=text,
        unit=str(answer.get("unit") or ""),
    )


def _channel_entry(channel: Channel | DatasetChannel) -> ChannelEntry:
    """One line of the data dictionary."""
    quantity, unit = QUANTITIES.get(channel.quantity), UNITS.get(channel.unit)
    return ChannelEntry(
        name=channel.name,
        field=channel.field,
        kind=channel.kind,
        quantity=channel.quantity,
        quantity_label=quantity.label if quantity else "",
        quantity_uri=quantity.qudt_kind if quantity else "",
        unit=channel.unit,
        unit_label=unit.label if unit else "",
        unit_symbol=unit.symbol if unit else "",
        unit_uri=unit.qudt_uri if unit else "",
        direction=channel.direction,
        statistic=channel.statistic,
        resolution_s=channel.resolution_s,
        count=channel.count,
        missing=channel.missing,
        minimum=channel.minimum,
        mean=channel.mean,
        maximum=channel.maximum,
    )


def _summarise_findings(files: Iterable[File]) -> list[FindingEntry]:
    """Add the findings up by code, the gravest first."""
    by_code: dict[tuple[str, str], list[tuple[File, FileFinding]]] = {}
    for file in files:
        for finding in file.findings.all():
            by_code.setdefault((finding.severity, finding.code), []).append((file, finding))
    entries = [
        FindingEntry(
            code=code,
            severity=severity,
            count=sum(finding.count for _, finding in found),
            files=tuple(dict.fromkeys(file.name for file, _ in found)),
            message=_sum_up(found),
        )
        for (severity, code), found in by_code.items()
    ]
    entries.sort(
        key=lambda entry: (_SEVERITIES.index(entry.severity) if entry.severity in _SEVERITIES else 9, -entry.count)
    )
    return entries[:_MOST_FINDINGS]


def _sum_up(found: list[tuple[File, FileFinding]]) -> str:
    """Say several findings of one kind as one, with the first as the example."""
    example = found[0][1].message
    if len(found) == 1:
        return example
    files = len({file.pk for file, _ in found})
    places = f"{files} files" if files > 1 else f"{len(found)} channels"
    return f"{sum(finding.count for _, finding in found):,} in {places}. For example: {example}"
