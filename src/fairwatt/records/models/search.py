"""What the catalogues search and count: a line of words and some facet values for each dataset.

Both tables are made from the others by :mod:`fairwatt.records.search`, and can be made again at any time. The
database keeps its own full-text index over the words (migration 0003).
"""

from __future__ import annotations

from django.db import models

from fairwatt.records.models.datasets import Dataset


class SearchText(models.Model):
    """A dataset's words, folded (no accents, no capitals, plurals cut), in four fields of falling weight."""

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, primary_key=True, related_name="search_text")
    names = models.TextField()  # title and identifier
    subjects = models.TextField()  # keywords, provider, receiver, trial, procedures, quantities
    description = models.TextField()
    parts = models.TextField()  # channels and files

    def __str__(self) -> str:
        return self.names


class FacetValue(models.Model):
    """One value of a dataset in one facet of the catalogues: ``format`` = ``CSV``."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="facet_values")
    name = models.CharField(max_length=20)
    value = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint("dataset", "name", "value", name="facet_value_once")]
        indexes = [models.Index(fields=["name", "value", "dataset"], name="facet_name_value")]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
