"""The durable queue: what is to be done, who is doing it, and how far they are."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from fairwatt.records.models.datasets import Dataset, File
from fairwatt.records.models.people import User


class Job(models.Model):
    """A piece of work that outlives the process that does it.

    A worker holds it by a lease that its heartbeat renews; a lease that ran out is taken up again.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    file = models.ForeignKey(File, on_delete=models.CASCADE, null=True, blank=True, related_name="jobs")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, null=True, blank=True, related_name="jobs")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs")
    created_at = models.DateTimeField()
    run_after = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=3)
    worker = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    progress = models.FloatField(default=0)  # 0-1
    stage = models.CharField(max_length=200, blank=True)  # what is happening, in words
    error = models.TextField(blank=True)
    log = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["state", "run_after"]), models.Index(fields=["file", "kind"])]
        constraints = [
            # one waiting and one running piece of work of a kind for a file: two workers never read one file
            models.UniqueConstraint(fields=["file", "kind"], condition=Q(state="queued"), name="job_queued_once"),
            models.UniqueConstraint(fields=["file", "kind"], condition=Q(state="running"), name="job_running_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk} {self.state}"
