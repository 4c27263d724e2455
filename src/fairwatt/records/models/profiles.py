"""How an organisation's loggers are read: import profiles that were confirmed once and saved under a name."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from fairwatt.records.models.people import Organization, User


class LoggerProfile(models.Model):
    """A saved import profile. The document never changes; a better one is saved anew."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="logger_profiles")
    name = models.CharField(max_length=120)
    profile = models.JSONField()  # core.files.ImportProfile
    digest = models.CharField(max_length=64, db_index=True)  # sha256 of the profile's canonical JSON
    columns = models.PositiveIntegerField()  # of the table: only files with as many can be read by it
    file = models.ForeignKey("records.File", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    file_name = models.CharField(max_length=255, blank=True)  # what it was made from, whatever becomes of that
    period_start = models.DateTimeField(null=True, blank=True)  # of the readings in that file
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    used_count = models.PositiveIntegerField(default=0)  # files that were read by it later
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["organization", "name", "id"]
        constraints = [models.UniqueConstraint("organization", Lower("name"), name="logger_profile_name_once")]

    def __str__(self) -> str:
        return self.name
