"""The public keys that certificates were signed with, and the hashes of readings that they name."""

from __future__ import annotations

from django.db import models

from fairwatt.records.models.datasets import Dataset


class SigningKey(models.Model):
    """A public key of this instance; old ones stay, so that what they signed can be checked for ever."""

    kid = models.CharField(max_length=43, unique=True)  # its thumbprint (RFC 7638)
    x = models.CharField(max_length=43)  # the key, base64url
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)  # null is the present one
    revoked_at = models.DateTimeField(null=True, blank=True)
    revocation_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-valid_from", "-id"]

    def __str__(self) -> str:
        return self.kid


class ReadingsDigest(models.Model):
    """The sha256 of readings in their canonical form, under a name for exactly these readings."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="readings_digests")
    export = models.CharField(max_length=64)  # a name for what was hashed: see services.readings_digests
    sha256 = models.CharField(max_length=64, db_index=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["dataset", "id"]
        constraints = [models.UniqueConstraint("dataset", "export", name="readings_digest_once")]

    def __str__(self) -> str:
        return f"{self.dataset}: {self.sha256}"
