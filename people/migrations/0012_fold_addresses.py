"""The e-mail addresses that are there are folded; doubles are named."""

from typing import Any

from django.db import migrations, models

from core.record import doubles


def fold(apps: Any, _schema_editor: Any) -> None:
    doubles.fold(apps.get_model("people", "user"), "email_folded", "email")


class Migration(migrations.Migration):
    dependencies = [("people", "0011_email_problem")]

    operations = [
        migrations.AddField(
            "user",
            "email_folded",
            models.CharField(default="", editable=False, max_length=762),
        ),
        migrations.RunPython(fold, migrations.RunPython.noop),
    ]
