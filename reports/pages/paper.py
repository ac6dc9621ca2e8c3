"""The whole report for paper: the figures and the charts of the page, with their tables, formulas,
days and filters."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import papers
from core.access import require
from core.papers import Paper
from people.letterhead import letterhead
from reports import figures
from reports.pages.asked import AskForm
from reports.pages.cards import cards
from reports.pages.pictures import pictures
from reports.pages.tables import query


@require_safe
def page(request: HttpRequest, form: str = "") -> HttpResponse:
    """What the page *Analytics* says at the same address, made to be printed."""
    require(request.user, "view", figures.RIGHTS)
    asked = AskForm(request.GET)
    if not asked.is_valid():
        raise BadRequest(_("There is no such figure."))
    question, address = asked.question, query(asked)
    before = question.compared()
    context = {
        "question": question,
        "before": before.period,
        "filters": _filters(asked),
        "cards": cards(question, before),
        "pictures": pictures(question),
        "letterhead": letterhead(),
        "company": reverse("admin:company"),
    }
    paper = Paper(
        "reports/paper.html",
        _("Report, %(period)s") % {"period": question.period},
        f"{reverse('admin:analytics_paper')}?{address}",
        f"{reverse('admin:analytics_pdf')}?{address}",
        f"{reverse('admin:analytics')}?{address}",
        context,
    )
    return papers.answer(request, paper, form=form)


def _filters(asked: AskForm) -> list[tuple[Any, Any]]:
    """Whose jobs, in words: of each filter that is on what it is called, and what is chosen."""
    names = ("technician", "owner", "customer")
    found = [(asked.fields[name].label, asked.cleaned_data[name]) for name in names]
    priorities: Any = dict(asked.fields["priority"].choices)  # type: ignore[attr-defined]
    if chosen := asked.cleaned_data["priority"]:
        found.append((asked.fields["priority"].label, priorities[chosen]))
    return [(label, value) for label, value in found if value]
