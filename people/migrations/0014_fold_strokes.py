"""Letters with a stroke or of two in one are searched as people type them, with an accent too."""

from typing import Any

from django.db import migrations

from core.record import doubles

# What stood in a text that is searched where a letter had an accent as well (Ǿ, Ǽ), or no other
# letter yet (Ħ, Ŧ).
SIGNS = "øæħŧđłþœ‘’–—"


def refold(apps: Any, _schema_editor: Any) -> None:
    doubles.refold(apps.get_model("people", "user"), SIGNS)


class Migration(migrations.Migration):
    dependencies = [("people", "0013_same_addresses_once")]

    operations = [migrations.RunPython(refold, migrations.RunPython.noop)]
