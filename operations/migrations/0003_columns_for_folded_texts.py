"""Columns by which names are the same, and by which rows are found; and since when a task stands
at its place."""

import django.utils.timezone
from django.db import migrations, models


def folded(length: int) -> models.CharField:
    return models.CharField(default="", editable=False, max_length=length)


def searched() -> models.TextField:
    return models.TextField(default="", editable=False)


class Migration(migrations.Migration):
    dependencies = [("operations", "0002_job_search_index")]

    operations = [
        migrations.AddField("customer", "name_folded", folded(600), preserve_default=False),
        migrations.AddField("customer", "search_text", searched()),
        migrations.AddField("site", "name_folded", folded(600), preserve_default=False),
        migrations.AddField("equipment", "serial_folded", folded(300), preserve_default=False),
        migrations.AddField("equipment", "search_text", searched()),
        migrations.AddField(
            "task",
            "placed_at",
            models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AlterModelOptions(
            "task",
            {
                "ordering": ("position", "-placed_at", "pk"),
                "permissions": (
                    ("progress_task", "Can progress task"),
                    ("audit_task", "Can audit task"),
                    ("import_task", "Can import task"),
                    ("export_task", "Can export task"),
                ),
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
            },
        ),
    ]
