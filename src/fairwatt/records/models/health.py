"""Health reports: what a scan of readings found, kept under an address of its own."""

from __future__ import annotations

from django.db import models

from fairwatt.records.models.datasets import Dataset, File


class HealthScan(models.Model):
    """One scan of a file's readings, or of all that a dataset held; it never changes.

    Its report tells values and their places: it is for those who may have the readings, and goes when these are erased.
    """

    key = models.CharField(max_length=32, unique=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="health_scans")
    file = models.ForeignKey(File, on_delete=models.CASCADE, null=True, blank=True, related_name="health_scans")
    made_at = models.DateTimeField()
    report = models.JSONField()  # core.quality.report.HealthReport

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"{self.file or self.dataset}, {self.made_at:%Y-%m-%d %H:%M}"
