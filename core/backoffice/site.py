"""The back office itself, at `/admin/`: who comes in, and the pages that belong to no model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice import kept_forms, navigation, palette
from core.backoffice.dates import Catalog
from core.backoffice.sign_in import SignInSite
from core.declarations import Stylesheet, View, collected


class BackOffice(SignInSite):
    """The site at `/admin/`. Whoever holds a role enters (`User.is_staff`)."""

    index_title = gettext_lazy("Home")
    # Nothing is shown by one sign, on every page.
    empty_value_display = "–"

    @property
    def index_template(self) -> str:
        """That of the app whose page home is."""
        return navigation.home().template

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """unfold's, with the looks that apps declare, after our own."""
        context: dict[str, Any] = super().each_context(request)
        context["styles"] += [static(each.file) for each in collected(Stylesheet)]
        return context

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
    why, status = (
        _("What this belongs to has been deleted, or you no longer have access to it."),
        404,
    )
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
