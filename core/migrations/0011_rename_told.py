from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0010_rename_wishes"),
    ]

    operations = [
        migrations.RenameField("import", "told", "people_told"),
    ]
