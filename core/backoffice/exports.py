"""Export: the rows of a list as a file, at once or, of many, in the background."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core.access import can, require
from core.backoffice import listed
from core.backoffice.chosen import is_key
from core.backoffice.export_files import to_file
from core.backoffice.permissions import may
from core.exports import writing
from core.exports.files import FORMATS
from core.exports.kinds import Kind, chosen, kinds
from core.exports.table import Table, keys_of
from core.exports.writing import AT_ONCE, ExportRequest
from core.record import audit

# Counted so far, as lists do.
_COUNTED = 1000
# Of rows that were ticked: a page of a list has fewer.
_MOST_KEYS = 500


# What leads here


def address(request: HttpRequest, model: Any) -> str:
    """Where the rows of a list can be taken out as it stands; empty for who may not."""
    kind = next((each for each in kinds().values() if each.model is model), None)
    if kind is None or not may(request, "export", model):
        return ""
    return _address(kind, request.GET.copy())


def _address(kind: Kind, query: Any, keys: str = "") -> str:
    for name in (*listed.PLACE, "keys"):
        query.pop(name, None)
    asked = query.urlencode()
    ticked = urlencode({"keys": keys}, safe=",") if keys else ""
    place = reverse("admin:export", args=[kind.name])
    return f"{place}?{'&'.join(filter(None, (asked, ticked)))}".rstrip("?")


@admin.action(permissions=["export"], description=gettext_lazy("Export"))
def export_selected(pages: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
    """Ask how, of the rows that are ticked; of all that the list shows, where all are."""
    kind = next(each for each in kinds().values() if each.model is pages.model)
    across = request.POST.get("select_across") == "1"
    keys = [] if across else request.POST.getlist(ACTION_CHECKBOX_NAME)
    return redirect(_address(kind, request.GET.copy(), ",".join(keys)))


# The page


class ExportForm(forms.Form):
    """The form of the file, and its columns."""

    format = forms.ChoiceField(
        label=gettext_lazy("File"),
        choices=[(each.name, each.title) for each in FORMATS.values()],
        widget=forms.RadioSelect,
    )
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one column.")},
    )

    def __init__(self, data: Any, *, kind: Kind, person: Any) -> None:
        columns = kind.columns_for(person)
        form, names = writing.remembered(person, kind)
        shown = [each.name for each in chosen(columns, names)]
        super().__init__(data, initial={"format": form, "columns": shown})
        field: Any = self.fields["columns"]
        field.choices = [(each.name, each.title) for each in columns]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, name: str) -> HttpResponseBase:
    """Ask how, and hand out the file."""
    kind = kinds().get(name)
    if kind is None:
        raise Http404
    require(request.user, "export", kind.model)
    query, keys = _asked(request)
    try:
        rows = listed.rows(kind, request.user, query, keys)
    except ValidationError as error:
        raise BadRequest(" ".join(error.messages)) from error
    data = request.POST if request.method == "POST" else None
    form = ExportForm(data, kind=kind, person=request.user)
    if data is None or not form.is_valid():
        return _shown(request, kind, form, rows, keys)
    wanted = ExportRequest(
        kind, query, keys, tuple(form.cleaned_data["columns"]), form.cleaned_data["format"]
    )
    writing.remember(request.user, wanted)
    first = keys_of(rows[: AT_ONCE + 1])
    if len(first) > AT_ONCE:
        return to_file(request, lambda: writing.request_file(request.user, wanted))
    return _file(request, wanted, first)


def _asked(request: HttpRequest) -> tuple[str, tuple[int, ...]]:
    """What the list was asked for, and the keys that were ticked in it."""
    query = request.GET.copy()
    texts = [text for text in ",".join(query.pop("keys", [])).split(",") if text]
    if len(texts) > _MOST_KEYS or not all(is_key(text) for text in texts):
        raise BadRequest(_("This selection could not be read. Choose again."))
    return query.urlencode(), tuple(map(int, texts))


def _file(request: HttpRequest, wanted: ExportRequest, keys: Any) -> HttpResponseBase:
    """The file, written while it is sent."""
    columns = chosen(wanted.kind.columns_for(request.user), wanted.columns)
    form = FORMATS[wanted.format]
    content = form.write(Table(wanted.kind.model, columns, keys))
    answer = StreamingHttpResponse(content, content_type=form.content_type)
    name = f"{wanted.kind.name}-{audit.today().isoformat()}.{form.name}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _shown(
    request: HttpRequest,
    kind: Kind,
    form: ExportForm,
    rows: QuerySet[Any],
    keys: tuple[int, ...],
) -> HttpResponse:
    number = rows.order_by().values("pk")[: _COUNTED + 1].count()
    of = listed.list_of(kind)
    context = {
        **admin.site.each_context(request),
        "title": _("Export"),
        "once": request.POST.get("once") or uuid.uuid4().hex,
        "kind": kind,
        "form": form,
        "number": number,
        "counted": f"{_COUNTED}+" if number > _COUNTED else str(number),
        "ticked": bool(keys),
        "kinds": [
            (each, _address(each, request.GET.copy(), ",".join(map(str, keys))))
            for each in listed.within(kind)
            if can(request.user, "export", each.model)
        ],
        "of": of,
        "back": _back(of, request),
    }
    return TemplateResponse(request, "core/export.html", context)


def _back(kind: Kind, request: HttpRequest) -> str:
    """The list as it stood."""
    query = request.GET.copy()
    query.pop("keys", None)
    label = kind.model._meta.label_lower.replace(".", "_")
    return f"{reverse(f'admin:{label}_changelist')}?{query.urlencode()}"
