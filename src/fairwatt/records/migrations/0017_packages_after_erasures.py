from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0016_former_issues"),
    ]

    operations = [
        migrations.AddField(
            model_name="trialpackage",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
