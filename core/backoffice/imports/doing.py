"""What the buttons of an import do: take in, stop, discard, undo; and the files it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.backoffice.imports.kinds import can_be_undone, import_of, kinds_of
from core.backoffice.imports.page import frame
from core.imported import ImportFile, ImportState
from core.imports import loading
from core.imports.options import ImportOptions
from core.refusals import Refused

# Whatever a file is, a browser keeps it and shows nothing of it.
_BYTES = "application/octet-stream"


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """*Take it in*: all, or all but the refused, of the preview that was looked at."""
    load = import_of(request, pk)
    if request.POST.get("attempt") != str(load.attempt):
        anew = _(
            "The preview has been renewed. Here is the current one; nothing has been imported."
        )
        messages.warning(request, anew)
        return redirect("admin:import", pk)
    skip = request.POST.get("skip_refused") == "yes"
    return _done(request, pk, lambda: loading.apply(load, by=request.user, skip_refused=skip))


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """*Look at it anew*: with rows that were loaded before taken in once more, or left."""
    load = import_of(request, pk)
    options = replace(ImportOptions.from_data(load.way), again=request.POST.get("again") == "yes")

    def look() -> None:
        loading.match(load, options, by=request.user)
        loading.preview(load, by=request.user)

    return _done(request, pk, look)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """*Stop*: what is at work leaves nothing behind."""
    load = import_of(request, pk)
    return _done(request, pk, lambda: loading.stop(load, by=request.user))


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """*Discard*: what was uploaded, and not taken in, is thrown away."""
    load = import_of(request, pk)
    try:
        loading.discard(load, by=request.user)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("admin:import", pk)
    messages.success(request, _("The upload was discarded."))
    return redirect("admin:imports")


def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """*Undo*: say what will happen, and do it."""
    load = import_of(request, pk)
    if request.method == "POST":
        return _done(request, pk, lambda: loading.undo(load, by=request.user))
    if not can_be_undone(load):
        messages.warning(request, _why_not(load))
        return redirect("admin:import", pk)
    context = frame(request, load, kinds_of(request.user)[load.kind])
    return TemplateResponse(request, "core/imports/undo.html", context)


def _why_not(load: Any) -> str:
    if load.state == ImportState.UNDONE:
        return _("This import has already been undone.")
    if load.state == ImportState.APPLIED:
        return _("An import can be undone for 30 days, and this one is older.")
    return _("Nothing was imported, so there is nothing to undo.")


def _done(request: HttpRequest, pk: int, act: Callable[[], Any]) -> HttpResponse:
    """Do it, and show where the import stands; a refusal is shown there."""
    try:
        act()
    except ValidationError as refused:
        for message in refused.messages:
            messages.error(request, message)
    return redirect("admin:import", pk)


# Files


@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file as it was sent."""
    load = import_of(request, pk)
    kept = ImportFile.objects.filter(load=load).first()
    if kept is None:
        messages.warning(request, _("The file was kept for 30 days and has been deleted."))
        return redirect("admin:import", pk)
    return attached(bytes(kept.data), load.file_name)


@require_safe
def refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows refused, in the columns of the file, with the reason."""
    load = import_of(request, pk)
    if not load.refused:
        raise Http404
    if not load.is_kept:
        messages.warning(request, _("The file was kept for 30 days and has been deleted."))
        return redirect("admin:import", pk)
    data, name = loading.refused_file(load)
    return attached(data, name)


def attached(data: bytes, name: str) -> HttpResponse:
    """A file that a browser keeps, under this name."""
    named = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(data, content_type=_BYTES, headers={"Content-Disposition": named})
