"""A complete file enters its dataset: with a name of its own, and a place in the reader's queue."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import PurePath

from django.db.models import Max

from fairwatt.core.files.privacy import conceal_text
from fairwatt.core.findings import Severity
from fairwatt.core.identifiers import clean_file_name, new_key, parse_file_identifier
from fairwatt.records.models import Dataset, Deposit, File, FileFinding
from fairwatt.services.actors import Actor
from fairwatt.services.audit import record_event
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.file_results import SAME_BYTES
from fairwatt.services.files import enqueue_reading
from fairwatt.services.projects import get_project
from fairwatt.services.pseudonyms import Pseudonyms, keep_pseudonyms


def make_file(*, actor: Actor, deposit: Deposit, filename: str, sha256: str, size: int, at: datetime) -> File:
    """Make the row of a received file whose bytes are in the store, and ask for it to be read.

    Call it inside a transaction that holds the deposit's row.
    """
    dataset, project = deposit.dataset, get_project()
    parts = parse_file_identifier(filename, project.identifiers.file_pattern) or {}
    names = Pseudonyms()
    last = dataset.files.aggregate(last=Max("position"))["last"] or 0
    file = File.objects.create(
        dataset=dataset,
        key=new_key(secrets.token_bytes(16), naan=project.identifiers.naan),
        identifier=parts.get("identifier", "")[:120],
        identifier_parts=parts,
        name=free_name(dataset, conceal_text(clean_file_name(filename), names)),
        original_name=filename,
        position=last + 1,
        sha256=sha256,
        size=size,
        received_at=at,
        received_by=actor.user,
    )
    keep_pseudonyms(dataset, names.made)
    _tell_same_bytes(file, actor)
    enqueue_reading(file, created_by=actor.user, at=at)
    update_totals(dataset, at=at)
    deposit.updated_at = at
    deposit.save(update_fields=["updated_at"])
    record_event(actor=actor, verb="file.received", subject=file, at=at, detail={"sha256": sha256, "bytes": size})
    return file


def free_name(dataset: Dataset, name: str) -> str:
    """The name, with a number where another file of the dataset has it: ``meter (2).csv``."""
    taken = set(dataset.files.values_list("name", flat=True))
    path, number, free = PurePath(name), 1, name
    while free in taken:
        number += 1
        free = f"{path.stem} ({number}){path.suffix}"
    return free


def _tell_same_bytes(file: File, actor: Actor) -> None:
    """Note that the same bytes were received before, naming only what everybody may know of."""
    others = File.objects.filter(sha256=file.sha256).exclude(pk=file.pk).select_related("dataset")
    here = others.filter(dataset=file.dataset).first()
    elsewhere = others.filter(dataset__in=Dataset.objects.visible_to(actor.user)).exclude(dataset=file.dataset)
    public = elsewhere.filter(dataset__in=Dataset.objects.visible_to(None)).first()
    if here is not None:
        message = f"The same bytes are in this entry already, as “{here.name}”."
    elif public is not None:
        message = f"The same bytes are in the dataset “{public.dataset.title}” already."
    elif elsewhere.exists():
        message = "The same bytes were received before, in another entry of yours or your organisation's."
    else:
        return
    FileFinding.objects.create(file=file, code=SAME_BYTES, severity=Severity.INFO, message=message)
