"""Which months are kept, and what of that holds."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db.models import Exists, OuterRef

from reports.models import KeptMonth, Touched


def months() -> dict[str, frozenset[date]]:
    """The months of which what is kept holds, by measure: of days as they are now, and not touched
    since."""
    touched = Touched.objects.filter(
        measure=OuterRef("measure"), day__gte=OuterRef("first"), day__lte=OuterRef("last")
    )
    rows = KeptMonth.objects.filter(~Exists(touched), zone=settings.TIME_ZONE).order_by()
    found: dict[str, set[date]] = {}
    for measure, month in rows.values_list("measure", "month"):
        found.setdefault(measure, set()).add(month)
    return {name: frozenset(each) for name, each in found.items()}
