"""Which months are kept, and which days of the last months, and what of that holds."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db.models import CharField, Exists, F, Func, OuterRef, Value

from reports.models import KeptMonth, Touched

# What is kept of days stands under the name of the measure with this behind it.
OF_DAYS = "."


def months(since: date = date.min) -> dict[str, frozenset[date]]:
    """The first days of the months, and the days, of which what is kept holds, by the name it is
    kept under: of days as they are now, and not touched since; none that ended before a day."""
    of = Func(F("measure"), Value(OF_DAYS), Value(""), function="REPLACE", output_field=CharField())
    touched = Touched.objects.filter(
        measure=OuterRef("of"), day__gte=OuterRef("first"), day__lte=OuterRef("last")
    )
    holding = KeptMonth.objects.filter(zone=settings.TIME_ZONE, last__gte=since)
    rows = holding.annotate(of=of).filter(~Exists(touched))
    found: dict[str, set[date]] = {}
    for measure, month in rows.order_by().values_list("measure", "month"):
        found.setdefault(measure, set()).add(month)
    return {name: frozenset(each) for name, each in found.items()}
