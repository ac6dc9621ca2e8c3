"""Find anything: the command palette looks through all that a person may open."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.core.paginator import InvalidPage, Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from core.access import visible_to
from core.backoffice import navigation
from core.declarations import PaletteHints, collected
from core.text.search import LONGEST, is_too_short
from core.text.typed import searchable

# Rows of a model, and results a page.
SHOWN, _FOUND = 20, 200


def search(request: HttpRequest, registry: dict[type[models.Model], Any]) -> HttpResponseBase:
    """What the person may open that has the words in it: pages by their name, then rows.

    `registry`: the admin class of each model; one that is `Findable` is looked through.
    """
    words, began = request.GET.get("s", "").strip(), monotonic()
    if not searchable(words) or "\0" in words:
        return HttpResponse()
    found = Paginator([*_pages(request, words), *_rows(request, words, registry)], _FOUND)
    try:
        results = found.page(request.GET.get("page", "1"))
    except InvalidPage as error:
        raise Http404 from error
    context = {
        "page_obj": found,
        "results": results,
        "page_counter": (results.number - 1) * _FOUND,
        "execution_time": monotonic() - began,
        "command_show_history": False,
        "words": words,
        "hints": _hints(words),
    }
    name = "command_results" if "extended" in request.GET else "search_results"
    template = f"unfold/helpers/{name}.html"
    return TemplateResponse(request, template, context, headers={"HX-Trigger": "search"})


def _hints(words: str) -> list[str]:
    """What to type instead of words by which nothing is found."""
    is_short = is_too_short(words)
    return [str(each.too_short if is_short else each.hint) for each in collected(PaletteHints)]


def _pages(request: HttpRequest, words: str) -> list[SearchResult]:
    groups, asked = navigation.sidebar(request), searchable(words)
    return [
        SearchResult(str(item["title"]), str(group["title"]), item["link"], item["icon"])
        for group in groups
        for item in group["items"]
        if asked in searchable(str(item["title"]))
    ]


def _rows(
    request: HttpRequest, words: str, registry: dict[type[models.Model], Any]
) -> Iterator[SearchResult]:
    over: list[SearchResult] = []
    for label, icon in navigation.models(request.user):
        model_admin = registry.get(apps.get_model(label))
        if isinstance(model_admin, Findable):
            found, no_more = model_admin.find(request, words[:LONGEST], icon=icon)
            yield from found
            over += no_more
    # After all that somebody may still have to do with.
    yield from over


class Findable:
    """For the admin class of a model whose rows are found by their words."""

    model: type[models.Model]
    opts: Any
    get_search_results: Any
    _url: Any

    def find(
        self, request: HttpRequest, words: str, *, icon: str
    ) -> tuple[list[SearchResult], list[SearchResult]]:
        """The first rows that the person may see and that have these words, and where all are;
        apart from them those that are over."""
        parts = [part[: SHOWN + 1] for part in self.parted(self.matching(request, words))]
        now, over = [[self._result(row, icon) for row in part] for part in parts]
        for found in (now, over):
            if len(found) > SHOWN:
                found[SHOWN:] = [self._all_results(words, icon)]
        return now, over

    def parted(self, rows: QuerySet[Any]) -> tuple[QuerySet[Any], QuerySet[Any]]:
        """The rows that are at hand still, and those that are over: closed, or done with."""
        return rows, rows.none()

    def matching(self, request: HttpRequest, words: str) -> QuerySet[Any]:
        """The rows that the person may see and that have these words."""
        rows = visible_to(request.user, self.found_rows())
        if self.why_none_is_found(words):
            return rows.none()
        return self.get_search_results(request, rows, words)[0]

    def why_none_is_found(self, words: str) -> str:
        """Why no row at all is found by these words; empty where some may be."""
        return ""

    def found_rows(self) -> QuerySet[Any]:
        """The rows to look through, with what the palette shows of each."""
        return self.model._default_manager.all()

    def found_text(self, obj: Any) -> tuple[str, str]:
        """What a row is, and what else tells it from others."""
        raise NotImplementedError

    def _result(self, obj: Any, icon: str) -> SearchResult:
        title, description = self.found_text(obj)
        return SearchResult(title, description, self._url("change", obj.pk), icon)

    def _all_results(self, words: str, icon: str) -> SearchResult:
        kinds = {"kinds": self.opts.verbose_name_plural, "words": words}
        title = _("All %(kinds)s with “%(words)s”") % kinds
        return SearchResult(title, "", f"{self._url('changelist')}?{urlencode({'q': words})}", icon)
