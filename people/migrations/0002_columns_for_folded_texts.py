"""Columns by which user names are the same, and by which people are found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.AddField(
            "user",
            "username_folded",
            models.CharField(default="", editable=False, max_length=450),
            preserve_default=False,
        ),
        migrations.AddField(
            "user", "search_text", models.TextField(default="", editable=False)
        ),
    ]
