"""The other names of supply points, and the numbers that they stand for."""

from __future__ import annotations

from django.db import models

from fairwatt.records.models.datasets import Dataset


class SeriesPseudonym(models.Model):
    """The name under which a dataset shows a supply point, so that a data manager can find out which it is."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="series_pseudonyms")
    pseudonym = models.CharField(max_length=40)
    number = models.CharField(max_length=40)  # of the supply point, without blanks; shown to managers only

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "pseudonym"], name="series_pseudonym_once")]

    def __str__(self) -> str:
        return self.pseudonym
