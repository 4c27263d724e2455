"""Rollups that were lost, made again from the readings: a program that died between two commits may have left none."""

from __future__ import annotations

from dataclasses import replace

from fairwatt.lake.engine import Patient, open_engine
from fairwatt.lake.limits import Limits
from fairwatt.lake.rolling import Rolling
from fairwatt.lake.tables import BatchNote, Snapshot, Table
from fairwatt.lake.work import WorkFolder


def without_rollups(snapshot: Snapshot) -> list[BatchNote]:
    """The batches that should have rollups and have none."""
    held = {file.batch for file in snapshot.rollups}
    return [note for note in snapshot.notes.values() if note.levels and note.batch not in held]


def make_lost_rollups(table: Table, *, work: WorkFolder, limits: Limits, patient: Patient) -> int:
    """Make the rollups of all batches that have lost them, in one commit; return how many batches those were.

    Raises
    ------
    Conflict
        Where somebody else changed the rollups meanwhile; nothing is changed.
    """
    if not without_rollups(table.snapshot()):
        return 0
    with (
        table.lock(),
        open_engine(memory_limit=limits.memory, threads=limits.threads, scratch=work.path / "scratch") as engine,
    ):
        snapshot = table.snapshot()
        lost = without_rollups(snapshot)
        snapshot.bring(file for file in snapshot.files if file.batch in {note.batch for note in lost})
        sums = {name: kind for name, kind in table.rollups.fields().items() if name.endswith("_sum")}
        made = []
        for number, note in enumerate(lost):
            patient.check(number / len(lost), "Making rollups that were lost")
            files = [
                replace(file, path=table.store.local(file.path)) for file in snapshot.files if file.batch == note.batch
            ]
            kinds = {field: kind for field, kind in snapshot.fields.items() if field in note.fields}
            made += Rolling(engine, work.path, note, files, kinds, sums, patient).write()
        if made:
            table.add_rollups(work, made)
    return len(lost)
