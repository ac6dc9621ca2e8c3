"""E-mail addresses that look the same are the same."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0012_fold_addresses")]

    operations = [
        migrations.RemoveConstraint("user", "people_user_email_unique"),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                fields=("email_folded",),
                condition=~models.Q(email_folded=""),
                name="people_user_email_unique",
                violation_error_code="email",
                violation_error_message="Another person has this e-mail address.",
            ),
        ),
    ]
