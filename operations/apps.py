"""Jobs, and what they need: customers, sites, equipment, tasks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    """The work itself."""

    name = "operations"
    verbose_name = _("Operations")
