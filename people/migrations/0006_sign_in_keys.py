from django.db import migrations
from django.db.models import F, Q

from people.models import new_sign_in_key


def give_keys(apps, schema_editor):
    """Whoever may enter keeps what their sign-ins were bound to before, the hash of the password:
    no session, token or link ends by this version. Everybody else gets a key of their own."""
    people = apps.get_model("people", "User")._base_manager
    enters = Q(is_active=True) & (Q(is_superuser=True) | Q(groups__isnull=False))
    going_on = people.filter(enters).values("pk")
    for person in people.exclude(pk__in=going_on).only("pk").iterator():
        people.filter(pk=person.pk).update(sign_in_key=new_sign_in_key())
    people.filter(pk__in=going_on).update(sign_in_key=F("password"))


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0005_sign_in_key'),
    ]

    operations = [
        migrations.RunPython(give_keys, migrations.RunPython.noop),
    ]
