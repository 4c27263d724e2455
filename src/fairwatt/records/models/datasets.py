"""Datasets, their versions, files and channels, and when each audience may have them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

from fairwatt.records.models.people import Organization, User
from fairwatt.records.models.trials import Procedure, Trial

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class DatasetQuerySet(models.QuerySet["Dataset"]):
    """Datasets, asked for by who may see them."""

    def published(self) -> DatasetQuerySet:
        """Those that are in the catalogues, withdrawn ones (whose page stays) left out."""
        return self.filter(state=Dataset.State.PUBLISHED)

    def visible_to(self, user: User | AnonymousUser | None) -> DatasetQuerySet:
        """Those whose *metadata* ``user`` may see: the one place that decides it for lists.

        Published and withdrawn datasets are visible to everyone unless their metadata are withheld; the
        provider's members, the depositor and managers see all of theirs, in whatever state.
        """
        listed = Q(state__in=(Dataset.State.PUBLISHED, Dataset.State.WITHDRAWN))
        public = listed & Q(metadata_withheld=False)
        if user is None or not user.is_authenticated:
            return self.filter(public)
        if user.is_manager:
            return self.all()
        own = Q(provider__in=Organization.objects.filter(memberships__user=user)) | Q(created_by=user)
        return self.filter(public | own)

    def readable_by(self, user: User | AnonymousUser | None, at: datetime) -> DatasetQuerySet:
        """Those whose *data* ``user`` may have at the instant ``at`` (see services/access.py)."""
        visible = self.visible_to(user)
        audiences = [ReleaseRule.Audience.PUBLIC]
        if user is not None and user.is_authenticated:
            if user.is_manager:
                return visible
            audiences.append(ReleaseRule.Audience.EXTERNAL)
            if Organization.objects.filter(memberships__user=user, is_partner=True).exists():
                audiences.append(ReleaseRule.Audience.PARTNER)
        released = Q(
            state=Dataset.State.PUBLISHED,
            pk__in=ReleaseRule.objects.filter(audience__in=audiences, available_from__lte=at).values("dataset"),
        )
        if user is None or not user.is_authenticated:
            return visible.filter(released)
        own = Q(provider__in=Organization.objects.filter(memberships__user=user)) | Q(created_by=user)
        return visible.filter(released | own)


class Dataset(models.Model):
    """What is logged, certified, catalogued and shared as one thing.

    The ``period_…``, ``…_total``, ``quantities`` and ``formats`` columns are made when readings arrive:
    nothing counts rows when a page opens.
    """

    class Origin(models.TextChoices):
        FOREGROUND = "foreground", "Foreground"
        BACKGROUND = "background", "Background"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"  # being logged or reviewed
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Sensitivity(models.TextChoices):
        """Icebreaker One's classes."""

        OPEN = "IB1-O", "Open"
        SHARED_TERMS = "IB1-SA", "Shared under light terms"
        SHARED_AGREEMENT = "IB1-SB", "Shared by agreement"
        PERSONAL = "IB1-SP", "Shared, personal"
        CLOSED = "IB1-C", "Closed"

    key = models.CharField(max_length=20, unique=True)  # the opaque name in ark:NAAN/key, with check character
    identifier = models.CharField(
        max_length=80, blank=True, db_index=True
    )  # the project's own (LEO's), an alternate one
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    keywords = models.JSONField(default=list)

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, null=True, blank=True, related_name="datasets")
    procedures = models.ManyToManyField(Procedure, blank=True, related_name="datasets")
    provider = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="datasets")
    receiver = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="received_datasets"
    )
    link = models.URLField(max_length=500, blank=True)  # a background dataset that stays where it is
    place = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=list)  # the procedures' answered steps: {procedure, slug, label, value, unit}

    licence = models.CharField(max_length=40, blank=True)  # code of the project file's licence
    sensitivity = models.CharField(max_length=6, choices=Sensitivity.choices, default=Sensitivity.OPEN)
    sensitivity_reason = models.TextField(blank=True)
    triage_concerns = models.JSONField(default=list)  # of core.metadata.triage.Concern: what speaks against opening
    triage_mitigation = models.TextField(blank=True)  # what is done so that they can be had all the same
    triage_reviewer = models.CharField(max_length=200, blank=True)
    triage_reviewed_at = models.DateTimeField(null=True, blank=True)
    triage_review_due = models.DateField(null=True, blank=True)  # when it is to be looked at again
    restrictions = models.TextField(blank=True)  # LEO's "Publication Restrictions" in the partner's words
    provenance = models.TextField(blank=True)
    quality_statement = models.TextField(blank=True)
    metadata_withheld = models.BooleanField(default=False)

    table = models.CharField(max_length=32, unique=True)  # name of its readings table in the lake
    file_count = models.PositiveIntegerField(default=0)
    formats = models.JSONField(default=list)
    quantities = models.JSONField(default=list)
    rows_total = models.BigIntegerField(default=0)
    readings_total = models.BigIntegerField(default=0)
    bytes_total = models.BigIntegerField(default=0)
    period_start = models.DateTimeField(null=True, blank=True)  # half-open, UTC
    period_end = models.DateTimeField(null=True, blank=True)
    resolution_s = models.FloatField(null=True, blank=True)
    coverage = models.JSONField(default=list)  # shares 0-1 in equal parts of the period, for the strip

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="datasets")
    updated_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_reason = models.TextField(blank=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)  # who decided it, as pages name them
    restored_at = models.DateTimeField(null=True, blank=True)  # when the last withdrawal was undone
    restoration_reason = models.TextField(blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)  # its data are gone for good; its page stays

    objects: ClassVar[models.Manager[Dataset]] = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-id"]
        indexes = [
            models.Index(fields=["state", "origin", "-published_at"]),
            models.Index(fields=["provider", "state"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(period_start__isnull=True) | Q(period_end__gt=models.F("period_start")),
                name="dataset_period_forward",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False), name="dataset_published_has_date"
            ),
            models.UniqueConstraint(fields=["identifier"], condition=~Q(identifier=""), name="dataset_identifier_once"),
        ]

    def __str__(self) -> str:
        return self.title


