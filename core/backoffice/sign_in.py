"""The sign-in of the back office, which gives back what somebody typed before."""

from __future__ import annotations

from copy import copy
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm
from unfold.sites import UnfoldAdminSite

from core.backoffice import navigation
from core.backoffice.kept_forms import KeptForm
from core.backoffice.once import is_mark_claimed
from core.backoffice.own_password import OwnPasswordView, answer_again
from core.declarations import Branding, collected
from core.refusals import Busy

# unfold's, of one's own password.
ChangePasswordForm = AdminOwnPasswordChangeForm


class SignInForm(AuthenticationForm):
    """unfold's, in words for people who know of no staff accounts."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": gettext_lazy(
            "User name and password do not match. Passwords are case-sensitive."
        ),
    }


class SignInSite(UnfoldAdminSite):
    """unfold's, in which whoever has to sign in loses nothing that they sent."""

    login_form = SignInForm
    login_template = "core/sign_in.html"
    # Whose people they are says how their password is kept. Django has this from 6.0 on.
    password_change_form: type[Form] = ChangePasswordForm

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Django's page, with the form of this site."""
        request.current_app = self.name
        page = OwnPasswordView.as_view(
            form_class=self.password_change_form,
            success_url=reverse(f"{self.name}:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return page(request)

    def _ask_to_sign_in(self, request: HttpRequest) -> HttpResponseBase | None:
        """The sign-in that keeps what was sent; None where Django's own way there will do."""
        if request.method != "POST":
            return self._to_sign_in(request) if "HX-Request" in request.headers else None
        if is_mark_claimed(request):
            return answer_again(request)
        if "HX-Request" in request.headers or not request.accepts("text/html"):
            # The script sends it again as a whole page.
            return HttpResponse(status=401)
        form = KeptForm.of(request)
        if form is None:
            return self._to_sign_in(request)
        return self._sign_in_page(request, form)

    def _to_sign_in(self, request: HttpRequest) -> HttpResponseBase:
        """By way of the page on which a button was pressed: the button alone has none."""
        came_from = request.headers.get("HX-Current-URL", request.headers.get("Referer", ""))
        back = request.get_full_path()
        if url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
            back = urlsplit(came_from)._replace(scheme="", netloc="", fragment="").geturl()
        answer = redirect_to_login(back, self._sign_in_url())
        if "HX-Request" in request.headers:
            return HttpResponse(headers={"HX-Redirect": answer.url})
        return answer

    def _sign_in_url(self) -> str:
        return reverse("admin:login", current_app=self.name)

    def _sign_in_page(
        self, request: HttpRequest, form: KeptForm, *, busy: Busy | None = None
    ) -> HttpResponseBase:
        way = urlencode({"next": form.path})
        asked = copy(request)
        asked.method = "GET"
        asked.GET, asked.POST = QueryDict(way), QueryDict()
        place = f"{self._sign_in_url()}?{way}"
        context = {"app_path": place, **_house(request), **_kept_context(form)}
        if busy is None:
            return super().login(asked, context)
        message = _("%(why)s Sign in again in a few seconds: what you typed is kept.")
        context["kept_message"] = message % {"why": busy}
        answer = super().login(asked, context)
        answer.status_code, answer["Retry-After"] = 429, str(busy.seconds)
        return answer

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Sign in; what was typed before is given back to whoever typed it."""
        form = KeptForm.read(request.POST.get("kept", ""))
        kept = _kept_context(form) if form else {}
        house = _house(request)
        try:
            answer = super().login(request, {**house, **kept, **(extra_context or {})})
        except Busy as busy:
            if form is None:
                raise
            return self._sign_in_page(request, form, busy=busy)
        if not isinstance(answer, HttpResponseRedirect) or request.method != "POST":
            return answer
        if form:
            form.give_back(request)
        # Whoever asked for a page comes to that one.
        if answer.url == reverse("admin:index", current_app=self.name):
            # The same answer: it carries the cookies of the sign-in.
            answer["Location"] = navigation.after_sign_in(request)
        return answer

    def after_stale_token(self, request: HttpRequest) -> HttpResponseBase | None:
        """What a page of ours sent with a token of before the last sign-in, not saved yet; None
        where it brings nothing to keep.

        Only for what comes from a page of ours, which the token can no longer tell.
        """
        if request.path == self._sign_in_url():
            form = KeptForm.read(request.POST.get("kept", ""))
        else:
            form = KeptForm.of(request)
        in_part = "HX-Request" in request.headers or not request.accepts("text/html")
        if form is None or in_part:
            return None
        if not request.user.is_authenticated:
            return self._sign_in_page(request, form)
        return redirect(form.path) if form.give_back(request) else None


def _house(request: HttpRequest) -> dict[str, Any]:
    """Whose house it is, above the sign-in: by name and logo, where there are any."""
    [house] = collected(Branding)
    shown = import_string(house.shown)(request)
    named = {"site_title": shown["name"]} if shown["name"] else {}
    return {**named, "house": shown}


def _kept_context(form: KeptForm) -> dict[str, str]:
    """What the sign-in says, and carries, of a form that was sent without a session."""
    if form.is_too_long:
        message = _(
            "Your session has ended, and what you typed is too long to be kept. Go back in your "
            "browser to copy it."
        )
        return {"kept_message": message}
    message = _("Your session has ended. Sign in again: what you typed is kept, but not saved yet.")
    return {"kept_message": message, "kept": form.signed()}
