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
INDEXES = {
    "historicalcustomer": "operations__change__186c10_idx",
    "historicalequipment": "operations__change__5481e7_idx",
    "historicaljob": "operations__change__b8381b_idx",
    "historicaljobshare": "operations__change__a00cf1_idx",
    "historicalsite": "operations__change__25d7f6_idx",
    "historicaltask": "operations__change__2ae8df_idx",
}


def change_set(**default) -> models.UUIDField:
    return models.UUIDField(null=True, verbose_name="change set", **default)


def kind(default) -> models.CharField:
    return models.CharField(choices=KINDS, default=default, max_length=10, verbose_name="act")


def columns(model: str, index: str) -> list:
    # Without a default at first: it would be asked once, and put all of before into one act.
    return [
        migrations.AddField(model, "change_set", change_set()),
        migrations.AlterField(
            model, "change_set", change_set(default=core.record.audit.change_set_id)
        ),
        migrations.AddField(model, "act_kind", kind("")),
        migrations.AlterField(model, "act_kind", kind(core.record.audit.kind)),
        migrations.AddIndex(model, models.Index(fields=["change_set"], name=index)),
    ]


class Migration(migrations.Migration):
    dependencies = [("operations", "0005_same_names_once")]

    operations = [each for model, index in INDEXES.items() for each in columns(model, index)]
