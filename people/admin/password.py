"""A password is given to somebody: by a link with which they set one themselves."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import visible_to
from core.backoffice.permissions import may
from core.serving import log
from people.models import User
from people.password_link import password_link


def may_give(request: HttpRequest, person: User) -> bool:
    """May whoever asks give this person a password? Their own they change as everybody does."""
    by: Any = request.user
    gives = by.gives_rights and person != by
    return gives and person.is_active and may(request, "change", person)


def link(request: HttpRequest, pk: int) -> HttpResponse:
    """A link by which the person sets a password, to be handed to them."""
    person: User = get_object_or_404(visible_to(request.user, User.objects.all()), pk=pk)
    if not may_give(request, person):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": _("Password link for %(name)s") % {"name": person},
        "opts": User._meta,
        "person": person,
        "back": reverse("admin:people_user_change", args=[pk]),
    }
    if request.method == "POST":
        log.note("password link made", by=request.user.get_username(), user=person.username)
        context["link"] = password_link(person)
    return TemplateResponse(request, "people/password_link.html", context)
