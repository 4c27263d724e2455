"""Keep each dataset's words and facet values, and a full-text index over the words."""

import django.db.models.deletion
from django.db import migrations, models

from fairwatt.records.search_index import create_index, drop_index


class Migration(migrations.Migration):
    dependencies = [("records", "0002_audit_append_only")]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "dataset",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_text",
                        serialize=False,
                        to="records.dataset",
                    ),
                ),
                ("names", models.TextField()),
                ("subjects", models.TextField()),
                ("description", models.TextField()),
                ("parts", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="FacetValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=20)),
                ("value", models.CharField(max_length=120)),
                (
                    "dataset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="facet_values",
                        to="records.dataset",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["name", "value", "dataset"], name="facet_name_value")],
                "constraints": [models.UniqueConstraint("dataset", "name", "value", name="facet_value_once")],
            },
        ),
        migrations.RunPython(
            lambda _apps, editor: create_index(editor.connection),
            lambda _apps, editor: drop_index(editor.connection),
        ),
    ]
