"""The first steps on home: a name for the person who begins, and steps that can be skipped."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.access import require
from people import accounts, company, set_up
from people.models import User


@require_POST
def skip(request: HttpRequest, step: str) -> HttpResponse:
    """Leave a step for later."""
    require(request.user, "change", company.Company)
    if not set_up.is_step(step):
        raise Http404
    company.skip(step, by=request.user)
    return redirect("admin:index")


@require_POST
def own_name(request: HttpRequest) -> HttpResponse:
    """What the person who begins is called."""
    person = User.objects.get(pk=request.user.pk)
    require(request.user, "change_profile", person)
    names = {name: request.POST.get(name, "") for name in ("first_name", "last_name")}
    try:
        accounts.change_profile(person, **names)
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
    return redirect("admin:index")
