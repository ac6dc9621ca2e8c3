"""The core: settings, roles, access, and the base of the back office."""

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """Makes the groups of the three roles after every migrate."""

    name = "core"
    verbose_name = _("Core")

    def ready(self) -> None:
        from core.roles import make_groups

        # The signal comes for each app with models; that of the groups themselves is enough.
        post_migrate.connect(make_groups, sender=apps.get_app_config("auth"))


class BackOfficeConfig(AdminConfig):
    """Django's admin, with our site in it."""

    default_site = "core.admin.BackOffice"
