from __future__ import annotations

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_LISTED = ("published", "withdrawn")


def list_published(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Note of every dataset that has been published when it last changed, and put its keywords into the index."""
    del schema_editor
    dataset, listing, facet = (apps.get_model("records", name) for name in ("Dataset", "Listing", "FacetValue"))
    dates = ("published_at", "updated_at", "withdrawn_at", "erased_at")
    rows = dataset.objects.filter(state__in=_LISTED).values_list("pk", "metadata_withheld", "keywords", *dates)
    listings, facets = [], []
    for pk, withheld, keywords, *instants in rows.iterator():
        changed_at = max(instant for instant in instants if instant is not None)
        listings.append(listing(dataset_id=pk, changed_at=changed_at, was_public=not withheld))
        words = {str(word).strip()[:120] for word in keywords} - {""}
        facets += [facet(dataset_id=pk, name="keyword", value=word) for word in sorted(words)]
    listing.objects.bulk_create(listings, batch_size=500)
    facet.objects.bulk_create(facets, batch_size=500, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0008_upkeep"),
    ]

    operations = [
        migrations.CreateModel(
            name="LinkCheck",
            fields=[
                (
                    "dataset",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="link_check",
                        serialize=False,
                        to="records.dataset",
                    ),
                ),
                ("address", models.URLField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Not checked yet"),
                            ("works", "Works"),
                            ("moved", "Moved for good"),
                            ("guarded", "Asks who you are"),
                            ("broken", "Answers with an error"),
                            ("silent", "Does not answer"),
                            ("refused", "Not checked: no public address"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("status", models.PositiveIntegerField(blank=True, null=True)),
                ("message", models.TextField(blank=True)),
                ("leads_to", models.TextField(blank=True)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("next_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "ordering": ["dataset"],
            },
        ),
        migrations.CreateModel(
            name="Listing",
            fields=[
                (
                    "dataset",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="listing",
                        serialize=False,
                        to="records.dataset",
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                ("was_public", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [models.Index(fields=["changed_at", "dataset"], name="listing_in_order")],
            },
        ),
        migrations.RunPython(list_published, migrations.RunPython.noop),
    ]
