"""User names that look the same are the same."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0003_fold_user_names")]

    operations = [
        migrations.RemoveConstraint("user", "people_user_username_unique"),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                fields=("username_folded",),
                name="people_user_username_unique",
                violation_error_code="username",
                violation_error_message="Another person has this user name.",
            ),
        ),
    ]
