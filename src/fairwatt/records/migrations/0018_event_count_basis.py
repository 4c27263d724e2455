from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0017_packages_after_erasures"),
    ]

    operations = [
        migrations.AddField(
            model_name="eventcount",
            name="basis",
            field=models.CharField(default="", max_length=64),
        ),
    ]
