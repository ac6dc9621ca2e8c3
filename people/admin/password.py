"""A password is given to somebody: by a link with which they set one themselves."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import visible_to
from people import accounts
from people.models import User

# In the session: the person who was just made.
_NEW = "new_person"


def offer_link(request: HttpRequest, person: User) -> None:
    """Have the page of the link show one at once: the person was just made."""
    request.session[_NEW] = person.pk


def link(request: HttpRequest, pk: int) -> HttpResponse:
    """A link by which the person sets a password, to be handed to them."""
    by: Any = request.user
    person: User = get_object_or_404(visible_to(by, User.objects.all()), pk=pk)
    if not accounts.may_give_link(person, by=by):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": _("Password link for %(name)s") % {"name": person},
        "opts": User._meta,
        "person": person,
        "back": reverse("admin:people_user_change", args=[pk]),
    }
    if request.method == "POST" and "mail" in request.POST and person.email:
        accounts.send_link(person, by=by)
        sent = _("A link is on its way to %(address)s.") % {"address": person.email}
        messages.success(request, sent)
        return redirect(context["back"])
    is_new = request.session.get(_NEW) == pk
    if is_new:
        del request.session[_NEW]
        context["title"] = _("%(name)s was added. Now let them choose a password") % {
            "name": person
        }
        context["another"] = reverse("admin:people_user_add")
    if request.method == "POST" or is_new:
        context["link"] = accounts.give_link(person, by=by)
    return TemplateResponse(request, "people/password_link.html", context)
