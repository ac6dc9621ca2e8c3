"""The history of one row: its timeline, and one entry of it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.access import require
from core.backoffice.chosen import key_of
from core.database.cursors import Cursor
from core.record import timeline


def page(
    model_admin: Any, request: HttpRequest, object_id: str, extra: dict[str, Any] | None
) -> HttpResponse:
    """The timeline of the row as it is now, for whoever may read its part of the audit log."""
    obj = get_object_or_404(model_admin.get_queryset(request), pk=key_of(object_id))
    require(request.user, "audit", obj)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("History of %(name)s") % {"name": obj},
        "opts": model_admin.opts,
        "object": obj,
    }
    sources = model_admin.history_sources(obj)
    if name := request.GET.get("entry"):
        return _one(request, sources, name, context)
    context |= {"page": timeline.page(sources, _cursor(request)), **(extra or {})}
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "core/timeline.html", context)


def _cursor(request: HttpRequest) -> Cursor | None:
    text = request.GET.get("cursor")
    try:
        return None if text is None else timeline.read(text)
    except ValidationError as error:
        raise Http404 from error


def _one(request: HttpRequest, sources: Any, name: str, context: dict[str, Any]) -> HttpResponse:
    """One entry of the timeline, with its long values whole."""
    entry = timeline.one(sources, name)
    if entry is None:
        raise Http404
    context |= {"entry": entry, "back": request.path, "back_text": context["title"]}
    return TemplateResponse(request, "core/timeline_one.html", context)
