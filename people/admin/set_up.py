"""The first steps on home: a name for the person who begins, and steps that can be skipped."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from core.access import require
from core.backoffice import kept_forms
from core.backoffice.writing import tell_warnings
from people import accounts, company, set_up
from people.models import User


@require_POST
def skip(request: HttpRequest, step: str) -> HttpResponse:
    """Leave a step for later."""
    require(request.user, "change", company.Company)
    if not set_up.is_step(step):
        raise Http404
    tell_warnings(request, company.skip(step, by=request.user))
    return redirect("admin:index")


@require_http_methods(["GET", "HEAD", "POST"])
def own_name(request: HttpRequest) -> HttpResponse:
    """What the person who begins is called; home asks for it."""
    if request.method == "POST":
        _name(request)
    elif typed := kept_forms.take(request):
        set_up.keep_name(request, _names(typed))
        messages.warning(request, kept_forms.not_saved_yet())
    return redirect("admin:index")


def _name(request: HttpRequest) -> None:
    """Save it; or say why not, and keep what was typed."""
    by: Any = request.user
    names = _names(request.POST)
    try:
        tell_warnings(request, accounts.change_profile((User, by.pk), by=by, **names))
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
        set_up.keep_name(request, names)


def _names(sent: QueryDict) -> dict[str, Any]:
    return {name: sent.get(name, "") for name in ("first_name", "last_name")}
