"""The public keys that certificates were signed with, and the hashes of readings that they name."""

from __future__ import annotations

from django.db import models

from fairwatt.records.models.datasets import Dataset, DatasetVersion, File


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


class FormerIssue(models.Model):
    """A certificate as it was before it was issued anew, because parts of its data were erased.

    It holds no values of readings. It is kept so that whoever has a file of then can still be told what it was, and
    that it is not certified any more.
    """

    version = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, null=True, related_name="former_issues")
    file = models.ForeignKey(File, on_delete=models.CASCADE, null=True, related_name="former_issues")
    certificate = models.JSONField()
    digest = models.CharField(max_length=64, unique=True)  # sha256 of the certificate's canonical JSON
    signatures = models.JSONField(default=dict)
    readings_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    superseded_at = models.DateTimeField()

    class Meta:
        ordering = ["-superseded_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.version or self.file}, until {self.superseded_at:%Y-%m-%d %H:%M}"


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
