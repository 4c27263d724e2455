"""The project's trials and procedures, kept in step with the project file; their events and packages."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper


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


class TrialEvent(models.Model):
    """A window of a trial in which its assets were to do something: [starts_at, ends_at), UTC."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="events")
    name = models.CharField(max_length=120)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    asset = models.CharField(max_length=120, blank=True)
    in_project_file = models.BooleanField(default=False)  # then it is changed there
    organization = models.ForeignKey(
        "records.Organization", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )  # whose steward added it; none where a manager did, or the project file
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()  # by anybody, or in the project file

    class Meta:
        ordering = ["starts_at", "ends_at", "pk"]
        constraints = [
            models.UniqueConstraint("trial", Upper("name"), name="trial_event_name_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="trial_event_forward"),
        ]

    def __str__(self) -> str:
        return self.name


class EventCount(models.Model):
    """What a dataset holds of an event's window, and of the same hours on the days before: counted in its rollups.

    Made by a job when readings arrive and when events change; pages only read it.
    """

    event = models.ForeignKey(TrialEvent, on_delete=models.CASCADE, related_name="counts")
    dataset = models.ForeignKey("records.Dataset", on_delete=models.CASCADE, related_name="event_counts")
    rows = models.JSONField(default=list)  # of core.flexibility.counting.SeriesCount
    basis = models.CharField(max_length=64, default="")  # sha256 of the hours that were looked at
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["event", "dataset"]
        constraints = [models.UniqueConstraint("event", "dataset", name="event_count_once")]

    def __str__(self) -> str:
        return f"{self.event} in {self.dataset_id}"


class TrialPackage(models.Model):
    """A certified package of a trial's data. What is in it never changes: other contents are another package."""

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="packages")
    key = models.CharField(max_length=20, unique=True)  # opaque PID name
    contents = models.CharField(max_length=64)  # sha256 of what it is made of
    certificate = models.JSONField()  # core.metadata.PackageCertificate, as issued
    digest = models.CharField(max_length=64)  # sha256 of the certificate's canonical JSON
    signature = models.TextField()  # its detached JWS
    size = models.BigIntegerField()
    made_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)  # then the certificate says no more what it was issued with
    datasets = models.ManyToManyField("records.Dataset", related_name="packages")

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [models.UniqueConstraint("trial", "contents", name="trial_package_contents_once")]

    def __str__(self) -> str:
        return f"Package {self.key} of {self.trial}"


class ByteSum(models.Model):
    """Size and checksums of bytes that never change, under a name for just these bytes: packages are laid out by it."""

    name = models.CharField(max_length=200, unique=True)  # raw:SHA256, or export:TABLE:KEY
    size = models.BigIntegerField()
    crc32 = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
