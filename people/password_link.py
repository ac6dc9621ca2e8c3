"""A link by which a person sets their password: good once, for three days, while they may enter."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminPasswordWidget

from core.text import languages
from people import accounts
from people.models import User
from people.passwords import TypedTwice

# In the session, while its page is open.
_LINK = "password_link"


class _Tokens(PasswordResetTokenGenerator):
    """Django's, bound to the sign-in key in place of the password: its use ends the link, and so
    does a deactivation; the same password hashed anew does not."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        signed_in = user.last_login and user.last_login.replace(microsecond=0, tzinfo=None)
        return f"{user.pk}{user.sign_in_key}{signed_in or ''}{timestamp}{user.email}"


link_tokens = _Tokens()


class NewPasswordForm(TypedTwice, SetPasswordForm):  # type: ignore[type-arg]  # Of our own people.
    """The new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})


def password_link(person: User) -> str:
    """The whole address to give to the person. It ends with its use, a sign-in, or its time."""
    who = urlsafe_base64_encode(str(person.pk).encode())
    # In the query, which no log holds, and not in the path.
    query = urlencode({"link": f"{who}.{link_tokens.make_token(person)}"})
    return f"{settings.SITE_URL}{reverse('set-password')}?{query}"


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def set_password(request: HttpRequest) -> HttpResponse:
    """The page behind the link."""
    if "link" in request.GET:
        return _keep(request, request.GET["link"][:200])
    person = _person(request.session.get(_LINK, ""))
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
    if _person(link) is None:
        return _no_good(request)
    request.session[_LINK] = link
    return redirect("set-password")


def _no_good(request: HttpRequest) -> HttpResponse:
    return _page(request, title=_("This link is no longer valid"), status=410)


def _page(request: HttpRequest, *, status: int = 200, **shown: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), **shown}
    return render(request, "people/set_password.html", context, status=status)


def _person(link: str) -> User | None:
    """Whose link it is, held while they use it, so that of two who send it one sets a password."""
    who, _dot, token = link.partition(".")
    try:
        pk = int(urlsafe_base64_decode(who).decode())
    except ValueError:
        return None
    person = User.objects.active().select_for_update(no_key=True).filter(pk=pk).first()
    good = person is not None and link_tokens.check_token(person, token)
    return person if good else None


urlpatterns = [path("", set_password, name="set-password")]
