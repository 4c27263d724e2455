"""Entries of the Data Sharing Log, what was said about them, and uploads on their way."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from fairwatt.records.models.datasets import Dataset, File
from fairwatt.records.models.people import Organization, User


class Deposit(models.Model):
    """One entry of the Data Sharing Log: a draft with an address of its own, then a submission under review."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Waiting for review"
        RETURNED = "returned", "Returned to you"
        APPROVED = "approved", "Published"
        DISCARDED = "discarded", "Discarded"

    code = models.CharField(max_length=20, unique=True)  # the deposit id on the receipt
    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="deposit")
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="deposits"
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deposits")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    answers = models.JSONField(default=dict)  # step slug → {field: value}
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [models.Index(fields=["state", "submitted_at"])]

    def __str__(self) -> str:
        return self.code


class Comment(models.Model):
    """What a manager and a partner say to each other about a deposit."""

    deposit = models.ForeignKey(Deposit, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.text[:60]


class Upload(models.Model):
    """Bytes on their way in (tus): resumable at any byte, turned into a File when complete."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deposit = models.ForeignKey(Deposit, on_delete=models.CASCADE, related_name="uploads")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="uploads")
    filename = models.TextField()
    size = models.BigIntegerField()
    offset = models.BigIntegerField(default=0)
    file = models.OneToOneField(File, on_delete=models.SET_NULL, null=True, blank=True, related_name="upload")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gte=0), name="upload_size_positive"),
            models.CheckConstraint(condition=Q(offset__gte=0) & Q(offset__lte=F("size")), name="upload_offset_within"),
        ]

    def __str__(self) -> str:
        return self.filename
