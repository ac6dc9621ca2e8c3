"""The page *Import*: a file to bring in, files to begin with, and what was brought in so far."""

from __future__ import annotations

import uuid
from functools import partial
from io import BytesIO
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from core.backoffice.imports.kinds import can_be_undone, imports_of, kinds_of
from core.backoffice.imports.template_files import allowed, columns
from core.backoffice.kept_forms import typed_into
from core.backoffice.once import row_made
from core.declarations import FileKind
from core.imported import Import
from core.imports import loading
from core.imports.reading import LARGEST_FILE

# How many stand on a page.
PAGE = 25
# What a browser offers to choose from; what a file is, its content says.
ACCEPTED = ".csv,.tsv,.txt,.xlsx,text/csv,text/plain,text/tab-separated-values"


class UploadForm(forms.Form):
    """A file, and what its rows are."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What the rows contain"),
        widget=UnfoldAdminSelectWidget,
        error_messages={"required": gettext_lazy("Choose what the rows of the file contain.")},
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput({"accept": ACCEPTED}),
        max_length=200,
        # Whoever reads it says what is wrong with an empty one.
        allow_empty_file=True,
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "max_length": gettext_lazy("The name of this file is longer than 200 characters."),
        },
    )

    def __init__(self, *args: Any, kinds: dict[str, FileKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [("", "–"), *((each.kind, each.title) for each in kinds.values())]

    def clean_file(self) -> Any:
        """The file, unless it is too large to be read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise ValidationError(
                _("This file is larger than 20 MB. Split it and import the parts one by one.")
            )
        return file


class EarlierForm(forms.Form):
    """Which page of the list."""

    kind = forms.SlugField(required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


def index(request: HttpRequest) -> HttpResponse:
    """The page *Import*."""
    rows = imports_of(request.user)
    make = partial(UploadForm, kinds=kinds_of(request.user))
    if request.method != "POST":
        form = typed_into(partial(make, initial={"kind": request.GET.get("kind", "")}), request)
        return _page(request, form, rows)
    form = make(request.POST, request.FILES)
    if form.is_valid():
        try:
            return redirect("admin:import", _begun(request, form.cleaned_data))
        except ValidationError as refused:
            form.add_error("file", refused.messages)
    return _page(request, form, rows)


def _begun(request: HttpRequest, sent: dict[str, Any]) -> int:
    data = sent["file"].read()

    def begin() -> int:
        load = loading.begin(BytesIO(data), sent["file"].name, kind=sent["kind"], by=request.user)
        return int(load.pk)

    return row_made(request, begin, file=data)


def _page(request: HttpRequest, form: forms.Form, rows: Any) -> HttpResponse:
    asked = EarlierForm(request.GET)
    before = asked.cleaned_data.get("before") if asked.is_valid() else None
    found = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: PAGE + 1])
    kinds = kinds_of(request.user)
    context = {
        **admin.site.each_context(request),
        "title": _("Import"),
        "form": form,
        "kinds": [_kind(each) for each in kinds.values()],
        "most": LARGEST_FILE,
        "once": request.POST.get("once") or uuid.uuid4().hex,
        "lines": [_line(load, kinds[load.kind]) for load in found[:PAGE]],
        "older": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "is_later": bool(before),
    }
    return TemplateResponse(request, "core/imports/index.html", context)


def _kind(kind: FileKind) -> dict[str, Any]:
    """A kind with its columns: what each is, and what may stand there."""
    shown = [(each, allowed(each)) for each in columns(kind.kind)]
    return {"kind": kind.kind, "title": kind.title, "columns": shown}


def _line(load: Import, kind: FileKind) -> dict[str, Any]:
    return {
        "load": load,
        "kind": kind.title,
        "can_be_undone": can_be_undone(load),
    }
