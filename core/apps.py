"""The core: settings, roles, access, and the base of the back office."""

from django.apps import AppConfig, apps
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """Makes the groups of the three roles after every migrate; listens to the cluster's heart."""

    name = "core"
    verbose_name = _("Core")

    def ready(self) -> None:
        from django_q.signals import post_spawn, pre_execute

        from core import declarations
        from core.models import beat
        from core.roles import make_groups

        declarations.collect()
        # The signal comes for each app with models; that of the groups themselves is enough.
        post_migrate.connect(make_groups, sender=apps.get_app_config("auth"))
        for signal in (post_spawn, pre_execute):
            signal.connect(beat)


class BackOfficeConfig(AdminConfig):
    """Django's admin, with our site in it."""

    default_site = "core.backoffice.site.BackOffice"

    def ready(self) -> None:
        super().ready()
        # Whoever edits a schedule there runs any function; whoever sees a task there, that one.
        theirs = [model for model in admin.site._registry if model._meta.app_label == "django_q"]
        admin.site.unregister(theirs)
