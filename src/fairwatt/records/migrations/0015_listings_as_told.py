from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Apart from the one before: PostgreSQL does not change a table that has just been filled in one transaction."""

    dependencies = [
        ("records", "0014_dois_and_restorations"),
    ]

    operations = [
        migrations.AlterField("listing", "told_at", models.DateTimeField()),
        migrations.AddIndex(
            model_name="listing", index=models.Index(fields=["told_at", "dataset"], name="listing_as_told")
        ),
    ]
