"""The core: settings, roles, access, and the base of the back office."""

from typing import Any

from django.apps import AppConfig, apps
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """Makes the groups of the three roles after every migrate; listens to the cluster's heart."""

    name = "core"
    verbose_name = _("Core")

    def ready(self) -> None:
        from django.db.backends.signals import connection_created
        from django_q.signals import post_execute_in_worker, post_spawn, pre_execute

        from core import declarations
        from core.models import beat, take_up
        from core.roles import make_groups

        declarations.collect()
        check_mail()
        # The signal comes for each app with models; that of the groups themselves is enough.
        post_migrate.connect(make_groups, sender=apps.get_app_config("auth"))
        pre_execute.connect(take_up)
        for signal in (post_spawn, post_execute_in_worker):
            signal.connect(beat)
        connection_created.connect(read_moments_quickly)


def read_moments_quickly(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Have a connection that was just opened read points in time as database/moments.py does."""
    if connection.vendor == "postgresql":
        from core.database.moments import Moments  # No business of a process on SQLite.

        connection.connection.adapters.register_loader("timestamptz", Moments)


def check_mail() -> None:
    """Stop the process where what MAIL_URL says is not all that its provider needs."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.mail import get_connection

    from core import environment, mail_url
    from core.outbox import events

    try:
        get_connection()
        events.check()
    except (ImproperlyConfigured, ImportError) as error:
        problem = str(error).split("\n", maxsplit=1)[0].rstrip(".")
        environment.refuse("MAIL_URL", f"is not complete: {problem}", mail_url.SHOULD_BE)


class BackOfficeConfig(AdminConfig):
    """Django's admin, with our site in it."""

    default_site = "core.backoffice.site.BackOffice"

    def ready(self) -> None:
        super().ready()
        # Whoever edits a schedule there runs any function; whoever sees a task there, that one.
        theirs = [model for model in admin.site._registry if model._meta.app_label == "django_q"]
        admin.site.unregister(theirs)
