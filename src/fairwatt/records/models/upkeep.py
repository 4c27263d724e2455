"""What is known of a dataset's bytes: how many there are, whether they are sound, and which were erased."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from fairwatt.records.models.datasets import Dataset
from fairwatt.records.models.people import User


class DatasetUpkeep(models.Model):
    """What a dataset takes up, measured when readings arrive and after upkeep; and when it was last tended."""

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="upkeep")
    raw_bytes = models.BigIntegerField(default=0)
    readings_bytes = models.BigIntegerField(default=0)
    rollup_bytes = models.BigIntegerField(default=0)
    old_bytes = models.BigIntegerField(default=0)  # what only earlier versions need
    table_files = models.PositiveIntegerField(default=0)
    old_files = models.PositiveIntegerField(default=0)
    readings = models.BigIntegerField(default=0)
    arrivals = models.JSONField(default=list)  # [{"month": "2026-10", "bytes": …}], oldest first
    measured_at = models.DateTimeField(null=True, blank=True)
    merged_at = models.DateTimeField(null=True, blank=True)
    cleaned_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)  # when all files of its tables had been checked
    check_cursor = models.TextField(blank=True)  # where the next check goes on

    class Meta:
        ordering = ["dataset"]

    def __str__(self) -> str:
        return f"Upkeep of {self.dataset}"


class StorageDamage(models.Model):
    """A file that is not what was put there; ``mended_at`` is when a later check found it sound, or it was gone."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="damages")
    kind = models.CharField(max_length=12)
    place = models.TextField()  # in the lake
    file_name = models.CharField(max_length=255, blank=True)  # of the file as received, where it is of one
    message = models.TextField()
    found_at = models.DateTimeField()
    mended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-found_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "place"], condition=Q(mended_at__isnull=True), name="storage_damage_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Erasure(models.Model):
    """An order to erase, and what was removed by it. It outlives the dataset that it is about."""

    class Kind(models.TextChoices):
        DATASET = "dataset", "The whole dataset"
        FILE = "file", "One file"
        SERIES = "series", "One series (meter)"

    dataset = models.ForeignKey(Dataset, on_delete=models.SET_NULL, null=True, blank=True, related_name="erasures")
    dataset_key = models.CharField(max_length=20, db_index=True)
    dataset_title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    target = models.CharField(max_length=300, blank=True)  # key of the file; a digest of the series' name once done
    label = models.CharField(max_length=300, blank=True)
    reason = models.TextField()
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    ordered_by_label = models.CharField(max_length=200)
    finished_at = models.DateTimeField(null=True, blank=True)
    removed = models.JSONField(default=dict)  # {"files", "bytes", "rows", "originals", "original_bytes"}

    class Meta:
        ordering = ["-ordered_at", "-id"]

    def __str__(self) -> str:
        return f"Erasure of {self.label or self.dataset_title}"
