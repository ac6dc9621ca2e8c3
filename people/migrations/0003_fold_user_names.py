"""The user names that are there are folded; doubles are named."""

from typing import Any

from django.db import migrations

from core.text import search

from core.record import doubles
from core.text.typed import searchable


def fold(apps: Any, _schema_editor: Any) -> None:
    doubles.fold(apps.get_model("people", "user"), "username_folded", "username")


def write_search_texts(apps: Any, _schema_editor: Any) -> None:
    doubles.write(apps.get_model("people", "user"), "search_text", words)


def words(row: Any) -> str:
    names = (row.first_name, row.last_name, row.username)
    return searchable(*names, row.phone, search.digits(row.phone))


class Migration(migrations.Migration):
    dependencies = [("people", "0002_columns_for_folded_texts")]

    operations = [
        migrations.RunPython(fold, migrations.RunPython.noop),
        migrations.RunPython(write_search_texts, migrations.RunPython.noop),
    ]
