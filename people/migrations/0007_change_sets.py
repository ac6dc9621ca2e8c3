"""Every history row names the change set that it is of; those of before name none."""

import core.record.audit
from django.db import migrations, models

KINDS = [
    ("form", "form"),
    ("call", "API call"),
    ("bulk", "bulk action"),
    ("hand_over", "hand-over"),
    ("undo", "undo"),
    ("import", "import"),
    ("run", "scheduled run"),
    ("command", "command"),
]


def change_set(**default) -> models.UUIDField:
    return models.UUIDField(null=True, verbose_name="change set", **default)


def kind(default) -> models.CharField:
    return models.CharField(choices=KINDS, default=default, max_length=10, verbose_name="act")


class Migration(migrations.Migration):
    dependencies = [("people", "0006_sign_in_keys")]

    operations = [
        # Without a default at first: it would be asked once, and put all of before into one act.
        migrations.AddField("historicaluser", "change_set", change_set()),
        migrations.AlterField(
            "historicaluser", "change_set", change_set(default=core.record.audit.change_set_id)
        ),
        migrations.AddField("historicaluser", "act_kind", kind("")),
        migrations.AlterField("historicaluser", "act_kind", kind(core.record.audit.kind)),
        migrations.AddIndex(
            "historicaluser",
            models.Index(fields=["change_set"], name="people_hist_change__0c6b9a_idx"),
        ),
    ]
