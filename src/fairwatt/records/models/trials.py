"""The project's trials and procedures, kept in step with the project file."""

from __future__ import annotations

from django.db import models


class Trial(models.Model):
    """A trial of a flexibility service (an MVS). Rows stay when the project file drops one: data name them."""

    code = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)
    in_project_file = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Procedure(models.Model):
    """One procedure of a trial: P1, P2… Its form's steps are in the project file."""

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="procedures")
    code = models.CharField(max_length=12)
    title = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    in_project_file = models.BooleanField(default=True)

    class Meta:
        ordering = ["trial", "position", "code"]
        constraints = [models.UniqueConstraint("trial", "code", name="procedure_once_in_trial")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
