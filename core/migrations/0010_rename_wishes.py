from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0009_who_an_import_tells"),
    ]

    operations = [
        migrations.RenameModel(old_name="Wishes", new_name="NoticePreferences"),
    ]
