"""The page behind a link by which a person sets their password."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.forms import SetPasswordForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminPasswordWidget

from core.text import languages
from people import accounts
from people.password_link import linked_person
from people.passwords import TypedTwice

# In the session, while the page is open.
_LINK = "password_link"


class NewPasswordForm(TypedTwice, SetPasswordForm):  # type: ignore[type-arg]  # Of our own people.
    """The new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def set_password(request: HttpRequest) -> HttpResponse:
    """The page behind the link."""
    if "link" in request.GET:
        return _keep(request, request.GET["link"][:200])
    person = linked_person(request.session.get(_LINK, ""))
    if person is None:
        return _no_good(request)
    languages.speak_to(person)
    form = NewPasswordForm(person, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, title=_("Set your password"), form=form, person=person)
    accounts.set_password_by_link(person, form.cleaned_data["new_password1"])
    del request.session[_LINK]
    messages.success(request, _("Your password is set. Sign in with it."))
    return redirect("admin:login")


def _keep(request: HttpRequest, link: str) -> HttpResponse:
    """Keep the link aside, so that the address of the page gives nothing away. One that is no good
    gives nothing away, and is not kept: whoever makes up links would fill the table of sessions."""
    if linked_person(link) is None:
        return _no_good(request)
    request.session[_LINK] = link
    return redirect("set-password")


def _no_good(request: HttpRequest) -> HttpResponse:
    return _page(request, title=_("This link is no longer valid"), status=410)


def _page(request: HttpRequest, *, status: int = 200, **shown: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), **shown}
    return render(request, "people/set_password.html", context, status=status)


urlpatterns = [path("", set_password, name="set-password")]