class ReleaseRule(models.Model):
    """From when an audience may have a dataset's data. ``available_from`` null means never."""

    class Audience(models.TextChoices):
        PUBLIC = "public", "Everyone"
        EXTERNAL = "external", "Signed-in people"
        PARTNER = "partner", "Project partners"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="release_rules")
    audience = models.CharField(max_length=10, choices=Audience.choices)
    available_from = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("dataset", "audience", name="release_rule_once")]

    def __str__(self) -> str:
        return f"{self.dataset}: {self.audience} from {self.available_from or 'never'}"


class DatasetVersion(models.Model):
    """A published state of a dataset with its certificate, as issued; never changed afterwards."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=24, unique=True)  # the version's own PID name
    note = models.TextField(blank=True)
    certificate = models.JSONField()  # core.metadata.Certificate, as issued
    digest = models.CharField(max_length=64)  # sha256 of the certificate's canonical JSON
    signatures = models.JSONField(default=dict)  # sha256 of a canonical JSON → its detached JWS
    readings_sha256 = models.CharField(max_length=64, blank=True, db_index=True)  # in their canonical form
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    lake_version = models.BigIntegerField(null=True, blank=True)  # the version of its table that this is

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint("dataset", "number", name="version_number_once")]

    def __str__(self) -> str:
        return f"{self.dataset} v{self.number}"


class File(models.Model):
    """One received file of a dataset: its raw bytes by sha256, and what reading it found."""

    class State(models.TextChoices):
        RECEIVED = "received", "Waiting to be read"
        READING = "reading", "Being read"
        QUESTIONS = "questions", "Needs an answer"
        READ = "read", "Read"
        FAILED = "failed", "Could not be read"

    class Kind(models.TextChoices):
        READINGS = "readings", "Readings"
        SPATIAL = "spatial", "Spatial"
        TABLE = "table", "Table"
        DOCUMENT = "document", "Document"
        UNKNOWN = "unknown", "Unknown"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="files")
    key = models.CharField(max_length=20, unique=True)  # opaque PID name
    identifier = models.CharField(max_length=120, blank=True)  # parsed from the name by the project's grammar
    identifier_parts = models.JSONField(default=dict)
    name = models.CharField(max_length=255)  # cleaned for display and download
    original_name = models.TextField()  # as received
    position = models.PositiveIntegerField(default=1)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100, default="application/octet-stream")
    format = models.CharField(max_length=20, blank=True)  # CSV, TSV, GeoJSON, PDF…
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.UNKNOWN)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    error = models.TextField(blank=True)
    profile = models.JSONField(null=True, blank=True)  # core.files.ImportProfile
    inspected = models.JSONField(default=dict)  # what looking at it said before anybody answered: see file_looks
    logger = models.ForeignKey(
        "records.LoggerProfile", on_delete=models.SET_NULL, null=True, blank=True, related_name="files"
    )  # the saved profile that it is read by, or that was saved from it
    given = models.JSONField(default=dict)  # the profile that somebody gave for it: {"name", "digest", "profile"}
    questions = models.JSONField(default=list)  # core.files.Question, open ones
    answers = models.JSONField(default=dict)  # question id → value, confirmed by a person
    sample = models.JSONField(default=dict)  # {"columns": [...], "rows": [[...]]}: first rows as received
    extent = models.JSONField(default=dict)  # spatial files: crs, bounds, feature count, geometry types, fields

    rows = models.BigIntegerField(default=0)
    series_count = models.PositiveIntegerField(default=0)
    period_start = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField(null=True, blank=True)
    last_start = models.DateTimeField(null=True, blank=True)  # start of the last reading
    resolution_s = models.FloatField(null=True, blank=True)
    missing_count = models.BigIntegerField(default=0)
    gap_count = models.BigIntegerField(default=0)
    duplicate_count = models.BigIntegerField(default=0)
    coverage = models.JSONField(default=list)

    version = models.ForeignKey(DatasetVersion, on_delete=models.SET_NULL, null=True, blank=True, related_name="files")
    certificate = models.JSONField(null=True, blank=True)
    signatures = models.JSONField(default=dict)  # as a version's
    readings_sha256 = models.CharField(max_length=64, blank=True, db_index=True)  # as certified
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)  # when its bytes were last hashed again
    original_erased_at = models.DateTimeField(null=True, blank=True)  # its bytes are gone for good
    erased_at = models.DateTimeField(null=True, blank=True)  # … and its readings too

    class Meta:
        ordering = ["dataset", "position", "id"]

    def __str__(self) -> str:
        return self.name


class Measured(models.Model):
    """What is said of one quantity alike, in one file or over a whole dataset."""

    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)  # as the file spells it
    field = models.CharField(max_length=63)  # its column in the readings table
    kind = models.CharField(max_length=10, default="number")
    quantity = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    direction = models.CharField(max_length=10, blank=True)
    statistic = models.CharField(max_length=10, blank=True)
    resolution_s = models.FloatField(null=True, blank=True)
    count = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0)
    minimum = models.FloatField(null=True, blank=True)
    mean = models.FloatField(null=True, blank=True)
    maximum = models.FloatField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Channel(Measured):
    """One quantity of a file's readings: what it is, how it was found out, and where its column is."""

    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="channels")
    how = models.CharField(max_length=10, blank=True)
    why = models.TextField(blank=True)
    confidence = models.FloatField(default=0)

    class Meta:
        ordering = ["file", "position"]
        constraints = [models.UniqueConstraint("file", "field", name="channel_field_once")]


class DatasetChannel(Measured):
    """One field over all the files of a dataset that have been read: added up when a file arrives or goes.

    What the files say differently is as the first file says it, but for the finest ``resolution_s``;
    ``is_mixed`` tells that they disagree on the unit.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="channels")
    is_mixed = models.BooleanField(default=False)

    class Meta:
        ordering = ["dataset", "position"]
        constraints = [models.UniqueConstraint("dataset", "field", name="dataset_channel_field_once")]


class FileFinding(models.Model):
    """A core Finding of a file, stored."""

    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="findings")
    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=10)
    channel = models.CharField(max_length=200, blank=True)
    count = models.BigIntegerField(default=1)
    where = models.JSONField(default=list)
    message = models.TextField()

    class Meta:
        ordering = ["file", "id"]

    def __str__(self) -> str:
        return f"{self.code} × {self.count}"
