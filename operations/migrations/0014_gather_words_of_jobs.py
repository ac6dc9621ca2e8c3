"""The words of the jobs that there were before PostgreSQL kept them."""

from typing import Any

from django.db import migrations

GATHER = """
INSERT INTO operations_jobword (word)
    SELECT DISTINCT word FROM operations_job, unnest(string_to_array(search_text, ' ')) AS held (word)
    WHERE word ~ '[^0-9]{3}' AND NOT EXISTS (
        SELECT FROM operations_jobword known WHERE known.word = held.word COLLATE "C"
    )
"""
# How many jobs have each word is known once the table has been looked through, and a search is
# planned by it.
LOOK_THROUGH = "ANALYZE operations_job, operations_jobword"


def gather(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GATHER)
        schema_editor.execute(LOOK_THROUGH)


class Migration(migrations.Migration):
    dependencies = [("operations", "0013_words_of_jobs")]

    operations = [migrations.RunPython(gather, migrations.RunPython.noop)]
