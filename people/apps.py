"""The people of the company."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """People, their roles and their profile."""

    name = "people"
    verbose_name = _("People")

    def ready(self) -> None:
        from people import sessions

        sessions.listen()
