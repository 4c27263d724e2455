"""Live feeds: datasets whose readings come by themselves, one reading after the other."""

from __future__ import annotations

from django.db import models

from fairwatt.records.models.datasets import Dataset, File
from fairwatt.records.models.people import User


class LiveFeed(models.Model):
    """A dataset's live feed. Its readings belong to ``file``, whose row says what has come so far.

    The counts are absolute, and written anew every few seconds while readings come.
    """

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="live_feed")
    file = models.OneToOneField(File, on_delete=models.CASCADE, related_name="live_feed")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    last_received_at = models.DateTimeField(null=True, blank=True)
    repeated = models.BigIntegerField(default=0)  # points that came again with the same values
    corrected = models.BigIntegerField(default=0)  # … with other values, which count now
    stored_at = models.DateTimeField(null=True, blank=True)  # when these counts were written
    rate = models.FloatField(null=True, blank=True)  # readings a second over the last minutes

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return f"Live feed of {self.dataset}"


class LiveRequest(models.Model):
    """What was answered to a request that named itself (Idempotency-Key), so that it is answered the same again."""

    feed = models.ForeignKey(LiveFeed, on_delete=models.CASCADE, related_name="requests")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # sha256 of the body
    answer = models.JSONField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint("feed", "key", name="live_request_once")]

    def __str__(self) -> str:
        return self.key
