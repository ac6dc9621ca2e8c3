"""All figures of a period, for Admins."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import kept
from core.access import require
from reports import figures
from reports.pages.asked import AskForm
from reports.pages.cards import cards
from reports.pages.pictures import pictures
from reports.pages.since import since
from reports.pages.tables import query
from reports.period import PRESETS
from reports.question import Question


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
        context |= {**_around(form), "answered": _answered(request, form)}
    return TemplateResponse(request, "reports/analytics.html", context)


def _around(form: AskForm) -> dict[str, Any]:
    """What stands around the answer."""
    return {
        "presets": _presets(form),
        "is_own": not form.chosen,
        "is_narrowed": bool(form.filters),
        "clear": _address({"period": form.chosen} if form.chosen else _days(form)),
    }


def _answered(request: HttpRequest, form: AskForm) -> SafeString:
    """The figures and the charts: as they were counted within the last minute, which they say, and
    after whatever this browser has changed. They are the same for all who may read them."""
    question = form.question
    what = repr((question.period.days, question.filters, question.today, get_language()))
    name = f"analytics:{hashlib.sha256(what.encode()).hexdigest()}"
    # Packed, they are a tenth as long.
    packed = kept.for_everybody(
        name, lambda: _packed(form, question), since=kept.last_write(request)
    )
    return SafeString(zlib.decompress(packed).decode())  # A page of ours.


def _packed(form: AskForm, question: Question) -> bytes:
    before = question.compared()
    context = {
        "question": question,
        "before": before.period,
        "asked": query(form),
        "cards": cards(question, before),
        "pictures": pictures(question),
        "since": since(question),
    }
    return zlib.compress(render_to_string("reports/answered.html", context).encode(), level=1)


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
