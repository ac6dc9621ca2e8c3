"""The back office itself, at `/admin/`: who comes in, and the pages that belong to no model."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import partial, wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite

from core.backoffice import kept_forms, navigation, palette
from core.backoffice.dates import Catalog
from core.backoffice.kept_forms import KeptForm
from core.declarations import House, View, collected
from core.refusals import Busy


class SignInForm(AuthenticationForm):
    """unfold's, in words for people who know of no staff accounts."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": gettext_lazy(
            "User name and password do not match. Passwords are case-sensitive."
        ),
    }


class BackOffice(UnfoldAdminSite):
    """The site at `/admin/`. Whoever holds a role enters (`User.is_staff`)."""

    index_title = gettext_lazy("Home")
    # Nothing is shown by one sign, on every page.
    empty_value_display = "–"
    login_form = SignInForm
    login_template = "core/sign_in.html"

    @property
    def index_template(self) -> str:
        """That of the app whose page home is."""
        return navigation.home().template

    def admin_view(self, view: Any, *args: Any, **kwargs: Any) -> Any:
        """Django's, and what was typed is not lost where nobody is signed in any more, or where
        the page it was for is no longer theirs."""
        inner = super().admin_view(_quoting(view), *args, **kwargs)

        @wraps(inner)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            asked = not request.user.is_authenticated and view != self.logout
            if asked and (answer := self._ask_to_sign_in(request)):
                return answer
            shown: HttpResponseBase = inner(request, *args, **kwargs)
            return shown

        return page

    def _ask_to_sign_in(self, request: HttpRequest) -> HttpResponseBase | None:
        """The sign-in that keeps what was sent; None where Django's own way there will do."""
        if request.method != "POST":
            return self._to_sign_in(request) if "HX-Request" in request.headers else None
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

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Django's, made where a page shows it: each page is given it, and has our sidebar."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.GET.get("term", ""):
            raise BadRequest(_("This character cannot be used in text."))
        return Choices.as_view(admin_site=self)(request)

    def i18n_javascript(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        return Catalog.as_view()(request)

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Find anything; unfold's own keeps for five minutes what somebody may no longer open."""
        return palette.search(request, self._registry)

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Sign out, and have the browser drop what it keeps of the pages."""
        response = super().logout(request, extra_context)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    def extra_urls(self) -> list[URLPattern]:
        """The pages that apps declare; unfold puts them before those of the models, of which the
        last one matches anything."""
        return [
            path(
                page.address,
                self.admin_view(import_string(page.view)),
                dict(page.given),
                name=page.url_name,
            )
            for page in collected(View)
        ]


def _house(request: HttpRequest) -> dict[str, Any]:
    """Whose house it is, above the sign-in: by name and logo, where there are any."""
    [house] = collected(House)
    shown = import_string(house.shown)(request)
    named = {"site_title": shown["name"]} if shown["name"] else {}
    return {**named, "house": shown}


def _kept_context(form: KeptForm) -> dict[str, str]:
    """What the sign-in says, and carries, of a form that was sent without a session."""
    if form.is_too_long:
        message = _(
            "Your session is over, and what you typed is too long to be kept. "
            "Go back with your browser to copy it."
        )
        return {"kept_message": message}
    message = _("Your session is over. Sign in again: what you typed is kept, and not saved yet.")
    return {"kept_message": message, "kept": form.signed()}


def _quoting(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view; where it refuses, the page quotes what was typed, and nothing else."""

    @wraps(view)
    def quoting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (Http404, PermissionDenied) as refused:
            if not (texts := kept_forms.texts(request)):
                raise
            return _not_saved(request, texts, refused)

    return quoting


def _not_saved(
    request: HttpRequest, texts: list[tuple[str, str]], refused: Http404 | PermissionDenied
) -> HttpResponse:
    why, status = _("What this belongs to was deleted, or it is no longer yours to see."), 404
    if isinstance(refused, PermissionDenied):
        why, status = str(refused) or _("You may not do this."), 403
    context = {"why": why, "texts": texts, "status": status}
    return render(request, "core/not_saved.html", context, status=status)


class Choices(AutocompleteJsonView):
    """What a field offers while somebody types; the admin of the model words each choice."""

    def get_queryset(self) -> QuerySet[Any]:
        """The rows found; whether by a search is for Pages to know."""
        rows: QuerySet[Any] = super().get_queryset()
        rows.searched = bool(self.term)  # type: ignore[attr-defined]
        return rows

    def serialize_result(self, obj: models.Model, to_field_name: str) -> dict[str, str]:
        choice = super().serialize_result(obj, to_field_name)  # type: ignore[misc]
        # The admin of groups is not one of ours.
        words = getattr(self.model_admin, "choice_text", str)
        return {**choice, "text": words(obj)}
