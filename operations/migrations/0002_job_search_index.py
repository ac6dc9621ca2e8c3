"""Indexes for the search by any three letters, and for the days from the last one on with the
unscheduled after them, where the database is PostgreSQL.

SQLite, for a small office, reads the columns.
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
        # As Django asks whether a text contains another, whatever the case.
        PostgreSQL(
            "CREATE INDEX operations_customer_search ON operations_customer USING gin ("
            "UPPER(name) gin_trgm_ops, UPPER(contact_name) gin_trgm_ops, "
            "UPPER(phone) gin_trgm_ops, UPPER(email) gin_trgm_ops)",
            "DROP INDEX operations_customer_search",
        ),
        PostgreSQL(
            "CREATE INDEX operations_site_search ON operations_site "
            "USING gin (search_text gin_trgm_ops)",
            "DROP INDEX operations_site_search",
        ),
        PostgreSQL(
            "CREATE INDEX operations_job_day_last ON operations_job "
            "(scheduled_date DESC NULLS LAST, id DESC)",
            "DROP INDEX operations_job_day_last",
        ),
    ]
