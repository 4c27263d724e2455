from __future__ import annotations

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def note_what_was_told(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take it that everybody was told of the latest changes, as they were."""
    del schema_editor
    listings = apps.get_model("records", "Listing").objects
    listings.update(told_at=models.F("changed_at"))
    listings.filter(dataset__metadata_withheld=False).update(is_public=True)


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0013_trials"),
    ]

    operations = [
        migrations.CreateModel(
            name="Doi",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("wanted", "Waiting to be registered"),
                            ("draft", "Reserved, not public yet"),
                            ("registered", "Registered, out of DataCite’s search"),
                            ("findable", "Registered and findable"),
                        ],
                        default="wanted",
                        max_length=10,
                    ),
                ),
                ("sent_sha256", models.CharField(blank=True, max_length=64)),
                ("registered_at", models.DateTimeField(blank=True, null=True)),
                ("changed_at", models.DateTimeField(blank=True, null=True)),
                ("tried_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "dataset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="dois", to="records.dataset"
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="doi",
                        to="records.datasetversion",
                    ),
                ),
            ],
            options={
                "ordering": ["dataset", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("dataset"),
                        condition=models.Q(("version__isnull", True)),
                        name="doi_of_all_versions_once",
                    )
                ],
            },
        ),
        migrations.AddField("dataset", "restored_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("dataset", "restoration_reason", models.TextField(blank=True)),
        migrations.AddField("listing", "is_public", models.BooleanField(default=False)),
        migrations.AddField("listing", "told_at", models.DateTimeField(null=True)),
        migrations.RunPython(note_what_was_told, migrations.RunPython.noop),
    ]
