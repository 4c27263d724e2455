"""The audit log: appended to, never edited. Triggers in the database refuse changes and deletions."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models

from fairwatt.core.errors import NotAllowed


def _refuse() -> NoReturn:
    raise NotAllowed("The audit log is only ever added to.", next_step="Record what is so now as a new event.")


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Events, to be read and added; changing or deleting them is refused here and by the database."""

    def update(self, **_fields: Any) -> NoReturn:
        """Refuse."""
        _refuse()

    def delete(self) -> NoReturn:
        """Refuse."""
        _refuse()


class AuditEvent(models.Model):
    """Who did what to which thing, when. No foreign keys: events outlive what they speak of."""

    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor_label = models.CharField(max_length=200)
    verb = models.CharField(max_length=60)  # e.g. deposit.submitted, dataset.published, file.downloaded
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=60, db_index=True)
    subject_label = models.CharField(max_length=300, blank=True)
    dataset_key = models.CharField(max_length=20, blank=True, db_index=True)
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)

    objects: ClassVar[models.Manager[AuditEvent]] = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label} {self.verb} {self.subject_label}"

    def save(self, *args: Any, **fields: Any) -> None:
        """Add the event; a stored one is never saved again."""
        if not self._state.adding:
            _refuse()
        super().save(*args, **fields)

    def delete(self, *_args: Any, **_fields: Any) -> NoReturn:
        """Refuse."""
        _refuse()
