"""The DOIs that datasets and their versions have been given at DataCite."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from fairwatt.records.models.datasets import Dataset, DatasetVersion


class Doi(models.Model):
    """A DOI as DataCite knows it: of one version, or of all versions together where ``version`` is null.

    What is noted here is what DataCite has confirmed. A DOI is shown once somebody can follow it.
    """

    class State(models.TextChoices):
        WANTED = "wanted", "Waiting to be registered"
        DRAFT = "draft", "Reserved, not public yet"
        REGISTERED = "registered", "Registered, out of DataCite’s search"
        FINDABLE = "findable", "Registered and findable"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="dois")
    version = models.OneToOneField(DatasetVersion, on_delete=models.CASCADE, null=True, blank=True, related_name="doi")
    name = models.CharField(max_length=120, unique=True)  # 10.PREFIX/suffix, in lower case
    state = models.CharField(max_length=10, choices=State.choices, default=State.WANTED)
    sent_sha256 = models.CharField(max_length=64, blank=True)  # of what was sent last, so that nothing is sent twice
    registered_at = models.DateTimeField(null=True, blank=True)  # since when it can be followed
    changed_at = models.DateTimeField(null=True, blank=True)  # when DataCite last took something
    tried_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)  # why the last attempt failed

    class Meta:
        ordering = ["dataset", "pk"]
        constraints = [
            models.UniqueConstraint("dataset", condition=Q(version__isnull=True), name="doi_of_all_versions_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_state_display()}"
