from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0015_listings_as_told"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormerIssue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("certificate", models.JSONField()),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("signatures", models.JSONField(default=dict)),
                ("readings_sha256", models.CharField(blank=True, db_index=True, max_length=64)),
                ("superseded_at", models.DateTimeField()),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_issues",
                        to="records.file",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_issues",
                        to="records.datasetversion",
                    ),
                ),
            ],
            options={"ordering": ["-superseded_at", "-pk"]},
        ),
    ]
