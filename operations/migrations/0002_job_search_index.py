"""An index for the search of jobs by any three letters, where the database is PostgreSQL.

SQLite, for a small office, reads the column.
"""

from typing import Any

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class PostgreSQL(migrations.RunSQL):
    """SQL that other databases do without."""

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, *states)


class Migration(migrations.Migration):
    dependencies = [("operations", "0001_initial")]

    operations = [
        TrigramExtension(),
        PostgreSQL(
            "CREATE INDEX operations_job_search ON operations_job "
            "USING gin (search_text gin_trgm_ops)",
            "DROP INDEX operations_job_search",
        ),
    ]
