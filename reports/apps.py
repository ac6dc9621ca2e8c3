"""How the work goes: figures, and the rows behind each of them."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """Figures over jobs and tasks."""

    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from reports import percentile

        connection_created.connect(percentile.teach, dispatch_uid="percentile")
