"""All figures of a period, for Admins."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import require
from reports import figures
from reports.pages.asked import AskForm
from reports.pages.cards import cards
from reports.pages.pictures import pictures
from reports.pages.since import since
from reports.pages.tables import query
from reports.period import PRESETS


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page *Analytics*: what is asked, the figures, and the charts."""
    require(request.user, "view", figures.RIGHTS)
    form = AskForm(request.GET)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Analytics"),
        "form": form,
        "presets": [],
    }
    if form.is_valid():
        context |= _answered(form)
    return TemplateResponse(request, "reports/analytics.html", context)


def _answered(form: AskForm) -> dict[str, Any]:
    question = form.question
    before = question.compared()
    return {
        "question": question,
        "before": before.period,
        "presets": _presets(form),
        "is_own": not form.chosen,
        "is_narrowed": bool(form.filters),
        "clear": _address({"period": form.chosen} if form.chosen else _days(form)),
        "asked": query(form),
        "cards": cards(question, before),
        "pictures": pictures(question),
        "since": since(question),
    }


def _presets(form: AskForm) -> list[dict[str, Any]]:
    """The periods to choose from; the filters stay."""
    return [
        {
            "title": preset.title,
            "url": _address({"period": preset.name, **form.filters}),
            "is_chosen": preset.name == form.chosen,
        }
        for preset in PRESETS
    ]


def _days(form: AskForm) -> dict[str, Any]:
    return {"from": form.period.start, "to": form.period.end}


def _address(asked: dict[str, Any]) -> str:
    return f"?{urlencode(asked)}"
