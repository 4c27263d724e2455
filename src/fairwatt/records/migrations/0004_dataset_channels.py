"""Keep what each dataset's channels add up to, and add those up that have been read already."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Count, F, FloatField, Max, Min, Q, Sum, Window
from django.db.models.functions import RowNumber

_ALIKE = ("name", "field", "kind", "quantity", "unit", "direction", "statistic")


def add_channels_up(apps: Any, _editor: object) -> None:
    """Fill the new table, a dataset at a time."""
    channel = apps.get_model("records", "Channel")
    total = apps.get_model("records", "DatasetChannel")
    read = channel.objects.filter(file__state="read").order_by()
    for dataset in sorted(set(read.values_list("file__dataset", flat=True))):
        total.objects.bulk_create(_totals_of(read.filter(file__dataset=dataset), dataset, total), batch_size=500)


def _totals_of(rows: Any, dataset: int, total: Any) -> list[Any]:
    sums = {
        row.pop("field"): row
        for row in rows.values("field").annotate(
            readings=Sum("count"),
            gaps=Sum("missing"),
            lowest=Min("minimum"),
            highest=Max("maximum"),
            finest=Min("resolution_s"),
            weighed=Sum(F("mean") * F("count"), output_field=FloatField()),
            weight=Sum("count", filter=Q(mean__isnull=False)),
            units=Count("unit", distinct=True),
        )
    }
    order = ("file__position", "file", "position")
    place = Window(RowNumber(), partition_by="field", order_by=order)
    firsts = rows.annotate(place=place).filter(place=1).order_by(*order).values(*_ALIKE)
    return [
        total(
            dataset_id=dataset,
            position=position,
            count=found["readings"],
            missing=found["gaps"],
            minimum=found["lowest"],
            mean=found["weighed"] / found["weight"] if found["weight"] else None,
            maximum=found["highest"],
            resolution_s=found["finest"],
            is_mixed=found["units"] > 1,
            **first,
        )
        for position, first in enumerate(firsts, start=1)
        for found in [sums[first["field"]]]
    ]


class Migration(migrations.Migration):
    dependencies = [("records", "0003_search")]

    operations = [
        migrations.CreateModel(
            name="DatasetChannel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=200)),
                ("field", models.CharField(max_length=63)),
                ("kind", models.CharField(default="number", max_length=10)),
                ("quantity", models.CharField(blank=True, max_length=40)),
                ("unit", models.CharField(blank=True, max_length=20)),
                ("direction", models.CharField(blank=True, max_length=10)),
                ("statistic", models.CharField(blank=True, max_length=10)),
                ("resolution_s", models.FloatField(blank=True, null=True)),
                ("count", models.BigIntegerField(default=0)),
                ("missing", models.BigIntegerField(default=0)),
                ("minimum", models.FloatField(blank=True, null=True)),
                ("mean", models.FloatField(blank=True, null=True)),
                ("maximum", models.FloatField(blank=True, null=True)),
                ("is_mixed", models.BooleanField(default=False)),
                (
                    "dataset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="channels", to="records.dataset"
                    ),
                ),
            ],
            options={
                "ordering": ["dataset", "position"],
                "constraints": [models.UniqueConstraint("dataset", "field", name="dataset_channel_field_once")],
            },
        ),
        migrations.RunPython(add_channels_up, migrations.RunPython.noop),
    ]
