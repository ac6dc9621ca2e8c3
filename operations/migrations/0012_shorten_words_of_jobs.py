"""Words of more letters than an index has room for are shortened in what jobs are found by, where
the database is PostgreSQL, as whatever is written from now on (models/job_words.py)."""

from typing import Any

from django.db import migrations

# No word of 600 letters and more goes on; an expression may repeat 255 times at most.
SHORTEN = r"""
UPDATE operations_job SET search_text = regexp_replace(search_text, '(([^ ]{200}){3})[^ ]+', '\1', 'g')
WHERE search_text ~ '([^ ]{200}){3}[^ ]'
"""


def shorten(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SHORTEN)


class Migration(migrations.Migration):
    dependencies = [("operations", "0011_moments_known")]

    operations = [migrations.RunPython(shorten, migrations.RunPython.noop)]
