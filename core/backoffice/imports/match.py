"""The page on which somebody says how a file is to be taken."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from core.backoffice import kept_forms
from core.backoffice.imports.kinds import import_of, kinds_of
from core.backoffice.imports.match_form import MatchForm, mark, options_of
from core.backoffice.imports.page import frame
from core.imported import Import, ImportFile
from core.imports import loading
from core.imports.delimited import DELIMITERS
from core.imports.encodings import ENCODINGS
from core.imports.options import ImportOptions
from core.imports.reading import opened
from core.imports.table import Form, Table, UnusableFile

_READING = ("encoding", "delimiter", "sheet")


class ReadingForm(forms.Form):
    """How the file is read; what is left to be found out is empty."""

    encoding = forms.ChoiceField(
        required=False, label=gettext_lazy("Encoding"), widget=UnfoldAdminSelectWidget
    )
    delimiter = forms.ChoiceField(
        required=False, label=gettext_lazy("Separator"), widget=UnfoldAdminSelectWidget
    )
    sheet = forms.ChoiceField(
        required=False, label=gettext_lazy("Sheet"), widget=UnfoldAdminSelectWidget
    )

    def __init__(
        self, options: ImportOptions, *, table: Table | None, sheets: tuple[str, ...] = ()
    ) -> None:
        super().__init__(initial={name: getattr(options, name) for name in _READING})
        self._offer("encoding", ENCODINGS, table.encoding if table else "")
        self._offer("delimiter", DELIMITERS, table.delimiter if table else "")
        named = {name: name for name in (table.sheets if table else sheets)}
        self._offer("sheet", named, table.sheet if table else "")
        # A workbook has sheets, and nothing between its cells.
        for name in ("encoding", "delimiter") if named else ("sheet",):
            del self.fields[name]

    def _offer(self, name: str, offered: Any, found: str) -> None:
        field: Any = self.fields[name]
        sentence = _("detected: %(value)s") % {"value": offered.get(found, found)}
        field.choices = [("", sentence if found else _("detect automatically")), *offered.items()]


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, read anew, or go on to the preview."""
    load = import_of(request, pk)
    if load.state not in Import.OPEN:
        messages.warning(
            request,
            _("This import is running or finished, so its columns can no longer be matched."),
        )
        return redirect("admin:import", pk)
    file = ImportFile.objects.filter(load=load).first()
    if file is None:
        messages.warning(
            request, _("The file was kept for 30 days and has been deleted. Upload it again.")
        )
        return redirect("admin:imports")
    if request.method == "POST":
        return _sent(request, load, bytes(file.data))
    return _shown(request, load, bytes(file.data), kept_forms.take(request))


def _shown(
    request: HttpRequest, load: Any, data: bytes, sent: QueryDict | None, *, is_final: bool = False
) -> HttpResponse:
    options = _reading(sent, ImportOptions.from_data(load.way))
    try:
        table = _opened(load, data, options)
    except UnusableFile as unusable:
        reading = ReadingForm(options, table=None, sheets=unusable.sheets)
        return _page(request, load, reading, unusable=" ".join(unusable.messages))
    if sent is not None:
        options = options_of(sent, options, table)
    form = MatchForm(load.kind, table, options, is_sent=is_final)
    is_kept = sent is not None and request.method == "GET"
    return _page(request, load, ReadingForm(options, table=table), form=form, is_kept=is_kept)


def _opened(load: Import, data: bytes, options: ImportOptions) -> Table:
    return opened(
        BytesIO(data), load.file_name, Form(options.encoding, options.delimiter, options.sheet)
    )


def _reading(sent: QueryDict | None, before: ImportOptions) -> ImportOptions:
    """The way to read the file, as it was sent."""
    if sent is None:
        return before
    encoding, delimiter, sheet = (sent.get(name, "") for name in _READING)
    return replace(before, encoding=encoding, delimiter=delimiter, sheet=sheet)


def _sent(request: HttpRequest, load: Any, data: bytes) -> HttpResponse:
    if "reread" in request.POST:
        return _shown(request, load, data, request.POST)
    options = _reading(request.POST, ImportOptions.from_data(load.way))
    try:
        table = _opened(load, data, options)
        if request.POST.get("headers") != mark(table.headers):
            # Read in another way than it was shown: what its columns are is asked first.
            return _shown(request, load, data, request.POST)
        form = MatchForm(load.kind, table, options_of(request.POST, options, table), is_sent=True)
        if not form.is_valid():
            return _shown(request, load, data, request.POST, is_final=True)
        loading.match(load, form.options, by=request.user)
        loading.preview(load, by=request.user)
    except UnusableFile:
        return _shown(request, load, data, request.POST)
    except ValidationError as refused:
        for message in refused.messages:
            messages.error(request, message)
    return redirect("admin:import", load.pk)


def _page(
    request: HttpRequest,
    load: Any,
    reading: ReadingForm,
    *,
    form: MatchForm | None = None,
    unusable: str = "",
    is_kept: bool = False,
) -> HttpResponse:
    context = {
        **frame(request, load, kinds_of(request.user)[load.kind]),
        "at": 2,
        "reading": reading,
        "form": form,
        "unusable": unusable,
        "not_saved_yet": kept_forms.not_saved_yet() if is_kept else "",
    }
    return TemplateResponse(request, "core/imports/match.html", context)
