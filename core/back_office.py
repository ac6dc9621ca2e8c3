"""The back office itself, at `/admin/`: who comes in, and the pages that belong to no model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import BadRequest
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite

from core import palette


class SignInForm(AuthenticationForm):
    """unfold's, in words for people who know of no staff accounts."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": gettext_lazy(
            "User name and password do not match. Mind capital and small letters."
        ),
    }


class BackOffice(UnfoldAdminSite):
    """The site at `/admin/`. Whoever holds a role enters (`User.is_staff`)."""

    index_title = gettext_lazy("Home")
    index_template = "core/home.html"
    login_form = SignInForm
    login_template = "core/sign_in.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[tuple[str, Callable[..., HttpResponseBase], str]] = []

    def add_page(self, route: str, view: Callable[..., HttpResponseBase], *, name: str) -> None:
        """Add a page that belongs to no model, for whoever may enter."""
        self._pages.append((route, view, name))

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.GET.get("term", ""):
            raise BadRequest(_("No text holds this character."))
        return Choices.as_view(admin_site=self)(request)

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
        """The pages that apps have added; unfold puts them before those of the models."""
        return [path(route, self.admin_view(view), name=name) for route, view, name in self._pages]


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
