"""Names that look the same are the same, and are found by any three letters."""

from typing import Any

import datetime

from django.db import migrations, models


class PostgreSQL(migrations.RunSQL):
    """SQL that other databases do without."""

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, *states)


class Migration(migrations.Migration):
    dependencies = [("operations", "0004_fold_texts")]

    operations = [
        migrations.RemoveConstraint("customer", "operations_customer_name_unique"),
        migrations.RemoveConstraint("site", "operations_site_name_unique"),
        migrations.AlterField(
            "equipment",
            "serial_number",
            models.CharField(max_length=100, verbose_name="serial number"),
        ),
        migrations.AlterField(
            "historicalequipment",
            "serial_number",
            models.CharField(max_length=100, verbose_name="serial number"),
        ),
        migrations.AddConstraint(
            "customer",
            models.UniqueConstraint(
                fields=("name_folded",),
                name="operations_customer_name_unique",
                violation_error_code="name",
                violation_error_message="There is a customer of this name already.",
            ),
        ),
        migrations.AddConstraint(
            "site",
            models.UniqueConstraint(
                fields=("customer", "name_folded"),
                name="operations_site_name_unique",
                violation_error_code="name",
                violation_error_message="This customer has a site of this name already.",
            ),
        ),
        migrations.AddConstraint(
            "equipment",
            models.UniqueConstraint(
                fields=("serial_folded",),
                name="operations_equipment_serial_unique",
                violation_error_code="serial_number",
                violation_error_message="Other equipment has this serial number.",
            ),
        ),
        migrations.AddConstraint(
            "job",
            models.CheckConstraint(
                condition=models.Q(
                    ("scheduled_date__isnull", True),
                    models.Q(
                        ("scheduled_date__gte", datetime.date(1900, 1, 1)),
                        ("scheduled_date__lte", datetime.date(2199, 12, 31)),
                    ),
                    _connector="OR",
                ),
                name="operations_job_day_known",
            ),
        ),
        PostgreSQL(
            "DROP INDEX operations_customer_search",
            "CREATE INDEX operations_customer_search ON operations_customer USING gin ("
            "UPPER(name) gin_trgm_ops, UPPER(contact_name) gin_trgm_ops, "
            "UPPER(phone) gin_trgm_ops, UPPER(email) gin_trgm_ops)",
        ),
        *(
            PostgreSQL(
                f"CREATE INDEX operations_{kind}_words ON operations_{kind} "
                "USING gin (search_text gin_trgm_ops)",
                f"DROP INDEX operations_{kind}_words",
            )
            for kind in ("customer", "equipment")
        ),
    ]
