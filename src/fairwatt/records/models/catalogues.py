"""What programs need to know of the catalogues beyond the datasets: what changed when, and which links work."""

from __future__ import annotations

from django.db import models

from fairwatt.records.models.datasets import Dataset


class Listing(models.Model):
    """When what the catalogues say of a dataset last changed: the order in which programs read the catalogues.

    There is one for every dataset that has been published. It stays when the dataset is withdrawn or erased, so that
    those who hold a copy of its description learn of that.
    """

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, primary_key=True, related_name="listing")
    changed_at = models.DateTimeField()  # as data managers are told
    told_at = models.DateTimeField()  # as everybody else is: what happens to what is withheld is no news
    was_public = models.BooleanField(default=False)  # whether anybody could ever know of the dataset
    is_public = models.BooleanField(default=False)  # … and can, by what was noted last

    class Meta:
        indexes = [
            models.Index(fields=["changed_at", "dataset"], name="listing_in_order"),
            models.Index(fields=["told_at", "dataset"], name="listing_as_told"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset}, changed {self.changed_at:%Y-%m-%d %H:%M}"


class LinkCheck(models.Model):
    """What the last look at a dataset's address elsewhere found."""

    class State(models.TextChoices):
        WAITING = "waiting", "Not checked yet"
        WORKS = "works", "Works"
        MOVED = "moved", "Moved for good"
        GUARDED = "guarded", "Asks who you are"
        BROKEN = "broken", "Answers with an error"
        SILENT = "silent", "Does not answer"
        REFUSED = "refused", "Not checked: no public address"

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, primary_key=True, related_name="link_check")
    address = models.URLField(max_length=500)  # that was looked at; the dataset's may have changed since
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    status = models.PositiveIntegerField(null=True, blank=True)  # of HTTP
    message = models.TextField(blank=True)
    leads_to = models.TextField(blank=True)  # where it has moved to
    checked_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)  # the first of the looks in a row that failed
    next_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["dataset"]

    def __str__(self) -> str:
        return f"{self.address}: {self.get_state_display()}"
