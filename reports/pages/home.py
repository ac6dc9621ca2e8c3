"""What the start page shows of the figures: to whom they are told those of the company, and to
whoever answers for jobs those of their own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from core.record import audit
from reports.figures import whose
from reports.pages import pictures
from reports.pages.cards import few
from reports.period import Period, last_30_days, parts
from reports.question import Question

_WEEK = timedelta(days=6)


def shown(request: HttpRequest) -> str:
    """The last 30 days and the coming week; nothing where there is nothing to show yet."""
    user: Any = request.user
    filters = whose(user)
    if filters is None:
        return ""
    today = audit.today()
    period = last_30_days(today)
    question = Question(period, filters, audit.now(), parts(period))
    drawn = [pictures.flow(question), pictures.planned(_coming(question, today))]
    if all(each.chart.is_empty for each in drawn):
        return ""
    context = {
        "title": _("My jobs, the last 30 days") if filters.owner else _("The last 30 days"),
        "period": period,
        "more": "" if filters.owner else reverse("admin:analytics"),
        "cards": few(question),
        "pictures": drawn,
    }
    return render_to_string("reports/home.html", context)


def _coming(question: Question, today: date) -> Question:
    """The same of the week that begins today."""
    return question.within(Period(today, today + _WEEK))
